# Makes packages/trainer/fixtures/tensorboard.json: TFRecords as Python's tensorboard writes them. With a folder and a
# metrics.jsonl as arguments it reads the folder's event file with tensorboard instead, and compares every number.
# tensorboard 2.21. Run: python conformance/tensorboard_files.py [FOLDER METRICS]
import base64
import io
import json
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

EVENTS = [
    {"wallTime": 1736300000.125, "step": 0, "fileVersion": "brain.Event:2"},
    {"wallTime": 1736300001.5, "step": 1, "scalars": {"train/loss": 5.703782081604004, "train/learning_rate": 0.0}},
    {"wallTime": 1736300002.5, "step": 300, "scalars": {"eval/loss": 0.00390625, "eval/ünïcode": -1.0}},
    {"wallTime": 1736300003.5, "step": 123456789, "scalars": {"train/" + "long" * 60: 3.5}},
]


def record(event):
    proto = Event(wall_time=event["wallTime"], step=event["step"])
    if "fileVersion" in event:
        proto.file_version = event["fileVersion"]
    for tag, value in event.get("scalars", {}).items():
        proto.summary.value.append(Summary.Value(tag=tag, simple_value=value))
    out = io.BytesIO()
    RecordWriter(out).write(proto.SerializeToString())
    return base64.b64encode(out.getvalue()).decode()


def compare(folder, metrics):
    accumulator = EventAccumulator(folder, size_guidance={"scalars": 0})
    accumulator.Reload()
    read = {tag: {e.step: e.value for e in accumulator.Scalars(tag)} for tag in accumulator.Tags()["scalars"]}
    numbers = 0
    for line in open(metrics, encoding="utf8"):
        row = json.loads(line)
        for name, value in row.items():
            if name in ("step", "time") or (name == "epoch" and "eval_loss" in row):
                continue
            tag = "eval/" + name[5:] if name.startswith("eval_") else "train/" + name
            assert abs(read[tag].pop(row["step"]) - value) <= 1e-6 * max(1, abs(value)), (tag, row)
            numbers += 1
    assert not any(read.values()), read
    print(f"{numbers} numbers of {len(read)} curves are those of {metrics}")


if len(sys.argv) == 3:
    compare(sys.argv[1], sys.argv[2])
else:
    path = os.path.join(os.path.dirname(__file__), "..", "packages", "trainer", "fixtures", "tensorboard.json")
    with open(path, "w", encoding="utf8") as file:
        json.dump([{"event": event, "record": record(event)} for event in EVENTS], file, ensure_ascii=False)
        file.write("\n")
