"""What comes in the box: counted, then searched for twenty-four jobs."""

# %% Count
import inspect
import re
from pathlib import Path

import torch
import torchvision
from torch import nn, optim
from torchvision.transforms import v2


def kinds(module, base):
    """The public classes of a module that derive from `base`, each once."""
    members = [m for name, m in vars(module).items() if name[0] != "_"]
    classes = set(filter(inspect.isclass, members)) - {base}
    return {kind for kind in classes if issubclass(kind, base)}


losses = kinds(nn, nn.modules.loss._Loss)
starters = [name for name in vars(nn.init) if re.fullmatch(r"[a-z].*_", name)]
contents = {
    "layers": kinds(nn, nn.Module) - losses,
    "losses": losses,
    "optimizers": kinds(optim, optim.Optimizer),
    "learning rate schedules": kinds(
        optim.lr_scheduler, optim.lr_scheduler.LRScheduler
    ),
    "initialisers": starters,
    "metrics": [],
    "image transforms": kinds(v2, v2.Transform),
    "image networks": torchvision.models.list_models(),
    "data sets": torchvision.datasets.__all__,
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
defined = set()
for package in torch, torchvision:
    for path in sorted(Path(package.__file__).parent.rglob("*.py*")):
        if path.suffix in {".py", ".pyi"}:
            source = path.read_text("utf-8")
            defined |= set(re.findall(r"^(?:class|def) (\w+)", source, re.M))
has = []
for job, pattern in jobs.items():
    hits = [n for n in defined if re.fullmatch(pattern, n, re.I)]
    has.append(bool(hits))
    print(f"{job:<27}", max(sorted(hits), key=len, default="-"))
in_both, in_one = has[:10], has[10:]
