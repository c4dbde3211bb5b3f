"""Who picks the function: the types in the source, or the object?"""

# %% Give one name two functions
from abc import ABC, abstractmethod
from functools import singledispatch
from numbers import Integral, Real
from typing import overload


def half(number: int) -> int:
    return number // 2


first = half  # keep a hold on it


# The name moves on to this one: nothing is overloaded.
def half(number: float) -> float:
    return number / 2


# %% Add a function per type
@singledispatch
def halve(number):
    raise TypeError(f"cannot halve {number!r}")


# Picked while the program runs, by the first argument's type.
@halve.register
def _(number: Integral):
    return number // 2


@halve.register
def _(number: Real):
    return number / 2


# %% Write one body for several types
# Read by type checkers alone: a call never sees these two.
@overload
def split(number: int) -> int: ...
@overload
def split(number: float) -> float: ...
def split(number):
    if isinstance(number, int):
        return number // 2
    return number / 2


# %% Override in subclasses
class Layer(ABC):
    @abstractmethod
    def call(self, value): ...


class Scale(Layer):
    def __init__(self, factor):
        self.factor = factor

    def call(self, value):
        return self.factor * value


class Shift(Layer):
    def __init__(self, offset):
        self.offset = offset

    def call(self, value):
        return value + self.offset


# %% Dispatch on an object known by its base class
@singledispatch
def weights(layer: Layer):
    return 0


@weights.register
def _(layer: Scale):
    return 1


# %% Call them all
def show(name, numbers):
    print(name, "=", ", ".join(f"{number:g}" for number in numbers))


whole, decimal = 7, 7.0
one_name = [half(whole), half(decimal)]
both_functions = [first(whole), half(decimal)]
per_type = [halve(whole), halve(decimal)]
one_body = [split(whole), split(decimal)]

scale, shift = Scale(0.5), Shift(-1.0)
layers: list[Layer] = [scale, shift]
chained = []
for petal_length in [1.4, 4.7, 6.0]:  # three irises, cm
    value = petal_length
    for layer in layers:
        value = layer.call(value)  # by the object
    chained.append(value)
by_own_type = [weights(scale), weights(shift)]
# In C++ by the type declared above, in Python by the object.
by_base_type = [weights(layer) for layer in layers]

show("one_name", one_name)
show("both_functions", both_functions)
show("per_type", per_type)
show("one_body", one_body)
show("chained", chained)
show("by_own_type", by_own_type)
show("by_base_type", by_base_type)
