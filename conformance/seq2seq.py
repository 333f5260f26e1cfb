"""Golden values for encoder-decoders: tiny random T5 models of both versions (v1.0: relu, tied output layer; v1.1: gated
gelu, output layer of its own) with PyTorch's logits, loss and gradients of a ragged batch, what `generate` answers,
log-likelihoods of continuations, and a PEFT adapter with its logits; and the buckets of distances. Made with torch
2.15.0, transformers 5.23.0 (eager attention), peft 0.21.0, tokenizers 0.23.3.

    python conformance/seq2seq.py packages/language-model/fixtures/seq2seq
"""
import json
import sys
from collections import Counter
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import T5Config, T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5Attention

torch.set_num_threads(1)
CORPUS = [
    "the red fox runs over the green hill and sleeps under the old tree",
    "a small boat sails on the cold lake while the wind sings a song",
    "the baker sells warm bread and sweet cakes every morning",
]
PROMPTS = [
    "the red fox",
    "a",
    "the baker sells warm bread and sweet cakes every morning while the wind sings",
    "on the lake the old boat",
    "is it so",
    "boats hills and trees bread and cakes",
    "the green fox runs and sings the red fox sleeps on the hill over the lake under the wind a song",
]
OPTIONS = [" the fox", " bread", " it is not so"]
NEW_TOKENS = 30
SIZES = dict(d_model=12, d_kv=5, d_ff=20, num_layers=3, num_decoder_layers=2, num_heads=2, relative_attention_num_buckets=8,
             relative_attention_max_distance=12, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, dropout_rate=0.0)
# Options, and a seed and a scale of the layers with which answers vary, no two logits come near a tie, and PyTorch's
# gradients in float32 are within 1e-5 of those in float64.
VERSIONS = {"t5-v1.0": (dict(), 15, 0.7), "t5-v1.1": (dict(feed_forward_proj="gated-gelu", tie_word_embeddings=False), 28, 0.3)}
BUCKETS = [(32, 128), (8, 12), (16, 64), (64, 256), (12, 20)]


def make_tokenizer():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.train_from_iterator(CORPUS, trainers.UnigramTrainer(
        vocab_size=80, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False))
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
              "model_max_length": 512}
    return tokenizer, config


def make_model(vocabulary, options, seed, layers):
    model = T5ForConditionalGeneration(T5Config(vocab_size=vocabulary, **SIZES, **options)).eval()
    model.config._attn_implementation = "eager"
    if options:  # transformers 5 ties new models whatever the config says; published ones of v1.1 are not tied
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.shared.weight))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_norm = "layer_norm" in name
            scale = 0.3 if is_norm else 1.0 if "relative" in name or name in ("shared.weight", "lm_head.weight") else layers
            parameter.copy_((1.0 if is_norm else 0.0) + scale * torch.randn(parameter.shape, generator=generator))
    return model


def pad(rows, value):
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def numbers(tensor):
    return [float(f"{x:.7g}") for x in tensor.flatten().tolist()]


def batch_golden(model, vocabulary, folder):
    random = torch.Generator().manual_seed(7)
    draw = lambda n: torch.randint(0, vocabulary, (n,), generator=random).tolist()  # padding ids may stand in a text
    inputs = [draw(n) for n in (3, 15, 8, 1)]
    labels = [draw(n) for n in (7, 2, 16, 1)]
    labels[0][2] = labels[2][0] = labels[2][15] = -100
    ids, mask = pad(inputs, 0), pad([[1] * len(row) for row in inputs], 0)
    out = model(input_ids=ids, attention_mask=mask, labels=pad(labels, -100))
    loss = torch.nn.functional.cross_entropy(
        out.logits.reshape(-1, vocabulary), pad(labels, -100).reshape(-1), ignore_index=-100, reduction="sum")
    model.zero_grad()
    loss.backward()
    save_file({name: p.grad.contiguous() for name, p in model.named_parameters()}, folder / "gradients.safetensors")
    return {"inputIds": inputs, "labels": labels, "lossSum": loss.item(),
            "targets": sum(label != -100 for row in labels for label in row),
            "logits": [numbers(out.logits[b, :len(row)]) for b, row in enumerate(labels)]}


def generate(model, ids, eos):
    with torch.no_grad():
        out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                             max_new_tokens=NEW_TOKENS, eos_token_id=eos)
    return out[0, 1:].tolist()


def scores(model, ids, tokens):
    decoder_ids = torch.tensor([[0] + tokens[:-1]])
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids]), decoder_input_ids=decoder_ids).logits[0]


def margin(model, ids, tokens):
    top = scores(model, ids, tokens).topk(2, dim=-1).values
    return float((top[:, 0] - top[:, 1]).min())


def log_likelihood(model, ids, tokens):
    return float(scores(model, ids, tokens).double().log_softmax(-1)[range(len(tokens)), tokens].sum())


def generation_golden(model, tokenizer, folder):
    prompts = [tokenizer.encode(prompt).ids for prompt in PROMPTS]
    free = [generate(model, ids, None) for ids in prompts]
    counts = Counter(token for tokens in free for token in set(tokens[2:]))
    stop = min(counts, key=lambda token: (abs(counts[token] - len(PROMPTS) // 2), token))
    model.config.eos_token_id = model.generation_config.eos_token_id = stop
    model.save_pretrained(folder)
    rows = []
    for prompt, ids in zip(PROMPTS, prompts):
        tokens = generate(model, ids, stop)
        rows.append({"prompt": prompt, "ids": ids, "tokens": tokens, "margin": round(margin(model, ids, tokens), 6),
                     "text": tokenizer.decode([t for t in tokens if t != stop], skip_special_tokens=True)})
    options = [tokenizer.encode(option, add_special_tokens=False).ids for option in OPTIONS]
    likelihoods = [round(log_likelihood(model, prompts[3], option), 6) for option in options]
    print(folder.name, "stop", stop, "lengths", [len(r["tokens"]) for r in rows], "distinct",
          [len(set(r["tokens"])) for r in rows], "margin", min(r["margin"] for r in rows), likelihoods)
    return {"newTokens": NEW_TOKENS, "stop": stop, "rows": rows,
            "options": {"prompt": PROMPTS[3], "continuations": OPTIONS, "logLikelihoods": likelihoods}}


def adapter_golden(model, batch, folder):
    """A PEFT adapter on half of the layers, and its logits of the first row."""
    targets = ["q", "v", "wo"] if model.config.feed_forward_proj == "relu" else ["k", "o", "wi_0"]
    peft_model = get_peft_model(model, LoraConfig(task_type="SEQ_2_SEQ_LM", r=3, lora_alpha=6, target_modules=targets)).eval()
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for name, parameter in peft_model.named_parameters():
            if "lora_" in name:
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    peft_model.peft_config["default"].base_model_name_or_path = None
    peft_model.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    with torch.no_grad():
        out = peft_model(input_ids=torch.tensor([batch["inputIds"][0]]), labels=torch.tensor([batch["labels"][0]]))
    return numbers(out.logits)


def bucket_golden(out):
    tables = []
    for buckets, distance in BUCKETS:
        for bidirectional in (True, False):
            distances = torch.arange(-2 * distance, 2 * distance + 1)
            table = T5Attention._relative_position_bucket(distances, bidirectional, buckets, distance)
            tables.append({"buckets": buckets, "maxDistance": distance, "bidirectional": bidirectional, "table": table.tolist()})
    (out / "buckets.json").write_text(json.dumps(tables, separators=(",", ":")))


def main(out):
    out = Path(out)
    for name, (options, seed, layers) in VERSIONS.items():
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer, tokenizer_config = make_tokenizer()
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))
        vocabulary = tokenizer.get_vocab_size()
        model = make_model(vocabulary, options, seed, layers)
        golden = {"batch": batch_golden(model, vocabulary, folder), "generation": generation_golden(model, tokenizer, folder)}
        golden["adaptedLogits"] = adapter_golden(model, golden["batch"], folder)
        (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")))
    bucket_golden(out)


main(sys.argv[1])
