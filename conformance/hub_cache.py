"""Checks that Python's tools read what `flanlab data fetch` leaves in the hub's cache, and the other way round.

Serves a small data set over HTTP on this machine in the form the hub does, fetches it with flanlab into a cache, then opens the same
cache offline with `huggingface_hub`: the files must be found under their names with equal bytes, and a scan must find no damage.
Then `huggingface_hub` fetches into another cache, and flanlab must read that offline.

Run: python conformance/hub_cache.py  (huggingface_hub 2.4; needs a built workspace)
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parent.parent
REPO, COMMIT = "nyu-mll/glue", "a3f3ab759b9d7018046ce361f115ef38276d2e1e"
PATH = "rte/train-00000-of-00001.parquet"

work = Path(tempfile.mkdtemp())
table = pa.table({"sentence1": ["A.", "B."], "sentence2": ["C.", "D."], "label": [0, 1], "idx": [0, 1]})
pq.write_table(table, work / "rte.parquet")
BYTES = (work / "rte.parquet").read_bytes()
SHA = hashlib.sha256(BYTES).hexdigest()


class Hub(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, body, headers=None, status=200):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        if "/revision/" in self.path:
            return self.answer(json.dumps({"id": REPO, "sha": COMMIT}).encode(), {"Content-Type": "application/json"})
        if "/tree/" in self.path:
            entry = {"type": "file", "path": PATH, "size": len(BYTES), "oid": "f" * 40, "lfs": {"oid": SHA, "size": len(BYTES), "pointerSize": 130}}
            return self.answer(json.dumps([entry]).encode(), {"Content-Type": "application/json"})
        if "/resolve/" in self.path:
            headers = {"ETag": f'"{SHA}"', "X-Linked-Etag": f'"{SHA}"', "X-Linked-Size": str(len(BYTES)), "X-Repo-Commit": COMMIT}
            return self.answer(BYTES, headers)
        return self.answer(b"", status=404)

    do_HEAD = do_GET


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = f"http://127.0.0.1:{server.server_port}"


def flanlab(cache, *more):
    line = ["node", str(ROOT / "apps/cli/bin/flanlab.js"), "data", "fetch", "rte", "--split", "train", "--json"]
    done = subprocess.run([*line, "--endpoint", endpoint, "--cache", str(cache), *more], capture_output=True, text=True, cwd=work)
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)[0]


def python(cache, offline, code):
    env = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1" if offline else "0", "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


DOWNLOAD = f"from huggingface_hub import hf_hub_download as d; print(d({REPO!r}, {PATH!r}, repo_type='dataset', revision={COMMIT!r}))"
SCAN = "from huggingface_hub import scan_cache_dir as s; c = s(); print(len(c.warnings), [(r.repo_id, r.nb_files) for r in c.repos])"

ours = work / "ours"
result = flanlab(ours)
assert (result["status"], result["rows"]) == ("fetched", 2), result
assert Path(python(ours, True, DOWNLOAD)).read_bytes() == BYTES
print("huggingface_hub finds our file offline; scan:", python(ours, True, SCAN))

theirs = work / "theirs"
assert Path(python(theirs, False, DOWNLOAD)).read_bytes() == BYTES
result = flanlab(theirs, "--offline")
assert (result["status"], result["rows"], result["bytes"]) == ("cached", 2, 0), result
print("flanlab reads the file of huggingface_hub offline")
