"""A trained network as one file, run by the runtime that a phone has."""

# %% Load
import tempfile
from pathlib import Path

import keras
import numpy as np
from ai_edge_litert.compiled_model import CompiledModel
from sklearn.datasets import load_digits

pixels, labels = load_digits(return_X_y=True)
images = (pixels / 16).astype("float32").reshape(-1, 8, 8, 1)

# %% Train a small network
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(64, 3, activation="relu"),  # (1, 1, 64)
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ]
)
rng = np.random.default_rng(0)
for weight in model.weights:
    if weight.ndim > 1:  # the biases are zero already
        deviation = np.sqrt(2 / np.prod(weight.shape[:-1]))
        weight.assign(rng.normal(0, deviation, weight.shape))
model.compile(
    optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
model.fit(images[:1500], labels[:1500], 100, 20, shuffle=False, verbose=0)
logits_model = model.predict_on_batch(images[1500:])
weight_bytes = 4 * model.count_params()

# %% Write the file
one_image = keras.InputSpec(shape=(1, 8, 8, 1), dtype="float32")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "digits.tflite")
    model.export(path, "litert", verbose=False, input_signature=[one_image])
    file = path.read_bytes()
file_bytes = len(file)
print("bytes of weights:", weight_bytes)
print("bytes of the file:", file_bytes)

# %% Run the file
runtime = CompiledModel.from_buffer(file)
inputs = runtime.create_input_buffers(0)
outputs = runtime.create_output_buffers(0)
image = images[1500:1501]


def predict(image):
    inputs[0].write(image)
    runtime.run_by_index(0, inputs, outputs)
    return outputs[0].read(10, np.float32)


# %% Compare it with the model
logits = np.stack([predict(image[None]) for image in images[1500:]])
apart = np.abs(logits - logits_model).max()
print("same as the model's:", apart < 1e-4)
print("first logits:", logits[0, :5].round(2))
correct = int((logits.argmax(axis=1) == labels[1500:]).sum())
print("digits recognised:", correct, "of", len(logits))
