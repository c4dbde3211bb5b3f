"""Task by task: which loss, on which scores, and with which targets."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from keras import losses as kinds
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits


def predict(features, targets):  # by least squares: neither framework's
    features = np.column_stack([np.ones(len(features)), features])
    return features @ np.linalg.lstsq(features[::2], targets[::2])[0]


features, progress = load_diabetes(return_X_y=True)
progress = progress / 100
predicted = tf.constant(predict(features, progress), dtype=tf.float32)
progress = tf.constant(progress, dtype=tf.float32)  # (442,)
features, benign = load_breast_cancer(return_X_y=True)
logit = tf.constant(8 * predict(features, benign) - 4, dtype=tf.float32)
benign = tf.constant(benign, dtype=tf.float32)  # (569,)
pixels, digits = load_digits(return_X_y=True)
one_hot = np.eye(10)[digits]
logits = tf.constant(8 * predict(pixels, one_hot), dtype=tf.float32)
digits, one_hot = tf.constant(digits), tf.constant(one_hot)  # (1797, 10)

# %% Predict a number
square = kinds.MeanSquaredError()(progress, predicted)
absolute = kinds.MeanAbsoluteError()(progress, predicted)
huber = kinds.Huber(delta=1.0)(progress, predicted)
regression = tf.stack([square, absolute, huber]).numpy()
print("square, absolute, Huber:", regression.round(4))

# %% Tell two classes apart
binary = float(kinds.BinaryCrossentropy(from_logits=True)(benign, logit))
print(f"benign or not: {binary:.4f}")

# %% Tell ten classes apart
criterion = kinds.SparseCategoricalCrossentropy(from_logits=True)
sparse = criterion(digits, logits)
dense = kinds.CategoricalCrossentropy(from_logits=True)(one_hot, logits)
smooth = kinds.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
many = tf.stack([sparse, dense, smooth(one_hot, logits)]).numpy()
print("integers, one-hot, smoothed:", many.round(4))

# %% Answer ten questions at once
criterion = kinds.BinaryCrossentropy(from_logits=True)
multilabel = float(criterion(one_hot, logits - 4))
print(f"is it a 0, is it a 1, and so on: {multilabel:.4f}")

# %% Weigh a rare class
weights = np.ones(10, dtype="float32")
weights[8] = 5.0
criterion = kinds.SparseCategoricalCrossentropy(from_logits=True)
by_default = float(criterion(digits, logits, sample_weight=weights[digits]))
by_batch = by_default
criterion = kinds.SparseCategoricalCrossentropy(
    from_logits=True, reduction="mean_with_sample_weight"
)
by_weights = float(criterion(digits, logits, sample_weight=weights[digits]))
print(f"divided by the weights: {by_weights:.4f}, the batch: {by_batch:.4f}")
print(f"by default: {by_default:.4f}")

# %% Apply softmax first
criterion = kinds.SparseCategoricalCrossentropy()  # from_logits=False
squashed = float(criterion(digits, keras.ops.softmax(logits)))
print(f"instead of {many[0]:.4f}: {squashed:.4f}")

# %% Forget from_logits
forgotten = float(criterion(digits, logits))
print(f"instead of {many[0]:.4f}: {forgotten:.4f}")

# %% Add a dimension
broadcast = float(kinds.MeanSquaredError()(progress, predicted[:, None]))
print(f"instead of {square:.4f}: {broadcast:.4f}")

# %% Be sure and wrong
one = tf.ones(1)
certain = float(kinds.BinaryCrossentropy()(one, tf.zeros(1)))
criterion = kinds.BinaryCrossentropy(from_logits=True)
with_logits = float(criterion(one, tf.fill([1], -200.0)))
print(f"from probabilities {certain:.2f}, from logits {with_logits:.2f}")
