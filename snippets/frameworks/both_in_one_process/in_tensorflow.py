"""Two frameworks in one process: TensorFlow trains first."""

# %% Save the data
import re
import subprocess
import sys

import numpy as np
from sklearn.datasets import load_diabetes

data = load_diabetes()
features = data.data.astype("float32") * 20  # (442, 10)
targets = data.target.astype("float32")[:, None] / 100  # (442, 1)
np.savez("patients.npz", features=features, targets=targets)
print(len(features), "patients")

# %% Write two programs
load = """
import numpy as np
patients = np.load("patients.npz")
features, targets = patients["features"], patients["targets"]
"""
in_pytorch = """
import torch
weights = torch.zeros(10, 1, requires_grad=True)
optimizer = torch.optim.SGD([weights], lr=0.1)
for _ in range(20):
    outputs = torch.tensor(features) @ weights
    loss = (outputs - torch.tensor(targets)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item(), flush=True)
"""
in_tensorflow = """
import keras
import tensorflow as tf
weights = tf.Variable(tf.zeros((10, 1)))
optimizer = keras.optimizers.SGD(learning_rate=0.1)
for _ in range(20):
    with tf.GradientTape() as tape:
        outputs = tf.constant(features) @ weights
        loss = tf.reduce_mean(tf.square(outputs - targets))
    optimizer.apply(tape.gradient(loss, [weights]), [weights])
print(float(loss), flush=True)
"""


def run(*programs):
    """One interpreter for all: its exit status, and the last losses."""
    command = [sys.executable, "-X", "faulthandler", "-c"]
    child = subprocess.run(
        [*command, "".join(programs)], capture_output=True, text=True
    )
    losses = [float(line) for line in child.stdout.split()]
    print("exit status", child.returncode, "losses", np.round(losses, 4))
    if child.returncode:
        print(re.search("Fatal.*", child.stderr)[0])
        print("importing", re.search(r"-packages/(\w+)", child.stderr)[1])
    return child.returncode, losses


# %% Train both in one process
exit_status, _ = run(load, in_tensorflow, in_pytorch)
early_status = exit_status

# %% Load Triton before TensorFlow
# PyTorch's first optimizer loads it: load it yourself, earlier.
early = "import triton\n"
_, one_process_losses = run(early, load, in_tensorflow, in_pytorch)

# %% Give each a process
_, [torch_loss] = run(load, in_pytorch)
_, [tensorflow_loss] = run(load, in_tensorflow)
two_process_losses = [torch_loss, tensorflow_loss]
