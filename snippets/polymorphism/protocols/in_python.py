"""Whatever has the right methods fits, and need not inherit them."""

# %% Write a class that inherits nothing
import os
import re
from typing import Protocol, runtime_checkable

import numpy as np
from mypy import api
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.linear_model import Perceptron
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

images, labels = load_digits(return_X_y=True)  # (1797, 64)
known, known_labels = images[:1000], labels[:1000]
unread, truth = images[1000:], labels[1000:]


class NearestMean:
    def fit(self, images, labels):
        groups = [images[labels == digit] for digit in range(10)]
        self.means = np.stack([group.mean(axis=0) for group in groups])
        return self

    def predict(self, images):
        distances = np.linalg.norm(images[:, None] - self.means, axis=2)
        return distances.argmin(axis=1)


# %% Call whatever has the methods
def accuracy(reader):
    reader.fit(known, known_labels)
    return (reader.predict(unread) == truth).mean()


readers = [NearestMean(), KNeighborsClassifier(1), GaussianNB()]
for reader in readers:
    print(f"{type(reader).__name__:<21}{accuracy(reader):.3f}")
shared = set.intersection(*(set(type(one).__mro__) for one in readers))
print("classes they share:", [one.__name__ for one in shared])

# %% Pass what has them not
scaler = StandardScaler()
try:
    accuracy(scaler)
except AttributeError as error:
    print(error)
print("and fit has run:", hasattr(scaler, "mean_"))


# %% Write down what is asked
@runtime_checkable
class Reader(Protocol):
    def fit(self, images: np.ndarray, labels: np.ndarray, /) -> object: ...
    def predict(self, images: np.ndarray, /) -> np.ndarray: ...


for one in (*readers, scaler):
    print(f"{type(one).__name__:<21}{isinstance(one, Reader)}")


# %% Ask a type checker
asked = """
from typing import Protocol

class Reader(Protocol):
    def fit(self, images: list[list[int]], /) -> object: ...
    def predict(self, image: list[int], /) -> int: ...

def read(reader: Reader) -> None: ...
"""
options = "--config-file= --no-error-summary --no-color-output -c".split()


def check(source):
    cache = f"--cache-dir={os.devnull}"
    told, _, _ = api.run([cache, *options, source])
    lines = re.findall(r"(?:error|note): (.*?)(?:  \[.*)?\n", told)
    print(*lines or ["no complaint"], sep="\n")


offered = """
class Offered:
    def fit(self, images: list[list[int]]) -> None: ...
    def predict(self, X: list[int]) -> int: return 7

read(Offered())
"""
check(asked + offered)

# %% Misspell a method
check(asked + offered.replace("predict", "predcit"))

# %% Return something else
check(asked + offered.replace("int: return 7", "str: return 'seven'"))


# %% Ask for a call alone
class Distance(Protocol):
    def __call__(
        self, images: np.ndarray, mean: np.ndarray, /
    ) -> np.ndarray: ...


class Power:
    def __init__(self, power):
        self.power = power

    def __call__(self, images, mean):
        return (abs(images - mean) ** self.power).sum(axis=1)


def nearest(distance: Distance):
    means = NearestMean().fit(known, known_labels).means
    distances = [distance(unread, mean) for mean in means]
    return (np.argmin(distances, axis=0) == truth).mean()


largest = nearest(lambda images, mean: abs(images - mean).max(axis=1))
print("a function:", largest.round(3))
print("an object: ", nearest(Power(2)).round(3))

# %% Forget the slash
asked = """
from typing import Protocol

class Distance(Protocol):
    def __call__(self, image: int, mean: int, /) -> int: ...

def nearest(distance: Distance) -> None: ...
def gap(one: int, other: int) -> int: return one - other

nearest(gap)
"""
check(asked)
print("-- without the slash:")
check(asked.replace(", /", ""))


# %% Fit the names and not the meaning
class Hasty:
    def fit(self): ...

    def predict(self, images, labels): ...


print("Hasty is a Reader:", isinstance(Hasty(), Reader))
try:
    accuracy(Hasty())
except TypeError as error:
    print(error)

clusters = KMeans(10, n_init=4, random_state=0)
print("KMeans is a Reader:", isinstance(clusters, Reader))
print("its accuracy:", accuracy(clusters).round(1))


# %% Solve the reader that knows its doubts
@runtime_checkable
class Doubting(Reader, Protocol):  # Protocol again, or it is none
    def predict_proba(self, images: np.ndarray, /) -> np.ndarray: ...


def accuracy_where_sure(reader: Doubting):
    sure = reader.predict_proba(unread).max(axis=1) > 0.99
    return (reader.predict(unread) == truth)[sure].mean()


for one in (*readers, Perceptron()):
    print(f"{type(one).__name__:<21}{isinstance(one, Doubting)}")
bayes = GaussianNB().fit(known, known_labels)
print("GaussianNB where it is sure:", accuracy_where_sure(bayes).round(3))
