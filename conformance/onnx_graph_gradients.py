"""Gradients of small expressions by PyTorch, for packages/onnx-graph/fixtures/gradients.json.

Made with torch 2.15 (CPU, float64). Run: python conformance/onnx_graph_gradients.py
The loss of each case is the sum of its result's elements, element k (row-major) weighted with cos(k + 1).
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(20_250_108)


def normal(*shape):
    return np.round(rng.normal(size=shape), 3)


def positive(*shape):
    return np.round(rng.uniform(0.5, 2.0, size=shape), 3)


def exactly(values):
    return np.array(values, dtype=np.float64)


def layer_norm(x, scale, bias):
    return F.layer_norm(x, scale.shape, scale, bias, 1e-5)


def scatter_rows(x, rows, updates, accumulate):
    return x.index_put((torch.tensor(rows),), updates, accumulate=accumulate)


def rotary(x, interleaved):
    # (B, T, H, D) with angles of positions 5, 1 and 3, all of its D = 4 features rotated.
    angles = torch.tensor([5.0, 1.0, 3.0])[:, None, None] * torch.tensor([1.0, 0.1])
    a, b = (x[..., 0::2], x[..., 1::2]) if interleaved else (x[..., :2], x[..., 2:])
    turned = (a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin())
    return torch.stack(turned, -1).flatten(-2) if interleaved else torch.cat(turned, -1)


IDS = torch.tensor([[0, 2, 2], [3, 0, 2]])

# name: (inputs, expression)
CASES = {
    "Abs/signs": ([exactly([-1.5, 0.0, 2.0])], torch.abs),
    "Add/broadcast": ([normal(2, 3, 4), normal(3, 1)], lambda a, b: a + b),
    "Add/twice the same": ([normal(3)], lambda a: a + a),
    "Cast/to float32": ([normal(4)], lambda a: a * 3),
    "Ceil/flat": ([normal(4)], lambda a: torch.ceil(a) * a),
    "Clip/both limits": ([exactly([-2.0, -1.0, 0.5, 1.0, 3.0])], lambda a: a.clamp(-1, 1)),
    "Clip/no lower limit": ([normal(4)], lambda a: a.clamp(max=0.1)),
    "Concat/middle axis": ([normal(2, 1, 2), normal(2, 3, 2)], lambda a, b: torch.cat([a, b], 1)),
    "Cos/any": ([normal(5)], torch.cos),
    "CumSum/forward": ([normal(2, 4)], lambda a: torch.cumsum(a, 1)),
    "CumSum/reverse exclusive": ([normal(2, 4)], lambda a: a.flip(1).cumsum(1).flip(1) - a),
    "Div/broadcast": ([normal(2, 3), positive(3)], lambda a, b: a / b),
    "Dropout/keeps all while training": ([normal(4)], lambda a: a * 1),
    "Dropout/inference": ([normal(4)], lambda a: a * 1),
    "Erf/any": ([normal(6)], torch.erf),
    "Exp/any": ([normal(6)], torch.exp),
    "Expand/new and inner axes": ([normal(3, 1)], lambda a: a.expand(2, 3, 4)),
    "Flatten/two axes": ([normal(2, 3, 2)], lambda a: a.flatten(0, 1) * a.flatten(0, 1)),
    "Floor/flat": ([normal(4)], lambda a: torch.floor(a) * a),
    "FusedMatMul/plain": ([normal(2, 3, 4), normal(4, 5)], lambda a, b: 0.5 * a @ b),
    "FusedMatMul/transA": ([normal(2, 4, 3), normal(2, 4, 5)], lambda a, b: 0.5 * a.mT @ b),
    "FusedMatMul/transB": ([normal(2, 3, 4), normal(5, 4)], lambda a, b: 0.5 * a @ b.mT),
    "FusedMatMul/both": ([normal(2, 4, 3), normal(2, 5, 4)], lambda a, b: 0.5 * a.mT @ b.mT),
    "Gather/rows repeated": ([normal(4, 3)], lambda a: a[IDS]),
    "Gather/rows of a large table": ([normal(260, 2)], lambda a: a[IDS]),
    "Gather/of one axis": ([normal(260)], lambda a: a[IDS]),
    "Gather/inner axis": ([normal(2, 4, 3)], lambda a: a[:, IDS]),
    "Gather/one slice": ([normal(2, 4, 3)], lambda a: a[:, -1]),
    "GatherElements/repeated": ([normal(2, 4)], lambda a: torch.gather(a, 1, IDS)),
    "GatherND/tuples": ([normal(2, 4, 3)], lambda a: a[[0, 1, 0], [3, 0, 3]]),
    "GatherND/batched": ([normal(2, 4, 3)], lambda a: torch.stack([a[0, [1, 1, 3]], a[1, [0, 1, 2]]])),
    "Gelu/exact": ([normal(6)], F.gelu),
    "Gelu/tanh": ([normal(6)], lambda a: F.gelu(a, approximate="tanh")),
    "Gemm/bias": ([normal(3, 4), normal(4, 2), normal(2)], lambda a, b, c: 0.5 * a @ b + 2 * c),
    "Gemm/transposed": ([normal(4, 3), normal(2, 4)], lambda a, b: a.mT @ b.mT),
    "Identity/same": ([normal(3)], lambda a: a * a),
    "If/taken": ([normal(3), normal(3)], lambda a, b: torch.exp(a) * b + a),
    "If/not taken": ([normal(3), normal(3)], lambda a, b: a * a),
    "LayerNormalization/with bias": ([normal(2, 3, 4), positive(4), normal(4)], layer_norm),
    "LeakyRelu/signs": ([exactly([-2.0, 0.0, 3.0])], lambda a: F.leaky_relu(a, 0.2)),
    "Log/positive": ([positive(6)], torch.log),
    "LogSoftmax/last axis": ([normal(3, 4)], lambda a: torch.log_softmax(a, -1)),
    "LogSoftmax/first axis": ([normal(3, 4)], lambda a: torch.log_softmax(a, 0)),
    "LogSoftmax/cross-entropy": (
        [normal(3, 4)],
        lambda a: torch.log_softmax(a, -1).gather(1, torch.tensor([[1], [3], [0]])),
    ),
    "MatMul/matrices": ([normal(3, 4), normal(4, 2)], torch.matmul),
    "MatMul/linear": ([normal(2, 3, 4), normal(4, 5)], torch.matmul),
    "MatMul/broadcast batch": ([normal(2, 1, 3, 4), normal(3, 4, 2)], torch.matmul),
    "MatMul/vectors": ([normal(4), normal(4)], torch.matmul),
    "MatMul/vector by matrices": ([normal(4), normal(2, 4, 3)], torch.matmul),
    "MatMul/matrices by vector": ([normal(2, 3, 4), normal(4)], torch.matmul),
    "Max/with a tie": ([exactly([1.0, 2.0, 3.0]), exactly([1.0, 3.0, 2.0])], torch.maximum),
    "Min/with a tie": ([exactly([1.0, 2.0, 3.0]), exactly([1.0, 3.0, 2.0])], torch.minimum),
    "Mul/square of a repeated gradient": ([normal(2, 3)], lambda a: (a * a).mean(-1, keepdim=True)),
    "Mul/broadcast": ([normal(2, 3), normal(2, 1)], lambda a, b: a * b),
    "Mul/SiLU": ([normal(6)], F.silu),
    "Mul/SiLU the other way round": ([normal(6)], F.silu),
    "Neg/any": ([normal(3)], torch.neg),
    "Pad/around and inside": ([normal(2, 4)], lambda a: F.pad(a, (-1, 2, 1, 0))),
    "Pow/square": ([normal(4)], lambda a: a**2),
    "Pow/constant": ([positive(4)], lambda a: a**-1.5),
    "Pow/both": ([positive(4), normal(4)], torch.pow),
    "Pow/at zero": ([exactly([0.0, 0.0, 2.0]), exactly([0.0, 2.0, 3.0])], torch.pow),
    "Reciprocal/any": ([positive(4)], torch.reciprocal),
    "ReduceMax/with a tie": ([exactly([[1.0, 3.0, 3.0], [4.0, 2.0, 0.0]])], lambda a: torch.amax(a, 1)),
    "ReduceMean/two axes": ([normal(2, 3, 4)], lambda a: a.mean((0, 2))),
    "ReduceMin/all": ([exactly([[1.0, 3.0, 0.5], [4.0, 2.0, 0.5]])], lambda a: torch.amin(a)),
    "ReduceSum/last axis": ([normal(2, 3)], lambda a: a.sum(-1, keepdim=True)),
    "ReduceSumSquare/last axis": ([normal(2, 3)], lambda a: (a * a).sum(-1)),
    "Relu/signs": ([exactly([-1.0, 0.0, 2.0])], torch.relu),
    "Reshape/other rank": ([normal(2, 6)], lambda a: a.reshape(3, 2, 2)),
    "RotaryEmbedding/halves": ([normal(2, 3, 8)], lambda a: rotary(a.reshape(2, 3, 2, 4), False)),
    "RotaryEmbedding/interleaved": ([normal(2, 3, 8)], lambda a: rotary(a.reshape(2, 3, 2, 4), True)),
    "Round/flat": ([normal(4)], lambda a: torch.round(a) * a),
    "ScatterElements/replace": (
        [normal(2, 4), normal(2, 2)],
        lambda a, u: a.scatter(1, torch.tensor([[0, 2], [3, 1]]), u),
    ),
    "ScatterElements/add": ([normal(2, 4), normal(2, 3)], lambda a, u: a.scatter_add(1, IDS, u)),
    "ScatterND/replace": ([normal(4, 3), normal(2, 3)], lambda a, u: scatter_rows(a, [3, 1], u, False)),
    "ScatterND/add": ([normal(4, 3), normal(2, 3)], lambda a, u: scatter_rows(a, [3, 1], u, True)),
    "Sigmoid/any": ([normal(5)], torch.sigmoid),
    "Sign/flat": ([normal(4)], lambda a: torch.sign(a) * a),
    "Sin/any": ([normal(5)], torch.sin),
    "Slice/two axes": ([normal(3, 5)], lambda a: a[1:, 1:4]),
    "Slice/backwards in steps": ([normal(5, 2)], lambda a: a.flip(0)[::2]),
    "Softmax/last axis": ([normal(2, 4)], lambda a: torch.softmax(a, -1)),
    "Softmax/first axis": ([normal(2, 4)], lambda a: torch.softmax(a, 0)),
    "Softmax/attention": ([normal(2, 3, 4), normal(2, 4, 5)], lambda a, v: torch.softmax(a, -1) @ v),
    "Softplus/any": ([normal(5)], F.softplus),
    "Split/one part unused": ([normal(2, 6)], lambda a: a[:, :2] * a[:, 4:]),
    "Sqrt/positive": ([positive(4)], torch.sqrt),
    "Squeeze/one axis": ([normal(2, 1, 3)], lambda a: a.squeeze(1)),
    "Sub/broadcast": ([normal(3), normal(2, 3)], lambda a, b: a - b),
    "Sum/three": ([normal(2, 3), normal(3), normal(2, 1)], lambda a, b, c: a + b + c),
    "Tanh/any": ([normal(5)], torch.tanh),
    "Tile/both axes": ([normal(2, 3)], lambda a: a.repeat(2, 3)),
    "TopK/values": ([normal(2, 5)], lambda a: torch.topk(a, 2, dim=1).values),
    "Transpose/three axes": ([normal(2, 3, 4)], lambda a: a.permute(2, 0, 1)),
    "Transpose/reversed": ([normal(2, 3, 4)], lambda a: a.permute(2, 1, 0)),
    "Trilu/lower": ([normal(2, 3, 3)], torch.tril),
    "Trilu/upper": ([normal(3, 4)], lambda a: torch.triu(a, 1)),
    "Unsqueeze/two axes": ([normal(2, 3)], lambda a: a[:, None, :, None]),
    "Where/broadcast": (
        [normal(2, 3), normal(3)],
        lambda a, b: torch.where(torch.tensor([[True], [False]]), a, b),
    ),
    "Where/RMS normalisation": (
        [normal(2, 3, 4), positive(4)],
        lambda x, s: x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * s,
    ),
}


def significant(array):
    return [float(f"{value:.12g}") for value in np.asarray(array).reshape(-1)]


fixture = {}
for name, (inputs, expression) in CASES.items():
    tensors = [torch.tensor(values, requires_grad=True) for values in inputs]
    result = expression(*tensors)
    weights = torch.tensor([math.cos(k + 1) for k in range(result.numel())]).reshape(result.shape)
    gradients = torch.autograd.grad((result * weights).sum(), tensors, allow_unused=True)
    fixture[name] = {
        "inputs": [{"shape": list(values.shape), "data": significant(values)} for values in inputs],
        "result": significant(result.detach().numpy()),
        "gradients": [
            significant(np.zeros(values.shape) if gradient is None else gradient.numpy())
            for values, gradient in zip(inputs, gradients)
        ],
    }

target = Path(__file__).resolve().parent.parent / "packages/onnx-graph/fixtures/gradients.json"
target.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(f"{len(fixture)} cases in {target}")
