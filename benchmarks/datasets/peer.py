"""The other side of run.mjs: the reference's own loading with datasets and pandas, from the same local Parquet file.

The first 100,000 rows of the stream become a data frame and a data set again, then the task's columns are worked on.
Written with datasets 5.2, pandas 3.1.
"""
import json
import resource
import sys
import time

import datasets
import pandas

datasets.disable_caching()
datasets.disable_progress_bars()


def first(row):
    label = row["label"]
    while isinstance(label, list) and len(label) > 0:
        label = label[0]
    return {"label": label}


def squad(data):
    data = data.flatten().rename_column("answers.text", "label").remove_columns("answers.answer_start")
    return data.filter(lambda row: len(row["label"]) > 0).map(lambda row: first(row), remove_columns="label")


def snli(data):
    data = data.filter(lambda row: row["label"] != -1)
    return data.add_column("options", [""] * len(data))


def main():
    request = json.loads(sys.stdin.read())
    start = time.perf_counter()
    stream = datasets.load_dataset("parquet", data_files={"train": f"{request['source']}/{request['task']}/train.parquet"}, split="train", streaming=True)
    data = datasets.Dataset.from_pandas(pandas.DataFrame(list(stream.take(100_000))))
    data = {"snli": snli, "squad": squad}[request["task"]](data)
    rows = characters = 0
    for row in data:
        rows += 1
        characters += sum(len(value) for value in row.values() if isinstance(value, str))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "rows": rows, "characters": characters, "peakBytes": peak}))


if __name__ == "__main__":
    main()
