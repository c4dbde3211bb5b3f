"""The same arithmetic in a hundred calls, and in two."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

images = load_digits().images.astype("float32")  # (1797, 8, 8)


# %% Add a digit a hundred times
def batch(batch_size):
    return tf.constant(images[:batch_size]), tf.constant(images[1])


def add_often(total, digit):
    for _ in range(100):
        total = total + digit
    return total


in_many_calls = add_often(*batch(3)).numpy()
print("a row of the first:", in_many_calls[0, 4].tolist())

# %% Count the calls
NO_WORK = {"Const", "Identity", "Placeholder", "PlaceholderWithDefault"}


def count(function, *arguments):
    traced = tf.function(function).get_concrete_function(*arguments)
    operations = traced.graph.get_operations()
    return sum(operation.type not in NO_WORK for operation in operations)


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
    return digit - tf.reduce_mean(digit)


digits = tf.constant(images)
looped = tf.stack([centre(digit) for digit in digits]).numpy()
print("a row of the first:", looped[0, 4].tolist())
print(len(digits) * count(centre, digits[0]), "calls, and those of the loop")


# %% Solve it without a loop
def all_at_once(digits):
    return tf.vectorized_map(centre, digits)


centred = all_at_once(digits).numpy()
print(count(all_at_once, digits), "calls")
print("largest difference:", np.abs(centred - looped).max())
