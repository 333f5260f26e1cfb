"""What the scripts conformance/differential_{seq2seq,encoders,tokenizers,exports}.py share: asking flanlab, and comparing."""
import base64
import json
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np

counts, shown = Counter(), Counter()


def ask(requests):
    """The answers of conformance/differential_seq2seq.mjs, in order."""
    for number, request in enumerate(requests):
        request["id"] = number
    text = "".join(json.dumps(request) + "\n" for request in requests)
    command = ["nice", "node", str(Path(__file__).parent / "differential_seq2seq.mjs")]
    out = subprocess.run(command, input=text.encode(), check=True, stdout=subprocess.PIPE).stdout.decode()
    return [json.loads(line) for line in out.split("\n") if line]


def floats(text):
    return np.frombuffer(base64.b64decode(text), dtype=np.float32)


def distance(ours, theirs):
    """Of the largest difference to the largest number."""
    ours, theirs = np.asarray(ours, dtype=np.float64).ravel(), np.asarray(theirs, dtype=np.float64).ravel()
    if ours.shape != theirs.shape:
        return float("inf")
    scale = np.abs(theirs).max(initial=0)
    gap = np.abs(ours - theirs).max(initial=0)
    return float(gap if scale == 0 else gap / scale) if np.isfinite(ours).all() else float("inf")


def verdict(what, same, detail, show=4):
    counts[what if same else f"{what}: DIFFERENT"] += 1
    if not same:
        shown[what] += 1
        if shown[what] <= show:
            print(f"{what}: {detail}\n", flush=True)


def finish():
    print(json.dumps(dict(sorted(counts.items()))))
