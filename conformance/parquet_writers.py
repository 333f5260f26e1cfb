"""Small Parquet files as pyarrow, DuckDB, polars and Spark write them, with the rows that a reader has to give.

Made with pyarrow 26, duckdb 2.0, polars 2.1. Run: python conformance/parquet_writers.py
Writes packages/flan-datasets/fixtures/parquet/: one file per writer, codec, encoding and page version, and index.json.
"""
import base64
import datetime
import decimal
import gzip
import json
import pathlib
import sys

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages" / "flan-datasets" / "fixtures" / "parquet"
N = 24
CODECS = ["NONE", "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4"]


def row(i):
    return {
        "text": None if i == 3 else f"row {i}: Grüße \u2028 😀" if i % 5 == 0 else f"row {i}",
        "class": ["low", "middle", "high"][i % 3],
        "count": None if i == 7 else i * 1000 - 5,
        "big": (i - 20) * 2**45 + i,
        "score": i / 3,
        "ratio": i / 8,
        "seen": None if i == 2 else i % 2 == 0,
        "options": None if i == 4 else [] if i % 4 == 0 else ["a; b", None, "c"][: 1 + i % 3],
        "choices": None if i == 5 else {"text": ["one", "two"][: i % 3], "label": None if i == 6 else "A" * (i % 4)},
        "triples": [["x", "y"][: 1 + i % 2], [], None] if i % 2 else [],
        "spans": [{"start": i, "word": None if i == 9 else "w", "parts": [1, 2][: i % 3]}] * (i % 3),
    }


ROWS = [row(i) for i in range(N)]
SCHEMA = pa.schema([
    ("text", pa.string()),
    ("class", pa.string()),
    ("count", pa.int32()),
    ("big", pa.int64()),
    ("score", pa.float64()),
    ("ratio", pa.float32()),
    ("seen", pa.bool_()),
    ("options", pa.list_(pa.string())),
    ("choices", pa.struct([("text", pa.list_(pa.string())), ("label", pa.string())])),
    ("triples", pa.list_(pa.list_(pa.string()))),
    ("spans", pa.list_(pa.struct([("start", pa.int32()), ("word", pa.string()), ("parts", pa.list_(pa.int64()))]))),
])
TABLE = pa.Table.from_pylist(ROWS, schema=SCHEMA)
index = {"versions": {"pyarrow": pa.__version__, "duckdb": duckdb.__version__, "polars": polars.__version__, "python": sys.version.split()[0]}, "files": []}


def add(name, rows_name, note):
    index["files"].append({"file": name, "rows": rows_name, "note": note})


def pyarrow_files():
    for codec in CODECS:
        for version in ("1.0", "2.0"):
            name = f"pyarrow-{codec.lower()}-v{version[0]}.parquet"
            pq.write_table(TABLE, OUT / name, compression=codec, data_page_version=version, row_group_size=10, data_page_size=64, write_batch_size=4)
            add(name, "rows", f"{codec}, data page {version}, several pages in three row groups")
    leaves = {"text": "text", "class": "class", "count": "count", "big": "big", "score": "score", "ratio": "ratio"}
    flat = TABLE.select(list(leaves) + ["seen", "options"])
    encodings = {
        "plain": {},
        "delta": {"text": "DELTA_BYTE_ARRAY", "class": "DELTA_LENGTH_BYTE_ARRAY", "count": "DELTA_BINARY_PACKED", "big": "DELTA_BINARY_PACKED", "options.list.element": "DELTA_BYTE_ARRAY"},
        "split": {"count": "BYTE_STREAM_SPLIT", "big": "BYTE_STREAM_SPLIT", "score": "BYTE_STREAM_SPLIT", "ratio": "BYTE_STREAM_SPLIT"},
        "rle": {"seen": "RLE"},
    }
    for kind, columns in encodings.items():
        for version in ("1.0", "2.0"):
            name = f"pyarrow-{kind}-v{version[0]}.parquet"
            pq.write_table(flat, OUT / name, compression="SNAPPY", use_dictionary=False, column_encoding=columns or None, data_page_version=version)
            add(name, "flat", f"encodings {columns or 'PLAIN'}, data page {version}")
    big = pa.table({"text": pa.array([f"{'x' * (i * 37 % 700)}{i}" for i in range(600)], pa.large_string()).dictionary_encode(), "n": list(range(600))})
    pq.write_table(big, OUT / "pyarrow-dictionary.parquet", dictionary_pagesize_limit=4000, data_page_size=256, write_page_checksum=True, compression="ZSTD")
    add("pyarrow-dictionary.parquet", "dictionary", "dictionary-coded large strings that fall back to plain, page checksums")
    index["dictionary"] = {"texts": "x repeated (i * 37 % 700) times, then i", "rows": 600}


def typed():
    utc = datetime.timezone.utc
    when = [datetime.datetime(2024, 2, 29, 12, 34, 56, 789012), datetime.datetime(1969, 12, 31, 23, 59, 59, 999000), None]
    table = pa.table({
        "seconds": pa.array([datetime.datetime(2024, 2, 29, 12, 0, 1), datetime.datetime(1900, 1, 1), None], pa.timestamp("ms")),
        "micros": pa.array(when, pa.timestamp("us")),
        "nanos": pa.array(when, pa.timestamp("ns", tz="UTC")),
        "day": pa.array([datetime.date(2024, 2, 29), datetime.date(1066, 10, 14), None]),
        "clock": pa.array([datetime.time(1, 2, 3, 400), datetime.time(23, 59, 59), None], pa.time64("us")),
        "clock32": pa.array([datetime.time(1, 2, 3, 4000), datetime.time(0), None], pa.time32("ms")),
        "price": pa.array([decimal.Decimal("-123.45"), decimal.Decimal("0.07"), None], pa.decimal128(9, 2)),
        "wide": pa.array([decimal.Decimal("12345678901234567890.123456789"), decimal.Decimal("-1"), None], pa.decimal128(38, 9)),
        "map": pa.array([[("a", 1), ("b", None)], [], None], pa.map_(pa.string(), pa.int64())),
        "u8": pa.array([255, 0, None], pa.uint8()),
        "u32": pa.array([2**32 - 1, 0, None], pa.uint32()),
        "u64": pa.array([2**53 - 1, 0, None], pa.uint64()),
        "i8": pa.array([-128, 127, None], pa.int8()),
        "half": pa.array([1.5, -0.25, None], pa.float16()),
        "nothing": pa.nulls(3),
        "bytes": pa.array([b"text", "Grüße".encode(), None], pa.binary()),
        "fixed": pa.array([[1, 2], [3, 4], None], pa.list_(pa.int32(), 2)),
    })
    want = {
        "seconds": ["2024-02-29T12:00:01", "1900-01-01T00:00:00", None],
        "micros": ["2024-02-29T12:34:56.789012", "1969-12-31T23:59:59.999", None],
        "nanos": ["2024-02-29T12:34:56.789012Z", "1969-12-31T23:59:59.999Z", None],
        "day": ["2024-02-29", "1066-10-14", None],
        "clock": ["01:02:03.0004", "23:59:59", None],
        "clock32": ["01:02:03.004", "00:00:00", None],
        "price": ["-123.45", "0.07", None],
        "wide": ["12345678901234567890.123456789", "-1.000000000", None],
        "map": [[{"key": "a", "value": 1}, {"key": "b", "value": None}], [], None],
        "u8": [255, 0, None],
        "u32": [2**32 - 1, 0, None],
        "u64": [2**53 - 1, 0, None],
        "i8": [-128, 127, None],
        "half": [1.5, -0.25, None],
        "nothing": [None] * 3,
        "bytes": ["text", "Grüße", None],
        "fixed": [[1, 2], [3, 4], None],
    }
    index["typed"] = [{name: column[i] for name, column in want.items()} for i in range(3)]
    pq.write_table(table, OUT / "pyarrow-types.parquet")
    add("pyarrow-types.parquet", "typed", "times, decimals, maps and narrow numbers")


def spark_like():
    # As Spark 3 writes by default: version 1 pages, snappy, INT96 timestamps, three-level lists under the names list/element,
    # no page checksums, created by parquet-mr; older ones name the levels bag/array.
    when = [datetime.datetime(2024, 2, 29, 12, 34, 56, 789012), datetime.datetime(1969, 12, 31, 23, 59, 59, 999000), None]
    table = pa.table({"at": pa.array(when, pa.timestamp("us")), "options": pa.array([["a"], [], None], pa.list_(pa.string()))})
    pq.write_table(table, OUT / "spark-int96.parquet", use_deprecated_int96_timestamps=True, use_compliant_nested_type=False, compression="SNAPPY")
    add("spark-int96.parquet", "spark", "INT96 timestamps, lists whose element is called item")
    index["spark"] = [
        {"at": "2024-02-29T12:34:56.789012", "options": ["a"]},
        {"at": "1969-12-31T23:59:59.999", "options": []},
        {"at": None, "options": None},
    ]


def duckdb_files():
    con = duckdb.connect()
    con.register("t", TABLE)
    for codec in ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4", "lz4_raw"]:
        for version in ("V1", "V2"):
            name = f"duckdb-{codec}-{version.lower()}.parquet"
            con.execute(f"COPY t TO '{OUT / name}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)")
            add(name, "rows", f"DuckDB, {codec}, {version} encodings")


def polars_files():
    frame = polars.from_arrow(TABLE)
    for codec in ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4"]:
        name = f"polars-{codec}.parquet"
        frame.write_parquet(OUT / name, compression=codec, row_group_size=10, data_page_size=256)
        add(name, "rows", f"polars, {codec}")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    pyarrow_files()
    typed()
    spark_like()
    duckdb_files()
    polars_files()
    # Small files share most of their bytes: one archive of them is a tenth of their size.
    archive = {entry["file"]: base64.b64encode((OUT / entry["file"]).read_bytes()).decode() for entry in index["files"]}
    for entry in index["files"]:
        (OUT / entry["file"]).unlink()
    index["rows"] = ROWS
    (OUT / "index.json").write_text(json.dumps(index, ensure_ascii=True, separators=(",", ":")))
    (OUT / "files.json.gz").write_bytes(gzip.compress(json.dumps(archive).encode(), mtime=0))
    print(len(archive), "files,", (OUT / "files.json.gz").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
