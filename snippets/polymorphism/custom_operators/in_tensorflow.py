"""A function that the framework does not know becomes one of its operators."""

# %% Load digits and a function of SciPy
import re

import numpy as np
import tensorflow as tf
from scipy.ndimage import gaussian_filter1d, sobel
from sklearn.datasets import load_digits

images = tf.constant(load_digits().images[:100])  # (100, 8, 8), 0 to 16


def scipy_blur(images, width):
    for axis in 1, 2:
        images = gaussian_filter1d(images, width, axis, mode="constant")
    return images


# %% Call it as it is
def plain(images):
    return tf.constant(scipy_blur(images.numpy(), 1.0))


with tf.GradientTape() as tape:
    tape.watch(images)
    result = plain(images)
print("gradient:", tape.gradient(result, images))
try:
    tf.function(plain)(images)
except AttributeError as error:
    print(str(error).strip().splitlines()[-1].strip())

# %% Make it an operator
ran = []


def run_scipy(images, width):
    ran.append("SciPy")
    return scipy_blur(images, width)


def opaque(images, width):
    return tf.numpy_function(run_scipy, [images, width], images.dtype)


blurred = opaque(images, 1.0)
print(blurred.shape, *ran)


# %% Promise the shape
def blur_shape(images, width):
    return tf.ensure_shape(opaque(images, width), images.shape)


for function in opaque, blur_shape:
    traced = tf.function(function).get_concrete_function(images, 1.0)
    print(traced.output_shapes)


# %% Write the gradient
@tf.custom_gradient
def blur(images, width):
    def blur_backward(gradient):
        # The blur is symmetric: its gradient is the blur again.
        return blur(gradient, width), None

    return blur_shape(images, width), blur_backward


# %% Give another device its own body
@tf.function(jit_compile=True)
def blur_by_matrix(images, width):
    distance = np.subtract.outer(np.arange(8), np.arange(8))
    window = np.exp(-0.5 * (np.arange(-4, 5) / width) ** 2)
    matrix = np.exp(-0.5 * (distance / width) ** 2) / window.sum()
    matrix = tf.constant(np.where(abs(distance) > 4, 0, matrix))
    return matrix @ images @ matrix


by_matrix = blur_by_matrix(images, 1.0)
print("same numbers:", np.allclose(by_matrix, blurred))
try:
    tf.function(blur, jit_compile=True)(images, 1.0)
except tf.errors.InvalidArgumentError as error:
    print(re.search("No registered .* devices", error.message)[0])

# %% Check it
one = images[:1]
theory, measured = tf.test.compute_gradient(lambda x: blur(x, 1.0), [one])
print("gradcheck", np.allclose(theory, measured))


# %% Compile it
@tf.function
def halve(images):
    return blur(images, 1.0) / 2


ran.clear()
halved = halve(images)
graph = halve.get_concrete_function(images).graph
plumbing = {"Const", "Identity", "IdentityN", "NoOp", "Placeholder"}
types = [operation.type for operation in graph.get_operations()]
graph_operators = [type for type in types if type not in plumbing]
print("graph:", *graph_operators)
print("ran:  ", *ran)

# %% Sharpen blurred digits
sharp, losses = tf.zeros_like(blurred), []
for _ in range(40):
    with tf.GradientTape() as tape:
        tape.watch(sharp)
        loss = tf.reduce_sum((blur(sharp, 1.0) - blurred) ** 2) / 2
    gradient = tape.gradient(loss, sharp)
    sharp = sharp - gradient
    losses.append(float(loss))
sharp = sharp.numpy()
for name, guess in ("blurred", blurred.numpy()), ("sharpened", sharp):
    error = np.abs(guess - images.numpy()).mean()
    print(f"{name:<9} {error:.2f} grey levels off")

# %% Ask for a type that has no kernel
levels = tf.cast(images, tf.uint8)
try:
    tf.nn.softmax(levels)
except tf.errors.InvalidArgumentError as error:
    print(error.message.splitlines()[0])
try:
    tf.matmul(levels, levels)
except tf.errors.NotFoundError as error:
    known = re.findall(r"'CPU'; T in \[DT_(\w+)\]", error.message)
    print("bodies on the CPU:", *sorted(known))


# %% Solve the slope
@tf.custom_gradient
def slope(images):
    def run(images):
        # One image at a time: along the other axes `sobel` smooths.
        slopes = [sobel(image, 1, mode="constant") for image in images]
        return np.stack(slopes)

    result = tf.numpy_function(run, [images], images.dtype)
    result = tf.ensure_shape(result, images.shape)
    return result, lambda gradient: -slope(gradient)


theory, measured = tf.test.compute_gradient(slope, [one])
checked = np.allclose(theory, measured)
print("gradcheck", checked)
slopes = slope(images).numpy()
print("steepest:", abs(slopes).max())
blurred, by_matrix, halved = (x.numpy() for x in (blurred, by_matrix, halved))
