"""Golden values for BERTScore: bert_score on the tiny encoders of `conformance/encoder.py`. Made with bert-score 0.3.13, torch
2.15.0, transformers 5.23.0.

    python conformance/bertscore.py packages/language-model/fixtures/encoder packages/bertscore/fixtures

With `LINES MODEL LAYER` instead it prints, as JSON, the scores of each line of a text file against the next one under any
BERT folder, to compare real weights by hand: see the README of packages/bertscore.
"""
import json
import shutil
import sys
import tempfile
from pathlib import Path

import bert_score
import torch
from transformers import PreTrainedTokenizerBase

torch.set_num_threads(1)
CANDIDATES = ["the fox sleeps", "A boat sails!", "warm bread and sweet cakes", "  the old tree\n", "", "the baker",
              "the fox sleeps", "children read long stories about ships " * 4]
REFERENCES = ["a red fox sleeps under the tree", "the boat", "bread", "the old tree", "the fox", "",
              "the fox runs", "stories about islands"]
SEVERAL = [["a red fox sleeps", "the fox"], ["a small boat sails on the lake", "the boat", "a song"], ["bread", "cakes"],
           ["the tree"], ["fox", "the"], ["the baker", ""], ["the fox sleeps"], ["ships", "children read stories"]]
BASELINE = {"LAYER": [0, 1, 2], "P": [0.1, 0.2, 0.3], "R": [0.15, 0.25, 0.35], "F": [0.12, 0.22, 0.32]}


def special_tokens_only():
    # transformers 5 took the method away that bert_score calls for empty texts.
    if not hasattr(PreTrainedTokenizerBase, "build_inputs_with_special_tokens"):
        PreTrainedTokenizerBase.build_inputs_with_special_tokens = lambda self, ids: self.encode("")


def score(folder, layer, candidates, references, **options):
    # A batch of one pair: padding counts as similarity 0 in larger ones, and ours have none.
    (p, r, f), signature = bert_score.score(candidates, references, model_type=str(folder), num_layers=layer, nthreads=0,
                                            batch_size=1, device="cpu", return_hash=True, **options)
    numbers = lambda x: [None if value != value else float(f"{value:.7g}") for value in x.double().tolist()]
    return {"precision": numbers(p), "recall": numbers(r), "f1": numbers(f), "signature": signature}


def with_prefix_space(folder, scratch):
    """bert_score asks RoBERTa's tokenizer for a prefix space; the tokenizers of transformers 5 take that from the file."""
    copy = Path(scratch) / folder.name
    shutil.copytree(folder, copy)
    for name, change in {"tokenizer.json": lambda j: j["pre_tokenizer"].update(add_prefix_space=True),
                         "tokenizer_config.json": lambda j: j.update(add_prefix_space=True)}.items():
        content = json.loads((copy / name).read_text())
        change(content)
        (copy / name).write_text(json.dumps(content))
    return copy


def main(encoders, out, layer=None):
    special_tokens_only()
    if layer is not None:
        lines = [line for line in Path(encoders).read_text().splitlines() if line.strip()]
        print(json.dumps({"candidates": lines[:-1], "references": lines[1:], **score(out, int(layer), lines[:-1], lines[1:])}))
        return
    baseline_text = "LAYER,P,R,F\n" + "".join(f"{l},{p},{r},{f}\n" for l, p, r, f in zip(*BASELINE.values()))
    Path(out, "baseline.tsv").write_text(baseline_text)
    golden = {"candidates": CANDIDATES, "references": REFERENCES, "several": SEVERAL, "models": {}}
    with tempfile.TemporaryDirectory() as scratch:
        for family in ["bert", "roberta", "distilbert"]:
            folder = Path(encoders) / family
            if family == "roberta":
                folder = with_prefix_space(folder, scratch)
            golden["models"][family] = {
                "plain": score(folder, 2, CANDIDATES, REFERENCES),
                "layer1": score(folder, 1, CANDIDATES, REFERENCES),
                "idf": score(folder, 2, CANDIDATES, REFERENCES, idf=True),
                "several": score(folder, 2, CANDIDATES, SEVERAL),
                "severalIdf": score(folder, 2, CANDIDATES, SEVERAL, idf=True),
                "rescaled": score(folder, 2, CANDIDATES, SEVERAL, rescale_with_baseline=True, lang="en",
                                  baseline_path=str(Path(out, "baseline.tsv"))),
            }
            for result in golden["models"][family].values():
                result["signature"] = result["signature"].replace(str(folder), family)
    Path(out, "golden.json").write_text(json.dumps(golden, separators=(",", ":")))


main(*sys.argv[1:])
