"""Your optimizer and schedule stand where the framework's stood."""

# %% Load
import io

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import ExponentialLR, LRScheduler, StepLR

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
images = torch.tensor(pixels[:1280] / 16, dtype=torch.float32)
labels = torch.tensor(digits[:1280])
batches = list(zip(images.split(64), labels.split(64)))  # 20 of them


# %% Write an optimizer
class Lion(Optimizer):
    """Takes the sign of a mean of gradients: all steps are as long."""

    def __init__(self, weights, lr):
        super().__init__(weights, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:  # it had no part in the loss
                    continue
                state, gradient = self.state[weight], weight.grad
                if not state:
                    state["mean"] = torch.zeros_like(weight)
                mean = state["mean"]
                direction = torch.sign(0.9 * mean + 0.1 * gradient)
                weight -= group["lr"] * direction
                mean.copy_(0.99 * mean + 0.01 * gradient)


# %% Write a schedule
class WarmRoot(LRScheduler):
    """Rises for some steps, then falls with the root of the step."""

    def __init__(self, optimizer, warm_up):
        self.warm_up = warm_up
        super().__init__(optimizer)  # which asks for the first rate

    def get_lr(self):
        step = self.last_epoch + 1  # it counts the calls of step
        rise, fall = step / self.warm_up, (self.warm_up / step) ** 0.5
        return [rate * min(rise, fall) for rate in self.base_lrs]


# %% Train with whatever comes
def start(kind, rate, make_schedule):
    model = nn.Linear(64, 10)
    kernel = np.random.default_rng(1).normal(0, 0.1, (64, 10))
    with torch.no_grad():
        model.weight.copy_(torch.tensor(kernel.T))
        model.bias.zero_()
    optimizer = kind(model.parameters(), lr=rate)
    return model, optimizer, make_schedule(optimizer)


def train(model, optimizer, schedule, batches):
    rates = []
    for images, labels in batches:
        rates.append(schedule.get_last_lr()[0])
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        schedule.step()
    return model.weight.detach().numpy().T, rates


# %% Swap one at a time
def falling(optimizer):
    return ExponentialLR(optimizer, gamma=0.9)


def warm(optimizer):
    return WarmRoot(optimizer, warm_up=5)


def run(kind, rate, make_schedule):
    parts = start(kind, rate, make_schedule)
    kernel, rates = train(*parts, batches)
    names = [type(part).__name__ for part in parts[1:]]
    accuracy = (parts[0](images).argmax(dim=1) == labels).float().mean()
    print(*names, f"{accuracy:.3f} at rates", np.round(rates[:20:5], 4))
    return kernel, rates


by_sgd, falls = run(SGD, 0.5, falling)
by_lion, _ = run(Lion, 0.02, falling)
by_both, rises = run(Lion, 0.02, warm)

# %% Save half-way, and go on
first = start(Lion, 0.02, warm)
train(*first, batches[:10])
file = io.BytesIO()
torch.save([part.state_dict() for part in first], file)
file.seek(0)
saved = torch.load(file)

again = start(Lion, 0.02, warm)
for part, state in zip(again, saved):
    part.load_state_dict(state)
resumed, late_rates = train(*again, batches[10:])
print("as without a stop:", np.allclose(resumed, by_both, atol=1e-6))

# %% Save the weights alone
fresh = start(Lion, 0.02, warm)
fresh[0].load_state_dict(saved[0])
forgetful, wrong_rates = train(*fresh, batches[10:])
print("as without a stop:", np.allclose(forgetful, by_both, atol=1e-6))


# %% Offer a look-alike
class LookAlike:
    """Answers as a Lion does, and inherits nothing."""

    def __init__(self, weights, lr):
        self.lion = Lion(weights, lr)

    def __getattr__(self, name):
        return getattr(self.lion, name)


try:
    start(LookAlike, 0.02, warm)
except TypeError as error:
    print("refused:", error)


# %% Solve the halving rate
class Halving(LRScheduler):
    def get_lr(self):
        halvings = self.last_epoch // 5
        return [rate / 2**halvings for rate in self.base_lrs]


_, halved = run(SGD, 0.5, Halving)
built_in = run(SGD, 0.5, lambda optimizer: StepLR(optimizer, 5, 0.5))[1]
print("as the built-in one:", np.allclose(halved, built_in))
