"""Small Arrow IPC files as pyarrow writes them, with the rows that a reader has to give.

Made with pyarrow 26.0. Run: python conformance/arrow_files.py
Writes packages/flan-datasets/fixtures/arrow/: files.json.gz (name -> base64) and index.json.
"""
import base64
import datetime
import decimal
import gzip
import io
import json
import pathlib

import pyarrow as pa
import pyarrow.feather

from parquet_writers import ROWS, SCHEMA, TABLE

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages" / "flan-datasets" / "fixtures" / "arrow"


def stream(table, compression=None, rows=10):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue()


def file(table, compression=None, rows=10):
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue()


def typed():
    when = [datetime.datetime(2024, 2, 29, 12, 34, 56, 789012), datetime.datetime(1969, 12, 31, 23, 59, 59, 999000), None]
    table = pa.table({
        "seconds": pa.array([datetime.datetime(2024, 2, 29, 12, 0, 1), datetime.datetime(1900, 1, 1), None], pa.timestamp("s")),
        "micros": pa.array(when, pa.timestamp("us")),
        "nanos": pa.array(when, pa.timestamp("ns", tz="UTC")),
        "day": pa.array([datetime.date(2024, 2, 29), datetime.date(1066, 10, 14), None]),
        "day64": pa.array([datetime.date(2024, 2, 29), datetime.date(1066, 10, 14), None], pa.date64()),
        "clock": pa.array([datetime.time(1, 2, 3, 400), datetime.time(23, 59, 59), None], pa.time64("us")),
        "clock32": pa.array([datetime.time(1, 2, 3), datetime.time(0), None], pa.time32("s")),
        "price": pa.array([decimal.Decimal("-123.45"), decimal.Decimal("0.07"), None], pa.decimal128(9, 2)),
        "wide": pa.array([decimal.Decimal("-12345678901234567890.123456789"), decimal.Decimal("1"), None], pa.decimal256(60, 9)),
        "map": pa.array([[("a", 1), ("b", None)], [], None], pa.map_(pa.string(), pa.int64())),
        "u8": pa.array([255, 0, None], pa.uint8()),
        "u64": pa.array([2**53 - 1, 0, None], pa.uint64()),
        "half": pa.array([1.5, -0.25, None], pa.float16()),
        "nothing": pa.nulls(3),
        "bytes": pa.array([b"text", "Grüße".encode(), None], pa.binary()),
        "large": pa.array([["x", None], [], None], pa.large_list(pa.large_string())),
        "fixed": pa.array([[1, 2], [3, 4], None], pa.list_(pa.int32(), 2)),
        "coded": pa.array(["b", "a", None]).dictionary_encode(),
        "codedlist": pa.array([["b", "a"], [], None], pa.list_(pa.string())).cast(pa.list_(pa.dictionary(pa.int8(), pa.string()))),
        "view": pa.array(["short", "a text of more than twelve bytes", None], pa.string_view()),
    })
    want = {
        "seconds": ["2024-02-29T12:00:01", "1900-01-01T00:00:00", None],
        "micros": ["2024-02-29T12:34:56.789012", "1969-12-31T23:59:59.999", None],
        "nanos": ["2024-02-29T12:34:56.789012Z", "1969-12-31T23:59:59.999Z", None],
        "day": ["2024-02-29", "1066-10-14", None],
        "day64": ["2024-02-29", "1066-10-14", None],
        "clock": ["01:02:03.0004", "23:59:59", None],
        "clock32": ["01:02:03", "00:00:00", None],
        "price": ["-123.45", "0.07", None],
        "wide": ["-12345678901234567890.123456789", "1.000000000", None],
        "map": [[{"key": "a", "value": 1}, {"key": "b", "value": None}], [], None],
        "u8": [255, 0, None],
        "u64": [2**53 - 1, 0, None],
        "half": [1.5, -0.25, None],
        "nothing": [None] * 3,
        "bytes": ["text", "Grüße", None],
        "large": [["x", None], [], None],
        "fixed": [[1, 2], [3, 4], None],
        "coded": ["b", "a", None],
        "codedlist": [["b", "a"], [], None],
        "view": ["short", "a text of more than twelve bytes", None],
    }
    return table, [{name: column[i] for name, column in want.items()} for i in range(3)]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    table, typed_rows = typed()
    files = {
        "stream.arrow": (stream(TABLE), "rows"),
        "stream-lz4.arrow": (stream(TABLE, "lz4"), "rows"),
        "stream-zstd.arrow": (stream(TABLE, "zstd"), "rows"),
        "file.arrow": (file(TABLE), "rows"),
        "file-lz4.arrow": (file(TABLE, "lz4"), "rows"),
        "file-zstd.arrow": (file(TABLE, "zstd"), "rows"),
        "types.arrow": (stream(table), "typed"),
        "types-zstd.arrow": (file(table, "zstd"), "typed"),
    }
    index = {
        "versions": {"pyarrow": pa.__version__},
        "files": [{"file": name, "rows": rows} for name, (_, rows) in files.items()],
        "rows": ROWS,
        "typed": typed_rows,
    }
    (OUT / "index.json").write_text(json.dumps(index, ensure_ascii=True, separators=(",", ":")))
    archive = {name: base64.b64encode(data).decode() for name, (data, _) in files.items()}
    (OUT / "files.json.gz").write_bytes(gzip.compress(json.dumps(archive).encode(), mtime=0))
    print(len(files), "files,", (OUT / "files.json.gz").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
