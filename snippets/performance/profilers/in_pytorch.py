"""What one training step is made of, read from a profiler's trace."""

# %% Load
import json
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.profiler import ProfilerActivity, profile, record_function

pixels, targets = load_digits(return_X_y=True)
images = torch.tensor(pixels[:64] / 16, dtype=torch.float32)  # (64, 64)
labels = torch.tensor(targets[:64])

# %% Define one training step
rng = np.random.default_rng(0)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
with torch.no_grad():
    for layer in model[0], model[2]:
        size = layer.in_features, layer.out_features
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        layer.weight.copy_(torch.tensor(kernel.T))
        layer.bias.zero_()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def train_step():
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss


# %% Record a step
train_step()  # the first one is another: see warm-up
folder = tempfile.TemporaryDirectory()
activities = [ProfilerActivity.CPU]
if torch.cuda.is_available():
    activities.append(ProfilerActivity.CUDA)
with profile(activities=activities) as recording:
    with record_function("my step"):
        loss = train_step().item()
print("loss:", round(loss, 4))

# %% Open the file
path = Path(folder.name, "trace.json")  # for ui.perfetto.dev
recording.export_chrome_trace(str(path))
events = json.loads(path.read_text())["traceEvents"]
names = [event["name"] for event in events if event["ph"] == "X"]
folder.cleanup()
print("marked by me:", names.count("my step"))

# %% Count the operations
counts = Counter(
    name.removeprefix("aten::") for name in names if "aten::" in name
)
print("kinds of operation:", len(counts))
shown = ["addmm", "relu", "_log_softmax"]  # forward
shown += ["threshold_backward", "mm", "sum"]  # backward
shown += ["add_"]  # one update for each weight and bias
for name in shown:
    print(counts[name], "x", name)
products = counts["addmm"] + counts["mm"]
updates = counts["add_"]
print("matrix products:", products, "updates:", updates)


# %% Ask the GPU itself
def milliseconds(work):
    start = torch.cuda.Event(enable_timing=True)
    end = torch.cuda.Event(enable_timing=True)
    start.record()  # a mark in the queue, before the work
    work()
    end.record()  # and one behind it
    end.synchronize()
    return start.elapsed_time(end)  # what the GPU's own clock says


if torch.cuda.is_available():
    print("the GPU took time:", milliseconds(train_step) > 0)
else:
    print("no GPU, no events")
