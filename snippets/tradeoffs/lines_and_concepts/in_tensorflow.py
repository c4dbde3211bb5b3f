"""The same five tasks, with their lines and their names counted."""

# %% Load
import ast
import inspect

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
pixels = (pixels / 16).astype("float32")
images, labels = pixels[:1280], digits[:1280]
test_images, test_labels = pixels[1280:], digits[1280:]
rng = np.random.default_rng(0)
start = [rng.normal(0, 0.2, size) for size in [(64, 32), 32, (32, 10), 10]]


def start_alike(model):  # for the comparison alone
    model.set_weights(start)


# %% Train with a loop
def train_with_a_loop():
    hidden = keras.layers.Dense(32, activation="relu")
    model = keras.Sequential(
        [keras.Input((64,)), hidden, keras.layers.Dense(10)]
    )
    start_alike(model)
    criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(learning_rate=0.2)
    data = tf.data.Dataset.from_tensor_slices((images, labels))
    for _ in range(5):
        for inputs, targets in data.batch(64):
            with tf.GradientTape() as tape:
                loss = criterion(targets, model(inputs, training=True))
            weights = model.trainable_variables
            optimizer.apply(tape.gradient(loss, weights), weights)
    return model


# %% Train with fit
def train_with_fit():
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
    logits = model.predict(test_images, verbose=0)
    return logits.argmax(axis=1)


# %% Save and load
def save_and_load(model):
    model.save("model.keras")
    return keras.saving.load_model("model.keras")


# %% Ask which pixels matter
def differentiate(model):
    inputs = tf.constant(test_images)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        scores = tf.reduce_max(model(inputs), axis=1)
    return tape.gradient(scores, inputs).numpy()


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
