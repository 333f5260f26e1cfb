"""Golden values for the reader of Python literals in packages/prompt-templates.

Writes packages/prompt-templates/fixtures/python-literals.json: pairs of (module source, value of the name X), as CPython
reads it with ast.literal_eval. Sources are made at random, with every form the reader knows.

Versions: CPython 3.11 or later; no packages.
Run: python conformance/python_literals.py
"""

import ast
import json
import random
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
rng = random.Random(20250116)
CHARS = list("ab {}'\"#\\,:()[]") + ["é", "–", "😀", "\u2028", "\x85", "\ufeff"]
ESCAPES = [r"\n", r"\t", r"\\", r"\'", r"\"", r"\x41", r"\u00e9", r"\U0001f600", r"\101", r"\0", r"\7x", r"\18", r"\q", r"\a",
           r"\b", r"\f", r"\r", r"\v", "\\\n", r"\ ", r"\{"]


def text():
    raw = rng.random() < 0.2
    quotes = rng.choice(["'", '"', "'''", '"""'])
    body = ""
    for _ in range(rng.randrange(12)):
        piece = rng.choice(ESCAPES if rng.random() < 0.4 else CHARS)
        if len(quotes) == 3 and rng.random() < 0.2:
            piece = rng.choice(["\n", "\r\n", "\r", '"', "'", '""'])
        body += piece
    source = rng.choice(["r", "R"] if raw else ["", "", "u", "U"]) + quotes + body + quotes
    try:
        value = ast.literal_eval(source)
    except (SyntaxError, ValueError):
        return text()
    return source if isinstance(value, str) else text()


def gap():
    return rng.choice(["", " ", "\n", "  # note ' \"\n\t", " \\\n "])


def literal(depth):
    kind = rng.randrange(7 if depth else 3)
    if kind <= 1:
        return gap().join(text() for _ in range(rng.choice([1, 1, 2, 3]))) or "''"
    if kind == 2:
        return rng.choice(["0", "17", "-3", "2.5", "True", "False", "None"])
    items = [literal(depth - 1) for _ in range(rng.randrange(4))]
    if kind == 3:
        return "[" + gap() + ("," + gap()).join(items) + (rng.choice(["", ","]) if items else "") + gap() + "]"
    if kind == 4:
        return "(" + gap() + ("," + gap()).join(items) + ("," if len(items) == 1 else "") + gap() + ")"
    if kind == 5:
        return "(" + gap() + literal(depth - 1) + gap() + ")"
    return "{" + ",".join(f"{gap()}{text()}{gap()}:{gap()}{item}" for item in items) + gap() + "}"


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {"dict": [[key, plain(item)] for key, item in value.items()]}
    return value


def run(source):
    # Only what this script wrote itself is run.
    names = {}
    exec(compile(source, "module", "exec"), names)
    return plain(names["X"])


cases = []
while len(cases) < 220:
    source = f"X = {literal(3)}\n"
    try:
        cases.append([source, run(source)])
    except SyntaxError:
        continue
for source in [
    '"""Doc."""\nA = "x" "y"  # c\n\nX = A + \'z\'\n',
    "PART = [('a', 'b')]\nX = PART + [('c',\n  'd'),]\n",
    "X = {'a': 1}\nX['b'] = [2]\nX['a'] = (3,)\n",
    "A = {'k': 'v'}\nX = [A['k'], A]\nA['k'] = 'w'\n",
    "X = ()\r\nX = ('a'\r\n 'b')\r\n",
    "X = (('a') + 'b' + (\"c\"))",
    "X = {'a': 1, 'b': 2, 'a': 3}\n",
]:
    cases.append([source, run(source)])

out = Path(__file__).parent.parent / "packages/prompt-templates/fixtures/python-literals.json"
out.parent.mkdir(exist_ok=True)
out.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(len(cases), out.stat().st_size)
