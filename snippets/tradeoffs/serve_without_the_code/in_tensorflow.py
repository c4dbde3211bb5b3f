"""Export a trained model, and serve it where its class is unknown."""

# %% Train a model of your own class
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, labels = load_digits(return_X_y=True)
pixels = pixels.astype("float32")  # (1797, 64), 0 to 16


class Digits(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(32)
        self.scores = keras.layers.Dense(10)
        self.hidden.build((None, 64))
        self.scores.build((None, 32))
        rng = np.random.default_rng(0)
        for weight in self.weights:
            weight.assign(rng.normal(0, 0.1, weight.shape))

    def call(self, pixels):
        images = pixels / 16  # what the server gets is not scaled yet
        return self.scores(tf.nn.relu(self.hidden(images)))


model = Digits()
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.5),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
losses = model.fit(
    pixels[:1500],
    labels[:1500],
    batch_size=1500,
    epochs=20,
    shuffle=False,
    verbose=0,
).history["loss"]
logits_before = model(pixels[1500:]).numpy()
print("loss:", round(losses[-1], 4))

# %% Export it
any_length = [keras.InputSpec(shape=(None, 64), dtype="float32")]
model.export("digits", input_signature=any_length, verbose=False)

# %% Serve it in a new process
server = """
import numpy as np
import tensorflow as tf
model = tf.saved_model.load("digits")
pixels = tf.constant(np.load("unseen.npy"))
answers = [model.serve(pixels[:size]) for size in (1, 8, 9, 297)]
np.save("logits.npy", tf.concat(answers, axis=0))
"""
Path("server.py").write_text(server)
np.save("unseen.npy", pixels[1500:])
command = [sys.executable, "server.py"]
subprocess.run(command, check=True, capture_output=True)
logits_served = np.load("logits.npy")
same = np.allclose(logits_served[-297:], logits_before, atol=1e-5)
print("answers:", len(logits_served), "the same:", same)

# %% Export it without a word about sizes
model.export("permissive", verbose=False)
permissive = tf.saved_model.load("permissive")


def serve(model):
    return [len(model.serve(pixels[:size])) for size in (8, 9, 297)]


served_by_request = serve(tf.saved_model.load("digits"))
served_by_default = serve(permissive)
print("asked for:", served_by_request, "by default:", served_by_default)
