"""Makes PEFT adapters with settings drawn at random, and compares peft's logits with flanlab's, or sees flanlab refuse them.

Draws rank, alpha, rsLoRA, patterns, targets (names, ends of names, expressions, all-linear, the output layer), layers_to_transform,
exclude_modules, bias, modules_to_save, DoRA, aLoRA, lora_bias, kinds of initialisation, keys that no release knows. Every adapter gets
large random weights, is saved by peft, loaded again by peft from that folder, and asked for logits. flanlab must give the same, or refuse
with a code; `ADAPTER_CONFIG_INVALID` for what it does not support. Nothing may be ignored. Then flanlab writes each adapter that it read,
and peft loads that one with all of its tensors and gives the same logits again.

torch 2.15, transformers 5.23, peft 0.21. After a build:
  python conformance/differential_training_adapters.py [--seed 1] [--count 60]
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings
from collections import Counter

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors import safe_open
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
warnings.filterwarnings("ignore")
torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "..", "packages", "language-model", "fixtures")
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--count", type=int, default=60)
options = parser.parse_args()

LLAMA = (["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], "layers", "lm_head")
MODELS = {
    "tiny-llama": LLAMA, "tiny-mistral": LLAMA, "tiny-qwen2": LLAMA,
    "tiny-gpt2": (["c_attn", "c_fc", "mlp.c_proj", "attn.c_proj"], "h", None),
    "tiny-neox": (["query_key_value", "attention.dense", "dense_h_to_4h", "dense_4h_to_h"], "layers", None),
    "tiny-opt": (["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"], "layers", None),
    "tiny-falcon-7b": (["query_key_value", "self_attention.dense", "dense_h_to_4h", "dense_4h_to_h"], "h", None),
}
IDS = [5, 9, 2, 7, 11, 3, 8, 4]


def draw_config(draw, model):
    layers, pattern, head = MODELS[model]
    some = draw.sample(layers, draw.randint(1, len(layers)))
    targets = draw.choice([
        some, some, "all-linear", [f"{draw.choice('01')}.{draw.choice(['self_attn.', ''])}{name}" for name in some[:1]],
        rf".*\.{draw.choice('01')}\..*({'|'.join(some)})", "(?i).*" + some[0].upper(), rf"(?P<all>.*)\.{some[0]}", rf".*{some[0]}$",
        [*some, "of_no_layer"], rf"{'.*' if draw.random() < 0.5 else ''}{some[0]}", some + ([head] if head else []),
    ])
    config = {
        "r": draw.choice([1, 2, 3, 8]), "lora_alpha": draw.choice([1, 4, 16, 7]), "target_modules": targets,
        "use_rslora": draw.random() < 0.4, "lora_dropout": draw.choice([0.0, 0.3]), "task_type": draw.choice(["CAUSAL_LM", None]),
        "fan_in_fan_out": draw.random() < 0.3,
    }
    if draw.random() < 0.4:
        config["rank_pattern"] = draw.choice([{some[0]: 5}, {rf"\d\..*{some[0]}": 2, some[-1]: 6}, {f"^.*{some[0]}": 3}, {"nothing": 3}, {rf"{pattern}\.1\..*": 4}])
    if draw.random() < 0.4:
        config["alpha_pattern"] = draw.choice([{some[0]: 3}, {f".*1.*{some[0]}": 32, some[0]: 2}, {f"{some[0]}$": 9}])
    odd = draw.choice([
        {}, {}, {}, {}, {"bias": "all"}, {"bias": "lora_only"}, {"modules_to_save": ["lm_head"]}, {"use_dora": True},
        {"layers_to_transform": [0]}, {"layers_to_transform": 1, "layers_pattern": pattern}, {"exclude_modules": [draw.choice(layers)]},
        {"exclude_modules": r".*\.1\..*"}, {"lora_bias": True}, {"alora_invocation_tokens": [7, 11]},
        {"init_lora_weights": draw.choice(["gaussian", "orthogonal", "pissa", "olora", "pissa_niter_4", "mica", False])},
        {"trainable_token_indices": [3, 4]}, {"layer_replication": [[0, 2], [1, 2]]}, {"ensure_weight_tying": True},
        {"target_modules": None}, {"kasa_config": {}}, {"megatron_core": "other"}, {"use_bdlora": {"target_modules_bd_a": some[:1], "nblocks": 2}},
        {"velora_config": {}}, {"monteclora_config": {}},
    ])
    if isinstance(config["target_modules"], str):
        odd = {key: value for key, value in odd.items() if key not in ("layers_to_transform", "layers_pattern")}
    return config | odd


def logits_of(model):
    with torch.no_grad():
        return model(input_ids=torch.tensor([IDS]), attention_mask=torch.ones(1, len(IDS), dtype=torch.int64)).logits.flatten()


def base(model):
    return AutoModelForCausalLM.from_pretrained(os.path.join(FIXTURES, model), dtype=torch.float32, attn_implementation="eager").eval()


draw, folder_of_all = random.Random(options.seed), tempfile.TemporaryDirectory()
cases, peft_refuses = [], 0
for number in range(options.count):
    name = draw.choice(list(MODELS))
    config = draw_config(draw, name)
    folder = os.path.join(folder_of_all.name, str(number))
    try:
        torch.manual_seed(number)
        model = get_peft_model(base(name), LoraConfig(**config))
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                if parameter.requires_grad:
                    parameter.add_(torch.randn_like(parameter) * 0.3)
        model.save_pretrained(folder)
        again = PeftModel.from_pretrained(base(name), folder).eval()
        expected = logits_of(again)
        assert expected.isfinite().all()
    except Exception as error:
        peft_refuses += 1
        continue
    if draw.random() < 0.1:
        with open(os.path.join(folder, "adapter_config.json")) as file:
            saved = json.load(file)
        config["key_of_a_later_release"] = saved["key_of_a_later_release"] = draw.choice([None, False, {}, [], True, 3, {"a": 1}])
        with open(os.path.join(folder, "adapter_config.json"), "w") as file:
            json.dump(saved, file)
    cases.append({"number": number, "model": name, "config": {key: config[key] for key in config}, "dir": folder, "logits": expected.tolist()})

path = os.path.join(folder_of_all.name, "cases.json")
with open(path, "w") as file:
    json.dump({"ids": IDS, "fixtures": FIXTURES, "cases": [{key: case[key] for key in ("model", "dir")} for case in cases]}, file)
lines = subprocess.run(["node", os.path.join(HERE, "differential_training_adapters.mjs"), path], check=True, stdout=subprocess.PIPE, text=True).stdout
same, refused, wrong = 0, Counter(), 0
for case, ours in zip(cases, map(json.loads, lines.splitlines()), strict=True):
    expected, problem = torch.tensor(case["logits"]), None
    if "error" in ours:
        refused[ours["error"]] += 1
        kind = ours["error"]
        if kind == "UNTYPED":
            problem = ours["text"]
        else:
            print(f"  refused {case['number']} {case['model']} {json.dumps(case['config'])}\n      {ours['text']}")
    else:
        limit = 1e-4 * expected.abs().max().item()
        difference = (expected - torch.tensor(ours["logits"])).abs().max().item()
        merged = (expected - torch.tensor(ours["merged"])).abs().max().item()
        if not max(difference, merged) <= limit:
            problem = f"logits differ by {difference:.1e}, merged by {merged:.1e}, of {expected.abs().max():.1f}"
        else:
            model = PeftModel.from_pretrained(base(case["model"]), ours["written"]).eval()
            loaded = {key.replace(".default", "") for key in model.state_dict() if ".lora_" in key}
            with safe_open(os.path.join(ours["written"], "adapter_model.safetensors"), "pt") as file:
                left = {key for key in set(file.keys()) ^ loaded if not key.endswith("base_layer.weight")}
            back = (expected - logits_of(model)).abs().max().item()
            if left or not back <= limit:
                problem = f"written by flanlab: tensors {sorted(left)[:2]}, logits differ by {back:.1e}"
        same += problem is None
    if problem:
        wrong += 1
        print(f"{case['number']} {case['model']} {json.dumps(case['config'])}\n    {problem}")
print(f"{len(cases)} adapters ({peft_refuses} more that peft itself refuses): {same} give peft's logits, refused {dict(refused)}, {wrong} wrong")
sys.exit(wrong > 0)
