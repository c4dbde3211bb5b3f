"""Save a trained model, load it in a new process, go on training."""

# %% Train something worth saving
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)
images = (pixels / 16).astype("float32")  # (1797, 64)


def build():
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def train(model, steps):
    return model.fit(
        images[:1500],
        digits[:1500],
        batch_size=1500,
        epochs=steps,
        shuffle=False,
        verbose=0,
    ).history["loss"]


model = build()
rng = np.random.default_rng(0)
for weight in model.weights:
    weight.assign(rng.normal(0, 0.1, weight.shape))
losses = train(model, steps=20)
unseen = images[1500:]
logits_before = model.predict(unseen, verbose=0)
print("loss:", round(losses[-1], 4))

# %% Save
model.save("model.keras")  # layers, weights, loss, optimizer
print("in the file:", *zipfile.ZipFile("model.keras").namelist())

# %% Load it in a new process
program = """
import keras
import numpy as np

model = keras.saving.load_model("model.keras")
logits = model.predict(np.load("unseen.npy"), verbose=0)
np.save("logits.npy", logits)
"""
Path("predict.py").write_text(program)
np.save("unseen.npy", unseen)
command = [sys.executable, "predict.py"]
subprocess.run(command, check=True, capture_output=True)
logits_after = np.load("logits.npy")
print("same logits:", np.allclose(logits_before, logits_after))

# %% Go on training
restored = keras.saving.load_model("model.keras")
next_losses = [train(model, steps=3), train(restored, steps=3)]
print("never stopped:", np.round(next_losses[0], 4))
print("restored:     ", np.round(next_losses[1], 4))

# %% Refuse a file that runs code
surprise = keras.Sequential(
    [keras.Input((64,)), keras.layers.Lambda(lambda x: 2 * x)]
)
surprise.save("surprise.keras")
refused = []
for safe_mode in True, False:  # True is the default
    try:
        keras.saving.load_model("surprise.keras", safe_mode=safe_mode)
        refused.append(False)
    except ValueError as error:
        refused.append(True)
        print("refused:", str(error).split(". ")[0])
