"""Keras layers inside a training loop of JAX's own."""

# %% Load
import os

os.environ["KERAS_BACKEND"] = "jax"
import jax
import keras
import numpy as np
from jax import numpy as jnp
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
starts = range(64, len(pixels), 64)
images = np.split((pixels / 16).astype("float32"), starts)
labels = np.split(digits, starts)

# %% Define the model
# JAX differentiates functions, so the layer's weights become arguments.
body = keras.layers.Dense(32, activation="relu")
body.build((None, 64))


def apply(weights, images):
    hidden, state = body.stateless_call(weights["body"], [], images)
    return hidden @ weights["head"] + weights["bias"]


# %% Start from the same weights
rng = np.random.default_rng(0)
body.kernel.assign(rng.normal(0, 0.2, (64, 32)))
weights = {
    "body": [variable.value for variable in body.trainable_variables],
    "head": jnp.asarray(rng.normal(0, 0.2, (32, 10)), "float32"),
    "bias": jnp.zeros(10),
}


# %% Write one step
def measure(weights, images, labels):
    log_p = jax.nn.log_softmax(apply(weights, images))
    return -log_p[jnp.arange(len(labels)), labels].mean()


@jax.jit
def step(weights, images, labels):
    loss, gradients = jax.value_and_grad(measure)(weights, images, labels)
    return loss, jax.tree.map(lambda w, g: w - 0.1 * g, weights, gradients)


# %% Take twenty steps
losses = []
for batch in list(zip(images, labels))[:20]:
    loss, weights = step(weights, *batch)
    losses.append(float(loss))
print(f"loss: {losses[0]:.4f}, then {losses[-1]:.4f}")
kernel = np.asarray(weights["body"][0])
head_kernel = np.asarray(weights["head"])

# %% Look underneath
stale = not np.allclose(body.kernel.value, kernel)
print("the layer still holds the start weights:", stale)
stored = [body.kernel.value, weights["head"]]
native = [isinstance(value, jax.Array) for value in stored]
print("both kernels are jax.Array:", all(native))
sizes = [list(value.shape) for value in stored]
print("kernel sizes:", sizes)
