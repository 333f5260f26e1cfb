"""Compares flanlab's encoders and BERTScore with transformers and bert_score on random tiny BERT, RoBERTa and DistilBERT folders: hidden states of
every layer of odd texts, some at the limit of the model; precision, recall and F1 with and without idf and a baseline.

Versions: torch 2.15, transformers 5.23, bert-score 0.3.13, tokenizers 0.23. After a build:
  python conformance/differential_encoders.py [--seed 1] [--configs 12]
Prints the differences, then one line of counts. bert_score runs one pair a batch: in larger ones padding counts as similarity 0.
"""
import argparse
import json
import random
import tempfile
from pathlib import Path

import bert_score
import torch
from tokenizers import pre_tokenizers, processors
from transformers import (BertConfig, BertForMaskedLM, BertModel, DistilBertConfig, DistilBertForMaskedLM, DistilBertModel, PreTrainedTokenizerBase, RobertaConfig,
                          RobertaForMaskedLM, RobertaModel)

from differential_ask import ask, distance, finish, floats, verdict
from differential_tokenizers import bpe, texts, word_piece

torch.set_num_threads(1)
if not hasattr(PreTrainedTokenizerBase, "build_inputs_with_special_tokens"):
    PreTrainedTokenizerBase.build_inputs_with_special_tokens = lambda self, ids: self.encode("")  # which bert_score calls for empty texts


def draw_model(draw, family, vocabulary):
    heads = draw.choice([1, 2, 3])
    width = heads * draw.choice([2, 4, 6])
    layers, inner, activation = draw.choice([1, 2, 3]), draw.choice([8, 17]), draw.choice(["gelu", "relu", "gelu_new", "silu"])
    limit = draw.choice([24, 40])
    if family == "distilbert":
        config = DistilBertConfig(vocab_size=vocabulary, dim=width, n_heads=heads, n_layers=layers, hidden_dim=inner, activation=activation,
                                  max_position_embeddings=limit, sinusoidal_pos_embds=draw.random() < 0.3, pad_token_id=0)
        return draw.choice([DistilBertForMaskedLM, DistilBertModel])(config), limit, layers
    sizes = dict(vocab_size=vocabulary, hidden_size=width, num_attention_heads=heads, num_hidden_layers=layers, intermediate_size=inner, hidden_act=activation,
                 layer_norm_eps=draw.choice([1e-12, 1e-5, 1e-2]))
    if family == "bert":
        config = BertConfig(max_position_embeddings=limit, type_vocab_size=draw.choice([1, 2, 3]), pad_token_id=draw.choice([0, None]), **sizes)
        return draw.choice([BertForMaskedLM, BertModel])(config), limit, layers
    config = RobertaConfig(max_position_embeddings=limit + 2, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, **sizes)
    return draw.choice([RobertaForMaskedLM, RobertaModel])(config), limit, layers


def make(draw, folder):
    family = draw.choice(["bert", "roberta", "distilbert"])
    if family == "roberta":
        tokenizer = bpe(pre_tokenizers.ByteLevel(add_prefix_space=True), special=("<s>", "<pad>", "</s>", "<unk>", "<mask>"))
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=True, trim_offsets=draw.random() < 0.5)
        names = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "mask_token": "<mask>", "unk_token": "<unk>"}
        names |= {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": True}
    else:
        tokenizer = word_piece(lowercase=draw.random() < 0.7)
        names = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": "[MASK]", "unk_token": "[UNK]"}
        names |= {"tokenizer_class": "PreTrainedTokenizerFast"}
    model, limit, layers = draw_model(draw, family, tokenizer.get_vocab_size())
    generator = torch.Generator().manual_seed(draw.randrange(2**31))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            centre = 1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0
            parameter.copy_(centre + 0.3 * torch.randn(parameter.shape, generator=generator))
    dtype = draw.choice([torch.float32, torch.float32, torch.float16, torch.bfloat16])
    model.to(dtype).save_pretrained(folder, max_shard_size=draw.choice(["3KB", "1GB"]))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({**names, "model_max_length": draw.choice([limit, limit, 16])}))
    base = {"bert": BertModel, "roberta": RobertaModel, "distilbert": DistilBertModel}[family]
    return family, base.from_pretrained(folder, dtype=torch.float32).eval(), layers


def judge_states(ours, family, model, detail):
    if "error" in ours:
        return verdict(f"{family} states", False, f"{detail}: {ours['error']}")
    for number in range(len(ours["layers"][0])):
        ids = ours["layers"][0][number]["ids"]
        with torch.no_grad():
            theirs = model(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), output_hidden_states=True).hidden_states
        for layer, made in enumerate(ours["layers"]):
            gap = distance(floats(made[number]["vectors"]), theirs[layer][0].numpy())
            verdict(f"{family} states", gap < 1e-5, f"{detail}: layer {layer}, ids {ids}: {gap}")


def judge_scores(ours, theirs, family, detail, candidates, references):
    if "error" in ours:
        return verdict(f"{family} scores", False, f"{detail}: {ours['error']}")
    for name, wanted in zip(("precision", "recall", "f1"), theirs):
        for number, (a, b) in enumerate(zip(ours[name], wanted.double().tolist())):
            same = (a is None or a != a) if b != b else a is not None and abs(a - b) < 2e-5
            verdict(f"{family} scores", same, f"{detail}: {name} of {candidates[number]!r}, {references[number]!r}: {a} for {b}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--configs", type=int, default=12)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    requests, judges = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.configs):
            folder = Path(scratch) / f"encoder-{number}"
            folder.mkdir()
            family, model, layers = make(draw, folder)
            given = [*texts(draw, 24), "fox " * 60, "!?.", "👍🏽👨‍👩‍👧"]
            detail = json.loads((folder / "config.json").read_text())
            detail = {key: detail.get(key) for key in ("model_type", "architectures", "dtype", "hidden_act", "activation", "pad_token_id")}
            requests.append({"kind": "states", "dir": str(folder), "layers": layers, "texts": given})
            judges.append(lambda ours, a=(family, model, detail): judge_states(ours, *a))
            candidates, references = draw.sample(given, 20), draw.sample(given, 20)
            if detail["dtype"] != "float32":
                continue  # which bert_score computes in 16 bits
            layer = draw.randint(1, layers)
            baseline = folder / "baseline.tsv"
            baseline.write_text("LAYER,P,R,F\n" + "".join(f"{n},0.{n + 1}1,0.{n + 2},0.{n + 1}5\n" for n in range(layers + 1)))
            for idf in (False, True):
                rescaled = draw.random() < 0.5
                more = {"rescale_with_baseline": True, "baseline_path": str(baseline), "lang": "en"} if rescaled else {}
                theirs = bert_score.score(candidates, references, model_type=str(folder), num_layers=layer, nthreads=0, batch_size=1, device="cpu", idf=idf,
                                          use_fast_tokenizer=True, **more)
                requests.append({"kind": "scores", "dir": str(folder), "layer": layer, "candidates": candidates, "references": references, "idf": idf,
                                 **({"baseline": str(baseline)} if rescaled else {})})
                judges.append(lambda ours, a=(theirs, family, {**detail, "idf": idf, "rescaled": rescaled}, candidates, references): judge_scores(ours, *a))
        for judge, answer in zip(judges, ask(requests)):
            judge(answer)
    finish()


if __name__ == "__main__":
    main()
