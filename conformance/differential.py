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

# ---------------------------------------------------------------- odd rows

ODD = [
    "", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u2028", "\u2029", "\u0085", "\u001c", "\u001f", "\ufeff", "\u200b", "\u00ad", "\u3000",
    "a\rb", "a\r\nb", "a\n\nb", " lead", "trail ", "  two  spaces  ", "\n\nnewlines\n\n", "tab\tinside", "\u00a0hard\u00a0space\u00a0",
    "{}", "{0}", "{options_}", "{label}", "{answer}", "{components}", "{{x}}", "}{", "%s", "%(a)s", "$&", "$1", "$$", "$`", "\\1", "\\n", "\\",
    '"', "'", '""', "it's", '"quoted"', "'quoted'", "it's \"both\"", "`tick`", "“curly”", "a;b", "a; b", "; ", ";", "###", "a.", "a..", ".",
    "...", " .", " ,", " ;", "a . b , c ; d .", "[x]", "[a\nb]", "]", "a | b_c", "b'x\\n'", "a\\n'", "True", "False", "None", "NaN", "null", "0", "1",
    "2.0", "1e16", "-1", "é", "e\u0301", "İ", "ß", "ﬁ", "ǆ", "Σς", "ı", "שלום", "\u202eabc\u202c", "😀", "👩‍👩‍👧", "𝔘", "\U0001f600 x", "日本語。", "ؤ", "ﷺ",
    "\x00", "\x07", "\x1b[0m", "\x7f", "\x80", "\ue000", "\ufffd", "\u0378", "\U000e0001", "Answer Solution: x", "Answer 1: x", "Answer 2", "Lang1 1",
    "Lang2 2: x", "Sent1 1", "Input 1 2", "Input 3 4: x", "Example 1:", "\nExample Solution:", "\nExample Solution:\n", "Solution:", "END_EXAMPLES",
    "</s>", "<s>[INST]", "[/INST]", "\n<</SYS>>\n", "Options: ", "Options:", "Question: ", "Q: ", "A: ", "Context: ", " choice: a", "\n  choice: b\nA:",
    "&amp;", "<br />", "http://a.b/?c=d&e={f}", "x" * 3000, "long " * 400, "Yes", "no", "YES", "his house", "her ", "they", "@placeholder",
    "@highlight", "_", "__", "word\u0301.", "final?", "stop.", "stop. ", "(paren)", "a b.\n", "x\u2028y.", "–", "– ",
]  # fmt: skip
INSIDE = [" ", "  ", "\n", "\t", "\r", "\u00a0", "\u2028", '"', "'", "\\", "{", "}", ";", ".", "|", "_", "[", "]", "😀", "\u0301", "{0}", "$&", "\x1c", "\ufeff"]


def odd_text(text, draw):
    kind = draw.randrange(9)
    if kind == 0:
        return draw.choice(ODD)
    if kind == 1:
        return text + draw.choice(ODD)
    if kind == 2:
        return draw.choice(ODD) + text
    if kind == 3:
        at = draw.randint(0, len(text))
        return text[:at] + draw.choice(INSIDE) + text[at:]
    if kind == 4:
        return draw.choice(ODD) + draw.choice(ODD) + draw.choice(ODD)
    if kind == 5:
        return draw.choice([str.upper, str.lower, str.title, str.swapcase])(text)
    if kind == 6:
        return " ".join(draw.sample(text.split(" "), len(text.split(" "))))
    if kind == 7:
        return text * draw.randint(1, 3)
    return text


def changed(value, draw, wild):
    """A value of the same type, most often another; with `wild`, lists may be empty and values missing."""
    if wild and draw.random() < 0.04:
        return None
    if isinstance(value, str):
        return odd_text(value, draw) if draw.random() < 0.5 else value
    if isinstance(value, dict):
        value = dict(draw.sample(list(value.items()), len(value))) if "0" in value or "10" in value else value  # identifiers: any order
        return {key: changed(item, draw, wild and item is not None and not isinstance(item, dict)) for key, item in value.items()}
    if isinstance(value, list):
        if wild and draw.random() < 0.08:
            return []
        items = [changed(item, draw, False) for item in value]
        if items and draw.random() < 0.2:
            items.append(draw.choice(items))
        return items
    return value


KEYS = ["A", "B", "C", "D", "1", "2", "3", "4"]
WORDS = ["he", "she", "it", "his", "they", "him"]
LABELS = {  # column: (values that are published, values that are not)
    "label": ([0, 1, -1], [2, 3, 5, -2]),
    "coarse_label": ([0, 1, 2, 3, 4, 5], [-1, 6]),
    "sentiment": ([0, 2, 4], [-1, 1, 3]),
    "answerKey": (KEYS, ["E", "5", "", "a", "AB", " A"]),
}
BY_TASK = {
    ("stsb", "label"): ([0.0, 0.2, 2.5, 2.999999, 3.0, 3.8, 4.999, 5.0, -1.0, 0.1 + 0.2], [-0.5, 1e16, 123456789.75]),
    ("hellaswag", "label"): (["0", "1", "2", "3"], ["", "4", "-1", " 1 "]),
    ("winogrande", "answer"): (["1", "2"], ["", "0", "3", "-1"]),
    ("ag_news", "label"): ([1, 2, 3, 4], [0, -1, 5]),
    ("cosmos_qa", "label"): ([0, 1, 2, 3, -1], [4]),
    ("bool_q", "answer"): ([True, False], []),
    ("story_cloze", "AnswerRightEnding"): ([1, 2], [0, 3]),
    ("dpr_raw", "pronoun"): (WORDS, [""]),
    ("wsc273", "pronoun"): (WORDS, []),
    **{(f"anli_r{n}", "label"): ([0, 1, 2, -1], [3, -3]) for n in (1, 2, 3)},
    **{(name, "label"): ([0, 1, 2, -1], [3, -3, -4]) for name in ("snli", "cb", "mnli", "mnli_matched", "mnli_mismatched")},
}
MULTIPLE = "multiple_choice_targets"


def odd_row(task, row, draw, wild):
    made = {}
    for column, value in row.items():
        if (task, column) in BY_TASK or (column in LABELS and not isinstance(value, dict)):
            usual, unusual = BY_TASK.get((task, column)) or LABELS[column]
            made[column] = draw.choice(usual + unusual if wild and draw.random() < 0.4 else usual)
            if wild and draw.random() < 0.05:
                made[column] = None  # never published
        else:
            made[column] = changed(value, draw, wild)
    return made if wild else mended(task, row, made, draw)


def mended(task, row, made, draw):
    """What every published row has."""
    if MULTIPLE in row and task != "gsm8k":
        count = len(row[MULTIPLE])
        made[MULTIPLE] = made[MULTIPLE][:count]
        made["targets"] = [draw.choice(made[MULTIPLE])]
        made["multiple_choice_scores"] = [draw.randint(0, 1) for _ in range(count)]
    if task == "record" and "@placeholder" not in made["query"]:
        made["query"] = draw.choice([made["query"] + " @placeholder", "@placeholder" + made["query"], "@placeholder", "a @placeholder b @placeholder c"])
    if task == "dpr_raw" and f" {made['pronoun']} " not in made["sentence"] and draw.random() < 0.8:
        made["sentence"] += f" {made['pronoun']} " + draw.choice(ODD)
    if task == "wsc273" and draw.random() < 0.6:
        made["quote"] = made["pronoun"] + " " + made["quote"]
    if task == "wsc273":  # the study takes an option for a pattern of what to put in
        made["options"] = [option.replace("\\", "/") for option in made["options"][:2]]
    if task == "gsm8k":
        made["answer"] = f"{draw.randint(0, 99)} {made['answer'].replace('#', '')} {draw.choice(['7', '7.5', '1,000'])}{draw.choice(['', ' ', '  '])}####{draw.choice([' ', '', '  '])}{draw.choice(['7', '12', '1,000', ' 3 '])}"
    if "choices" in row:
        made["choices"] = {**made["choices"], "label": KEYS[: len(made["choices"]["text"])]}
    return made


# ---------------------------------------------------------------- both sides

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
