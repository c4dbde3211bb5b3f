"""One layer and one loss, run by PyTorch."""

# %% Choose the backend
import os
import re
import subprocess
import sys

os.environ["KERAS_BACKEND"] = "torch"  # read once, by `import keras`
import keras
import numpy as np
from keras import ops
from sklearn.datasets import load_digits

# %% Load
pixels, labels = load_digits(return_X_y=True)
images = (pixels / 16).astype("float32")  # (1797, 64)


# %% Write a layer and a loss in keras.ops
class Cosine(keras.Layer):
    """Compares an image with one learnt pattern for each digit."""

    def build(self, shape):
        self.patterns = self.add_weight(shape=(shape[-1], 10))

    def call(self, x):
        x = self.normalise(x)
        patterns = ops.normalize(self.patterns, axis=0)
        return 10 * ops.matmul(x, patterns)

    def normalise(self, x):
        return ops.normalize(x, axis=-1)


class FocalLoss(keras.losses.Loss):
    """Cross-entropy that makes little of what is right already."""

    def call(self, labels, logits):
        truth = ops.one_hot(labels, 10)
        log_p = ops.sum(truth * ops.log_softmax(logits), axis=-1)
        return -ops.square(1 - ops.exp(log_p)) * log_p


# %% Train
def start(layer):
    model = keras.Sequential([keras.Input((64,)), layer])
    layer.patterns.assign(np.random.default_rng(0).random((64, 10)))
    return model


model = start(Cosine())
model.compile(optimizer=keras.optimizers.Adam(0.02), loss=FocalLoss())
history = model.fit(
    images[:1280],
    labels[:1280],
    batch_size=64,
    epochs=5,
    shuffle=False,
    verbose=0,
)
losses = history.history["loss"]
logits = model.predict(images[1280:], verbose=0)
accuracy = np.mean(logits.argmax(axis=1) == labels[1280:])
print("losses:", np.round(losses, 4), "accuracy:", round(accuracy, 3))

# %% See what one call becomes
layer = model.layers[0]
for x in [images[:2], keras.Input((64,))]:
    outputs = layer(x)
    print(f"{type(x).__name__:<11} -> {type(outputs).__name__}", end=" ")
    print(tuple(outputs.shape))

# %% Take a gradient past the interface
inputs, targets = ops.array(images[1280:]), ops.array(labels[1280:])
loss = FocalLoss()(targets, layer(inputs))
layer.zero_grad()  # training left one behind
loss.backward()
gradient = ops.convert_to_numpy(layer.patterns.value.grad)
print("gradient:", gradient[20, :3].round(5))

# %% Put a backend's own operation into a layer
elsewhere = "tensorflow"
program = """
import keras
import torch

class Native(keras.Layer):
    def call(self, x):
        return torch.sigmoid(x)

keras.config.disable_traceback_filtering()
x = keras.ops.ones((2, 4))
Native()(x)
print("ran on data", flush=True)
Native()(keras.layers.Dense(4)(x))
print("ran on the output of a layer")
"""
child = subprocess.run(
    [sys.executable, "-c", program],
    env=os.environ | {"KERAS_BACKEND": elsewhere, "CUDA_VISIBLE_DEVICES": ""},
    capture_output=True,
    text=True,
)
print("on", elsewhere, "the layer", child.stdout.strip() or "did not run")
print(re.findall(r"^\w+Error: .*", child.stderr, re.MULTILINE)[-1])


# %% Solve with a body for each backend
class NativeCosine(Cosine):
    def normalise(self, x):
        match keras.backend.backend():
            case "torch":
                import torch

                return torch.nn.functional.normalize(x, dim=-1)
            case "tensorflow":
                import tensorflow as tf

                return tf.math.l2_normalize(x, axis=-1)
            case _:
                return super().normalise(x)


untrained = start(Cosine()).predict(images, verbose=0)
solved = start(NativeCosine()).predict(images, verbose=0)
print("the same logits:", np.allclose(solved, untrained, atol=1e-5))
