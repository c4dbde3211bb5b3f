"""What a file must hold to go on, and what half of a file is worth."""

# %% Look for dropout's place in the file
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, labels = load_digits(return_X_y=True)
images = tf.constant(pixels / 16 + 1, dtype=tf.float32)  # none is 0


def masks(dropout):
    return np.stack([dropout(images, training=True) == 0 for _ in range(2)])


keras.utils.set_random_seed(0)
dropout = keras.layers.Dropout(0.25)
model = keras.Sequential([keras.Input((64,)), dropout])
path = tf.train.Checkpoint(model=model).write("model")
places = len(tf.train.load_checkpoint(path).get_variable_to_shape_map()) - 1
shares = masks(dropout).mean(axis=(1, 2))
print("dropped:", shares.round(2), "- saved with the model:", places)

# %% Save it beside the model
path = tf.train.Checkpoint(random=dropout.seed_generator.state).write("random")
expected = masks(dropout)
dropout = keras.layers.Dropout(0.25)  # as in a new process
same_masks = [np.array_equal(masks(dropout), expected)]
checkpoint = tf.train.Checkpoint(random=dropout.seed_generator.state)
checkpoint.read(path).assert_consumed()
same_masks.append(np.array_equal(masks(dropout), expected))
print("the same masks, without the place and with it:", same_masks)

# %% Read half a file
model.save("model.keras")
whole = Path("model.keras").read_bytes()
Path("half.keras").write_bytes(whole[: len(whole) // 2])
try:
    keras.saving.load_model("half.keras")
    half_loads = True
except ValueError as error:
    half_loads = False
    print("ValueError:", str(error).split(":")[0])
print("half a file loads:", half_loads)


# %% Let fit save and resume
class Interrupt(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if self.model.optimizer.iterations == 25:
            raise KeyboardInterrupt


def fit(*callbacks):
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((64,)), layer])
    model.compile("adam", "sparse_categorical_crossentropy")
    options = dict(batch_size=120, epochs=3, shuffle=False, verbose=0)
    model.fit(images, labels, callbacks=list(callbacks), **options)
    return int(model.optimizer.iterations), model.get_weights()[0]


steps, weights = fit()
print("never interrupted:", steps, "steps")
for save_freq in "epoch", 10:
    folder = f"backup_{save_freq}"
    backup = keras.callbacks.BackupAndRestore(folder, save_freq)
    try:
        fit(backup, Interrupt())
    except KeyboardInterrupt:
        steps, resumed = fit(backup)
    same = np.array_equal(resumed, weights)
    print(f"save_freq={save_freq}: {steps} steps - same weights: {same}")
