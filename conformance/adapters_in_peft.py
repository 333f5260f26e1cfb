# Loads adapters that flanlab wrote with peft, and compares logits. transformers 5.23, peft 0.21; float32 on CPU.
# Run after a build: python conformance/adapters_in_peft.py. Fails where a tensor is not used, or logits differ by 1e-5 of the largest.
import json
import os
import subprocess
import tempfile
import warnings

import torch
from peft import PeftModel
from safetensors import safe_open
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "..", "packages", "language-model", "fixtures")
warnings.filterwarnings("error", message=".*missing adapter keys.*")

with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["node", os.path.join(HERE, "adapters_in_peft.mjs"), folder], check=True)
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name, "logits.json")) as file:
            ours = json.load(file)
        model = AutoModelForCausalLM.from_pretrained(os.path.join(FIXTURES, ours["model"]), dtype=torch.float32)
        plain = model(torch.tensor([ours["ids"]])).logits.flatten().detach().clone()
        model = PeftModel.from_pretrained(model, os.path.join(folder, name)).eval()
        loaded = {key.replace(".default", "") for key in model.state_dict() if ".lora_" in key}
        with safe_open(os.path.join(folder, name, "adapter_model.safetensors"), "pt") as file:
            assert set(file.keys()) == loaded, set(file.keys()) ^ loaded
        logits = model(torch.tensor([ours["ids"]])).logits.flatten()
        largest, difference = logits.abs().max().item(), (logits - torch.tensor(ours["logits"])).abs().max().item()
        moved = (logits - plain).abs().max().item()
        print(f"{name}: {len(loaded)} tensors, logits up to {largest:.1f} (the adapter moves them by {moved:.1f}), difference {difference:.1e}")
        assert difference < 1e-5 * largest and moved > 0.01
