"""Every file of a folder of published rows, written by @flanlab/flan-datasets as Arrow folders and Parquet, opened in Python.

Checked with datasets 5.2, pyarrow 26, pandas 3.1, duckdb 2.0. Run after a build: python conformance/datasets_shared.py FOLDER
FOLDER holds manifest.json (tasks, columns with their types, splits with files and row counts) and the files it names. For each
file: load_from_disk gives equal rows and the features asked for; pandas and DuckDB give equal rows of the Parquet file. Prints
one line per task, and fails at the first difference.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import datasets
import duckdb
import numpy
import pandas

ROOT = pathlib.Path(__file__).resolve().parent.parent

WRITE = """
import { readRows, writeDataset, writeRows } from '@flanlab/flan-datasets';
import { readFileSync } from 'node:fs';
for (const { input, features, arrow, parquet, sharded } of JSON.parse(readFileSync(0, 'utf8'))) {
  await writeDataset(arrow, readRows(input), { features });
  await writeDataset(sharded, readRows(input), { features, shardBytes: 50_000 });
  await writeRows(parquet, readRows(input), { features });
}
"""


def split_fields(text):
    depth, part = 0, ""
    for character in text:
        depth += (character == "<") - (character == ">")
        if character == "," and depth == 0:
            yield part
            part = ""
        else:
            part += character
    yield part


def ours(kind):
    """The manifest's notation as our Feature."""
    if found := re.fullmatch(r"list<(.*)>", kind):
        return {"kind": "list", "of": ours(found[1])}
    if found := re.fullmatch(r"struct<(.*)>", kind):
        fields = [part.split(":", 1) for part in split_fields(found[1])]
        return {"kind": "struct", "fields": {name: ours(of) for name, of in fields}}
    if kind == "ClassLabel":
        return {"kind": "class-label", "names": ["a", "b", "c", "d", "e", "f"]}
    return {"kind": "value", "dtype": kind}


def theirs(feature):
    """Our Feature as one of datasets."""
    if feature["kind"] == "list":
        return datasets.List(theirs(feature["of"]))
    if feature["kind"] == "struct":
        return {name: theirs(of) for name, of in feature["fields"].items()}
    if feature["kind"] == "class-label":
        return datasets.ClassLabel(names=feature["names"])
    return datasets.Value(feature["dtype"])


def plain(value):
    if isinstance(value, numpy.ndarray):
        return [plain(item) for item in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (numpy.generic,)):
        value = value.item()
    return None if value is None or value is pandas.NA or value != value else value


def check(name, same):
    if not same:
        raise SystemExit(f"FAIL  {name}")


def main():
    source = pathlib.Path(sys.argv[1])
    tasks = json.loads((source / "manifest.json").read_text())["tasks"]
    with tempfile.TemporaryDirectory() as out:
        jobs = []
        for task in tasks:
            features = {column["name"]: ours(column["type"]) for column in task["columns"]}
            for split, entry in task["splits"].items():
                base = f"{out}/{task['task'].replace('/', '_')}-{split}"
                jobs.append({"name": task["task"], "input": str(source / entry["file"]), "rows": entry["rows"], "features": features, "arrow": base, "sharded": base + "-shards", "parquet": base + ".parquet"})
        subprocess.run(["node", "--input-type=module", "-e", WRITE], input=json.dumps(jobs), text=True, cwd=ROOT / "packages" / "flan-datasets", check=True)
        files = rows = shards = 0
        for job in jobs:
            want = [json.loads(line) for line in open(job["input"], encoding="utf8")]
            features = datasets.Features({name: theirs(feature) for name, feature in job["features"].items()})
            check(f"{job['input']}: row count", len(want) == job["rows"])
            for folder in (job["arrow"], job["sharded"]):
                opened = datasets.load_from_disk(folder)
                check(f"{folder}: features", opened.features == features)
                check(f"{folder}: rows", opened.to_list() == want)
            shards += len(list(pathlib.Path(job["sharded"]).glob("*.arrow")))
            frame = pandas.read_parquet(job["parquet"], dtype_backend="pyarrow")
            check(f"{job['parquet']}: pandas", [plain(row) for row in frame.to_dict("records")] == want)
            connection = duckdb.connect()
            result = connection.execute(f"SELECT * FROM read_parquet('{job['parquet']}')")
            names = [column[0] for column in result.description]
            check(f"{job['parquet']}: DuckDB", [plain(dict(zip(names, row))) for row in result.fetchall()] == want)
            files += 1
            rows += len(want)
        print(f"ok    {files} files of {len(tasks)} tasks, {rows} rows: Arrow folders (whole, and in {shards} shards), pandas, DuckDB")


if __name__ == "__main__":
    main()
