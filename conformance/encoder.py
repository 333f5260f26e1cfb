"""Golden values for encoders: tiny random BERT, RoBERTa and DistilBERT folders, their hidden states and masked-language-model
losses, logits and gradients from PyTorch. Made with torch 2.15.0, transformers 5.23.0, tokenizers 0.23.3.

    python conformance/encoder.py packages/language-model/fixtures/encoder
"""
import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (BertConfig, BertForMaskedLM, DistilBertConfig, DistilBertForMaskedLM, RobertaConfig,
                          RobertaForMaskedLM)

torch.set_num_threads(1)
CORPUS = [
    "the red fox runs over the green hill and sleeps under the old tree",
    "a small boat sails on the cold lake while the wind sings a song",
    "the baker sells warm bread and sweet cakes every morning",
    "children read long stories about ships and distant islands",
]
TEXTS = [
    "the fox sleeps",
    "a boat sails on the lake",
    "Warm bread, every morning!",
    "",
    "the",
    "children sing songs under the old tree while the baker reads a story about a cold and distant island far away over the sea",
]
MAX_LENGTH = 24


def rounded(tensor):
    return [float(f"{x:.6g}") for x in tensor.detach().double().flatten().tolist()]


def bert_tokenizer():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=96, special_tokens=special, show_progress=False))
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    tokenizer.decoder = decoders.WordPiece()
    config = {"tokenizer_class": "BertTokenizer", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]",
              "mask_token": "[MASK]", "unk_token": "[UNK]", "do_lower_case": True, "model_max_length": MAX_LENGTH}
    return tokenizer, config


def roberta_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    config = {"tokenizer_class": "RobertaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>",
              "sep_token": "</s>", "pad_token": "<pad>", "mask_token": "<mask>", "unk_token": "<unk>",
              "add_prefix_space": False, "model_max_length": MAX_LENGTH}
    return tokenizer, config


SIZES = dict(hidden_size=8, num_attention_heads=2, num_hidden_layers=2, intermediate_size=16)
FAMILIES = {
    "bert": (bert_tokenizer, lambda v: BertForMaskedLM(BertConfig(vocab_size=v, max_position_embeddings=32, **SIZES))),
    "roberta": (roberta_tokenizer, lambda v: RobertaForMaskedLM(RobertaConfig(
        vocab_size=v, max_position_embeddings=34, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, **SIZES))),
    "distilbert": (bert_tokenizer, lambda v: DistilBertForMaskedLM(DistilBertConfig(
        vocab_size=v, max_position_embeddings=32, dim=8, n_heads=2, n_layers=2, hidden_dim=16))),
}


def randomise(model, seed):
    """Larger than the usual initialisation, so that every parameter shows in the results."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            centre = 1.0 if "layer_norm" in name.lower() or "layernorm" in name.lower() else 0.0
            centre = centre if name.endswith("weight") else 0.0
            parameter.copy_(centre + 0.3 * torch.randn(parameter.shape, generator=generator))


def masked_loss(model, tokenizer, pad_id, mask_id):
    encodings = [tokenizer.encode(text, add_special_tokens=True).ids[:MAX_LENGTH] for text in TEXTS[:3]]
    length = max(len(ids) for ids in encodings)
    inputs = torch.full((3, length), pad_id)
    labels = torch.full((3, length), -100)
    mask = torch.zeros(3, length, dtype=torch.long)
    for row, ids in enumerate(encodings):
        inputs[row, :len(ids)] = torch.tensor(ids)
        mask[row, :len(ids)] = 1
        for position in range(1 + row, len(ids) - 1, 2):
            labels[row, position] = ids[position]
            inputs[row, position] = mask_id
    model.zero_grad()
    logits = model(input_ids=inputs, attention_mask=mask).logits
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100, reduction="sum")
    loss.backward()
    gradients = {name: rounded(p.grad) for name, p in model.named_parameters() if p.grad is not None}
    return {"dims": list(inputs.shape), "inputIds": inputs.flatten().tolist(), "attentionMask": mask.flatten().tolist(),
            "labels": labels.flatten().tolist(), "lossSum": float(loss.detach()), "targets": int((labels >= 0).sum()),
            "logits": rounded(logits[labels >= 0]), "gradients": gradients}


def main(out):
    for seed, (family, (make_tokenizer, make_model)) in enumerate(FAMILIES.items()):
        folder = Path(out) / family
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer, tokenizer_config = make_tokenizer()
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))
        model = make_model(tokenizer.get_vocab_size()).eval()
        randomise(model, seed)
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        encoded = []
        for text in TEXTS:
            # RoBERTa is given a leading space, as bert_score does.
            text_in = " " + text if family == "roberta" and text else text
            tokenizer.enable_truncation(MAX_LENGTH)
            ids = tokenizer.encode(text_in).ids
            tokenizer.no_truncation()
            with torch.no_grad():
                states = model.base_model(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)),
                                          output_hidden_states=True).hidden_states
            encoded.append({"text": text, "ids": ids, "states": [rounded(state) for state in states]})
        golden = {"texts": encoded,
                  "masked": masked_loss(model, tokenizer, tokenizer.token_to_id(tokenizer_config["pad_token"]),
                                        tokenizer.token_to_id(tokenizer_config["mask_token"]))}
        (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")))


main(sys.argv[1])
