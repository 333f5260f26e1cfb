"""Small valid files that decode to far more than they hold, for the tests of what a reader may cost.

Made with pyarrow 26.0. Run: python conformance/bombs.py
Writes packages/flan-datasets/fixtures/bombs.json.gz: name -> base64.
"""
import base64
import gzip
import io
import json
import pathlib

import numpy
import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages" / "flan-datasets" / "fixtures" / "bombs.json.gz"


def lists(rows, each):
    offsets = pa.array(numpy.arange(rows + 1) * each, pa.int32())
    return pa.table({"list": pa.ListArray.from_arrays(offsets, pa.nulls(rows * each, pa.int32()))})


def parquet(table):
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def arrow(table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return sink.getvalue()


zeros = pa.array(numpy.zeros(30_000_000, numpy.int32))
FILES = {
    "one-row.parquet": parquet(lists(1, 5_000_000)),
    "long-lists.parquet": parquet(lists(300, 20_000)),
    "one-row.arrow": arrow(lists(1, 5_000_000)),
    "long-lists.arrow": arrow(lists(300, 20_000)),
    "many-buffers.arrow": arrow(pa.table({name: zeros for name in "abc"})),
}
text = json.dumps({name: base64.b64encode(data).decode() for name, data in FILES.items()}, separators=(",", ":"))
OUT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
print({name: len(data) for name, data in FILES.items()}, OUT.stat().st_size)
