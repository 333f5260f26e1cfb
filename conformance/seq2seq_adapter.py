"""Does what is trained here load in Python? An adapter and a model that `conformance/seq2seq_adapter.mjs` trained, with PEFT
and transformers: their logits, recorded beside the adapter, which the tests compare with ours. torch 2.15.0,
transformers 5.23.0, peft 0.21.0.

    node conformance/seq2seq_adapter.mjs <folder>
    python conformance/seq2seq_adapter.py <folder> packages/language-model/fixtures/seq2seq
"""
import json
import shutil
import sys
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig

torch.set_num_threads(1)
trained, fixtures = Path(sys.argv[1]), Path(sys.argv[2])
base = AutoModelForSeq2SeqLM.from_pretrained(fixtures / "t5-v1.1", attn_implementation="eager").eval()
batch = json.loads((fixtures / "t5-v1.1" / "golden.json").read_text())["batch"]
ids, labels = torch.tensor([batch["inputIds"][1]]), torch.tensor([batch["labels"][0]])


def logits(model):
    with torch.no_grad():
        return model(input_ids=ids, labels=labels).logits[0]


plain = logits(base)
full = AutoModelForSeq2SeqLM.from_pretrained(trained / "model", attn_implementation="eager").eval()
AutoTokenizer.from_pretrained(trained / "model")
answer = full.generate(ids, generation_config=GenerationConfig.from_pretrained(trained / "model"), max_new_tokens=5, do_sample=False)
adapted = logits(PeftModel.from_pretrained(base, trained / "adapter").eval())
print("the adapter changes logits by", float((adapted - plain).abs().max()), "the model by", float((logits(full) - plain).abs().max()),
      "and it writes", answer.tolist())
out = fixtures / "trained-adapter"
out.mkdir(exist_ok=True)
for name in ("adapter_config.json", "adapter_model.safetensors"):
    shutil.copy(trained / "adapter" / name, out / name)
(out / "golden.json").write_text(json.dumps(
    {"inputIds": ids[0].tolist(), "labels": labels[0].tolist(), "logits": [float(f"{x:.7g}") for x in adapted.flatten().tolist()]},
    separators=(",", ":")))
