"""Batch normalisation: another memory, another epsilon, another variance."""

# %% Load the wines
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_wine
from torch import nn

features = load_wine().data.astype("float32")  # (178, 13)
# Every 11th wine, because the file is sorted by cultivar.
batches = [features[start:176:11] for start in range(11)]  # (16, 13)
print(len(batches), "batches of", batches[0].shape)

# %% Normalise all wines at once
# Less than 1 where epsilon is not small beside the variance.
first_outputs = nn.BatchNorm1d(13)(torch.from_numpy(features))
first_outputs = first_outputs.detach().numpy()
spread = first_outputs.std(axis=0)
print("smallest spread:", spread.min().round(3))
z_scores = first_outputs / spread  # all that epsilon changed is gone


# %% Run ten epochs with the defaults
def run(layer):
    """How much of each feature's mean the layer knows, by batch."""
    means = []
    for batch in batches * 10:
        layer.train()(torch.from_numpy(batch))
        means.append(layer.running_mean.numpy().copy())
    return np.stack(means) / features.mean(axis=0)  # (110, 13)


def predict(layer):
    with torch.no_grad():
        return layer.eval()(torch.from_numpy(features)).numpy()


default = nn.BatchNorm1d(13)
default_means = run(default)
default_outputs = predict(default)
epoch = len(batches)
print("after one epoch: ", default_means[epoch - 1].mean().round(3))
print("after ten epochs:", default_means[-1].mean().round(3))
print("spread of outputs:", default_outputs.std().round(2))

# %% Write the settings out
# Here momentum weighs the new batch: 0.1 is Keras' 0.9.
pytorch_like = nn.BatchNorm1d(13, momentum=0.1, eps=1e-5)
keras_like = nn.BatchNorm1d(13, momentum=0.01, eps=1e-3)
means = np.stack([run(pytorch_like), run(keras_like)])
print("PyTorch's settings:", means[0, -1].mean().round(3))
print("Keras' settings:   ", means[1, -1].mean().round(3))

# %% Compare the stored variances
hue = 10
stored_variance = keras_like.running_var.numpy().copy()
print("stored for hue:", stored_variance[hue].round(4))

# %% Divide by n instead
# PyTorch normalises with the variance over n, and stores n - 1.
n = len(batches[0])
for layer in (pytorch_like, keras_like):
    weight = 1 - layer.momentum
    start = weight**layer.num_batches_tracked  # left of the first 1
    layer.running_var -= (layer.running_var - start) / n
variances = np.stack([pytorch_like.running_var, keras_like.running_var])
outputs = np.stack([predict(pytorch_like), predict(keras_like)])
print("over n, for hue:", variances[1, hue].round(4))
print("spread of outputs:", outputs.std(axis=(1, 2)).round(2))

# %% Look at the memory
plt.figure(figsize=(6, 3.2), layout="constrained")
plt.plot(means[0].mean(axis=1), color="#e0452c", label="0.1")
plt.plot(means[1].mean(axis=1), color="#f59300", label="0.01")
plt.axhline(1, color="0.5", linestyle=":")
plt.title("PyTorch: how much of the true mean is known")
plt.xlabel("batches seen")
plt.ylabel("share of the mean")
plt.legend(title="weight of a batch")
plt.show()
