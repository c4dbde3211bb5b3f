"""A bidirectional GRU tells which library a description belongs to."""

# %% Read the docstrings
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupShuffleSplit
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

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
by_file = GroupShuffleSplit(1, test_size=0.2, random_state=0)
train_rows, test_rows = next(by_file.split(texts, groups=files))
print(len(train_rows), "texts to learn from,", len(test_rows), "to test on")


# %% Score the baselines
def score(name, predicted):
    accuracy = float((predicted == labels[test_rows]).mean())
    macro_f1 = f1_score(labels[test_rows], predicted, average="macro")
    print(f"{name:<18} accuracy {accuracy:.3f}, macro F1 {macro_f1:.3f}")
    return accuracy, macro_f1


baseline_scores = []
logistic = LogisticRegression(C=10, solver="newton-cg")
for baseline in DummyClassifier(), logistic, ComplementNB():
    tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    pipeline = make_pipeline(tfidf, baseline)
    pipeline.fit(texts[train_rows], labels[train_rows])
    predicted = pipeline.predict(texts[test_rows])
    baseline_scores.append(score(type(baseline).__name__, predicted))

# %% Turn words into numbers
numbers = CountVectorizer(min_df=2).fit(texts[train_rows]).vocabulary_
tokens = np.zeros((len(texts), 24), "int64")  # 0 pads, 1 is unknown
for row, words in zip(tokens, descriptions, strict=True):
    row[: len(words)] = [numbers.get(word, -1) + 2 for word in words]
print(len(numbers), "words known,", (tokens == 0).mean().round(2), "padding")


# %% Define the model
class Classifier(nn.Module):
    def __init__(self, masked=True):
        super().__init__()
        self.masked = masked
        self.embedding = nn.Embedding(len(numbers) + 2, 64, padding_idx=0)
        self.gru = nn.GRU(64, 32, batch_first=True, bidirectional=True)
        self.head = nn.Linear(64, 5)

    def forward(self, tokens):  # (batch, time)
        vectors = self.embedding(tokens)  # (batch, time, 64)
        if self.masked:
            lengths = (tokens > 0).sum(dim=1)
            vectors = pack_padded_sequence(
                vectors, lengths, batch_first=True, enforce_sorted=False
            )
        _, states = self.gru(vectors)  # (direction, batch, 32)
        return self.head(torch.cat([*states], dim=1))


model = Classifier()

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
vectors = rng.normal(0, 0.1, (len(numbers) + 2, 64))
vectors[0] = 0
kernel = rng.uniform(-0.2, 0.2, (64, 5))
# Each direction: inner and recurrent kernel, and two rows of biases.
gru = [rng.uniform(-0.2, 0.2, (n, 96)) for n in (64, 32, 1, 1) * 2]


def swap_gates(array):  # update, reset, new <-> reset, update, new
    return array.reshape(-1, 3, 32)[:, [1, 0, 2]].reshape(-1, 96)


with torch.no_grad():
    model.embedding.weight.copy_(torch.tensor(vectors))
    model.head.weight.copy_(torch.tensor(kernel.T))
    model.head.bias.zero_()
    for weight, array in zip(model.gru.parameters(), gru, strict=True):
        array = torch.tensor(swap_gates(array).T)
        weight.copy_(array.reshape(weight.shape))

# %% Compare the first batch
criterion = nn.CrossEntropyLoss()
words, targets = torch.from_numpy(tokens), torch.from_numpy(labels)
batch = train_rows[:128]
logits = model(words[batch])
criterion(logits, targets[batch]).backward()
first_logits = logits.detach().numpy()
first_gradient = swap_gates(model.gru.weight_hh_l0.grad.numpy().T)
print("first logits:", first_logits[0].round(3))

# %% Take a step with a repeated word
embedding = nn.Embedding.from_pretrained(torch.zeros(9, 1), freeze=False)
optimizer = torch.optim.Adam(embedding.parameters(), lr=0.1)
embedding(torch.tensor([1, 2, 2, 2, 2])).sum().backward()
optimizer.step()
moved = embedding.weight.detach().numpy()[:, 0]
print("seen once:", moved[1].round(3), "seen four times:", moved[2].round(3))

# %% Train
# Epsilon sits at another place in Keras: here it is too small to show.
optimizer = torch.optim.Adam(model.parameters(), lr=0.006, eps=1e-12)


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
with torch.no_grad():
    predicted = model(words[test_rows]).argmax(dim=1).numpy()
accuracy, macro_f1 = score("GRU", predicted)

# %% Forget the mask
wide = np.pad(tokens[test_rows], [(0, 0), (0, 24)])  # nothing but zeros
changed = []
for masked in True, False:
    model.masked = masked
    with torch.no_grad():
        again = model(torch.from_numpy(wide)).argmax(dim=1).numpy()
    changed.append(float((again != predicted).mean()))
print("answers changed by padding, masked and not:", np.round(changed, 2))
