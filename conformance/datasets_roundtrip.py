"""Both directions between @flanlab/flan-datasets and Python's datasets; also makes the fixtures of its tests.

Made with datasets 5.2, pyarrow 26, pandas 3.1, duckdb 2.0. Run after a build: python conformance/datasets_roundtrip.py
Writes packages/flan-datasets/fixtures/python/ and prints one line for each check.
"""
import json
import pathlib
import shutil
import subprocess
import tempfile

import datasets
import duckdb
import pandas
import pyarrow
import pyarrow.parquet

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "packages" / "flan-datasets" / "fixtures" / "python"
FEATURES = datasets.Features({
    "text": datasets.Value("string"),
    "label": datasets.ClassLabel(names=["no", "yes"]),
    "score": datasets.Value("float64"),
    "count": datasets.Value("int32"),
    "seen": datasets.Value("bool"),
    "options": datasets.List(datasets.Value("string")),
    "triples": datasets.List(datasets.List(datasets.Value("string"))),
    "choices": {"text": datasets.List(datasets.Value("string")), "label": datasets.List(datasets.Value("string"))},
    "spans": datasets.List({"start": datasets.Value("int32"), "word": datasets.Value("string")}),
})


def row(i):
    return {
        "text": None if i == 3 else f"row {i}: Grüße, “quoted”, \u2028 and 😀",
        "label": -1 if i == 1 else i % 2,
        "score": i / 3,
        "count": i - 5,
        "seen": None if i == 2 else i % 2 == 0,
        "options": [] if i == 0 else ["a; b", "c"][: 1 + i % 2],
        "triples": [["x", "y"], []] if i % 2 else [],
        "choices": {"text": ["one", "two"], "label": ["A", "B"]},
        "spans": [{"start": i, "word": "w"}],
    }


def rows(n):
    return [row(i) for i in range(n)]


def make_fixtures():
    shutil.rmtree(FIXTURES, ignore_errors=True)
    FIXTURES.mkdir(parents=True)
    train = datasets.Dataset.from_list(rows(12), features=FEATURES)
    test = datasets.Dataset.from_list(rows(3), features=FEATURES)
    datasets.DatasetDict({"train": train, "test": test}).save_to_disk(FIXTURES / "dictionary")
    train.shuffle(seed=25).save_to_disk(FIXTURES / "sharded", num_shards=3)
    (FIXTURES / "expected.json").write_text(json.dumps(rows(12), ensure_ascii=True))
    for compression in ("snappy", "zstd", "gzip", "none"):
        pyarrow.parquet.write_table(train.data.table, FIXTURES / f"{compression}.parquet", compression=compression, row_group_size=5)
    # What datasets 1 to 3 wrote.
    old = FIXTURES / "old-spelling"
    train.save_to_disk(old)
    info = json.loads((old / "dataset_info.json").read_text())
    info["features"]["options"] = {"feature": {"dtype": "string", "id": None, "_type": "Value"}, "length": -1, "id": None, "_type": "Sequence"}
    info["features"]["choices"] = {"feature": {"text": {"dtype": "string", "_type": "Value"}, "label": {"dtype": "string", "_type": "Value"}}, "_type": "Sequence"}
    info["features"]["spans"] = [{"start": {"dtype": "int32", "_type": "Value"}, "word": {"dtype": "string", "_type": "Value"}}]
    (old / "dataset_info.json").write_text(json.dumps(info, indent=2))


WRITE = """
import { readRows, readDataset, writeDataset, writeDatasetDict, writeRows } from '@flanlab/flan-datasets';
const [fixtures, out] = process.argv.slice(1);
const { features, rows } = await readDataset(`${fixtures}/dictionary/train`);
await writeDatasetDict(`${out}/typed`, { train: rows(), test: readRows(`${fixtures}/dictionary/test`) }, { features });
await writeDataset(`${out}/inferred`, rows());
await writeDataset(`${out}/long`, Array.from({ length: 2500 }, (_, i) => ({ n: i, text: `t${i}` })));
await writeDataset(`${out}/empty`, [], { features });
await writeDataset(`${out}/shards`, Array.from({ length: 12345 }, (_, i) => ({ n: i, text: `t${i}` })), { shardBytes: 50_000 });
await writeRows(`${out}/nested.parquet`, rows(), { features });
await writeRows(`${out}/plain.parquet`, Array.from({ length: 12345 }, (_, i) => ({ n: i, text: i % 7 ? `t${i}` : null, part: { x: i / 3 } })));
"""


def check(name, passed):
    print(("ok    " if passed else "FAIL  ") + name)
    if not passed:
        raise SystemExit(1)


def main():
    make_fixtures()
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["node", "--input-type=module", "-e", WRITE, str(FIXTURES), out], cwd=ROOT / "packages" / "flan-datasets", check=True)
        typed = datasets.load_from_disk(f"{out}/typed")
        check("typed dictionary: rows", typed["train"].to_list() == rows(12) and typed["test"].to_list() == rows(3))
        check("typed dictionary: features", typed["train"].features == FEATURES)
        check("inferred features: rows", datasets.load_from_disk(f"{out}/inferred").to_list() == rows(12))
        long = datasets.load_from_disk(f"{out}/long")
        check("2,500 rows in batches of 1,000", [len(c) for c in long.data.column("n").chunks] == [1000, 1000, 500] and long["n"][2499] == 2499)
        empty = datasets.load_from_disk(f"{out}/empty")
        check("no rows", len(empty) == 0 and empty.features == FEATURES)
        check("shuffle, select and map work on it", long.shuffle(seed=25).select(range(5)).map(lambda r: {"m": r["n"] + 1})["m"][0] > 0)
        shards = datasets.load_from_disk(f"{out}/shards")
        check("several data files", len(list(pathlib.Path(out, "shards").glob("*.arrow"))) > 3 and shards["n"][:] == list(range(12345)))
        nested = datasets.Dataset.from_parquet(f"{out}/nested.parquet", cache_dir=f"{out}/cache")
        check("nested parquet: rows", nested.to_list() == rows(12))
        check("nested parquet: features", nested.features == FEATURES)
        plain = pandas.read_parquet(f"{out}/plain.parquet", dtype_backend="pyarrow")
        check("plain parquet: pandas", plain["n"].tolist() == list(range(12345)) and plain["text"].isna().sum() == 1764)
        total = duckdb.sql(f"SELECT count(*), sum(n), count(text), sum(part.x) FROM '{out}/plain.parquet'").fetchall()[0]
        check("plain parquet: DuckDB", total[:3] == (12345, 12344 * 12345 // 2, 10581) and abs(total[3] - 12344 * 12345 / 6) < 1e-3)


if __name__ == "__main__":
    main()
