"""Print inside a training step, stop inside it, read its traceback."""

# %% Load
import io
import linecache
import pdb
import re
import sys
import traceback

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine

raw, targets = load_wine(return_X_y=True)
scaled = (raw - raw.mean(axis=0)) / raw.std(axis=0)
features = tf.constant(scaled, dtype=tf.float32)  # (178, 13)
labels = tf.constant(targets)


# %% Write the model
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(8)
        self.scores = keras.layers.Dense(3)
        self.hidden.build((None, 13))
        self.scores.build((None, 8))
        rng = np.random.default_rng(0)
        for weight in self.weights:
            weight.assign(rng.normal(0, 0.3, weight.shape))

    def call(self, features):
        hidden = tf.nn.relu(self.hidden(features))  # (178, 8)
        print("hidden mean", tf.reduce_mean(hidden), file=log)
        breakpoint()
        return self.scores(hidden)


def train(net, steps, compiled=False):
    net.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.1),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=not compiled,  # the default is False
    )
    return net.fit(
        features, labels, 178, steps, shuffle=False, verbose=0
    ).history["loss"]


# %% Print in eager steps
sys.breakpointhook = lambda: None  # as PYTHONBREAKPOINT=0 does
log = io.StringIO()
eager_losses = train(Net(), steps=3)
eager_prints = log.getvalue().count("\n")
print(log.getvalue(), end="")

# %% Print in compiled steps
log = io.StringIO()
compiled_losses = train(Net(), steps=3, compiled=True)
compiled_prints = log.getvalue().count("\n")
print(log.getvalue(), end="", flush=True)  # tf.print does not wait


# %% Print from the graph
class Printing(Net):
    def call(self, features):
        hidden = tf.nn.relu(self.hidden(features))
        mean = tf.reduce_mean(hidden)
        tf.print("hidden mean", mean, output_stream=sys.stdout)
        return self.scores(hidden)


graph_losses = train(Printing(), steps=3, compiled=True)


# %% Stop
class Scripted(pdb.Pdb):
    def precmd(self, line):  # shows what you would type
        print(line)
        return super().precmd(line)

    def print_stack_entry(self, stop, prefix=None):
        frame, number = stop  # without the number: edits move it
        line = linecache.getline(frame.f_code.co_filename, number)
        print(f"> {frame.f_code.co_name}()\n-> {line.strip()}")


def scripted():
    debugger = Scripted(stdin=io.StringIO(typed), stdout=sys.stdout)
    debugger.set_trace(sys._getframe(1))


sys.breakpointhook = scripted  # leave it out, and type yourself
typed = """p hidden.shape, tf.reduce_mean(hidden)
!caught.append(hidden.numpy())
continue
"""
caught = []
train(Net(), steps=1)
hidden_caught = np.concatenate(caught)

# %% Stop in compiled code
typed = """p hidden
p hidden.numpy()
continue
"""
train(Net(), steps=1, compiled=True)


# %% Read the traceback
class Broken(Net):
    def call(self, features):
        hidden = tf.nn.relu(self.hidden(features))
        return self.scores(hidden) + features  # (178, 3) + (178, 13)


code = Broken.call.__code__
frame = rf'"{re.escape(code.co_filename)}", line (\d+), in .*\n(.*)'
named = {}
for compiled in False, True:
    try:
        train(Broken(), steps=1, compiled=compiled)
    except Exception as error:
        line, text = re.findall(frame, traceback.format_exc())[-1]
        print(type(error).__name__, "in:", text.strip())
        named[type(error).__name__] = int(line) - code.co_firstlineno
named_lines = list(named.values())  # two kinds of error, one line
