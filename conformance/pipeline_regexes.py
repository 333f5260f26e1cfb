"""Golden values of the two regular expressions that take samples out of SampleGen rows (behaviour 11.1 and 11.2).

Versions: CPython 3.10 or newer, standard library only.
Run: python conformance/pipeline_regexes.py > packages/samplegen/fixtures/pipeline.json
"""

import json
import random
import re

PIECES = [
    "<s>[INST]", "[/INST]", "\n", "\n", "\n\n", "\n<</SYS>>\n", "Example 1:", "Solution:", "Answer 1: ", "END_EXAMPLES",
    "a", "B7", " ", ":", "é", ".", "-", "\t", "\u2028", "\x1c", "\ufeff", "</s>", "\n[/INST]", "[/INST]\n\n",
]


def samples(text):
    text = re.sub(r"<s>\[INST\].*\[\/INST\]\n\n", "", text, flags=re.DOTALL)
    match = re.search(r"([A-Za-z0-9\s]+:.*\n)+\n", text, flags=re.DOTALL)
    return None if match is None else match.group(1).replace("END_EXAMPLES", "")


def stripped(text):
    text = re.sub(r"<s>\[INST\].*\n<<\/SYS>>\n", "", text, flags=re.DOTALL)
    text = re.sub(r"\n\[\/INST\]", "", text)
    return text.replace("[/INST]", "")


draw = random.Random(20250108)
texts = []
while len(texts) < 400:
    text = "".join(draw.choice(PIECES) for _ in range(draw.randint(1, 14)))
    if text not in texts:
        texts.append(text)
cases = [[text, samples(text), stripped(text)] for text in texts]
print(json.dumps(cases, ensure_ascii=True, separators=(",", ":")))
