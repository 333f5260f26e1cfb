"""Quantises matrices drawn at random with bitsandbytes and with flanlab, and compares every code, magnitude and value, bit for bit.

Sizes are odd or small, no multiples of the block; values are normal, heavy-tailed, huge, tiny, of few values, whole blocks of zeros, near
ties. NF4 and FP4 with and without double quantisation, blocks of 32 to 4,096, int8. What bitsandbytes saves is also read back as a file.

bitsandbytes 0.50 (its plain implementation, see differential_training_quantised.py), torch 2.15. After a build:
  python conformance/differential_training_quantisation.py [--seed 1] [--count 300]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import bitsandbytes.functional as F
import numpy as np
import torch
from safetensors.torch import save_file

from differential_training_quantised import dequantise, plain_quantise

torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--count", type=int, default=300)
options = parser.parse_args()
random = np.random.default_rng(options.seed)


def draw_matrix():
    rows, columns = int(random.integers(1, 70)), int(random.choice([1, 2, 3, 7, 16, 31, 33, 64, 65, 96, 127, 128, 200, 257]))
    if random.random() < 0.1:
        rows, columns = 300, 257  # more than 256 blocks
    kind = random.choice(["normal", "tails", "huge", "tiny", "few", "zeros", "constant", "mixed", "ties", "subnormal"])
    w = random.normal(size=(rows, columns))
    if kind == "tails":
        w = w**5
    elif kind == "huge":
        w *= 1e30
    elif kind == "tiny":
        w *= 1e-30
    elif kind == "subnormal":
        w *= 1e-40
    elif kind == "few":
        w = random.choice([-2.0, -0.5, 0.0, 0.25, 3.0], size=w.shape)
    elif kind == "zeros":
        w.reshape(-1)[: max(1, w.size * 2 // 3)] = 0
    elif kind == "constant":
        w[:] = random.normal(size=(rows, 1))
    elif kind == "mixed":
        w *= 10.0 ** random.integers(-8, 9, size=(rows, 1))
        w[random.random(size=w.shape) < 0.3] = 0
        w[random.random(size=w.shape) < 0.1] *= -0.0
    elif kind == "ties":
        w = random.integers(-128, 129, size=w.shape) / 128.0
    dtype = [torch.float32, torch.float16, torch.bfloat16][int(random.integers(0, 3))] if kind not in ("huge", "tiny", "subnormal") else torch.float32
    w = torch.from_numpy(w.astype(np.float32)).to(dtype)
    return kind, w if torch.isfinite(w).all() else w.nan_to_num(0, 0, 0)


cases, tensors, stored = [], {}, {}
for number in range(options.count):
    name, w = draw_matrix()
    kind = str(random.choice(["nf4", "nf4", "nf4", "fp4", "int8"]))
    block, nested = int(random.choice([64, 64, 64, 32, 128, 256, 512, 4096])), bool(random.random() < 0.6)
    weight = f"case{number}.weight"
    tensors[f"{number}.input"] = w
    case = {"number": number, "values": name, "type": kind, "shape": list(w.shape), "dtype": str(w.dtype)}
    if kind == "int8":
        # bitsandbytes asks for float16 on devices with a kernel; its plain implementation computes in the type it is given.
        codes, stats, _ = F.int8_vectorwise_quant(w.float())
        tensors |= {f"{number}.codes": codes, f"{number}.absmax": stats, f"{number}.back": torch.ops.bitsandbytes.int8_vectorwise_dequant(codes, stats)}
        tensors[f"{number}.file"] = tensors[f"{number}.back"]
        stored |= {weight: codes, f"case{number}.SCB": stats, f"case{number}.weight_format": torch.tensor(0, dtype=torch.uint8)}
    else:
        codes, state = plain_quantise(w, kind, block, nested)
        case |= {"blockSize": block, "doubleQuant": nested}
        tensors |= {f"{number}.codes": codes.reshape(-1), f"{number}.absmax": state.absmax.reshape(-1), f"{number}.back": dequantise(codes, state)}
        if nested:
            tensors |= {f"{number}.nested": state.state2.absmax.reshape(-1), f"{number}.offset": state.offset.reshape(1)}
        codes, state = F.quantize_4bit(w, quant_type=kind, blocksize=block, compress_statistics=nested)
        tensors[f"{number}.file"] = dequantise(codes, state)
        stored[weight] = codes
        stored |= {f"{weight}.{key}": value for key, value in state.as_dict(packed=True).items()}
    cases.append(case)

with tempfile.TemporaryDirectory() as folder:
    path = lambda name: os.path.join(folder, name)
    save_file({key: value.contiguous().clone() for key, value in tensors.items()}, path("expected.safetensors"))
    save_file({key: value.contiguous().clone() for key, value in stored.items()}, path("stored.safetensors"))
    with open(path("cases.json"), "w") as file:
        json.dump(cases, file)
    sys.exit(subprocess.run(["node", os.path.join(HERE, "differential_training_quantisation.mjs"), folder]).returncode)
