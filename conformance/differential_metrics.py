"""Compares the metrics of the published study with flanlab's on odd texts, batch by batch in compat mode, ROUGE's bootstrap included.

Versions: CPython 3.11, numpy 2.4, rouge-score 0.1.2, sacrebleu 2.6.0, scikit-learn 1.9, scipy 1.17, editdistance 0.8, absl-py. After a build:
  python conformance/differential_metrics.py --reference FOLDER [--seed 1] [--batches 300]
FOLDER is a checkout of UKPLab/arxiv2025-inherent-limits-plms.
"""

import argparse
import json
import math
import os
import random
import subprocess
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument("--reference", required=True)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--batches", type=int, default=300, help="of each metric")
options = parser.parse_args()
sys.path.insert(0, options.reference)
warnings.simplefilter("ignore")

import glue_utils  # noqa: E402
import numpy  # noqa: E402
import t5_metrics  # noqa: E402

METRICS = {
    "accuracy": [t5_metrics.accuracy],
    "rouge": [t5_metrics.rouge],
    "bleu": [t5_metrics.bleu],
    "squad": [t5_metrics.squad],
    "trivia_qa": [t5_metrics.trivia_qa],
    "edit_distance": [t5_metrics.edit_distance],
    "matthews_corrcoef": glue_utils.get_glue_metric("cola"),
    "pearson_spearman": glue_utils.get_glue_metric("stsb"),
}
WORDS = "the a an The AN cat dog's sat on mat – “quoted” it's 3.5 1,000 U.S. co-operation naïve e\u0301 ǅ İ ß ﬁ ΣΑΣ ς \u0130I K Å".split()
WORDS += ["!", ".", " . ", ".\n", "\n", "\r", "\t", "\u00a0", "\u2028", "\x1c", "\x85", "\ufeff", "\u200b", "_", "a_the", "$5", "50%", "x²", "①", "Ⅷ", "५", "¼", "日本", "，"]
WORDS += ["😀", "\u0378", "-", "--", "...", "'", "’", "´", "`", "yes", "no", "", " ", "a.b", "1.2", "a.1", "1.a", "€5", "+", "5+5", "ﷺ", "א", "\u202e", "\x00", "ǆ"]
draw = random.Random(options.seed)


def text():
    return draw.choice([" ", "", "  "]).join(draw.choice(WORDS) for _ in range(draw.randint(0, 9)))


def near(target):
    words = target.split(" ")
    return " ".join(word if draw.random() < 0.7 else draw.choice(WORDS) for word in words if draw.random() < 0.85)


def batch(metric):
    rows = []
    for _ in range(draw.choice([1, 1, 2, 3, 8])):
        if metric == "pearson_spearman":
            rows.append((draw.choice([0, 1, 2.5, 3.8, 5]), draw.choice([0, 1, 2.5, 3, 9, 4.2, 1e-7, -3])))
        elif metric == "matthews_corrcoef":
            rows.append((draw.choice(["acceptable", "unacceptable"]), draw.choice(["acceptable", "unacceptable", "", "Acceptable"])))
        else:
            target = text()
            rows.append((target, draw.choice([target, near(target), target.lower(), text()])))
    return rows


cases = []
for metric, functions in METRICS.items():
    for _ in range(options.batches):
        rows = batch(metric)
        numpy.random.seed(42)
        values = {}
        try:
            for function in functions:
                values.update(function(targets=[row[0] for row in rows], predictions=[row[1] for row in rows]))
        except ValueError:
            values = {"error": True}
        cases.append(({"metric": metric, "rows": [[str(side) for side in row] for row in rows]}, {key: float(value) for key, value in values.items()}))
asked = "".join(json.dumps(case) + "\n" for case, _ in cases)
results = subprocess.run(["node", os.path.join(HERE, "differential_metrics.mjs")], input=asked.encode(), check=True, stdout=subprocess.PIPE)
different = 0
for (case, theirs), line in zip(cases, results.stdout.decode().strip().split("\n"), strict=True):
    ours = json.loads(line)
    if "error" in theirs:  # fewer than two rows, which are no number here
        theirs = {key: math.nan for key in ours}
    same = theirs.keys() == ours.keys()
    for key, value in theirs.items() if same else []:
        other = math.nan if ours[key] is None else ours[key]
        same = same and (math.isnan(value) and math.isnan(other) or math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-9))
    if not same:
        different += 1
        print(f"DIFFERENT: {json.dumps(case)[:500]}\n  study   {theirs}\n  flanlab {ours}")
print(f"{len(cases)} batches, {different} different")
sys.exit(1 if different else 0)
