# Makes packages/language-model/fixtures/quantisation/: weights that bitsandbytes quantised, in the format it saves.
# bitsandbytes 0.50 (its default implementation, plain PyTorch), torch 2.15. Run: python conformance/quantisation.py
#
# The vectorised CPU kernel of dequantize_4bit (0.50.2, AVX-512) takes blocks to start with each row and is wrong where
# the width is no multiple of the block; CUDA and the default implementation count blocks over the flat weight, and so does this.
import hashlib
import json
import os

import bitsandbytes.functional as F
import numpy as np
import torch
from bitsandbytes.backends.default import ops
from bitsandbytes.backends.utils import _get_4bit_code
from safetensors.torch import save_file

torch.set_num_threads(1)
OUT = os.path.join(os.path.dirname(__file__), "..", "packages", "language-model", "fixtures", "quantisation")


def weight(rows, columns, seed, dtype):
    """Heavy-tailed numbers that every language makes alike: a linear congruential generator, cubed."""
    state, values = seed, np.empty(rows * columns, dtype=np.float64)
    for i in range(values.size):
        state = (state * 1664525 + 1013904223) % 2**32
        unit = state / 2**32 - 0.5
        values[i] = unit * unit * unit * (1 + (i // 500) % 7)
    values[:70] = 0 if seed == 3 else values[:70]  # a block of zeros
    return torch.from_numpy(values.astype(np.float32)).reshape(rows, columns).to(dtype)


def dequantise(quantised, state):
    absmax = state.absmax
    if state.nested:
        absmax = ops._dequantize_blockwise_compute.__wrapped__(
            absmax, state.state2.absmax, state.state2.code, state.state2.blocksize, torch.float32
        ) + state.offset
    code = _get_4bit_code(state.quant_type, quantised.device)
    return ops._dequantize_4bit_compute.__wrapped__(
        quantised.reshape(-1), absmax, code, state.blocksize, state.shape, torch.float32
    )


CASES = [
    ("nf4", 64, 96, 1, "float32", 64, False),
    ("nf4", 64, 96, 2, "bfloat16", 64, True),
    ("nf4", 7, 33, 3, "float16", 64, True),
    ("nf4", 520, 40, 4, "float32", 64, True),
    ("nf4", 24, 128, 5, "float32", 128, False),
    ("fp4", 64, 96, 6, "float32", 64, False),
    ("fp4", 24, 128, 7, "bfloat16", 64, True),
]

tensors, cases = {}, []
for place, (kind, rows, columns, seed, dtype, block, nested) in enumerate(CASES):
    name = f"case.{place}.weight"
    w = weight(rows, columns, seed, getattr(torch, dtype))
    quantised, state = F.quantize_4bit(w, quant_type=kind, blocksize=block, compress_statistics=nested)
    tensors[name] = quantised
    for key, value in state.as_dict(packed=True).items():
        tensors[f"{name}.{key}"] = value
    back = dequantise(quantised, state).contiguous()
    if columns % block == 0:
        assert torch.equal(back, F.dequantize_4bit(quantised, state).float()) or dtype != "float32"
    cases.append({
        "name": name, "type": kind, "shape": [rows, columns], "seed": seed, "dtype": dtype, "blockSize": block,
        "doubleQuant": nested, "sha256": hashlib.sha256(back.numpy().tobytes()).hexdigest(),
        "largestError": (back - w.float()).abs().max().item(),
    })

w = weight(24, 40, 8, torch.float32)
codes, stats, _ = F.int8_vectorwise_quant(w)
back = torch.ops.bitsandbytes.int8_vectorwise_dequant(codes, stats).contiguous()
tensors.update({"int8.weight": codes, "int8.SCB": stats, "int8.weight_format": torch.tensor(0, dtype=torch.uint8)})
cases.append({
    "name": "int8.weight", "type": "int8", "shape": [24, 40], "seed": 8, "dtype": "float32",
    "sha256": hashlib.sha256(back.numpy().tobytes()).hexdigest(), "largestError": (back - w).abs().max().item(),
})

os.makedirs(OUT, exist_ok=True)
save_file({name: t.contiguous() for name, t in tensors.items()}, os.path.join(OUT, "bitsandbytes.safetensors"))
with open(os.path.join(OUT, "cases.json"), "w") as file:
    json.dump(cases, file, separators=(",", ":"))

# Whole folders: the tiny Llama of language_model.py as transformers 5.23 saves it with quantised layers.
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

SETTINGS = {
    "nf4": BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True),
    "int8": BitsAndBytesConfig(load_in_8bit=True),
}
for name, settings in SETTINGS.items():
    source = os.path.join(OUT, "..", "tiny-llama")
    model = AutoModelForCausalLM.from_pretrained(
        source, quantization_config=settings, device_map="cpu", dtype=torch.float32
    )
    model.save_pretrained(os.path.join(OUT, f"tiny-llama-{name}"))
    os.chmod(os.path.join(OUT, f"tiny-llama-{name}", "model.safetensors"), 0o644)
