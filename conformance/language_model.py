# Tiny random causal models with their logits, loss and gradients by PyTorch, and LoRA adapters on them by PEFT, for
# packages/language-model/fixtures. Made with torch 2.15.0, transformers 5.23.0, peft 0.21.2, safetensors 0.8.0 (CPU).
# Run: PYTHONHASHSEED=0 python conformance/language_model.py packages/language-model/fixtures
import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import (
    FalconConfig, FalconForCausalLM, GPT2Config, GPT2LMHeadModel, GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig,
    LlamaForCausalLM, MistralConfig, MistralForCausalLM, OPTConfig, OPTForCausalLM, Qwen2Config, Qwen2ForCausalLM)
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

torch.set_num_threads(1)
torch.manual_seed(1)
out = Path(sys.argv[1])

COMMON = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)
MODELS = {
    # Grouped-query attention, own output layer, an unusual base of the rotary angles.
    "tiny-llama": LlamaForCausalLM(LlamaConfig(
        vocab_size=61, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, attn_implementation="eager",
        rope_parameters={"rope_type": "default", "rope_theta": 500.0}, **COMMON)),
    # Biases everywhere, tied output layer, heads wider than width / heads.
    "tiny-llama-biased": LlamaForCausalLM(LlamaConfig(
        vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2, head_dim=12,
        num_key_value_heads=1, max_position_embeddings=64, attention_bias=True, mlp_bias=True,
        tie_word_embeddings=True, attn_implementation="eager", **COMMON)),
    "tiny-gpt2": GPT2LMHeadModel(GPT2Config(
        vocab_size=61, n_embd=24, n_layer=2, n_head=3, n_positions=32, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        attn_implementation="eager", **COMMON)),
    # Biases on query, key and value only; positions stretched as in Llama 3, from a length that these rows exceed.
    "tiny-qwen2": Qwen2ForCausalLM(Qwen2Config(
        vocab_size=41, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, attn_implementation="eager", **COMMON,
        rope_parameters={"rope_type": "llama3", "rope_theta": 100.0, "factor": 4.0, "low_freq_factor": 1.0,
                         "high_freq_factor": 4.0, "original_max_position_embeddings": 8})),
    "tiny-mistral": MistralForCausalLM(MistralConfig(
        vocab_size=41, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=4, head_dim=8,
        num_key_value_heads=1, max_position_embeddings=64, sliding_window=None, attn_implementation="eager",
        rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}, **COMMON)),
}


def llama(**options):
    sizes = dict(vocab_size=29, hidden_size=16, intermediate_size=12, num_hidden_layers=1, num_attention_heads=2,
                 num_key_value_heads=1, max_position_embeddings=64, attn_implementation="eager")
    return LlamaForCausalLM(LlamaConfig(**{**sizes, **COMMON, **options}))


def neox(**options):
    sizes = dict(vocab_size=29, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2,
                 max_position_embeddings=64, attn_implementation="eager")
    return GPTNeoXForCausalLM(GPTNeoXConfig(**{**sizes, **COMMON, **options}))


def falcon(**options):
    sizes = dict(vocab_size=29, hidden_size=16, num_hidden_layers=1, num_attention_heads=4, max_position_embeddings=64,
                 ffn_hidden_size=20, attn_implementation="eager")
    return FalconForCausalLM(FalconConfig(**{**sizes, **COMMON, **options}))


def opt(**options):
    sizes = dict(vocab_size=29, hidden_size=12, ffn_dim=20, num_hidden_layers=1, num_attention_heads=2,
                 max_position_embeddings=32, dropout=0.0, attn_implementation="eager")
    return OPTForCausalLM(OPTConfig(**{**sizes, **COMMON, **options}))


# Built one after the other, behind those above, so that adding one changes no other.
MORE = {
    # A quarter of each head turns, attention and feed-forward side by side, own output layer.
    "tiny-neox": lambda: neox(),
    "tiny-neox-sequential": lambda: neox(
        use_parallel_residual=False, tie_word_embeddings=True, attention_bias=False, hidden_act="gelu_fast",
        num_hidden_layers=1, rope_parameters={"rope_type": "linear", "factor": 3.0, "rope_theta": 300.0,
                                              "partial_rotary_factor": 0.5}),
    # As Falcon 7B: one key for all queries, one norm for both branches, tied.
    "tiny-falcon-7b": lambda: falcon(num_hidden_layers=2),
    # As Falcon 40B: grouped keys, a norm for each branch; here with biases and an own output layer.
    "tiny-falcon-40b": lambda: falcon(new_decoder_architecture=True, num_kv_heads=2, bias=True, tie_word_embeddings=False),
    # As Falcon 11B: grouped keys, one norm, another base of the angles.
    "tiny-falcon-11b": lambda: falcon(
        new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1, tie_word_embeddings=False,
        rope_parameters={"rope_type": "default", "rope_theta": 500.0}),
    # A key for each query, one branch after the other.
    "tiny-falcon-sequential": lambda: falcon(multi_query=False, parallel_attn=False, bias=True),
    "tiny-opt": lambda: opt(num_hidden_layers=2),
    # As OPT 350M: norms behind the branches, none at the end, narrower embeddings.
    "tiny-opt-350m": lambda: opt(do_layer_norm_before=False, word_embed_proj_dim=8),
    "tiny-opt-plain": lambda: opt(enable_bias=False, tie_word_embeddings=False, _remove_final_layer_norm=True),
    # As Mistral 0.1: windows that these rows exceed.
    "tiny-mistral-window": lambda: MistralForCausalLM(MistralConfig(
        vocab_size=29, hidden_size=16, intermediate_size=12, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, sliding_window=3, attn_implementation="eager", **COMMON)),
    # Windows in the upper layer only.
    "tiny-qwen2-window": lambda: Qwen2ForCausalLM(Qwen2Config(
        vocab_size=29, hidden_size=16, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=64, use_sliding_window=True, sliding_window=4, max_window_layers=1,
        tie_word_embeddings=True, attn_implementation="eager", **COMMON)),
    # Rows that exceed what the positions were made for.
    "tiny-llama-dynamic": lambda: llama(
        max_position_embeddings=8, rope_parameters={"rope_type": "dynamic", "rope_theta": 100.0, "factor": 4.0}),
    "tiny-llama-yarn": lambda: llama(
        rope_parameters={"rope_type": "yarn", "rope_theta": 100.0, "factor": 8.0, "original_max_position_embeddings": 8}),
    "tiny-llama-longrope": lambda: llama(rope_parameters={
        "rope_type": "longrope", "rope_theta": 100.0, "short_factor": [1.0, 1.1, 1.3, 1.5],
        "long_factor": [1.0, 2.5, 5.0, 7.0], "original_max_position_embeddings": 9}),
    # As Falcon-RW: ALiBi, with a number of heads that is no power of two. Not eager, which adds the bias twice.
    "tiny-falcon-rw": lambda: falcon(
        alibi=True, multi_query=False, parallel_attn=False, bias=True, num_attention_heads=3, hidden_size=12,
        attn_implementation="sdpa"),
    # As the GPT-2 models of Stanford: scores divided by the number of the layer; besides, not by the width of a head.
    "tiny-gpt2-by-layer": lambda: GPT2LMHeadModel(GPT2Config(
        vocab_size=19, n_embd=8, n_layer=3, n_head=2, n_positions=32, n_inner=9, activation_function="gelu_python",
        scale_attn_weights=False, scale_attn_by_inverse_layer_idx=True, attn_implementation="eager", **COMMON)),
}
LENGTHS = [11, 7, 4]
TARGETS = {
    "gpt2": ["c_attn", "mlp.c_proj"], "neox": ["query_key_value", "dense_4h_to_h"], "falcon-40b": "all-linear",
    "falcon": ["query_key_value", "dense"], "opt-350m": "all-linear", "opt": ["q_proj", "fc2"],
}


def rounded(tensor):
    return [float(f"{x:.7g}") for x in tensor.flatten().tolist()]


def forget_length(model):
    """Dynamic positions remember the longest row until a short one comes."""
    with torch.no_grad():
        model(input_ids=torch.tensor([[3]]))


def greedy_tokens(model, prompt):
    """What `generate` writes, with its cache: where angles depend on the length, keys keep those they were made with."""
    forget_length(model)
    with torch.no_grad():
        rows = model.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long), do_sample=False,
            max_new_tokens=12)
    return rows[0, len(prompt):].tolist()


def greedy_batch(model, rows):
    """The same for all rows at once, padded at their left."""
    width = max(map(len, rows))
    ids = torch.tensor([[0] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    with torch.no_grad():
        out = model.generate(ids, attention_mask=mask, do_sample=False, max_new_tokens=12, pad_token_id=0)
    return out[:, width:].tolist()


def write_model(name, model, seed):
    generator = torch.Generator().manual_seed(20250108 + seed)
    with torch.no_grad():
        for parameter in model.parameters():  # larger than the usual start, so that every part of the model matters
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.15)
    model.eval()
    V, T = model.config.vocab_size, max(LENGTHS)
    ids = torch.zeros(len(LENGTHS), T, dtype=torch.long)
    labels = torch.full((len(LENGTHS), T), -100)
    mask = torch.zeros(len(LENGTHS), T, dtype=torch.long)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(3, V, (length,), generator=generator)
        labels[row, 2 * row : length] = ids[row, 2 * row : length]
        mask[row, :length] = 1
    logits = model(input_ids=ids, attention_mask=mask).logits
    loss = torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, V), labels[:, 1:].reshape(-1), ignore_index=-100, reduction="sum")
    loss.backward()
    folder = out / name
    model.save_pretrained(folder)
    # Names as in the file, which for GPT-NeoX are not those of the module.
    stored = {"lm_head.weight": "embed_out.weight"} if "neox" in name else {}
    gradients = {stored.get(n, n): p.grad.contiguous() for n, p in model.named_parameters()}
    save_file(gradients, folder / "gradients.safetensors", metadata={"format": "pt"})
    model.generation_config.eos_token_id = None
    prompt = ids[0, :5].tolist()
    rows = [ids[row, :length].tolist() for row, length in enumerate(LENGTHS)]
    greedy_rows = [greedy_tokens(model, row) for row in rows]
    if "dynamic" not in name and "longrope" not in name:  # those look at the longest row of a batch
        assert greedy_batch(model, rows) == greedy_rows, name
    golden = {
        "lengths": LENGTHS, "inputIds": ids.tolist(), "labels": labels.tolist(),
        "logits": [rounded(logits[row, :length]) for row, length in enumerate(LENGTHS)],
        "lossSum": loss.item(), "targets": int((labels[:, 1:] != -100).sum()),
        "prompt": prompt, "greedy": greedy_tokens(model, prompt),
        "greedyRows": greedy_rows,
    }
    targets = next((value for key, value in TARGETS.items() if key in name), ["q_proj", "v_proj", "down_proj"])
    adapted = get_peft_model(model, LoraConfig(
        r=3, lora_alpha=5, target_modules=targets, use_rslora="biased" in name, fan_in_fan_out="gpt2" in name,
        task_type="CAUSAL_LM"))
    with torch.no_grad():
        for n, parameter in adapted.named_parameters():
            if "lora_B" in n:
                parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.3)
        adapted.eval()
        adapted.save_pretrained(folder / "adapter")
        (folder / "adapter" / "README.md").unlink(missing_ok=True)
        forget_length(adapted)
        golden["adaptedLogits"] = rounded(adapted(input_ids=ids[:1]).logits)
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


for seed, (name, model) in enumerate(MODELS.items()):
    write_model(name, model, seed)
for seed, (name, make) in enumerate(MORE.items()):
    torch.manual_seed(100 + seed)
    write_model(name, make(), 100 + seed)

LONGROPE = {"short_factor": [1 + i / 40 for i in range(32)], "long_factor": [1 + i * i / 30 for i in range(32)]}
# Fields of config.json; `length` is what a row reaches, where the angles depend on it.
SCALINGS = [
    {"rope_type": "default", "rope_theta": 10000.0},
    {"rope_type": "linear", "rope_theta": 10000.0, "factor": 8.0},
    {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0},
    {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0, "length": 300000},
    {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 16.0, "original_max_position_embeddings": 8192},
    {"rope_type": "yarn", "rope_theta": 150000.0, "factor": 32.0, "original_max_position_embeddings": 4096,
     "beta_fast": 20.0, "beta_slow": 2.0, "mscale": 0.7, "mscale_all_dim": 0.9, "truncate": False},
    {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "attention_factor": 1.3},
    {"rope_type": "longrope", "rope_theta": 10000.0, **LONGROPE, "original_max_position_embeddings": 4096},
    {"rope_type": "longrope", "rope_theta": 10000.0, **LONGROPE, "original_max_position_embeddings": 4096, "length": 4097},
    {"rope_type": "longrope", "rope_theta": 10000.0, **LONGROPE, "factor": 2.0, "original_max_position_embeddings": 4096,
     "length": 4096},
    {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
     "original_max_position_embeddings": 8192},
]
rows = []
for fields in SCALINGS:
    parameters = {key: value for key, value in fields.items() if key != "length"}
    length = fields.get("length")
    config = LlamaConfig(hidden_size=256, num_attention_heads=4, max_position_embeddings=131072, rope_parameters=dict(parameters))
    if parameters["rope_type"] == "default":
        frequencies, factor = LlamaForCausalLM(LlamaConfig(hidden_size=256, num_attention_heads=4, num_hidden_layers=1, vocab_size=3)).model.rotary_emb.inv_freq, 1.0
    else:
        frequencies, factor = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, torch.device("cpu"), seq_len=length)
    rows.append({"parameters": parameters, "length": length, "factor": factor,
                 "frequencies": [float(f"{x:.9g}") for x in frequencies.tolist()]})  # enough digits for each float32
(out / "rotary.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n")
