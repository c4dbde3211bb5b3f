"""Where tensors lie, where they are computed, and who decides it."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)
pixels = (pixels / 16).astype("float32")  # (1797, 64)
start = np.random.default_rng(0).normal(0, 0.1, (64, 10))

# %% Choose a device
# Leave this line out, and TensorFlow takes a GPU where there is one.
tf.config.set_visible_devices([], "GPU")
# One processor can pose as two devices, before the first tensor.
(processor,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(
    processor, [tf.config.LogicalDeviceConfiguration()] * 2
)
here, there = [d.name for d in tf.config.list_logical_devices()]
print(here, there)

# %% Put model and data there
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
model.set_weights([start, np.zeros(10)])


def predict(model):
    return model(pixels).numpy()  # nothing to say: it is moved for you


logits = predict(model)
print("logits:", logits[0, :3].round(3))


# %% See who decides
def place(tensor):
    return tensor.device.removeprefix("/job:localhost/replica:0/task:0")


with tf.device(here):
    one = tf.ones(3)
with tf.device(there):
    far_one = tf.ones(3)
    tensors = {
        "made in the block": tf.ones(3),
        "made from an array": tf.constant(np.ones(3)),
        "computed in the block": one + one,
    }
tensors["computed outside"] = far_one + far_one
for name, tensor in tensors.items():
    print(f"{name:<21}", place(tensor))
made, from_array, inside, outside = [
    place(tensor) == there for tensor in tensors.values()
]

# %% Ask for a shape without the memory
large = tf.TensorSpec([100_000, 100_000])
gigabytes = large.shape.num_elements() * large.dtype.size / 1e9
traced = tf.function(lambda x: x @ x).get_concrete_function(large)
shape = tuple(traced.output_shapes)
print(f"{gigabytes:.0f} GB not taken, product", shape)

# %% Make it there, fill it there
with tf.device(there):
    second = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    second.set_weights(model.get_weights())
    second_logits = predict(second)
begun_there = place(second.layers[0].kernel.value) == there
print("logits:", second_logits[0, :3].round(3))
