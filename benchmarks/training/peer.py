"""PyTorch side of the training benchmark: steps of a Llama, all of its weights or LoRA by peft.

Needs: pip install torch transformers peft. Started by benchmarks/training/run.mjs; prints one JSON line.
Reads a JSON object from standard input: {"config": {...LlamaConfig...}, "batch": B, "length": T, "steps": n, "warmup": n,
"threads": n, "weights": folder?, "lora": {"rank", "alpha", "dropout", "targetModules"}?, "completion": share of labels?}.
With --compile, the model goes through torch.compile.
"""

import json
import resource
import statistics
import sys
import time

import torch
import transformers


def main() -> None:
    request = json.load(sys.stdin)
    torch.set_num_threads(request["threads"])
    torch.manual_seed(0)
    config = transformers.LlamaConfig(**request["config"], attn_implementation=request.get("attention", "sdpa"))
    if "weights" in request:
        model = transformers.AutoModelForCausalLM.from_pretrained(request["weights"], dtype=torch.float32)
    else:
        model = transformers.LlamaForCausalLM(config)
    total = sum(p.numel() for p in model.parameters())
    model.config.use_cache = False
    if "lora" in request:
        import peft

        lora = request["lora"]
        settings = peft.LoraConfig(
            r=lora["rank"],
            lora_alpha=lora["alpha"],
            lora_dropout=lora["dropout"],
            target_modules=lora["targetModules"],
            task_type="CAUSAL_LM",
        )
        model = peft.get_peft_model(model, settings)
    device = "cuda" if request.get("provider") == "cuda" else "cpu"
    model.to(device).train()
    if request.get("recipe", {}).get("gradientCheckpointing"):
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    compiled = "--compile" in sys.argv
    step_model = torch.compile(model) if compiled else model
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.0)
    generator = torch.Generator().manual_seed(1)
    shape = (request["batch"], request["length"])
    seconds = []
    for step in range(request["warmup"] + request["steps"]):
        ids = torch.randint(0, config.vocab_size, shape, generator=generator).to(device)
        labels = ids.clone()
        labels[:, : round((1 - request.get("completion", 1)) * shape[1])] = -100
        start = time.perf_counter()
        loss = step_model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()
        if step >= request["warmup"]:
            seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "library": f"torch {torch.__version__}, transformers {transformers.__version__}"
                + (", compiled" if compiled else ""),
                "parameters": total,
                "secondsPerStep": statistics.median(seconds),
                "tokensPerSecond": shape[0] * shape[1] / statistics.median(seconds),
                "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "baselineBytes": before,
            }
        )
    )


if __name__ == "__main__":
    main()
