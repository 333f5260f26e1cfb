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
    GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, Qwen2Config, Qwen2ForCausalLM)
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
LENGTHS = [11, 7, 4]


def rounded(tensor):
    return [float(f"{x:.7g}") for x in tensor.flatten().tolist()]


for seed, (name, model) in enumerate(MODELS.items()):
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
    gradients = {n: p.grad.contiguous() for n, p in model.named_parameters()}
    save_file(gradients, folder / "gradients.safetensors", metadata={"format": "pt"})
    prompt = ids[0, :5].tolist()
    greedy = list(prompt)
    with torch.no_grad():
        for _ in range(12):
            greedy.append(int(model(input_ids=torch.tensor([greedy])).logits[0, -1].argmax()))
    golden = {
        "lengths": LENGTHS, "inputIds": ids.tolist(), "labels": labels.tolist(),
        "logits": [rounded(logits[row, :length]) for row, length in enumerate(LENGTHS)],
        "lossSum": loss.item(), "targets": int((labels[:, 1:] != -100).sum()),
        "prompt": prompt, "greedy": greedy[len(prompt):],
    }
    targets = ["c_attn", "mlp.c_proj"] if "gpt2" in name else ["q_proj", "v_proj", "down_proj"]
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
        golden["adaptedLogits"] = rounded(adapted(input_ids=ids[:1]).logits)
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")

SCALINGS = [
    {"rope_type": "default", "rope_theta": 10000.0},
    {"rope_type": "linear", "rope_theta": 10000.0, "factor": 8.0},
    {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
     "original_max_position_embeddings": 8192},
]
rows = []
for parameters in SCALINGS:
    config = LlamaConfig(hidden_size=256, num_attention_heads=4, max_position_embeddings=131072, rope_parameters=dict(parameters))
    if parameters["rope_type"] == "default":
        frequencies = LlamaForCausalLM(LlamaConfig(hidden_size=256, num_attention_heads=4, num_hidden_layers=1, vocab_size=3)).model.rotary_emb.inv_freq
    else:
        frequencies = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, torch.device("cpu"))[0]
    rows.append({"parameters": parameters, "frequencies": rounded(frequencies)})
(out / "rotary.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n")
