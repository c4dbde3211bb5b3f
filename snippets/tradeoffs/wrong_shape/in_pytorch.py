"""A layer of the wrong width stops you; a loss of the wrong shape does not."""

# %% Load
import warnings

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

data = load_digits()
images = torch.tensor(data.images / 16, dtype=torch.float32)
images = images[:, None]  # (1797, 1, 8, 8)
digits = torch.tensor(data.target, dtype=torch.float32)  # (1797,)
rng = np.random.default_rng(0)
start = rng.normal(0, 0.1, (144, 10))

# %% Say the wrong width
# A 3 x 3 window fits into 8 x 8 pixels at 6 x 6 places, not at 8 x 8.
convolution = nn.Conv2d(1, 4, 3, bias=False)
with torch.no_grad():
    filters = rng.normal(0, 0.5, (3, 3, 1, 4))
    convolution.weight.copy_(torch.tensor(filters.transpose(3, 2, 0, 1)))
stages = ["built"]
try:
    scores = nn.Linear(4 * 8 * 8, 10)
    stages.append("stacked")
    model = nn.Sequential(convolution, nn.Flatten(), scores)
    stages.append("called")
    model(images)
except RuntimeError as error:
    print(f"{type(error).__name__} when {stages[-1]}:\n{error}")
found_at, stated_width = len(stages), scores.in_features

# %% Let it be inferred
scores = nn.LazyLinear(10, bias=False)
model = nn.Sequential(convolution, nn.Flatten(), scores)
model(images[:1])  # the first call makes the weights
width = scores.in_features
with torch.no_grad():
    # Channels first: (4, 6, 6) is flattened in another order.
    kernel = start.reshape(6, 6, 4, 10).transpose(3, 2, 0, 1)
    scores.weight.copy_(torch.tensor(kernel.reshape(10, 144)))
    logits = model(images).numpy()
print("width:", width, "logits:", logits[0, :3].round(3))


# %% Predict the digit as a number
def train(loss_of):
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 1))
    for weight in model.parameters():
        nn.init.zeros_(weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = loss_of(digits, model(images))  # (1797,) and (1797, 1)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    spread = model(images).std(correction=0).item()
    print(f"loss {losses[0]:.2f} -> {losses[-1]:.2f}, spread {spread:.2f}")
    return [losses[0], losses[-1], spread]


# %% Use the loss of the library
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    library = train(lambda digits, guess: nn.MSELoss()(guess, digits))
for warning in told[:1]:
    print(*str(warning.message).split(". "), sep="\n")
warned = [bool(told)]

# %% Write the loss yourself
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    by_hand = train(lambda digits, guess: ((digits - guess) ** 2).mean())
warned.append(bool(told))
print("warned by the library, and here:", warned)

# %% Mend it
mended = train(lambda digits, guess: ((digits - guess.squeeze(1)) ** 2).mean())
