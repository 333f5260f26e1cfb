"""Golden values for interleave of @flanlab/mixtures: datasets.interleave_datasets with all stopping strategies.

Made with datasets 5.2. Run: python conformance/interleave.py > packages/mixtures/fixtures/interleave.json
"""
import hashlib
import json

from datasets import Dataset, interleave_datasets

SIZES = [[5, 9, 3], [1, 1], [40, 7, 300, 7], [2500, 60]]
RATES = [[0.5, 0.3, 0.2], [0.9, 0.1], [0.25, 0.05, 0.6, 0.1], [0.7, 0.3]]
STRATEGIES = ["first_exhausted", "all_exhausted", "all_exhausted_without_replacement"]


def case(sizes, probabilities, seed, strategy):
    sources = [
        Dataset.from_dict({"source": [number] * size, "row": list(range(size))}) for number, size in enumerate(sizes)
    ]
    mixed = interleave_datasets(sources, probabilities=probabilities, seed=seed, stopping_strategy=strategy)
    rows = list(zip(mixed["source"], mixed["row"]))
    return {
        "sizes": sizes,
        "probabilities": probabilities,
        "seed": seed,
        "stopping_strategy": strategy,
        "count": len(rows),
        "rows": rows[:20],
        "sha256": hashlib.sha256(";".join(f"{s},{r}" for s, r in rows).encode()).hexdigest(),
    }


cases = [
    case(sizes, rates if drawn else None, seed, strategy)
    for sizes, rates in zip(SIZES, RATES)
    for strategy in STRATEGIES
    for drawn, seed in [(False, None), (True, 42), (True, 7)]
]
# A source of rate 0 is never drawn, and an empty one may have it.
cases.append(case([4, 6, 5], [0.5, 0.0, 0.5], 42, "first_exhausted"))
print(json.dumps({"datasets": __import__("datasets").__version__, "interleave": cases}, separators=(",", ":")))
