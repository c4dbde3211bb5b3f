"""What a seed promises, and what it does not."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

tf.config.set_visible_devices([], "GPU")  # so that all see these numbers
images = load_digits().data[:256].astype("float32")  # (256, 64)


# %% Seed everything, twice
def seeded_draw(shape, before=0):
    keras.utils.set_random_seed(7)  # Python's, NumPy's and TensorFlow's
    if before:
        tf.random.uniform([before])  # somebody else's numbers
    return tf.random.normal([shape]).numpy()


drawn = seeded_draw(6)
repeated = bool((seeded_draw(6) == drawn).all())
print("drawn:", drawn[:3].round(3), "- again:", repeated)

# %% Let somebody draw first
shifted = seeded_draw(6, before=1)
disturbed = bool((shifted != drawn).any())
print("drawn:", shifted[:3].round(3), "- disturbed:", disturbed)
by_calls = bool((seeded_draw(6, before=5) == shifted).all())
print("no matter how many somebody drew:", by_calls)

# %% Draw three and three
tf.random.set_seed(7)
halves = tf.concat([tf.random.normal([3]), tf.random.normal([3])], 0)
one_stream = bool((halves.numpy() == drawn).all())
print("three and three are six:", one_stream)

# %% Own a generator
own = tf.random.Generator.from_seed(7)
quiet = own.normal([3]).numpy()
state = own.state.numpy()  # belongs into a checkpoint
tf.random.set_seed(8)  # nobody's business
expected = own.normal([3]).numpy()
own.reset(state)
resumed = own.normal([3]).numpy()
undisturbed = bool((resumed == expected).all())
print("resumed:", resumed.round(3), "- as expected:", undisturbed)

# %% Give each worker its own
seeds = tf.random.split([7, 0], 2)
streams = [tf.random.stateless_normal([10_000], seed) for seed in seeds]
correlation = np.corrcoef(streams)[0, 1]
print("unrelated:", abs(correlation) < 0.03)

# %% Compare what is drawn, not the numbers
kernel = keras.initializers.GlorotUniform()((512, 512)).numpy()
glorot = np.quantile(kernel / kernel.max(), [0.1, 0.25, 0.5, 0.75, 0.9])
print("Glorot, quantiles:", glorot.round(1) + 0.0)
kernel = keras.initializers.HeNormal()((512, 512)).numpy()
spread = kernel.std() / np.sqrt(2 / 512)
farthest = abs(kernel).max() / kernel.std()
print(f"He, spread {spread:.2f}, farthest {farthest:.1f} spreads away")
ones = tf.ones([512, 512])
kept = (keras.random.dropout(ones, 0.2).numpy() > 0).mean()
print(f"dropout keeps {kept:.1f}")

# %% Feed both the same numbers
rng = np.random.default_rng(7)
order = rng.permutation(256)
mask = rng.random((256, 64)) < 0.8
noise = rng.normal(0, 1, (256, 64))
batch = tf.gather(tf.constant(images), order)
dropped = tf.where(tf.constant(mask), batch / 0.8, 0)
fed = (dropped + tf.constant(noise, tf.float32)).numpy()
print("fed:", fed[0, :4].round(3))
