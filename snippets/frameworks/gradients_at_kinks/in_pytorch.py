"""What the gradient is where a function has none, and how to choose it."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits

pixels = load_digits().images[0].astype("float32")  # (8, 8), a zero
shares = pixels / pixels.sum()  # of all the ink


def slope(function, at):
    at = torch.tensor(at, requires_grad=True)
    value = function(at).sum()
    return torch.autograd.grad(value, at)[0].numpy()


# %% Stand on a kink
zero = torch.tensor(0.0)
alike = {
    "relu at 0": slope(torch.relu, [0.0]),
    "abs at 0": slope(torch.abs, [0.0]),
    "largest of two": slope(torch.amax, [3.0, 3.0]),
}
apart = {
    "maximum(x, 0) at 0": slope(lambda x: torch.maximum(x, zero), [0.0]),
    "clip at its borders": slope(lambda x: torch.clip(x, 0, 1), [0.0, 1.0]),
}
undefined = {
    "norm of nothing": slope(torch.linalg.vector_norm, [0.0, 0.0]),
    "std of equals": slope(lambda x: x.std(correction=0), [3.0, 3.0]),
}
for name, value in {**alike, **apart, **undefined}.items():
    print(f"{name:<19}", value)
alike = np.concatenate([*alike.values()])
tie, borders = apart.values()
finite = np.isfinite([*undefined.values()])


# %% Take the logarithm of a black pixel
def entropy(shares):
    return -torch.where(shares > 0, shares * torch.log(shares), 0)


def guarded_entropy(shares):
    inside = torch.where(shares > 0, shares, 1)
    return -torch.where(shares > 0, shares * torch.log(inside), 0)


entropies = [
    entropy(torch.tensor(shares)).numpy().sum(),
    guarded_entropy(torch.tensor(shares)).numpy().sum(),
]
print("entropy, twice:", np.round(entropies, 4))
spoiled = np.isnan(slope(entropy, shares))
print(spoiled.sum(), "nan for", (shares == 0).sum(), "black pixels")
guarded = slope(guarded_entropy, shares)
print("guarded:", np.isnan(guarded).sum(), "nan")

# %% Round, and choose the gradient
rounded = slope(lambda x: 3 * torch.round(x), [0.2, 0.7])
answered = rounded is not None
print("through round:", rounded)


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return torch.round(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass  # backward needs none of them

    @staticmethod
    def backward(ctx, upstream):
        return upstream  # as if round had not been there


chosen = slope(lambda x: 3 * StraightThrough.apply(x), [0.2, 0.7])
held = slope(lambda x: 3 * (x + (torch.round(x) - x).detach()), [0.2, 0.7])
print("straight through:", chosen)
print("by holding still:", held)
