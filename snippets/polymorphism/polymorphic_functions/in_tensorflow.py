"""One name, many compiled bodies: the types of a call choose one."""

# %% Write one function for whole numbers and fractions
import re

import tensorflow as tf
from sklearn.datasets import load_digits

images = tf.constant(load_digits().images)  # (1797, 8, 8), 0 to 16


def halve(images, times=1):
    for _ in range(times):
        if images.dtype.is_floating:
            images = images / 2
        else:
            images = images // 2
    return images


# %% Compile it, and keep each body
plumbing = {"Const", "Identity", "NoOp", "Placeholder"}


def body_for(arguments):
    graph = compiled.get_concrete_function(*arguments).graph
    types = [operation.type for operation in graph.get_operations()]
    return [type for type in types if type not in plumbing]


compiled = tf.function(halve)

# %% Call it with several types
calls = {
    "int32": [tf.cast(images, tf.int32)],
    "float32": [tf.cast(images, tf.float32)],
    "float64": [tf.cast(images, tf.float64)],
    "float32 again": [tf.cast(images, tf.float32) + 1],
    "float32, three times": [tf.cast(images, tf.float32), 3],
}
sums, counts = [], []
for name, arguments in calls.items():
    before = compiled.experimental_get_tracing_count()
    sums.append(float(compiled(*arguments).numpy().sum()))
    counts.append(compiled.experimental_get_tracing_count())
    is_new = counts[-1] > before
    body = body_for(arguments) if is_new else ["an earlier body"]
    print(f"{name:<21}", *body)

# %% List the bodies
for line in compiled.pretty_printed_concrete_signatures().splitlines():
    if "POSITIONAL" in line:
        print(line.replace(" (POSITIONAL_OR_KEYWORD)", "").strip())


# %% Pass objects with a method
class Halve:
    def call(self, images):
        return images / 2


class Invert:
    def call(self, images):
        return 16 - images


def process(images, step):
    return step.call(images)


compiled = tf.function(process)
object_counts, means = [], []
for step in Halve(), Invert(), Halve():
    means.append(float(compiled(images, step).numpy().mean()))
    object_counts.append(compiled.experimental_get_tracing_count())
    print(f"{type(step).__name__:<6} bodies: {object_counts[-1]}")
two_classes = object_counts[:2]


# %% Override the method after the first call
def show(name):
    seen, expected = compiled(images, step), process(images, step)
    print(f"{name:<10} {seen.numpy().mean():.1f}, eagerly", end=" ")
    print(f"{expected.numpy().mean():.1f}")
    return float(seen.numpy().mean())


at_first = show("at first")
step.call = lambda images: images + 100  # this object's alone
on_object = show("on object")
del step.call
Halve.call = Invert.call  # for all objects of the class
in_class = show("in class")

# %% Ask for one body for all sizes
notices = []
# Collects the warnings here instead of sending them to stderr.
tf.get_logger().addFilter(lambda w: notices.append(w.getMessage()))
any_size = tf.TensorSpec([None, 8, 8], tf.float64)
kinds = {
    "a body per size": {},
    "a general one from the second size": {"reduce_retracing": True},
    "a general one at once": {"input_signature": [any_size]},
}
size_counts = []
for name, options in kinds.items():
    compiled = tf.function(lambda x: halve(x), **options)
    for size in 100, 200, 300, 400:
        compiled(images[:size])
    size_counts.append(compiled.experimental_get_tracing_count())
    print(f"{name:<35} {size_counts[-1]}")
print("warned:", re.sub("to <.*> ", "", notices[0].split(". ")[0]))

# %% Solve two bodies for six calls
two_bodies = tf.function(halve)
for dtype in tf.int32, tf.float32:
    two_bodies.get_concrete_function(tf.TensorSpec([None, 8, 8], dtype))
for size in 100, 200, 300:
    for dtype in tf.int32, tf.float32:
        two_bodies(tf.cast(images[:size], dtype))
solved = two_bodies.experimental_get_tracing_count()
print("bodies:", solved)
