"""How much arithmetic an operation does for each byte that it moves."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from skimage import data

pixels = data.retina().astype("float32") / 255  # (1411, 1411, 3)
distances = np.subtract.outer(np.arange(1411), np.arange(1411))
weights = np.exp(-(distances**2) / 8)
weights /= weights.sum(axis=1, keepdims=True)

# %% Define three operations
photo = tf.constant(pixels)
green = tf.constant(pixels[:, :, 1])  # (1411, 1411)
kernel = tf.constant(weights, dtype=tf.float32)


def photograph():
    return (photo,)


def contrast(photo):  # four operations on each number
    return photo * photo * (3 - 2 * photo)


def product(kernel, photo):
    return kernel @ photo


work = {
    "contrast": (contrast, photograph()),
    "matrix @ matrix": (product, (kernel, green)),
    "matrix @ column": (product, (kernel, green[:, 700:701])),
}
results = [call(*inputs).numpy() for call, inputs in work.values()]
contrasted, blurred, column = results

# %% Count the arithmetic
options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
options["output"] = "none"
tf.get_logger().setLevel("ERROR")  # it calls what is deprecated by now


def count_flops(call, inputs):
    graph = tf.function(call).get_concrete_function(*inputs).graph
    counted = tf.compat.v1.profiler.profile(graph, options=options)
    return counted.total_float_ops


flops = [count_flops(*item) for item in work.values()]
for name, number in zip(work, flops):
    print(f"{name}: {number:,} operations")
as_it_comes = count_flops(*work["contrast"])
print(f"contrast, as the counter comes: {as_it_comes:,}")


# %% Count the bytes
def size(tensors):
    return sum(t.shape.num_elements() * t.dtype.size for t in tensors)


def count_bytes(call, inputs):
    moved = 0
    graph = tf.function(call).get_concrete_function(*inputs).graph
    for node in graph.get_operations():
        if node.inputs and node.type != "Identity":
            tensors = {t.name: t for t in [*node.inputs, *node.outputs]}
            moved += size(t for t in tensors.values() if t.shape.rank)
    return moved, size([*inputs, call(*inputs)])


moved = np.array([count_bytes(*item) for item in work.values()])
intensity = np.array(flops)[:, None] / moved
print("operations a byte: line by line, fused")
for name, numbers in zip(work, intensity):
    print(f"{name}: {numbers[0]:.2f}, {numbers[1]:.2f}")

# %% Draw the roofline
# An imagined machine: 1000 billion operations, 100 billion bytes a second.
across = np.logspace(-1.5, 3, 200)
plt.figure(figsize=(6, 3.2))
plt.loglog(across, np.minimum(1000, 100 * across), color="grey")
for name, both, marker in zip(work, intensity, "osx"):
    plt.plot(both, np.minimum(1000, 100 * both), f"{marker}-", label=name)
plt.gca().set(xlabel="operations a byte", ylabel="at most, billion a second")
plt.title("TensorFlow: three operations under a roof")
plt.legend()
plt.show()
