"""Two famous networks, ready made, and what the two versions disagree on."""

# %% Load a photo
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import applications, layers
from skimage import data

photo = data.chelsea()[20:244, 110:334]  # (224, 224, 3), 0 to 255

# %% Count
with keras.StatelessScope(initialize_variables=False):  # shapes, no numbers
    vgg = applications.VGG16(weights=None)
    resnet = applications.ResNet50(weights=None)
vgg_count, resnet_count = vgg.count_params(), resnet.count_params()
print(f"VGG-16 {vgg_count:,}, ResNet-50 {resnet_count:,}")
smaller = [hasattr(applications, f"ResNet{depth}") for depth in (18, 34)]
print("is there a ResNet-18 and a ResNet-34?", smaller)

# %% Find the difference
convolutions = [m for m in resnet.layers if isinstance(m, layers.Conv2D)]
normalisations = [
    m for m in resnet.layers if isinstance(m, layers.BatchNormalization)
]
kernels = sum(np.prod(layer.kernel.shape) for layer in convolutions)
biases = sum(np.prod(layer.bias.shape) for layer in convolutions)
statistics = sum(2 * layer.gamma.shape[0] for layer in normalisations)
first = next(m for m in normalisations if m.name == "conv1_bn")
print(f"{len(convolutions)} kernels of {kernels:,} numbers, {biases:,} biases")
print(f"{statistics:,} running means and variances, counted")
print(f"epsilon {first.epsilon:.3e}, momentum {first.momentum} for the old")
momentum = first.momentum

# %% Prepare the photo as the published weights want it
image = photo.astype("float32")
prepare = applications.resnet.preprocess_input
prepared = prepare(image)  # (224, 224, 3)
print("first pixel:", photo[0, 0], "becomes", prepared[0, 0].round(2))
overwritten = not np.array_equal(image, photo)
print("was the photo overwritten?", overwritten)
scaled = applications.imagenet_utils.preprocess_input(photo, mode="torch")
centred = prepared

figure, axes = plt.subplots(1, 2, figsize=(6, 3.2))
for axis, image in zip(axes, (photo, photo[..., ::-1]), strict=True):
    axis.imshow(image[::2, ::2], interpolation="none")
    axis.axis("off")
axes[0].set_title("red, green, blue")
axes[1].set_title("blue, green, red: as here")
plt.show()

# %% Give VGG-16 weights, and the photo in both ways
rng = np.random.default_rng(0)


def draw(layer):
    size = layer.kernel.shape  # (height, width, in, out)
    kernel = rng.standard_normal(size, "float32")
    return kernel * np.sqrt(2 / np.prod(size[:3]))


features = applications.VGG16(
    include_top=False, weights=None, input_shape=(112, 112, 3)
)
for layer in features.layers:
    if isinstance(layer, layers.Conv2D):
        layer.set_weights([draw(layer), rng.normal(0, 0.1, layer.filters)])


def see(network, image):
    return network(tf.constant(image[None], tf.float32), training=True)


vgg_features = [
    see(features, image[::2, ::2]).numpy() for image in (scaled, centred)
]
print("VGG-16 gives", vgg_features[0].shape)
spread = [features.std() for features in vgg_features]
print("spread after either preparation:", np.round(spread, 1))

# %% Give ResNet-50 weights
resnet = applications.ResNet50(include_top=False, weights=None, pooling="avg")
convolutions = [m for m in resnet.layers if isinstance(m, layers.Conv2D)]
# In torchvision's order the shortcut, 0, stands behind 1, 2 and 3.
for layer in sorted(convolutions, key=lambda m: m.name.replace("_0_", "_4_")):
    layer.set_weights([draw(layer), np.zeros(layer.filters)])
resnet_features = see(resnet, scaled).numpy()
print("ResNet-50 gives", resnet_features.shape)
print("beginning with", resnet_features[0, :4].round(2))
first_version = resnet_features
