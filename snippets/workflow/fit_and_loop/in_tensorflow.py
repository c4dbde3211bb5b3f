"""Train for six epochs with validation, by a loop and by fit."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = tf.constant(pixels[order] / 16, dtype=tf.float32)
labels = tf.constant(digits[order])
examples = tf.data.Dataset.from_tensor_slices((images, labels))
train_batches = examples.take(1290).batch(256)
val_batches = examples.skip(1290).batch(256)
batch_sizes = [len(labels) for images, labels in train_batches]
print("the last batch is short:", batch_sizes)

# %% Start from the same weights
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def start(kind=keras.Sequential):
    rng = np.random.default_rng(1)
    hidden = keras.layers.Dense(32, activation="relu")
    model = kind([keras.Input((64,)), hidden, keras.layers.Dense(10)])
    for layer in model.layers:
        layer.kernel.assign(rng.normal(0, 0.2, layer.kernel.shape))
    optimizer = keras.optimizers.SGD(learning_rate=0.2, momentum=0.9)
    model.compile(optimizer, criterion, metrics=["accuracy"])
    return model


# %% Write the loop
def take_step(model, images, labels):
    with tf.GradientTape() as tape:
        logits = model(images, training=True)
        loss = criterion(labels, logits)
    gradients = tape.gradient(loss, model.trainable_variables)
    model.optimizer.apply(gradients, model.trainable_variables)
    return loss, logits


def fit(model, epochs):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    batch_losses = []
    train_step = tf.function(take_step)
    for _ in range(epochs):
        losses = []
        for images, labels in train_batches:
            loss, _ = train_step(model, images, labels)
            losses.append(float(loss))
        epoch_loss = np.average(losses, weights=batch_sizes)
        scores = epoch_loss, *model.evaluate(val_batches, verbose=0)
        for name, score in zip(history, scores):
            history[name].append(score)
        batch_losses.append(losses)
    return history, batch_losses


# %% Train
model = start()
history, batch_losses = fit(model, epochs=6)
loss, val_loss, val_accuracy = history.values()
print("loss:    ", np.round(loss, 3))
print("val_loss:", np.round(val_loss, 3))
print("accuracy:", np.round(val_accuracy, 3))
plt.figure(figsize=(6, 3.2))
plt.plot(range(1, 7), loss, "o-", color="#f59300", label="training")
plt.plot(range(1, 7), val_loss, "s:", color="#f59300", label="validation")
plt.gca().set(xlabel="epoch", ylabel="loss")
plt.title("TensorFlow: six epochs by hand")
plt.legend()
plt.show()

# %% Let fit do it
options = {"epochs": 6, "shuffle": False, "verbose": 0}
fitted = start().fit(train_batches, validation_data=val_batches, **options)
loss, val_loss, val_accuracy = (fitted.history[name] for name in history)
print("loss:    ", np.round(loss, 3))
print("val_loss:", np.round(val_loss, 3))

# %% Evaluate on what it has learnt
evaluated = model.evaluate(train_batches, verbose=0)[0]
print(f"last epoch: {loss[-1]:.3f}, its weights: {evaluated:.3f}")


# %% Average the batches
class Averaging(keras.Sequential):
    def train_step(self, data):
        loss, logits = take_step(self, *data)
        self.metrics[0].update_state(loss)  # of how many, it cannot know
        return self.compute_metrics(*data, logits)


averaging = start(Averaging).fit(train_batches, **options)
mean_of_means = averaging.history["loss"]
print("averaged by batch:", np.round(mean_of_means, 3))

# %% Evaluate in training mode
dropout = keras.layers.Dropout(0.5)
dropping = keras.Sequential([model.layers[0], dropout, model.layers[1]])
inferred = dropping(images).numpy()
one, two = (dropping(images, training=True) for _ in range(2))
changes = not np.array_equal(one, two)
print("two answers for the same images:", changes)

# %% Forget zero_grad
forgetful = history["loss"]  # a tape returns new gradients each time
print("loss:", np.round(forgetful, 3))

# %% Keep the losses as tensors
with tf.GradientTape() as tape:
    losses = [criterion(y, model(x)) for x, y in val_batches]
# The sum is outside the tape, which knows nothing of it.
keeps_the_graph = tape.gradient(sum(losses), model.weights[0]) is not None
print("their sum keeps every graph alive:", keeps_the_graph)

# %% Ask for nothing
model, ordered = start(), start()
model.fit(images[:1290], labels[:1290], verbose=0)
default_steps = int(model.optimizer.iterations)
ordered.fit(images[:1290], labels[:1290], shuffle=False, verbose=0)
keeps_order = np.allclose(model.weights[3], ordered.weights[3], atol=1e-4)
print("steps in an epoch:", default_steps, "in order:", keeps_order)
