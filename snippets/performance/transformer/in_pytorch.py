"""A small transformer reads real text: predict, and one training step."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

text = load_breast_cancer().DESCR  # 569 tumours, described
codes = np.frombuffer(text.encode("ascii", "replace"), "uint8")
windows = codes[:2600].reshape(40, 65).astype("int64")
all_windows, all_labels = windows[:, :64], windows[:, 64]  # what is next?


# %% Define the model
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.characters = nn.Embedding(128, 128)
        self.positions = nn.Embedding(64, 128)
        block = nn.TransformerEncoderLayer(  # 4 heads, 512 units, no dropout
            128, 4, 512, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(
            block, 2, norm=nn.LayerNorm(128), enable_nested_tensor=False
        )
        self.head = nn.Linear(128, 128)

    def forward(self, windows):
        states = self.characters(windows) + self.positions.weight
        return self.head(self.blocks(states)[:, -1])  # at the last place


model = Encoder().eval()  # without dropout, training computes the same

# %% Start from the same weights
rng = np.random.default_rng(1)


def fill(weight):
    weight.copy_(torch.tensor(rng.normal(0, 0.05, weight.shape)))


with torch.no_grad():
    for name, weight in model.named_parameters():
        if name.endswith("in_proj_weight"):  # query, key, value in one
            for part in weight.chunk(3):
                fill(part.T)
        elif name in ("characters.weight", "positions.weight"):
            fill(weight)
        elif weight.dim() > 1:
            fill(weight.T)
        elif name.endswith("bias"):
            weight.zero_()
parameters = sum(weight.numel() for weight in model.parameters())
print(parameters, "parameters")


# %% Write what is timed
def batch(batch_size):
    windows = torch.tensor(all_windows[:batch_size])
    return windows, torch.tensor(all_labels[:batch_size])


@torch.inference_mode()
def predict(windows, labels=None):
    return model(windows)


criterion = nn.CrossEntropyLoss()
# A small step: timing takes thousands of them on the same batch.
optimizer = torch.optim.SGD(model.parameters(), lr=0.0001, momentum=0.9)


def train_step(windows, labels):
    optimizer.zero_grad()
    loss = criterion(model(windows), labels)
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% Run it
logits = predict(*batch(32)).numpy()  # (32, 128)
print("logits of the first window:", logits[0, :3].round(3))
losses = [train_step(*batch(8)).item() for _ in range(5)]
print("losses:", np.round(losses, 4))
trained_logits = predict(*batch(32)).numpy()
