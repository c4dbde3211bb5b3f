"""ResNet-18 on crops of photographs: predict, and one training step."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from skimage import data

photos = data.astronaut(), data.chelsea(), data.coffee(), data.rocket()
places = [(100, 160), (100, 224), (164, 160), (164, 224)]
crops = [
    photo[top : top + 64, left : left + 64]
    for top, left in places
    for photo in photos  # which of them it is, is what to learn
]
all_images = (np.stack(crops) / 255).astype("float32")  # (16, 64, 64, 3)
all_labels = np.tile(np.arange(4), 4)

# %% Define the model
rng = np.random.default_rng(1)


def convolve(inputs, filters, width, stride=1):
    padding = "same"
    if stride > 1:  # "same" would pad less at the top than at the bottom
        padding, inputs = "valid", layers.ZeroPadding2D(width // 2)(inputs)
    layer = layers.Conv2D(filters, width, stride, padding, use_bias=False)
    outputs = layer(inputs)
    size = layer.kernel.shape  # (height, width, in, out)
    layer.set_weights([rng.normal(0, np.sqrt(2 / np.prod(size[:3])), size)])
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(outputs)


def block(inputs, filters, stride):
    outputs = layers.ReLU()(convolve(inputs, filters, 3, stride))
    outputs = convolve(outputs, filters, 3)
    if stride > 1:
        inputs = convolve(inputs, filters, 1, stride)
    return layers.ReLU()(layers.Add()([outputs, inputs]))


images = keras.Input((64, 64, 3))
states = layers.ReLU()(convolve(images, 64, 7, 2))
states = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(states))
for filters in 64, 128, 256, 512:
    states = block(states, filters, stride=1 if filters == 64 else 2)
    states = block(states, filters, stride=1)
states = layers.GlobalAveragePooling2D()(states)
model = keras.Model(images, layers.Dense(4)(states))

# %% Start from the same weights
kernel = rng.normal(0, np.sqrt(1 / 512), (512, 4))
model.layers[-1].set_weights([kernel, np.zeros(4)])
parameters = sum(np.prod(w.shape) for w in model.trainable_weights)
print(parameters, "parameters are trained")


# %% Write what is timed
def batch(batch_size):
    images = tf.constant(all_images[:batch_size])
    return images, tf.constant(all_labels[:batch_size])


def predict(images, labels=None):
    return model(images, training=False)


criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
# A small step: timing takes many of them on the same batch.
optimizer = keras.optimizers.SGD(learning_rate=0.0001, momentum=0.9)
optimizer.build(model.trainable_variables)


def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = criterion(labels, model(images, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return loss


# %% Run it
logits = predict(*batch(16)).numpy()  # (16, 4)
print("logits of the first crop:", logits[0, :3].round(3))
losses = [float(train_step(*batch(16))) for _ in range(3)]
print("losses:", np.round(losses, 3))
stem = model.trainable_weights[0].numpy()
running_mean = model.non_trainable_weights[0].numpy()  # of the first layer
running_variance = model.non_trainable_weights[-1].numpy()  # of the last
