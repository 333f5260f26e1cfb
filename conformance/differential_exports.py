"""Compares what flanlab exports with the model it came from, on random tiny models of every family: folders (float32, float16, bfloat16) that
transformers reads again, and ONNX graphs, whole, in pieces with a cache and padded at the left, and what the pipeline of transformers.js writes.

Versions: torch 2.15, transformers 5.23, onnxruntime 1.31. After a build:
  python conformance/differential_exports.py [--seed 1] [--configs 24]
Prints the differences, then one line of counts.
"""
import argparse
import json
import random
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from transformers import (AutoModelForCausalLM, FalconConfig, FalconForCausalLM, GPT2Config, GPT2LMHeadModel, GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM,
                          MistralConfig, MistralForCausalLM, OPTConfig, OPTForCausalLM, Qwen2Config, Qwen2ForCausalLM, T5ForConditionalGeneration)

import differential_seq2seq
from differential_ask import ask, distance, finish, verdict

torch.set_num_threads(1)
IDS = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)


def draw_decoder(draw):
    heads, layers, vocabulary = draw.choice([2, 4]), draw.choice([1, 2]), draw.choice([29, 47])
    width = heads * draw.choice([4, 8])
    family = draw.choice(["llama", "mistral", "qwen2", "gpt2", "neox", "falcon", "opt"])
    like = dict(vocab_size=vocabulary, hidden_size=width, intermediate_size=draw.choice([12, 24]), num_hidden_layers=layers, num_attention_heads=heads,
                num_key_value_heads=draw.choice([1, heads // 2, heads]), max_position_embeddings=64, tie_word_embeddings=draw.random() < 0.4, **IDS)
    if family == "llama":
        return family, LlamaForCausalLM(LlamaConfig(**like, attention_bias=draw.random() < 0.3, mlp_bias=draw.random() < 0.3))
    if family == "mistral":
        return family, MistralForCausalLM(MistralConfig(**like, sliding_window=draw.choice([None, 5, 9])))
    if family == "qwen2":
        window = dict(use_sliding_window=True, sliding_window=4, max_window_layers=draw.choice([0, 1])) if draw.random() < 0.4 else {}
        return family, Qwen2ForCausalLM(Qwen2Config(**like, **window))
    if family == "gpt2":
        return family, GPT2LMHeadModel(GPT2Config(vocab_size=vocabulary, n_embd=width, n_layer=layers, n_head=heads, n_positions=64, n_inner=draw.choice([None, 20]), **IDS))
    if family == "neox":
        return family, GPTNeoXForCausalLM(GPTNeoXConfig(vocab_size=vocabulary, hidden_size=heads * 8, intermediate_size=20, num_hidden_layers=layers, num_attention_heads=heads,
                                                        max_position_embeddings=64, use_parallel_residual=draw.random() < 0.5, rotary_pct=draw.choice([0.25, 0.5, 1.0]), **IDS))
    if family == "falcon":
        kind = draw.choice([dict(new_decoder_architecture=True, num_kv_heads=heads // 2), dict(multi_query=True, parallel_attn=True), dict(multi_query=False, parallel_attn=False)])
        kind = {"new_decoder_architecture": False, **kind}
        return family, FalconForCausalLM(FalconConfig(vocab_size=vocabulary, hidden_size=heads * 8, num_hidden_layers=layers, num_attention_heads=heads, bias=draw.random() < 0.4,
                                                      alibi=False, **kind, **IDS))
    return family, OPTForCausalLM(OPTConfig(vocab_size=vocabulary, hidden_size=width, ffn_dim=20, num_hidden_layers=layers, num_attention_heads=heads, max_position_embeddings=64,
                                            word_embed_proj_dim=draw.choice([width, width, width // 2]), do_layer_norm_before=True, **IDS))


def make(draw, folder):
    if draw.random() < 0.25:
        model, drawn = differential_seq2seq.make(draw, folder)
        return "t5", model, drawn["vocab_size"]
    family, model = draw_decoder(draw)
    generator = torch.Generator().manual_seed(draw.randrange(2**31))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            norm = ("norm" in name or "ln_" in name) and name.endswith("weight")
            parameter.copy_((1.0 if norm else 0.0) + 0.3 * torch.randn(parameter.shape, generator=generator))
    dtype = draw.choice([torch.float32, torch.float32, torch.bfloat16])
    model.to(dtype).save_pretrained(folder, max_shard_size=draw.choice(["3KB", "1GB"]))
    size = model.config.vocab_size
    differential_seq2seq.save_tokenizer(folder, size)
    return family, AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval(), size


def logits_of(model, family, ids, mask=None, decoder=None):
    extra = {} if decoder is None else {"decoder_input_ids": torch.tensor(decoder)}
    if family != "t5" and mask is not None:
        extra["position_ids"] = (torch.tensor(mask).cumsum(-1) - 1).clamp(min=0)
    with torch.no_grad():
        return model(input_ids=torch.tensor(ids), attention_mask=None if mask is None else torch.tensor(mask), **extra).logits.float().numpy()


def onnx_logits(folder, model, ids, mask, cut):
    """Of rows padded at the left: `cut` tokens at once, the rest with a cache."""
    session = onnxruntime.InferenceSession(str(folder / "onnx" / "model.onnx"))
    past = {i.name: np.zeros([len(ids), i.shape[1], 0, i.shape[3]], np.float32) for i in session.get_inputs() if i.name.startswith("past")}
    places = np.maximum(np.cumsum(mask, -1) - 1, 0)
    out = []
    for start, end in ((0, cut), (cut, len(ids[0]))):
        feeds = {"input_ids": np.array(ids)[:, start:end], "attention_mask": np.array(mask)[:, :end], "position_ids": places[:, start:end], **past}
        names = [o.name for o in session.get_outputs()]
        made = dict(zip(names, session.run(names, feeds)))
        past = {name: made[name.replace("past_key_values", "present")] for name in past}
        out.append(made["logits"])
    return np.concatenate(out, 1)


def onnx_t5(folder, ids, mask, decoder, cut):
    encoder = onnxruntime.InferenceSession(str(folder / "onnx" / "encoder_model.onnx"))
    session = onnxruntime.InferenceSession(str(folder / "onnx" / "decoder_model_merged.onnx"))
    states = encoder.run(None, {"input_ids": np.array(ids), "attention_mask": np.array(mask)})[0]
    past = {i.name: np.zeros([len(ids), i.shape[1], 0, i.shape[3]], np.float32) for i in session.get_inputs() if i.name.startswith("past")}
    out = []
    for start, end in ((0, cut), (cut, len(decoder[0]))):
        feeds = {"input_ids": np.array(decoder)[:, start:end], "encoder_attention_mask": np.array(mask), "encoder_hidden_states": states, "use_cache_branch": np.array([start > 0]), **past}
        names = [o.name for o in session.get_outputs()]
        made = dict(zip(names, session.run(names, feeds)))
        past = {name: made[name.replace("past_key_values", "present")] for name in past}
        out.append(made["logits"])
    return np.concatenate(out, 1)


def judge_folder(error, out, family, model, size, dtype, draw):
    what = f"{family} folder {dtype}"
    if error:
        return verdict(what, False, error)
    again_type = T5ForConditionalGeneration if family == "t5" else AutoModelForCausalLM
    again, info = again_type.from_pretrained(out, output_loading_info=True, attn_implementation="eager")
    verdict(f"{what} names", not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), str(info))
    verdict(f"{what} type", again.dtype == getattr(torch, dtype), str(again.dtype))
    kept = dict(again.named_parameters())
    wrong = [name for name, p in model.named_parameters() if not torch.equal(kept[name], p.to(again.dtype))]
    verdict(f"{what} weights", not wrong, str(wrong))
    with torch.no_grad():
        rounded = again_type.from_pretrained(out, dtype=torch.float32, attn_implementation="eager").eval()
        for name, p in model.named_parameters():
            p.copy_(p.to(again.dtype).float())
    ids = [[draw.randrange(size) for _ in range(17)]]
    decoder = [[draw.randrange(size) for _ in range(6)]] if family == "t5" else None
    gap = distance(logits_of(rounded, family, ids, decoder=decoder), logits_of(model, family, ids, decoder=decoder))
    verdict(what, gap == 0, f"{model.config}: {gap}")
    for key in ("eos_token_id", "pad_token_id", "bos_token_id", "decoder_start_token_id"):
        a, b = getattr(again.generation_config, key), getattr(model.generation_config, key)
        verdict(f"{family} generation_config", a == b, f"{key}: {a} for {b}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--configs", type=int, default=24)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    requests, judges = [], []
    text = lambda ids: "".join(chr(0x4E00 + i) for i in ids)
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.configs):
            folder, onnx = Path(scratch) / f"model-{number}", Path(scratch) / f"onnx-{number}"
            folder.mkdir()
            family, model, size = make(draw, folder)
            external = draw.random() < 0.3
            requests.append({"kind": "onnx", "dir": str(folder), "out": str(onnx), **({"embedUpToBytes": 100} if external else {})})
            judges.append(lambda ours, a=(onnx, family, model, size, draw.randrange(10**6)): judge_onnx(ours, *a))
            prompts = [[draw.randrange(3, size) for _ in range(draw.choice([1, 4, 12]))] for _ in range(3)]
            with torch.no_grad():
                cached = {"use_cache": False} if family == "t5" else {}
                made = [model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False, max_new_tokens=12, **cached)[0].tolist() for ids in prompts]
            task = "text2text-generation" if family == "t5" else "text-generation"
            requests.append({"kind": "pipelines", "dir": str(onnx), "prompts": [text(ids) for ids in prompts], "maxNewTokens": 12, "task": task})
            judges.append(lambda ours, a=(family, made, model): verdict(f"{a[0]} pipeline", ours.get("made") == a[1], f"{ours} for {a[1]} {a[2].config}"))
            dtype = draw.choice(["float32", "float16", "bfloat16"])
            out = Path(scratch) / f"again-{number}"
            requests.append({"kind": "folder", "dir": str(folder), "out": str(out), "dtype": dtype})
            judges.append(lambda ours, a=(out, family, model, size, dtype): judge_folder(ours.get("error"), *a, draw))
        for judge, answer in zip(judges, ask(requests)):
            judge(answer)
    finish()


def judge_onnx(ours, out, family, model, size, seed):
    if "error" in ours:
        return verdict(f"{family} onnx", False, ours["error"])
    draw = random.Random(seed)
    lengths = [14, draw.randint(1, 14), draw.randint(1, 14)]
    left = family != "t5"
    row = lambda n, fill, real: [fill] * (14 - n) + real if left else real + [fill] * (14 - n)
    ids = [row(n, 0, [draw.randrange(size) for _ in range(n)]) for n in lengths]
    mask = [row(n, 0, [1] * n) for n in lengths]
    if family == "t5":
        decoder = [[draw.randrange(size) for _ in range(9)] for _ in lengths]
        gap = distance(onnx_t5(out, ids, mask, decoder, draw.randint(1, 8)), logits_of(model, family, ids, mask, decoder))
    else:
        made, wanted = onnx_logits(out, model, ids, mask, draw.randint(1, 13)), logits_of(model, family, ids, mask)
        gap = distance(made[np.array(mask) == 1], wanted[np.array(mask) == 1])
    verdict(f"{family} onnx", gap < 1e-4, f"{model.config}: {gap}")


if __name__ == "__main__":
    main()
