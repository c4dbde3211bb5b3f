"""What a subclass inherits, overrides, extends and adds."""

# %% Write a base class that works
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import pairwise_distances_argmin as nearest_of
from sklearn.svm import SVC

images, labels = load_digits(return_X_y=True)  # (1797, 64)
known, unread = images[:1000], images[1000:]


class Reader:
    """Reads every digit as the one that it saw most often."""

    def learn(self, images, labels):
        self.images, self.labels = self.prepare(images), labels
        return self

    def prepare(self, images):
        return images

    def read(self, images):
        return np.full(len(images), np.bincount(self.labels).argmax())

    def right(self, images, labels):  # calls the read of the object
        return int((self.read(images) == labels).sum())


# %% Override one method
class Neighbour(Reader):
    def read(self, images):
        return self.labels[self.nearest(images)]

    def nearest(self, images):  # added: Reader has none
        return nearest_of(self.prepare(images), self.images)


# %% Extend a method with super
class Mean(Reader):
    def learn(self, images, labels):
        super().learn(images, labels)
        kinds = [self.images[labels == digit] for digit in range(10)]
        self.means = np.stack([kind.mean(axis=0) for kind in kinds])
        return self

    def read(self, images):
        return nearest_of(self.prepare(images), self.means)


class Support(Reader):
    def learn(self, images, labels):
        super().learn(images, labels)
        self.model = SVC().fit(self.images, labels)  # scikit-learn's own
        return self

    def read(self, images):
        return self.model.predict(self.prepare(images))


# %% Call them all the same way
readers = [Reader(), Mean(), Neighbour(), Support()]
for reader in readers:
    reader.learn(known, labels[:1000])
    right = reader.right(unread, labels[1000:])
    print(f"{type(reader).__name__:<9} {right:>3} right by", end=" ")
    print(reader.learn.__qualname__, "and", reader.read.__qualname__)
print("Readers:   ", [isinstance(reader, Reader) for reader in readers])
print("Neighbours:", [isinstance(reader, Neighbour) for reader in readers])


# %% Inherit from two classes
class Scaled(Neighbour):
    def prepare(self, images):  # to length 1
        images = super().prepare(images)
        return images / np.linalg.norm(images, axis=1, keepdims=True)


class Centred(Neighbour):
    def prepare(self, images):  # to mean 0
        images = super().prepare(images)
        return images - images.mean(axis=1, keepdims=True)


class ScaledLast(Scaled, Centred):
    pass


class CentredLast(Centred, Scaled):
    pass


def describe(kind):
    reader = kind().learn(known, labels[:1000])
    print(" > ".join(one.__name__ for one in kind.__mro__[:-1]))
    first = reader.images[0]  # as it was prepared
    print(f"  mean {abs(first.mean()):.2f}", end=", ")
    print(f"length {np.linalg.norm(first):.2f}", end=", ")
    print(f"{reader.right(unread, labels[1000:])} right")


for kind in (Scaled, Centred, ScaledLast, CentredLast):
    describe(kind)


# %% Misspell an override
class Misspelt(Neighbour):
    def prepair(self, images):
        raise RuntimeError("nobody calls this")


describe(Misspelt)
print(Misspelt.prepare.__qualname__, "answers")


# %% Name the base instead of calling super
class Alone(Neighbour):
    def prepare(self, images):
        images = Neighbour.prepare(self, images)  # not super()
        return images / np.linalg.norm(images, axis=1, keepdims=True)


class AloneLast(Alone, Centred):
    pass


describe(AloneLast)

# %% Ask for an order that cannot be
try:

    class Impossible(Neighbour, Scaled):
        pass

except TypeError as error:
    print(" ".join(str(error).split()))


# %% Solve the misspelling
def override(method):
    method.__override__ = True  # as typing.override does
    return method


class Checked(Neighbour):
    def __init_subclass__(cls):
        super().__init_subclass__()
        inherited = {name for base in cls.__mro__[1:] for name in vars(base)}
        for name, method in vars(cls).items():
            if hasattr(method, "__override__") and name not in inherited:
                raise TypeError(f"{cls.__name__}.{name} overrides nothing")


try:

    class Careful(Checked):
        @override
        def prepair(self, images):
            return images

except TypeError as error:
    print("refused:", error)
