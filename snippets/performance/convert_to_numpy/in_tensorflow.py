"""From a NumPy array to a tensor and back: who copies, and when."""

# %% Load
import numpy as np
import tensorflow as tf
from skimage import data

photo = data.astronaut().astype("float32") / 255  # (512, 512, 3)
grid = photo.reshape(8, 64, 8, 64, 3).swapaxes(1, 2)
tiles = grid.reshape(64, 64, 64, 3)


# %% There and back
def batch(batch_size):
    return (tiles[:batch_size],)


def round_trip(array):
    # A tensor never changes, so each way is a copy.
    return tf.constant(array).numpy()


# %% Look at what comes back
images = round_trip(*batch(16))
photo_mean = round_trip(tiles).mean()
print("back:", images.shape, images.dtype)
print("mean of the photo:", photo_mean.round(4))

# %% Write into the array afterwards
ways = {
    "tf.constant": tf.constant,
    "tf.convert_to_tensor": tf.convert_to_tensor,
    "tf.Variable": tf.Variable,
}
seen = []
for name, make in ways.items():
    given = np.zeros(3)
    tensor = make(given)
    given[0] = 7
    seen.append(tensor[0].numpy() == 7)
    print(f"{name:<21} sees the change: {seen[-1]}")
usual_way_shares = seen[0]

# %% Write into what comes back
tensor = tf.zeros(3)
taken = tensor.numpy()
taken[0] = 7
lent_back = bool(tensor[0] == 7)
print("the tensor sees the change:", lent_back)
