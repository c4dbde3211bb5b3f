"""Kill a training, resume it, and end at the weights of one never killed."""

# %% Write the program
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

program = """
import os
import signal
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, labels = load_digits(return_X_y=True)
images = (pixels / 16).astype("float32")

def build():
    hidden = keras.layers.Dense(32, activation="relu")
    model = keras.Sequential(
        [keras.Input((64,)), hidden, keras.layers.Dense(10)]
    )
    rng = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(rng.normal(0, 0.1, weight.shape))
    return model

def prepare(model):
    schedule = keras.optimizers.schedules.CosineDecay(0.03, decay_steps=60)
    model.compile(
        # epsilon: too small to matter, as the frameworks add it elsewhere
        optimizer=keras.optimizers.Adam(schedule, epsilon=1e-12),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.optimizer.build(model.trainable_variables)

def train(folder, die_at=0, forget=False, seed=0):
    model = build()
    prepare(model)
    step, losses = tf.Variable(0), []
    checkpoint = tf.train.Checkpoint(model=model, step=step)
    manager = tf.train.CheckpointManager(checkpoint, folder, max_to_keep=2)
    if manager.latest_checkpoint:
        checkpoint.restore(manager.latest_checkpoint).assert_consumed()
        if forget:
            prepare(model)
    while step < 45:
        epoch, batch = divmod(int(step), 15)
        order = np.random.default_rng([seed, epoch]).permutation(1500)
        chosen = order[batch * 100 : batch * 100 + 100]
        loss = model.train_on_batch(images[chosen], labels[chosen])
        losses.append(float(loss))
        step.assign_add(1)
        if step % 10 == 0:
            manager.save(checkpoint_number=step)  # all of it, or none
        if step == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
    return losses, model.layers[1].kernel.numpy()

if __name__ == "__main__":
    train("killed", die_at=25)
"""
Path("train.py").write_text(program)

# %% Train without interruption
train = runpy.run_path("train.py")["train"]
losses, weights = train("whole")
print(f"{len(losses)} steps, the last loss {losses[-1]:.3f}")

# %% Train in a process that dies
child = subprocess.run([sys.executable, "train.py"], capture_output=True)
step = tf.Variable(0)
path = tf.train.latest_checkpoint("killed")
tf.train.Checkpoint(step=step).restore(path).expect_partial()
saved_step = int(step)
print(f"killed by signal {-child.returncode}, saved step {saved_step}")


# %% Resume
def resume(name, **mistakes):
    shutil.copytree("killed", name)
    return train(name, **mistakes)


resumed_losses, resumed_weights = resume("resumed")
print(f"{len(resumed_losses)} steps, the last loss {resumed_losses[-1]:.3f}")
same_losses = resumed_losses == losses[saved_step:]
same_weights = np.array_equal(resumed_weights, weights)
print("same losses:", same_losses, "- same weights:", same_weights)

# %% Forget the optimizer
forgetful_losses, forgetful_weights = resume("forgetful", forget=True)
away = abs(forgetful_weights - weights).max()
print(f"second loss {forgetful_losses[1]:.2f}, not {resumed_losses[1]:.2f}")
print(f"weights up to {away:.2f} away in the end")
plt.figure(figsize=(6, 3.2))
late = range(saved_step + 1, 46)
plt.plot(late, forgetful_losses, "o:", color="gray", label="no optimizer")
plt.plot(range(1, 46), losses, color="#f59300", label="never killed")
plt.plot(late, resumed_losses, ".", color="#f59300", label="resumed")
plt.gca().set(xlabel="step", ylabel="loss on its batch", yscale="log")
plt.title("TensorFlow: killed at step 25, resumed after step 20")
plt.legend()
plt.show()

# %% Forget the shuffle
other_losses, other_weights = resume("other", seed=1)
away = abs(other_weights - weights).max()
before, after = [
    np.random.default_rng([seed, 1]).permutation(1500) for seed in (0, 1)
]
missed = 1500 - len(np.union1d(before[:500], after[500:]))
print(f"weights up to {away:.2f} away in the end")
print(missed, "of 1500 images missed in the broken epoch")
