"""The same program on one machine and on two, each with half of the data."""

# %% Write what each machine runs
import json
import os
import socket
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import numpy as np
import tensorflow as tf

Path("worker.py").write_text("""
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

strategy = tf.distribute.MultiWorkerMirroredStrategy()  # reads TF_CONFIG
rank = strategy.cluster_resolver.task_id
machines = strategy.num_replicas_in_sync
pixels, targets = load_digits(return_X_y=True)
dataset = tf.data.Dataset.from_tensor_slices((pixels / 16, targets))
share = dataset.take(1792).shard(machines, rank).batch(64 // machines)
loader = strategy.distribute_datasets_from_function(lambda context: share)
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
rng = np.random.default_rng(0)
with strategy.scope():
    hidden = keras.layers.Dense(32, activation="relu")
    scores = keras.layers.Dense(10)
    model = keras.Sequential([keras.Input((64,)), hidden, scores])
    for layer in hidden, scores:
        layer.kernel.assign(rng.normal(0, 0.2, layer.kernel.shape))
    model.compile(keras.optimizers.SGD(learning_rate=0.5), criterion)


def step(images, labels):
    with tf.GradientTape() as tape:
        loss = criterion(labels, model(images, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    model.optimizer.apply(gradients, model.trainable_variables)


parallel = tf.function(lambda *batch: strategy.run(step, batch))
seen = []
for images, labels in loader:
    parallel(images, labels)
    seen.extend(*strategy.experimental_local_results(labels))
weights, fit = hidden.kernel.numpy(), "runs"
try:
    model.fit(dataset.batch(64), verbose=0)
except ValueError:
    fit = "ValueError"
np.savez(f"{rank}of{machines}", seen=seen, weights=weights, fit=fit)
""")


# %% Start the machines
def run(machines):
    servers = [socket.create_server(("localhost", 0)) for _ in range(machines)]
    places = [f"localhost:{s.getsockname()[1]}" for s in servers]  # free ones
    for server in servers:
        server.close()
    workers, command = [], [sys.executable, "worker.py"]
    for rank in range(machines):
        task = {"type": "worker", "index": rank}
        config = json.dumps({"cluster": {"worker": places}, "task": task})
        variables = os.environ | {"TF_CONFIG": config}
        workers.append(Popen(command, env=variables, stderr=PIPE))
    for worker in workers:
        errors = worker.communicate(timeout=100)[1]
        assert worker.returncode == 0, errors.decode()
    return [np.load(f"{rank}of{machines}.npz") for rank in range(machines)]


# %% Train on one, then on two
alone, first, second = *run(1), *run(2)
weights = np.stack([m["weights"] for m in (alone, first, second)])
apart = np.ptp(weights, axis=0).max()
print("three times the same weights:", apart < 1e-6)
seen = np.stack([first["seen"], second["seen"]], axis=1)  # (896, 2)
print("every image once:", np.array_equal(seen.ravel(), alone["seen"]))

# %% Divide what cannot be halved
counts = [len(tf.data.Dataset.range(1797).shard(2, i)) for i in (0, 1)]
print("of 1797 images:", counts)

# %% Try fit
print("on one machine, fit", alone["fit"], "- on two:", first["fit"])
