"""Who picks the function: the types in the source, or the object?"""

# %% Give one name two functions
from abc import ABC, abstractmethod
from functools import singledispatch
from numbers import Integral, Real
from typing import overload

from sklearn.datasets import load_digits


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


# %% Vary the number of arguments
# The default value stands in for a second function.
def share(number, ways=2):
    return number // ways


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


# %% Reuse a name in a subclass
class Whole:
    def half(self, number):
        return number // 2


class Decimal(Whole):
    def half(self, number):  # in both languages this hides Whole's
        return number / 2


# %% Call them all
def show(name, numbers):
    print(name, "=", ", ".join(f"{number:g}" for number in numbers))


whole, decimal = 7, 7.0
one_name = [half(whole), half(decimal)]
both_functions = [first(whole), half(decimal)]
per_type = [halve(whole), halve(decimal)]
one_body = [split(whole), split(decimal)]
by_count = [share(whole), share(whole, 3)]

scale, shift = Scale(1 / 16), Shift(-0.5)
layers: list[Layer] = [scale, shift]
chained = []
for pixel in load_digits().images[0, 0, 2:5]:  # of a zero
    value = float(pixel)
    for layer in layers:
        value = layer.call(value)  # by the object
    chained.append(value)
by_own_type = [weights(scale), weights(shift)]
# In C++ by the type declared above, in Python by the object.
by_base_type = [weights(layer) for layer in layers]
hidden = [Decimal().half(whole), Decimal().half(decimal)]

show("one_name", one_name)
show("both_functions", both_functions)
show("per_type", per_type)
show("one_body", one_body)
show("by_count", by_count)
show("chained", chained)
show("by_own_type", by_own_type)
show("by_base_type", by_base_type)
show("hidden", hidden)


# %% Solve the hidden function
class Both(Whole):
    def half(self, number):
        if isinstance(number, int):
            return super().half(number)
        return number / 2


brought_back = [Both().half(whole), Both().half(decimal)]
show("brought_back", brought_back)
