"""Your own kind of tensor answers to the framework's own functions."""

# %% Read digits with a function that knows no masks
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)  # (1797, 64)
means = [images[:1000][labels[:1000] == digit].mean(0) for digit in range(10)]
means = tf.constant(np.stack(means))  # (10, 64)
images, labels = tf.constant(images[1000:]), labels[1000:]


def read(images):
    differences = tf.subtract(tf.expand_dims(images, 1), means)
    return tf.reduce_mean(tf.square(differences), -1)  # (images, 10)


def accuracy(distances):
    return float((distances.numpy().argmin(axis=1) == labels).mean())


whole = accuracy(read(images))
print(f"whole images:       {whole:.2f}")

# %% Tear off the lowest three rows
seen = np.ones((8, 8), dtype=bool)
seen[5:] = False
seen = tf.constant(seen.reshape(64))
torn = tf.where(seen, images, 0)
torn_accuracy = accuracy(read(torn))
print(f"torn, zeros filled: {torn_accuracy:.2f}")


# %% Write a tensor that knows what was seen
class Masked(tf.experimental.ExtensionType):
    values: tf.Tensor
    seen: tf.Tensor


# %% Register an answer per function
implements = tf.experimental.dispatch_for_api


def parts(x):  # of a masked tensor or of a plain one
    return (x.values, x.seen) if isinstance(x, Masked) else (x, True)


@implements(tf.expand_dims, {"input": Masked})
def masked_unsqueeze(input, axis):
    seen = tf.expand_dims(input.seen, axis)
    return Masked(tf.expand_dims(input.values, axis), seen)


@implements(tf.subtract, {"x": Masked}, {"y": Masked})
def masked_difference(x, y):
    (values, seen), (others, others_seen) = parts(x), parts(y)
    return Masked(values - others, seen & others_seen)


@implements(tf.square, {"x": Masked})
def masked_square(x):
    return Masked(x.values**2, x.seen)


@implements(tf.reduce_mean, {"input_tensor": Masked})
def masked_mean(input_tensor, axis=None, keepdims=False):
    kept = tf.where(input_tensor.seen, input_tensor.values, 0)
    seen = tf.cast(input_tensor.seen, kept.dtype)
    total = tf.reduce_sum(kept, axis, keepdims)
    return total / tf.reduce_sum(seen, axis, keepdims)


# %% Call the same function
masked = Masked(torn, tf.broadcast_to(seen, torn.shape))
distances = read(masked)
masked_accuracy = accuracy(distances)
print(f"torn, masked:       {masked_accuracy:.2f}")

# %% Call what has no answer
try:
    tf.exp(masked)
except ValueError as error:
    start, end = str(error).split(" (")[0], str(error).split(")) ")[1]
    print(start, end.split(" (")[0])


# %% Lose the mask without a word
class Careless(tf.experimental.ExtensionType):
    """Turns into a tensor, so that all functions accept it."""

    values: tf.Tensor
    seen: tf.Tensor


tf.register_tensor_conversion_function(
    Careless, lambda value, dtype=None, name=None, as_ref=False: value.values
)
careless = Careless(torn, seen)
forgotten = accuracy(read(careless))
print(f"torn, mask lost:    {forgotten:.2f}")
print("the mask of the result:", getattr(read(careless), "seen", "lost"))

# %% See what stands below a call
calls = {
    "square": lambda: tf.square(images),
    "spread": lambda: tf.math.reduce_std(images, axis=-1),
    "read": lambda: read(images),
    "masked": lambda: read(masked),
}
plumbing = {"Const", "Identity", "NoOp", "Placeholder"}
counts = []
for name, call in calls.items():
    graph = tf.function(call).get_concrete_function().graph
    types = [operation.type for operation in graph.get_operations()]
    operators = [type for type in types if type not in plumbing]
    counts.append(len(operators))
    print(f"{name:<6}", *operators)


# %% Solve the spread of what was seen
@implements(tf.math.reduce_std, {"input_tensor": Masked})
def masked_std(input_tensor, axis=None, keepdims=False):
    mean = tf.reduce_mean(input_tensor, axis, keepdims=True)
    distances = tf.subtract(input_tensor, mean)
    return tf.sqrt(tf.reduce_mean(tf.square(distances), axis, keepdims))


distances = distances.numpy()
spread = tf.math.reduce_std(masked, -1).numpy()
print("zeros filled:", tf.math.reduce_std(torn, -1).numpy()[:4].round(2))
print("masked:      ", spread[:4].round(2))
