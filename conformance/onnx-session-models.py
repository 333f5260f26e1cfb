# Makes packages/onnx-session/fixtures/*.onnx: tiny models that the session tests run. onnx 1.23.
# Run: python conformance/onnx-session-models.py
import os

import onnx
from onnx import TensorProto as T
from onnx import helper as h

OUT = os.path.join(os.path.dirname(__file__), "..", "packages", "onnx-session", "fixtures")


def save(name, nodes, inputs, outputs, initializers=(), external=None):
    graph = h.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 21)], ir_version=10, producer_name="flanlab")
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(OUT, name + ".onnx"))


def tensor(name, dims, type=T.FLOAT):
    return h.make_tensor_value_info(name, type, dims)


save("matmul", [h.make_node("MatMul", ["a", "b"], ["c"])], [tensor("a", ["M", "K"]), tensor("b", ["K", "N"])], [tensor("c", ["M", "N"])])

# A counter: state' = state + step, sum = total of state'.
save(
    "counter",
    [h.make_node("Add", ["state", "step"], ["next"]), h.make_node("ReduceSum", ["next"], ["sum"], keepdims=0)],
    [tensor("state", ["N"]), tensor("step", [])],
    [tensor("next", ["N"]), tensor("sum", [])],
)

# One identity per element type that can be passed.
TYPES = {
    "float32": T.FLOAT, "float64": T.DOUBLE, "float16": T.FLOAT16, "int8": T.INT8, "uint8": T.UINT8, "int16": T.INT16,
    "uint16": T.UINT16, "int32": T.INT32, "uint32": T.UINT32, "int64": T.INT64, "uint64": T.UINT64, "bool": T.BOOL,
    "string": T.STRING,
}
save(
    "identity",
    [h.make_node("Identity", [n], [n + "_out"]) for n in TYPES],
    [tensor(n, ["N"], t) for n, t in TYPES.items()],
    [tensor(n + "_out", ["N"], t) for n, t in TYPES.items()],
)

# x + w with w in external data "weights.bin", four float32 numbers that the test writes.
w = T()
w.name, w.data_type, w.data_location = "w", T.FLOAT, T.EXTERNAL
w.dims.append(4)
for key, value in (("location", "weights.bin"), ("offset", "0"), ("length", "16")):
    entry = w.external_data.add()
    entry.key, entry.value = key, value
graph = h.make_graph([h.make_node("Add", ["x", "w"], ["y"])], "external", [tensor("x", [4])], [tensor("y", [4])], [w])
model = h.make_model(graph, opset_imports=[h.make_opsetid("", 21)], ir_version=10, producer_name="flanlab")
open(os.path.join(OUT, "external.onnx"), "wb").write(model.SerializeToString())

# Slow on purpose: squares a matrix again and again, so that a test can abort a run in progress.
save(
    "slow",
    [h.make_node("MatMul", ["x", "x"], ["y0"])] + [h.make_node("MatMul", [f"y{i}", "x"], [f"y{i + 1}"]) for i in range(30)],
    [tensor("x", ["N", "N"])],
    [tensor("y30", ["N", "N"])],
)
