"""One study of Optuna proposes the same trials to both frameworks."""

# %% Load
from functools import cache

import keras
import matplotlib.pyplot as plt
import numpy as np
import optuna
from optuna.samplers import RandomSampler, TPESampler
from sklearn.datasets import load_digits

optuna.logging.set_verbosity(optuna.logging.WARNING)
pixels, labels = load_digits(return_X_y=True)  # (1797, 64)
images = (pixels / 16).astype("float32")
order = np.random.default_rng(0).permutation(len(labels))
train, validation, test = np.split(order, [512, 962])


# %% Build
@cache  # fit traces each new model: three are enough
def build(units):
    layers = keras.layers.Dense(units, "relu"), keras.layers.Dense(10)
    model = keras.Sequential([keras.Input((64,)), *layers])
    criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(), loss=criterion)
    rng = np.random.default_rng(1)
    start = []
    for layer in layers:
        size = layer.kernel.shape
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        start += [kernel, np.zeros(layer.units)]
    return model, start


# %% Train as the trial proposes
def objective(trial):
    def report(epoch, logs):
        trial.report(logs["val_loss"], epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    learning_rate = trial.suggest_float("rate", 1e-4, 2, log=True)
    model, start = build(trial.suggest_categorical("units", [8, 32, 128]))
    batch_size = trial.suggest_int("batch_size", 16, 128, log=True)
    model.set_weights(start)
    model.optimizer.learning_rate = learning_rate
    history = model.fit(
        images[train],
        labels[train],
        batch_size=batch_size,
        epochs=5,
        shuffle=False,
        validation_data=(images[validation], labels[validation]),
        validation_batch_size=450,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=report)],
        verbose=0,
    )
    logits = model.predict_on_batch(images[test])
    right = logits.argmax(axis=1) == labels[test]
    trial.set_user_attr("test accuracy", right.mean())
    return history.history["val_loss"][-1]


# %% Search
pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1)
sampler = TPESampler(seed=0, n_startup_trials=8)
study = optuna.create_study(sampler=sampler, pruner=pruner)
study.optimize(objective, n_trials=16)
proposed = np.array([list(trial.params.values()) for trial in study.trials])
losses = np.array([trial.value for trial in study.trials])
pruned = [trial.state.name == "PRUNED" for trial in study.trials]
print("pruned", sum(pruned), "of", len(pruned), "- best is", losses.argmin())
print({name: round(x, 2) for name, x in study.best_params.items()})
print(f"loss on validation {study.best_value:.3f}")

# %% Compare with chance and with the defaults
chance = optuna.create_study(sampler=RandomSampler(seed=1), pruner=pruner)
chance.add_trials(study.trials[:8])  # they were drawn at random, too
chance.optimize(objective, n_trials=8)
chance_loss = chance.best_value
print(f"loss of random search {chance_loss:.3f}")
default_rate = round(float(keras.optimizers.SGD().learning_rate), 4)
usual = {"rate": default_rate, "units": 32, "batch_size": 32}
default_loss = objective(optuna.trial.FixedTrial(usual))
print(f"loss with the rate {default_rate} {default_loss:.3f}")

# %% Draw
rates, done = proposed[:, 0], ~np.array(pruned)
plt.figure(figsize=(6, 3.2))
plt.scatter(rates[done], losses[done], color="#f59300", label="finished")
plt.scatter(rates[pruned], losses[pruned], color="gray", label="pruned")
plt.xscale("log")
plt.xlabel("learning rate")
plt.ylabel("loss on validation")
plt.title("TensorFlow: 16 trials")
plt.legend()
plt.show()

# %% Report on the test set, once
test_accuracy = study.best_trial.user_attrs["test accuracy"]
print(f"accuracy on test {test_accuracy:.3f}")
