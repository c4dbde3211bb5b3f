"""The operators in a file: what a small device must know how to compute."""

# %% Load
import tempfile
from pathlib import Path

import keras
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from sklearn.datasets import load_digits

pixels, _ = load_digits(return_X_y=True)
images = (pixels[:100] / 16).astype("float32")  # (100, 64)

# %% Define the network
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10),
    ]
)
rng = np.random.default_rng(0)
for weight in model.weights:
    weight.assign(rng.normal(0, 0.2, weight.shape))
logits_model = model.predict_on_batch(images)

# %% Write the file
one_image = keras.InputSpec(shape=(1, 64), dtype="float32")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "digits.tflite")
    model.export(path, "litert", verbose=False, input_signature=[one_image])
    file = path.read_bytes()

# %% List the operators
content = schema.ModelT.InitFromPackedBuf(file, 0)
names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
operators = sorted(names[op.builtinCode] for op in content.operatorCodes)
print(*operators, sep="\n")
kernels = len(operators)

# %% Choose faster kernels
# When you load the file, which stays as it is: XNNPACK is the default.
plain = Interpreter(
    model_content=file,
    experimental_op_resolver_type=(
        OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    ),
)
faster = Interpreter(model_content=file)
kernels_left = len(content.operatorCodes)
print("operators left in the file:", kernels_left)


# %% Run it with both
def run(interpreter):
    predict = interpreter.get_signature_runner()
    rows = [predict(args_0=image[None]) for image in images]
    return np.concatenate([row["output_0"] for row in rows])


logits_plain, logits_faster = run(plain), run(faster)
apart = np.abs(np.stack([logits_plain, logits_faster]) - logits_model).max()
print("same as the model's:", apart < 1e-5)
