"""Saves tiny models of every family quantised, as transformers with bitsandbytes does, and reads the folders with flanlab.

NF4 and FP4 with and without double quantisation, and int8. flanlab must give the logits of the weights that the stored codes stand for, in
float32: transformers' own logits in 8 bits quantise activations too. torch 2.15, transformers 5.23, bitsandbytes 0.50. After a build:
  python conformance/differential_training_folders.py
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings

import bitsandbytes as bnb
import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging

from differential_training_quantised import dequantise

logging.set_verbosity_error()
logging.disable_progress_bar()
warnings.filterwarnings("ignore")
torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "..", "packages", "language-model", "fixtures")
MODELS = ["tiny-llama-biased", "tiny-mistral", "tiny-qwen2", "tiny-gpt2", "tiny-neox", "tiny-opt", "tiny-falcon-7b"]
IDS = [5, 9, 2, 7, 11, 3, 8, 4]
SETTINGS = {
    **{
        f"{kind}{'-double' if double else ''}": dict(load_in_4bit=True, bnb_4bit_quant_type=kind, bnb_4bit_use_double_quant=double)
        for kind in ("nf4", "fp4") for double in (False, True)
    },
    "int8": dict(load_in_8bit=True),
}

with tempfile.TemporaryDirectory() as folder:
    cases, expected = [], []
    for model in MODELS:
        source = os.path.join(FIXTURES, model)
        for name, settings in SETTINGS.items():
            out = os.path.join(folder, f"{model}-{name}")
            quantised = AutoModelForCausalLM.from_pretrained(
                source, quantization_config=BitsAndBytesConfig(**settings), device_map="cpu", dtype=torch.float32
            )
            quantised.save_pretrained(out)
            plain = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, attn_implementation="eager").eval()
            count = 0
            with torch.no_grad():
                for place, module in quantised.named_modules():
                    if isinstance(module, bnb.nn.Linear4bit):
                        weight = dequantise(module.weight.data, module.weight.quant_state)
                    elif isinstance(module, bnb.nn.Linear8bitLt):
                        stats = module.weight.SCB if module.weight.SCB is not None else module.state.SCB
                        weight = torch.ops.bitsandbytes.int8_vectorwise_dequant(module.weight.data, stats)
                    else:
                        continue
                    own = plain.get_submodule(place)
                    own.weight.copy_(weight.T if isinstance(own, Conv1D) else weight)
                    count += 1
                expected.append(plain(torch.tensor([IDS])).logits.flatten())
            if count == 0:  # Falcon's own class of linear layers is not quantised
                expected.pop()
                continue
            cases.append({"model": model, "dir": out})
    path = os.path.join(folder, "cases.json")
    with open(path, "w") as file:
        json.dump({"ids": IDS, "cases": cases}, file)
    run = ["node", os.path.join(HERE, "differential_training_folders.mjs"), path]
    lines = subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    wrong = 0
    for case, wanted, line in zip(cases, expected, lines, strict=True):
        ours = json.loads(line)
        if "error" in ours:
            problem = ours["error"]
        else:
            difference = (wanted - torch.tensor(ours["logits"])).abs().max().item()
            problem = None if difference < 1e-4 * wanted.abs().max() else f"logits differ by {difference:.1e} of {wanted.abs().max():.1f}"
        if problem:
            wrong += 1
            print(os.path.basename(case["dir"]), problem)
    print(f"{len(cases)} folders, {len(cases) - wrong} give the logits of their codes")
sys.exit(wrong > 0)
