"""Export a trained model with its preprocessing: bytes in, probabilities."""

# %% Train on the pictures
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

digits = load_digits()
pictures = (digits.images * 15).astype("uint8")  # (1797, 8, 8), 0 to 240
labels = tf.constant(digits.target)
mean, scale = pictures[:1500].mean(), pictures[:1500].std()
images = (pictures.reshape(-1, 64) - mean) / scale
body = keras.Sequential(
    [keras.Input((64,)), keras.layers.Dense(32, activation="relu")]
)
scores = keras.layers.Dense(10)
learner = keras.Sequential([body, scores])  # its dropout stands below
rng = np.random.default_rng(0)
for weight in learner.weights:
    weight.assign(rng.normal(0, 0.1, weight.shape))
learner.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
learner.fit(
    images[:1500],
    labels[:1500],
    batch_size=1500,
    epochs=60,
    shuffle=False,
    verbose=0,
)

# %% Put the preprocessing in
embedder = keras.Sequential(
    [
        keras.Input((8, 8), dtype="uint8"),  # bytes, (batch, 8, 8)
        keras.layers.Flatten(),
        keras.layers.Rescaling(1 / scale, offset=-mean / scale),
        body,
    ]
)
keras.utils.set_random_seed(0)
reader = keras.Sequential(
    [embedder, keras.layers.Dropout(0.3), scores, keras.layers.Softmax()]
)

# %% Export both, with what one must know
unseen = tf.constant(pictures[1500:])
any_length = [keras.InputSpec(shape=(None, 8, 8), dtype="uint8")]


def export(folder, **endpoints):
    archive = keras.export.ExportArchive()
    for name, call in endpoints.items():
        archive.add_endpoint(name, call, input_signature=any_length)
    archive.write_out(folder, verbose=False)


export("model", predict=reader.call, embed=embedder.call)
note = json.dumps({"classes": list("0123456789"), "version": "1"})
Path("model/assets.extra").mkdir()
Path("model/assets.extra/note.json").write_text(note)

# %% Use it in a new process
program = """
import json
import numpy as np
import tensorflow as tf

model = tf.saved_model.load("model")
note = json.load(open("model/assets.extra/note.json"))
pictures = tf.data.Dataset.from_tensor_slices(np.load("unseen.npy"))
batches = pictures.batch(64)
probabilities = np.concatenate([model.predict(batch) for batch in batches])
embedded = np.concatenate([model.embed(batch) for batch in batches])
np.savez("answers.npz", probabilities=probabilities, embedded=embedded)
first = probabilities[0].argmax()
print("version", note["version"], "reads a", note["classes"][first])
"""
Path("use.py").write_text(program)
np.save("unseen.npy", unseen.numpy())
command = [sys.executable, "use.py"]
child = subprocess.run(command, check=True, capture_output=True, text=True)
print(child.stdout.strip())
answers = np.load("answers.npz")
probabilities, embedded = answers["probabilities"], answers["embedded"]


def accuracy(probabilities):
    return np.mean(probabilities.argmax(axis=1) == digits.target[1500:])


here = reader(unseen).numpy()
print("as before:", np.allclose(here, probabilities, atol=1e-5))
print(f"accuracy: {accuracy(probabilities):.3f}")

# %% Leave the preprocessing out
bare = keras.Sequential([body, scores, keras.layers.Softmax()])
raw = pictures[1500:].reshape(-1, 64).astype("float32")
bare.export("bare", verbose=False)
bare = tf.saved_model.load("bare")  # and what the client makes of it
guesses = {"right": (raw - mean) / scale, "none": raw, "/ 255": raw / 255}
guesses["inverted"] = (240 - raw - mean) / scale
unprepared = []
for client, images in guesses.items():
    unprepared.append(bare.serve(tf.constant(images, tf.float32)).numpy())
    sure = np.median(unprepared[-1].max(axis=1))
    print(f"{client}: accuracy {accuracy(unprepared[-1]):.3f},", end=" ")
    print(f"median confidence {sure:.2f}")

# %% Export it in training mode
export("random", predict=lambda pictures: reader(pictures, training=True))
served = tf.saved_model.load("random")
first, second = (served.predict(unseen).numpy() for _ in range(2))
moved = np.mean(np.abs(first - second).max(axis=1) > 0.01)
print(f"another answer on the second call: {moved:.0%} of the pictures")
