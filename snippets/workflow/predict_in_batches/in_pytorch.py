"""Predict in batches of any size: the same numbers, in the same order."""

# %% Load the digits
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader

pixels, digits = load_digits(return_X_y=True)  # (1797, 64), 0 to 16
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels[order] / 16, dtype=torch.float32)
labels = torch.tensor(digits[order])
unseen, answers = images[1280:], digits[order][1280:]  # 517

# %% Train a network that has two modes
torch.manual_seed(0)  # for the masks of the dropout
hidden, scores = nn.Linear(64, 32), nn.Linear(32, 10)
rng = np.random.default_rng(1)
for layer in hidden, scores:
    kernel = rng.normal(0, 0.2, (layer.in_features, layer.out_features))
    layer.weight = nn.Parameter(torch.tensor(kernel.T).float())
    nn.init.zeros_(layer.bias)
norm = nn.BatchNorm1d(32, momentum=0.1, eps=1e-5)
body = nn.Sequential(hidden, norm, nn.ReLU())
plain = nn.Sequential(body, scores)
model = nn.Sequential(body, nn.Dropout(0.3), scores)
# Trained without dropout: no two frameworks draw the same masks.
optimizer = torch.optim.SGD(plain.parameters(), lr=0.5, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for _ in range(40):
    optimizer.zero_grad()
    criterion(plain(images[:1280]), labels[:1280]).backward()
    optimizer.step()


# %% Predict
def predict(batches):
    model.eval()
    with torch.inference_mode():
        outputs = [model(batch).softmax(dim=1) for batch in batches]
    return torch.cat(outputs).numpy()


def accuracy(probabilities, answers=answers):
    return np.mean(probabilities.argmax(axis=1) == answers)


probabilities = predict(DataLoader(unseen, batch_size=517))
print(f"{len(probabilities)} images, accuracy", end=" ")
print(f"{accuracy(probabilities):.3f}")

# %% Demand that the batch size does not matter
again = [predict(DataLoader(unseen, batch_size=n)) for n in (64, 1)]
np.testing.assert_allclose(again[0], probabilities, atol=1e-5)
np.testing.assert_allclose(again[1], probabilities, atol=1e-5)
print("in batches of 64, the last of 5, and one by one: the same")

# %% Bring the wrong data
shuffle = torch.Generator().manual_seed(0)
shuffled = predict(DataLoader(unseen, 64, shuffle=True, generator=shuffle))
unscaled = predict(DataLoader(unseen * 16, 64))
print(f"accuracy: {accuracy(shuffled):.1f} shuffled,", end=" ")
print(f"{accuracy(unscaled):.3f} unscaled")
same_rows = np.sort(shuffled, axis=0)  # nothing is lost but the order
with torch.inference_mode():
    logits = model(unseen[:1]).numpy()
print("a logit is no probability:", logits.max().round(1))

# %% Forget the mode
model.train()  # as training leaves it
first, second = (model(unseen).softmax(1).detach() for _ in range(2))
moved = np.mean((first - second).abs().amax(dim=1).numpy() > 0.01)
print(f"another answer on the second call: {moved:.0%} of the images")

# %% Change the company
by_digit = np.argsort(answers, kind="stable")  # as files in folders are
plain.train()  # no dropout here, but batch normalisation
batches = [unseen, *unseen[by_digit].split(64)]
outputs = [plain(batch).softmax(1).detach() for batch in batches]
among_all, sorted_ = outputs[0].numpy(), torch.cat(outputs[1:]).numpy()
in_company = [among_all[by_digit[0], 0], sorted_[0, 0]]
print("it is a zero: {:.2f}, among zeros {:.2f}".format(*in_company))
company = [accuracy(among_all), accuracy(sorted_, answers[by_digit])]
print("accuracy: {:.3f}, sorted by digit {:.3f}".format(*company))

# %% Return to the right mode
spoilt = predict(DataLoader(unseen, batch_size=64))
print(f"moved for good: {np.abs(spoilt - probabilities).max():.2f}")

# %% Train on what was predicted
with torch.inference_mode():
    features = body(unseen)
try:
    criterion(scores(features), labels[1280:])
    refused = False
except RuntimeError as error:
    refused = True
    print(str(error).split(". ")[0])
scores.zero_grad()
criterion(scores(features.clone()), labels[1280:]).backward()
gradient = scores.weight.grad.T.numpy()
print("largest gradient:", np.abs(gradient).max().round(2))

# %% Predict alone
plain.train()
alone, messages = [], set()
for image in unseen[:8].split(1):
    try:
        alone.append(plain(image).softmax(1).detach().numpy())
    except ValueError as error:
        messages.add(str(error).split(",")[0])
answers_alone = len(alone)
print("answers:", answers_alone, "of 8:", *messages)
