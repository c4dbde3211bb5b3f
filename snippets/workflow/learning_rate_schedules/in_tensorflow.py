"""The learning rate of every step, and the losses that it gives."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras.optimizers import schedules as kinds
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = tf.constant(pixels[order] / 16, dtype=tf.float32)
labels = tf.constant(digits[order])
train_images, val_images = images[:1280], images[1280:]
train_labels, val_labels = labels[:1280], labels[1280:]
batches = list(zip(tf.split(train_images, 20), tf.split(train_labels, 20)))
print("steps in an epoch:", len(batches))

# %% Write the schedules
step_decay = kinds.PiecewiseConstantDecay([19, 39], [0.8, 0.08, 0.008])
exponential = kinds.ExponentialDecay(0.8, decay_steps=1, decay_rate=0.96)
cosine = kinds.CosineDecay(
    0.08, decay_steps=50, alpha=0.025, warmup_target=0.8, warmup_steps=10
)
schedules = [step_decay, exponential, cosine]
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


# %% Train with each
def start(learning_rate, momentum=0.0):
    layer = keras.layers.Dense(10, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((64,)), layer])
    optimizer = keras.optimizers.SGD(learning_rate, momentum)
    model.compile(optimizer, criterion)
    return model


def train(schedule, momentum=0.0):
    model = start(schedule, momentum)
    rates, losses = [], []
    for images, labels in 3 * batches:  # three epochs
        rates.append(float(model.optimizer.learning_rate))
        losses.append(model.train_on_batch(images, labels))
    return rates, losses


rates, losses = zip(*[train(schedule) for schedule in schedules])
plt.figure(figsize=(6, 3.2))
for name, rate in zip(["steps", "exponential", "cosine"], rates):
    print(f"{name:<12}", np.round(rate[::10], 3))
    plt.plot(rate, label=name)
plt.gca().set(xlabel="step", ylabel="learning rate")
plt.title("TensorFlow: three schedules")
plt.legend()
plt.show()

# %% Add momentum
with_momentum = train(step_decay, momentum=0.9)[1]
print("losses after the rate falls:", np.round(with_momentum[20:24], 3))

# %% Give the same milestones
schedule = kinds.PiecewiseConstantDecay([20, 40], [0.8, 0.08, 0.008])
same_milestones = [float(schedule(step)) for step in range(60)]
print("steps 19, 20, 21:", np.round(same_milestones[19:22], 3))

# %% Count in epochs
schedule = kinds.CosineDecay(0.8, decay_steps=3)
end_too_early = [float(schedule(step)) for step in range(8)]
print("first steps:", np.round(end_too_early, 3))


# %% Wait for a plateau
def plateau(**options):
    history = start(4.0).fit(
        train_images,
        train_labels,
        batch_size=64,
        epochs=12,
        shuffle=False,
        validation_data=(val_images, val_labels),
        callbacks=[keras.callbacks.ReduceLROnPlateau(**options)],
        verbose=0,
    )
    return history.history["learning_rate"], history.history["val_loss"]


plateau_rates, val_losses = plateau(patience=2, factor=0.5, min_delta=0.02)
print("rates:", plateau_rates)

# %% Be as patient
same_patience = plateau_rates  # its patience was 2 all along
print("rates:", same_patience)

# %% Leave the threshold relative
relative = plateau_rates  # min_delta is always absolute
print("rates:", relative)
