"""The published study's side of benchmarks/prompts/run.mjs: its own functions, with rows from files in place of the hub."""

import contextlib
import hashlib
import io
import json
import math
import os
import resource
import shutil
import sys
import time
import types

request = json.load(sys.stdin)
reference = os.path.join(request["reference"], "")
sys.path.insert(0, reference)
sys.argv = ["create_prompts.py", "--model_path_idx", "0"]
sys.modules["evaluate"] = types.ModuleType("evaluate")  # imported there, used for other things

import datasets  # noqa: E402

datasets.disable_progress_bars()

with contextlib.redirect_stdout(io.StringIO()):
    import config
    import create_prompts
    import data_utils

config.path = reference


class Rows(list):
    """What streaming gives: rows that can be cut."""

    def take(self, count):
        return self[:count]


task = ""


def load_dataset(streaming=False, **_):
    with open(os.path.join(request["data"], task, "train.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return Rows(rows) if streaming else datasets.Dataset.from_list(rows)


data_utils.load_dataset = load_dataset
folder = os.path.join(request["out"], "reference")
shutil.rmtree(folder, ignore_errors=True)
started, started_cpu = time.perf_counter(), time.process_time()
made = {}
with contextlib.redirect_stdout(io.StringIO()):
    for task in request["tasks"]:
        made[task] = create_prompts.create_and_save_dataset(
            dataset_name=task,
            num_datapoints=math.ceil(request["num"] / 0.8),
            num_test=0.2,
            num_inner=2,
            save_path=os.path.join(folder, task),
            making_test_set=False,
            create_custom_prompts=request["kind"] == "samplegen",
            making_adv=False,
            corrupt_samples=False,
            make_gold_pipeline_test=False,
            do_unify=False,
            convert_letter_choices=True,
        )
seconds, cpu = time.perf_counter() - started, time.process_time() - started_cpu
texts = sorted(text.encode() for splits in made.values() for split in splits.values() for text in split["text"])
digest = hashlib.sha256()
for text in texts:
    digest.update(text)
    digest.update(b"\n")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
result = {"seconds": seconds, "cpuSeconds": cpu, "prompts": len(texts), "hash": digest.hexdigest(), "peakBytes": peak}
print(json.dumps(result))
