"""Clip gradients by their common length, by variable and by value."""

# %% Load
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from arch.data import sp500
from numpy.lib.stride_tricks import sliding_window_view
from torch import nn

returns = np.log(sp500.load()["Close"]).diff()["2004":"2009"]
moves = abs(returns) / abs(returns[:"2006"]).std()  # calm years, then 2008
stretches = sliding_window_view(moves.to_numpy(dtype="float32"), 21)
windows = torch.tensor(stretches[:, :-1, None])  # (1491, 20 days, 1)
targets = torch.tensor(stretches[:, -1:])  # (1491, 1): the day after
batches = list(zip(windows.split(32), targets.split(32)))
print(len(batches), "batches in the order of time")


# %% Start from the same weights
class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        options = dict(nonlinearity="relu", bias=False, batch_first=True)
        self.rnn = nn.RNN(1, 16, **options)
        self.head = nn.Linear(16, 1, bias=False)
        rng = np.random.default_rng(0)
        for weight in self.parameters():
            size = weight.shape[::-1]
            kernel = rng.normal(0, 0.8 / np.sqrt(size[0]), size)
            with torch.no_grad():
                weight.copy_(torch.tensor(kernel.T))

    def forward(self, windows):
        return self.head(self.rnn(windows)[0][:, -1])


# %% Train without clipping
def train(max_norm):
    model = Forecaster()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses, norms = [], []
    for batch, target in batches:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(batch), target)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        losses.append(loss.item())
        norms.append(norm.item())  # as it was before clipping
    return np.array(losses), np.array(norms)


losses, norms = train(max_norm=math.inf)
lost_at = int(np.argmin(np.isfinite(losses)))
early_losses, early_norms = losses[:25], norms[:25]
print(f"loss {losses[24]:.1f} at step 25, {losses[lost_at]} at {lost_at + 1}")

# %% Clip the common length
clipped_losses, clipped_norms = train(max_norm=1.0)
print(f"loss {clipped_losses[-10:].mean():.1f} in the last ten steps")
print(f"the longest gradient before clipping: {clipped_norms.max():.0f}")
plt.figure(figsize=(6, 3.2))
plt.plot(norms, ":", color="#e0452c", label="training without clipping")
plt.plot(clipped_norms, color="#e0452c", label="training with clipping")
plt.axhline(1, color="gray", label="the limit")
plt.gca().set(xlabel="step", ylabel="norm before clipping", yscale="log")
plt.title("PyTorch: length of the gradient")
plt.legend()
plt.show()

# %% Clip the same gradient in other ways
batch, target = batches[np.argmax([target.max() for _, target in batches])]


def step_after(clip, batch=batch):
    model = Forecaster()
    weights = list(model.parameters())
    nn.functional.mse_loss(model(batch), target).backward()
    clip(weights)
    return np.concatenate([w.grad.T.numpy().ravel() for w in weights])


def each_variable(weights):
    for weight in weights:
        nn.utils.clip_grad_norm_(weight, 1.0)


clips = {
    "nothing": lambda weights: None,
    "common length": lambda ws: nn.utils.clip_grad_norm_(ws, 1.0),
    "each variable": each_variable,
    "each value": lambda ws: nn.utils.clip_grad_value_(ws, 1.0),
}
steps = [step_after(clip) for clip in clips.values()]
for name, step in zip(clips, steps):
    length = np.linalg.norm(step)
    cosine = step @ steps[0] / np.linalg.norm(steps[0]) / length
    print(f"{name:<14} length {length:6.2f}, cosine {cosine:.3f}")

# %% Clip to no effect
model = Forecaster()
nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # there is none yet
nn.functional.mse_loss(model(batch), target).backward()
not_clipped = model.rnn.weight_hh_l0.grad.norm().item()
print(f"length of one variable's gradient: {not_clipped:.1f}")

# %% Meet a NaN
broken = batch.clone()
broken[0, 0] = math.nan  # one missing price
step = step_after(clips["common length"], broken)
share_lost = np.isnan(step).mean()
print(f"of the clipped gradient, {share_lost:.0%} is NaN")


def clip_strictly(weights):
    nn.utils.clip_grad_norm_(weights, 1.0, error_if_nonfinite=True)


try:
    step_after(clip_strictly, broken)
    refused = False
except RuntimeError as error:
    refused = True
    print("refused:", str(error).split(",")[0])
