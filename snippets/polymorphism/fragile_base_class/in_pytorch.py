"""A subclass depends on what its base calls, and the base may change it."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from torch import nn

images, labels = load_digits(return_X_y=True)  # (1797, 64)
trained = LogisticRegression().fit(images[:1000] / 16, labels[:1000])


# %% Count what is added to a base, old and new
class NewList(list):  # the same to all who use it
    def extend(self, layers):
        for layer in layers:
            self.append(layer)


def count_with(base, layers):
    class Counting(base):
        added = 0

        def append(self, layer):
            self.added += 1
            return super().append(layer)

        def extend(self, layers):
            self.added += len(layers)
            return super().extend(layers)

    container = Counting()
    container.extend(layers)
    return container.added


names = ["hidden", "relu", "output"]
counted = [count_with(list, names), count_with(NewList, names)]
print("three layers, counted as", counted)


# %% Count what is added to the framework's container
layers = [nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)]
counted.append(count_with(nn.Sequential, layers))
print("nn.Sequential:", counted[-1])
print("nn.ModuleList:", count_with(nn.ModuleList, layers))


# %% Count from outside
class Counter:
    """Has a way to add instead of being what it adds to."""

    def __init__(self, append):
        self.append, self.added = append, 0

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
            self.added += 1


counted_outside = []
for append in ([].append, NewList().append, nn.Sequential().append):
    counter = Counter(append)
    counter.extend(layers)
    counted_outside.append(counter.added)
print("three layers, counted as", counted_outside)


# %% Forget the constructor of the base
class Forgetful(nn.Module):
    def __init__(self):
        self.output_layer = nn.Linear(64, 10)

    def forward(self, images):
        return self.output_layer(images)


made = []
try:
    made.append(Forgetful())
    made[0](torch.ones(1, 64))
except (AttributeError, RuntimeError) as error:
    print(f"created {len(made)}, then {type(error).__name__}:")
    print(error)
created = len(made)


# %% Take a name that the base uses
class Named(nn.Module):
    def __init__(self, name):
        super().__init__()
        setattr(self, name, 1000)


kept = []
for name in ("training", "trainable", "losses"):
    try:
        value = getattr(Named(name).eval(), name)
    except AttributeError as error:
        value = error
    print(f"{name}: {value}")
    kept.append(int(value == 1000))

# %% Stack five levels
trace = []


class Reader:
    def read(self, images):
        trace.append("Reader.read")
        return self.scores(self.prepare(images)).argmax(axis=1)

    def prepare(self, images):
        trace.append("Reader.prepare")
        return images


class Scaled(Reader):
    def prepare(self, images):
        trace.append("Scaled.prepare")
        return super().prepare(images) / 16


class Linear(Scaled):
    def scores(self, images):
        trace.append("Linear.scores")
        return images @ trained.coef_.T + trained.intercept_


class Doubtful(Linear):
    def scores(self, images):  # where no digit has 3, the 10 wins
        trace.append("Doubtful.scores")
        scores = super().scores(images)
        return np.pad(scores, ((0, 0), (0, 1)), constant_values=3)


class Tallied(Doubtful):
    tally = 0

    def read(self, images):
        trace.append("Tallied.read")
        self.tally += len(images)
        return super().read(images)


tallied = Tallied()
deep = tallied.read(images[1000:])
calls = len(trace)
print(*trace, sep="\n")
right, doubtful = (deep == labels[1000:]).sum(), (deep == 10).sum()
print(right, "right and", doubtful, "doubtful of", tallied.tally)


# %% Solve the five levels
def scale(images):
    return images / 16


def score(images):
    return images @ trained.coef_.T + trained.intercept_


def doubt(scores):
    return np.pad(scores, ((0, 0), (0, 1)), constant_values=3)


class Pipeline:
    def __init__(self, *steps):
        self.steps, self.tally = steps, 0

    def read(self, images):
        self.tally += len(images)
        for step in self.steps:
            images = step(images)
        return images.argmax(axis=1)


flat = Pipeline(scale, score, doubt).read(images[1000:])
print("the same readings:", np.array_equal(flat, deep))
