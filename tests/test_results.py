"""Recorded timings: each figure follows from the seconds in the file; a file is whole, old or new; damage is told."""

from __future__ import annotations

import json
import os
import random
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from snippets_lib import model, results
from snippets_lib.machine import Device, Machine

MACHINE = Machine("amd-epyc", "AMD EPYC", 2, 2, 24, "Linux x86_64", ("avx2",), True, (Device("cuda", "H200"),))
ROUNDS = ((1.0, 1.1), (1.2, 1.0), (0.9, 1.3))
HALF = '''"""A half."""

# %% Load
data = [1, 2]

# %% Define
def batch(size):
    return (size,)

def call(size):
    return size

# %% Show
shown = call(*batch(3))
'''
TOPIC = """unpaired = "it is for timing"

[time]
call = "call"
inputs = "batch"
batch_sizes = [1, 32]
"""


def make_result(runner: str, factor: float = 1.0, work: str = "call", size: int | None = None) -> results.Result:
    framework, mode = runner.split("/")
    seconds = tuple(tuple(results.rounded(factor * s) for s in samples) for samples in ROUNDS)
    first = (5.0, 2.0, 2.5)
    return results.Result(
        framework, mode, work, "float32", size, first, True, 7, seconds, *results.summary(seconds), host_mib=101.5
    )


RUNNERS = ("pytorch/eager", "pytorch/torch.compile", "tensorflow/eager", "tensorflow/tf.function", "tensorflow/xla")


def make_entry(topic: str = "performance/one", device: str = "cpu", runners: Sequence[str] = RUNNERS) -> results.Entry:
    found = tuple(make_result(runner, 1 + 0.3 * n) for n, runner in enumerate(runners))
    versions = {"python": "3.11.7", "torch": "2.14.1"}
    return results.Entry(
        topic, device, "0123456789abcdef", "2026-11-22", versions, 3, 2, 0.01, 0.0, False, found, results.ratios(found)
    )


# What follows from the seconds.


def test_the_summary_is_the_median_and_the_quartiles_of_all_samples() -> None:
    assert results.summary([[1.0, 5.0], [2.0, 4.0], [3.0]]) == (3.0, 2.0, 4.0)
    assert results.summary([[4.0], [1.0], [2.0], [3.0]]) == (2.5, 1.75, 3.25)
    assert results.summary([[1.23456789], [1.23456789]]) == (1.235, 1.235, 1.235)
    assert results.summary([[2.5]]) == (2.5, 2.5, 2.5)


def test_the_interval_is_students_t_on_the_logarithms() -> None:
    """By SciPy, which is what its documentation gives for a mean: `ttest_1samp(logs, 0).confidence_interval(0.99)`."""
    np = pytest.importorskip("numpy")
    stats = pytest.importorskip("scipy.stats")
    rng = random.Random(0)
    for rounds in (2, 3, 5, 12, 21):
        above = [[rng.lognormvariate(0, 0.1) for _ in range(5)] for _ in range(rounds)]
        below = [[rng.lognormvariate(-1, 0.1) for _ in range(5)] for _ in range(rounds)]
        logs = np.log([statistics.median(a) / statistics.median(b) for a, b in zip(above, below, strict=True)])
        by = stats.ttest_1samp(logs, 0).confidence_interval(0.99)
        expected = np.exp([logs.mean(), by.low, by.high])
        assert results.interval(above, below) == pytest.approx(tuple(expected), rel=2e-3)


def test_the_quantiles_are_students() -> None:
    stats = pytest.importorskip("scipy.stats")
    for freedom, stored in enumerate(results._T99, 1):
        assert stored == pytest.approx(stats.t.ppf(0.995, freedom), abs=5.1e-4)
    for freedom in (21, 49):  # there are at most 50 rounds
        assert results._T99[-1] >= stats.t.ppf(0.995, freedom)


@pytest.mark.parametrize(("rounds", "seed"), [(3, 1), (5, 2), (10, 3)])
def test_the_interval_holds_the_true_ratio_99_times_of_100(rounds: int, seed: int) -> None:
    rng, times = random.Random(seed), 4000
    held = 0
    for _ in range(times):
        above = [[1.7 * rng.lognormvariate(0, 0.05)] for _ in range(rounds)]
        below = [[rng.lognormvariate(0, 0.03)] for _ in range(rounds)]
        _, low, high = results.interval(above, below)
        held += low <= 1.7 <= high
    assert held / times == pytest.approx(0.99, abs=0.006)  # almost four standard errors


def test_a_round_with_more_samples_weighs_no_more() -> None:
    assert results.interval([[2.0], [3.0] * 9], [[1.0], [1.0]]) == results.interval([[2.0], [3.0]], [[1.0], [1.0]])


def test_the_inverse_ratio_has_the_inverse_interval() -> None:
    one, other = [[2.0], [2.2], [2.1]], [[1.0], [1.05], [0.9]]
    ratio, low, high = results.interval(one, other)
    assert results.interval(other, one) == pytest.approx((1 / ratio, 1 / high, 1 / low), rel=1e-3)


@pytest.mark.parametrize(("above", "below"), [([[1.0]], [[1.0]]), ([], []), ([[1.0]] * 3, [[1.0]] * 2)])
def test_too_few_or_unequal_rounds_have_no_interval(above: list[list[float]], below: list[list[float]]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - statistics, zip and tandem each say it in their own words
        results.interval(above, below)


def test_there_is_a_ratio_for_every_race() -> None:
    found = results.ratios([make_result(runner) for runner in RUNNERS])
    assert [(r.numerator, r.denominator) for r in found] == list(results.RACES)


def test_every_runner_takes_part_in_a_race() -> None:
    assert {runner for race in results.RACES for runner in race} == set(RUNNERS)


def test_only_the_same_work_is_compared() -> None:
    small, large, training = ({"size": 1}, {"size": 32}, {"size": 1, "work": "train"})
    found = results.ratios(
        [
            make_result("pytorch/eager", 1.0, **small),
            make_result("tensorflow/eager", 2.0, **small),
            make_result("pytorch/eager", 8.0, **large),
            make_result("tensorflow/eager", 1.0, **training),
            make_result("pytorch/torch.compile", 0.5, **small),
        ]
    )
    assert [(r.numerator, r.denominator, r.work, r.batch_size, r.ratio) for r in found] == [
        ("tensorflow/eager", "pytorch/eager", "call", 1, 2.0),
        ("pytorch/torch.compile", "pytorch/eager", "call", 1, 0.5),
    ]


@pytest.mark.parametrize(
    ("low", "high", "faster"),
    [
        (0.5, 0.9, "above"), (1.1, 2.0, "below"), (0.9, 1.1, ""), (1.0, 1.2, ""), (0.8, 1.0, ""),
    ],
)  # fmt: skip
def test_who_is_faster(low: float, high: float, faster: str) -> None:
    assert results.Ratio("above", "below", "call", "float32", None, 1.0, low, high).faster == faster


# What was measured.


@pytest.fixture
def topic(checkout: Any) -> Callable[..., model.Topic]:
    """A topic, by what to replace in its halves and its settings."""

    def make(old: str = "", new: str = "") -> model.Topic:
        half = HALF.replace(old, new)
        checkout.topic("performance/one", TOPIC.replace(old, new), pytorch=half, tensorflow=half)
        found = checkout.load()
        assert not found.mistakes
        return found.topics["performance/one"]

    return make


CHANGES = {
    "a cell before": ("data = [1, 2]", "data = [1, 3]"),
    "the cell of the callable": ("return size\n", "return size + 0\n"),
    "inputs": ("    return (size,)", "    return (size + 0,)"),
    "batch_sizes": ("[1, 32]", "[1, 64]"),
    "no batch_sizes": ("batch_sizes = [1, 32]\n", ""),
    "modes": ('call = "call"\n', 'call = "call"\nmodes = ["eager"]\n'),
    "train": ('call = "call"\n', 'call = "call"\ntrain = "call"\n'),
    "bfloat16": ('call = "call"\n', 'call = "call"\nbfloat16 = "cast"\n'),
}
NO_CHANGES = {
    "a later cell": ("batch(3)", "batch(4)"),
    "the docstring": ("A half.", "One half."),
    "a title": ("# %% Define", "# %% Define both"),
    "the settings beside": ("it is for timing", "it is timed"),
    "the note": ('call = "call"\n', 'call = "call"\nnote = "one copies"\n'),
}


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES)
def test_the_digest_changes_with(old: str, new: str, topic: Callable[..., model.Topic]) -> None:
    before = results.digest(topic())
    assert results.digest(topic(old, new)) != before
    assert results.digest(topic()) == before


@pytest.mark.parametrize(("old", "new"), NO_CHANGES.values(), ids=NO_CHANGES)
def test_the_digest_does_not_change_with(old: str, new: str, topic: Callable[..., model.Topic]) -> None:
    before = topic()
    after = topic(old, new)
    assert before != after
    assert results.digest(before) == results.digest(after)


def test_the_digest_tells_what_a_name_is_for(topic: Callable[..., model.Topic]) -> None:
    given = 'inputs = "batch"\nbatch_sizes = [1, 32]\n'
    uses = ('inputs = "batch"\n', 'train = "batch"\n', 'arguments = ["batch"]\n')
    assert len({results.digest(topic(given, use)) for use in uses}) == 3


def test_the_digest_changes_with_the_protocol(
    topic: Callable[..., model.Topic], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = results.digest(topic())
    monkeypatch.setattr(results, "PROTOCOL", "another")
    assert results.digest(topic()) != before


def test_the_cells_up_to_the_last_function_are_run(topic: Callable[..., model.Topic]) -> None:
    made = topic()
    assert [results.timed_cells(made, snippet) for snippet in made.snippets.values()] == [2, 2]


def test_why_an_entry_is_stale(topic: Callable[..., model.Topic]) -> None:
    made = topic()
    locked = dict.fromkeys(results.packages(made), "1.0")
    assert set(locked) == {"torch", "torchvision", "tensorflow", "keras", "numpy"}
    entry = msgspec.structs.replace(make_entry(), digest=results.digest(made), versions={"python": "3.11.7", **locked})
    assert results.stale(entry, made, locked) == ""
    assert results.stale(entry, made, {**locked, "keras": "1.1"}) == "measured with keras 1.0; today it is 1.1"
    assert results.stale(entry, topic("data = [1, 2]", "data = [3]"), locked) == "the code has changed since"
    untimed = topic(TOPIC[TOPIC.index("[time]") :], "")
    assert results.stale(entry, untimed, locked) == "the topic is not timed any more"


# The file.


def test_a_file_comes_back_as_it_went(checkout: Any) -> None:
    entries = [make_entry(), make_entry(device="cuda"), make_entry("performance/two")]
    path = results.write(checkout.root, MACHINE, entries)
    assert path == checkout.root / "docs/data/timings/amd-epyc.json"
    stored = results.read(path)
    assert (stored.protocol, stored.machine, stored.entries) == (results.PROTOCOL, MACHINE, entries)
    before = path.read_bytes()
    results.write(checkout.root, MACHINE, [])
    assert path.read_bytes() == before


def test_a_result_stands_on_a_line(checkout: Any) -> None:
    path = results.write(checkout.root, MACHINE, [make_entry()])
    lines = [line for line in path.read_text("utf-8").splitlines() if '"median"' in line]
    assert len(lines) == len(RUNNERS)


def test_measuring_a_topic_again_keeps_the_others(checkout: Any) -> None:
    one, two, three = make_entry(), make_entry("performance/two"), make_entry("performance/two", "cuda")
    results.write(checkout.root, MACHINE, [three, two, one])
    again = make_entry("performance/two", runners=RUNNERS[:1])
    path = results.write(checkout.root, MACHINE, [again])
    assert results.read(path).entries == [one, again, three]


def test_machines_have_files_of_their_own(checkout: Any) -> None:
    other = msgspec.structs.replace(MACHINE, name="laptop")
    results.write(checkout.root, MACHINE, [make_entry()])
    results.write(checkout.root, other, [make_entry("performance/two")])
    files, mistakes = results.read_all(checkout.root)
    assert [(f.machine.name, [e.topic for e in f.entries]) for f in files] == [
        ("amd-epyc", ["performance/one"]),
        ("laptop", ["performance/two"]),
    ]
    assert not mistakes


def test_where_nothing_is_measured_there_is_nothing_to_read(checkout: Any) -> None:
    assert results.read_all(checkout.root) == ([], [])


@pytest.mark.parametrize("function", ["replace", "fsync"])
def test_an_interrupted_writing_leaves_the_old_file(
    function: str, checkout: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError("No space left on device")

    path = results.write(checkout.root, MACHINE, [make_entry()])
    before = path.read_bytes()
    monkeypatch.setattr(os, function, fail)
    with pytest.raises(OSError, match="No space left"):
        results.write(checkout.root, MACHINE, [make_entry("performance/two")])
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


# Damage.

Stored = dict[str, Any]


def entry_of(stored: Stored) -> Stored:
    return stored["entries"][0]


def machine_of(stored: Stored) -> Stored:
    return stored["machine"]


def result_of(stored: Stored) -> Stored:
    return stored["entries"][0]["results"][0]


def ratio_of(stored: Stored) -> Stored:
    return stored["entries"][0]["ratios"][0]


def put(where: Callable[[Stored], Stored], name: str, value: Any) -> Callable[[Stored], None]:
    def change(stored: Stored) -> None:
        where(stored)[name] = value

    return change


def twice(stored: Stored) -> None:
    stored["entries"].append(stored["entries"][0])


def drop_a_round(stored: Stored) -> None:
    result_of(stored)["seconds"].pop()


def forget(where: Callable[[Stored], Stored], name: str) -> Callable[[Stored], None]:
    return lambda stored: where(stored).pop(name) and None


AT = "entry 1, performance/one on cpu"
DAMAGES = {
    "an unknown field": (put(entry_of, "speed", 1), "unknown field `speed`", "what tandem time writes"),
    "an unknown field of a result": (put(result_of, "note", ""), "unknown field `note`", "what tandem time writes"),
    "a missing field": (forget(result_of, "seconds"), "missing required field `seconds`", "what tandem time writes"),
    "a word for a number": (put(result_of, "median", "1"), "Expected `float`, got `str`", "what tandem time writes"),
    "a wrong median": (put(result_of, "median", 0.5), f"{AT}, pytorch/eager: median 0.5", "its seconds, 1.05"),
    "a wrong quartile": (put(result_of, "q3", 9.5), f"{AT}, pytorch/eager: median", "its seconds, 1.05"),
    "a negative sample": (put(result_of, "seconds", [[1.0], [-1.0], [1.0]]), "a sample that is no time", "above 0"),
    "a sample of nothing": (put(result_of, "seconds", [[1.0], [0.0], [1.0]]), "a sample that is no time", "above 0"),
    "a sample of ages": (put(result_of, "seconds", [[1.0], [1e300], [1.0]]), "a sample that is no time", "a million"),
    "a round without samples": (put(result_of, "seconds", [[1.0], [], [1.0]]), "rounds of samples", "of 3 rounds"),
    "a round too few": (drop_a_round, f"{AT}, pytorch/eager: 2 rounds of samples", "samples of 3 rounds"),
    "a first call too few": (put(result_of, "first", [1.0]), f"{AT}, pytorch/eager: 3 rounds", "of 3 rounds"),
    "too few rounds": (put(entry_of, "rounds", 2), f"{AT}: 2 rounds", "at least 3"),
    "an unknown mode": (put(result_of, "mode", "jit"), f"{AT}, pytorch/jit: mode 'jit'", "eager, torch.compile, tf."),
    "an unknown framework": (put(result_of, "framework", "jax"), f"{AT}, jax/eager: framework 'jax'", "pytorch, ten"),
    "unknown work": (put(result_of, "work", "play"), f"{AT}, pytorch/eager: work 'play'", "call, train"),
    "a wrong ratio": (put(ratio_of, "ratio", 0.1), f"{AT}: ratios", "that do"),
    "no ratios": (put(entry_of, "ratios", []), f"{AT}: ratios that do not follow", "that do"),
    "a duplicate entry": (twice, "entry 2, performance/one on cpu: it stands there twice", "each topic once"),
    "no date": (put(entry_of, "measured_on", "yesterday"), f"{AT}: measured_on is 'yesterday'", "a date as 2026"),
    "another machine": (put(machine_of, "name", "mine"), "machine.name is 'mine'", "'amd-epyc'"),
    "edited by hand": (put(entry_of, "loaded", True), "it was edited by hand", "what tandem time wrote"),
    "a wrong seal": (put(lambda s: s, "seal", "0" * 16), "it was edited by hand", "what tandem time wrote"),
}  # fmt: skip


def check_told(path: Path, found: str, allowed: str) -> None:
    """The only mistake names the file, what is in it and what is allowed; nothing is written over it."""
    root, before = path.parents[3], path.read_bytes()
    files, (mistake,) = results.read_all(root)
    assert files == []
    assert mistake.where == f"docs/data/timings/{path.name}"
    assert found in mistake.found
    assert allowed in mistake.allowed
    assert "tandem time --all" in mistake.mend
    if path.stem == MACHINE.name:
        with pytest.raises(model.TandemError):
            results.write(root, MACHINE, [make_entry("performance/two")])
    assert path.read_bytes() == before


@pytest.mark.parametrize(("change", "found", "allowed"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_told(change: Callable[[Stored], None], found: str, allowed: str, checkout: Any) -> None:
    path = results.write(checkout.root, MACHINE, [make_entry()])
    stored = json.loads(path.read_text("utf-8"))
    change(stored)
    path.write_text(json.dumps(stored), "utf-8")
    check_told(path, found, allowed)


CONTENTS = {
    "nothing": (b"", "truncated"),
    "half of it": (b'{"protocol": "1", "mach', "truncated"),
    "no JSON": (b"{protocol}", "malformed"),
    "a list": (b"[]", "Expected `object`"),
    "a number that is none": (b'{"protocol": NaN}', "malformed"),
    "no text": (b'{"protocol": "\xff"}', "can't decode byte"),
    "a conflict": (b'<<<<<<< HEAD\n{"protocol": "1"}\n', "malformed"),
}


@pytest.mark.parametrize(("content", "found"), CONTENTS.values(), ids=CONTENTS)
def test_a_file_that_is_no_json_is_told(content: bytes, found: str, checkout: Any) -> None:
    check_told(checkout.write("docs/data/timings/amd-epyc.json", content), found, "what tandem time writes")


@pytest.mark.parametrize("name", ["My Machine", "machine_1", "-x", "ä"])
def test_a_file_of_a_wrong_name_is_told(name: str, checkout: Any) -> None:
    written = results.write(checkout.root, MACHINE, [make_entry()])
    check_told(written.rename(written.with_name(f"{name}.json")), f"the name '{name}.json'", "lower-case letters")


def test_a_file_that_cannot_be_read_is_told(checkout: Any) -> None:
    path = checkout.root / "docs/data/timings/amd-epyc.json"
    path.mkdir(parents=True)
    _, (mistake,) = results.read_all(checkout.root)
    assert mistake.allowed == "a file that can be read"


def test_a_damaged_file_hides_no_other(checkout: Any) -> None:
    results.write(checkout.root, MACHINE, [make_entry()])
    checkout.write("docs/data/timings/broken.json", "{")
    files, mistakes = results.read_all(checkout.root)
    assert [file.machine.name for file in files] == ["amd-epyc"]
    assert [mistake.where for mistake in mistakes] == ["docs/data/timings/broken.json"]
