"""Draws tiny decoders of every family with random configs, and compares what PyTorch transformers and flanlab compute from the
same folders: logits, loss, the gradient of every parameter, greedy answers and log-likelihoods of continuations.

Folders are as published: old and new names of fields in config.json, shards, half precision. Rows are ragged, some have one token,
some few labels or none. flanlab's training graph computes the gradients of the padded batch at once, of its rows one after the other,
packed into one row, and with everything computed again on the way back.

Versions: torch 2.15.0, transformers 5.23.0. After a build:
  python conformance/differential_families.py FOLDER [--seed 1] [--count 50] [--family llama] [--keep]
FOLDER is for the models of the run. Prints every difference above the tolerance, then one line of counts.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from transformers import AutoConfig, AutoModelForCausalLM  # noqa: E402

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
HERE = Path(__file__).parent
NEW_TOKENS = 20
TOLERANCE = 1e-4
ACTIVATIONS = ["silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "relu", "gelu_python", "gelu_python_tanh", "gelu_accurate"]


def scaling(draw, rotated, longest):
    """A way to stretch rotary positions, and what it says about the length of rows."""
    kind = draw.choice(["default", "linear", "dynamic", "yarn", "longrope", "llama3"])
    outside, fields = {}, {}
    factor = draw.choice([1.0, 1.5, 2, 4.0, 8.0])
    original = draw.choice([4, 8, 16, 32])
    if kind in ("linear", "dynamic", "llama3"):
        fields["factor"] = factor
    if kind == "dynamic":
        outside["max_position_embeddings"] = max(2, longest + NEW_TOKENS - draw.randint(0, 20))
        fields["factor"] = draw.choice([4.0, 16.0])
        if rotated < 4:
            kind, fields, outside = "default", {}, {}
    if kind == "yarn":
        fields.update(factor=factor, original_max_position_embeddings=original)
        for name, value in {"beta_fast": draw.choice([16, 32.0, 2]), "beta_slow": draw.choice([1, 0.5]), "mscale": 0.7, "mscale_all_dim": 0.9,
                            "attention_factor": 1.2, "truncate": draw.choice([True, False]), "finetuned": True}.items():  # fmt: skip
            if draw.random() < 0.3:
                fields[name] = value
    if kind == "longrope":
        fields.update({name: [round(draw.uniform(1, 6), 2) for _ in range(rotated // 2)] for name in ("short_factor", "long_factor")})
        if draw.random() < 0.5:
            outside["original_max_position_embeddings"] = original
        else:
            fields["original_max_position_embeddings"] = original
        if draw.random() < 0.3:
            fields["factor"] = factor
        if draw.random() < 0.2:
            fields["attention_factor"] = 1.1
    if kind == "llama3":
        fields.update(low_freq_factor=1.0, high_freq_factor=draw.choice([2.0, 4.0]), original_max_position_embeddings=original)
    return kind, fields, outside


def rotary(draw, rotated, longest, theta="rope_theta", share=None):
    """Fields of rotary positions, as transformers 4 or 5 writes them."""
    kind, fields, outside = scaling(draw, rotated, longest)
    base = draw.choice([100.0, 10000, 10000.0, 500000.0])
    name, given = share or (None, None)
    if draw.random() < 0.5:
        inside = {"rope_type": kind, "rope_theta": base, **fields}
        if given is not None:
            inside["partial_rotary_factor"] = given
        return {"rope_parameters": inside, **outside}
    out = {theta: base, **outside}
    if given is not None:
        out[name] = given
    if kind != "default":
        out["rope_scaling"] = {draw.choice(["type", "rope_type"]): kind, **fields}
    elif draw.random() < 0.5:
        out["rope_scaling"] = None
    return out


def llama_like(draw, longest, kind):
    heads = draw.choice([1, 2, 3, 4, 6])
    shared = draw.choice([n for n in range(1, heads + 1) if heads % n == 0])
    width = draw.choice([2, 4, 6, 8, 10]) * heads
    head = width // heads
    raw = {
        "hidden_size": width, "intermediate_size": draw.choice([5, 12, 24, 33]), "num_attention_heads": heads, "num_key_value_heads": shared,
        "hidden_act": draw.choice(["silu", "silu", draw.choice(ACTIVATIONS)]), "rms_norm_eps": draw.choice([1e-5, 1e-6, 1e-3]),
        "max_position_embeddings": 4096, "tie_word_embeddings": draw.random() < 0.4,
    }  # fmt: skip
    if draw.random() < 0.3:
        head = raw["head_dim"] = draw.choice([2, 4, 8, 12, 16])
    if shared == heads and kind != "mistral" and draw.random() < 0.7:
        raw["num_key_value_heads"] = None
    raw |= rotary(draw, head, longest)
    return raw


def llama(draw, longest):
    raw = llama_like(draw, longest, "llama")
    for name in ("attention_bias", "mlp_bias"):
        if draw.random() < 0.4:
            raw[name] = draw.random() < 0.7
    if draw.random() < 0.2:
        raw["pretraining_tp"] = draw.choice([1, 2])
    return {"architectures": ["LlamaForCausalLM"], "model_type": "llama", **raw}


def mistral(draw, longest):
    raw = llama_like(draw, longest, "mistral")
    raw["sliding_window"] = draw.choice([None, 2, 3, 5, 8, max(2, longest - 1), max(2, longest), 4096])  # with 1, a cache of transformers forgets nothing
    return {"architectures": ["MistralForCausalLM"], "model_type": "mistral", **raw}


def qwen2(draw, longest):
    raw = llama_like(draw, longest, "qwen2")
    layers = draw.choice([2, 3])
    raw["num_hidden_layers"] = layers
    if draw.random() < 0.6:
        raw |= {"use_sliding_window": draw.random() < 0.8, "sliding_window": draw.choice([2, 3, 5, 8]), "max_window_layers": draw.choice([0, 1, 2, 28])}
        if draw.random() < 0.3 and raw["use_sliding_window"]:
            raw["layer_types"] = [draw.choice(["full_attention", "sliding_attention"]) for _ in range(layers)]
    return {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", **raw}


def gpt2(draw, longest):
    heads = draw.choice([1, 2, 3, 5])
    raw = {
        "n_embd": heads * draw.choice([2, 3, 5, 8]), "n_head": heads, "n_positions": longest + NEW_TOKENS + draw.randint(5, 40),
        "n_inner": draw.choice([None, 7, 40]), "activation_function": draw.choice(["gelu_new", *ACTIVATIONS]),
        "layer_norm_epsilon": draw.choice([1e-5, 1e-3]), "tie_word_embeddings": draw.random() < 0.7,
    }  # fmt: skip
    if draw.random() < 0.4:
        raw["scale_attn_by_inverse_layer_idx"] = draw.random() < 0.8
    if draw.random() < 0.3:
        raw["scale_attn_weights"] = draw.random() < 0.5
    if draw.random() < 0.2:
        raw["reorder_and_upcast_attn"] = True
    return {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", **raw}


def gpt_neox(draw, longest):
    heads = draw.choice([1, 2, 3, 4])
    head = draw.choice([4, 8, 16])
    share = draw.choice([0.25, 0.5, 1.0, None]) if head > 4 else draw.choice([0.5, 1.0])
    raw = {
        "hidden_size": heads * head, "num_attention_heads": heads, "intermediate_size": draw.choice([9, 32]),
        "hidden_act": draw.choice(["gelu", *ACTIVATIONS]), "layer_norm_eps": draw.choice([1e-5, 1e-3]), "max_position_embeddings": 4096,
        "use_parallel_residual": draw.random() < 0.5, "tie_word_embeddings": draw.random() < 0.3, "attention_bias": draw.random() < 0.7,
    }  # fmt: skip
    raw |= rotary(draw, int(head * (share or 0.25)), longest, "rotary_emb_base", ("rotary_pct", share))
    return {"architectures": ["GPTNeoXForCausalLM"], "model_type": "gpt_neox", **raw}


def falcon(draw, longest):
    heads = draw.choice([1, 2, 3, 4, 6])
    head = draw.choice([2, 4, 8])
    raw = {
        "hidden_size": heads * head, "num_attention_heads": heads, "bias": draw.random() < 0.5, "layer_norm_epsilon": draw.choice([1e-5, 1e-3]),
        "tie_word_embeddings": draw.random() < 0.6, "max_position_embeddings": 2048,
    }  # fmt: skip
    if draw.random() < 0.3:
        raw |= {"ffn_hidden_size": draw.choice([11, 40]), "activation": draw.choice(ACTIVATIONS)}
    kind = draw.choice(["old", "new", "alibi"])
    if kind == "new":
        raw |= {"new_decoder_architecture": True, "num_kv_heads": draw.choice([n for n in range(1, heads + 1) if heads % n == 0])}
        if draw.random() < 0.5:
            raw["num_ln_in_parallel_attn"] = draw.choice([1, 2])
    else:
        raw |= {"multi_query": kind == "old" and draw.random() < 0.6, "parallel_attn": draw.random() < 0.6}
    if kind == "alibi":
        raw["alibi"] = True
    else:
        raw |= rotary(draw, head, longest)
    return {"architectures": ["FalconForCausalLM"], "model_type": "falcon", **raw}


def opt(draw, longest):
    heads = draw.choice([1, 2, 3])
    width = heads * draw.choice([3, 4, 8])
    raw = {
        "hidden_size": width, "num_attention_heads": heads, "ffn_dim": draw.choice([10, 32]), "activation_function": draw.choice(["relu", *ACTIVATIONS]),
        "max_position_embeddings": longest + NEW_TOKENS + draw.randint(5, 40), "do_layer_norm_before": draw.random() < 0.6,
        "enable_bias": draw.random() < 0.8, "tie_word_embeddings": draw.random() < 0.7, "pad_token_id": 1,
    }  # fmt: skip
    if draw.random() < 0.4:
        raw["word_embed_proj_dim"] = draw.choice([5, width, 2 * width])
    if draw.random() < 0.2:
        raw["_remove_final_layer_norm"] = True
    if draw.random() < 0.2:
        raw["layer_norm_elementwise_affine"] = True
    return {"architectures": ["OPTForCausalLM"], "model_type": "opt", **raw}


FAMILIES = {f.__name__: f for f in (llama, mistral, qwen2, gpt2, gpt_neox, falcon, opt)}
TOKENS = ("embed_tokens.weight", "wte.weight", "embed_in.weight", "word_embeddings.weight")
WHOLE_BATCH = ("dynamic", "longrope")  # whose angles depend on the longest row of a batch


def draw_rows(draw, vocabulary, longest):
    lengths = [longest] + [draw.choice([1, draw.randint(1, longest)]) for _ in range(draw.randint(1, 4))]
    draw.shuffle(lengths)
    rows = []
    for length in lengths:
        ids = [draw.randint(3, vocabulary - 1) for _ in range(length)]
        kind = draw.choice(["all", "completion", "few", "none", "some"])
        start = draw.randint(0, length)
        keep = {"all": lambda t: True, "completion": lambda t: t >= start, "few": lambda t: t == start, "none": lambda t: False,
                "some": lambda t: draw.random() < 0.4}[kind]  # fmt: skip
        rows.append({"ids": ids, "labels": [id if keep(t) else -100 for t, id in enumerate(ids)]})
    if not any(label != -100 for row in rows for label in row["labels"][1:]):
        rows[lengths.index(longest)]["labels"] = list(rows[lengths.index(longest)]["ids"])
    return rows


def write_tokenizer(folder, vocabulary):
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": None, "decoder": None,
        "model": {"type": "WordPiece", "vocab": {f"t{i}": i for i in range(vocabulary)}, "unk_token": "t0",
                  "continuing_subword_prefix": "##", "max_input_chars_per_word": 20},
    }  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))


def forget_length(model):
    """Dynamic positions remember the longest row until a short one comes."""
    with torch.no_grad():
        model(input_ids=torch.tensor([[3]]))


def answer(model, prompt):
    """Greedy tokens, and the least distance of a best logit to the next best."""
    forget_length(model)
    with torch.no_grad():
        out = model.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long), do_sample=False,
                             max_new_tokens=NEW_TOKENS, output_logits=True, return_dict_in_generate=True)  # fmt: skip
    top = torch.cat(out.logits).topk(2, dim=-1).values
    return {"prompt": prompt, "tokens": out.sequences[0, len(prompt) :].tolist(), "margins": (top[:, 0] - top[:, 1]).tolist()}


def step(model, ids, mask, labels):
    forget_length(model)
    model.zero_grad()
    logits = model(input_ids=ids, attention_mask=mask).logits
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100, reduction="sum")
    loss.backward()
    return logits, loss, {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def rounding(model, batch, gradients):
    """How far PyTorch's own gradients move when weights move by half of their last bit: some models are that sensitive."""
    kept = {name: p.detach().clone() for name, p in model.named_parameters()}
    least = 1e-3 * max(float(gradient.abs().max()) for gradient in gradients.values())
    noise = Counter()
    for _ in range(3):
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(kept[name] * (1 + (torch.rand_like(parameter) - 0.5) * 2**-23))
        for name, gradient in step(model, *batch)[2].items():
            moved = float((gradient - gradients[name]).abs().max()) / max(float(gradients[name].abs().max()), least)
            noise[name] = max(noise[name], moved)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(kept[name])
    return noise


def write_case(folder, draw, name):
    longest = draw.choice([2, 3, 5, 9, 14, 26, 26, 45])
    vocabulary = draw.choice([20, 37, 70])
    special = draw.random()
    if special < 0.02:
        longest = 1100  # more than a block of queries
    elif special < 0.04:
        longest, vocabulary = 400, 5000  # more than a chunk of logits
    raw = {"vocab_size": vocabulary, "num_hidden_layers": draw.choice([1, 2, 3]), **FAMILIES[name](draw, longest)}
    if name == "gpt2":
        raw["n_layer"] = raw.pop("num_hidden_layers")
    raw |= {"bos_token_id": None, "eos_token_id": None}
    seed = draw.randrange(2**31)
    torch.manual_seed(seed)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(raw))
    attention = "sdpa" if raw.get("alibi") else "eager"  # eager adds the bias of ALiBi twice
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), attn_implementation=attention)
    spread = draw.choice([0.15, 0.4])
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * spread)
    dtype = draw.choice([torch.float32, torch.float32, torch.float16, torch.bfloat16])
    model.to(dtype).save_pretrained(folder, max_shard_size=draw.choice(["5GB", "3KB"]))
    single = folder / "model.safetensors"
    if raw.get("tie_word_embeddings") and single.exists() and draw.random() < 0.4:
        tensors = load_file(single)
        tokens = next(tensor for key, tensor in tensors.items() if key.endswith(TOKENS))
        # A copy of the embedding, or a layer that is none, whatever the config says.
        head = tokens.clone() if draw.random() < 0.5 else torch.randn(tokens.shape).mul(spread).to(dtype)
        save_file({**tensors, "embed_out.weight" if name == "gpt_neox" else "lm_head.weight": head}, single, metadata={"format": "pt"})
    if draw.random() < 0.2:
        del raw["architectures"]
    (folder / "config.json").write_text(json.dumps(raw))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation=attention).eval()
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    write_tokenizer(folder, vocabulary)
    rows = draw_rows(draw, vocabulary, longest)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for b, row in enumerate(rows):
        n = len(row["ids"])
        ids[b, :n], labels[b, :n], mask[b, :n] = torch.tensor(row["ids"]), torch.tensor(row["labels"]), 1
    logits, loss, gradients = step(model, ids, mask, labels)
    stored = {"lm_head.weight": "embed_out.weight"} if name == "gpt_neox" else {}
    tensors = {stored.get(n, n): gradient for n, gradient in gradients.items()}
    save_file({**tensors, "logits": logits[mask.bool()].detach().contiguous()}, folder / "expected.safetensors")
    noise = {stored.get(n, n): value for n, value in rounding(model, (ids, mask, labels), gradients).items()}
    prompts = [row["ids"][: min(len(row["ids"]), 60)] for row in rows]
    answers = [answer(model, prompt) for prompt in prompts]
    kind = (raw.get("rope_scaling") or raw.get("rope_parameters") or {})
    kind = kind.get("rope_type", kind.get("type"))
    endings = [[draw.randint(3, vocabulary - 1) for _ in range(draw.randint(1, 4))] for _ in range(2)]
    scores = []
    for ending in endings:
        forget_length(model)
        with torch.no_grad():
            logs = model(torch.tensor([prompts[0] + ending])).logits[0].log_softmax(-1)
        scores.append(sum(logs[len(prompts[0]) - 1 + i, token].item() for i, token in enumerate(ending)))
    case = {"rows": rows, "loss": loss.item(), "answers": answers, "endings": endings, "scores": None if kind in WHOLE_BATCH else scores,
            "wholeBatch": kind in WHOLE_BATCH, "noise": noise}  # fmt: skip
    (folder / "case.json").write_text(json.dumps(case))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--keep", action="store_true", help="leave the folders of models that differ")
    options = parser.parse_args()
    counts, worst = Counter(), Counter()
    folders = []
    for number in range(options.count):
        draw = random.Random(f"{options.seed}/{number}")
        name = options.family or list(FAMILIES)[number % len(FAMILIES)]
        folder = options.folder / f"{name}-{options.seed}-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            write_case(folder, draw, name)
            folders.append(folder)
        except Exception as error:  # noqa: BLE001 – a config that transformers cannot run
            counts["transformers fails"] += 1
            config = folder / "config.json"
            print(f"transformers fails: {type(error).__name__}: {str(error)[:200]}\n  {config.read_text() if config.exists() else ''}")
            shutil.rmtree(folder, ignore_errors=True)
    command = ["node", str(HERE / "differential_families.mjs"), *map(str, folders)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        result = json.loads(line)
        folder = Path(result["folder"])
        config = (folder / "config.json").read_text()
        noise = json.loads((folder / "case.json").read_text())["noise"]
        found = [
            f"{key}: {value}"
            for key, value in result.get("differences", {}).items()
            if value is None or not value <= max(TOLERANCE, 10 * noise.get(key.split(" ")[-1], 0))
        ]
        for key, value in result.get("differences", {}).items():
            worst[key.split(" ")[0]] = max(worst[key.split(" ")[0]], value or 0)
        verdict = "refused" if "error" in result else "different" if found or result["answers"] else "same"
        counts[verdict] += 1
        if verdict != "same":
            print(f"{verdict}: {folder.name}: {result.get('error', '')}{'; '.join([*found[:6], *result.get('answers', [])[:2]])}\n  {config}", flush=True)
        if verdict == "same" or not options.keep:
            shutil.rmtree(folder)
    print(json.dumps({"counts": counts, "worst": worst}))
    if process.wait() != 0:
        raise SystemExit(f"flanlab's side ended with {process.returncode}")


if __name__ == "__main__":
    main()
