# tandem: needs=scikit-learn,matplotlib seconds=60

# %% [markdown]
# # A network by hand
#
# NumPy alone reads handwritten digits, and PyTorch checks its gradients.
#
# TensorFlow and PyTorch hide how a network learns behind one line.
# Here you write that line out: a forward pass, a backward pass and a training
# loop, with nothing but arrays.
# At the end you hand the same network to PyTorch, get the same numbers, and
# know what a framework does for you.
#
# You need Python and a little NumPy.
# You need no calculus, although you will see where it hides.

# %% [markdown]
# ## The data
#
# scikit-learn ships 1,797 handwritten digits, each 8 by 8 grey dots.
# A network sees no picture: it sees 64 numbers per digit.
# You keep 500 digits aside that it never learns from.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

pixels, digits = load_digits(return_X_y=True)  # (1797, 64), (1797,)
images, test_images, labels, test_labels = train_test_split(
    pixels / 16, digits, test_size=500, stratify=digits, random_state=0
)
print(
    "to learn from:",
    images.shape,
    "to be tested on:",
    test_images.shape,
)

figure, axes = plt.subplots(1, 10, figsize=(6, 0.9))
for axis, image, label in zip(
    axes, images[:10], labels[:10], strict=True
):
    axis.imshow(image.reshape(8, 8), cmap="gray_r")
    axis.set_title(label)
    axis.axis("off")
plt.show()

# %% [markdown]
# ## The network
#
# A multilayer perceptron is two multiplications with a bend between them.
#
# 1. Each of 32 hidden units weighs the 64 pixels and adds a bias.
# 2. Below zero, a unit is silent. This bend is called ReLU. Without it,
#    two multiplications would be no more than one.
# 3. Each of 10 outputs weighs the 32 units. The highest output is the answer.
#
# The weights start at random, small enough that no unit shouts.
# All that the network will ever know is in these four arrays.

# %%
rng = np.random.default_rng(0)
weights = {
    "hidden": rng.normal(0, np.sqrt(2 / 64), (64, 32)),
    "hidden_bias": np.zeros(32),
    "output": rng.normal(0, np.sqrt(2 / 32), (32, 10)),
    "output_bias": np.zeros(10),
}
start = {name: array.copy() for name, array in weights.items()}


def forward(weights, images):
    before = images @ weights["hidden"] + weights["hidden_bias"]
    hidden = np.maximum(before, 0)  # (batch, 32)
    scores = hidden @ weights["output"] + weights["output_bias"]
    return hidden, scores  # scores: (batch, 10)


def accuracy(weights, images, labels):
    _, scores = forward(weights, images)
    return (scores.argmax(axis=1) == labels).mean()


print(
    "numbers to learn:", sum(array.size for array in weights.values())
)
print(
    f"right by chance: {accuracy(weights, test_images, test_labels):.2f}"
)

# %% [markdown]
# ## The loss
#
# To get better, the network needs one number that says how wrong it is.
# *Softmax* turns ten scores into ten probabilities.
# The *cross-entropy* is the negative logarithm of the probability that the
# right digit got: 0 for a network that is certain and right, 2.3 for one that
# gives every digit a tenth.


# %%
def softmax(scores):
    # Subtracting the highest changes nothing, and exp cannot overflow.
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def loss(weights, images, labels):
    _, scores = forward(weights, images)
    right = softmax(scores)[np.arange(len(labels)), labels]
    return -np.log(right).mean()


print(f"loss before training: {loss(weights, images, labels):.3f}")

# %% [markdown]
# ## The gradients
#
# For each of the 2,410 numbers you want to know: if it grows a little, does
# the loss grow or shrink, and how fast?
# The answers are the *gradient*.
# You get all of them in one walk from the loss back to the pixels.
# Each line undoes one line of `forward`, in reverse order.
#
# - Softmax and cross-entropy together have a short answer: the probabilities,
#   minus 1 for the right digit.
# - A multiplication passes the blame on: to its weights, by how active their
#   inputs were, and to its inputs, by how large the weights are.
# - A bias gets the blame as it comes.
# - ReLU passes on nothing where it was silent.


# %%
def gradients(weights, images, labels):
    hidden, scores = forward(weights, images)

    blame = softmax(scores)  # (batch, 10)
    blame[np.arange(len(labels)), labels] -= 1
    blame /= len(labels)  # because the loss is a mean

    hidden_blame = blame @ weights["output"].T  # (batch, 32)
    hidden_blame[hidden == 0] = 0
    return {
        "hidden": images.T @ hidden_blame,
        "hidden_bias": hidden_blame.sum(axis=0),
        "output": hidden.T @ blame,
        "output_bias": blame.sum(axis=0),
    }


by_hand = gradients(weights, images, labels)
for name, gradient in by_hand.items():
    print(
        f"{name:<12} {gradient.shape!s:<9} {np.abs(gradient).max():.3f}"
    )

# %% [markdown]
# ## Two checks
#
# A wrong gradient raises no error: the network learns badly, and you never
# hear why.
# So check it.
#
# The first check needs no theory.
# Nudge one weight up and down, and see how the loss moves.


# %%
def nudged(amount):
    moved = {name: array.copy() for name, array in weights.items()}
    moved["output"][3, 7] += amount
    return loss(moved, images, labels)


slope = (nudged(1e-5) - nudged(-1e-5)) / 2e-5
print(f"by nudging: {slope:.6f}")
print(f"by hand:    {by_hand['output'][3, 7]:.6f}")

# %% [markdown]
# That is two passes for one weight, so 4,820 passes for all of them.
# The backward walk took one.
#
# The second check asks PyTorch.
# You write only the forward pass; `backward()` finds the way back, because
# PyTorch noted every operation on the way.

# %%
import torch

tensors = {
    name: torch.tensor(array, requires_grad=True)
    for name, array in weights.items()
}
hidden = torch.relu(
    torch.tensor(images) @ tensors["hidden"] + tensors["hidden_bias"]
)
scores = hidden @ tensors["output"] + tensors["output_bias"]
torch.nn.functional.cross_entropy(
    scores, torch.tensor(labels)
).backward()

for name, tensor in tensors.items():
    gap = np.abs(tensor.grad.numpy() - by_hand[name]).max()
    print(f"{name:<12} equal to twelve decimals: {gap < 1e-12}")

# %% [markdown]
# Your way back and PyTorch's agree.
#
# ## The training
#
# Learning is one line: move every weight a small step against its gradient.
# Do that for 32 digits at a time, in a new random order each round, forty
# times through all of them.


# %%
def batches(rounds):
    rng = np.random.default_rng(1)
    for _ in range(rounds):
        order = rng.permutation(len(images))
        yield np.array_split(order, len(order) // 32)


losses = {"digits it learns from": [], "digits it never saw": []}
for round_of_batches in batches(40):
    for batch in round_of_batches:
        step = gradients(weights, images[batch], labels[batch])
        for name, gradient in step.items():
            weights[name] -= 0.1 * gradient
    losses["digits it learns from"].append(
        loss(weights, images, labels)
    )
    losses["digits it never saw"].append(
        loss(weights, test_images, test_labels)
    )

print(
    f"loss after training:   {losses['digits it learns from'][-1]:.3f}"
)
right = accuracy(weights, test_images, test_labels)
print(f"right on 500 new ones: {right:.3f}")

figure, axis = plt.subplots(figsize=(6, 3.2))
for (name, values), color in zip(
    losses.items(), ["0.5", "#e0452c"], strict=True
):
    axis.plot(range(1, 41), values, color=color, label=name)
axis.set_title("What training does to the loss")
axis.set_xlabel("times through the digits")
axis.set_ylabel("cross-entropy")
axis.legend()
plt.show()

# %% [markdown]
# ## What it learned
#
# Each hidden unit weighs 64 pixels, so its weights are a picture themselves.
# Here you see what training added to the random start.
# Red dots now speak for the unit, blue dots against it.
# Nobody told them what to look for.
# The pale ones hardly learned: where ReLU is silent, no blame arrives.

# %%
added = weights["hidden"] - start["hidden"]  # (64, 32)
limit = np.abs(added).max()
figure, axes = plt.subplots(2, 8, figsize=(6, 1.9))
for unit, axis in enumerate(axes.flat):
    picture = added[:, unit].reshape(8, 8)
    axis.imshow(picture, cmap="RdBu_r", vmin=-limit, vmax=limit)
    axis.axis("off")
figure.suptitle("What sixteen of the 32 hidden units learned")
plt.show()

# %% [markdown]
# ## What a framework does for you
#
# The same network in PyTorch, from the same start, with the same batches.
# Nothing below says how a derivative is taken.

# %%
from torch import nn

model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
model.double()  # 64-bit numbers, as NumPy's
with torch.no_grad():
    model[0].weight.copy_(torch.tensor(start["hidden"].T))
    model[0].bias.copy_(torch.tensor(start["hidden_bias"]))
    model[2].weight.copy_(torch.tensor(start["output"].T))
    model[2].bias.copy_(torch.tensor(start["output_bias"]))

criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs, targets = torch.tensor(images), torch.tensor(labels)
for round_of_batches in batches(40):
    for batch in round_of_batches:
        optimizer.zero_grad()
        criterion(model(inputs[batch]), targets[batch]).backward()
        optimizer.step()

with torch.no_grad():
    answers = model(torch.tensor(test_images)).argmax(dim=1).numpy()
print(f"right on 500 new ones: {(answers == test_labels).mean():.3f}")
_, scores = forward(weights, test_images)
print(
    "same answers as by hand:", (answers == scores.argmax(axis=1)).all()
)
learned = model[0].weight.detach().numpy().T
gap = np.abs(learned - weights["hidden"]).max()
print("same weights to nine decimals:", gap < 1e-9)

# %% [markdown]
# Both learned the same weights.
# So a framework computes nothing that you cannot.
# It saves you from what you would get wrong:
#
# | You wrote | A framework has |
# |---|---|
# | `gradients`, a line back for each line forward | the way back for any program you write forward |
# | `weights[name] -= 0.1 * gradient` | a shelf of optimisers that were tested |
# | `softmax` that does not overflow | losses that do not |
# | arrays in a dictionary | layers that hold, count and save their weights |
# | NumPy on one processor | the same program on a GPU |
#
# Change the network, and your `gradients` is wrong until you derive it again.
# PyTorch's and TensorFlow's are right before you have saved the file.
#
# ## Try it
#
# - Add a second hidden layer, first by hand and then in PyTorch, and count
#   the lines that change.
# - Leave out `hidden_blame[hidden == 0] = 0` and look at both checks.
# - Set the step of 0.1 to 2 and watch the loss.
#
# ## Where next
#
# - [Workflow](../../workflow/): the same steps in PyTorch and TensorFlow,
#   side by side.
# - [Recognise digits](../../use_cases/recognise-digits/): a network that sees
#   neighbouring pixels as neighbours.
# - [One call, many layers](../../polymorphism/one-call-many-layers/): why
#   `model(inputs)` works, whatever the model is made of.
