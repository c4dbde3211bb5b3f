"""Count which arguments make a compiled function capture another graph."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine

features = tf.constant(load_wine().data, dtype=tf.float32)  # (178, 13)
warnings = []
# Collects the warnings here instead of sending them to stderr.
tf.get_logger().addFilter(lambda w: warnings.append(w.getMessage()))


# %% Count the graphs
def scale(features, by, squared=False):
    if squared:
        features = features * features
    return features * tf.cast(by, features.dtype)


def count_graphs(function, kinds):
    counts, sums = [], []
    for name, call in kinds.items():
        compiled = tf.function(function)
        so_far = []
        for i in range(4):
            sums.append(float(tf.reduce_sum(call(compiled, i))))
            so_far.append(compiled.experimental_get_tracing_count())
        counts.append(so_far)
        print(f"{name:<20}", so_far)
    return counts, sums


# %% Pass other tensors
dtypes = [tf.float32, tf.float64, tf.int32, tf.int64]
kinds = {
    "other values": lambda scale, i: scale(features + i, 2),
    "other types": lambda scale, i: scale(tf.cast(features, dtypes[i]), 2),
    "other ranks": lambda scale, i: scale(features[:, :1, *[None] * i], 2),
}
tensor_graphs, tensor_sums = count_graphs(scale, kinds)

# %% Pass other Python numbers
kinds = {
    "an int": lambda scale, i: scale(features, 2 + i),
    "a float": lambda scale, i: scale(features, 2.5 + i),
}
number_graphs, number_sums = count_graphs(scale, kinds)

# %% Pass them so that they are data
kinds = {
    "a tensor": lambda scale, i: scale(features, tf.constant(2 + i)),
    "a NumPy number": lambda scale, i: scale(features, np.float32(2 + i)),
    "True or False": lambda scale, i: scale(features, 2, i % 2 == 1),
    "keywords or not": lambda scale, i: (
        scale(features, 2) if i % 2 else scale(by=2, features=features)
    ),
}
safe_graphs, safe_sums = count_graphs(scale, kinds)

# %% Ask why, and forbid it
double = tf.cast(features, tf.float64)
others = [(features, 3), (features[:100], 2), (double, 2)]
compiled = tf.function(scale)
for arguments in [(features, 2), *others]:
    compiled(*arguments)
for line in compiled.pretty_printed_concrete_signatures().splitlines():
    if "POSITIONAL" in line and "squared" not in line:
        print(line.strip())
signature = [tf.TensorSpec([178, 13]), tf.TensorSpec([])]
one_graph = tf.function(scale, input_signature=signature)
refused = []
for other in others:
    try:
        one_graph(*other)
        refused.append(0)
    except TypeError as error:
        refused.append(1)
        print(str(error).split("`")[1])
refused_number, *refused_tensors = refused
