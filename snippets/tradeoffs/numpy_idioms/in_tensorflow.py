"""Eighteen lines as NumPy takes them, tried on tensors."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine

array = load_wine().data[:6].astype("float32")  # (6, 13)


def make():  # a new one each time: the last line changes it
    return tf.constant(array)


# %% Write as you would for NumPy
idioms = """
x = len(rows)
x = [row[0] for row in rows]
x = sum(rows)
x = float(rows[0, 0])
x = "large" if rows[0, 0] > 10 else "small"
x = f"{rows[0, 0]:.1f}"
x = 2 * rows + 1
x = rows[0] * np.arange(13)
x = np.log(rows)
x = rows[1:, -1]
x = rows[rows > 100]
x = rows[[0, 2]]
x = rows[::-1]
x = rows @ rows[0]
x = rows.mean(axis=0)
x = rows.reshape(13, -1)
x = rows.T
rows[0] = 0; x = rows
""".strip().split("\n")


# %% Count the lines that do the same
def run(idiom, rows):
    space = {"np": np, "rows": rows}
    exec(idiom, space)
    return np.asarray(space["x"])


def is_alike(idiom):
    wanted = run(idiom, array.copy())
    try:
        found = run(idiom, make())
    except Exception as error:
        print(f"{idiom:<26} {type(error).__name__}")
        return False
    if wanted.dtype.kind == "U":
        return str(found) == str(wanted)
    same = found.shape == wanted.shape and np.allclose(found, wanted)
    if not same:
        print(f"{idiom:<26} another result")
    return bool(same)


alike = [is_alike(idiom) for idiom in idioms]
print(sum(alike), "of", len(alike), "as in NumPy")

# %% Say the others their way
rows = make()
backwards = rows[::-1].numpy()
similar = tf.linalg.matvec(rows, rows[0]).numpy()
mean = tf.reduce_mean(rows, axis=0).numpy()
reshaped = tf.reshape(rows, (13, -1)).numpy()
turned = tf.transpose(rows)
turned_before = turned.numpy()
rows = tf.Variable(rows)
rows[0].assign(tf.zeros(13))
changed = rows.numpy()
turned_after = turned.numpy()  # a tensor of its own, for good
print("turned, after the change:", turned_after[:2, 0])

# %% Ask for the behaviour of NumPy
tf.experimental.numpy.experimental_enable_numpy_behavior()
alike_on_request = [is_alike(idiom) for idiom in idioms]
most_alike = sum(alike_on_request)
print(most_alike, "of", len(alike), "as in NumPy")
