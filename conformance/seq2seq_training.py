"""Golden values for training encoder-decoders: tiny T5 models, ragged batches, and what PyTorch computes on them in 20
optimizer steps: v1.1 in full, v1.0 with a LoRA adapter. torch 2.15, transformers 5.23, peft 0.21, float32 on the CPU.

    python conformance/seq2seq_training.py packages/trainer/fixtures/golden
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import T5Config, T5ForConditionalGeneration
from transformers.optimization import get_linear_schedule_with_warmup
from transformers.trainer_pt_utils import get_parameter_names

torch.set_num_threads(1)
OUT = Path(sys.argv[1])
STEPS, MICRO_BATCHES, ROWS, VOCABULARY, WARMUP = 20, 2, 3, 40, 3
SIZES = dict(vocab_size=VOCABULARY, d_model=12, d_kv=5, d_ff=18, num_layers=2, num_decoder_layers=2, num_heads=2,
             relative_attention_num_buckets=8, relative_attention_max_distance=12, pad_token_id=0, eos_token_id=1,
             decoder_start_token_id=0, dropout_rate=0.0)
FULL = {"learningRate": 3e-3, "weightDecay": 0.1, "maxGradNorm": 1.0, "adam": {"beta1": 0.9, "beta2": 0.98, "epsilon": 1e-6}}
LORA = {"learningRate": 1e-2, "weightDecay": 0.0, "maxGradNorm": 0.5, "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}}


def batches(seed):
    """STEPS × MICRO_BATCHES batches of ragged rows: what is read, and what is to be written."""
    random = np.random.default_rng(seed)
    draw = lambda low, high: random.integers(0, VOCABULARY, int(random.integers(low, high))).tolist()
    return [[[{"ids": draw(2, 14), "labels": draw(1, 8)} for _ in range(ROWS)] for _ in range(MICRO_BATCHES)] for _ in range(STEPS)]


def pad(rows, value):
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def run(model, steps, settings):
    model.train()
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    # As in transformers.Trainer: neither norms nor whatever has "bias" in its name decays.
    decayed = set(get_parameter_names(model, [torch.nn.LayerNorm, type(model.get_submodule("encoder.final_layer_norm"))],
                                      [r"bias", r"_norm(?:$|\.)"])) if settings["weightDecay"] else set()
    groups = [{"params": [p for n, p in trained if n in decayed], "weight_decay": settings["weightDecay"]},
              {"params": [p for n, p in trained if n not in decayed], "weight_decay": 0.0}]
    adam = settings["adam"]
    optimizer = torch.optim.AdamW(groups, lr=settings["learningRate"], betas=(adam["beta1"], adam["beta2"]), eps=adam["epsilon"])
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    losses, norms, rates = [], [], []
    for window in steps:
        targets = sum(len(row["labels"]) for rows in window for row in rows)
        total = 0.0
        for rows in window:
            ids, mask = pad([row["ids"] for row in rows], 0), pad([[1] * len(row["ids"]) for row in rows], 0)
            labels = pad([row["labels"] for row in rows], -100)
            logits = model(input_ids=ids, attention_mask=mask, labels=labels).logits
            loss = torch.nn.functional.cross_entropy(
                logits.reshape(-1, VOCABULARY), labels.reshape(-1), ignore_index=-100, reduction="sum")
            (loss / targets).backward()
            total += loss.item() / targets
        norms.append(torch.nn.utils.clip_grad_norm_([p for _, p in trained], settings["maxGradNorm"]).item())
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(total)
    return {"losses": losses, "gradNorms": norms, "learningRates": rates}


def tensors(model, rename=lambda name: name):
    return {rename(name): p.detach().clone().contiguous() for name, p in model.named_parameters() if p.requires_grad}


def save(name, settings, steps, result, trained):
    sums = {key: [p.double().sum().item(), p.double().abs().sum().item()] for key, p in trained.items()}
    case = {"settings": {**settings, "warmupSteps": WARMUP}, "steps": steps, **result, "weightSums": sums}
    (OUT / f"{name}.json").write_text(json.dumps(case, separators=(",", ":")))
    print(name, result["losses"][0], "to", result["losses"][-1])


def make(name, **options):
    torch.manual_seed(1)
    model = T5ForConditionalGeneration(T5Config(**SIZES, **options))
    model.config._attn_implementation = "eager"
    if options:  # as published: an output layer of its own
        model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.shared.weight))
    model.save_pretrained(OUT / name)
    (OUT / name / "generation_config.json").unlink()
    return model


model = make("t5-v1.1", feed_forward_proj="gated-gelu", tie_word_embeddings=False)
steps = batches(7)
save("t5-v1.1-full", FULL, steps, run(model, steps, FULL), tensors(model))

model = make("t5-v1.0")
model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=["q", "v"], task_type="SEQ_2_SEQ_LM"))
with torch.no_grad():
    for name, p in model.named_parameters():
        if "lora_B" in name:
            p.normal_(std=0.02)  # not zero, so that A has a gradient from the first step
rename = lambda name: name.replace(".default", "")
save_file(tensors(model, rename), OUT / "t5-v1.0-lora-start.safetensors")
steps = batches(8)
save("t5-v1.0-lora", {**LORA, "lora": {"rank": 4, "alpha": 8}}, steps, run(model, steps, LORA), tensors(model, rename))
