"""Your optimizer and schedule stand where the framework's stood."""

# %% Load
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf
from keras.optimizers import SGD, Optimizer, schedules
from keras.saving import register_keras_serializable
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
images = tf.constant(pixels[:1280] / 16, dtype=tf.float32)
labels = tf.constant(digits[:1280])
batches = list(zip(tf.split(images, 20), tf.split(labels, 20)))


# %% Write an optimizer
@register_keras_serializable("own")
class Lion(Optimizer):
    """Takes the sign of a mean of gradients: all steps are as long."""

    def build(self, variables):
        if not self.built:
            super().build(variables)
            self.means = self.add_optimizer_variables(variables, "mean")

    def update_step(self, gradient, variable, learning_rate):
        mean = self.means[self._get_variable_index(variable)]
        direction = tf.sign(0.9 * mean + 0.1 * gradient)
        self.assign_sub(variable, learning_rate * direction)
        self.assign(mean, 0.99 * mean + 0.01 * gradient)


# %% Write a schedule
@register_keras_serializable("own")
class WarmRoot(schedules.LearningRateSchedule):
    """Rises for some steps, then falls with the root of the step."""

    def __init__(self, rate, warm_up):
        self.rate, self.warm_up = rate, warm_up

    def __call__(self, step):
        step = tf.cast(step, tf.float32) + 1  # the optimizer counts
        rise, fall = step / self.warm_up, (self.warm_up / step) ** 0.5
        return self.rate * tf.minimum(rise, fall)

    def get_config(self):
        return {"rate": self.rate, "warm_up": self.warm_up}


# %% Train with whatever comes
def start(kind, schedule):
    scores = keras.layers.Dense(10)
    model = keras.Sequential([keras.Input((64,)), scores])
    kernel = np.random.default_rng(1).normal(0, 0.1, (64, 10))
    scores.set_weights([kernel, np.zeros(10)])
    criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(kind(schedule), criterion)
    return model


def train(model, batches):
    rates = []
    for images, labels in batches:
        rates.append(float(model.optimizer.learning_rate))
        model.train_on_batch(images, labels)
    return model.layers[-1].kernel.numpy(), rates


# %% Swap one at a time
def falling(rate):
    return schedules.ExponentialDecay(rate, decay_steps=1, decay_rate=0.9)


def warm(rate):
    return WarmRoot(rate, warm_up=5)


def run(kind, schedule):
    model = start(kind, schedule)
    kernel, rates = train(model, batches)
    names = [type(part).__name__ for part in (model.optimizer, schedule)]
    right = tf.argmax(model(images), axis=1) == labels
    accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
    print(*names, f"{accuracy:.3f} at rates", np.round(rates[:20:5], 4))
    return kernel, rates


by_sgd, falls = run(SGD, falling(0.5))
by_lion, _ = run(Lion, falling(0.02))
by_both, rises = run(Lion, warm(0.02))

# %% Compare with the built-in Lion
by_built_in = run(keras.optimizers.Lion, warm(0.02))[0]
print("as the built-in one:", np.allclose(by_both, by_built_in, atol=1e-6))

# %% Save half-way, and go on
first = start(Lion, warm(0.02))
train(first, batches[:10])
with TemporaryDirectory() as folder:
    file = Path(folder) / "half-way.keras"
    first.save(file)
    again, fresh = (keras.models.load_model(file) for _ in range(2))

resumed, late_rates = train(again, batches[10:])
print("as without a stop:", np.allclose(resumed, by_both, atol=1e-6))

# %% Save the weights alone
fresh.compile(Lion(warm(0.02)), fresh.loss)  # a new optimizer
forgetful, wrong_rates = train(fresh, batches[10:])
print("as without a stop:", np.allclose(forgetful, by_both, atol=1e-6))


# %% Offer a look-alike
class LookAlike:
    """Answers as a Lion does, and inherits nothing."""

    def __init__(self, rate):
        self.lion = Lion(rate)

    def __getattr__(self, name):
        return getattr(self.lion, name)


try:
    start(LookAlike, warm(0.02))
except ValueError as error:
    print("refused:", str(error).split(":")[0])


# %% Solve the halving rate
class Halving(schedules.LearningRateSchedule):
    def __init__(self, rate):
        self.rate = rate

    def __call__(self, step):
        halvings = tf.cast(step // 5, tf.float32)
        return self.rate / 2**halvings


_, halved = run(SGD, Halving(0.5))
built_in = run(SGD, schedules.ExponentialDecay(0.5, 5, 0.5, staircase=True))[1]
print("as the built-in one:", np.allclose(halved, built_in))
