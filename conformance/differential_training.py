"""Trains tiny models by recipes drawn at random, with transformers.Trainer (and peft) and with flanlab, and compares them.

A recipe draws: full, LoRA or QLoRA (types, blocks, double quantisation), targets (names, ends of names, expressions, all-linear), rank and
alpha and patterns of them, rsLoRA; schedule, warm-up, rate, decay, betas, epsilon, clipping; batch, accumulation, epochs (also broken
ones), steps, grouping by length, packing, cutting, completions only; and how flanlab computes it (optimizer on the host or in the graph,
steps a run, gradient checkpointing). Models are stored in float32, float16 or bfloat16, and computed with in float32. Compared: ids and
labels (rows come as text, and both sides tokenise them and find the labels of a span), number of steps, rows, targets and rate of each
step, losses, norms, the saved weights, and the loss of all rows at the end.

torch 2.15, transformers 5.23, peft 0.21, bitsandbytes 0.50; float32 on CPU. After a build:
  python conformance/differential_training.py [--seed 1] [--count 40] [--only 7] [--keep FOLDER]
Prints a line for each recipe that differs, then one line of counts.
"""

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast, Trainer, TrainingArguments
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging

from differential_training_quantised import round_trip

logging.set_verbosity_error()
logging.disable_progress_bar()
warnings.filterwarnings("ignore")
torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--count", type=int, default=40)
parser.add_argument("--only", type=int)
parser.add_argument("--keep")
options = parser.parse_args()

WORDS = "one two three four five six seven eight nine ten sea sky rain wind tree café naïve 東京 🙂 stop".split()
LLAMA_LIKE = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
FAMILIES = {
    "llama": ({}, LLAMA_LIKE),
    "mistral": ({"sliding_window": 6}, LLAMA_LIKE),
    "qwen2": ({}, LLAMA_LIKE),
    "gpt2": ({}, ["c_attn", "c_fc", "attn.c_proj", "mlp.c_proj"]),
    "gpt_neox": ({"rotary_pct": 0.5}, ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"]),
    "opt": ({}, ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]),
    "falcon": ({"alibi": False}, ["query_key_value", "self_attention.dense", "dense_h_to_4h", "dense_4h_to_h"]),
}


def write_model(folder, draw):
    """A folder with a tiny model and its tokenizer; gives the names of its linear layers."""
    family = draw.choice(list(FAMILIES))
    extra, layers = FAMILIES[family]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        [" ".join(WORDS)] * 3,
        trainers.BpeTrainer(
            vocab_size=300, special_tokens=["<pad>", "<s>", "</s>"], show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    if draw.random() < 0.6:
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    hidden, heads = draw.choice([(16, 4), (24, 2), (32, 4)])
    kv = draw.choice([heads, 1, 2]) if family in ("llama", "mistral", "qwen2") else heads
    names = dict(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0,
        tie_word_embeddings=draw.random() < 0.5 if family != "opt" else True,
    )
    if family == "gpt2":
        names |= dict(n_embd=hidden, n_layer=2, n_head=heads, n_positions=64, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
        names |= dict(tie_word_embeddings=True)
        names.pop("max_position_embeddings")
    elif family == "opt":
        names |= dict(
            hidden_size=hidden, ffn_dim=40, num_hidden_layers=2, num_attention_heads=heads, word_embed_proj_dim=hidden,
            dropout=0.0, attention_dropout=0.0,
        )
    else:
        names |= dict(hidden_size=hidden, intermediate_size=40, num_hidden_layers=2, num_attention_heads=heads)
        if family == "falcon":
            names |= dict(hidden_dropout=0.0, attention_dropout=0.0, multi_query=draw.random() < 0.5, bias=draw.random() < 0.5)
            names |= dict(parallel_attn=draw.random() < 0.5, ffn_hidden_size=4 * hidden)
            names.pop("intermediate_size")
        elif family != "gpt_neox":
            names |= dict(num_key_value_heads=kv)
        else:
            names |= dict(hidden_dropout=0.0, attention_dropout=0.0, use_parallel_residual=draw.random() < 0.5)
    torch.manual_seed(draw.randrange(1 << 30))
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **names, **extra))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim >= 2:
                parameter.mul_(4)
            else:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    model.to(draw.choice([torch.float32, torch.float32, torch.bfloat16, torch.float16])).save_pretrained(folder)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    fast.save_pretrained(folder)
    head = family in ("llama", "mistral", "qwen2") and not names["tie_word_embeddings"]
    return family, layers + (["lm_head"] if head else [])


def draw_rows(draw, count):
    rows = []
    for _ in range(count):
        text = " ".join(draw.choices(WORDS, k=draw.choice([2, 3, 4, 5, 8, 12, 20])))
        start = draw.randrange(0, len(text))
        end = len(text) if draw.random() < 0.7 else draw.randrange(start, len(text) + 1)
        if draw.random() < 0.1:
            text += draw.choice(["</s>", "  ", "\n"])
        rows.append((text, start, end))
    return rows


def draw_targets(draw, family, layers):
    kind = draw.choice(["names", "ends", "all", "expression", "default"])
    if kind == "all":
        return ["all-linear"]
    if kind == "names":
        return sorted(draw.sample(layers, draw.randint(1, len(layers))))
    if kind == "ends":
        return [f"{draw.choice([0, 1])}.{inner}" for inner in INNER[family]]
    if kind == "expression":
        return r".*\.[01]\..*(" + "|".join(draw.sample(layers, 2)) + ")"
    return []


INNER = {
    **{name: ["self_attn.q_proj", "mlp.up_proj"] for name in ("llama", "mistral", "qwen2")},
    "gpt2": ["attn.c_attn", "mlp.c_proj"],
    "gpt_neox": ["attention.dense", "mlp.dense_h_to_4h"],
    "opt": ["self_attn.out_proj", "fc2"],
    "falcon": ["self_attention.query_key_value", "mlp.dense_4h_to_h"],
}
DEFAULTS = {
    **{name: ["q_proj", "v_proj"] for name in ("llama", "mistral", "qwen2", "opt")},
    "gpt2": ["c_attn"], "gpt_neox": ["query_key_value"], "falcon": ["query_key_value"],
}


def draw_recipe(draw, family, layers):
    method = draw.choice(["full", "full", "lora", "lora", "qlora"])
    steps = {"maxSteps": draw.randint(1, 25)} if draw.random() < 0.4 else {}
    packing = draw.random() < 0.2
    recipe = {
        "method": method, "target": draw.choice(["all", "completion"]),
        "learningRate": draw.choice([1e-5, 3e-4, 2e-3, 5e-3]), "schedule": draw.choice(["linear", "cosine", "constant"]),
        "warmupRatio": draw.choice([0, 0, 0.03, 0.1, 0.3, 0.37, 0.5, 0.9]), "epochs": draw.choice([1, 1, 2, 3, 1.5, 0.4, 2.3]),
        **steps, "batchSize": draw.choice([1, 2, 3, 4, 5, 8]), "gradientAccumulation": draw.choice([1, 1, 2, 3, 4, 7]),
        "maxLength": draw.choice([5, 12, 24, 48, 64]), "groupByLength": not packing and draw.random() < 0.5, "packing": packing,
        "gradientCheckpointing": draw.random() < 0.3, "weightDecay": draw.choice([0, 0, 0.01, 0.1, 1.0]),
        "adam": {
            "beta1": draw.choice([0.9, 0.8, 0.0, 0.95]), "beta2": draw.choice([0.999, 0.95, 0.98]),
            "epsilon": draw.choice([1e-8, 1e-6, 1e-3]),
        },
        "maxGradNorm": draw.choice([1.0, 0.3, 0.01, 5.0, 1e9]), "seed": draw.choice([0, 1, 42, 1234567, 2**31 + 5, 2**32 - 7]),
        "logEvery": 1, "evalEvery": 0, "saveEvery": draw.choice([0, 0.5]), "stepsPerRun": draw.randint(1, 8),
        "appendEos": draw.random() < 0.8, "eosLabels": "masked" if draw.random() < 0.2 else "learned",
    }
    if method != "full":
        rank = draw.choice([1, 2, 4, 8])
        recipe["lora"] = {
            "rank": rank, "alpha": draw.choice([1, 8, 16, 3.5]), "dropout": 0, "targetModules": draw_targets(draw, family, layers),
            "rsLora": draw.random() < 0.5,
        }
        if draw.random() < 0.3:
            recipe["lora"]["rankPattern"] = {draw.choice(layers): draw.choice([1, 3, 5])}
        if draw.random() < 0.3:
            recipe["lora"]["alphaPattern"] = {rf"\d+\..*{draw.choice(layers)}": draw.choice([2, 32])}
    if method == "qlora":
        kind = draw.choice(["nf4", "nf4", "fp4", "int8"])
        recipe["quantization"] = {"type": kind}
        if kind != "int8":
            recipe["quantization"] |= {"doubleQuant": draw.random() < 0.5, "blockSize": draw.choice([64, 64, 128])}
    return recipe


def utf16(text, place):
    return len(text[:place].encode("utf-16-le")) // 2


def tokenise(tokenizer, row, recipe):
    """Ids and labels by the rules of the documentation, or None where nothing is learned."""
    text, start, end = row
    encoded = tokenizer(text, return_offsets_mapping=True)
    ids, offsets = list(encoded["input_ids"]), list(encoded["offset_mapping"])
    literal = len(ids) > 0 and ids[-1] == 2
    if recipe["appendEos"] and not literal:
        ids.append(2)
        offsets.append((len(text), len(text)))
    if recipe["target"] == "all":
        labels = list(ids)
    else:
        labels = [i if b > a and a < end and b > start else -100 for i, (a, b) in zip(ids, offsets)]
        rest = text[end:].removesuffix("</s>") if literal else text[end:]
        if ids and ids[-1] == 2:
            labels[-1] = 2 if rest.strip() == "" else -100
            if literal and start < len(text) and end > offsets[-1][0]:
                labels[-1] = 2
    if recipe["eosLabels"] == "masked":
        labels = [-100 if i == 2 else label for i, label in zip(ids, labels)]
    ids, labels = ids[: recipe["maxLength"]], labels[: recipe["maxLength"]]
    return {"input_ids": ids, "labels": labels} if any(label != -100 for label in labels[1:]) else None


# Attention does not change with what all keys share: these gradients are rounding errors, which Adam makes as large as any.
KEY_BIASES = ("k_proj.bias", "c_attn.bias", "query_key_value.bias")


class Recorder(Trainer):
    def compute_loss(self, model, inputs, *args, **kwargs):
        places = inputs.pop("place")
        loss = super().compute_loss(model, inputs, *args, **kwargs)
        self.seen.append((places, (loss[0] if isinstance(loss, tuple) else loss).item(), (inputs["labels"][:, 1:] != -100).sum().item()))
        return loss



def collate(batch):
    rows = [row for pack in batch for row in pack["rows"]]
    longest = max(len(row["input_ids"]) for row in rows)
    fill = lambda key, value: torch.tensor([row[key] + [value] * (longest - len(row[key])) for row in rows])
    mask = torch.tensor([[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in rows])
    return {
        "input_ids": fill("input_ids", 0), "labels": fill("labels", -100), "attention_mask": mask,
        "place": [row["place"] for row in rows],
    }


def train(case, ours):
    recipe, folder = case["recipe"], case["modelDir"]
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    tokenised = [tokenise(tokenizer, row, recipe) for row in case["spans"]]
    rows = [{**row, "place": place} for place, row in enumerate(tokenised) if row is not None]
    if ours["rows"] != [[row["input_ids"], row["labels"]] for row in rows]:
        return "rows: ids or labels differ"
    groups = ours["packs"] if recipe["packing"] else [[row["place"]] for row in rows]
    by_place = {row["place"]: row for row in rows}
    data = [{"input_ids": by_place[group[0]]["input_ids"], "rows": [by_place[place] for place in group]} for group in groups]
    if sorted(place for group in groups for place in group) != sorted(by_place):
        return "packing: rows are lost or doubled"
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    if recipe["method"] == "qlora":
        with torch.no_grad():
            for name, module in model.named_modules():
                if name in ("lm_head", "embed_out"):
                    continue
                if isinstance(module, torch.nn.Linear):
                    module.weight.copy_(round_trip(module.weight.clone(), recipe["quantization"]))
                elif isinstance(module, Conv1D):
                    module.weight.copy_(round_trip(module.weight.T.contiguous(), recipe["quantization"]).T)
    # GPT2LMHeadModel names no loss: Trainer then divides by all labels, also by those of first tokens, which nothing predicts.
    model.loss_type = "ForCausalLM"
    lora = recipe.get("lora")
    if lora:
        targets = lora["targetModules"] or DEFAULTS[case["family"]]
        model = get_peft_model(model, LoraConfig(
            r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=0.0, use_rslora=lora["rsLora"], task_type="CAUSAL_LM",
            target_modules="all-linear" if targets == ["all-linear"] else targets,
            rank_pattern=lora.get("rankPattern", {}), alpha_pattern=lora.get("alphaPattern", {}),
        ))
    short = lambda name: name.replace(".default", "")
    own = {short(name): p for name, p in model.named_parameters() if p.requires_grad}
    if lora:
        start = load_file(os.path.join(ours["start"], "adapter_model.safetensors"))
        if set(start) != set(own):
            return f"adapter: tensors differ {sorted(set(start) ^ set(own))[:3]}"
        with torch.no_grad():
            for name, p in own.items():
                p.copy_(start[name])
    schedule = {"constant": "constant_with_warmup"}.get(recipe["schedule"], recipe["schedule"])
    with tempfile.TemporaryDirectory() as out:
        arguments = TrainingArguments(
            output_dir=out, per_device_train_batch_size=recipe["batchSize"],
            gradient_accumulation_steps=recipe["gradientAccumulation"], num_train_epochs=recipe["epochs"],
            max_steps=recipe.get("maxSteps", -1), learning_rate=recipe["learningRate"], lr_scheduler_type=schedule,
            warmup_steps=recipe["warmupRatio"], weight_decay=recipe["weightDecay"], adam_beta1=recipe["adam"]["beta1"],
            adam_beta2=recipe["adam"]["beta2"], adam_epsilon=recipe["adam"]["epsilon"], max_grad_norm=recipe["maxGradNorm"],
            seed=recipe["seed"], logging_steps=1, save_strategy="no", report_to="none", use_cpu=True, disable_tqdm=True,
            train_sampling_strategy="group_by_length" if recipe["groupByLength"] else "random", remove_unused_columns=False,
            optim="adamw_torch",
        )
        trainer = Recorder(model=model, args=arguments, train_dataset=data, data_collator=collate)
        trainer.pop_callback(next(type(c) for c in trainer.callback_handler.callbacks if "Printer" in type(c).__name__))
        trainer.seen = []
        trainer.train()
    logs = [entry for entry in trainer.state.log_history if "grad_norm" in entry]
    per_epoch, windows, i = -(-len(data) // recipe["batchSize"]), [], 0
    while i < len(trainer.seen):
        windows.append(trainer.seen[i:i + min(recipe["gradientAccumulation"], per_epoch - i % per_epoch)])
        i += len(windows[-1])
    if len(ours["steps"]) != len(logs):
        return f"steps: {len(ours['steps'])} and {len(logs)}"
    order = [[place for places, _, _ in window for place in places] for window in windows]
    if order != ours["order"]:
        return f"order: {next((i, a, b) for i, (a, b) in enumerate(zip(order, ours['order'])) if a != b)}"
    worst = {"loss": 0.0, "norm": 0.0, "weight": 0.0}
    for step, (mine, log, window) in enumerate(zip(ours["steps"], logs, windows)):
        if mine["targets"] != sum(targets for _, _, targets in window):
            return f"targets of step {step}: {mine['targets']}, {window}"
        if not math.isclose(mine["learningRate"], log["learning_rate"], rel_tol=1e-9, abs_tol=1e-15):
            return f"rate of step {step}: {mine['learningRate']} and {log['learning_rate']}"
        loss = sum(loss for _, loss, _ in window)
        worst["loss"] = max(worst["loss"], abs(mine["loss"] - loss) / abs(loss))
        worst["norm"] = max(worst["norm"], abs(mine["gradNorm"] - float(log["grad_norm"])) / max(float(log["grad_norm"]), 1e-9))
    if lora:
        saved = load_file(os.path.join(ours["out"], "adapter_model.safetensors"))
    else:  # Through transformers: some families are saved under other names than their parameters have.
        again, info = AutoModelForCausalLM.from_pretrained(ours["out"], dtype=torch.float32, output_loading_info=True)
        if any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")):
            return f"saved: {info}"
        saved = dict(again.named_parameters())
    if set(saved) != set(own):
        return f"saved tensors differ: {sorted(set(saved) ^ set(own))[:4]}"
    at = ""
    for name, p in own.items():
        difference = ((saved[name] - p).norm() / p.norm().clamp(min=1e-9)).item()
        if name.endswith(KEY_BIASES):
            difference /= 10
        if difference > worst["weight"]:
            worst["weight"], at = difference, name
    # The loss of all rows, weighed by their targets.
    model.eval()
    with torch.no_grad():
        total = sum(
            model(input_ids=torch.tensor([row["input_ids"]]), labels=torch.tensor([row["labels"]])).loss.item() * count
            for row in rows if (count := sum(label != -100 for label in row["labels"][1:]))
        )
    mean = total / sum(sum(label != -100 for label in row["labels"][1:]) for row in rows)
    worst["evaluation"] = abs(mean - ours["evaluation"]) / abs(mean)
    limits = {"loss": 1e-4, "norm": 2e-3, "weight": 1e-3, "evaluation": 1e-4}
    if any(not worst[key] <= limit for key, limit in limits.items()):
        return "numbers: " + ", ".join(f"{key} {value:.1e}" for key, value in worst.items()) + f" ({at})"
    return worst


def main():
    cases = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or temporary
        for number in range(options.count):
            draw = random.Random(options.seed * 100_003 + number)
            model_dir = os.path.join(folder, str(number), "model")
            if options.only not in (None, number):
                continue
            family, layers = write_model(model_dir, draw)
            recipe = draw_recipe(draw, family, layers)
            spans = draw_rows(draw, draw.choice([3, 7, 16, 23, 41, 97] if recipe["batchSize"] > 1 else [3, 7, 16]))
            rows = [{"text": text, "labelStart": utf16(text, a), "labelEnd": utf16(text, b)} for text, a, b in spans]
            cases.append({
                "number": number, "family": family, "modelDir": model_dir, "recipe": recipe, "rows": rows, "spans": spans,
                "dir": os.path.join(folder, str(number)), "optimizer": draw.choice(["host", "graph"]),
            })
        path = os.path.join(folder, "cases.json")
        with open(path, "w") as file:
            json.dump(cases, file)
        run = ["node", os.path.join(HERE, "differential_training.mjs"), path]
        results = [json.loads(line) for line in subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()]
        same, refused, steps, worst = 0, 0, 0, {}
        for case, ours in zip(cases, results, strict=True):
            if "error" in ours and "TRAINER_ROWS_EMPTY" in ours["error"]:
                tokenizer = PreTrainedTokenizerFast.from_pretrained(case["modelDir"])
                none = all(tokenise(tokenizer, row, case["recipe"]) is None for row in case["spans"])
                result = {} if none else "refused, though there are rows"
                ours["steps"] = []
            elif "error" in ours:
                refused += 1
                result = f"flanlab: {ours['error']}"
            else:
                try:
                    result = train(case, ours)
                except Exception as error:
                    result = f"python: {type(error).__name__}: {error}"
            if isinstance(result, dict):
                same += 1
                steps += len(ours["steps"])
                worst = {key: max(value, worst.get(key, 0)) for key, value in result.items()}
            else:
                print(f"{case['number']} {case['family']} {case['optimizer']} {json.dumps(case['recipe'])}\n    {result}", flush=True)
        largest = ", ".join(f"{key} {value:.1e}" for key, value in worst.items())
        print(f"{len(cases)} recipes, {same} the same ({steps} steps; largest relative differences: {largest}), {refused} refused by flanlab")
        return same < len(cases)


if __name__ == "__main__":
    sys.exit(main())
