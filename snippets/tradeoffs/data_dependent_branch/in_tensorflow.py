"""Branch and loop on the value of a tensor, eagerly and in a graph."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes

raw, targets = load_diabetes(return_X_y=True)
features = tf.constant(raw / raw.std(axis=0), dtype=tf.float32)
targets = tf.constant(targets / targets.std(), dtype=tf.float32)  # (442,)


# %% Branch on a value
def loss_of(weights):
    errors = tf.linalg.matvec(features, weights) - targets
    size = tf.reduce_mean(tf.abs(errors))
    if size > 2:  # far away: the error itself, as Huber does
        loss = 4 * size - 4
    else:
        loss = tf.reduce_mean(errors**2)
    return loss


def run(loss_of):
    for start in 0.0, 0.4, 3.0:  # near, farther, far away
        weights = tf.fill([10], start)
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = loss_of(weights)
        losses.append(float(loss))
        gradients.append(tape.gradient(loss, weights).numpy())
    print("losses:", np.round(losses[-3:], 4))


losses, gradients = [], []
run(loss_of)

# %% Compile it as it stands
compiled = tf.function(loss_of)
run(compiled)
plain_graphs = [compiled.experimental_get_tracing_count()]
print("graphs:", plain_graphs[0])

# %% Forbid it
refused = [0]
try:
    run(tf.function(loss_of, autograph=False))
except tf.errors.OperatorNotAllowedInGraphError as error:
    refused[0] += 1
    print(str(error).split(". ")[0])


# %% Put both branches into the graph
def both_in_one(weights):
    errors = tf.linalg.matvec(features, weights) - targets
    size = tf.reduce_mean(tf.abs(errors))
    return tf.cond(
        size > 2,
        lambda: 4 * size - 4,
        lambda: tf.reduce_mean(errors**2),
    )


compiled = tf.function(both_in_one, autograph=False)
run(compiled)
captured_graphs = [compiled.experimental_get_tracing_count()]
print("graphs:", captured_graphs[0])

# %% Loop on a value
slope = -2 * tf.linalg.matvec(features, targets, transpose_a=True) / 442


def too_long(step):
    moved = tf.linalg.matvec(features, -step * slope) - targets
    return tf.reduce_mean(moved**2) > tf.reduce_mean(targets**2)


def halve(step):
    while too_long(step):
        step = step / 2
    return step


def halve_in_one(step):
    (step,) = tf.while_loop(too_long, lambda step: (step / 2,), (step,))
    return step


steps = [float(halve(tf.constant(4.0)))]
for function, graph_counts in [
    (halve, plain_graphs),
    (halve_in_one, captured_graphs),
]:
    compiled = tf.function(function)
    steps.append(float(compiled(tf.constant(4.0))))
    graph_counts.append(compiled.experimental_get_tracing_count())
    print("step:", steps[-1], "graphs:", graph_counts[-1])
