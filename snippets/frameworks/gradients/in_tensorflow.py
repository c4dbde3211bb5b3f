"""Whose gradient, of what, and what it is where there is none."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes

data = load_diabetes()
matrix = np.column_stack([data.data * 20, np.ones(442)])  # (442, 11)
features = tf.constant(matrix, dtype=tf.float32)
targets = tf.constant(data.target / 100, dtype=tf.float32)
start = np.random.default_rng(0).normal(0, 0.1, 11)


def losses_of(weights):
    return tf.square(tf.linalg.matvec(features, weights) - targets)


# %% Ask about what nobody watched
errors = []
constant = tf.constant(start, dtype=tf.float32)
watched = tf.Variable(start, dtype=tf.float32)
bystander = tf.Variable(tf.zeros(11))
for used, asked in (constant, constant), (watched, bystander):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(losses_of(used))
    answer = tape.gradient(loss, asked)
    errors.append(answer is not None)
    print("gradient:", answer)


# %% Ask for a gradient
def mean_loss(weights):
    return tf.reduce_mean(losses_of(weights))


def gradient_of(function, at):
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = function(at)
    return tape.gradient(value, at)


weights = constant  # the tape watches what you tell it to
gradient = gradient_of(mean_loss, weights).numpy()  # (11,)
print("gradient:", gradient[:4].round(4))


# %% Hold a part still
def trusting_loss(weights, hold):
    losses = losses_of(weights)
    trust = 1 / (1 + losses)  # little, where the loss is large
    trust = tf.stop_gradient(trust) if hold else trust
    return tf.reduce_mean(trust * losses)


held = gradient_of(lambda w: trusting_loss(w, hold=True), weights).numpy()
moving = gradient_of(lambda w: trusting_loss(w, hold=False), weights).numpy()
print("trust held still:", held[:4].round(4))
print("trust moves, too:", moving[:4].round(4))

# %% One gradient for each patient
with tf.GradientTape() as tape:
    tape.watch(weights)
    losses = losses_of(weights)
jacobian = tape.jacobian(losses, weights).numpy()  # (442, 11)
hardest = np.linalg.norm(jacobian, axis=1).argmax()
print("patient", hardest, "pulls hardest")

# %% All second derivatives
with tf.GradientTape() as tape:
    tape.watch(weights)
    slopes = gradient_of(mean_loss, weights)
hessian = tape.jacobian(slopes, weights).numpy()
step = np.linalg.solve(hessian, gradient)  # Newton's
solved = start - step
exact, *_ = np.linalg.lstsq(matrix, data.target / 100)
missed = abs(solved - exact).max()
print("one step solves it:", missed < 1e-3)
