# The side of Python's datasets in benchmarks/mixtures/run.mjs: the same files, rates, order and cut.
import json
import os
import resource
import sys
import time

from datasets import Dataset, DatasetDict, disable_progress_bars, interleave_datasets

request = json.load(sys.stdin)
disable_progress_bars()
started = time.perf_counter()
sources = []
for task in request["tasks"]:
    path = os.path.join(request["prompts"], task, "train.jsonl")
    source = Dataset.from_json(path, cache_dir=os.path.join(request["out"], "cache"))
    sources.append(source.select(range(min(len(source), 30000))))
sizes = [min(len(source), 3000) for source in sources]
rates = [size / sum(sizes) for size in sizes]
mixed = interleave_datasets(sources, probabilities=rates, seed=42, stopping_strategy="first_exhausted")
parts = mixed.train_test_split(test_size=0.1, seed=42)
DatasetDict(parts).save_to_disk(os.path.join(request["out"], "datasets"))
seconds = time.perf_counter() - started
used = resource.getrusage(resource.RUSAGE_SELF)
peak = used.ru_maxrss * 1024
sizes = {"train": len(parts["train"]), "test": len(parts["test"])}
print(json.dumps({"seconds": seconds, "cpuSeconds": used.ru_utime + used.ru_stime, "peakBytes": peak, **sizes}))
