"""One Keras program, run by JAX."""

# %% Choose the backend
import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

os.environ["KERAS_BACKEND"] = "jax"  # read once, by `import keras`
import keras
import numpy as np
from sklearn.datasets import load_digits

print("Keras runs on", keras.backend.backend())

# %% Load
pixels, digits = load_digits(return_X_y=True)
images = (pixels / 16).astype("float32").reshape(-1, 8, 8, 1)
np.savez("digits.npz", images=images[:1280], digits=digits[:1280])

# %% Define the model
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ]
)

# %% Start from the same weights
seeded = keras.initializers.GlorotUniform(seed=0)((3, 4))
seeded_kernel = keras.ops.convert_to_numpy(seeded)
print("seed 0 draws:", seeded_kernel[0].round(3))
rng = np.random.default_rng(0)  # NumPy draws the same everywhere
for weight in model.weights:
    weight.assign(rng.normal(0, 0.1, weight.shape))

# %% Train
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
print("compiles unasked:", model.jit_compile)
options = {"batch_size": 64, "shuffle": False, "verbose": 0}
history = model.fit(images[:1280], digits[:1280], epochs=5, **options)
losses = history.history["loss"]
print("losses:", np.round(losses, 4))

# %% Predict
logits = model.predict(images[1280:], verbose=0)  # a NumPy array
accuracy = np.mean(logits.argmax(axis=1) == digits[1280:])
print("test accuracy:", round(accuracy, 3))

# %% Save, and go on under another backend
elsewhere = "torch"
program = """
import keras
import numpy as np
data = np.load("digits.npz")
model = keras.saving.load_model("model.keras", compile=False)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
model.optimizer.build(model.trainable_variables)
model.load_weights("model.keras")  # now with the optimizer's
history = model.fit(
    data["images"], data["digits"], 64, shuffle=False, verbose=0
)
print(keras.backend.backend(), history.history["loss"][0])
"""
Path("go_on.py").write_text(program)
model.save("model.keras")
config = json.loads(ZipFile("model.keras").read("config.json"))
print("optimizer from", config["compile_config"]["optimizer"]["module"])
child = subprocess.run(
    [sys.executable, "go_on.py"],
    env={**os.environ, "KERAS_BACKEND": elsewhere},
    check=True,
    capture_output=True,
    text=True,
)
backend, there = child.stdout.split()
history = model.fit(images[:1280], digits[:1280], **options)
next_losses = [history.history["loss"][0], float(there)]
print("next loss here, and on", backend, np.round(next_losses, 4))
