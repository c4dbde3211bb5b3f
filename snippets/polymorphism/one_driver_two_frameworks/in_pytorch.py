"""One training driver drives whatever has two methods."""

# %% Load
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, labels = load_digits(return_X_y=True)
images = (pixels / 16).astype("float32")  # (1797, 64)
batches = list(zip(np.split(images[:1280], 20), np.split(labels[:1280], 20)))


# %% Write the driver into a base class
class Learner(ABC):
    @abstractmethod
    def step(self, images, labels): ...

    @abstractmethod
    def predict(self, images): ...

    def fit(self, epochs):
        return [
            np.mean([self.step(*batch) for batch in batches])
            for _ in range(epochs)
        ]


# %% Inherit the driver
class LinearLearner(Learner):
    def __init__(self):
        self.model = nn.Linear(64, 10)
        nn.init.zeros_(self.model.weight)
        nn.init.zeros_(self.model.bias)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.5)

    def step(self, images, labels):
        logits = self.model(torch.from_numpy(images))
        loss = nn.functional.cross_entropy(logits, torch.from_numpy(labels))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def predict(self, images):
        return self.model(torch.from_numpy(images)).numpy()


learner = LinearLearner()
losses = learner.fit(5)
logits = learner.predict(images[1280:])
print("losses:", np.round(losses, 4))


# %% Write the driver as functions
class Trainable(Protocol):  # what they ask for; nobody inherits it
    def step(self, images, labels) -> float: ...
    def predict(self, images) -> np.ndarray: ...


def fit(learner: Trainable, epochs):
    return [
        np.mean([learner.step(*batch) for batch in batches])
        for _ in range(epochs)
    ]


def accuracy(learner: Trainable):
    guesses = learner.predict(images[1280:]).argmax(axis=1)
    return np.mean(guesses == labels[1280:])


# %% Adapt what inherits nothing
@dataclass
class Adapter:
    step: Callable
    predict: Callable


weight = torch.zeros(64, 10, requires_grad=True)
bias = torch.zeros(10, requires_grad=True)


def descend(images, labels):
    logits = torch.from_numpy(images) @ weight + bias
    loss = nn.functional.cross_entropy(logits, torch.from_numpy(labels))
    gradients = torch.autograd.grad(loss, [weight, bias])
    with torch.no_grad():
        for value, gradient in zip([weight, bias], gradients):
            value -= 0.5 * gradient
    return loss.item()


@torch.no_grad()
def score(images):
    return (torch.from_numpy(images) @ weight + bias).numpy()


adapter = Adapter(step=descend, predict=score)
adapter_losses = fit(adapter, 5)
adapter_logits = adapter.predict(images[1280:])
print("losses:", np.round(adapter_losses, 4))

# %% Measure both with a function that came later
accuracies = [accuracy(learner), accuracy(adapter)]
print("accuracy:", np.round(accuracies, 3))


# %% Forget a method
class Unfinished:
    steps = 0

    def step(self, images, labels):
        Unfinished.steps += 1
        return 0.0


class UnfinishedLearner(Unfinished, Learner): ...


steps_before = []
for kind in [UnfinishedLearner, Unfinished]:
    try:
        unfinished = kind()
        fit(unfinished, 5)
        accuracy(unfinished)
    except (TypeError, AttributeError) as error:
        steps_before.append(Unfinished.steps)
        message = str(error).split(" with")[0]  # the rest varies
        print(f"after {Unfinished.steps} steps: {message}")

# %% Let a tensor through
try:
    accuracy(Adapter(descend, lambda images: torch.tensor(score(images))))
except (TypeError, AttributeError) as error:
    print(error)


# %% Solve with NumPy alone
class NumPyLearner:
    def __init__(self):
        self.weight, self.bias = np.zeros((64, 10)), np.zeros(10)

    def step(self, images, labels):
        odds = np.exp(self.predict(images))
        chances = odds / odds.sum(axis=1, keepdims=True)
        truth = np.eye(10)[labels]
        gradient = (chances - truth) / len(labels)  # of the logits
        self.weight -= 0.5 * images.T @ gradient
        self.bias -= 0.5 * gradient.sum(axis=0)
        return -np.log(chances[truth == 1]).mean()

    def predict(self, images):
        return images @ self.weight + self.bias


numpy_losses = fit(NumPyLearner(), 5)
same = np.allclose(numpy_losses, losses, atol=1e-6)
print("the same losses:", same)
