"""Export one program for any batch size, any height and any width."""

# %% Load
import tempfile

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_sample_image

photo = (load_sample_image("china.jpg") / 255).astype("float32")


def crops(batch_size, height, width, channels=3):
    each = [photo[i:, i:][:height, :width] for i in range(batch_size)]
    return tf.constant(np.stack(each)[..., :channels])


# %% Define the model
model = keras.Sequential(
    [
        keras.Input((None, None, 3)),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.Conv2D(4, 3),
        keras.layers.GlobalAveragePooling2D(),
    ]
)
rng = np.random.default_rng(0)
for layer in model.layers[:2]:
    kernel = rng.normal(0, 0.2, layer.kernel.shape)
    layer.set_weights([kernel, np.zeros(layer.filters)])


# %% Export it, for one shape and for many
def export(shape):
    signature = [keras.InputSpec(shape=shape, dtype="float32")]
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, verbose=False, input_signature=signature)
        return tf.saved_model.load(folder)


one_shape = export((4, 32, 48, 3))
many_shapes = export((None, None, None, 3))


# %% Feed sizes that it has not seen
def feed(program, sizes):
    outputs, refused = [], []
    for size in sizes:
        try:
            outputs.append(program(crops(*size)).numpy())
            refused.append(0)
        except TypeError as error:
            refused.append(1)
            print(*size, "refused:", str(error).split("`")[1])
    return outputs, refused


sizes = [(4, 32, 48), (1, 20, 20), (3, 17, 40), (8, 64, 31), (8, 256, 9)]
outputs, refused = feed(many_shapes.serve, sizes)
print("refused:", sum(refused), "of", len(sizes))
outputs = np.concatenate(outputs)  # all of them are compared
print("outputs:", outputs[-1].round(3))

# %% Leave the range
_, one_shape_refused = feed(one_shape.serve, sizes[:2])
_, wrong_channels = feed(many_shapes.serve, [(4, 32, 48, 1)])
others = [(9, 32, 48), (4, 257, 32), (4, 32, 257), (4, 7, 32)]
_, beyond = feed(many_shapes.serve, others)
print("beyond the range, refused:", beyond)
too_many, too_high, too_wide, too_low = beyond
