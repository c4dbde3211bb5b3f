"""Stop when the validation loss no longer falls, and keep the best."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras.callbacks import EarlyStopping
from sklearn.datasets import load_breast_cancer

features, tumours = load_breast_cancer(return_X_y=True)  # (569, 30)
order = np.random.default_rng(0).permutation(len(features))
features = features[order] - features[order[:200]].mean(axis=0)
features /= features[:200].std(axis=0)  # both from the training rows
inputs = tf.constant(features, dtype=tf.float32)
labels = tf.constant(tumours[order])
train_set = inputs[:200], labels[:200]
val_set = inputs[200:350], labels[200:350]
test_set = inputs[350:], labels[350:]
print("train", 200, "validate", len(val_set[0]), "test", len(test_set[0]))

# %% Start from the same weights
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def start():
    rng = np.random.default_rng(1)
    hidden = keras.layers.Dense(32, activation="relu")
    model = keras.Sequential(
        [keras.Input((30,)), hidden, keras.layers.Dense(2)]
    )
    for layer in model.layers:
        size = layer.kernel.shape
        layer.kernel.assign(rng.normal(0, np.sqrt(2 / size[0]), size))
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), criterion)
    return model


# %% Write the loop that stops
options = {"batch_size": 50, "shuffle": False, "verbose": 0}


def evaluate(model, data):
    return model.evaluate(*data, verbose=0)


def fit(val_set, patience, restore_best_weights=True):
    model = start()
    stop = EarlyStopping(
        monitor="val_loss",
        patience=patience,
        restore_best_weights=restore_best_weights,
    )
    history = model.fit(
        *train_set,
        epochs=30,
        validation_data=val_set,
        callbacks=[stop],
        **options,
    )
    return model, history.history["loss"], history.history["val_loss"]


# %% Stop early
model, losses, val_losses = fit(val_set, patience=8)
stopped, best = len(val_losses), int(np.argmin(val_losses)) + 1
print(f"stopped after epoch {stopped}, went back to epoch {best}")
restored = evaluate(model, test_set)
print(f"test loss of the best weights: {restored:.3f}")

# %% See the best epoch and the last
epochs = range(1, stopped + 1)
plt.figure(figsize=(6, 3.2))
plt.plot(epochs, losses, "--", color="#f59300", label="training")
plt.plot(epochs, val_losses, color="#f59300", label="validation")
plt.plot(best, min(val_losses), "o", color="#f59300", label="best")
plt.gca().set(xlabel="epoch", ylabel="loss")
plt.title("TensorFlow: the best epoch, and the last")
plt.legend()
plt.show()

# %% Keep the last weights
model, _, _ = fit(val_set, patience=8, restore_best_weights=False)
last = evaluate(model, test_set)
print(f"test loss of the last weights: {last:.3f}")

# %% Keep the best without a copy
model = start()
model.fit(*train_set, epochs=best, **options)
kept = model.get_weights()  # NumPy arrays, which are copies
model.fit(*train_set, epochs=8, **options)
model.set_weights(kept)
uncopied = evaluate(model, test_set)
print(f"test loss of what was kept: {uncopied:.3f}")

# %% Be less patient
stops = [len(fit(val_set, patience)[2]) for patience in (0, 1)]
print("with patience 0 and 1 it stops after epoch:", stops)

# %% Stop on the test set
_, _, test_losses = fit(test_set, patience=8)
peeked = min(test_losses)
print(f"reported: {peeked:.4f}, honest: {restored:.4f}")
