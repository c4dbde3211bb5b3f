"""A base class runs the whole, and your subclass fills in the parts."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from keras.initializers import Constant
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
pixels = (pixels / 16).astype("float32")
means = np.stack([pixels[digits == d].mean(axis=0) for d in range(10)])


# %% Write the pattern out
class Template:
    """A subclass writes call, and build where it has weights."""

    def __init__(self):
        self.built, self.hooks = False, []

    def __call__(self, x):  # the whole, which nobody overrides
        x = np.asarray(x, dtype="float32")
        if not self.built:
            self.build(x.shape)
            self.built = True
        y = self.call(x)
        for hook in self.hooks:
            hook(self, x, y)
        return y

    def build(self, shape):  # a part that may be left as it is
        pass

    def call(self, x):  # a part that must be written
        raise NotImplementedError


class NearestMean(Template):
    def build(self, shape):
        self.kernel = means.T  # (64, 10)
        self.bias = -(means**2).sum(axis=1) / 2

    def call(self, x):
        return x @ self.kernel + self.bias


# %% Fill in the framework's parts
class Scores(keras.Layer):
    def build(self, shape):
        kernel, bias = means.T, -(means**2).sum(axis=1) / 2
        self.kernel = self.add_weight((shape[-1], 10), Constant(kernel))
        self.bias = self.add_weight((10,), Constant(bias))

    def call(self, x):
        return x @ self.kernel + self.bias


images, labels = tf.constant(pixels), tf.constant(digits)
own_scores = NearestMean()(pixels)
scores = Scores()(images).numpy()
print("the same scores:", np.allclose(own_scores, scores, atol=1e-5))
print("digits read:", f"{(scores.argmax(axis=1) == digits).mean():.3f}")


# %% Go past the whole
def works(title, call, x):
    try:
        call(x)
        outcome = "works"
    except (AttributeError, TypeError) as error:
        outcome = str(error)
    print(f"{title:<12} {outcome}")
    return outcome == "works"


own_builds = not works("own part", NearestMean().call, pixels)
builds = not works("its part", Scores().call, images)
own_casts = works("own whole", NearestMean(), pixels.tolist())
casts = works("its whole", Scores(), pixels)  # of NumPy

hooked = hasattr(Scores(), "register_forward_hook")
print("hooks of a layer:", hooked)


# %% Train by a whole with parts
class Learner(keras.Model):
    """Inherits fit, the whole, and its parts."""

    def __init__(self):
        super().__init__()
        self.model = Scores()
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.compile(keras.optimizers.SGD(0.5), loss)

    def call(self, images):
        return self.model(images)


options = {"batch_size": 300, "shuffle": False, "verbose": 0}


def train(learner):
    fitted = learner.fit(images[:1500], labels[:1500], **options)
    loss = fitted.history["loss"][0]
    logits = learner(images[1500:]).numpy()
    print(f"{type(learner).__name__:<12} {loss:.4f}")
    return loss, logits


plain_loss, plain = train(Learner())


# %% Override a part
class Penalised(Learner):
    def compute_loss(self, x, y, y_pred, *args, **kwargs):
        loss = super().compute_loss(x, y, y_pred, *args, **kwargs)
        return loss + 0.01 * tf.reduce_sum(self.model.kernel**2)


penalised_loss, penalised = train(Penalised())


# %% Override the whole, and lose the parts
class Disconnected(Penalised):
    def train_step(self, data):
        images, labels = data
        with tf.GradientTape() as tape:
            loss = self.loss(labels, self(images, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        self.metrics[0].update_state(loss)
        return {"loss": self.metrics[0].result()}


disconnected_loss, disconnected = train(Disconnected())
unpenalised = np.isclose(disconnected_loss, plain_loss)
print("as if nothing were penalised:", unpenalised)


# %% Solve the shifted batch
class Shifted(Penalised):
    def train_step(self, data):
        images, labels = data
        images = tf.concat([images, tf.roll(images, 1, axis=1)], axis=0)
        return super().train_step((images, tf.concat([labels, labels], 0)))


shifted_loss, shifted = train(Shifted())
