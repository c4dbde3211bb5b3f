"""What an object has can be swapped, wrapped and adapted."""

# %% Write the parts
from itertools import product

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

images, labels = load_digits(return_X_y=True)  # (1797, 64)
known, known_labels = images[:1000], labels[:1000]
unread, truth = images[1000:], labels[1000:]


def as_drawn(images):
    return images


def even_ink(images):  # a faint digit weighs as much as a bold one
    return images / images.sum(axis=1, keepdims=True)


def pixels(images):
    return images


def sums(images):  # of each row and each column: 16 numbers
    grid = images.reshape(-1, 8, 8)
    return np.hstack([grid.sum(axis=1), grid.sum(axis=2)])


def blocks(images):  # of two by two pixels: 16 numbers
    return images.reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4)).reshape(-1, 16)


# %% Inherit one combination
class EvenSumsBayes(GaussianNB):  # is a classifier
    def fit(self, images, labels):
        return super().fit(sums(even_ink(images)), labels)

    def predict(self, images):
        return super().predict(sums(even_ink(images)))


names = product(["", "Even"], ["", "Sums", "Blocks"], ["Bayes", "Neighbour"])
classes = ["".join(parts) for parts in names]
print(len(classes), "classes:", *classes[:3], "...", classes[-1])


# %% Have the parts instead
class Reader:
    """Has a scaler, a feature step and a classifier."""

    def __init__(self, scale, features, classifier):
        self.scale, self.features = scale, features
        self.classifier = classifier

    def fit(self, images, labels):
        self.classifier.fit(self.features(self.scale(images)), labels)
        return self

    def predict(self, images):
        return self.classifier.predict(self.features(self.scale(images)))


def accuracy(reader):
    return (reader.predict(unread) == truth).mean().round(3)


bayes, neighbour = GaussianNB(), KNeighborsClassifier(1)
print(f"{'':20}{'bayes':<7}neighbour")
for scale, features in product([as_drawn, even_ink], [pixels, sums, blocks]):
    found = [
        accuracy(Reader(scale, features, one).fit(known, known_labels))
        for one in (bayes, neighbour)
    ]
    named = f"{scale.__name__}, {features.__name__}"
    print(f"{named:<20}{found[0]:<7.3f}{found[1]:.3f}")
inherited = EvenSumsBayes().fit(known, known_labels)
print("EvenSumsBayes, inherited:", accuracy(inherited))

# %% Swap a part
reader = Reader(as_drawn, pixels, bayes).fit(known, known_labels)
print("Bayes:          ", accuracy(reader))
reader.classifier = neighbour
reader.fit(known, known_labels)
print("the neighbour:  ", accuracy(reader))
reader.scale = even_ink
print("not fitted anew:", accuracy(reader))
reader.fit(known, known_labels)
print("fitted anew:    ", accuracy(reader))


# %% Wrap a part
class Counted:
    def __init__(self, reader):
        self.reader, self.asked = reader, 0

    def __getattr__(self, name):  # whatever Counted has not
        return getattr(self.reader, name)

    def predict(self, images):
        self.asked += len(images)
        return self.reader.predict(images)


class Cached:
    def __init__(self, reader):
        self.reader, self.answers = reader, {}

    def fit(self, images, labels):
        self.answers.clear()
        self.reader.fit(images, labels)
        return self

    def predict(self, images):
        keys = [image.tobytes() for image in images]
        for key, image in zip(keys, images, strict=True):
            if key not in self.answers:
                self.answers[key] = self.reader.predict(image[None])[0]
        return np.stack([self.answers[key] for key in keys])


inside = Counted(GaussianNB())
outside = Counted(Cached(inside))
reader = Reader(as_drawn, pixels, outside).fit(known, known_labels)
print("twice:", accuracy(reader), accuracy(reader))
print("asked outside the cache:", outside.asked)
print("asked inside the cache: ", inside.asked)


# %% Adapt what answers in other words
class NamedClusters:
    """Turns numbers of clusters into digits."""

    def __init__(self, clusters):
        self.clusters = clusters

    def fit(self, images, labels):
        found = self.clusters.fit_predict(images)
        groups = [labels[found == one] for one in np.unique(found)]
        commonest = [np.bincount(group).argmax() for group in groups]
        self.digits = np.array(commonest)
        return self

    def predict(self, images):
        return self.digits[self.clusters.predict(images)]


clusters = KMeans(10, n_init=4, random_state=0)
reader = Reader(as_drawn, pixels, clusters).fit(known, known_labels)
print(f"without adapter: {accuracy(reader):.1f}")
reader.classifier = NamedClusters(clusters)
print(f"with adapter:    {accuracy(reader.fit(known, known_labels)):.1f}")

# %% Let a library put the parts together
steps = [
    ("scale", FunctionTransformer(even_ink)),
    ("features", FunctionTransformer(sums)),
    ("classifier", GaussianNB()),
]
pipeline = Pipeline(steps).fit(known, known_labels)
print("Bayes:        ", accuracy(pipeline))
pipeline.set_params(classifier=KNeighborsClassifier(1))
print("the neighbour:", accuracy(pipeline.fit(known, known_labels)))


# %% Expect too much of a wrapper
counted = Counted(KNeighborsClassifier(1))
fitted = counted.fit(known, known_labels)
print("fit returns a", type(fitted).__name__)
print("score:", round(counted.score(unread, truth), 3))
print("asked by score:", counted.asked)
print("is it a neighbour?", isinstance(counted, KNeighborsClassifier))


# %% Solve the second opinion
class SecondOpinion:
    def __init__(self, first, second, sure=0.99):
        self.first, self.second, self.sure = first, second, sure

    def fit(self, images, labels):
        for reader in (self.first, self.second):
            reader.fit(images, labels)
        return self

    def predict(self, images):
        digits = self.first.predict(images)
        unsure = self.first.predict_proba(images).max(axis=1) < self.sure
        if unsure.any():
            digits[unsure] = self.second.predict(images[unsure])
        return digits


second = Counted(KNeighborsClassifier(1))
both = SecondOpinion(GaussianNB(), second).fit(known, known_labels)
print("Bayes alone:      ", accuracy(both.first))
print("with a second one:", accuracy(both))
print("asked a second time:", second.asked, "of", len(unread))
