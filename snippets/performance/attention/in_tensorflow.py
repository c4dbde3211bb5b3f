"""Attention: every character looks at every other."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_breast_cancer

text = load_breast_cancer().DESCR[: 8 * 256]
symbols, ids = np.unique(list(text), return_inverse=True)
ids = ids.reshape(8, 256)
# What each symbol asks for, answers to and says, in eight heads.
rng = np.random.default_rng(0)
tables = rng.normal(0, 1, (3, len(symbols), 8, 64)).astype("float32")


# %% Attend
def batch(batch_size):
    embedded = tf.constant(tables[:, ids[:batch_size]])
    # (batch, time, heads, size): here the time comes before the heads.
    return tuple(embedded)


def attend(queries, keys, values):
    attention = keras.ops.dot_product_attention
    return attention(queries, keys, values)


# %% Look at the result
outputs = attend(*batch(8)).numpy()
print(f"{len(symbols)} symbols, {ids.shape} characters")
print(outputs.shape)
print("first character, first head:", outputs[0, 0, 0, :4].round(3))
