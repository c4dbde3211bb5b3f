"""A function for one tensor works on any nest of tensors."""

# %% Load
from dataclasses import dataclass

import numpy as np
import torch
import torch.utils._pytree as pytree
from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
images = torch.tensor(images / 16, dtype=torch.float32)  # (1797, 64)
labels = torch.tensor(labels)

# %% Nest what belongs together
rng = np.random.default_rng(0)


def start(inputs, outputs):
    kernel = rng.normal(0, 0.2, (inputs, outputs)).astype("float32")
    return torch.tensor(kernel), torch.zeros(outputs)


weights = {"hidden": start(64, 16), "answer": start(16, 10)}


# %% Map a function over the leaves
def shape(leaf):
    return list(leaf.shape)


shapes = pytree.tree_map(shape, weights)
print(shapes)


# %% Get gradients in the same nest
def loss(weights):
    kernel, bias = weights["hidden"]
    hidden = torch.tanh(images @ kernel + bias)
    kernel, bias = weights["answer"]
    logits = hidden @ kernel + bias
    return torch.nn.functional.cross_entropy(logits, labels)


gradients = torch.func.grad(loss)(weights)
print("the same nest:", pytree.tree_map(shape, gradients) == shapes)


# %% Step through two nests at once
def step(weight, gradient):
    return weight - 0.5 * gradient


def train(loss, weights):
    losses = []
    for _ in range(20):
        gradients = torch.func.grad(loss)(weights)
        weights = pytree.tree_map(step, weights, gradients)
        losses.append(loss(weights).item())
    return weights, losses


trained, losses = train(loss, weights)
print(f"loss {losses[0]:.3f} to {losses[-1]:.3f}")

# %% Flatten it and look at the order
leaves, structure = pytree.tree_flatten(trained)
leaf_sizes = [leaf.numel() for leaf in leaves]
print(leaf_sizes)
turned = dict(reversed(trained.items()))  # the same, said the other way
turned_leaves = pytree.tree_leaves(turned)
order_holds = turned_leaves[0] is leaves[0]
print("the same order said the other way:", order_holds)
again = pytree.tree_unflatten(leaves, structure)
returns = again["hidden"][0] is trained["hidden"][0]
print("packed again, the same tensor:", returns)


# %% Put a class of yours into it
def negative(leaf):
    return -leaf


def refusal(function, *nests):
    try:
        pytree.tree_map(function, *nests)
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


@dataclass
class Dense:
    kernel: torch.Tensor
    bias: torch.Tensor
    activation: str

    def __call__(self, x):
        return getattr(torch, self.activation)(x @ self.kernel + self.bias)


layers = {
    "hidden": Dense(*weights["hidden"], "tanh"),
    "answer": Dense(*weights["answer"], "clone"),
}
print(refusal(negative, layers))


# %% Say how it is taken apart
def flatten(dense):
    return [dense.kernel, dense.bias], dense.activation


def unflatten(leaves, activation):
    return Dense(*leaves, activation)


pytree.register_pytree_node(Dense, flatten, unflatten)


def layers_loss(layers):
    logits = layers["answer"](layers["hidden"](images))
    return torch.nn.functional.cross_entropy(logits, labels)


trained_layers, layers_losses = train(layers_loss, layers)
print("classes:", [type(dense).__name__ for dense in trained_layers.values()])
print(f"loss {layers_losses[0]:.3f} to {layers_losses[-1]:.3f}")

# %% Hand it what does not fit
as_lists = {name: list(pair) for name, pair in weights.items()}
renamed = {"hidden": weights["hidden"], "output": weights["answer"]}
print(refusal(step, weights, as_lists))
print(refusal(step, weights, renamed))
print(refusal(negative, {"kernel": weights["hidden"][0], "bias": None}))


# %% Solve the average
def average(*nests):
    return pytree.tree_map(lambda *same: sum(same) / len(same), *nests)


middle = loss(average(weights, trained)).item()
layers_middle = layers_loss(average(layers, trained_layers)).item()
print(f"loss in the middle: {middle:.3f} and {layers_middle:.3f}")
