"""A new interpreter: import, build a model, predict one digit, end."""

# %% Leave an image for the program
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

image = load_digits().data[:1] / 16  # (1, 64)
folder = tempfile.TemporaryDirectory()
np.save(Path(folder.name, "image.npy"), image.astype("float32"))

# %% Write the program
program = """
import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10),
    ]
)
rng = np.random.default_rng(0)
for weight in model.weights:
    weight.assign(rng.normal(0, 0.1, weight.shape))
image = tf.constant(np.load("image.npy"))
logits = model(image, training=False)
print(*logits[0].numpy().tolist())
"""


def first_result():
    return subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder.name,
    )


# %% Read what it printed
ended = first_result()
exit_status = ended.returncode
logits = np.array(ended.stdout.split(), dtype="float32")
print("exit status:", exit_status)
print("logits:", logits[:5].round(3))
folder.cleanup()
