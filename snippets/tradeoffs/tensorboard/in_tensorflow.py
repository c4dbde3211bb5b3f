"""Write a curve, a histogram and an image for TensorBoard; read them."""

# %% Load
import io

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorboard.backend.event_processing import event_accumulator

pixels, digits = load_digits(return_X_y=True)
images = tf.constant(pixels / 16, dtype=tf.float32)  # (1797, 64)
labels = tf.constant(digits)

# %% Train, and write
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(10, kernel_initializer="zeros"),
    ]
)
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.5)
losses = []
writer = tf.summary.create_file_writer("logs")
with writer.as_default():
    for step in range(30):
        with tf.GradientTape() as tape:
            loss = criterion(labels, model(images, training=True))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        losses.append(float(loss))
        tf.summary.scalar("loss", losses[-1], step)
    tf.summary.histogram("weights", model.layers[0].kernel, step)
    mean_of_zeros = tf.reduce_mean(images[labels == 0], axis=0)
    mean_of_zeros = tf.reshape(mean_of_zeros, (1, 8, 8, 1))
    tf.summary.image("mean of the zeros", mean_of_zeros, step)
writer.close()
print("last loss:", round(losses[-1], 4))

# %% Read the file
keep_all = {"scalars": 0, "tensors": 0}  # else a sample of ten tensors
events = event_accumulator.EventAccumulator("logs", keep_all).Reload()
found = {kind: tags for kind, tags in events.Tags().items() if tags}
for kind, tags in found.items():
    print(f"{kind}:", tags)
scalars_among_scalars = "loss" in found.get("scalars", [])
scalars = events.Tensors("loss")
steps_read = [event.step for event in scalars]
losses_read = [tf.make_ndarray(event.tensor_proto) for event in scalars]
print("as written:", np.allclose(losses_read, losses))
histogram = tf.make_ndarray(events.Tensors("weights")[0].tensor_proto)
histogram_mass = histogram[:, 2].sum()  # columns: from, to, how many
print("weights in the histogram:", int(histogram_mass))
png = events.Tensors("mean of the zeros")[0].tensor_proto.string_val[2]
pixels_read = plt.imread(io.BytesIO(png))[..., None]
print("image:", pixels_read.shape)

# %% Draw what was read
figure, (left, right) = plt.subplots(ncols=2, figsize=(7, 3))
left.plot(steps_read, losses_read)
left.set(xlabel="step", ylabel="loss", title="TensorFlow: the curve")
right.imshow(pixels_read, cmap="gray")
right.set(xticks=[], yticks=[], title="the image")
plt.show()

# %% Let the callback write
callback = keras.callbacks.TensorBoard("unasked")
model.compile(optimizer="sgd", loss=criterion)
model.fit(
    images,
    labels,
    epochs=2,
    verbose=0,
    validation_data=(images, labels),
    callbacks=[callback],
)
for part in "train", "validation":
    events = event_accumulator.EventAccumulator(f"unasked/{part}").Reload()
    print(f"{part}:", events.Tags()["tensors"])
