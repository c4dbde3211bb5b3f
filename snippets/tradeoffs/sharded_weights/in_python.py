"""Two devices share the weights as well: each holds half of them."""

# %% Load
import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
# Makes two devices of one CPU; leave both out where you have GPUs.
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
import keras
import numpy as np
from sklearn.datasets import load_digits

pixels, targets = load_digits(return_X_y=True)
images = (pixels[:640] / 16).astype("float32")
labels = targets[:640]


# %% Define the model
def train():
    rng = np.random.default_rng(0)
    hidden = keras.layers.Dense(32, activation="relu")
    scores = keras.layers.Dense(10)
    model = keras.Sequential([keras.Input((64,)), hidden, scores])
    for layer in hidden, scores:
        layer.kernel.assign(rng.normal(0, 0.2, layer.kernel.shape))
    model.compile(
        keras.optimizers.SGD(learning_rate=0.5),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(images, labels, batch_size=64, shuffle=False, verbose=0)
    return model.weights


# %% Train with whole weights
weights = train()
whole = np.asarray(weights[0])  # (64, 32)
needed = sum(weight.value.nbytes for weight in weights)

# %% Train with halves
devices = keras.distribution.list_devices()
mesh = keras.distribution.DeviceMesh((2,), ["half"], devices)
layouts = keras.distribution.LayoutMap(mesh)
layouts[".*kernel"] = (None, "half")  # the last axis
layouts[".*bias"] = ("half",)
keras.distribution.set_distribution(
    keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name="half")
)
weights = train()  # the same code

# %% Look at what each holds
shards = [weight.value.addressable_shards for weight in weights]
held = [sum(part.data.nbytes for part in parts) for parts in zip(*shards)]
held = [needed, *held]
print("bytes needed and held:", held)
parts = [np.asarray(part.data) for part in shards[0]]
print("parts of the first kernel:", parts[0].shape, parts[1].shape)
sharded = np.concatenate(parts, axis=1)
apart = np.abs(sharded - whole).max()
print("the same weights:", apart < 1e-6)
