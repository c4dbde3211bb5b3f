"""Five wrong scores that raise no error."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torchmetrics.classification import (
    BinaryF1Score,
    BinaryPrecision,
    BinaryRecall,
    MulticlassAccuracy,
)

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels[order] / 16, dtype=torch.float32)
labels = torch.tensor(digits[order] == 8, dtype=torch.float32)
train_images, test_images = images[:1347], images[1347:]
train_labels, test_labels = labels[:1347], labels[1347:]

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
    train_logits = model(train_images).squeeze(1)
    logits = model(test_images).squeeze(1)
probabilities = logits.sigmoid()

# %% Average the batches
precision = BinaryPrecision()
by_batch = []
for batch in zip(probabilities.split(64), test_labels.split(64)):
    by_batch.append(precision(*batch).item())  # of this batch, and counts it
print("precision by batch:", np.round(by_batch, 2))
batch_mean = np.mean(by_batch)
of_the_set = precision.compute().item()
print(f"their mean {batch_mean:.3f}, precision of the set {of_the_set:.3f}")

# %% Forget to reset
precision.reset()
precision.update(train_logits.sigmoid(), train_labels)
precision.update(probabilities, test_labels)  # without another reset
not_reset = precision.compute().item()
print(f"precision of the test set, after that of training {not_reset:.3f}")

# %% Score the logits
recall_of_logits = BinaryRecall()(logits, test_labels).item()
print(f"recall of the logits          {recall_of_logits:.3f}")
matched = BinaryRecall()(probabilities, test_labels).item()
print(f"of the probabilities          {matched:.3f}")

# %% Score the logits of a small batch
few = (logits > 0) & (logits < 1)  # an 8, and not very sure
recall_of_few = BinaryRecall()(logits[few], test_labels[few]).item()
print(f"recall of logits from 0 to 1  {recall_of_few:.3f}")
few_matched = BinaryRecall()(probabilities[few], test_labels[few]).item()
print(f"of their probabilities        {few_matched:.3f}")

# %% Take the defaults
predicted = (probabilities > 0.5).int()
default_f1 = BinaryF1Score()(probabilities, test_labels).item()
print(f"F1 of an 8                    {default_f1:.3f}")
accuracy = MulticlassAccuracy(num_classes=2)(predicted, test_labels)
default_accuracy = accuracy.item()
print(f"accuracy                      {default_accuracy:.3f}")
f1_matched = BinaryF1Score(threshold=0.5)(probabilities, test_labels).item()
accuracy = MulticlassAccuracy(num_classes=2, average="micro")
accuracy_matched = accuracy(predicted, test_labels).item()
print(f"meant                         {f1_matched:.3f} {accuracy_matched:.3f}")
