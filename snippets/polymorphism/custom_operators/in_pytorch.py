"""A function that the framework does not know becomes one of its operators."""

# %% Load digits and a function of SciPy
import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d, sobel
from sklearn.datasets import load_digits

images = torch.tensor(load_digits().images[:100])  # (100, 8, 8), 0 to 16


def scipy_blur(images, width):
    for axis in 1, 2:
        images = gaussian_filter1d(images, width, axis, mode="constant")
    return images


# %% Call it as it is
def plain(images):
    return torch.from_numpy(scipy_blur(images.numpy(), 1.0))


try:
    plain(images.clone().requires_grad_())
except RuntimeError as error:
    print(str(error).split(". ")[0])
try:
    torch.compile(plain, backend="eager", fullgraph=True)(images)
except torch._dynamo.exc.Unsupported as error:
    print(str(error).splitlines()[0])

# %% Make it an operator
ran = []


@torch.library.custom_op("tandem::blur", mutates_args=(), device_types="cpu")
def blur(images: torch.Tensor, width: float) -> torch.Tensor:
    ran.append("SciPy")
    return torch.from_numpy(scipy_blur(images.numpy(), width))


blurred = blur(images, 1.0)
print(blurred.shape, *ran)


# %% Promise the shape
without_data = images.to("meta")
try:
    blur(without_data, 1.0)
except RuntimeError as error:
    print(str(error).split(". ")[0])


@blur.register_fake
def blur_shape(images, width):
    ran.append("shape alone")
    return torch.empty_like(images)


print(blur(without_data, 1.0).shape)


# %% Write the gradient
def keep_width(ctx, inputs, output):
    ctx.width = inputs[1]


def blur_backward(ctx, gradient):
    # The blur is symmetric: its gradient is the blur again.
    return blur(gradient, ctx.width), None


blur.register_autograd(blur_backward, setup_context=keep_width)


# %% Give another device its own body
@blur.register_kernel("cuda")
def blur_by_matrix(images, width):
    distance = np.subtract.outer(np.arange(8), np.arange(8))
    window = np.exp(-0.5 * (np.arange(-4, 5) / width) ** 2)
    matrix = np.exp(-0.5 * (distance / width) ** 2) / window.sum()
    matrix = torch.tensor(np.where(abs(distance) > 4, 0, matrix))
    matrix = matrix.to(images)
    return matrix @ images @ matrix


by_matrix = blur_by_matrix(images, 1.0)  # plain PyTorch: runs anywhere
print("same numbers:", np.allclose(by_matrix, blurred))
try:
    blur(images.to_sparse(), 1.0)
except NotImplementedError as error:
    message = str(error)
    print(message.split(". ")[0])
    print("bodies:", message.split("[")[1].split(", BackendSelect")[0])

# %% Check it
one = images[:1].clone().requires_grad_()
for test, outcome in torch.library.opcheck(blur, (one, 1.0)).items():
    print(f"{test:<27} {outcome}")
print("gradcheck", torch.autograd.gradcheck(lambda x: blur(x, 1.0), one))


# %% Compile it
def halve(images):
    return blur(images, 1.0) / 2


graph_operators = []


def keep(graph, example_inputs):
    calls = [node for node in graph.graph.nodes if "call" in node.op]
    graph_operators.extend(node.target.__name__ for node in calls)
    return graph.forward  # capture only: no C++ compiler to wait for


ran.clear()
halved = torch.compile(halve, backend=keep, fullgraph=True)(images)
print("graph:", *graph_operators)
print("ran:  ", *ran)

# %% Sharpen blurred digits
sharp, losses = torch.zeros_like(blurred), []
for _ in range(40):
    sharp.requires_grad_()
    loss = ((blur(sharp, 1.0) - blurred) ** 2).sum() / 2
    (gradient,) = torch.autograd.grad(loss, sharp)
    sharp = sharp.detach() - gradient
    losses.append(loss.item())
sharp = sharp.numpy()
for name, guess in ("blurred", blurred.numpy()), ("sharpened", sharp):
    error = np.abs(guess - images.numpy()).mean()
    print(f"{name:<9} {error:.2f} grey levels off")

# %% Ask for a type that has no kernel
levels = images.to(torch.uint8)
try:
    torch.softmax(levels, -1)
except NotImplementedError as error:
    print(error)
print("without data:", torch.softmax(levels.to("meta"), -1).shape)


# %% Solve the slope
@torch.library.custom_op("tandem::slope", mutates_args=())
def slope(images: torch.Tensor) -> torch.Tensor:
    # One image at a time: along the other axes `sobel` smooths.
    slopes = [sobel(image, 1, mode="constant") for image in images.numpy()]
    return torch.from_numpy(np.stack(slopes))


slope.register_fake(torch.empty_like)
slope.register_autograd(lambda ctx, gradient: -slope(gradient))
checked = torch.autograd.gradcheck(slope, one)
print("gradcheck", checked)
slopes = slope(images).numpy()
print("steepest:", abs(slopes).max())
blurred, by_matrix, halved = (x.numpy() for x in (blurred, by_matrix, halved))
