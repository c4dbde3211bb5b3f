"""Your own kind of tensor answers to the framework's own functions."""

# %% Read digits with a function that knows no masks
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.utils._python_dispatch import TorchDispatchMode

images, labels = load_digits(return_X_y=True)  # (1797, 64)
means = [images[:1000][labels[:1000] == digit].mean(0) for digit in range(10)]
means = torch.tensor(np.stack(means))  # (10, 64)
images, labels = torch.tensor(images[1000:]), labels[1000:]


def read(images):
    differences = torch.sub(torch.unsqueeze(images, 1), means)
    return torch.mean(torch.square(differences), -1)  # (images, 10)


def accuracy(distances):
    return float((distances.numpy().argmin(axis=1) == labels).mean())


whole = accuracy(read(images))
print(f"whole images:       {whole:.2f}")

# %% Tear off the lowest three rows
seen = torch.ones(8, 8, dtype=torch.bool)
seen[5:] = False
seen = seen.reshape(64)
torn = images * seen
torn_accuracy = accuracy(read(torn))
print(f"torn, zeros filled: {torn_accuracy:.2f}")

# %% Write a tensor that knows what was seen
answers = {}


class Masked:
    def __init__(self, values, seen):
        self.values, self.seen = values, seen

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function not in answers:
            return NotImplemented
        return answers[function](*args, **kwargs or {})


# %% Register an answer per function
def implements(function):
    def register(answer):
        answers[function] = answer
        return answer

    return register


def parts(x):  # of a masked tensor or of a plain one
    return (x.values, x.seen) if isinstance(x, Masked) else (x, True)


@implements(torch.unsqueeze)
def masked_unsqueeze(input, dim):
    return Masked(input.values.unsqueeze(dim), input.seen.unsqueeze(dim))


@implements(torch.sub)
def masked_difference(input, other):
    (values, seen), (others, others_seen) = parts(input), parts(other)
    return Masked(values - others, seen & others_seen)


@implements(torch.square)
def masked_square(input):
    return Masked(input.values**2, input.seen)


@implements(torch.mean)
def masked_mean(input, dim, keepdim=False):
    kept = torch.where(input.seen, input.values, 0)
    return kept.sum(dim, keepdim) / input.seen.sum(dim, keepdim)


# %% Call the same function
masked = Masked(torn, seen.expand(torn.shape))
distances = read(masked)
masked_accuracy = accuracy(distances)
print(f"torn, masked:       {masked_accuracy:.2f}")

# %% Call what has no answer
try:
    torch.exp(masked)
except TypeError as error:
    print(str(error).splitlines()[0])


# %% Lose the mask without a word
class Careless(torch.Tensor):
    """Is a tensor, so that all functions accept it."""


careless = torn.as_subclass(Careless)
careless.seen = seen
forgotten = accuracy(read(careless))
print(f"torn, mask lost:    {forgotten:.2f}")
print("the mask of the result:", getattr(read(careless), "seen", "lost"))


# %% See what stands below a call
class Log(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        operators.append(function.overloadpacket.__name__)
        return function(*args, **kwargs or {})


calls = {
    "square": lambda: torch.square(images),
    "spread": lambda: torch.std(images, dim=-1, correction=0),
    "read": lambda: read(images),
    "masked": lambda: read(masked),
}
counts = []
for name, call in calls.items():
    operators = []
    with Log():
        call()
    counts.append(len(operators))
    print(f"{name:<6}", *operators)


# %% Solve the spread of what was seen
@implements(torch.std)
def masked_std(input, dim, *, correction=1, keepdim=False):
    distances = torch.sub(input, torch.mean(input, dim, keepdim=True))
    variance = torch.mean(torch.square(distances), dim, keepdim=keepdim)
    count = input.seen.sum(dim, keepdim=keepdim)
    return torch.sqrt(variance * count / (count - correction))


distances = distances.numpy()
spread = torch.std(masked, -1, correction=0).numpy()
print("zeros filled:", torn.std(-1, correction=0).numpy()[:4].round(2))
print("masked:      ", spread[:4].round(2))
