"""Tensors, a loss, its gradient and its curvature on 569 real tumours."""

# %% Load the data
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

data = load_breast_cancer()
standardised = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
features = np.column_stack([standardised, np.ones(569)])  # (569, 31)
start = np.random.default_rng(0).normal(0, 0.1, 31)
print(features.shape, features.dtype)

# %% Make tensors
inputs = torch.tensor(features, dtype=torch.float32)
targets = torch.tensor(data.target, dtype=torch.float32)
print(tuple(inputs.shape), inputs.dtype)
number = torch.tensor(3)
integer_bits = torch.iinfo(number.dtype).bits
print("a Python int becomes", number.dtype)

# %% Mix two dtypes
# The wider one wins.
print((inputs + torch.tensor(features)).dtype)

# %% Change the array afterwards
array = features.copy()
tensor = torch.from_numpy(array)
np.negative(array, out=array)
after_change = tensor.numpy()
print("the tensor holds", after_change[0, :3].round(2))


# %% Compute a loss
def losses_of(weights):
    logits = inputs @ weights  # (569,)
    return nn.functional.binary_cross_entropy_with_logits(
        logits, targets, reduction="none"
    )


weights = torch.tensor(start, dtype=torch.float32, requires_grad=True)
loss = losses_of(weights).mean()
print(f"loss {loss.item():.4f}")

# %% Compute its gradient
loss.backward()
gradient = weights.grad.numpy().copy()  # (31,)
print("gradient:", gradient[:4].round(4))

# %% Compute it a second time
losses_of(weights).mean().backward()
second_gradient = weights.grad.numpy().copy()
print("gradient:", second_gradient[:4].round(4))
# What was there has been added to: clear it before each step.
accumulated = second_gradient
weights.grad = None

# %% Ask for the gradient of 569 losses
losses = losses_of(weights)
try:
    losses.backward()
except RuntimeError as error:
    print("RuntimeError:", error)
losses.sum().backward()
summed_gradient = weights.grad.numpy()
print("summed:", summed_gradient[:4].round(1))

# %% Multiply the second derivative by the gradient
direction = torch.from_numpy(gradient)
(slope,) = torch.autograd.grad(
    losses_of(weights).mean(), weights, create_graph=True
)
(curvature,) = torch.autograd.grad(slope @ direction, weights)
curvature = curvature.numpy()  # (31,), and never a 31 x 31 matrix
print("curvature:", curvature[:4].round(4))

# %% Step as far as the curvature says
step = float(gradient @ gradient / (gradient @ curvature))
with torch.no_grad():
    next_loss = losses_of(weights - step * direction).mean().item()
loss = loss.item()
print(f"step {step:.3f}: loss {loss:.4f} -> {next_loss:.4f}")
