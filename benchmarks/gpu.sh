#!/usr/bin/env bash
# Training on a GPU, measured: tokens per second and memory beside PyTorch, and the share of a step spent in copies.
#   bash benchmarks/gpu.sh [cuda|webgpu] [python with torch, transformers and peft]
# Run it in a built checkout (`npm run quickstart` builds one). For CUDA, ONNX Runtime's GPU libraries are fetched first, where they are missing;
# CUDA 12 and cuDNN 9 must be installed. What it prints is also in gpu-benchmark.log.
set -euo pipefail
cd "$(dirname "$0")/.."
provider=${1:-cuda}
python=${2:-}
log=gpu-benchmark.log
: > "$log"
say() { printf '\n== %s\n' "$*" | tee -a "$log"; }
run() { "$@" 2>&1 | tee -a "$log"; }

if [ "$provider" = cuda ]; then
  command -v nvidia-smi > /dev/null || { echo 'No nvidia-smi: this machine has no NVIDIA driver.' >&2; exit 1; }
  runtime=packages/onnx-session/node_modules/onnxruntime-node
  if ! ls "$runtime"/bin/napi-v*/linux/x64/libonnxruntime_providers_cuda.so > /dev/null 2>&1; then
    say 'GPU libraries of ONNX Runtime'
    (cd "$runtime" && node script/install --onnxruntime-node-install=cuda12)
  fi
  # What the driver sees while the rest runs: megabytes of GPU memory, twice a second.
  nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits --loop-ms=500 > gpu-memory.log &
  trap 'kill $! 2> /dev/null || true' EXIT
fi

say 'Providers'
run node apps/cli/bin/flanlab.js doctor
for shape in llama-30m lora-135m; do
  say "$shape: where a step goes"
  run node benchmarks/training/profile.mjs --provider "$provider" --shape "$shape"
done
if [ -n "$python" ]; then
  say 'Beside PyTorch'
  run node benchmarks/training/run.mjs --provider "$provider" --python "$python" --shapes llama-30m,lora-135m
fi
if [ "$provider" = cuda ]; then
  say "Peak GPU memory: $(sort -n gpu-memory.log | tail -1) MiB"
  rm -f gpu-memory.log
fi
