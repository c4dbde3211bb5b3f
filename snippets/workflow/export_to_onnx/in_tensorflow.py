"""Export to ONNX, and hold the file to what the framework computed."""

# %% Train on the digits
import json
import warnings
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
from onnxruntime import quantization
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument
from onnxruntime.quantization.shape_inference import quant_pre_process
from sklearn.datasets import load_digits

digits = load_digits()
shuffled = np.random.default_rng(0).permutation(1797)
images = tf.constant(digits.images[shuffled] / 16, dtype=tf.float32)
images = images[..., None]  # (1797, 8, 8, 1)
labels = digits.target[shuffled]
answers = labels[1500:]
model = keras.Sequential(
    [
        keras.Input((8, 8, 1), name="images"),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.AveragePooling2D(2),
        keras.layers.Conv2D(64, 3, activation="relu"),  # (1, 1, 64)
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ]
)
rng = np.random.default_rng(1)
for weight in model.weights:
    weight.assign(rng.normal(0, 0.1, weight.shape))
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
model.fit(
    images[:1500],
    labels[:1500],
    batch_size=100,
    epochs=10,
    shuffle=False,
    verbose=0,
)

# %% Export it
probabilities = keras.layers.Softmax()(model.outputs[0])
served = keras.Model(model.inputs, {"probabilities": probabilities})
here = served(images[1500:])["probabilities"].numpy()
with warnings.catch_warnings():
    # Keras mends tf2onnx for NumPy 2, and NumPy warns of the mending.
    warnings.simplefilter("ignore", FutureWarning)
    served.export("digits.onnx", format="onnx", verbose=False)

# %% Check it, and write into it what one must know
file = onnx.load("digits.onnx")
onnx.checker.check_model(file, full_check=True)
about = {"classes": json.dumps(list(range(10))), "pixels": "0 to 1"}
onnx.helper.set_model_props(file, about)
onnx.save(file, "digits.onnx")
session = onnxruntime.InferenceSession("digits.onnx")
for port in session.get_inputs() + session.get_outputs():
    shape = [n if isinstance(n, int) else "any" for n in port.shape]
    print(port.name, shape, port.type)
print(sorted(session.get_modelmeta().custom_metadata_map.items()))

# %% Run the test set through it
unseen = images[1500:].numpy()


def run(images, session=session):
    outputs = session.run(["probabilities"], {"images": images})
    return outputs[0]


def accuracy(probabilities):
    return np.mean(probabilities.argmax(axis=1) == answers)


for size in 1, 64, 297:
    batches = np.split(unseen, range(size, 297, size))
    probabilities = np.concatenate([run(batch) for batch in batches])
    np.testing.assert_allclose(probabilities, here, atol=1e-5)
print(f"as the framework says, accuracy {accuracy(probabilities):.3f}")

# %% Shrink it to eight bits
prepared = "prepared.onnx"
quant_pre_process("digits.onnx", prepared)
unsigned = quantization.QuantType.QUInt8  # saturates on no processor
quantization.quantize_dynamic(prepared, "small.onnx", weight_type=unsigned)
small = onnxruntime.InferenceSession("small.onnx")
rounded = run(unseen, small)
sizes = [Path(name).stat().st_size for name in ("small.onnx", "digits.onnx")]
share = sizes[0] / sizes[1]
same_class = np.mean(rounded.argmax(axis=1) == here.argmax(axis=1))
print(f"share of the bytes: {share:.1f}, accuracy {accuracy(rounded):.3f}")
print(f"same digit: {same_class:.3f}")

# %% Feed it the wrong way
refused = []
channels_moved = unseen.transpose(0, 3, 1, 2)  # as PyTorch has them
for wrong in unseen.astype("float64"), channels_moved:
    try:
        run(wrong)
    except InvalidArgument as error:
        refused.append(1)
        print(str(error).split(" : ", 2)[2].splitlines()[0])
unscaled = run(unseen * 16)  # pixels from 0 to 16: nobody complains
print(f"pixels to 16: accuracy {accuracy(unscaled):.3f},", end=" ")
print(f"mean confidence {unscaled.max(axis=1).mean():.2f}")
print(f"       to 1:                 mean confidence {here.max(1).mean():.2f}")
