"""Compares flanlab's T5 with that of transformers on random tiny configs: loss and the gradient of every parameter of ragged batches,
also of rows longer than a block of queries; greedy answers and log-likelihoods; buckets of distances; files in shards and 16 bits.

Versions: torch 2.15, transformers 5.23, tokenizers 0.23. After a build:
  python conformance/differential_seq2seq.py [--seed 1] [--configs 40] [--long 4]
Prints the differences, then one line of counts.
"""
import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

import torch
from transformers import T5Config, T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5Attention

from differential_ask import ask, counts, distance, finish, floats, verdict

torch.set_num_threads(1)
TYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def draw_config(draw):
    """Options of a config, the type of the files, and whether the output layer is one of its own."""
    heads = draw.choice([1, 2, 3, 4])
    buckets = draw.choice([4, 8, 16, 32, 12])
    own_head = draw.random() < 0.5
    options = dict(
        vocab_size=draw.choice([17, 40, 64]), d_model=draw.choice([4, 7, 12, 16]), d_kv=draw.choice([2, 3, 5, 8]), d_ff=draw.choice([6, 11, 20]),
        num_layers=draw.choice([1, 2, 3]), num_heads=heads, relative_attention_num_buckets=buckets,
        relative_attention_max_distance=draw.choice([d for d in (5, 9, 12, 20, 64, 128) if d > buckets / 2]),
        feed_forward_proj=draw.choice(["relu", "gated-gelu", "gated-silu", "gelu", "silu", "gated-relu", "gelu_new", "gated-gelu_new", "swish"]),
        layer_norm_epsilon=draw.choice([1e-6, 1e-5, 1e-3]), dropout_rate=0.0, pad_token_id=draw.choice([0, 0, 3]),
        eos_token_id=1, initializer_factor=draw.choice([1.0, 0.5]))
    options["decoder_start_token_id"] = draw.choice([options["pad_token_id"], 5])
    if draw.random() < 0.6:
        options["num_decoder_layers"] = draw.choice([1, 2, 4])
    if own_head:
        options["tie_word_embeddings"] = False
    return options, own_head, draw.choice(["float32", "float32", "float16", "bfloat16"])


def randomise(model, seed, scale):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            norm = "layer_norm" in name
            spread = 0.3 if norm else 1.0 if "relative" in name or name in ("shared.weight", "lm_head.weight") else scale
            parameter.copy_((1.0 if norm else 0.0) + spread * torch.randn(parameter.shape, generator=generator))


def save_tokenizer(folder, size):
    """Words `w0` to `w…`, so that ids can be given as text; texts get no token around them."""
    content = {"model": {"type": "BPE", "vocab": {chr(0x4E00 + i): i for i in range(size)}, "merges": [], "unk_token": chr(0x4E02)},
               "added_tokens": [], "pre_tokenizer": None, "normalizer": None, "decoder": {"type": "Fuse"}, "post_processor": None, "version": "1.0"}
    (folder / "tokenizer.json").write_text(json.dumps(content))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))


def make(draw, folder):
    options, own_head, dtype = draw_config(draw)
    model = T5ForConditionalGeneration(T5Config(**options)).eval()
    model.config._attn_implementation = "eager"
    if own_head and draw.random() < 0.8:
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.shared.weight))
    randomise(model, draw.randrange(2**31), draw.choice([0.2, 0.5]))
    shards = draw.random() < 0.3
    model.to(TYPES[dtype]).save_pretrained(folder, max_shard_size="2KB" if shards else "1GB")
    config = json.loads((folder / "config.json").read_text())
    style = draw.choice(["new", "new", "old"])
    if style == "old":  # as transformers 4 wrote it
        config["tie_word_embeddings"] = config.pop("scale_decoder_outputs", True)
        config["torch_dtype"] = config.pop("dtype", dtype)
    if draw.random() < 0.3 and config["pad_token_id"] == 0:
        config.pop("pad_token_id")
    (folder / "config.json").write_text(json.dumps(config))
    save_tokenizer(folder, options["vocab_size"])
    again = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    return again, {**options, "own_head": own_head, "dtype": dtype, "shards": shards, "style": style}


def pad(rows, value):
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def draw_batch(draw, size, long):
    row = lambda most: [draw.randrange(size) for _ in range(draw.randint(1, most))]
    rows = draw.randint(1, 4) if not long else 2
    inputs = [row(long or 24) for _ in range(rows)]
    labels = [row(long or 20) for _ in range(rows)]
    if long:
        inputs[0] = [draw.randrange(size) for _ in range(long)]
        labels[-1] = [draw.randrange(size) for _ in range(long - 7)]
    for row in labels:
        for i in range(len(row)):
            if draw.random() < 0.15:
                row[i] = -100
    if all(label == -100 for row in labels for label in row):
        labels[0][0] = 4
    return inputs, labels


def loss_of(model, inputs, labels):
    out = model(input_ids=pad(inputs, 0), attention_mask=pad([[1] * len(row) for row in inputs], 0), labels=pad(labels, -100))
    return torch.nn.functional.cross_entropy(out.logits.flatten(0, 1), pad(labels, -100).flatten(), ignore_index=-100, reduction="sum")


def expected_loss(model, inputs, labels):
    """The sum, and gradients in float32 and float64: how far those are apart says how well they are known."""
    results = []
    for kind in (torch.float32, torch.float64):
        model.to(kind).zero_grad()
        loss = loss_of(model, inputs, labels)
        loss.backward()
        results.append((loss.item(), {name: p.grad.float().numpy().copy() for name, p in model.named_parameters()}))
    model.float()
    return results


def answers_of(model, prompts, new_tokens, eos):
    made, close = [], []
    with torch.no_grad():
        for ids in prompts:
            out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False, num_beams=1, use_cache=False,
                                 max_new_tokens=new_tokens, output_logits=True, return_dict_in_generate=True)
            made.append(out.sequences[0, 1:].tolist())
            top = torch.stack([step[0] for step in out.logits]).topk(2).values
            close.append(((top[:, 0] - top[:, 1]) / top[:, 0].abs().clamp(min=1)).min().item() < 1e-4)
    return made, close


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--configs", type=int, default=40)
    parser.add_argument("--long", type=int, default=4, help="configs with rows of more than a thousand tokens")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    text = lambda ids: "".join(chr(0x4E00 + i) for i in ids)
    requests, judges = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.configs):
            folder = Path(scratch) / f"t5-{number}"
            folder.mkdir()
            model, drawn = make(draw, folder)
            size = drawn["vocab_size"]
            memory = draw.choice([{}, {"attention": "recomputed"}, {"attention": "recomputed", "checkpointBlocks": True}])
            long = 1100 if number < options.long else 0
            inputs, labels = draw_batch(draw, size, long)
            wanted = expected_loss(model, inputs, labels)
            targets = sum(label != -100 for row in labels for label in row)
            requests.append({"kind": "loss", "dir": str(folder), "inputIds": inputs, "labels": labels, "options": memory})
            judges.append(lambda ours, wanted=wanted, drawn=drawn, targets=targets, memory=memory, long=long: judge_loss(ours, wanted, drawn, targets, memory, long))
            prompts = [[draw.randrange(size) for _ in range(draw.choice([1, 2, 9, 30, 140]))] for _ in range(5)]
            made, close = answers_of(model, prompts, 40, 1)
            endings = [[draw.randrange(size) for _ in range(n)] for n in (1, 2, 5)]
            known = []
            for ending in endings:
                with torch.no_grad():
                    logits = model(input_ids=torch.tensor([prompts[0]]), decoder_input_ids=torch.tensor([[drawn["decoder_start_token_id"], *ending[:-1]]])).logits[0]
                known.append(logits.log_softmax(-1).gather(1, torch.tensor(ending)[:, None]).sum().item())
            requests.append({"kind": "answers", "dir": str(folder), "prompts": [text(ids) for ids in prompts], "maxNewTokens": 40,
                             "batchRows": draw.choice([1, 3, 8]), "continuations": [text(ids) for ids in endings]})
            judges.append(lambda ours, made=made, close=close, known=known, drawn=drawn: judge_answers(ours, made, close, known, drawn))
        specs = [{"buckets": 4 * draw.randint(1, 16), "maxDistance": draw.randint(3, 300), "bidirectional": draw.random() < 0.5} for _ in range(300)]
        specs = [spec for spec in specs if spec["maxDistance"] > spec["buckets"] / 2]
        requests.append({"kind": "buckets", "specs": specs})
        judges.append(lambda ours: judge_buckets(ours, specs))
        for judge, answer in zip(judges, ask(requests)):
            judge(answer)
    finish()


def judge_loss(ours, wanted, drawn, targets, memory, long):
    if "error" in ours:
        return verdict("loss", False, f"{drawn}: {ours['error']}")
    (single, gradients), (double, exact) = wanted
    verdict("loss" + (" long" if long else ""), abs(ours["lossSum"] / double - 1) < 1e-5 and ours["targets"] == targets,
            f"{drawn} {memory}: {ours['lossSum']} for {double}, {ours['targets']} for {targets}")
    theirs = set(gradients)
    counts["gradients"] += len(ours["gradients"])
    if set(ours["gradients"]) != theirs:
        verdict("names", False, f"{drawn}: {set(ours['gradients']) ^ theirs}")
    for name in theirs & set(ours["gradients"]):
        own = distance(gradients[name], exact[name])
        gap = distance(floats(ours["gradients"][name]), exact[name])
        if not gap < max(1e-4, 5 * own):
            verdict("gradient", False, f"{drawn} {memory} long={long}: {name}: {gap} where PyTorch has {own}", 8)


def judge_answers(ours, made, close, known, drawn):
    if "error" in ours:
        return verdict("answers", False, f"{drawn}: {ours['error']}")
    for mine, theirs, tied in zip(ours["tokens"], made, close):
        if tied and mine != theirs:
            counts["answers near a tie"] += 1
        else:
            verdict("answers", mine == theirs, f"{drawn}: {mine} for {theirs}")
    verdict("scores", all(abs(a - b) < 1e-4 * max(1, abs(b)) for a, b in zip(ours["scores"], known)), f"{drawn}: {ours['scores']} for {known}")


def judge_buckets(ours, specs):
    for spec, table in zip(specs, ours["tables"]):
        d = torch.arange(-spec["maxDistance"], spec["maxDistance"] + 1)
        theirs = T5Attention._relative_position_bucket(d, spec["bidirectional"], spec["buckets"], spec["maxDistance"]).tolist()
        verdict("buckets", table == theirs, f"{spec}: {[i for i, (a, b) in enumerate(zip(table, theirs)) if a != b]}")


if __name__ == "__main__":
    sys.exit(main())
