# Makes packages/trainer/fixtures/fifty-steps/: fifty optimizer steps of transformers.Trainer with peft, on float32 weights
# and on the same weights as bitsandbytes quantises them (NF4, double quantisation), dequantised.
# torch 2.15, transformers 5.23, peft 0.21, bitsandbytes 0.50, float32 on CPU. Run after trainer.py: python conformance/fifty_steps.py
import json
import os
import shutil
import tempfile

import bitsandbytes.functional as F
import numpy as np
import torch
from bitsandbytes.backends.default import ops
from bitsandbytes.backends.utils import _get_4bit_code
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import LlamaForCausalLM, Trainer, TrainingArguments
from transformers.trainer_pt_utils import get_length_grouped_indices

torch.set_num_threads(1)
FIXTURES = os.path.join(os.path.dirname(__file__), "..", "packages", "trainer", "fixtures")
OUT = os.path.join(FIXTURES, "fifty-steps")
ROWS, VOCABULARY, SEED, BATCH, ACCUMULATION, STEPS = 41, 48, 42, 3, 2, 50

random = np.random.default_rng(5)
rows = []
for place in range(ROWS):
    length = int(random.integers(4, 17))
    ids = random.integers(3, VOCABULARY, length).tolist()
    first = int(random.integers(0, length - 2))
    rows.append({"input_ids": ids, "labels": [-100] * first + ids[first:], "place": place})


def round_trip(weight):
    """What bitsandbytes makes of a weight; with its plain implementation, see quantisation.py."""
    codes, state = F.quantize_4bit(weight, quant_type="nf4", blocksize=64, compress_statistics=True)
    absmax = ops._dequantize_blockwise_compute.__wrapped__(
        state.absmax, state.state2.absmax, state.state2.code, state.state2.blocksize, torch.float32
    ) + state.offset
    code = _get_4bit_code("nf4", codes.device)
    return ops._dequantize_4bit_compute.__wrapped__(codes.reshape(-1), absmax, code, 64, state.shape, torch.float32)


class Recorder(Trainer):
    """Keeps which rows met in which step, and the loss of each step before it is rounded for the log."""

    def compute_loss(self, model, inputs, *args, **kwargs):
        places = inputs.pop("place")
        loss = super().compute_loss(model, inputs, *args, **kwargs)
        if model.training:
            self.seen.append((places.tolist(), (loss[0] if isinstance(loss, tuple) else loss).item()))
        return loss


def collate(batch):
    longest = max(len(row["input_ids"]) for row in batch)
    fill = lambda key, value: torch.tensor([row[key] + [value] * (longest - len(row[key])) for row in batch])
    mask = torch.tensor([[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in batch])
    return {
        "input_ids": fill("input_ids", 0), "labels": fill("labels", -100), "attention_mask": mask,
        "place": torch.tensor([row["place"] for row in batch]),
    }


def train(quantised, start):
    model = LlamaForCausalLM.from_pretrained(os.path.join(FIXTURES, "golden", "llama"), attn_implementation="eager")
    if quantised:
        with torch.no_grad():
            for name, module in model.named_modules():
                if isinstance(module, torch.nn.Linear) and name != "lm_head":
                    module.weight.copy_(round_trip(module.weight.clone()))
    model = get_peft_model(model, LoraConfig(
        r=4, lora_alpha=8, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM", use_rslora=True,
        rank_pattern={"down_proj": 2}, alpha_pattern={"self_attn.q_proj": 4},
    ))
    short = lambda name: name.replace(".default", "")
    own = {name: p for name, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for name, p in own.items():
            p.copy_(start.setdefault(short(name), p.detach().clone()))
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder, per_device_train_batch_size=BATCH, gradient_accumulation_steps=ACCUMULATION,
            max_steps=STEPS, learning_rate=5e-3, lr_scheduler_type="linear", warmup_steps=0.1, max_grad_norm=0.5,
            weight_decay=0.0, seed=SEED, logging_steps=1, save_strategy="no", report_to="none", use_cpu=True,
            train_sampling_strategy="group_by_length", remove_unused_columns=False, optim="adamw_torch",
        )
        trainer = Recorder(model=model, args=arguments, train_dataset=rows, data_collator=collate)
        trainer.seen = []
        trainer.train()
    logs = [entry for entry in trainer.state.log_history if "grad_norm" in entry]
    final = {short(name): p.detach().clone().contiguous() for name, p in own.items()}
    return trainer.seen, logs, final


torch.manual_seed(3)
start, result = {}, {}
for name, quantised in (("float32", False), ("nf4", True)):
    seen, logs, final = train(quantised, start)
    # An epoch ends with fewer rows, and with fewer batches in its last step.
    steps, last = [], None
    per_epoch = -(-ROWS // BATCH)
    windows, i = [], 0
    while i < len(seen):
        left = per_epoch - i % per_epoch
        windows.append(seen[i:i + min(ACCUMULATION, left)])
        i += len(windows[-1])
    assert len(windows) == STEPS == len(logs), (len(windows), len(logs))
    result["order"] = [[places for places, _ in window] for window in windows]
    result[name] = {
        "losses": [sum(loss for _, loss in window) for window in windows],
        "gradNorms": [float(entry["grad_norm"]) for entry in logs],
        "learningRates": [entry["learning_rate"] for entry in logs],
    }
    os.makedirs(OUT, exist_ok=True)
    save_file(final, os.path.join(OUT, f"{name}-final.safetensors"))

# The order within an epoch: what LengthGroupedSampler draws from torch's generator.
torch.manual_seed(SEED)
torch.empty((), dtype=torch.int64).random_()  # the base seed of the data loader's workers
lengths = [len(row["input_ids"]) for row in rows]
first = get_length_grouped_indices(lengths, BATCH * ACCUMULATION)
flat = [place for window in result["order"] for batch in window for place in batch]
print("first epoch as drawn after the loader's base seed:", first == flat[:ROWS])
save_file(start, os.path.join(OUT, "start.safetensors"))
with open(os.path.join(OUT, "steps.json"), "w") as file:
    json.dump({
        "rows": [{"ids": row["input_ids"], "labels": row["labels"]} for row in rows], "seed": SEED,
        "batchSize": BATCH, "gradientAccumulation": ACCUMULATION, "learningRate": 5e-3, "warmupSteps": 5, "maxGradNorm": 0.5,
        "firstEpochAfterBaseSeed": first == flat[:ROWS], **result,
    }, file, separators=(",", ":"))
for name in os.listdir(OUT):
    os.chmod(os.path.join(OUT, name), 0o644)
