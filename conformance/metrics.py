"""Golden values of metrics and statistics: rouge-score 0.1.2, sacrebleu 2.6.0, scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6.

Run from the repository root: python conformance/metrics.py
Writes packages/evaluator/fixtures/golden-metrics.json and packages/report/fixtures/golden-statistics.json.
SQuAD, TriviaQA and "F1 with invalid" follow the published formulas of t5/evaluation (qa_utils.py, metrics.py).
"""

import collections
import json
import math
import random
import re
import string

import numpy as np
import sacrebleu
import scipy.stats
import sklearn.metrics
from rouge_score import rouge_scorer, scoring

WORDS = "the a an cat dog sat on mat house Red blue , . ! it's 3.5 1,000 naïve über — “quoted” of § € slept".split()


def texts(count, seed):
    """Pairs of texts that share some words; the last ones are corner cases."""
    draw = random.Random(seed)
    pairs = []
    for _ in range(count):
        target = [draw.choice(WORDS) for _ in range(draw.randint(1, 14))]
        answer = [w if draw.random() < 0.7 else draw.choice(WORDS) for w in target if draw.random() < 0.9]
        pairs.append((" ".join(answer), " ".join(target)))
    return pairs + [
        ("", "hello there"),
        ("", ""),
        ("!!!", "the"),
        ("The  Quick, brown-fox!", "quick brown fox"),
        ("first . second . third .", "first . second .\nthird ."),
        ("a . . b", "a . b . "),
        ("\u00a0x\u2028y ", "x y"),
        ("Er ging\tnach Hause.", "Er ging nach Hause ."),
    ]


PAIRS = texts(24, 1)


def summary(text):
    return text.replace(" . ", " .\n")


def rouge():
    keys = ["rouge1", "rouge2", "rougeLsum"]
    scorer = rouge_scorer.RougeScorer(keys)
    rows = [scorer.score(target=summary(t), prediction=summary(p)) for p, t in PAIRS]
    out = {"rows": [[row[k].fmeasure for k in keys] for row in rows]}
    out["mean"] = [100 * float(np.mean([row[k].fmeasure for row in rows])) for k in keys]
    np.random.seed(42)
    batches = []
    for start in range(0, len(rows), 5):
        aggregator = scoring.BootstrapAggregator()
        for row in rows[start : start + 5]:
            aggregator.add_scores(row)
        result = aggregator.aggregate()
        batches.append([result[k].mid.fmeasure * 100 for k in keys])
    out["bootstrap_seed_42_batches_of_5"] = [float(v) for v in np.mean(batches, axis=0)]
    return out


def bleu():
    def score(pairs):
        return sacrebleu.corpus_bleu(
            [p for p, _ in pairs], [[t for _, t in pairs]], tokenize="intl", smooth_method="exp", use_effective_order=False
        ).score

    return {
        "corpus": score(PAIRS),
        "batches_of_5": float(np.mean([score(PAIRS[i : i + 5]) for i in range(0, len(PAIRS), 5)])),
        "rows": [score([pair]) for pair in PAIRS],
    }


def f1(answer, target):
    a, b = answer.split(), target.split()
    same = sum((collections.Counter(a) & collections.Counter(b)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(a), same / len(b)
    return 2 * precision * recall / (precision + recall)


def normalise(text, punctuation, replacement):
    text = text.lower()
    table = {ord(c): replacement for c in punctuation}
    text = re.sub(r"\b(a|an|the)\b", " ", text.translate(table))
    return " ".join(text.split())


def spans(punctuation, replacement):
    rows = [(normalise(p, punctuation, replacement), normalise(t, punctuation, replacement)) for p, t in PAIRS]
    return {
        "normalised": [list(row) for row in rows],
        "em": 100 * float(np.mean([p == t for p, t in rows])),
        "f1": 100 * float(np.mean([f1(p, t) for p, t in rows])),
    }


def classes():
    draw = random.Random(3)
    labels = ["contradiction", "entailment", "neutral"]
    targets = [draw.choice(labels) for _ in range(40)]
    answers = [t if draw.random() < 0.6 else draw.choice([*labels, "", "Neutral"]) for t in targets]
    binary = ["no", "yes"]
    targets2 = [draw.choice(binary) for _ in range(40)]
    answers2 = [t if draw.random() < 0.6 else draw.choice([*binary, "", "Yes"]) for t in targets2]
    groups = [str(i // 4) for i in range(40)]
    y_true = np.array([binary.index(t) for t in targets2])
    y_pred = np.array([binary.index(a) if a in binary else -1 for a in answers2])
    invalid = (y_pred != 0) & (y_pred != 1)
    y_pred[invalid] = 1 - y_true[invalid]
    right = collections.defaultdict(lambda: True)
    for group, t, a in zip(groups, targets2, answers2):
        right[group] &= t == a
    return {
        "labels": labels, "targets": targets, "answers": answers,
        "matthews": 100 * sklearn.metrics.matthews_corrcoef(targets, answers),
        "mean_f1": 100 * float(sklearn.metrics.f1_score(targets, answers, labels=labels, average="macro", zero_division=0)),
        "accuracy": 100 * sklearn.metrics.accuracy_score(targets, answers),
        "binary_labels": binary, "binary_targets": targets2, "binary_answers": answers2, "groups": groups,
        "binary_f1": 100 * float(sklearn.metrics.f1_score(y_true, y_pred)),
        "group_exact_match": 100 * float(np.mean(list(right.values()))),
    }


def correlation():
    draw = random.Random(5)
    targets = [draw.randint(0, 5) for _ in range(30)]
    answers = [round(t + draw.gauss(0, 1), 1) for t in targets]
    return {
        "targets": targets, "answers": answers,
        "pearson": 100 * float(scipy.stats.pearsonr(targets, answers)[0]),
        "spearman": 100 * float(scipy.stats.spearmanr(targets, answers)[0]),
    }


def distances():
    def distance(a, b):
        row = list(range(len(b) + 1))
        for i, x in enumerate(a, 1):
            row, previous = [i], row
            for j, y in enumerate(b, 1):
                row.append(min(previous[j - 1] + (x != y), previous[j] + 1, row[j - 1] + 1))
        return row[-1]

    values = [distance(re.split(r"\W", t.lower()), re.split(r"\W", p.lower())) for p, t in PAIRS]
    return [float(f(values)) for f in (min, max, np.mean, np.median, sum)]


def intervals():
    def wilson(k, n):
        result = scipy.stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
        return [k, n, 100 * result.low, 100 * result.high]

    return [wilson(k, n) for k, n in [(0, 10), (3, 10), (10, 10), (57, 100), (1, 1), (499, 1000)]]


def statistics():
    draw = random.Random(11)
    cases = []
    for n, ties in [(4, False), (5, True), (6, False), (7, True), (12, False), (30, True)]:
        x = [round(draw.gauss(50, 20), 0 if ties else 3) for _ in range(n)]
        y = [round(0.6 * v + draw.gauss(0, 15), -1 if ties else 3) for v in x]
        r = float(scipy.stats.spearmanr(x, y).statistic)
        case = {"x": x, "y": y, "spearman": r, "pearson": float(scipy.stats.pearsonr(x, y).statistic),
                "ranks_x": list(map(float, scipy.stats.rankdata(x)))}
        if n <= 7:
            test = scipy.stats.permutation_test(
                (x,), lambda x: scipy.stats.spearmanr(x, y).statistic, permutation_type="pairings", n_resamples=np.inf)
            # pairings counts |r| as extreme on both sides by doubling; the two-sided share of |r| is counted directly
            null = np.abs(test.null_distribution)
            case["permutation_p"] = float(np.mean(null >= abs(r) - 1e-12))
        else:
            case["t_p"] = float(scipy.stats.spearmanr(x, y).pvalue)
        if abs(r) < 1 and n >= 4:
            spread = scipy.stats.norm.ppf(0.975) * math.sqrt((1 + r * r / 2) / (n - 3))
            case["interval"] = [math.tanh(math.atanh(r) - spread), math.tanh(math.atanh(r) + spread)]
        cases.append(case)
    return cases


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


write("packages/evaluator/fixtures/golden-metrics.json", {
    "pairs": PAIRS, "rouge": rouge(), "bleu": bleu(), "squad": spans(string.punctuation, None),
    "trivia_qa": spans(string.punctuation + "‘’´`_", " "), "classes": classes(), "correlation": correlation(),
    "edit_distance": distances(), "wilson": intervals(),
})
write("packages/report/fixtures/golden-statistics.json", statistics())
