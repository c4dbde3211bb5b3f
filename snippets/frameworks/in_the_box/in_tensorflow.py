"""What comes in the box: counted, then searched for twenty-four jobs."""

# %% Count
import inspect
import re
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf


def kinds(module, base):
    """The public classes of a module that derive from `base`, each once."""
    members = [m for name, m in vars(module).items() if name[0] != "_"]
    classes = set(filter(inspect.isclass, members)) - {base}
    return {kind for kind in classes if issubclass(kind, base)}


layers = kinds(keras.layers, keras.layers.Layer)
transforms = {kind for kind in layers if "image_prep" in kind.__module__}
schedules = keras.optimizers.schedules
applications = vars(keras.applications)
contents = {
    "layers": layers - transforms,
    "losses": kinds(keras.losses, keras.losses.Loss),
    "optimizers": kinds(keras.optimizers, keras.Optimizer),
    "learning rate schedules": kinds(
        schedules, schedules.LearningRateSchedule
    ),
    "initialisers": kinds(keras.initializers, keras.Initializer),
    "metrics": kinds(keras.metrics, keras.metrics.Metric),
    "image transforms": transforms,
    "image networks": [n for n in applications if re.match("[A-Z]", n)],
    "data sets": [n for n in vars(keras.datasets) if re.match("[a-z]", n)],
}
for what, found in contents.items():
    print(f"{len(found):>4} {what}")
counts = [len(found) for found in contents.values()]

# %% Search for a job
jobs = {
    # Both have these.
    "CTC loss": "ctc_?loss",
    "fused attention": "(scaled_)?dot_product_attention",
    "sparse tensors": "sparse_?(coo_)?tensor",
    "sequences of unequal length": "ragged_?tensor|nested_tensor",
    "averaged weights": "AveragedModel|ExponentialMovingAverage",
    "gradient checkpointing": "checkpoint|recompute_grad|remat",
    "box suppression": "non_max_suppression|nms",
    "random augmentation": "RandAugment",
    "images from folders": "ImageFolder|image_dataset_from_directory",
    "a writer for TensorBoard": "SummaryWriter",
    # One of the two has these.
    "Transformer layer": "TransformerEncoderLayer",
    "probability densities": "Dirichlet",
    "L-BFGS": "lbfgs",
    "object detectors": "RetinaNet|FasterRCNN",
    "segmentation networks": "DeepLabV3|UNet",
    "triplet loss": "triplet.*loss",
    "pipeline parallel training": "PipelineStage",
    "area under the curve": "AUC|AUROC",
    "confusion matrix": "confusion_matrix",
    "early stopping": "EarlyStopping",
    "text to numbers": "TextVectorization|Tokenizer|Vocab",
    "sound to mel spectrum": "mel_?spectrogram",
    "CTC beam search": "ctc_beam_search_decoder",
    "parameter servers": "ParameterServerStrategyV2",
}
frozen = "python/ops/distributions/"  # tf.compat.v1 alone leads there
defined = set()
for package in tf, keras:
    for path in sorted(Path(package.__file__).parent.rglob("*.py*")):
        if path.suffix == ".py" and frozen not in path.as_posix():
            source = path.read_text("utf-8")
            defined |= set(re.findall(r"^(?:class|def) (\w+)", source, re.M))
has = []
for job, pattern in jobs.items():
    hits = [n for n in defined if re.fullmatch(pattern, n, re.I)]
    has.append(bool(hits))
    print(f"{job:<27}", max(sorted(hits), key=len, default="-"))
in_both, in_one = has[:10], np.invert(has[10:])  # the other's
