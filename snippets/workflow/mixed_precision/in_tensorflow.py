"""Train in 16 bits, keep the weights in 32, and rescue small gradients."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = tf.constant(pixels[order] / 16, dtype=tf.float32)
labels = tf.constant(digits[order])
train_images, train_labels = images[:1280], labels[:1280]
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


# %% Say what is computed in 16 bits
def build(policy):
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential([keras.Input((64,))])
    model.add(layers.Dense(128, activation="relu"))
    model.add(layers.Dense(10))
    model.add(layers.Activation("linear", dtype="float32"))  # by hand
    keras.config.set_dtype_policy("float32")
    rng = np.random.default_rng(1)
    for layer in model.layers[:2]:
        size = layer.kernel.shape
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        layer.set_weights([kernel, np.zeros(size[1])])
    return model


# %% List the types
model = build("mixed_bfloat16")
with tf.GradientTape() as tape:
    hidden = model.layers[0](train_images)
    logits = model.layers[2](model.layers[1](hidden))
    loss = criterion(train_labels, logits)
weight = model.layers[0].kernel
tensors = dict(weight=weight.value, hidden=hidden, logits=logits)
tensors |= dict(loss=loss, gradient=tape.gradient(loss, weight))
for name, tensor in tensors.items():
    print(f"{name:<8} {tensor.dtype.name}")
logits_bytes = tensors.pop("logits").dtype.size
element_bytes = [tensor.dtype.size for tensor in tensors.values()]


# %% Train in three types
def train(policy):
    model = build(policy)
    # With mixed_float16, compile wraps it in a LossScaleOptimizer.
    optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
    model.compile(optimizer, criterion)
    history = model.fit(
        train_images,
        train_labels,
        batch_size=64,
        epochs=6,
        shuffle=False,
        verbose=0,
    )
    losses = history.history["loss"]
    logits = model.predict(images[1280:], verbose=0)
    accuracy = np.mean(logits.argmax(axis=1) == labels[1280:].numpy())
    print(f"{policy.removeprefix('mixed_'):<9}", end="")
    print(f"last loss {losses[-1]:.3f}, accuracy {accuracy:.2f}")
    return model, np.array(losses)


trained, losses_32 = train("float32")
_, losses_b16 = train("mixed_bfloat16")
_, losses_16 = train("mixed_float16")


# %% Lose small gradients
def gradient(policy, scale=1):  # at the hidden layer
    model = build(policy)
    model.set_weights(trained.get_weights())
    with tf.GradientTape() as tape:
        hidden = model.layers[0](train_images)
        logits = model.layers[2](model.layers[1](hidden))
        loss = criterion(train_labels, logits) * scale
    gradient = tape.gradient(loss, hidden)
    return tf.cast(gradient, tf.float32).numpy() / scale


exact = gradient("float32")
lost = []
for scale in 1, 2**15:
    rounded = gradient("mixed_float16", scale)
    lost.append(np.mean(rounded[exact != 0] == 0))
    print(f"scale {scale:>5}: {lost[-1]:.0%} of the gradients are lost")
gradients = exact / abs(exact).max()
sizes = np.log2(abs(exact[exact != 0]))
plt.figure(figsize=(6, 3.2))
plt.hist(sizes, bins=60, color="#f59300")
plt.axvline(-25, color="gray", label="float16 rounds to zero below")
plt.title("TensorFlow: gradients at the hidden layer")
plt.xlabel("size, as a power of two")
plt.ylabel("gradients")
plt.legend()
plt.show()

# %% Scale too far
model = build("mixed_float16")
optimizer = keras.optimizers.LossScaleOptimizer(
    keras.optimizers.SGD(learning_rate=0.1), initial_scale=2.0**24
)
model.compile(optimizer, criterion)
scales = []
for _ in range(12):
    model.train_on_batch(train_images, train_labels)
    scales.append(float(optimizer.dynamic_scale))
print("scale, as a power of two:", np.log2(scales).astype(int))

# %% Take the softmax in bfloat16
model = build("mixed_bfloat16")
model.set_weights(trained.get_weights())
logits = model.layers[1](model.layers[0](images[1280:]))
probabilities = {
    "bfloat16": layers.Softmax(dtype="bfloat16")(logits),
    "float32": layers.Softmax(dtype="float32")(logits),
}
certain = []
for name, values in probabilities.items():
    values = tf.cast(values, tf.float32).numpy()
    certain.append(np.mean(values.max(axis=1) == 1))
    off = abs(values.sum(axis=1) - 1).max()
    print(f"{name:<8} {certain[-1]:.0%} certain, sums off by {off:.3f}")
