# A LoRA adapter by PEFT that names the output layer, on packages/language-model/fixtures/tiny-llama: loss, logits, and
# gradients of its matrices by PyTorch. Made with torch 2.15.0, transformers 5.23.0, peft 0.21.2, safetensors 0.8.0 (CPU).
# Run: PYTHONHASHSEED=0 python conformance/head_adapter.py packages/language-model/fixtures
import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
torch.manual_seed(4)
fixtures = Path(sys.argv[1])
out = fixtures / "head-adapter"
golden = json.loads((fixtures / "tiny-llama" / "golden.json").read_text())
model = AutoModelForCausalLM.from_pretrained(fixtures / "tiny-llama", dtype=torch.float32, attn_implementation="eager")
lora = LoraConfig(r=3, lora_alpha=6, target_modules=["q_proj", "lm_head"], task_type="CAUSAL_LM")
peft = get_peft_model(model, lora)
with torch.no_grad():
    for name, parameter in peft.named_parameters():
        if "lora_B" in name:
            parameter.normal_(0, 0.3)
peft.eval()

ids = torch.tensor(golden["inputIds"])
labels = torch.tensor(golden["labels"])
mask = torch.zeros_like(ids)
for row, length in enumerate(golden["lengths"]):
    mask[row, :length] = 1
logits = peft(input_ids=ids, attention_mask=mask).logits
loss = torch.nn.functional.cross_entropy(
    logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100, reduction="sum")
loss.backward()

peft.save_pretrained(out)
(out / "README.md").unlink()
config = json.loads((out / "adapter_config.json").read_text())
config["base_model_name_or_path"] = "tiny-llama"
config["target_modules"] = sorted(config["target_modules"])
(out / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n")
save_file({name.replace(".default", ""): parameter.grad.clone() for name, parameter in peft.named_parameters()
           if parameter.grad is not None}, out / "gradients.safetensors")
row = logits[0, :golden["lengths"][0]].flatten().tolist()
(out / "golden.json").write_text(json.dumps({"lossSum": loss.item(), "logits": [round(x, 6) for x in row]}) + "\n")
