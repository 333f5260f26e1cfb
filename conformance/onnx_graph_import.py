"""Models as other tools write them, and their gradients, for packages/onnx-graph/fixtures/{mlp,encoder}.{onnx,json}.

Made with onnx 1.23 (opset 17) and torch 2.15 (CPU, float64). Run: python conformance/onnx_graph_import.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, checker, helper, numpy_helper

torch.set_num_threads(1)
rng = np.random.default_rng(7)
x = np.round(rng.normal(size=(2, 3)), 3)
w1 = np.round(rng.normal(size=(3, 4)), 3)
b1 = np.round(rng.normal(size=4), 3)
gain = np.round(rng.normal(size=(1,)), 3)


def branch(name, operator):
    # Both branches read `mean` and `gain` of the graph around them.
    node = helper.make_node(operator, ["mean", "gain"], [name])
    return helper.make_graph([node], name + "_graph", [], [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)])


weights = [
    numpy_helper.from_array(w1.astype(np.float32), "w1"),
    # As numbers in `float_data`, the other way to store them.
    helper.make_tensor("b1", TensorProto.FLOAT, [4], b1.astype(np.float32).tolist()),
    numpy_helper.from_array(gain.astype(np.float32), "gain"),
]
nodes = [
    helper.make_node("Constant", [], ["yes"], value=helper.make_tensor("v", TensorProto.BOOL, [], [True])),
    helper.make_node("MatMul", ["x", "w1"], ["h"]),
    helper.make_node("Add", ["h", "b1"], ["hb"]),
    helper.make_node("Split", ["hb"], ["left", "right"], axis=1),
    helper.make_node("Tanh", ["left"], ["gate"]),
    helper.make_node("Mul", ["gate", "right"], ["gated"]),
    helper.make_node("ReduceMean", ["gated"], ["mean"], axes=[1], keepdims=0),
    helper.make_node("If", ["yes"], ["y"], then_branch=branch("t", "Mul"), else_branch=branch("e", "Add")),
]
graph = helper.make_graph(
    nodes,
    "mlp",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch"])],
    weights,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="onnx.helper")
checker.check_model(model)

tensors = {"w1": w1, "b1": b1, "gain": gain}
tensors = {name: torch.tensor(values, requires_grad=True) for name, values in tensors.items()}
hidden = torch.tensor(x) @ tensors["w1"] + tensors["b1"]
loss = ((torch.tanh(hidden[:, :2]) * hidden[:, 2:]).mean(1) * tensors["gain"]).sum()
loss.backward()

fixtures = Path(__file__).resolve().parent.parent / "packages/onnx-graph/fixtures"
(fixtures / "mlp.onnx").write_bytes(model.SerializeToString())
golden = {
    "x": x.reshape(-1).tolist(),
    "loss": loss.item(),
    "gradients": {name: value.grad.reshape(-1).tolist() for name, value in tensors.items()},
}
(fixtures / "mlp.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


class Encoder(torch.nn.Module):
    """One transformer block between an embedding and a classifier, exported by torch.onnx with its training nodes."""

    def __init__(self):
        super().__init__()
        self.tokens = torch.nn.Embedding(20, 8)
        self.block = torch.nn.TransformerEncoderLayer(8, 2, 16, 0.0, activation="gelu", batch_first=True)
        self.head = torch.nn.Linear(8, 5)

    def forward(self, ids):
        return self.head(self.block(self.tokens(ids))).mean(1)


torch.manual_seed(0)
encoder = Encoder().train()
ids = torch.tensor([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3, 5, 8]])
torch.onnx.export(
    encoder,
    (ids,),
    fixtures / "encoder.onnx",
    opset_version=17,
    dynamo=False,
    training=torch.onnx.TrainingMode.PRESERVE,
    do_constant_folding=False,
    input_names=["ids"],
    output_names=["y"],
    dynamic_axes={"ids": {0: "B", 1: "T"}},
)
loss = (encoder(ids) ** 2).sum()
loss.backward()
golden = {
    "ids": ids.reshape(-1).tolist(),
    "loss": loss.item(),
    "gradients": {
        name: [float(f"{x:.7g}") for x in value.grad.reshape(-1).tolist()] for name, value in encoder.named_parameters()
    },
}
(fixtures / "encoder.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
