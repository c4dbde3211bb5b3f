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
train_set = tf.data.Dataset.from_tensor_slices((images[:1290], labels[:1290]))
val_set = tf.data.Dataset.from_tensor_slices((images[1290:], labels[1290:]))
train_batches = train_set.batch(256)
val_batches = val_set.batch(256)
batch_sizes = [len(labels) for images, labels in train_batches]
print("the last batch is short:", batch_sizes)

# %% Start from the same weights
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def start(kind=keras.Sequential):
    rng = np.random.default_rng(1)
    hidden = keras.layers.Dense(32, activation="relu")
    model = kind([keras.Input((64,)), hidden, keras.layers.Dense(10)])
    for layer in model.layers:
        kernel = rng.normal(0, 0.2, layer.kernel.shape)
        layer.set_weights([kernel, np.zeros(layer.units)])
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
    history = {"loss": [], "val_loss": [], "val_accuracy": [], "batches": []}
    train_step = tf.function(take_step)
    for _ in range(epochs):
        losses = []
        for images, labels in train_batches:
            losses.append(float(train_step(model, images, labels)[0]))
        val_loss, val_accuracy = model.evaluate(val_batches, verbose=0)
        history["loss"].append(np.average(losses, weights=batch_sizes))
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        history["batches"].append(losses)
    return history


# %% Train
model = start()
history = fit(model, epochs=6)
loss, val_loss, val_accuracy, batch_losses = history.values()
print("loss:    ", np.round(loss, 3))
print("val_loss:", np.round(val_loss, 3))
print("accuracy:", np.round(val_accuracy, 3))
plt.figure(figsize=(6, 3.2))
plt.plot(range(1, 7), loss, "o-", color="#f59300", label="training")
plt.plot(range(1, 7), val_loss, "s:", color="#f59300", label="validation")
plt.title("TensorFlow: six epochs by hand")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.show()

# %% Let fit do it
options = {"epochs": 6, "shuffle": False, "verbose": 0}
callback = start().fit(train_batches, validation_data=val_batches, **options)
for name in "loss", "val_loss", "val_accuracy":
    values = callback.history[name]
    print(name, "as by hand:", np.allclose(values, history[name], atol=1e-5))

# %% Evaluate on what it has learnt
evaluated = model.evaluate(train_batches, verbose=0)[0]
print(f"reported in the last epoch: {loss[-1]:.3f}")
print(f"of the weights that it left: {evaluated:.3f}")


# %% Average the batches
class Averaging(keras.Sequential):
    def train_step(self, data):
        loss, logits = take_step(self, *data)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)  # lacks sample_weight
            else:
                metric.update_state(data[1], logits)
        return self.get_metrics_result()


averaging = start(Averaging).fit(train_batches, **options)
mean_of_means = averaging.history["loss"]
print("averaged by batch:", np.round(mean_of_means, 3))

# %% Evaluate in training mode
first, last = model.layers
dropping = keras.Sequential([first, keras.layers.Dropout(0.5), last])
inferred = dropping(images).numpy()
one, two = (dropping(images, training=True) for _ in range(2))
changes = not np.array_equal(one, two)
print("two answers for the same images:", changes)

# %% Forget zero_grad
# A tape returns new gradients: there is nothing to forget.
forgetful = fit(start(), epochs=6)["loss"]
print("loss:", np.round(forgetful, 3))

# %% Keep the losses as tensors
with tf.GradientTape() as tape:
    losses = [criterion(labels, model(images)) for images, labels in val_batches]
total = sum(losses)  # outside the tape, which knows nothing of it
keeps_the_graph = tape.gradient(total, model.weights[0]) is not None
print("their sum keeps every graph alive:", keeps_the_graph)

# %% Ask for nothing
model, ordered = start(), start()
model.fit(images[:1290], labels[:1290], verbose=0)
default_steps = int(model.optimizer.iterations)
ordered.fit(images[:1290], labels[:1290], shuffle=False, verbose=0)
keeps_order = np.allclose(model.weights[3], ordered.weights[3], atol=1e-4)
print("steps in an epoch:", default_steps, "in order:", keeps_order)
