"""Compares random calls of Python's random, numpy and datasets with packages random, samplegen and mixtures: samples, shuffles,
permutations, choices with probabilities, interleaving with both strategies and without replacement, cuts into two parts.

Versions: CPython 3.11, numpy 2.4, datasets 5.2. After a build: python conformance/differential_mixtures.py [--seed 1] [--calls 400]
"""

import argparse
import json
import math
import os
import random
import subprocess
import sys

import datasets

HERE = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--calls", type=int, default=400, help="of each kind")
options = parser.parse_args()
datasets.disable_progress_bars()
draw = random.Random(options.seed)


def a_seed():
    return draw.choice([0, 1, 25, 42, 12345, 2**31, 2**32 - 1, 2**32, 2**53 - 1, draw.randrange(2**16), draw.randrange(2**53)])


def size(most):
    return draw.choice([1, 2, 3, draw.randint(1, 40), draw.randint(1, most)])


def sample():
    n = size(50_000)
    case = {"call": "sample", "seed": a_seed(), "n": n, "ks": [min(n, draw.choice([1, 2, 3, 5, 6, 21, 22, n])) for _ in range(4)]}
    generator = random.Random(case["seed"])
    return case, [generator.sample(range(n), k)[:50] for k in case["ks"]]


def shuffle():
    case = {"call": "shuffle", "seed": a_seed(), "n": size(3000)}
    items = list(range(case["n"]))
    random.Random(case["seed"]).shuffle(items)
    return case, items


def permutation():
    case = {"call": "permutation", "seed": a_seed(), "n": size(200_000)}
    table = datasets.Dataset.from_dict({"n": range(case["n"])}).shuffle(seed=case["seed"])
    return case, table[:200]["n"]


def cut():
    case = {"call": "cut", "seed": a_seed(), "n": draw.randint(2, 5000), "share": draw.choice([0.2, 0.1, 0.3, 0.25, 0.5, 1 / 3, draw.uniform(0.01, 0.9)])}
    if math.ceil(case["share"] * case["n"]) == case["n"]:
        case["n"] += 1000
    parts = datasets.Dataset.from_dict({"n": range(case["n"])}).train_test_split(test_size=case["share"], seed=case["seed"])
    return case, [parts["train"]["n"][:], parts["test"]["n"][:]]


def interleave():
    count = draw.choice([1, 2, 3, 5, 12, 36])
    sizes = [size(draw.choice([5, 60, 4000])) for _ in range(count)]
    strategy = draw.choice(["first_exhausted", "all_exhausted", "all_exhausted_without_replacement"])
    counted = [min(n, 3000) for n in sizes]
    rates = draw.choice([None, [1 / count] * count, [n / sum(counted) for n in counted]])
    if count * max(sizes) * (1 if rates is None else 1 / min(rates)) > 60_000:
        strategy = "first_exhausted"
    case = {"call": "interleave", "seed": a_seed(), "sizes": sizes, "rates": rates, "strategy": strategy}
    tables = [datasets.Dataset.from_dict({"row": [f"{source},{row}" for row in range(n)]}) for source, n in enumerate(sizes)]
    mixed = datasets.interleave_datasets(tables, probabilities=rates, seed=case["seed"], stopping_strategy=strategy)
    return case, mixed["row"][:]


cases = [make() for make in (sample, shuffle, permutation, cut, interleave) for _ in range(options.calls)]
command = ["node", os.path.join(HERE, "differential_mixtures.mjs")]
asked = "".join(json.dumps(case) + "\n" for case, _ in cases)
results = subprocess.run(command, input=asked.encode(), check=True, stdout=subprocess.PIPE).stdout.decode().strip().split("\n")
assert len(results) == len(cases)
different = 0
for (case, theirs), line in zip(cases, results):
    if json.loads(line) != theirs:
        different += 1
        print(f"DIFFERENT: {json.dumps(case)[:300]}\n  Python  {json.dumps(theirs)[:200]}\n  flanlab {line[:200]}")
print(f"{len(cases)} calls, {different} different")
sys.exit(1 if different else 0)
