"""A trained network in eight bits, calibrated on real digits."""

# %% Load
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
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

# %% Write it in 32 bits
one_image = keras.InputSpec(shape=(1, 8, 8, 1), dtype="float32")


def write(**options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "digits.tflite")
        signature = [one_image]
        model.export(path, "litert", False, signature, **options)
        return path.read_bytes()


file_32 = write()


# %% Calibrate, and write it in eight
def calibration():
    for image in images[:1500:10]:
        yield [image[None]]


file_8 = write(
    optimizations=[tf.lite.Optimize.DEFAULT],
    representative_dataset=calibration,
    target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]},
)
share = len(file_8) / len(file_32)
print("bytes:", len(file_32), len(file_8), "share:", round(share, 2))


# %% Run both
def load(file):
    runtime = CompiledModel.from_buffer(file)
    inputs = runtime.create_input_buffers(0)
    outputs = runtime.create_output_buffers(0)

    def run(image):
        inputs[0].write(image)
        runtime.run_by_index(0, inputs, outputs)
        return outputs[0].read(10, np.float32)

    return run


in_32, in_8 = load(file_32), load(file_8)
image = images[1500:1501]


def predict(image):
    return in_8(image)


digits = np.split(images[1500:], len(images) - 1500)
logits_32 = np.stack([in_32(digit) for digit in digits])
logits_8 = np.stack([predict(digit) for digit in digits])

# %% Compare them
moved = np.abs(logits_8 - logits_32).max()
print(f"logits moved by up to {moved:.0f} of {np.ptp(logits_32):.0f}")
answers = np.stack([logits_32, logits_8]).argmax(axis=2)  # (2, 297)
correct = (answers == labels[1500:]).sum(axis=1)
same = int((answers[0] == answers[1]).sum())
print("recognised:", *correct, "of", len(answers[0]), "alike:", same)
