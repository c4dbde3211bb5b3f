"""What the gradient is where a function has none, and how to choose it."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels = load_digits().images[0].astype("float32")  # (8, 8), a zero
shares = pixels / pixels.sum()  # of all the ink


def slope(function, at):
    at = tf.constant(at)
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = function(at)
    gradient = tape.gradient(value, at)
    return None if gradient is None else gradient.numpy()


# %% Stand on a kink
alike = {
    "relu at 0": slope(tf.nn.relu, [0.0]),
    "abs at 0": slope(tf.abs, [0.0]),
    "largest of two": slope(tf.reduce_max, [3.0, 3.0]),
}
apart = {
    "maximum(x, 0) at 0": slope(lambda x: tf.maximum(x, 0), [0.0]),
    "clip at its borders": slope(
        lambda x: tf.clip_by_value(x, 0, 1), [0.0, 1.0]
    ),
}
undefined = {
    "norm of nothing": slope(tf.norm, [0.0, 0.0]),
    "std of equals": slope(tf.math.reduce_std, [3.0, 3.0]),
}
for name, value in {**alike, **apart, **undefined}.items():
    print(f"{name:<19}", value)
alike = np.concatenate([*alike.values()])
tie, borders = apart.values()
finite = np.isfinite([*undefined.values()])


# %% Take the logarithm of a black pixel
def entropy(shares):
    return -tf.where(shares > 0, shares * tf.math.log(shares), 0)


def guarded_entropy(shares):
    inside = tf.where(shares > 0, shares, 1)
    return -tf.where(shares > 0, shares * tf.math.log(inside), 0)


entropies = [
    entropy(shares).numpy().sum(),
    guarded_entropy(shares).numpy().sum(),
]
print("entropy, twice:", np.round(entropies, 4))
spoiled = np.isnan(slope(entropy, shares))
print(spoiled.sum(), "nan for", (shares == 0).sum(), "black pixels")
guarded = slope(guarded_entropy, shares)
print("guarded:", np.isnan(guarded).sum(), "nan")

# %% Round, and choose the gradient
rounded = slope(lambda x: 3 * tf.round(x), [0.2, 0.7])
answered = rounded is not None
print("through round:", rounded)


@tf.custom_gradient
def straight_through(x):
    def backward(upstream):
        return upstream  # as if round had not been there

    return tf.round(x), backward


chosen = slope(lambda x: 3 * straight_through(x), [0.2, 0.7])
held = slope(lambda x: 3 * (x + tf.stop_gradient(tf.round(x) - x)), [0.2, 0.7])
print("straight through:", chosen)
print("by holding still:", held)
