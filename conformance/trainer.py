# Makes packages/trainer/fixtures/golden/: tiny models, batches, and what PyTorch computes on them in 20 optimizer steps.
# torch 2.15, transformers 5.23, peft 0.21, float32 on CPU. Run: python conformance/trainer.py
import json
import os

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
from transformers.optimization import get_linear_schedule_with_warmup

torch.set_num_threads(1)
OUT = os.path.join(os.path.dirname(__file__), "..", "packages", "trainer", "fixtures", "golden")
STEPS, MICRO_BATCHES, ROWS, VOCABULARY, WARMUP = 20, 2, 3, 48, 3

llama = LlamaConfig(
    vocab_size=VOCABULARY, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1, eos_token_id=2, tie_word_embeddings=False,
)
gpt2 = GPT2Config(
    vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=4, n_positions=32, resid_pdrop=0.0, embd_pdrop=0.0,
    attn_pdrop=0.0, bos_token_id=1, eos_token_id=2,
)


def batches(seed):
    """STEPS × MICRO_BATCHES batches of ragged rows: ids, and which positions are learned."""
    random = np.random.default_rng(seed)
    steps = []
    for _ in range(STEPS):
        window = []
        for _ in range(MICRO_BATCHES):
            rows = []
            for _ in range(ROWS):
                length = int(random.integers(4, 13))
                ids = random.integers(3, VOCABULARY, length).tolist()
                first = int(random.integers(0, length - 2))
                rows.append({"ids": ids, "labels": [-100] * first + ids[first:]})
            window.append(rows)
        steps.append(window)
    return steps


def collate(rows):
    longest = max(len(row["ids"]) for row in rows)
    ids = torch.tensor([row["ids"] + [0] * (longest - len(row["ids"])) for row in rows])
    labels = torch.tensor([row["labels"] + [-100] * (longest - len(row["labels"])) for row in rows])
    mask = torch.tensor([[1] * len(row["ids"]) + [0] * (longest - len(row["ids"])) for row in rows])
    return ids, labels, mask


def run(model, steps, settings):
    model.train()
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for _, p in trained if p.ndim >= 2], "weight_decay": settings["weightDecay"]},
        {"params": [p for _, p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    adam = settings["adam"]
    optimizer = torch.optim.AdamW(
        groups, lr=settings["learningRate"], betas=(adam["beta1"], adam["beta2"]), eps=adam["epsilon"]
    )
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    losses, norms, rates = [], [], []
    for window in steps:
        targets = sum(label != -100 for rows in window for row in rows for label in row["labels"][1:])
        total = 0.0
        for rows in window:
            ids, labels, mask = collate(rows)
            logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
            loss = torch.nn.functional.cross_entropy(
                logits.reshape(-1, VOCABULARY), labels[:, 1:].reshape(-1), ignore_index=-100, reduction="sum"
            )
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


def sums(trained):
    """What is left of the trained weights: sum and sum of absolute values of each."""
    return {name: [p.double().sum().item(), p.double().abs().sum().item()] for name, p in trained.items()}


def save(name, settings, steps, result, trained):
    case = {"settings": {**settings, "warmupSteps": WARMUP}, "steps": steps, **result, "weightSums": sums(trained)}
    with open(os.path.join(OUT, name + ".json"), "w") as file:
        json.dump(case, file, separators=(",", ":"))


def scaled(model):
    """The usual start has losses that hardly move; larger weights make attention and clipping matter."""
    with torch.no_grad():
        for p in model.parameters():
            if p.ndim >= 2:
                p.mul_(6)
    return model


os.makedirs(OUT, exist_ok=True)
FULL = {"learningRate": 3e-3, "weightDecay": 0.1, "maxGradNorm": 1.0, "adam": {"beta1": 0.9, "beta2": 0.98, "epsilon": 1e-6}}
LORA = {"learningRate": 1e-2, "weightDecay": 0.0, "maxGradNorm": 0.5, "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}}

for name, build in (("llama", lambda: LlamaForCausalLM(llama)), ("gpt2", lambda: GPT2LMHeadModel(gpt2))):
    torch.manual_seed(1)
    model = scaled(build())
    model.save_pretrained(os.path.join(OUT, name))
    steps = batches(7)
    result = run(model, steps, FULL)
    save(name + "-full", FULL, steps, result, tensors(model))

torch.manual_seed(1)
model = LlamaForCausalLM.from_pretrained(os.path.join(OUT, "llama"))
model = get_peft_model(
    model, LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
)
with torch.no_grad():
    for name, p in model.named_parameters():
        if "lora_B" in name:
            p.normal_(std=0.02)  # not zero, so that A has a gradient from the first step
rename = lambda name: name.replace(".default", "")
save_file(tensors(model, rename), os.path.join(OUT, "llama-lora-start.safetensors"))
steps = batches(8)
result = run(model, steps, LORA)
save("llama-lora", {**LORA, "lora": {"rank": 4, "alpha": 8}}, steps, result, tensors(model, rename))

for name in ("llama", "gpt2"):
    path = os.path.join(OUT, name, "generation_config.json")
    if os.path.exists(path):
        os.remove(path)
