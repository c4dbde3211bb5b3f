"""The same arithmetic in a hundred calls, and in two."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.utils._python_dispatch import TorchDispatchMode

images = load_digits().images.astype("float32")  # (1797, 8, 8)


# %% Add a digit a hundred times
def batch(batch_size):
    return torch.tensor(images[:batch_size]), torch.tensor(images[1])


def add_often(total, digit):
    for _ in range(100):
        total = total + digit
    return total


in_many_calls = add_often(*batch(3)).numpy()
print("a row of the first:", in_many_calls[0, 4].tolist())


# %% Count the calls
class Counter(TorchDispatchMode):
    calls = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.calls += 1
        return function(*args, **kwargs or {})


def count(function, *arguments):
    with Counter() as counter:
        function(*arguments)
    return counter.calls


calls = count(add_often, *batch(3))
print(calls, "calls")


# %% Say the same in fewer calls
def add_at_once(total, digit):
    return total + 100 * digit


in_few_calls = add_at_once(*batch(3)).numpy()
fewer_calls = count(add_at_once, *batch(3))
print(fewer_calls, "calls")
print("equal:", np.array_equal(in_many_calls, in_few_calls))


# %% Centre each digit in a loop
def centre(digit):
    return digit - digit.mean()


digits = torch.tensor(images)
looped = torch.stack([centre(digit) for digit in digits]).numpy()
print("a row of the first:", looped[0, 4].tolist())
print(len(digits) * count(centre, digits[0]), "calls, and those of the loop")

# %% Solve it without a loop
all_at_once = torch.vmap(centre)
centred = all_at_once(digits).numpy()
print(count(all_at_once, digits), "calls")
print("largest difference:", np.abs(centred - looped).max())
