"""Golden values for greedy decoding: tiny random Llama and GPT-2 folders with what `generate(do_sample=False)` of PyTorch
transformers answers to ragged prompts, and log-likelihoods of continuations. Made with torch 2.15.0, transformers 5.23.0,
tokenizers 0.23.3.

    python conformance/generation.py packages/language-model/fixtures/generation
"""
import json
import sys
from collections import Counter
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

torch.set_num_threads(1)
CORPUS = [
    "the red fox runs over the green hill and sleeps under the old tree",
    "a small boat sails on the cold lake while the wind sings a song",
    "the baker sells warm bread and sweet cakes every morning",
]
PROMPTS = [
    "the red fox",
    "a",
    "the baker sells warm bread and sweet cakes every morning, and the wind sings",
    "On the lake:\n",
    "is it so?",
    "boats, hills and trees; bread and cakes",
    "Zebra \U0001f993!",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen",
]
OPTIONS = [" yes", " no", " it is not so"]
NEW_TOKENS = 40


def make_tokenizer(bos):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<s>", "</s>", "<pad>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    tokenizer.decoder = decoders.ByteLevel()
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)])
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>",
              "model_max_length": 128}
    return tokenizer, config


MODELS = {
    "llama": (True, lambda v: LlamaForCausalLM(LlamaConfig(
        vocab_size=v, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, bos_token_id=0, eos_token_id=1, pad_token_id=2,
        tie_word_embeddings=False, rms_norm_eps=1e-5)), 0.6),
    "gpt2": (False, lambda v: GPT2LMHeadModel(GPT2Config(
        vocab_size=v, n_embd=16, n_layer=2, n_head=2, n_positions=128, bos_token_id=0, eos_token_id=1, pad_token_id=2)), 0.3),
}


def randomise(model, seed, scale):
    """Large weights: answers vary from prompt to prompt, and no two logits come near a tie."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_norm_weight = ("norm" in name or ".ln_" in name) and name.endswith("weight")
            # Tied embeddings would repeat the last token: positions are made louder than tokens.
            factor = 4.0 * scale if "wpe" in name else scale
            parameter.copy_((1.0 if is_norm_weight else 0.0) + factor * torch.randn(parameter.shape, generator=generator))


def generate(model, ids, eos):
    with torch.no_grad():
        out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                             max_new_tokens=NEW_TOKENS, eos_token_id=eos, pad_token_id=2)
    return out[0, len(ids):].tolist()


def margin(model, ids, tokens):
    with torch.no_grad():
        logits = model(torch.tensor([ids + tokens])).logits[0, len(ids) - 1:-1]
    top = logits.topk(2, dim=-1).values
    return float((top[:, 0] - top[:, 1]).min())


def log_likelihood(model, prompt, continuation):
    with torch.no_grad():
        scores = model(torch.tensor([prompt + continuation])).logits[0].double().log_softmax(-1)
    return sum(float(scores[len(prompt) + i - 1, token]) for i, token in enumerate(continuation))


def main(out):
    for seed, (name, (bos, make_model, scale)) in enumerate(MODELS.items()):
        folder = Path(out) / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer, tokenizer_config = make_tokenizer(bos)
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))
        model = make_model(tokenizer.get_vocab_size()).eval()
        randomise(model, seed + 40, scale)
        prompts = [tokenizer.encode(prompt).ids for prompt in PROMPTS]
        free = [generate(model, ids, None) for ids in prompts]
        # A stop token that ends some rows early, others late or never.
        counts = Counter(token for tokens in free for token in set(tokens[2:]))
        stop = min(counts, key=lambda token: (abs(counts[token] - len(PROMPTS) // 2), token))
        model.config.eos_token_id = model.generation_config.eos_token_id = stop
        model.save_pretrained(folder)
        rows = []
        for prompt, ids in zip(PROMPTS, prompts):
            tokens = generate(model, ids, stop)
            rows.append({"prompt": prompt, "ids": ids, "tokens": tokens, "margin": round(margin(model, ids, tokens), 6),
                         "text": tokenizer.decode([t for t in tokens if t != stop], skip_special_tokens=True)})
        question = tokenizer.encode(PROMPTS[4]).ids
        options = [tokenizer.encode(option, add_special_tokens=False).ids for option in OPTIONS]
        scores = [round(log_likelihood(model, question, option), 6) for option in options]
        golden = {"newTokens": NEW_TOKENS, "stop": stop, "rows": rows,
                  "options": {"prompt": PROMPTS[4], "continuations": OPTIONS, "logLikelihoods": scores}}
        (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")))
        print(name, "stop", stop, "lengths", [len(r["tokens"]) for r in rows], "distinct", [len(set(r["tokens"])) for r in rows],
              "margin", min(r["margin"] for r in rows), scores)


main(sys.argv[1])
