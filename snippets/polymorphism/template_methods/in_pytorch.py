"""A base class runs the whole, and your subclass fills in the parts."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
pixels = (pixels / 16).astype("float32")
means = np.stack([pixels[digits == d].mean(axis=0) for d in range(10)])


# %% Write the pattern out
class Template:
    """A subclass writes call, and build where it has weights."""

    def __init__(self):
        self.built, self.hooks = False, []

    def __call__(self, x):  # the whole, which nobody overrides
        x = np.asarray(x, dtype="float32")
        if not self.built:
            self.build(x.shape)
            self.built = True
        y = self.call(x)
        for hook in self.hooks:
            hook(self, x, y)
        return y

    def build(self, shape):  # a part that may be left as it is
        pass

    def call(self, x):  # a part that must be written
        raise NotImplementedError


class NearestMean(Template):
    def build(self, shape):
        self.kernel = means.T  # (64, 10)
        self.bias = -(means**2).sum(axis=1) / 2

    def call(self, x):
        return x @ self.kernel + self.bias


# %% Fill in the framework's parts
class Scores(nn.Module):
    def __init__(self):
        super().__init__()
        kernel, bias = means.T, -(means**2).sum(axis=1) / 2
        self.kernel = nn.Parameter(torch.tensor(kernel))
        self.bias = nn.Parameter(torch.tensor(bias))

    def forward(self, x):
        return x @ self.kernel + self.bias


images, labels = torch.tensor(pixels), torch.tensor(digits)
own_scores = NearestMean()(pixels)
scores = Scores()(images).detach().numpy()
print("the same scores:", np.allclose(own_scores, scores, atol=1e-5))
print("digits read:", f"{(scores.argmax(axis=1) == digits).mean():.3f}")


# %% Go past the whole
def works(title, call, x):
    try:
        call(x)
        outcome = "works"
    except (AttributeError, TypeError) as error:
        outcome = str(error)
    print(f"{title:<12} {outcome}")
    return outcome == "works"


own_builds = not works("own part", NearestMean().call, pixels)
builds = not works("its part", Scores().forward, images)
own_casts = works("own whole", NearestMean(), pixels.tolist())
casts = works("its whole", Scores(), pixels)  # of NumPy

ran = []
layer = Scores()
layer.register_forward_hook(lambda *_: ran.append("hook"))
layer.forward(images)
past = len(ran)
layer(images)
hooked = len(ran) > past
print("hooks run by the part:", past, "- by the whole:", len(ran))


# %% Train by a whole with parts
class Learner:
    """What Keras has as Model.fit, you write, or Lightning brings it."""

    def __init__(self):
        self.model = Scores()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.5)

    def fit(self, batches):  # the whole
        losses = [self.train_step(*batch) for batch in batches]
        return sum(losses) / len(losses)

    def train_step(self, images, labels):  # a part, and a whole itself
        self.optimizer.zero_grad()
        loss = self.compute_loss(self.model(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def compute_loss(self, logits, labels):  # a part of that part
        return nn.functional.cross_entropy(logits, labels)


batches = list(zip(images[:1500].split(300), labels[:1500].split(300)))


def train(learner):
    loss = learner.fit(batches)
    with torch.no_grad():
        logits = learner.model(images[1500:]).numpy()
    print(f"{type(learner).__name__:<12} {loss:.4f}")
    return loss, logits


plain_loss, plain = train(Learner())


# %% Override a part
class Penalised(Learner):
    def compute_loss(self, logits, labels):
        loss = super().compute_loss(logits, labels)
        return loss + 0.01 * (self.model.kernel**2).sum()


penalised_loss, penalised = train(Penalised())


# %% Override the whole, and lose the parts
class Disconnected(Penalised):
    def train_step(self, images, labels):
        self.optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self.model(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()


disconnected_loss, disconnected = train(Disconnected())
unpenalised = np.isclose(disconnected_loss, plain_loss)
print("as if nothing were penalised:", unpenalised)


# %% Solve the shifted batch
class Shifted(Penalised):
    def train_step(self, images, labels):
        images = torch.cat([images, images.roll(1, dims=1)])
        return super().train_step(images, torch.cat([labels, labels]))


shifted_loss, shifted = train(Shifted())
