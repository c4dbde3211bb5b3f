"""Which call you time decides the winner."""

# %% Define the network
import keras
import numpy as np
from sklearn.datasets import load_digits

images = (load_digits().data / 16).astype("float32")  # (1797, 64)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(10),
    ]
)
rng = np.random.default_rng(0)
for weight in model.weights:
    weight.assign(rng.normal(0, 0.1, weight.shape))


# %% Predict with the usual call
def batch(batch_size):
    return (images[:batch_size],)


def predict(images):
    return model.predict(images, verbose=0)  # a NumPy array


# %% Compare the calls
logits = predict(*batch(100))
one_logit = predict(*batch(1))
print("a prediction is of type", type(logits).__name__)
calls = {
    "model": model(*batch(100), training=False).numpy(),
    "predict_on_batch": model.predict_on_batch(*batch(100)),
}
for name, others in calls.items():
    same = np.allclose(logits, others, atol=1e-5)
    print(f"{name:<17} the same: {same}")
