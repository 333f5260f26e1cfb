# Makes packages/trainer/fixtures/length-grouped-order.json: LengthGroupedSampler orders. transformers 5.23, torch 2.15.
# Run: python conformance/length-grouped-order.py
import json
import os
import random

import torch
from transformers.trainer_pt_utils import LengthGroupedSampler

random.seed(0)
cases = []
for rows, batch, seed in ((7, 2, 1), (40, 3, 2), (130, 4, 3), (64, 1, 4)):
    lengths = [random.randint(1, 60) for _ in range(rows)]
    generator = torch.Generator()
    generator.manual_seed(seed)
    order = list(LengthGroupedSampler(batch, lengths=lengths, generator=generator))
    cases.append({"lengths": lengths, "batch_size": batch, "generator_seed": seed, "order": order})
path = os.path.join(os.path.dirname(__file__), "..", "packages", "trainer", "fixtures", "length-grouped-order.json")
with open(path, "w") as file:
    json.dump({"cases": cases}, file, separators=(",", ":"))
