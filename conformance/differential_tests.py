"""Does what differential.py does for the published study's test module: prompts of tasks with choices in all formats that it can make,
with and without solved samples, prompts of base models with samples from training rows, and answers taken out of responses.

The study's `run_test` itself assembles the rows and draws; models, downloads, stored data sets and scores are replaced.
Versions and flags as in differential.py: python conformance/differential_tests.py --reference FOLDER [--seed 1] [--batches 4]
"""

import contextlib
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import types
from collections import Counter

import differential as rows_of
from differential import HERE, config, datasets, options, reference
from odd_rows import ODD, odd_row

for name in ("bertscore", "gen_response", "get_api_response", "model_init", "glue_utils", "t5_metrics", "gm_metrics"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["gen_response"].get_response = sys.modules["get_api_response"].get_api_response = None
sys.modules["model_init"].init_model = lambda **_: (None, None, None, None)
nothing = lambda *_, **__: {}  # noqa: E731
for metric in ("rouge", "accuracy", "bleu", "edit_distance", "squad", "trivia_qa"):
    setattr(sys.modules["t5_metrics"], metric, nothing)
sys.modules["glue_utils"].get_glue_metric = sys.modules["glue_utils"].get_super_glue_metric = lambda _: []

sys.argv = ["test.py", "--model_path_idx", "0"]
sys.path.remove(reference)
sys.path.insert(0, reference)
with contextlib.redirect_stdout(io.StringIO()):
    import test as study
config.path = reference
config.init_id = "model"
study.os = types.SimpleNamespace(listdir=lambda _: ["evals", "samplegen_pipeline_evals"], makedirs=nothing)

CHOICES = ["figure_of_speech_detection", "logical_deduction", "social_iqa", "strange_stories", "causal_judgment"]
CHOICES += [f"tracking_shuffled_objects/{count}" for count in ("three", "five", "seven")] + ["gsm8k", "social_iqa_translated"]


class Assembled(Exception):
    """The rows that the study would ask a model."""


def caught(data, **_):
    raise Assembled([[data.inputs[i], data.targets[i], data.orig_options[i]] for i in range(len(data))])


study.DataLoader = caught
stored = {}  # what load_from_disk gives, by a part of the path
study.datasets = types.SimpleNamespace(load_from_disk=lambda path: next(data for part, data in stored.items() if part in path), Dataset=datasets.Dataset)


def load(task, split=None, do_partitioning=False):
    rows_of.current = task
    rows_of.tables[task] = splits["gold" if split == "validation" else "test"]
    return rows_of.load_whole(task, split=split, do_partitioning=do_partitioning)


study.load_hf_dataset = load
splits = {}


def reference_rows(task, how, seed):
    """What run_test asks a model, from the first draw on."""
    config.bb_test_prompt_format = how.get("format")
    config.num_test, config.num_inner = how["numTest"], how.get("numInner", 2)
    config.args.run_name = "base" if how["run"] == "base" else "adapter"
    config.samplegen_model = "adapter"
    config.num_samples_ablation = how.get("rowsPerPrompt", 2)
    random.seed(seed)
    printed = io.StringIO()
    signal.alarm(10)  # an expression of the study can take for ever
    try:
        with contextlib.redirect_stdout(printed):
            study.run_test(
                model_name=None,
                prompt_type={"samplegen": "mix_prompts", "regular": "flan_prompts"}.get(how["run"]),
                from_samplegen=how["mode"].startswith("pipeline"),
                task=task,
                sample_source="train_data",
                unified_prompts=how.get("unify", False),
                translation_type="",
                gp_ablation_setup="setup1" if how.get("rowsPerPrompt") else None,
            )
    except Assembled as made:
        return {"made": made.args[0]}
    except Exception as error:  # noqa: BLE001 – whatever the study fails with
        return {"error": f"{type(error).__name__}: {error}"[:200], "nothing": "ERROR: add_train_ic" in printed.getvalue()}
    finally:
        signal.alarm(0)
    raise AssertionError("nothing was assembled")


def too_long(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, too_long)


def choice_cases(draw, fixtures, folder):
    """Tasks with choices: direct prompts and prompts with solved samples."""
    for task in CHOICES:
        seeds = rows_of.seeds_of(task, fixtures)
        for number in range(options.batches):
            for name, count in (("test", 12), ("gold", draw.randint(2, 9))):
                rows = [odd_row(task, draw.choice(seeds), draw, False) for _ in range(count)]
                for row in rows if draw.random() < 0.5 else []:  # as published: no quotes or line breaks in choices
                    for column in ("targets", "multiple_choice_targets"):
                        if column in row:
                            row[column] = [re.sub(r'["\n]', "", text) for text in row[column]]
                if task == "gsm8k":  # one split
                    name, rows = ("test", rows) if name == "test" else ("gold", [json.loads(line) for line in splits["test"].split("\n") if line])
                splits[name] = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                with open(os.path.join(folder, f"{task.replace('/', '_')}{number}.{name}.jsonl"), "w", encoding="utf-8", newline="") as file:
                    file.write(splits[name])
            place = os.path.join(folder, f"{task.replace('/', '_')}{number}")
            if task == "social_iqa_translated":
                lines = splits["test"].split("\n")
                stored["closed-translated"] = datasets.Dataset.from_list([json.loads(line) for line in lines if line])
            for format_ in ("closed", "bad-prompt-1", "bad-prompt-6", "adv"):
                if format_ == "adv" and task == "social_iqa_translated":
                    continue  # no wording
                for run in ("base", "samplegen", "regular"):
                    yield task, {"mode": "direct", "format": format_, "run": run, "numTest": draw.choice([5, 50]), "data": place}
                for more in () if format_ == "adv" or task == "social_iqa_translated" else ({}, {"unify": True}, {"numInner": 1}):
                    yield task, {"mode": "pipeline", "format": format_, "run": "base", "numTest": draw.choice([3, 50]), "data": place, **more}


def flan_cases(draw, fixtures, folder):
    """Other tasks: stored prompts for base models, with samples of stored training prompts or without."""
    for task in ("snli", "qnli", "common_gen", "wmt16/de-en", "dpr_raw", "squad", "trec", "wsc273"):
        for number in range(options.batches):
            made = {}
            for kind, how in (("gold_pipeline_test", "gold pipeline"), ("flan_prompts_test", "regular test"), ("train", "samplegen")):
                rows = [odd_row(task, draw.choice(fixtures[task]), draw, False) for _ in range(10)]
                path, rows_of.tables[task] = rows_of.write_rows(folder, task, rows)
                rows_of.known.clear()
                made[kind] = rows_of.reference_prompts(task, rows_of.VARIANTS[how][0], 1).get("made", [])
            if not all(made.values()):
                continue
            made["train"] = [row for row in made["train"] if len(row[0]) < 2500]
            place = os.path.join(folder, f"{task.replace('/', '_')}{number}.json")
            with open(place, "w", encoding="utf-8") as file:
                json.dump(made, file)
            stored.clear()
            for kind, rows in made.items():
                columns = {"text": [row[0] for row in rows], "labels": [row[1] for row in rows], "gold_options": [row[2] for row in rows]}
                stored[kind] = datasets.Dataset.from_dict(columns)
            stored["ablation"] = stored["train"]
            config.test_tasks = [task]
            study.test_task = task
            config.test_data_load_path = "flan_prompts_test"
            if len(made["train"]) >= 3:
                for more in ({}, {"rowsPerPrompt": 1}, {"rowsPerPrompt": 3}):
                    yield task, {"mode": "pipeline", "stored": place, "run": "base", "numTest": draw.choice([4, 50]), **more}
            yield task, {"mode": "direct", "stored": place, "run": "base", "numTest": draw.choice([4, 50])}


PIECES = ["Answer Solution:", "Answer:", "answer:", "Answer Solution Solution:", "answer Solution: ", "Answer: ", "\n", "\n", " ", "  ", "</s>", "</s>", '"']
PIECES += ["*", "** ", ".", "no", "yes", "maybe", "B", "B)", "(B)", " (B)\n", "b", "A. yes", "Because", "\x1c", "\x85", "\ufeff", "\u2028", "\r", "3.8", "$1,2", "4%"]
PIECES += ["inf", "-1e3", "1_0", "Example 1:\n", "END_EXAMPLES", "C`", "D:x\n", "A..", "é", "😀", "3", "nan", "\t"]


def answers(draw):
    for _ in range(options.batches * 1500):
        case = {
            "response": "".join(draw.choice(PIECES if draw.random() < 0.9 else ODD) for _ in range(draw.randint(0, 7))),
            "run": draw.choice(["base", "trained"]),
            "promptFormat": draw.choice(["mix_prompts", "flan_prompts"]),
            "format": draw.choice(["closed", "closed-adv", "adv", "plain", "open", "bad-prompt-1"]),
            "task": draw.choice(["qnli", "logical_deduction", "gsm8k", "stsb", "common_gen", "wmt16/de-en", "squad"]),
            "options": draw.choice([["yes", "no"], ["yes", "no", "maybe"], ["No.", "Yes."], [""], ["0", "1", "2", "3", "4", "5"], ["no"]]),
        }
        config.args.run_name = "base" if case["run"] == "base" else "adapter"
        config.bb_test_prompt_format = case["format"]
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                _, (made,), _ = study.eval(
                    [case["response"]], ["3"], case["promptFormat"], case["task"], 0, orig_options=["###".join(case["options"])]
                )
            yield case, {"made": str(made)}
        except Exception as error:  # noqa: BLE001 – whatever the study fails with
            yield case, {"error": f"{type(error).__name__}: {error}"[:200]}


def main():
    with open(os.path.join(HERE, "..", "packages", "samplegen", "fixtures", "rows.json"), encoding="utf-8") as file:
        fixtures = json.load(file)
    draw = random.Random(options.seed)
    requests, expected = [], []
    with tempfile.TemporaryDirectory() as folder:
        config.path_manual = folder
        for cases in (choice_cases, flan_cases):
            for task, how in cases(draw, fixtures, folder):
                seed = draw.randrange(2**32)
                expected.append(reference_rows(task, how, seed))
                requests.append({"task": task, "seed": seed, **how})
        for case, answer in answers(draw):
            expected.append(answer)
            requests.append({"mode": "answer", **case})
        compare(folder, requests, expected)


def compare(folder, requests, expected):
    file = os.path.join(folder, "requests.jsonl")
    with open(file, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(request) + "\n" for request in requests)
    command = ["node", os.path.join(HERE, "differential_tests.mjs"), file, reference, os.path.join(folder, "templates")]
    results = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().strip().split("\n")
    assert len(results) == len(expected)
    counts, shown = Counter(), Counter()
    for request, theirs, line in zip(requests, expected, results):
        ours = json.loads(line)
        kind = " ".join(str(request[key]) for key in ("task", "mode", "run", "format", "unify", "rowsPerPrompt") if key in request)
        if request["mode"] == "answer":
            if "error" in ours or "error" in theirs:
                verdict = "answer: " + ("both fail" if "error" in ours and "error" in theirs else "one fails")
            else:
                verdict = "answer: " + ("same" if ours["made"] == theirs["made"] else "DIFFERENT")
            detail = f"{json.dumps(request)}\n  study   {json.dumps(theirs)}\n  flanlab {json.dumps(ours)}"
        else:
            # Where training rows hold no samples the study fails or shows those of the row before; flanlab draws again (Q50, Q51).
            verdict, detail = ("no samples (Q50)", "") if theirs.get("nothing") else rows_of.judge(ours, {"rows": [request], **theirs})
            counts["prompts"] += len(theirs.get("made", []))
        counts[verdict] += 1
        shown[kind, verdict] += 1
        if not verdict.endswith(("same", "both fail", "(Q50)")) and shown[kind, verdict] <= options.show:
            print(f"{verdict}: {kind}: {detail}\n")
    print(json.dumps(counts))


main()
