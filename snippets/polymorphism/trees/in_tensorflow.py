"""A function for one tensor works on any nest of tensors."""

# %% Load
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
images = tf.constant(images / 16, tf.float32)  # (1797, 64)
labels = tf.constant(labels)

# %% Nest what belongs together
rng = np.random.default_rng(0)


def start(inputs, outputs):
    kernel = rng.normal(0, 0.2, (inputs, outputs)).astype("float32")
    return tf.constant(kernel), tf.zeros(outputs)


weights = {"hidden": start(64, 16), "answer": start(16, 10)}


# %% Map a function over the leaves
def shape(leaf):
    return list(leaf.shape)


shapes = tf.nest.map_structure(shape, weights)
print(shapes)


# %% Get gradients in the same nest
def cross_entropy(logits):
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return tf.reduce_mean(losses)


def loss(weights):
    kernel, bias = weights["hidden"]
    hidden = tf.tanh(images @ kernel + bias)
    kernel, bias = weights["answer"]
    return cross_entropy(hidden @ kernel + bias)


def gradient(loss, weights):
    with tf.GradientTape() as tape:
        tape.watch(weights)
        value = loss(weights)
    return tape.gradient(value, weights)


gradients = gradient(loss, weights)
print("the same nest:", tf.nest.map_structure(shape, gradients) == shapes)


# %% Step through two nests at once
def step(weight, gradient):
    return weight - 0.5 * gradient


def train(loss, weights):
    losses = []
    for _ in range(20):
        gradients = gradient(loss, weights)
        weights = tf.nest.map_structure(step, weights, gradients)
        losses.append(float(loss(weights)))
    return weights, losses


trained, losses = train(loss, weights)
print(f"loss {losses[0]:.3f} to {losses[-1]:.3f}")

# %% Flatten it and look at the order
leaves = tf.nest.flatten(trained)
leaf_sizes = [int(tf.size(leaf)) for leaf in leaves]
print(leaf_sizes)
turned = dict(reversed(trained.items()))  # the same, said the other way
turned_leaves = tf.nest.flatten(turned)
order_holds = turned_leaves[0] is leaves[0]
print("the same order said the other way:", order_holds)
again = tf.nest.pack_sequence_as(trained, leaves)
returns = again["hidden"][0] is trained["hidden"][0]
print("packed again, the same tensor:", returns)


# %% Put a class of yours into it
def negative(leaf):
    return -leaf


def refusal(function, *nests):
    try:
        tf.nest.map_structure(function, *nests)
    except (TypeError, ValueError) as error:
        reason = str(error).split("specifically: ")[-1].split(". ")[0]
        return f"{type(error).__name__}: {reason}"


@dataclass
class Dense:
    kernel: tf.Tensor
    bias: tf.Tensor
    activation: str

    def __call__(self, x):
        return getattr(tf, self.activation)(x @ self.kernel + self.bias)


layers = {
    "hidden": Dense(*weights["hidden"], "tanh"),
    "answer": Dense(*weights["answer"], "identity"),
}
print(refusal(negative, layers))


# %% Say how it is taken apart
class NestedDense(Dense):
    def __tf_flatten__(self):
        return self.activation, (self.kernel, self.bias)

    @classmethod
    def __tf_unflatten__(cls, activation, leaves):
        return cls(*leaves, activation)


layers = {name: NestedDense(**vars(old)) for name, old in layers.items()}


def layers_loss(layers):
    return cross_entropy(layers["answer"](layers["hidden"](images)))


trained_layers, layers_losses = train(layers_loss, layers)
print("classes:", [type(dense).__name__ for dense in trained_layers.values()])
print(f"loss {layers_losses[0]:.3f} to {layers_losses[-1]:.3f}")

# %% Hand it what does not fit
as_lists = {name: list(pair) for name, pair in weights.items()}
renamed = {"hidden": weights["hidden"], "output": weights["answer"]}
print(refusal(step, weights, as_lists))
print(refusal(step, weights, renamed))
print(refusal(negative, {"kernel": weights["hidden"][0], "bias": None}))


# %% Solve the average
def average(*nests):
    return tf.nest.map_structure(lambda *same: sum(same) / len(same), *nests)


middle = float(loss(average(weights, trained)))
layers_middle = float(layers_loss(average(layers, trained_layers)))
print(f"loss in the middle: {middle:.3f} and {layers_middle:.3f}")
