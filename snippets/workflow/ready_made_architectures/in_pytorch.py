"""Two famous networks, ready made, and what the two versions disagree on."""

# %% Load a photo
import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image
from skimage import data
from torch import nn
from torchvision import models

photo = data.chelsea()[20:244, 110:334]  # (224, 224, 3), 0 to 255

# %% Count
with torch.device("meta"):  # shapes, and no numbers
    vgg, resnet = models.vgg16(), models.resnet50()
vgg_count = sum(weight.numel() for weight in vgg.parameters())
resnet_count = sum(weight.numel() for weight in resnet.parameters())
print(f"VGG-16 {vgg_count:,}, ResNet-50 {resnet_count:,}")
smaller = [hasattr(models, f"resnet{depth}") for depth in (18, 34)]
print("is there a ResNet-18 and a ResNet-34?", smaller)

# %% Find the difference
convolutions = [m for m in resnet.modules() if isinstance(m, nn.Conv2d)]
normalisations = [m for m in resnet.modules() if isinstance(m, nn.BatchNorm2d)]
kernels = sum(layer.weight.numel() for layer in convolutions)
found = [layer.bias for layer in convolutions if layer.bias is not None]
biases = sum(bias.numel() for bias in found)
statistics = sum(2 * layer.num_features for layer in normalisations)
first = normalisations[0]
print(f"{len(convolutions)} kernels of {kernels:,} numbers, {biases} biases")
print(f"{statistics:,} running means and variances, not counted")
print(f"epsilon {first.eps:.3e}, momentum {first.momentum} for the new")
momentum = first.momentum

# %% Prepare the photo as the published weights want it
image = Image.fromarray(photo)
prepare = models.ResNet50_Weights.IMAGENET1K_V1.transforms(resize_size=224)
prepared = prepare(image).permute(1, 2, 0).numpy()  # (224, 224, 3)
print("first pixel:", photo[0, 0], "becomes", prepared[0, 0].round(2))
overwritten = not np.array_equal(image, photo)
print("was the photo overwritten?", overwritten)
scaled = prepared
centred = photo[..., ::-1] - np.array([103.939, 116.779, 123.68])  # as Keras

figure, axes = plt.subplots(1, 2, figsize=(6, 3.2))
for axis, image in zip(axes, (photo, photo[..., ::-1]), strict=True):
    axis.imshow(image[::2, ::2], interpolation="none")
    axis.axis("off")
axes[0].set_title("red, green, blue: as here")
axes[1].set_title("read as blue, green, red")
plt.show()

# %% Give VGG-16 weights, and the photo in both ways
rng = np.random.default_rng(0)


def draw(layer):  # (height, width, in, out) -> (out, in, height, width)
    size = *layer.kernel_size, layer.in_channels, layer.out_channels
    kernel = rng.standard_normal(size, "float32")
    kernel *= np.sqrt(2 / np.prod(size[:3]))
    layer.weight.copy_(torch.tensor(kernel).permute(3, 2, 0, 1))


features = models.vgg16(init_weights=False).features
with torch.no_grad():
    for layer in features:
        if isinstance(layer, nn.Conv2d):
            draw(layer)
            layer.bias.copy_(torch.tensor(rng.normal(0, 0.1, len(layer.bias))))


def see(network, image):
    batch = torch.tensor(image[None], dtype=torch.float32)
    with torch.no_grad():
        return network(batch.permute(0, 3, 1, 2))


vgg_features = [
    see(features, image[::2, ::2]).permute(0, 2, 3, 1).numpy()
    for image in (scaled, centred)
]
print("VGG-16 gives", vgg_features[0].shape)
spread = [features.std() for features in vgg_features]
print("spread after either preparation:", np.round(spread, 1))

# %% Give ResNet-50 weights
resnet = models.resnet50()
resnet.fc = nn.Identity()  # the 2048 features are what comes out
with torch.no_grad():
    for layer in resnet.modules():
        if isinstance(layer, nn.Conv2d):
            draw(layer)
resnet.train()  # or normalisation would use means that nobody has seen
resnet_features = see(resnet, scaled).numpy()
print("ResNet-50 gives", resnet_features.shape)
print("beginning with", resnet_features[0, :4].round(2))

# %% Move the stride to where Keras has it
for stage in resnet.layer2, resnet.layer3, resnet.layer4:
    stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
first_version = see(resnet, scaled).numpy()
print("beginning with", first_version[0, :4].round(2))
