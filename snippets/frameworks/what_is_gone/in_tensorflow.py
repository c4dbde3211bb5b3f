"""Sixteen lines from old tutorials: gone, warned about, or still fine."""

# %% Collect old lines and new ones
import warnings
from collections import Counter

import keras
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

x = tf.constant([[1.0, 2.0], [2.0, 5.0]])
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
doubled = tf.function(lambda x: 2 * x).get_concrete_function(x)
convert = tf.lite.TFLiteConverter.from_concrete_functions
lite = convert([doubled], tf.Module()).convert()
names = {
    "tf": tf,
    "keras": keras,
    "Interpreter": Interpreter,
    "x": x,
    "model": model,
    "lite": lite,
}

old_to_new = {
    "tf.Session()": "tf.function(abs)",
    "tf.compat.v1.Session()": "tf.function(abs)",
    "tf.placeholder(tf.float32)": "keras.Input((2,))",
    "tf.get_variable('w', (2, 2))": "tf.Variable(tf.ones((2, 2)))",
    "tf.log(x)": "tf.math.log(x)",
    "tf.reduce_sum(x, keep_dims=True)": "tf.reduce_sum(x, keepdims=True)",
    "tf.contrib.layers": "keras.layers",
    "tf.layers.dense(x, 2)": "keras.layers.Dense(2)(x)",
    "tf.estimator.DNNClassifier": "keras.Model",
    "tf.train.AdamOptimizer(0.1)": "keras.optimizers.Adam(0.1)",
    "keras.optimizers.Adam(lr=0.1)": (
        "keras.optimizers.Adam(learning_rate=0.1)"
    ),
    "keras.layers.Dense(2, input_shape=(2,))": "keras.layers.Dense(2)",
    "model.predict_classes(x)": "model.predict(x, verbose=0).argmax(1)",
    "model.save('folder')": "model.export('folder', verbose=False)",
    "tf.test.is_gpu_available()": "tf.config.list_physical_devices('GPU')",
    "tf.lite.Interpreter(model_content=lite)": (
        "Interpreter(model_content=lite)"
    ),
}


# %% Run the old lines
logged = []
# Collects what TensorFlow logs instead of sending it to stderr.
tf.get_logger().addFilter(lambda record: logged.append(record))


def outcome(line):
    logged.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            eval(line, names)
        except Exception:  # AttributeError, TypeError, ValueError
            return "gone"
    return "warns" if caught + logged else "works"


before = [outcome(old) for old in old_to_new]
for old, found in zip(old_to_new, before):
    print(found, old)

# %% Run the new lines
after = [outcome(new) for new in old_to_new.values()]
replaced = [found == "works" for found in after]
tally = [Counter(before)[found] for found in ("gone", "warns", "works")]
print("gone, warns, works:", *tally)
