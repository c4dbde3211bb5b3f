"""Ten jobs that both do out of the box, on the same digits."""

# %% Load
import numpy as np
import torch
import torchvision
from sklearn.datasets import load_digits
from torch.nn import functional as F

pixels, digits = load_digits(return_X_y=True)
images = torch.tensor(pixels.reshape(-1, 8, 8) / 16, dtype=torch.float32)
labels = torch.tensor(digits)
eight = images[:8]  # (8, 8, 8)


# %% Do ten jobs
def ctc_loss():  # rows are steps, columns are letters, 0 is the blank
    log_p = eight.log_softmax(dim=2).swapaxes(0, 1)  # (step, image, letter)
    words = torch.tensor([[1, 2, 3]] * 8)
    steps, letters = torch.full((8,), 8), torch.full((8,), 3)
    return F.ctc_loss(log_p, words, steps, letters, reduction="none")


def attention():  # one head: (image, head, step, size)
    heads = eight[:, None]
    mixed = F.scaled_dot_product_attention(heads, heads, heads)
    return mixed[:, 0]


def resize():
    return F.interpolate(eight[:, None], (5, 5), mode="bilinear")[:, 0]


def class_sums():
    return torch.zeros(10, 64).index_add(0, labels, images.flatten(1))


def sparse_product():
    return torch.sparse.mm(images[0].to_sparse(), images[1])


def keep_boxes():  # x, y, x, y
    corners = images[:100, 3:5, 3:5].flatten(1).cumsum(1)
    scores = images[:100, 0, 2]
    return torchvision.ops.nms(corners, scores + labels[:100] / 1e3, 0.5)


def hessian():
    gradient = torch.func.grad(lambda x: (x @ x / 8).exp())
    return torch.func.jacrev(gradient)(eight[0, 2])


def per_image_gradient():
    def energy(image):
        return image.square().sum().sqrt()

    return torch.vmap(torch.func.grad(energy))(eight)


results = {
    "CTC loss": ctc_loss(),
    "attention": attention(),
    "bilinear resize": resize(),
    "sums by class": class_sums(),
    "sparse product": sparse_product(),
    "box suppression": keep_boxes(),
    "Hessian": hessian(),
    "gradient per image": per_image_gradient(),
    "singular values": torch.linalg.svdvals(eight),
    "Fourier transform": torch.fft.rfft2(eight).abs(),
}

# %% Compare
for job, result in results.items():
    print(f"{job:<18} {tuple(result.shape)} {result.double().sum():.3f}")
numbers = [result.double().numpy().ravel() for result in results.values()]
numbers = np.concatenate([part / part.max() for part in numbers])
print(len(results), "jobs,", len(numbers), "numbers")
