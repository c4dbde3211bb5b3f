"""LSTM weights move between the frameworks; then one bias learns faster."""

# %% Load the digits
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

digits = load_digits()
sequences = digits.images[:256].astype("float32") / 16  # (256, 8, 8)
labels = digits.target[:256]  # (256,)
inputs = tf.constant(sequences)
targets = tf.constant(labels)
print(f"{len(sequences)} digits, read row by row")

# %% Look at the parameters
layer = keras.layers.LSTM(10)
layer.build((None, 8, 8))
for variable in layer.weights:
    print(f"{variable.name:16} {variable.shape}")
# The gates, ten columns each: input, forget, cell, output.
bias = layer.cell.bias.numpy()
initial_bias = np.abs(bias.reshape(4, 10).mean(axis=1)).round()
print("bias by gate starts near", initial_bias)

# %% Load the same weights
# The layout of a PyTorch checkpoint.
shapes = {
    "weight_ih_l0": (40, 8),
    "weight_hh_l0": (40, 10),
    "bias_ih_l0": (40,),
    "bias_hh_l0": (40,),
}
rng = np.random.default_rng(0)
checkpoint = {
    name: rng.uniform(-0.3, 0.3, shape).astype("float32")
    for name, shape in shapes.items()
}


def load(**options):
    layer = keras.layers.LSTM(10, **options)
    layer.build((None, 8, 8))
    kernel, recurrent, bias, second_bias = checkpoint.values()
    layer.set_weights([kernel.T, recurrent.T, bias + second_bias])
    return layer


# %% Run the digits
layer = load(return_sequences=True, return_state=True)
outputs, hidden, cell = layer(inputs)
outputs = outputs.numpy()  # (256, 8, 10)
states = np.stack([hidden, cell])  # (2, 256, 10)
print("first outputs:", outputs[0, -1, :4].round(4))

# %% Run with the defaults
# The last step alone by default, and the batch always comes first.
default_outputs = load()(inputs).numpy()
# What PyTorch's default reads: one digit after the other as time.
time_first = load(return_sequences=True)(tf.transpose(inputs, [1, 0, 2]))
layouts = np.stack([default_outputs, time_first[-1]])
gap = np.abs(default_outputs - outputs[:, -1]).max()
print(f"off by {gap:.2f}")

# %% Forget the second bias
# set_weights takes three arrays, and a PyTorch checkpoint has four.
layer = load()
layer.cell.bias.assign(checkpoint["bias_ih_l0"])
gap = np.abs(layer(inputs) - outputs[:, -1]).max()
print(f"off by {gap:.2f}")


# %% Train fifty steps
def train(layer, bias_weight):
    """The last ten outputs are the scores of the ten digits."""
    optimizer = keras.optimizers.SGD(learning_rate=0.5)
    score_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    losses = []
    for _ in range(50):
        with tf.GradientTape() as tape:
            scores = layer(inputs)  # (256, 10)
            loss = score_loss(targets, scores)
        gradients = tape.gradient(loss, layer.trainable_variables)
        gradients[2] *= bias_weight
        optimizer.apply(gradients, layer.trainable_variables)
        losses.append(float(loss))
    return losses


losses = train(load(), bias_weight=1)
print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f}")

# %% Train the other framework's way
# PyTorch moves two biases, so their sum moves twice as far.
two_bias_losses, one_bias_losses = train(load(), bias_weight=2), losses
print(f"loss {losses[0]:.4f} -> {two_bias_losses[-1]:.4f}")
