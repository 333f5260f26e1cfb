"""Reads a finished study with Python's own tools and checks that they see the same: no part of `npm test`.

pip install torch transformers peft datasets; then: python conformance/quickstart_in_python.py runs/quickstart
Checked with torch 2.15, transformers 5.23, peft 0.21, datasets 5.2.

The mixtures open with `datasets.load_from_disk`; the tuned models load in `transformers` and `peft`, and their greedy
responses to the tests' prompts equal the recorded ones.
"""

import glob
import json
import sys

import datasets
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def count_differences(run: str, name: str, model, tokenizer, rows_per_task: int) -> int:
    different = total = 0
    for path in sorted(glob.glob(f"{run}/tests/{name}/evaluations/*.json")):
        evaluation = json.load(open(path))
        for row in evaluation["rows"][:rows_per_task]:
            ids = tokenizer(row["prompt"], add_special_tokens=False, return_tensors="pt").input_ids
            if ids[0, 0] != tokenizer.bos_token_id:
                ids = torch.cat([torch.tensor([[tokenizer.bos_token_id]]), ids], dim=1)
            output = model.generate(
                ids,
                max_new_tokens=evaluation["fingerprint"]["maxNewTokens"],
                do_sample=False,
                pad_token_id=tokenizer.eos_token_id,
            )
            text = tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True)
            total += 1
            if text != row["response"]:
                different += 1
                print(f"{name}/{evaluation['task']}: {text!r} is not {row['response']!r}")
    print(f"{name}: {total - different} of {total} responses are the same")
    return different


def main() -> None:
    run = sys.argv[1]
    rows_per_task = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    for kind in ("regular", "samplegen"):
        mixture = datasets.load_from_disk(f"{run}/mixtures/{kind}/data")
        print(kind, {split: rows.num_rows for split, rows in mixture.items()}, mixture["train"].features)
    full = f"{run}/models/samplegen/model"
    tokenizer = AutoTokenizer.from_pretrained(full)
    tuned = AutoModelForCausalLM.from_pretrained(full).eval()
    base = AutoModelForCausalLM.from_pretrained(f"{run}/base/model")
    adapted = PeftModel.from_pretrained(base, f"{run}/models/regular/model").eval()
    different = count_differences(run, "samplegen", tuned, tokenizer, rows_per_task)
    different += count_differences(run, "regular", adapted, tokenizer, rows_per_task)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
