"""The same five tasks, with their lines and their names counted."""

# %% Load
import ast
import inspect
import os

os.environ["KERAS_BACKEND"] = "torch"  # Keras runs on PyTorch here
import keras
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
pixels = (pixels / 16).astype("float32")
images, labels = pixels[:1280], digits[:1280]
test_images, test_labels = pixels[1280:], digits[1280:]
rng = np.random.default_rng(0)
start = [rng.normal(0, 0.2, size) for size in [(64, 32), 32, (32, 10), 10]]


def start_alike(model):  # for the comparison alone
    if isinstance(model, keras.Model):
        return model.set_weights(start)
    with torch.no_grad():
        for weight, value in zip(model.parameters(), start):
            weight.copy_(torch.tensor(value.T))


# %% Train with a loop
def train_with_a_loop():
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    start_alike(model)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    data = TensorDataset(torch.tensor(images), torch.tensor(labels))
    for _ in range(5):
        for inputs, targets in DataLoader(data, batch_size=64):
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
    return model


# %% Train with fit
def train_with_fit():  # Keras, on PyTorch
    hidden = keras.layers.Dense(32, activation="relu")
    model = keras.Sequential(
        [keras.Input((64,)), hidden, keras.layers.Dense(10)]
    )
    start_alike(model)
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.2),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(
        images, labels, batch_size=64, epochs=5, shuffle=False, verbose=0
    )
    return model


# %% Predict
def predict(model):
    model.eval()
    with torch.no_grad():
        logits = model(torch.tensor(test_images))
    return logits.argmax(dim=1).numpy()


# %% Save and load
def save_and_load(model):
    torch.save(model.state_dict(), "model.pt")
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    model.load_state_dict(torch.load("model.pt"))
    return model


# %% Ask which pixels matter
def differentiate(model):
    inputs = torch.tensor(test_images, requires_grad=True)
    model(inputs).max(dim=1).values.sum().backward()
    return inputs.grad.numpy()


# %% Run all five
looped = train_with_a_loop()
guesses = predict(looped)
loaded_guesses = predict(save_and_load(looped))
fit_logits = train_with_fit().predict(test_images, verbose=0)
sensitivity = differentiate(looped)
answers = [guesses, loaded_guesses, fit_logits.argmax(axis=1)]
accuracies = [np.mean(answer == test_labels) for answer in answers]
print("accuracies:", np.round(accuracies, 3))


# %% Count
def count(task):
    nodes = list(ast.walk(ast.parse(inspect.getsource(task)).body[0]))
    lines = sum(isinstance(node, ast.stmt) for node in nodes)
    dotted = [node for node in nodes if isinstance(node, ast.Attribute)]
    inside = [node.value for node in dotted]  # nn.init of nn.init.zeros_
    names = {node.attr for node in dotted if node not in inside}
    names |= {node.arg for node in nodes if isinstance(node, ast.keyword)}
    print(f"{task.__name__:<17} {lines:>5} {len(names):>5}")
    return lines, len(names)


print(f"{'task':<17} lines names")
loop_lines, loop_names = count(train_with_a_loop)
fit_counts = count(train_with_fit)
others = [count(task) for task in (predict, save_and_load, differentiate)]
other_lines = [lines for lines, names in others]
fit_is_shorter = fit_counts[0] < loop_lines
