"""A transformer encoder tells which library a description belongs to."""

# %% Read the docstrings
import re
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit
from sklearn.pipeline import make_pipeline
from torch import nn

libraries = ["matplotlib", "numpy", "pandas", "scipy", "sklearn"]
names = {*libraries, *"mpl plt pyplot np pd sp scikit learn".split()}
skip = "(tests|externals|_vendor|distutils|f2py|_lib)/"
# Public definitions, read as text: importing would run the libraries.
docstring = r'(?:def|class) [A-Za-z](?:[^"]|"\w*")*?:\n +r?"""(.+?)"""'
found = {}
for label, library in enumerate(libraries):
    root = Path(find_spec(library).submodule_search_locations[0])
    for path in sorted(root.rglob("*.py"), key=Path.as_posix):
        file = library + "/" + path.relative_to(root).as_posix()
        source = "" if re.search(skip, file) else path.read_text("utf-8")
        for text in re.findall(docstring, source, re.DOTALL):
            prose = re.split(r"\n.+\n *---", text)[0].lower()
            words = re.findall("[a-z]+", prose)
            words = [word for word in words if word not in names][:24]
            if len(words) > 5:  # what begins the same counts once
                found.setdefault(str(words[:8]), (words, label, file))
descriptions, labels, files = zip(*found.values(), strict=True)
texts, labels = np.array([*map(" ".join, descriptions)]), np.array(labels)
print(np.bincount(labels), "texts of", libraries)


# %% Split at random and by file
def score(name, predicted):
    accuracy = float((predicted == labels[test_rows]).mean())
    macro_f1 = f1_score(labels[test_rows], predicted, average="macro")
    print(f"{name:<20} accuracy {accuracy:.3f}, macro F1 {macro_f1:.3f}")
    return accuracy, macro_f1


at_random = ShuffleSplit(1, test_size=0.2, random_state=0)
by_file = GroupShuffleSplit(1, test_size=0.2, random_state=0)
splits = at_random.split(texts), by_file.split(texts, groups=files)
baseline_scores = []
for name, split in zip(["at random", "by file"], splits, strict=True):
    train_rows, test_rows = next(split)
    tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    logistic = LogisticRegression(C=10, solver="newton-cg")
    baseline = make_pipeline(tfidf, logistic)
    baseline.fit(texts[train_rows], labels[train_rows])
    predicted = baseline.predict(texts[test_rows])
    baseline_scores.append(score("baseline, " + name, predicted))

# %% Turn words into numbers
numbers = CountVectorizer(min_df=2).fit(texts[train_rows]).vocabulary_
tokens = np.zeros((len(texts), 24), "int64")  # 0 pads, 1 is unknown
for row, words in zip(tokens, descriptions, strict=True):
    row[: len(words)] = [numbers.get(word, -1) + 2 for word in words]
print(len(numbers), "words known,", (tokens == 0).mean().round(2), "padding")


# %% Define the model
class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(numbers) + 2, 64)
        self.places = nn.Embedding(24, 64)
        self.block = nn.TransformerEncoderLayer(
            64, 4, 128, dropout=0.0, batch_first=True, norm_first=True
        )
        self.head = nn.Linear(64, 5)

    def forward(self, tokens, turned=False):  # (batch, time)
        real = tokens > 0
        blocked = real if turned else ~real  # True: do not attend
        vectors = self.embedding(tokens) + self.places.weight
        vectors = self.block(vectors, src_key_padding_mask=blocked)
        pooled = (vectors * real[:, :, None]).sum(dim=1)  # (batch, 64)
        return self.head(pooled / real.sum(dim=1, keepdim=True))


model = Classifier()

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
vectors = rng.normal(0, 0.1, (len(numbers) + 2, 64))
places = rng.normal(0, 0.1, (24, 64))
query, key, value, mix = rng.uniform(-0.2, 0.2, (4, 64, 64))
inner, outer, head = (
    rng.uniform(-0.2, 0.2, size) for size in [(64, 128), (128, 64), (64, 5)]
)
block = model.block
with torch.no_grad():
    for weight, array in [
        (model.embedding.weight, vectors),
        (model.places.weight, places),
        (block.self_attn.in_proj_weight, np.hstack([query, key, value]).T),
        (block.self_attn.out_proj.weight, mix.T),
        (block.linear1.weight, inner.T),
        (block.linear2.weight, outer.T),
        (model.head.weight, head.T),
    ]:
        weight.copy_(torch.tensor(array))
    for layer in block.linear1, block.linear2, model.head:
        layer.bias.zero_()

# %% Compare the first batch
criterion = nn.CrossEntropyLoss()
words, targets = torch.from_numpy(tokens), torch.from_numpy(labels)
batch = train_rows[:128]
logits = model(words[batch])
criterion(logits, targets[batch]).backward()
first_logits = logits.detach().numpy()
first_gradient = block.self_attn.in_proj_weight.grad[:64].numpy().T
print("first logits:", first_logits[0].round(3))

# %% Train
optimizer = torch.optim.Adam(model.parameters(), lr=0.003, eps=1e-12)


def train(rows):
    noisy, total = tokens[rows], 0.0
    noisy[(rng.random(noisy.shape) < 0.3) & (noisy > 0)] = 1  # word dropout
    noisy = torch.from_numpy(noisy)
    for batch in torch.arange(len(rows)).split(128):
        optimizer.zero_grad()
        loss = criterion(model(noisy[batch]), targets[rows[batch]])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(rows)


early_loss = train(rng.permutation(train_rows)[:1280])  # ten steps
early_kernel = model.head.weight.detach().numpy().T.copy()
print(f"loss over ten batches: {early_loss:.3f}")
losses = [train(rng.permutation(train_rows)) for _ in range(4)]
print("loss, epoch by epoch:", np.round(losses, 2))

# %% Test
model.eval()
with torch.no_grad():
    logits = model(words[test_rows]).numpy()
predicted = logits.argmax(axis=1)
accuracy, macro_f1 = score("transformer", predicted)

# %% Turn the mask around
with torch.no_grad():
    turned = model(words[test_rows], turned=True).numpy()
padded = tokens[test_rows, -1] == 0  # without padding, all is blocked
changed = turned.argmax(axis=1) != predicted
changed = float(changed[padded].mean())
not_numbers = float(np.isnan(turned).any(axis=1).mean())
print(f"answers changed where there is padding: {changed:.2f}")
print(f"answers that are not a number: {not_numbers:.2f}")

# %% Draw the confusion matrix
confusion = confusion_matrix(labels[test_rows], predicted)
shades = LinearSegmentedColormap.from_list("", ["#e0452c00", "#e0452c99"])
figure, axis = plt.subplots(figsize=(5, 3.8), layout="constrained")
axis.imshow(np.sqrt(confusion), cmap=shades)  # the root shows the rare
for true, read in np.ndindex(5, 5):
    axis.text(read, true, confusion[true, read], ha="center", va="center")
axis.set_xticks(range(5), libraries, rotation=30)
axis.set_yticks(range(5), libraries)
axis.set(title="1,752 descriptions", xlabel="read as", ylabel="is from")
plt.show()

# %% Look at the mistakes
truth = labels[test_rows]
excess = logits.max(axis=1) - logits[np.arange(len(truth)), truth]
for label, library in enumerate(libraries):  # the surest of each, padded
    surest = np.argmax(excess * padded * (truth == label))
    print(f"{library}, read as {libraries[predicted[surest]]}:")
    print("   ", texts[test_rows[surest]][:70])
