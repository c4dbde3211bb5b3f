"""One function, and the class of its first argument picks the body."""

# %% Write a body per class
from collections import deque
from collections.abc import Iterable, Sequence, Sized
from functools import singledispatch, singledispatchmethod

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

image, other_image = load_digits().images[:2]  # (8, 8), ink from 0 to 16


@singledispatch
def ink(image):
    raise TypeError(f"no ink in {type(image).__name__}")


@ink.register
def of_array(image: np.ndarray):
    return float(image.mean())


@ink.register
def of_rows(image: list | tuple):
    return of_array(np.array(image))


inks = [ink(image), ink(image.tolist()), ink(tuple(image))]
print("ink:", inks)

# %% Register the framework's class from outside
tensor = tf.constant(image)
try:
    ink(tensor)
except TypeError as error:
    print(error)


@ink.register
def of_tensor(image: tf.Tensor):
    return of_array(image.numpy())


tensor_ink = ink(tensor)
print("ink:", tensor_ink)

# %% Pass the kind that is trained
weights = tf.Variable(tensor)
try:
    ink(weights)
    trained_accepted = 1
except TypeError as error:
    print(error)
    trained_accepted = 0

ink.register(tf.Variable, of_tensor)
trained_ink = ink(weights)
print("ink:", trained_ink)

# %% See who answers
for thing in (image, image.tolist(), tensor, weights, "seven"):
    answer = ink.dispatch(type(thing))
    print(f"{type(thing).__name__:<17}{answer.__name__}")
print([registered.__name__ for registered in ink.registry])


# %% Register an abstract class
@ink.register
def of_sequence(image: Sequence):
    return of_rows(list(image))


deque_ink = ink(deque(image))
print("ink:", deque_ink, "by", ink.dispatch(deque).__name__)
print("a list still:", ink.dispatch(list).__name__)
print("and a str:", ink.dispatch(str).__name__)


# %% Leave two answers open
@singledispatch
def pages(book): ...


@pages.register
def by_length(book: Sized):
    return len(book)


@pages.register
def by_turning(book: Iterable):
    return sum(1 for page in book)


try:
    pages([image, other_image])
except RuntimeError as error:
    print(error)


# %% Choose inside a class
class Meter:
    def __init__(self):
        self.total = 0.0

    @singledispatch
    def by_self(self, image):
        return "the first argument is self"

    @by_self.register
    def _(self, image: np.ndarray):
        return "never reached"

    @singledispatchmethod
    def add(self, image):
        self.total += ink(image)

    @add.register
    def add_number(self, amount: float):
        self.total += amount


meter = Meter()
meter.add(0.5)
meter.add(tensor)
total = meter.total
print("total:", total)
try:
    meter.add(1)  # no float, although a checker lets it pass for one
except TypeError as error:
    print(error)
print(meter.by_self(image))


# %% Expect the second argument to count
@singledispatch
def distance(one, other):
    raise TypeError(f"no distance from {type(one).__name__}")


@distance.register
def between_arrays(one: np.ndarray, other):
    return float(abs(one - other).mean())


@distance.register
def between_tensors(one: tf.Tensor, other):
    return float(tf.reduce_mean(tf.abs(one - other)))


near = [
    distance(other_image, image),
    distance(tf.constant(other_image), tensor),
]
print("distance:", near)
try:
    distance(other_image, tensor)
except (AttributeError, TypeError) as error:
    print(str(error).strip().splitlines()[0])
try:
    distance(one=other_image, other=image)
except TypeError as error:
    print(error)


# %% Solve the second argument
bodies = {}


def register_pair(first, second):
    def register(body):
        bodies[first, second] = body
        return body

    return register


def gap(one, other):
    for first in type(one).__mro__:
        for second in type(other).__mro__:
            if body := bodies.get((first, second)):
                return body(one, other)
    raise TypeError("no gap between these two")


@register_pair(np.ndarray, tf.Tensor)
def array_tensor(one, other):
    return distance(one, other.numpy())


@register_pair(tf.Tensor, np.ndarray)
def tensor_array(one, other):
    return distance(one.numpy(), other)


gaps = [gap(other_image, tensor), gap(tf.constant(other_image), image)]
print("gap:", gaps)
