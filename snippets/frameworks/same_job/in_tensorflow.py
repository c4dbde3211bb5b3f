"""Ten jobs that both do out of the box, on the same digits."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)
images = tf.constant(pixels.reshape(-1, 8, 8) / 16, dtype=tf.float32)
labels = tf.constant(digits)
eight = images[:8]  # (8, 8, 8)


# %% Do ten jobs
def ctc_loss():  # rows are steps, columns are letters, 0 is the blank
    scores = tf.transpose(eight, (1, 0, 2))  # (step, image, letter)
    words = tf.constant([[1, 2, 3]] * 8)
    steps, letters = tf.fill((8,), 8), tf.fill((8,), 3)
    return tf.nn.ctc_loss(words, scores, letters, steps, blank_index=0)


def attention():  # one head: (image, step, head, size)
    heads = eight[:, :, None]
    mixed = keras.ops.dot_product_attention(heads, heads, heads)
    return mixed[:, :, 0]


def resize():
    return tf.image.resize(eight[..., None], (5, 5), "bilinear")[..., 0]


def class_sums():
    flat = tf.reshape(images, (-1, 64))
    return tf.math.unsorted_segment_sum(flat, labels, 10)


def sparse_product():
    sparse = tf.sparse.from_dense(images[0])
    return tf.sparse.sparse_dense_matmul(sparse, images[1])


def keep_boxes():  # y, x, y, x
    corners = tf.cumsum(tf.reshape(images[:100, 3:5, 3:5], (-1, 4)), 1)
    scores = images[:100, 0, 2] + tf.cast(labels[:100], tf.float32) / 1e3
    return tf.image.non_max_suppression(corners, scores, 100, 0.5)


def hessian():
    x = eight[0, 2]
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.exp(tf.tensordot(x, x, 1) / 8)
        gradient = inner.gradient(y, x)
    return outer.jacobian(gradient, x, experimental_use_pfor=False)


def per_image_gradient():
    with tf.GradientTape() as tape:
        tape.watch(eight)
        energy = tf.sqrt(tf.reduce_sum(tf.square(eight), axis=(1, 2)))
    return tape.gradient(energy, eight)  # each needs its own image alone


results = {
    "CTC loss": ctc_loss(),
    "attention": attention(),
    "bilinear resize": resize(),
    "sums by class": class_sums(),
    "sparse product": sparse_product(),
    "box suppression": keep_boxes(),
    "Hessian": hessian(),
    "gradient per image": per_image_gradient(),
    "singular values": tf.linalg.svd(eight, compute_uv=False),
    "Fourier transform": tf.abs(tf.signal.rfft2d(eight)),
}

# %% Compare
for job, result in results.items():
    total = tf.reduce_sum(tf.cast(result, tf.float64))
    print(f"{job:<18} {tuple(result.shape)} {total:.3f}")
numbers = [np.ravel(result).astype("float64") for result in results.values()]
numbers = np.concatenate([part / part.max() for part in numbers])
print(len(results), "jobs,", len(numbers), "numbers")
