"""Golden values for dropout in encoder-decoders: loss and gradients of the tiny T5 models of `seq2seq.py` in training, with the
masks that `dropoutMask` of onnx-graph draws, written down here a second time: PyTorch's dropout is replaced by a
product with them at every place where `transformers` drops. In float64, and with a seed for which PyTorch's own float32 is
within 1e-5 of that. torch 2.15.0, transformers 5.23.0 (eager attention).

    python conformance/seq2seq_dropout.py packages/language-model/fixtures/seq2seq
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5Attention

torch.set_num_threads(1)
KEY, U64 = 0x548C9DECBCE65297, 2**64
FIRST_SALT, MOST_LAYERS = 2**24, 2**12
SITES = ["tokens", "final", "selfWeights", "self", "crossWeights", "cross", "inner", "feedForward"]
SETTINGS = {"probability": 0.3, "seed": 11, "batch": 5}


def squares(counter):
    """Widynski 2020, arXiv:2004.06278, the four rounds of Squares."""
    y = counter * KEY % U64
    z = (y + KEY) % U64
    x = y
    for addend in (y, z, y):
        x = (x * x + addend) % U64
        x = (x << 32 | x >> 32) % U64
    return (x * x + z) % U64 >> 32


def mask(shape, salt):
    step = squares((squares(SETTINGS["seed"]) * 2**32 + SETTINGS["batch"]) % U64)
    key = squares((step * 2**32 + salt) % U64)
    hashes = lambda lane, count: np.array([squares((key * 2**32 + (lane << 30) + n) % U64) for n in range(count)], dtype=np.uint64)
    columns = shape[-1]
    rows = int(np.prod(shape)) // columns
    total = hashes(0, rows)[:, None] + hashes(2, columns)[None, :]
    factor = 2 * hashes(1, rows)[:, None] + 1 + 2 * hashes(3, columns)[None, :]
    drawn = (total * factor) % 2**32  # wraps at 2^64 first, which 2^32 divides
    kept = drawn >= round(SETTINGS["probability"] * 2**32)
    return torch.tensor(kept.reshape(shape), dtype=torch.float64) / (1 - SETTINGS["probability"])


class Places:
    """Which place the next call of dropout belongs to: the module that was entered last."""

    def __init__(self, model):
        self.calls = []
        self.next = None
        for name, module in model.named_modules():
            if isinstance(module, torch.nn.Dropout):
                module.register_forward_pre_hook(self.entering(name))
            if isinstance(module, T5Attention):
                site = "crossWeights" if name.endswith("EncDecAttention") else "selfWeights"
                module.register_forward_pre_hook(self.at(name, site), with_kwargs=True)
        torch.nn.functional.dropout = self.dropout

    def at(self, name, site):
        def enter(*_):
            self.next = (name.split(".")[0], int(name.split(".")[2]), site)
        return enter

    def entering(self, name):
        parts = name.split(".")
        if len(parts) == 2:  # of a whole stack: what enters, then what leaves
            stack = parts[0]
            def enter(*_):
                self.next = (stack, 0, "final" if (stack, 0, "tokens") in self.calls else "tokens")
            return enter
        is_cross = parts[0] == "decoder" and parts[4] == "1"
        site = "inner" if "DenseReluDense" in name else "self" if parts[4] == "0" else "cross" if is_cross else "feedForward"
        return self.at(name, site)

    def dropout(self, x, p=0.5, training=True, inplace=False):
        assert training and p == SETTINGS["probability"] and self.next is not None
        stack, layer, site = self.next
        self.calls.append(self.next)
        self.next = None
        place = ((0 if stack == "encoder" else MOST_LAYERS) + layer) * len(SITES) + SITES.index(site)
        return x * mask(tuple(x.shape), FIRST_SALT + place).to(x.dtype)


def pad(rows, value):
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def gradients(folder, dtype):
    model = T5ForConditionalGeneration.from_pretrained(
        folder, attn_implementation="eager", dropout_rate=SETTINGS["probability"]).train().to(dtype)
    places = Places(model)
    batch = json.loads((folder / "golden.json").read_text())["batch"]
    ids, read = pad(batch["inputIds"], 0), pad([[1] * len(row) for row in batch["inputIds"]], 0)
    labels = pad(batch["labels"], -100)
    labels = labels[:, : int((labels != -100).any(0).nonzero().max()) + 1].contiguous()
    logits = model(input_ids=ids, attention_mask=read, labels=labels).logits
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), ignore_index=-100, reduction="sum")
    loss.backward()
    count = model.config.num_layers * 4 + model.config.num_decoder_layers * 6 + 4
    assert len(places.calls) == len(set(places.calls)) == count, (len(places.calls), count)
    return loss.item(), {key: p.grad for key, p in model.named_parameters()}


def main(out):
    for name in ("t5-v1.0", "t5-v1.1"):
        folder = Path(out) / name
        for seed in range(11, 99):
            SETTINGS["seed"] = seed
            loss, exact = gradients(folder, torch.float64)
            _, rounded = gradients(folder, torch.float32)
            error = max(float((rounded[key] - g).abs().max() / g.abs().max()) for key, g in exact.items())
            print(name, seed, loss, error)
            if error < 1e-5:
                break
        save_file({key: g.float().contiguous() for key, g in exact.items()}, folder / "dropout-gradients.safetensors")
        (folder / "dropout.json").write_text(json.dumps({**SETTINGS, "lossSum": loss}))


main(sys.argv[1])
