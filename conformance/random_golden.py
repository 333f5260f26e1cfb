"""Golden values for @flanlab/random: CPython random, NumPy default_rng and RandomState, torch.randperm.

Made with CPython 3.11, numpy 2.4, torch 2.15. Run: python conformance/random_golden.py > packages/random/fixtures/golden.json
"""
import json
import random

import numpy
import torch

SEEDS = [0, 1, 42, 12345, 2**31 - 1, 2**40 + 7, 2**130 + 99]


def python_case(seed):
    r = random.Random(seed)
    shuffled = list(range(17))
    values = {
        "random": [r.random() for _ in range(3)],
        "getrandbits7": [r.getrandbits(7) for _ in range(4)],
        "getrandbits53": [r.getrandbits(53) for _ in range(3)],
        "randrange10": [r.randrange(10) for _ in range(8)],
        "randrangeWide": [r.randrange(2**45 + 3) for _ in range(3)],
        "randint": [r.randint(-3, 3) for _ in range(8)],
        "sample5of1000": r.sample(range(1000), 5),
        "sample5of21": r.sample(range(21), 5),
        "sample6of22": r.sample(range(22), 6),
        "sample40of100000": r.sample(range(100000), 40),
    }
    r.shuffle(shuffled)
    values["shuffle17"] = shuffled
    values["choice13"] = [r.choice(range(13)) for _ in range(6)]
    values["uniform"] = [r.uniform(-2.5, 4.0) for _ in range(3)]
    values["gauss"] = [r.gauss(0, 1) for _ in range(3)]
    return {"seed": str(seed), **values}


def numpy_case(seed):
    g = numpy.random.default_rng(seed)
    shuffled = numpy.arange(9)
    values = {
        "random": [float(g.random()) for _ in range(3)],
        "integers10": [int(g.integers(0, 10)) for _ in range(7)],
        "integersWide": [int(g.integers(5, 2**45 + 3)) for _ in range(3)],
        "integers32": [int(g.integers(0, 2**32)) for _ in range(3)],
        "permutation10": g.permutation(10).tolist(),
        "permutation301": g.permutation(301).tolist(),
        "choiceWithP": g.choice(4, 60, p=[0.1, 0.2, 0.3, 0.4]).tolist(),
        "choice7": g.choice(7, 20).tolist(),
    }
    g.shuffle(shuffled)
    values["shuffle9"] = shuffled.tolist()
    return {"seed": str(seed), **values}


def legacy_case(seed):
    s = numpy.random.RandomState(seed)
    return {
        "seed": seed,
        "random": [float(s.random_sample()) for _ in range(3)],
        "choice10": s.choice(10, 10).tolist(),
        "randint": [int(s.randint(-5, 300)) for _ in range(6)],
        "permutation33": s.permutation(33).tolist(),
    }


def torch_case(seed, n):
    generator = torch.Generator().manual_seed(seed)
    return {"seed": seed, "n": n, "order": torch.randperm(n, generator=generator).tolist()}


print(json.dumps({
    "python": [python_case(seed) for seed in SEEDS],
    "numpy": [numpy_case(seed) for seed in SEEDS],
    "legacy": [legacy_case(seed) for seed in (0, 42, 2**32 - 1)],
    "torch": [torch_case(seed, n) for seed, n in ((42, 10), (0, 37), (12345, 257), (2**32 + 5, 12))],
}, separators=(",", ":")))
