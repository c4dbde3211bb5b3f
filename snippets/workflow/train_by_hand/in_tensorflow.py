"""A training loop written by hand: forward, backward, update."""

# %% Prepare the data
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.metrics import precision_recall_fscore_support

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = tf.constant(pixels[order] / 16, dtype=tf.float32)
labels = tf.constant(digits[order])
train_images, test_images = images[:1280], images[1280:]
train_labels, test_labels = labels[:1280], labels[1280:]
print("train", len(train_images), "test", len(test_images))

# %% Define the model
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10),
    ]
)

# %% Start from the same weights
rng = np.random.default_rng(1)
for layer in model.layers:
    size = layer.kernel.shape
    kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
    layer.set_weights([kernel, np.zeros(layer.units)])

# %% Write one step
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.2, momentum=0.9)


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:  # records what it sees
        loss = criterion(labels, model(images, training=True))
    weights = model.trainable_variables
    gradients = tape.gradient(loss, weights)
    optimizer.apply(gradients, weights)  # remembers the velocity
    return loss, gradients


# %% Take the first step
batches = list(
    zip(tf.split(train_images, 20), tf.split(train_labels, 20), strict=True)
)
loss, gradients = train_step(*batches[0])
losses = [float(loss)]
first_gradient = gradients[2].numpy()
print(f"loss before any step: {losses[0]:.4f}")
print(f"largest gradient: {abs(first_gradient).max():.4f}")

# %% Take nineteen more
losses += [float(train_step(*batch)[0]) for batch in batches[1:]]
print(f"loss before step {len(losses)}: {losses[-1]:.4f}")
weights = model.layers[1].kernel.numpy()
kept_state = optimizer.momentums[2].numpy()
velocity = -kept_state / 0.2  # Keras keeps it times -learning_rate

plt.figure(figsize=(6, 3.2))
plt.plot(range(1, len(losses) + 1), losses, "o-", color="#f59300")
plt.title("TensorFlow: twenty steps by hand")
plt.xticks(range(5, 21, 5))
plt.xlabel("step")
plt.ylabel("loss on its batch")
plt.show()

# %% Evaluate
test_logits = model(test_images, training=False).numpy()
predicted = test_logits.argmax(axis=1)
report = precision_recall_fscore_support(
    test_labels, predicted, average="macro"
)
accuracy = np.mean(predicted == test_labels.numpy())
scores = [accuracy, *report[:3]]
names = "accuracy", "precision", "recall", "F1"
for name, score in zip(names, scores):
    print(f"{name:<9} {score:.3f}")

# %% Infer
figure, axes = plt.subplots(1, 8, figsize=(6, 1.4))
figure.suptitle("Unseen digits, and what the model reads")
for axis, image, digit in zip(axes, test_images.numpy(), predicted):
    axis.imshow(image.reshape(8, 8), cmap="gray_r")
    axis.set_title(digit)
    axis.axis("off")
plt.show()
