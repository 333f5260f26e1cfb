"""Makes prompts of thousands of odd rows with the published study's own functions and with flanlab, and compares them byte for byte.

Rows are those of packages/samplegen/fixtures/rows.json (and, with --rows FOLDER, of `<task>/<split>.jsonl` in the hub's columns), with
texts, labels and lists changed at random: unusual spaces, control and combining characters, look-alikes of slots and headings, quotes,
nothing at all. The study reads them through pandas and datasets as always; only the download is replaced.

Versions: CPython 3.11, datasets 5.2, pandas 3.1. After a build:
  python conformance/differential.py --reference FOLDER [--rows FOLDER] [--tasks a,b] [--seed 1] [--batches 4] [--singles 30] [--show 5]
FOLDER is a checkout of UKPLab/arxiv2025-inherent-limits-plms. Prints the differences, then one line of counts.
"""

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import types
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument("--reference", required=True)
parser.add_argument("--rows")
parser.add_argument("--tasks")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--batches", type=int, default=4, help="of 24 rows a task, in every variant")
parser.add_argument("--singles", type=int, default=30, help="rows a task with values that may be wrong, each alone")
parser.add_argument("--show", type=int, default=3, help="differences shown of one kind and task")
parser.add_argument("--failures", action="store_true", help="count what both sides refuse, with the reasons")
options = parser.parse_args()

reference = os.path.join(os.path.abspath(options.reference), "")
sys.path.insert(0, reference)
sys.argv = ["create_prompts.py", "--model_path_idx", "0"]
sys.modules["evaluate"] = types.ModuleType("evaluate")  # imported there, used for other things

import datasets  # noqa: E402
import pandas  # noqa: E402
from odd_rows import odd_row  # noqa: E402

datasets.disable_progress_bars()

with contextlib.redirect_stdout(io.StringIO()):
    import config
    import create_prompts
    import data_utils

sys.argv = [__file__]
config.path = reference
datasets.Dataset.train_test_split = lambda self, **_: self  # rows in order, before the unseeded cut
datasets.Dataset.save_to_disk = lambda *_, **__: None


class Rows(list):
    """What streaming gives: rows that can be cut."""

    def take(self, count):
        return self[:count]


tables = {}  # of the rows of each task, as the stand-in for downloads gives them
current = None


def load_dataset(streaming=False, **_):
    rows = [json.loads(line) for line in tables[current].split("\n") if line]
    return Rows(rows) if streaming else datasets.Dataset.from_list(rows)


data_utils.load_dataset = load_dataset
load_whole = data_utils.load_hf_dataset


known = {}  # what was normalised: nothing of it is drawn at random, and rows come out of a data set as copies


def preprocess(name, split=None, do_partitioning=True):
    global current
    current = name
    key = (tables[name], name, do_partitioning)
    if key not in known:
        try:
            known[key] = load_whole(name, split=split, do_partitioning=do_partitioning)
        except Exception as error:  # noqa: BLE001 – whatever the study fails with
            known[key] = error
    if isinstance(known[key], Exception):
        raise known[key]
    return known[key]


create_prompts.preprocess_dataset = preprocess

MANUAL = {
    "story_cloze": "story_cloze/cloze_test_spring2016.tsv",
    "opin_idebate": "opinion_abstracts/idebate.json",
    "opin_movie": "opinion_abstracts/rottentomatoes.json",
    "newsroom": "newsroom-release/release/train.jsonl/train-stats.jsonl",
}


def write_rows(folder, task, rows):
    """Writes rows as they are published; gives the file, and what the stand-in for downloads reads."""
    path = os.path.join(folder, MANUAL.get(task, "rows.jsonl"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.endswith(".tsv"):
        pandas.DataFrame(rows).to_csv(path, sep="\t", index=False)
    else:
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(json.dumps(rows, ensure_ascii=False) if path.endswith(".json") else lines)
    if task == "newsroom":  # in another file for each split
        other = path.replace("train", "test")
        os.makedirs(os.path.dirname(other), exist_ok=True)
        shutil.copy(path, other)
    return path, lines


VARIANTS = {  # name: what the study is asked for, what flanlab is asked for
    "regular": ({}, {"kind": "regular", "use": "train"}),
    "regular unified": ({"do_unify": True}, {"kind": "regular", "use": "train", "unify": True}),
    "regular letters": ({"convert_letter_choices": False}, {"kind": "regular", "use": "train", "letters": False}),
    "regular test": ({"making_test_set": True}, {"kind": "regular", "use": "test"}),
    "samplegen": ({"create_custom_prompts": True}, {"kind": "samplegen", "use": "train"}),
    "samplegen unified": ({"create_custom_prompts": True, "do_unify": True}, {"kind": "samplegen", "use": "train", "unify": True}),
    "samplegen corrupt": ({"create_custom_prompts": True, "corrupt_samples": True}, {"kind": "samplegen", "use": "train", "corrupt": True}),
    "samplegen corrupt unified": (
        {"create_custom_prompts": True, "corrupt_samples": True, "do_unify": True, "num_inner": 3},
        {"kind": "samplegen", "use": "train", "corrupt": True, "unify": True, "numInner": 3},
    ),
    "samplegen no answer": ({"create_custom_prompts": True, "no_answer": True}, {"kind": "samplegen", "use": "train", "withoutAnswer": True}),
    "samplegen letters": (
        {"create_custom_prompts": True, "convert_letter_choices": False, "num_inner": 1},
        {"kind": "samplegen", "use": "train", "letters": False, "numInner": 1},
    ),
    "samplegen adversarial": ({"create_custom_prompts": True, "making_adv": "same_cat_as_target"}, {"kind": "samplegen", "use": "train"}),
    "samplegen some": ({"create_custom_prompts": True, "num_datapoints": 5, "num_inner": 6}, {"kind": "samplegen", "use": "train", "num": 5, "numInner": 6}),
    "samplegen test": ({"create_custom_prompts": True, "making_test_set": True}, {"kind": "samplegen", "use": "test"}),
    "samplegen test unified": (
        {"create_custom_prompts": True, "making_test_set": True, "do_unify": True},
        {"kind": "samplegen", "use": "test", "unify": True},
    ),
    "gold pipeline": (
        {"create_custom_prompts": True, "making_test_set": True, "make_gold_pipeline_test": True},
        {"kind": "gold-pipeline", "use": "test"},
    ),
    "gold pipeline unified": (
        {"create_custom_prompts": True, "making_test_set": True, "make_gold_pipeline_test": True, "do_unify": True},
        {"kind": "gold-pipeline", "use": "test", "unify": True},
    ),
}  # fmt: skip
ALONE = ("regular test", "gold pipeline")
DEFAULTS = {
    "num_datapoints": 10**9, "num_test": 0.2, "num_inner": 2, "save_path": "", "making_test_set": False, "create_custom_prompts": False,
    "making_adv": False, "corrupt_samples": False, "make_gold_pipeline_test": False, "do_unify": False, "convert_letter_choices": True,
}  # fmt: skip


def reference_prompts(task, how, seed):
    asked = {**DEFAULTS, **how}
    config.no_answer_samplegen = asked.pop("no_answer", False)
    random.seed(seed)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            made = create_prompts.create_and_save_dataset(dataset_name=task, **asked)
        rows = [[row["text"], row["labels"], row["gold_options"]] for row in made]
        # A field that equals another value shows the field before it (Q29), which is mended on purpose.
        reused = "task not recognized" in printed.getvalue() and task not in config.bigbench_tasks
        return {"made": rows, "reused": reused}
    except Exception as error:  # noqa: BLE001 – whatever the study fails with
        return {"error": f"{type(error).__name__}: {error}"[:200]}


def seeds_of(task, fixtures):
    rows = list(fixtures[task])
    if options.rows:
        folder = os.path.join(options.rows, {"trivia_qa_full": "trivia_qa", "yelp_polarity_reviews": "yelp_polarity"}.get(task, task.replace("/", "_")))
        for split in ("train", "validation", "test", "full"):
            path = os.path.join(folder, f"{split}.jsonl")
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    rows += [json.loads(line) for line in file][:200]
    return rows


def main():
    with open(os.path.join(HERE, "..", "packages", "samplegen", "fixtures", "rows.json"), encoding="utf-8") as file:
        fixtures = json.load(file)
    for rows in fixtures.values():
        for row in rows:  # the hub stores the texts of a pair in this order
            if "translation" in row:
                row["translation"] = dict(sorted(row["translation"].items()))
    tasks = options.tasks.split(",") if options.tasks else [task for task in fixtures if task not in ("gsm8k", "social_iqa_translated")]
    draw = random.Random(options.seed)
    requests, expected = [], {}
    with tempfile.TemporaryDirectory() as folder:
        config.path_manual = folder

        def put(name, task, rows):
            path, lines = write_rows(os.path.join(folder, name), task, rows)
            return path, lines

        others, whole = {}, os.path.join(folder, "adversarial")
        for task in fixtures:
            others[task], tables[task] = write_rows(whole if task in MANUAL else os.path.join(whole, task), task, fixtures[task])
        theirs, ours = VARIANTS["samplegen adversarial"]
        config.path_manual = whole
        for task in tasks:
            for number in range(options.batches):
                name, seed = f"{task}/adversarial/{number}", draw.randrange(2**32)
                expected[name] = {**reference_prompts(task, theirs, seed), "rows": []}
                requests.append({"id": name, "task": task, "data": others[task], "others": others, "seed": seed, **ours})
        for task in tasks:
            seeds = seeds_of(task, fixtures)
            batches = [("", [odd_row(task, draw.choice(seeds), draw, False) for _ in range(24)]) for _ in range(options.batches)]
            batches += [("alone", [odd_row(task, draw.choice(seeds), draw, True)]) for _ in range(options.singles)]
            for number, (kind, rows) in enumerate(batches):
                known.clear()
                path, tables[task] = put(f"{task}/{number}", task, rows)
                config.path_manual = os.path.join(folder, task, str(number))
                for variant, (theirs, ours) in VARIANTS.items():
                    if (kind == "alone" and variant not in ALONE) or variant == "samplegen adversarial":
                        continue
                    name = f"{task}/{number}/{variant}"
                    seed = draw.randrange(2**32)
                    expected[name] = {**reference_prompts(task, theirs, seed), "rows": rows}
                    requests.append({"id": name, "task": task, "data": path, "seed": seed, **ours})
        compare(folder, requests, expected)


def compare(folder, requests, expected):
    file = os.path.join(folder, "requests.jsonl")
    with open(file, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(request) + "\n" for request in requests)
    command = ["node", os.path.join(HERE, "differential.mjs"), file, reference, os.path.join(folder, "templates")]
    answers = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().split("\n")
    counts, shown, failures = Counter(), Counter(), Counter()
    for line in answers:
        if not line:
            continue
        ours = json.loads(line)
        name = ours["id"]
        theirs = expected[name]
        verdict, detail = judge(ours, theirs)
        counts[verdict] += 1
        counts["prompts"] += len(theirs.get("made", []))
        key = (name.split("/")[0], verdict)
        shown[key] += 1
        if verdict not in ("same", "both fail") and shown[key] <= options.show:
            print(f"{verdict}: {name}: {detail}\n")
        if verdict == "both fail":
            failures[f"{name.split('/')[0]}: {detail}"] += 1
    if options.failures:
        print(json.dumps(failures, indent=1))
    print(json.dumps(counts))


def judge(ours, theirs):
    if "error" in ours and ours["error"].startswith("UNTYPED"):
        return "untyped error", ours["error"]
    if "error" in theirs:
        if "error" in ours:
            return "both fail", f"{theirs['error'][:70]} / {ours['error']}"
        return "only the study fails", f"{theirs['error']} {json.dumps(theirs['rows'][:1], ensure_ascii=True)[:600]} -> {json.dumps(ours['made'])[:300]}"
    if "error" in ours:
        return "only flanlab fails", f"{ours['error']} {ours['text'][:300]} {json.dumps(theirs['rows'][:1])[:600]}"
    if ours["made"] == theirs["made"]:
        return "same", ""
    if theirs.get("reused"):
        return "Q29", ""
    if len(ours["made"]) != len(theirs["made"]):
        return "DIFFERENT COUNT", f"{len(theirs['made'])} rows of the study, {len(ours['made'])} of flanlab"
    for index, (one, two) in enumerate(zip(theirs["made"], ours["made"])):
        for field, a, b in zip(("text", "labels", "gold_options"), one, two):
            if a == b:
                continue
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b))) if isinstance(a, str) and isinstance(b, str) else 0
            low = max(0, at - 60) if isinstance(a, str) else 0
            cut = (lambda text: text[low : at + 80]) if isinstance(a, str) and isinstance(b, str) else (lambda value: value)
            return "DIFFERENT", f"row {index}, {field}:\n  study   {json.dumps(cut(a))}\n  flanlab {json.dumps(cut(b))}"
    return "same", ""


if __name__ == "__main__":
    main()
