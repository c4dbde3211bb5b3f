"""What a model learns, what it keeps, and what it forgets to collect."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_wine
from torch import nn

data = load_wine()
features = torch.tensor(data.data, dtype=torch.float32)  # (178, 13)
labels = torch.tensor(data.target == 0, dtype=torch.float32)
start = np.random.default_rng(0).normal(0, 0.1, 13).astype("float32")

# %% Assign in place
parameter = nn.Parameter(torch.tensor(start))
doubled = 2 * parameter
print(type(parameter).__name__, "times two is a", type(doubled).__name__)
with torch.no_grad():
    parameter.copy_(doubled)
    earlier = parameter.detach().numpy()  # a view, no copy
    parameter.sub_(0.1)
assigned = parameter.detach().numpy()
print("now:    ", assigned[:3].round(3))
print("earlier:", earlier[:3].round(3))


# %% Give a layer three kinds of state
class Score(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(start))  # learned
        self.register_buffer("mean", torch.zeros(13))  # kept
        self.register_buffer("std", torch.ones(13))
        self.bias = torch.zeros(1, requires_grad=True)  # forgotten

    def forward(self, features):
        return (features - self.mean) / self.std @ self.weight + self.bias


layer = Score()
layer.mean.copy_(features.mean(dim=0))
layer.std.copy_(features.std(dim=0, correction=0))

# %% List what was collected
learned = dict(layer.named_parameters())
kept = dict(layer.named_buffers())
print("learned:", *learned)
print("kept:   ", *kept)
print("saved:  ", *layer.state_dict())
collected = [len(learned), len(kept), len(layer.state_dict())]

# %% Train it
optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
criterion = nn.BCEWithLogitsLoss()
losses = []
for _ in range(20):
    optimizer.zero_grad()
    loss = criterion(layer(features), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
trained = [*layer.weight.tolist(), *layer.mean.tolist()]
print("loss:", round(losses[0], 4), "->", round(losses[-1], 4))
print("bias:", untouched := layer.bias.tolist())

# %% Freeze the weight
layer.weight.requires_grad_(False)
layer.zero_grad()
criterion(layer(features), labels).backward()
gradient = layer.weight.grad  # nothing was recorded for it
made, listed = gradient is not None, len(list(layer.parameters()))
print("has a gradient:", made, "- parameters listed:", listed)


# %% Freeze statistics
def run(trainable, training):
    norm = nn.BatchNorm1d(13, momentum=0.1, eps=1e-3).train(training)
    norm.requires_grad_(trainable)  # the statistics are no parameters
    outputs = norm(features)
    return [norm.running_mean.numpy(), *outputs.detach().numpy()]


usual = run(trainable=True, training=True)
frozen = run(trainable=False, training=True)
at_rest = run(trainable=False, training=False)
print("usual:  ", usual[0][:3].round(3))
print("frozen: ", frozen[0][:3].round(3))
print("at rest:", at_rest[0][:3].round(3))
