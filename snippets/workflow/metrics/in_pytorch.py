"""Accuracy, precision, recall and F1 of a rare class, beside scikit-learn."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn import metrics as reference
from sklearn.datasets import load_digits
from torch import nn
from torchmetrics import MetricCollection
from torchmetrics.classification import (
    BinaryAccuracy,
    BinaryConfusionMatrix,
    BinaryF1Score,
    BinaryPrecision,
    BinaryRecall,
    MulticlassF1Score,
)

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels[order] / 16, dtype=torch.float32)
labels = torch.tensor(digits[order] == 8, dtype=torch.float32)
train_images, test_images = images[:1347], images[1347:]
train_labels, test_labels = labels[:1347], labels[1347:]
print(len(test_labels), "test images,", int(test_labels.sum()), "eights")

# %% Train the same model
model = nn.Linear(64, 1)
rng = np.random.default_rng(1)
with torch.no_grad():
    model.weight.copy_(torch.tensor(rng.normal(0, 0.1, (64, 1)).T))
    model.bias.zero_()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for _ in range(20):
    for batch, truth in zip(train_images.split(64), train_labels.split(64)):
        optimizer.zero_grad()
        criterion(model(batch).squeeze(1), truth).backward()
        optimizer.step()
weights = model.weight.detach().T.numpy()
with torch.no_grad():
    logits = model(test_images).squeeze(1)
probabilities = logits.sigmoid()

# %% Score batch by batch
metrics = MetricCollection(
    [BinaryAccuracy(), BinaryPrecision(), BinaryRecall(), BinaryF1Score()]
)
batches = list(zip(probabilities.split(64), test_labels.split(64)))
for batch, truth in batches:
    metrics.update(batch, truth)
scores = np.array([score.item() for score in metrics.compute().values()])
predicted = (probabilities > 0.5).int()
names = "accuracy", "precision", "recall", "f1"
for name, score in zip(names, scores):
    other = getattr(reference, f"{name}_score")(test_labels, predicted)
    print(f"{name:<10} {score:.3f}  scikit-learn {other:.3f}")

# %% Count the four cases
matrix = BinaryConfusionMatrix()(probabilities, test_labels).numpy()
print(matrix)  # rows are the truth, columns what was predicted
figure, axis = plt.subplots(figsize=(4, 3.2))
shown = reference.ConfusionMatrixDisplay(matrix, display_labels=["no", "8"])
shown.plot(ax=axis, cmap="Oranges", colorbar=False)
axis.set_title("PyTorch: is it an 8?")
plt.show()

# %% Guess the majority
metrics.reset()
never = metrics(torch.zeros_like(probabilities), test_labels)
never = np.array([score.item() for score in never.values()])
print("never an 8:", dict(zip(names, never.round(3).tolist())))

# %% Average over the classes
averages = []
for average in "micro", "macro", "weighted":
    f1 = MulticlassF1Score(num_classes=2, average=average)
    averages.append(f1(predicted, test_labels).item())
    other = reference.f1_score(test_labels, predicted, average=average)
    print(f"F1 {average:<8} {averages[-1]:.3f}  scikit-learn {other:.3f}")
