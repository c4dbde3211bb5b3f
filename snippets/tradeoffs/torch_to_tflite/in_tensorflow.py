"""One runtime and one kind of file, filled from either framework."""

# %% Load
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
from ai_edge_litert import schema_py_generated as schema
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

# %% Write the file
one_image = keras.InputSpec(shape=(1, 8, 8, 1), dtype="float32")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "digits.tflite")
    model.export(path, "litert", verbose=False, input_signature=[one_image])
    file = path.read_bytes()
file_bytes = len(file)
print("bytes of the file:", file_bytes)
tensorflow_loaded = "tensorflow" in sys.modules
print("TensorFlow is loaded:", tensorflow_loaded)

# %% Look into the file
content = schema.ModelT.InitFromPackedBuf(file, 0)
graph = content.subgraphs[0]
names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
codes = [content.operatorCodes[step.opcodeIndex] for step in graph.operators]
operators = [names[code.builtinCode] for code in codes]
print(*operators)
input_shape = graph.tensors[graph.inputs[0]].shape
print("takes", input_shape)

# %% Run it in LiteRT
runtime = CompiledModel.from_buffer(file)
inputs = runtime.create_input_buffers(0)
outputs = runtime.create_output_buffers(0)
logits = np.empty_like(logits_model)
for row, image in enumerate(images[1500:]):
    inputs[0].write(image[None])  # (1, 8, 8, 1)
    runtime.run_by_index(0, inputs, outputs)
    logits[row] = outputs[0].read(10, np.float32)
apart = np.abs(logits - logits_model).max()
print("same as the model's:", apart < 1e-4)
print("first logits:", logits[0, :5].round(2))
