"""A finite loss with a gradient that is not: who says so, and where."""

# %% Load
import re
import warnings

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, targets = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32)  # (1797, 64)
labels = torch.tensor(targets)


# %% Punish every pixel that is used
def row_norms(kernel):  # (64, 10): one row for each pixel
    return kernel.square().sum(dim=1).sqrt().sum()


def train(penalty, steps, careful=False):
    model = nn.Linear(64, 10)
    for weight in model.parameters():
        nn.init.zeros_(weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss = loss + 0.002 * penalty(model.weight.T)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if careful and not np.isfinite(losses[-1]):
            print("loss is not finite, terminating training")
            break
    return model, losses


# %% Take one step
model, losses = train(row_norms, steps=1)
print(f"loss: {losses[0]:.4f}")
finite_weights = []
for name, weight in model.named_parameters():
    finite_weights.append(bool(weight.isfinite().all()))
    print(f"{name:<6} finite: {finite_weights[-1]}")

# %% Stop when it happens
_, losses = train(row_norms, steps=5, careful=True)
finite_losses = np.isfinite(losses)
print("losses:", np.round(losses, 4))


# %% Ask for the operation
def log_norms(kernel):  # goes wrong on the way there, not back
    return kernel.square().sum(dim=1).log().sum()


operations, your_function_named = [], []
for penalty in row_norms, log_norms:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            with torch.autograd.detect_anomaly():
                train(penalty, steps=5)
        except RuntimeError as error:
            print(f"{type(error).__name__}: {error}")
            operations.append(str(error).split("'")[1])
    # The traceback of the forward pass comes as a warning.
    named = re.search(r"in \w+_norms", str(told[-1].message))
    your_function_named.append(bool(named))
print("names your function:", your_function_named)


# %% Trust the norm of the library
kernel = torch.zeros((64, 10), requires_grad=True)
torch.linalg.vector_norm(kernel, dim=1).sum().backward()
library_finite = bool(kernel.grad.isfinite().all())
print("gradient of its norm at zero finite:", library_finite)


# %% Mend it
def safe_norms(kernel):
    return (kernel.square().sum(dim=1) + 1e-12).sqrt().sum()


model, mended_losses = train(safe_norms, steps=20)
kernel = model.weight.detach().T.numpy()
penalty = row_norms(model.weight.T).item()
print(f"losses: {mended_losses[0]:.4f} -> {mended_losses[-1]:.4f}")
