"""What a base class can ask for, what it gives, and what it takes on trust."""

# %% Say what every reader must have
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
from sklearn.datasets import load_digits
from sklearn.svm import SVC

images, labels = load_digits(return_X_y=True)  # (1797, 64)


class Reader(ABC):
    @property
    @abstractmethod
    def name(self): ...

    @abstractmethod
    def scores(self, images):
        """An array (n, 10): the larger, the likelier the digit."""

    def read(self, images):  # complete, in terms of what is not
        return self.scores(images).argmax(axis=1)

    def right(self, images, labels):
        return int((self.read(images) == labels).sum())


# %% Create one that is unfinished
class Unnamed(Reader):
    def scores(self, images):
        return np.zeros((len(images), 10))


for kind in (Reader, Unnamed):
    try:
        kind()
    except TypeError as error:
        print(str(error).split(" with")[0])  # the rest is worded by release
        print("  missing:", sorted(kind.__abstractmethods__))


# %% Fill in what is missing
class Mean(Reader):
    name = "nearest mean"  # an attribute will do for a property

    def __init__(self, images, labels):
        kinds = [images[labels == digit] for digit in range(10)]
        self.means = np.stack([kind.mean(axis=0) for kind in kinds])

    def scores(self, images):  # (n, 1, 64) - (10, 64) to (n, 10)
        return -np.linalg.norm(images[:, None] - self.means, axis=2)


class Support(Reader):
    def __init__(self, images, labels):
        self.model = SVC().fit(images, labels)

    @property
    def name(self):
        return f"support vectors at {self.model.C:g}"

    def scores(self, images):
        return self.model.decision_function(images)


known, unread = images[:1000], images[1000:]
mean, support = Mean(known, labels[:1000]), Support(known, labels[:1000])
for reader in (mean, support):
    print(f"{reader.name}: {reader.right(unread, labels[1000:])} right")


# %% Get five methods for two
class Readings(Sequence):
    """What a reader reads, image by image, when it is asked."""

    def __init__(self, reader, images):
        self.reader, self.images = reader, images

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Readings(self.reader, self.images[index])
        return int(self.reader.read(self.images[index][None])[0])


methods = {name for name, part in vars(Sequence).items() if callable(part)}
print("asked for:", sorted(Sequence.__abstractmethods__))
print("given:", sorted(methods - Sequence.__abstractmethods__))

readings = Readings(support, unread)
print(list(readings[:8]), "backwards from", next(reversed(readings)))
print("first 7 at", readings.index(7), "and", readings.count(7), "in all")
print("a 7:", 7 in readings, "a 10:", 10 in readings)


# %% Accept a class by registering it
print(issubclass(float, Real), Real in float.__mro__)  # in numbers

Reader.register(SVC)  # which has neither scores nor right
machine = SVC().fit(known, labels[:1000])
print(isinstance(machine, Reader), Reader in SVC.__mro__)
try:
    machine.right(unread, labels[1000:])
except AttributeError as error:
    print("AttributeError:", error)


# %% Accept a class by its methods
class Predicts(ABC):
    @abstractmethod
    def predict(self, images): ...

    @classmethod
    def __subclasshook__(cls, kind):
        named = any("predict" in vars(one) for one in kind.__mro__)
        return (cls is Predicts and named) or NotImplemented  # as usual


class Oracle:
    predict = "tomorrow"


for kind in (SVC, Mean, Oracle):
    print(f"{kind.__name__:<7}", issubclass(kind, Predicts))


# %% Forget to inherit from ABC
class Loose:
    @abstractmethod
    def scores(self, images): ...


print("created, and its scores are", Loose().scores(images))


# %% Override with other parameters
class Careless(Mean):
    def scores(self):  # no images
        return self.means


try:
    Careless(known, labels[:1000]).read(unread)
except TypeError as error:
    print("TypeError:", error)


# %% Solve the mapping
class ByDigit(Mapping):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __getitem__(self, digit):
        found = self.images[self.labels == digit]
        if not len(found):
            raise KeyError(digit)
        return found

    def __iter__(self):
        return iter(np.unique(self.labels).tolist())

    def __len__(self):
        return len(np.unique(self.labels))


by_digit = ByDigit(images, labels)
print({digit: len(found) for digit, found in by_digit.items()})
print(by_digit.get(10), 10 in by_digit, len(by_digit))
