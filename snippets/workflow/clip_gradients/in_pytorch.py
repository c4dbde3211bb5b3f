"""Clip gradients: by their common length, one by one, and by value."""

# %% Load
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from arch.data import sp500
from numpy.lib.stride_tricks import sliding_window_view
from torch import nn

returns = np.log(sp500.load()["Close"]).diff()["2004":"2009"]
moves = abs(returns) / abs(returns[:"2006"]).std()  # calm, then 2008
stretches = sliding_window_view(moves.to_numpy(dtype="float32"), 21)
windows = torch.tensor(stretches[:, :-1, None])  # (1491, 20 days, 1)
targets = torch.tensor(stretches[:, -1:])  # (1491, 1): the day after
batches = list(zip(windows.split(32), targets.split(32)))
print(len(batches), "batches, the largest move", moves.max().round(1))


# %% Start from the same weights
class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(
            1, 16, nonlinearity="relu", bias=False, batch_first=True
        )
        self.head = nn.Linear(16, 1, bias=False)
        rng = np.random.default_rng(0)
        for weight in self.parameters():
            size = weight.shape[::-1]
            kernel = rng.normal(0, 0.8 / np.sqrt(size[0]), size)
            weight.data = torch.tensor(kernel.T, dtype=torch.float32)

    def forward(self, windows):
        return self.head(self.rnn(windows)[0][:, -1])


def flat(tensors):
    return np.concatenate([t.detach().numpy().T.ravel() for t in tensors])


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
lost_at = int(np.argmax(~np.isfinite(losses)))
early_losses, early_norms = losses[:25], norms[:25]
print(f"median norm {np.median(early_norms):.0f} in the first 25 steps")
print(f"step {lost_at}: the loss is {losses[lost_at]}")

# %% Clip the common length
clipped_losses, clipped_norms = train(max_norm=1.0)
print(f"largest norm {clipped_norms.max():.0f}, clipped to 1")
print(f"the last ten losses: {clipped_losses[-10:].mean():.2f} on average")
plt.figure(figsize=(6, 3.2))
plt.plot(norms, ":", color="#e0452c", label="never clipped")
plt.plot(clipped_norms, color="#e0452c", label="clipped, before clipping")
plt.axhline(1, color="gray", label="the limit")
plt.yscale("log")
plt.title("PyTorch: length of the gradient")
plt.xlabel("step, from 2004 to 2009")
plt.ylabel("norm")
plt.legend()
plt.show()


# %% Clip in three ways
def gradient_of(batch, target):
    model = Forecaster()
    nn.functional.mse_loss(model(batch), target).backward()
    return model, list(model.parameters())


def length_and_direction(step):
    cosine = step @ whole / np.linalg.norm(step) / np.linalg.norm(whole)
    return np.linalg.norm(step), cosine


stormiest = batches[np.argmax([target.max() for _, target in batches])]
clips = {
    "not at all": lambda weights: None,
    "common length": lambda weights: nn.utils.clip_grad_norm_(weights, 1.0),
    "each variable": lambda weights: [
        nn.utils.clip_grad_norm_(weight, 1.0) for weight in weights
    ],
    "each value": lambda weights: nn.utils.clip_grad_value_(weights, 1.0),
}
