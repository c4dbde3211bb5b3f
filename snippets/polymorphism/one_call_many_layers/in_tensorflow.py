"""One line, `x = layer(x)`, and every layer does its own work."""

# %% Load, and borrow trained weights
import keras
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

images, labels = load_digits(return_X_y=True)  # (1797, 64)
mean, spread = images[:1000].mean(axis=0), images[:1000].std()
trained = MLPClassifier(32, early_stopping=True, random_state=0)
trained.fit((images[:1000] - mean) / spread, labels[:1000])


# %% Write a layer of your own
class Standardise(keras.Layer):
    def __init__(self, mean, spread):
        super().__init__()
        self.mean = mean.astype("float32")
        self.spread = float(spread)

    def call(self, x):
        return (x - self.mean) / self.spread


# %% Write a callable that inherits nothing
class Temper:
    """Divides the scores, so that the network claims less."""

    def __init__(self, temperature):
        self.temperature = temperature

    def __call__(self, x):
        return x / self.temperature


# %% Put them beside layers of the framework
hidden_layer, output_layer = (
    keras.layers.Dense(32),
    keras.layers.Dense(10),
)
for layer, kernel, bias in zip(
    [hidden_layer, output_layer],
    trained.coefs_,  # (inputs, outputs)
    trained.intercepts_,
    strict=True,
):
    layer.build(kernel.shape[:1])
    layer.set_weights([kernel, bias])

layers = [
    Standardise(mean, spread),
    hidden_layer,
    tf.nn.relu,  # a plain function
    output_layer,
    Temper(2.0),
    keras.layers.Softmax(axis=-1),
]

# %% Call them all the same way
x = tf.constant(images[1000:], tf.float32)
outputs = []
for layer in layers:
    x = layer(x)
    outputs.append(x.numpy())
    print(f"{type(layer).__name__:<28} {tuple(x.shape)}")
hidden, probabilities = outputs[2], outputs[-1]
accuracy = float((probabilities.argmax(axis=1) == labels[1000:]).mean())
print(f"accuracy on digits it never saw: {accuracy:.2f}")

# %% See what the call adds
x = tf.constant(images[1000:], tf.float32)
fresh = Standardise(mean, spread)
fresh.call(x)
added_by_method = int(fresh.built)
fresh(x)
added_by_call = int(fresh.built)
print("call(x)  ran", added_by_method, "builds")
print("layer(x) ran", added_by_call)

# %% Hand the list to the framework
accepted = []
for layer in layers:
    try:
        keras.Sequential([layer])
        accepted.append(1)
    except ValueError as error:
        accepted.append(0)
        print("refused:", str(error).split(" Received")[0])
print("accepted:", accepted)

# %% Adapt what was refused
Adapter = keras.layers.Lambda  # comes with Keras

adapted_layers = [
    layer if isinstance(layer, keras.Layer) else Adapter(layer)
    for layer in layers
]
model = keras.Sequential(adapted_layers)
adapted = model(x).numpy()
print([type(layer).__name__ for layer in model.layers])


# %% Solve the temperature that learns
class LearntTemper(keras.Layer):
    def __init__(self):
        super().__init__()
        self.temperature = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(2.0)
        )

    def call(self, x):
        return x / self.temperature


scores, truth = outputs[3], labels[1000:]
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
temper = LearntTemper()
optimizer = keras.optimizers.SGD(learning_rate=0.5)
for _ in range(10):  # on the first half of the digits
    with tf.GradientTape() as tape:
        loss = cross_entropy(truth[:400], temper(scores[:400]))
    gradients = tape.gradient(loss, temper.trainable_weights)
    optimizer.apply(gradients, temper.trainable_weights)
learnt = float(temper.temperature)
losses = []
for layer in [Temper(2.0), Temper(1.0), temper]:  # on the other half
    losses.append(float(cross_entropy(truth[400:], layer(scores[400:]))))
print("temperature:", round(learnt, 2))
print("losses:", [round(loss, 3) for loss in losses])
