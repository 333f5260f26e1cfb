"""PyTorch side of the training benchmark: full fine-tuning steps of a randomly initialised Llama.

Needs: pip install torch transformers. Started by benchmarks/training/run.mjs; prints one JSON line.
Reads a JSON object from standard input: {"config": {...LlamaConfig...}, "batch": B, "length": T, "steps": n, "warmup": n, "threads": n}.
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
    model = transformers.LlamaForCausalLM(config)
    model.config.use_cache = False
    model.train()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
    generator = torch.Generator().manual_seed(1)
    shape = (request["batch"], request["length"])
    seconds = []
    for step in range(request["warmup"] + request["steps"]):
        ids = torch.randint(0, config.vocab_size, shape, generator=generator)
        start = time.perf_counter()
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()
        if step >= request["warmup"]:
            seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "library": f"torch {torch.__version__}, transformers {transformers.__version__}",
                "parameters": sum(p.numel() for p in model.parameters()),
                "secondsPerStep": statistics.median(seconds),
                "tokensPerSecond": shape[0] * shape[1] / statistics.median(seconds),
                "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "baselineBytes": before,
            }
        )
    )


if __name__ == "__main__":
    main()
