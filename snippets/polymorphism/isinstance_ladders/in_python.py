"""A ladder of isinstance forgets the class that comes later."""

# %% Climb a ladder
import inspect
import json
import os
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import singledispatch
from typing import assert_never

from mypy import api
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler


@dataclass
class Dense:
    inputs: int
    outputs: int


@dataclass
class Relu: ...


def stored(layer):  # how many numbers it takes to save it
    if isinstance(layer, Dense):
        return layer.inputs * layer.outputs + layer.outputs
    return 0


network = [Dense(64, 32), Relu(), Dense(32, 10)]
print("the ladder counts", sum(map(stored, network)))

images, labels = load_digits(return_X_y=True)  # (1797, 64)
scaler = StandardScaler().fit(images)
trained = MLPClassifier(32, early_stopping=True, random_state=0)
trained.fit(scaler.transform(images), labels)
weights = [*trained.coefs_, *trained.intercepts_]
print("scikit-learn stores", sum(array.size for array in weights))


# %% Add a class
@dataclass
class Norm:  # keeps a mean and a spread
    inputs: int


network = [Norm(64), *network]
weights += [scaler.mean_, scaler.scale_]
print("the ladder counts", sum(map(stored, network)))
print("scikit-learn stores", sum(array.size for array in weights))


# %% Put a rung below one that is wider
@dataclass
class LowRank(Dense):  # two thin matrices for one wide
    rank: int


def stored_in_order(layer):
    if isinstance(layer, Dense):
        return layer.inputs * layer.outputs + layer.outputs
    if isinstance(layer, LowRank):
        rows = layer.inputs + layer.outputs
        return rows * layer.rank + layer.outputs
    return 0


print("LowRank, below Dense:", stored_in_order(LowRank(64, 32, 4)))
print("by its own rung:     ", (64 + 32) * 4 + 32)


def written(value):
    if isinstance(value, int):
        return f"{value:d}"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)


settings = trained.get_params()
for name in ("hidden_layer_sizes", "early_stopping", "alpha"):
    print(name, "=", written(settings[name]))


# %% Mend it with a method
class Layer(ABC):
    @abstractmethod
    def stored(self) -> int: ...


class NormLayer(Layer):
    def __init__(self, inputs):
        self.inputs = inputs


try:
    NormLayer(64)
except TypeError as error:  # how it goes on depends on Python's release
    print(str(error).split(" with")[0])


# %% Mend it with a function per class
@singledispatch
def count(layer):
    raise TypeError(f"no rule for {type(layer).__name__}")


@count.register
def count_dense(layer: Dense):
    return layer.inputs * layer.outputs + layer.outputs


@count.register
def count_low_rank(layer: LowRank):
    return (layer.inputs + layer.outputs) * layer.rank + layer.outputs


@count.register
def count_nothing(layer: Relu):
    return 0


print("LowRank:", count(LowRank(64, 32, 4)))
try:
    sum(map(count, network))
except TypeError as error:
    print(error)


# %% Mend it with a closed set
def stored_by_case(layer: Dense | Relu | Norm) -> int:
    match layer:
        case Dense(inputs, outputs):
            return inputs * outputs + outputs
        case Relu():
            return 0
        case _:
            assert_never(layer)


def stored_by_every_case(layer: Dense | Relu | Norm) -> int:
    match layer:
        case Dense(inputs, outputs):
            return inputs * outputs + outputs
        case Relu():
            return 0
        case Norm(inputs):
            return 2 * inputs
        case _:
            assert_never(layer)


print("counted:", sum(map(stored_by_every_case, network)))
try:
    stored_by_case(network[0])
except AssertionError as error:
    print(error)

# %% Ask a type checker
declared = """
from dataclasses import dataclass
from typing import assert_never

@dataclass
class Dense:
    inputs: int
    outputs: int

@dataclass
class Relu: ...

@dataclass
class Norm:
    inputs: int

"""
options = "--config-file= --no-error-summary --no-color-output -c".split()
for function in (stored_by_case, stored_by_every_case):
    source = declared + inspect.getsource(function)
    told, _, _ = api.run([f"--cache-dir={os.devnull}", *options, source])
    found = re.findall(r"error: (.*?)(?:  \[.*)?\n", told)
    print(function.__name__, "-", *found or ["no complaint"])


# %% Solve the closed set of JSON
def numbers(value):
    match value:
        case bool():  # above int, of which it is a subclass
            return 0
        case int() | float():
            return 1
        case list():
            return sum(map(numbers, value))
        case dict():
            return sum(map(numbers, value.values()))
        case str() | None:
            return 0
        case _:
            assert_never(value)


saved = {
    "early_stopping": True,
    "activation": "relu",
    "arrays": [array.tolist() for array in weights],
}
print("numbers in the file:", numbers(json.loads(json.dumps(saved))))
