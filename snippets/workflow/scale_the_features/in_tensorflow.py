"""Scaling learnt from the training rows, and carried by the model."""

# %% Split, then look
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_breast_cancer

features, labels = load_breast_cancer(return_X_y=True)  # (569, 30)
order = np.random.default_rng(0).permutation(len(labels))
features = tf.constant(features[order], dtype=tf.float32)
labels = tf.constant(labels[order], dtype=tf.float32)
train, test = features[:400], features[400:]
train_labels, test_labels = labels[:400], labels[400:]
means = tf.reduce_mean(train, axis=0).numpy()
print(f"means from {means.min():.4f} to {means.max():.0f}")


# %% Learn the scale from the training rows
def adapted(rows):
    scale = layers.Normalization()
    scale.adapt(rows)
    return scale


scale = adapted(train)
scaled = scale(test).numpy()
print(f"scaled test rows: {scaled.mean():.2f} and {scaled.std():.2f}")


# %% Train with it and without
def build(first):
    network = [layers.Dense(16, activation="relu"), layers.Dense(1)]
    model = keras.Sequential([keras.Input((30,)), first, *network])
    rng = np.random.default_rng(1)
    for layer in network:
        size = layer.kernel.shape
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        layer.set_weights([kernel, np.zeros(layer.units)])
    return model


def fit(model, epochs=12):
    criterion = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
    model.compile(optimizer, criterion)
    options = {"batch_size": 50, "shuffle": False, "verbose": 0}
    history = model.fit(train, train_labels, epochs=epochs, **options)
    return history.history["loss"]


def score(model, inputs, labels=test_labels):
    return np.mean((model(inputs)[:, 0] > 0).numpy() == np.asarray(labels))


model, raw_model = build(scale), build(layers.Identity())
losses, raw_losses = fit(model), fit(raw_model)
scores = [score(model, test), score(raw_model, test)]
print(f"accuracy {scores[0]:.3f}, without scaling {scores[1]:.3f}")
plt.figure(figsize=(6, 3.2))
plt.plot(range(1, 13), losses, "o-", color="#f59300", label="scaled")
plt.plot(range(1, 13), raw_losses, "s--", color="#8a8f98", label="raw")
plt.yscale("log")
plt.title("TensorFlow: the same network on the same rows")
plt.xticks(range(2, 13, 2))
plt.xlabel("epoch")
plt.ylabel("training loss")
plt.legend()
plt.show()

# %% Save it with the weights
model.save("model.keras")
loaded = keras.models.load_model("model.keras")
logits = loaded(test).numpy()
print(f"loaded, from raw rows: {score(loaded, test):.3f}")
print("saved:", *[weight.name for weight in loaded.weights[:2]])

# %% Scale never, twice, or by the wrong rows
network = keras.Sequential(model.layers[1:])  # all but the scaling
sick, few = test[test_labels == 0], test_labels[:20]
one_by_one = tf.concat(
    [adapted(row)(row) for row in tf.split(test[:20], 20)], 0
)
wrong = {
    "never": score(network, test),
    "twice": score(model, scale(test)),
    "sick rows, by training rows": score(model, sick, 0),
    "sick rows, by themselves": score(network, adapted(sick)(sick), 0),
    "row by row, by themselves": score(network, one_by_one, few),
    "by all rows": score(network, adapted(features)(test)),
}
for name, value in wrong.items():
    print(f"{value:.3f}  {name}")
wrong_scores = list(wrong.values())

# %% Meet a feature that never changed
constant = tf.ones((400, 1))
moved = adapted(constant)(tf.constant([[1.0], [2.0]])).numpy()
print(f"at its value {moved[0, 0]:.0f}, one away {moved[1, 0]:.0f}")

# %% Divide by n or by n - 1
rows = train[:8]
spread = default_spread = tf.math.reduce_std(rows, axis=0).numpy()
print(f"of 8 rows: {default_spread[0] / spread[0]:.3f} times as wide")
