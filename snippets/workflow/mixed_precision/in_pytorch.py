"""Train in 16 bits, keep the weights in 32, and rescue small gradients."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels[order] / 16, dtype=torch.float32)
labels = torch.tensor(digits[order])
train_images, train_labels = images[:1280], labels[:1280]
criterion = nn.CrossEntropyLoss()


# %% Say what is computed in 16 bits
def build():
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    rng = np.random.default_rng(1)
    with torch.no_grad():
        for layer in model[0], model[2]:
            size = layer.in_features, layer.out_features
            kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
            layer.weight.copy_(torch.tensor(kernel.T))
            layer.bias.zero_()
    return model


def autocast(dtype):  # around the model and the loss, not around backward
    return torch.autocast("cpu", dtype, enabled=dtype != torch.float32)


# %% List the types
model = build()
with autocast(torch.bfloat16):
    hidden = model[1](model[0](train_images))
    logits = model[2](hidden)
    loss = criterion(logits, train_labels)
loss.backward()
tensors = dict(weight=model[0].weight, hidden=hidden, logits=logits)
tensors |= dict(loss=loss, gradient=model[0].weight.grad)
for name, tensor in tensors.items():
    print(f"{name:<8} {str(tensor.dtype).removeprefix('torch.')}")
logits_bytes = tensors.pop("logits").element_size()
element_bytes = [tensor.element_size() for tensor in tensors.values()]


# %% Train in three types
def train(dtype):
    model, losses = build(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    # Only float16 needs it: bfloat16 reaches as far as float32.
    scaler = torch.amp.GradScaler("cpu", enabled=dtype == torch.float16)
    for _ in range(6):
        for batch in torch.arange(1280).split(64):
            optimizer.zero_grad()
            with autocast(dtype):
                logits = model(train_images[batch])
                loss = criterion(logits, train_labels[batch])
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            losses.append(loss.item())
    with torch.no_grad(), autocast(dtype):
        logits = model(images[1280:]).float().numpy()
    accuracy = np.mean(logits.argmax(axis=1) == labels[1280:].numpy())
    print(f"{str(dtype)[6:]:<9}", end="")
    print(f"last loss {np.mean(losses[-20:]):.3f}, accuracy {accuracy:.2f}")
    return model, np.reshape(losses, (6, 20)).mean(axis=1)


trained, losses_32 = train(torch.float32)
_, losses_b16 = train(torch.bfloat16)
_, losses_16 = train(torch.float16)


# %% Lose small gradients
def gradient(dtype, scale=1):  # at the hidden layer
    with autocast(dtype):
        hidden = trained[1](trained[0](train_images))
        loss = criterion(trained[2](hidden), train_labels)
    (gradient,) = torch.autograd.grad(loss * scale, hidden)
    return gradient.float().numpy() / scale


exact = gradient(torch.float32)
lost = []
for scale in 1, 2**15:
    rounded = gradient(torch.float16, scale)
    lost.append(np.mean(rounded[exact != 0] == 0))
    print(f"scale {scale:>5}: {lost[-1]:.0%} of the gradients are lost")
gradients = exact / abs(exact).max()
sizes = np.log2(abs(exact[exact != 0]))
plt.figure(figsize=(6, 3.2))
plt.hist(sizes, bins=60, color="#e0452c")
plt.axvline(-25, color="gray", label="float16 rounds to zero below")
plt.title("PyTorch: gradients at the hidden layer")
plt.xlabel("size, as a power of two")
plt.ylabel("gradients")
plt.legend()
plt.show()

# %% Scale too far
model = build()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**24)
scales = []
for _ in range(12):
    optimizer.zero_grad()
    with autocast(torch.float16):
        loss = criterion(model(train_images), train_labels)
    scaler.scale(loss).backward()
    scaler.step(optimizer)  # not where a gradient is infinite
    scaler.update()
    scales.append(scaler.get_scale())
print("scale, as a power of two:", np.log2(scales).astype(int))

# %% Take the softmax in bfloat16
with torch.no_grad(), autocast(torch.bfloat16):
    logits = trained(images[1280:])
    probabilities = {
        "bfloat16": logits.softmax(dim=1),
        "float32": logits.float().softmax(dim=1),
    }
certain = []
for name, values in probabilities.items():
    values = values.float().numpy()
    certain.append(np.mean(values.max(axis=1) == 1))
    off = abs(values.sum(axis=1) - 1).max()
    print(f"{name:<8} {certain[-1]:.0%} certain, sums off by {off:.3f}")
