"""The gap between two values, and the first difference between two transcripts."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from snippets_lib import compare, model


def arrays(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of one shape, which may be anything and of any size."""
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, 5, random.integers(0, 4)))
    first = random.normal(size=shape) * 10.0 ** random.integers(-8, 9)
    return first, first + random.normal(size=shape) * 10.0 ** random.integers(-8, 9)


SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_gap_is_symmetric_and_bounded(seed: int) -> None:
    first, second = arrays(seed)
    measured, note = compare.gap(first, second)
    assert note == ""
    assert compare.gap(second, first) == (measured, "")
    assert compare.gap(-first, -second) == (measured, "")
    assert 0 <= measured <= 2
    assert compare.gap(first, first) == (0.0, "")


@pytest.mark.parametrize("seed", SEEDS)
def test_gap_of_large_values_does_not_depend_on_their_scale(seed: int) -> None:
    first, second = arrays(seed)
    first, second = first.ravel(), second.ravel()
    first[0] = max(1.0, np.abs(first).max())
    once, _ = compare.gap(first, second)
    for scale in (2.0, 1024.0, 2.0**600):
        assert compare.gap(first * scale, second * scale) == (pytest.approx(once, rel=1e-12), "")


@pytest.mark.parametrize("seed", SEEDS)
def test_gap_of_small_values_is_their_distance(seed: int) -> None:
    first, second = (array / 1e20 for array in arrays(seed))
    assert compare.gap(first, second)[0] == np.abs(first - second).max()


def test_gap_follows_the_formula() -> None:
    assert compare.gap([1.0, 200.0], [1.0, 202.0]) == (2 / 202, "")
    assert compare.gap(0.25, 0.5) == (0.25, "")
    assert compare.gap(np.float32(1), np.float64(1)) == (0.0, "")
    assert compare.gap([True, False], [True, True]) == (1.0, "")
    assert compare.gap(1 + 1j, 1 - 1j) == (2 / math.sqrt(2), "")
    assert compare.gap(["cat", "dog"], ["cat", "dog"]) == (0.0, "")
    assert compare.gap(["cat", "dog"], ["cat", "fox"]) == (1.0, "")
    assert compare.gap(-1.5e308, 1.5e308) == (2.0, "")


NOT_COMPARABLE = {
    "shapes": ([1.0], [1.0, 1.0], "shapes (1,) and (2,)"),
    "a scalar and an array": (1.0, [1.0], "shapes () and (1,)"),
    "nothing": ([], [], "nothing in it"),
    "nothing, in two dimensions": (np.zeros((0, 3)), np.zeros((0, 3)), "nothing in it"),
    "a NaN": ([1.0, np.nan], [1.0, 1.0], "not a finite number"),
    "the same NaN": ([np.nan], [np.nan], "not a finite number"),
    "the same infinity": ([np.inf], [np.inf], "not a finite number"),
    "a complex NaN": ([complex(0, np.nan)], [0j], "not a finite number"),
    "text and numbers": (["1"], [1], "text and numbers"),
}


@pytest.mark.parametrize(("first", "second", "note"), NOT_COMPARABLE.values(), ids=NOT_COMPARABLE)
def test_what_cannot_be_compared_neither_agrees_nor_differs(first: object, second: object, note: str) -> None:
    assert compare.gap(first, second) == (math.inf, note)
    assert compare.gap(second, first)[0] == math.inf
    for kind, bound in (("agree", 1e8), ("differ", 1e-8)):
        assert not model.Gap("loss", kind, *[math.inf, bound], note).holds


def topic(agree: dict[str, float], differ: dict[str, float] | None = None) -> model.Topic:
    return model.Topic("workflow/one", Path(), "One", "One.", {}, agree=agree, differ=differ or {})


def run(key: str, **values: object) -> model.Run:
    return model.Run(key, (), {name: np.asarray(value) for name, value in values.items()}, 0.0, 0.0, {})


def test_gaps_hold_on_their_side_of_the_bound() -> None:
    both = {"pytorch": run("pytorch", a=1.0, b=1.0), "tensorflow": run("tensorflow", a=1.5, b=1.5)}
    near, far = compare.gaps(topic({"a": 0.4}, {"b": 0.3}), both)
    assert (near.name, near.kind, near.measured, near.allowed, near.holds) == ("a", "agree", 0.5 / 1.5, 0.4, True)
    assert (far.name, far.kind, far.measured, far.allowed, far.holds) == ("b", "differ", 0.5 / 1.5, 0.3, True)
    near, far = compare.gaps(topic({"a": 0.3}, {"b": 0.4}), both)
    assert not near.holds
    assert not far.holds


def test_of_three_the_worst_pair_counts() -> None:
    three = {key: run(key, a=value) for key, value in (("pytorch", 1.0), ("tensorflow", 1.0), ("python", 1.25))}
    (worst,) = compare.gaps(topic({"a": 0.1}), three)
    assert worst.measured == 0.2
    (least,) = compare.gaps(topic({}, {"a": 0.1}), three)
    assert least.measured == 0.0


def test_a_note_of_any_pair_counts() -> None:
    three = {key: run(key, a=value) for key, value in (("pytorch", [1.0]), ("tensorflow", [2.0]), ("python", [np.nan]))}
    (gap,) = compare.gaps(topic({}, {"a": 0.1}), three)
    assert gap.note == "not a finite number"
    assert not gap.holds


SAME = {
    "nothing": ("", ""),
    "words": ("loss went down\n", "loss went down\n"),
    "a fraction within the tolerance": ("loss 0.25103\n", "loss 0.25104\n"),
    "a unit of the last digit": ("loss 0.3\n", "loss 0.4\n"),
    "an exponent": ("gap 1.23e-05\n", "gap 1.231e-05\n"),
    "a rounded one": ("[1. 0.5]\n", "[0.999 0.5]\n"),
    "padding that moved": ("[0.249 0.5  ]\n", "[0.25 0.5]\n"),
    "padding around a sign": ("[ 0.25  0.5]\n", "[0.25 0.5]\n"),
    "a zero that lost its sign": ("[-0. 1.]\n", "[ 0. 1.]\n"),
    "blanks at the end": ("loss  \n", "loss\n"),
}

DIFFERENT = {
    "a word": ("loss went down\n", "loss went up\n", 1),
    "a whole number": ("epoch 3\n", "epoch 4\n", 1),
    "a whole number and a fraction": ("epoch 3\n", "epoch 3.0\n", 1),
    "an integer that NumPy prints as a fraction": ("[1. 0.]\n", "[0. 0.]\n", 1),
    "a number NumPy printed short": ("[0.5]\n", "[0.599]\n", 1),
    "a fraction beyond the tolerance": ("loss 0.2510\n", "loss 0.2520\n", 1),
    "the sign": ("loss 0.2510\n", "loss -0.2510\n", 1),
    "a line more": ("one\n", "one\ntwo\n", 2),
    "a line less": ("one\ntwo\n", "one\n", 2),
    "the second line": ("one\ntwo\n", "one\n2\n", 2),
    "a number that is none any more": ("loss 0.25\n", "loss nan\n", 1),
    "an infinity": ("loss inf\n", "loss 1.0\n", 1),
    "minus infinity": ("loss inf\n", "loss -inf\n", 1),
    "one more number": ("[0.25 0.5]\n", "[0.25 0.5 0.5]\n", 1),
    "words that grew together": ("a bc\n", "ab c\n", 1),
    "a version": ("torch 2.14.1\n", "torch 2.15.1\n", 1),
    "a date": ("on 2026-11-22\n", "on 2026-11-21\n", 1),
    "a shape": ("(178, 13)\n", "(178, 14)\n", 1),
    "a digit in a name": ("layer1.weight\n", "layer2.weight\n", 1),
}


@pytest.mark.parametrize(("recorded", "printed"), SAME.values(), ids=SAME)
def test_transcripts_that_say_the_same(recorded: str, printed: str) -> None:
    assert compare.first_difference(recorded, printed, 1e-3) is None
    assert compare.first_difference(printed, recorded, 1e-3) is None


@pytest.mark.parametrize(("recorded", "printed", "line"), DIFFERENT.values(), ids=DIFFERENT)
def test_transcripts_that_part(recorded: str, printed: str, line: int) -> None:
    parted = compare.first_difference(recorded, printed, 1e-3)
    assert parted is not None
    assert parted[0] == line
    back = compare.first_difference(printed, recorded, 1e-3)
    assert back == (line, parted[2], parted[1])


def test_the_difference_is_shown() -> None:
    assert compare.first_difference("one\ntwo\n", "one\n", 0.0) == (2, "two", "no more lines")
    assert compare.first_difference("loss 0.251\n", "loss 0.263\n", 1e-3) == (1, "loss 0.251", "loss 0.263")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_number_may_move_as_far_as_the_tolerance_and_no_further(seed: int) -> None:
    random = np.random.default_rng(seed)
    number = float(random.normal() * 10.0 ** random.integers(-6, 7))
    tolerance = float(10.0 ** random.integers(-6, -1))
    within, beyond = number * (1 + 0.9 * tolerance), number * (1 + 1.2 * tolerance)
    old, near, far = (f"loss {value:.12e}\n" for value in (number, within, beyond))
    assert compare.first_difference(old, near, tolerance) is None
    assert compare.first_difference(old, far, tolerance) is not None
