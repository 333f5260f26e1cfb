"""PyTorch's side of the generation benchmark: `generate` of transformers, one left-padded batch. Prints one JSON line.

Needs: pip install torch transformers. Started by benchmarks/generation/run.mjs.
"""

import json
import resource
import sys
import time

import torch
import transformers


def main() -> None:
    request = json.load(sys.stdin)
    torch.set_num_threads(request["threads"])
    model = transformers.AutoModelForCausalLM.from_pretrained(request["modelDir"], dtype=torch.float32).eval()
    pad = 1

    def run(prompts: list[str]) -> list[list[int]]:
        rows = [[int(word[1:]) for word in prompt.split()] for prompt in prompts]
        longest = max(map(len, rows))
        ids = torch.tensor([[pad] * (longest - len(row)) + row for row in rows])
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
        with torch.inference_mode():
            output = model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=request["maxNewTokens"],
                do_sample=False,
                pad_token_id=pad,
            )
        return output[:, longest:].tolist()

    run(request["prompts"][:2])
    start = time.perf_counter()
    tokens = run(request["prompts"])
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "library": f"torch {torch.__version__}, transformers {transformers.__version__}",
                "seconds": seconds,
                "tokens": tokens,
                "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
