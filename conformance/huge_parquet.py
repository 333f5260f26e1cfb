"""Writes the shape of a Parquet file of 10 GB without its bulk: packages/flan-datasets/fixtures/hub/huge.json.gz.

The file has 100 row groups of 1,000 rows: `text` and `label` as in a task, and `blob`, 100 kB a row, which the task does not read.
What pyarrow writes goes to a sink that keeps everything but the blobs, with its place in the file; a test serves it over HTTP with
zeros in the gaps, and counts the bytes that a reader asks for.

Run: python conformance/huge_parquet.py  (pyarrow 26; takes half a minute, needs no disk)
"""

import base64
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

GROUPS, ROWS, BLOB = 100, 1000, 100_000


class Sink:
    """Keeps small writes, and of large ones only where they end."""

    def __init__(self):
        self.at, self.segments, self.closed = 0, [], False

    def write(self, data):
        data = bytes(data)
        if len(data) < 500_000:
            last = self.segments[-1] if self.segments else None
            if last and last[0] + len(last[1]) == self.at:
                last[1] += data
            else:
                self.segments.append([self.at, data])
        self.at += len(data)
        return len(data)

    def tell(self):
        return self.at

    def flush(self):
        pass

    def close(self):
        self.closed = True

    def writable(self):
        return True

    def readable(self):
        return False

    def seekable(self):
        return False


sink = Sink()
schema = pa.schema([("text", pa.string()), ("blob", pa.binary()), ("label", pa.int64())])
blob = b"\0" * BLOB
writer = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="none", use_dictionary=False,
                          write_statistics=False, data_page_size=2**20)
for group in range(GROUPS):
    first = group * ROWS
    table = pa.table(
        {"text": [f"row {first + i}" for i in range(ROWS)], "blob": [blob] * ROWS, "label": [(first + i) % 2 for i in range(ROWS)]},
        schema=schema,
    )
    writer.write_table(table, row_group_size=ROWS)
writer.close()

out = Path(__file__).parent.parent / "packages/flan-datasets/fixtures/hub/huge.json.gz"
out.parent.mkdir(parents=True, exist_ok=True)
body = {
    "size": sink.at,
    "rows": GROUPS * ROWS,
    # The first groups and the footer: a reader of the first rows must not ask for more.
    "segments": [{"offset": at, "base64": base64.b64encode(data).decode()} for at, data in sink.segments[:4] + sink.segments[-1:]],
}
with open(out, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
    packed.write(json.dumps(body).encode())
print(f"{sink.at} bytes in {len(sink.segments)} kept segments, {out.stat().st_size} bytes packed")
