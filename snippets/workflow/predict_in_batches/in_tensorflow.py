"""Predict in batches of any size: the same numbers, in the same order."""

# %% Load the digits
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64), 0 to 16
order = np.random.default_rng(0).permutation(len(pixels))
images = tf.constant(pixels[order] / 16, dtype=tf.float32)
labels = tf.constant(digits[order])
unseen, answers = images[1280:], digits[order][1280:]  # 517

# %% Train a network that has two modes
keras.utils.set_random_seed(0)  # for the masks of the dropout
hidden, scores = keras.layers.Dense(32), keras.layers.Dense(10)
norm = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
body = keras.Sequential(
    [keras.Input((64,)), hidden, norm, keras.layers.ReLU()]
)
plain = keras.Sequential([body, scores])
model = keras.Sequential([body, keras.layers.Dropout(0.3), scores])
rng = np.random.default_rng(1)
for layer in hidden, scores:
    layer.kernel.assign(rng.normal(0, 0.2, layer.kernel.shape))
# Trained without dropout: no two frameworks draw the same masks.
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.5, momentum=0.9)
plain.compile(optimizer=optimizer, loss=criterion)
plain.fit(
    images[:1280],
    labels[:1280],
    batch_size=1280,
    epochs=40,
    shuffle=False,
    verbose=0,
)


# %% Predict
def predict(batches):
    logits = model.predict(batches, verbose=0)
    return tf.nn.softmax(logits, axis=1).numpy()


def accuracy(probabilities, answers=answers):
    return np.mean(probabilities.argmax(axis=1) == answers)


dataset = tf.data.Dataset.from_tensor_slices(unseen)
probabilities = predict(dataset.batch(517))
print(f"{len(probabilities)} images, accuracy", end=" ")
print(f"{accuracy(probabilities):.3f}")

# %% Demand that the batch size does not matter
again = [predict(dataset.batch(n)) for n in (64, 1)]
np.testing.assert_allclose(again[0], probabilities, atol=1e-5)
np.testing.assert_allclose(again[1], probabilities, atol=1e-5)
print("in batches of 64, the last of 5, and one by one: the same")

# %% Bring the wrong data
shuffled = predict(dataset.shuffle(517, seed=0).batch(64))
unscaled = predict(dataset.map(lambda image: image * 16).batch(64))
print(f"accuracy: {accuracy(shuffled):.1f} shuffled,", end=" ")
print(f"{accuracy(unscaled):.3f} unscaled")
same_rows = np.sort(shuffled, axis=0)  # nothing is lost but the order
logits = model(unseen[:1]).numpy()
print("a logit is no probability:", logits.max().round(1))

# %% Forget the mode
calls = [model(unseen, training=True) for _ in range(2)]
first, second = (tf.nn.softmax(logits, axis=1).numpy() for logits in calls)
moved = np.mean(np.abs(first - second).max(axis=1) > 0.01)
print(f"another answer on the second call: {moved:.0%} of the images")

# %% Change the company
by_digit = np.argsort(answers, kind="stable")  # as files in folders are
# No dropout in this one, but batch normalisation.
in_order = tf.gather(unseen, by_digit)
batches = [unseen, *(in_order[at : at + 64] for at in range(0, 517, 64))]
outputs = [tf.nn.softmax(plain(b, training=True), axis=1) for b in batches]
among_all, sorted_ = outputs[0].numpy(), tf.concat(outputs[1:], 0).numpy()
in_company = [among_all[by_digit[0], 0], sorted_[0, 0]]
print("it is a zero: {:.2f}, among zeros {:.2f}".format(*in_company))
company = [accuracy(among_all), accuracy(sorted_, answers[by_digit])]
print("accuracy: {:.3f}, sorted by digit {:.3f}".format(*company))

# %% Return to the right mode
spoilt = predict(dataset.batch(64))
print(f"moved for good: {np.abs(spoilt - probabilities).max():.2f}")

# %% Train on what was predicted
features = body.predict(unseen, verbose=0)
with tf.GradientTape() as tape:
    loss = criterion(labels[1280:], scores(features))
gradient = tape.gradient(loss, scores.kernel).numpy()
print("largest gradient:", np.abs(gradient).max().round(2))

# %% Predict alone
alone = [
    tf.nn.softmax(plain(unseen[n : n + 1], training=True), axis=1).numpy()
    for n in range(8)
]
answers_alone = len(alone)
apart = np.ptp(np.concatenate(alone), axis=0).max()
print("answers:", answers_alone, "of 8, all the same:", apart < 0.01)
