"""Two devices train on the halves of a batch what one trains on it."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

# Makes two devices of one CPU; leave it out where you have GPUs.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
pixels, targets = load_digits(return_X_y=True)
arrays = (pixels[:640] / 16).astype("float32"), targets[:640]
dataset = tf.data.Dataset.from_tensor_slices(arrays).batch(64)

# %% Define the model
rng = np.random.default_rng(0)
kernels = [rng.normal(0, 0.2, size) for size in ((64, 32), (32, 10))]


def build():
    hidden = keras.layers.Dense(32, activation="relu")
    scores = keras.layers.Dense(10)
    model = keras.Sequential([keras.Input((64,)), hidden, scores])
    for layer, kernel in zip(model.layers, kernels):
        layer.kernel.assign(kernel)
    return model, keras.optimizers.SGD(learning_rate=0.5)


# %% Train alone
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model, optimizer = build()
gradients = []
for batch, targets in dataset:
    with tf.GradientTape() as tape:
        loss = criterion(targets, model(batch, training=True))
    computed = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(computed, model.trainable_variables)
    gradients.append(computed[0])
gradient = gradients[0].numpy()  # (64, 32)
weights = model.layers[0].kernel.numpy()

# %% Write the training in two
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits


def train(scaled):
    with strategy.scope():
        model, optimizer = build()

    def step(images, labels):
        with tf.GradientTape() as tape:
            losses = cross_entropy(labels, model(images, training=True))
            loss = scaled(losses)
        computed = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(computed, model.trainable_variables)
        return computed[0]  # apply has summed them over the devices

    @tf.function
    def parallel_step(*batch):
        return strategy.reduce("SUM", strategy.run(step, batch), axis=None)

    batches = strategy.experimental_distribute_dataset(dataset)
    gradients = [parallel_step(*batch) for batch in batches]
    copies = strategy.experimental_local_results(model.layers[0].kernel.value)
    return gradients[0].numpy(), np.stack(copies)


# %% Train in two
both_gradient, both_weights = train(
    lambda losses: tf.nn.compute_average_loss(losses, global_batch_size=64)
)
apart = np.ptp([weights, *both_weights], axis=0).max()
print("three times the same weights:", apart < 1e-6)

# %% Take the recipe of the other framework
factor = np.linalg.norm(train(tf.reduce_mean)[0]) / np.linalg.norm(gradient)
print("gradients times", factor.round(3))
off_by = max(factor, 1 / factor)

# %% Leave it to fit
with strategy.scope():
    model, optimizer = build()
    model.compile(optimizer, criterion)
model.fit(dataset, shuffle=False, verbose=0)
apart = max(apart, np.ptp([weights, model.layers[0].kernel], axis=0).max())
print("the same weights again:", apart < 1e-6)
