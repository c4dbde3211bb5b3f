"""`tandem time`: what it refuses, what it measures, what it records; most tests race nobody, the last does."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from snippets_lib import machine, model, race, results

pytestmark = pytest.mark.timeout(300)

TIMED = 'unpaired = "it is for timing"\n\n[time]\ncall = "call"\nmodes = ["eager"]\n'
UNTIMED = 'unpaired = "it is not for timing"\n'
PYTORCH = '"""A half."""\n\n# %% Define\nimport torch\n\ndef call():\n    return torch.ones(3)\n'
TENSORFLOW = '"""A half."""\n\n# %% Define\nimport tensorflow as tf\n\ndef call():\n    return tf.ones(3)\n'
HERE = machine.Machine("here", "A processor", 4, 8, 16, "Linux x86_64")


class Track:
    """Stands for `race.Track`: notes who would race and how; topics of which the name has `bad` in it fail."""

    ran: list[str]
    settings: list[race.Settings]

    def __init__(self, settings: race.Settings, began: Callable[[model.Topic, int], None]) -> None:
        self._settings, self._began = settings, began
        self.settings.append(settings)

    def __enter__(self) -> Track:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def run(self, topic: model.Topic) -> results.Entry:
        self._began(topic, 1)
        self.ran.append(f"{topic.id} {self._settings.device}")
        if "bad" in topic.id:
            raise model.TandemError("snippets/here.py", "the process ended")
        found = tuple(
            results.Result(framework, "eager", "call", "float32", None, (1.0,) * 3, True, 1, seconds, *summary)
            for framework, seconds, summary in (
                ("pytorch", ((1.0,),) * 3, (1.0, 1.0, 1.0)),
                ("tensorflow", ((2.0,),) * 3, (2.0, 2.0, 2.0)),
            )
        )
        measured = (self._settings.device, results.digest(topic), "2026-11-22", race._versions(topic), 3, 2)
        load = (*machine.Load().look(), sum(machine.Load().look()) > machine.BUSY_CORES)
        return results.Entry(topic.id, *measured, *load, found, results.ratios(found))


@pytest.fixture
def timed(checkout: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A checkout with two topics to time and one that is not, on an idle machine of four cores."""
    monkeypatch.setattr(machine, "describe", lambda name="": named(name))
    monkeypatch.setattr(machine, "check_idle", functools.partial(machine.check_idle, 0.0))
    monkeypatch.setattr(machine.Load, "look", lambda self: (0.0, 0.0))
    monkeypatch.setattr(race, "Track", Track)
    Track.ran, Track.settings = [], []
    checkout.topic("performance/one", TIMED, pytorch=PYTORCH, tensorflow=TENSORFLOW)
    checkout.topic("performance/two", TIMED, pytorch=PYTORCH, tensorflow=TENSORFLOW)
    checkout.topic("workflow/three", UNTIMED, pytorch=PYTORCH, tensorflow=TENSORFLOW)
    return checkout


def named(name: str) -> machine.Machine:
    return msgspec.structs.replace(HERE, name=name or HERE.name)


def stored(checkout: Any, name: str = "here") -> list[str]:
    """The topics and devices in a machine's file, which must be sound."""
    path = results.path_of(checkout.root, name)
    return [f"{entry.topic} {entry.device}" for entry in results.read(path).entries] if path.is_file() else []


# Wrong calls.

WRONG = {
    "topics and all": (["performance/one", "--all"], "both topics and --all"),
    "an unknown device": (["--device", "tpu"], "no tpu device here"),
    "a device of other machines": (["--device", "cuda"], "no cuda device here"),
    "a topic without a table": (["workflow/three"], "nothing to time in these topics"),
    "an area without one": (["workflow"], "nothing to time in these topics"),
    "an unknown topic": (["performance/oen"], "no topic 'performance/oen'"),
    "a path for a machine": (["--machine", "../x"], "lower-case letters, digits and hyphens"),
    "too few rounds": (["--rounds", "2"], "Invalid value for '--rounds'"),
    "no threads": (["--threads", "0"], "Invalid value for '--threads'"),
    "an unknown option": (["--fast"], "No such option"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_ends_with_status_2(
    arguments: list[str], message: str, timed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "--machine" in arguments:
        monkeypatch.undo()
        monkeypatch.chdir(timed.root)
    result = timed.tandem("time", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == ""
    assert not Track.ran
    assert not (timed.root / "docs/data").exists()


def test_a_loaded_machine_is_refused_unless_one_says_so(timed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.Load, "look", lambda self: (1.5, 0.25))
    result = timed.tandem("time")
    assert result.exit_code == 2
    assert "1.75 cores of this machine are busy with other work" in result.stderr
    assert "at most 0.20" in result.stderr
    assert "--under-load" in result.stderr
    assert not Track.ran
    result = timed.tandem("time", "--under-load")
    assert result.exit_code == 0
    assert "performance/one on cpu  under load: 1.75 cores" in result.stdout


def test_a_damaged_file_is_refused_before_anything_is_measured(timed: Any) -> None:
    path = timed.write("docs/data/timings/here.json", "{")
    result = timed.tandem("time")
    assert result.exit_code == 2
    assert "docs/data/timings/here.json: " in result.stderr
    assert not Track.ran
    assert path.read_text("utf-8") == "{"


# What is measured.


def test_all_that_is_timed_is_measured_and_recorded(timed: Any) -> None:
    result = timed.tandem("time")
    assert result.exit_code == 0
    assert Track.ran == stored(timed) == ["performance/one cpu", "performance/two cpu"]
    assert "       2  (2 to 2)  tensorflow/eager / pytorch/eager, one call\n" in result.stdout
    assert "2 topics measured on cpu in 0 s, 0 failed: docs/data/timings/here.json" in result.stdout
    assert result.stderr == ""


def test_what_is_measured_already_is_not_measured_again(timed: Any) -> None:
    timed.tandem("time")
    before = results.path_of(timed.root, "here").read_bytes()
    Track.ran.clear()
    result = timed.tandem("time")
    assert (result.exit_code, result.stdout) == (0, "cpu: every topic has current timings on here.\n")
    assert not Track.ran
    assert results.path_of(timed.root, "here").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [(["performance/two"], ["two"]), (["performance"], ["one", "two"]), (["--all"], ["one", "two"])],
)
def test_what_is_asked_for_is_measured_again(arguments: list[str], ran: list[str], timed: Any) -> None:
    timed.tandem("time")
    Track.ran.clear()
    assert timed.tandem("time", *arguments).exit_code == 0
    assert Track.ran == [f"performance/{name} cpu" for name in ran]
    assert stored(timed) == ["performance/one cpu", "performance/two cpu"]


def test_what_has_changed_is_measured_again(timed: Any) -> None:
    timed.tandem("time")
    Track.ran.clear()
    timed.topic("performance/two", TIMED, pytorch=PYTORCH.replace("ones(3)", "ones(4)"), tensorflow=TENSORFLOW)
    assert timed.tandem("time").exit_code == 0
    assert Track.ran == ["performance/two cpu"]
    pins = (timed.root / "constraints.txt").read_text("utf-8")
    timed.write("constraints.txt", pins.replace("keras==", "keras==9"))
    Track.ran.clear()
    timed.tandem("time")
    assert Track.ran == ["performance/one cpu", "performance/two cpu"]


def test_every_device_there_is_is_measured(timed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpu = msgspec.structs.replace(HERE, devices=(machine.Device("cuda", "H200"),))
    monkeypatch.setattr(machine, "describe", lambda name="": with_gpu)
    timed.tandem("time", "performance/one")
    timed.tandem("time", "performance/two", "--device", "cuda")
    assert Track.ran == ["performance/one cpu", "performance/one cuda", "performance/two cuda"]
    assert stored(timed) == Track.ran


def test_the_options_reach_the_race(timed: Any) -> None:
    timed.tandem("time")
    assert Track.settings == [race.Settings("cpu", 5, 3, False)]
    options = ["--rounds", "7", "--threads", "8", "--cold", "--under-load", "--machine", "my-box"]
    assert timed.tandem("time", *options).exit_code == 0
    assert Track.settings[1:] == [race.Settings("cpu", 7, 8, True)]
    assert stored(timed, "my-box") == stored(timed, "here")


def test_a_topic_that_fails_harms_no_other(timed: Any) -> None:
    timed.topic("performance/bad", TIMED, pytorch=PYTORCH, tensorflow=TENSORFLOW)
    result = timed.tandem("time")
    assert result.exit_code == 1
    assert "snippets/here.py: the process ended" in result.stderr
    assert stored(timed) == ["performance/one cpu", "performance/two cpu"]
    assert "2 topics measured on cpu in 0 s, 1 failed" in result.stdout


def test_a_broken_topic_is_told_and_harms_no_other(timed: Any) -> None:
    timed.topic("performance/broken", TIMED.replace('"call"', '"cal"'), pytorch=PYTORCH, tensorflow=TENSORFLOW)
    result = timed.tandem("time")
    assert result.exit_code == 1
    assert "[time] names 'cal', which no cell defines" in result.stderr
    assert stored(timed) == ["performance/one cpu", "performance/two cpu"]
    result = timed.tandem("time", "performance/broken")
    assert result.exit_code == 1
    assert "[time] names 'cal'" in result.stderr
    assert timed.tandem("time", "performance/one").exit_code == 0


# tandem check.


def test_check_tells_of_damaged_timings(timed: Any) -> None:
    timed.tandem("time")
    before = timed.tandem("check").stderr
    assert "docs/data/timings" not in before
    path = results.path_of(timed.root, "here")
    text = path.read_text("utf-8").replace('"median": 2.0', '"median": 1.0')
    path.write_text(text, "utf-8")
    timed.write("docs/data/timings/other.json", "{}")
    result = timed.tandem("check")
    assert result.exit_code == 1
    assert "here.json: entry 1, performance/one on cpu, tensorflow/eager: median 1.0" in result.stderr
    assert "allowed: the median of its seconds, 2.0" in result.stderr
    assert "docs/data/timings/other.json: " in result.stderr
    for told in ("here.json", "other.json"):
        assert result.stderr.count(f"timings/{told}: ") == 1


# As readers of the command run it.


def test_a_topic_is_measured_by_real_workers(checkout: Any) -> None:
    checkout.topic("performance/one", TIMED, pytorch=PYTORCH, tensorflow=TENSORFLOW)
    arguments = ["--under-load", "--rounds", "3", "--device", "cpu", "--machine", "mine"]
    result = checkout.tandem("time", *arguments)
    assert result.exit_code == 0, result.stderr
    path = checkout.root / "docs/data/timings/mine.json"
    (entry,) = results.read(path).entries
    assert (entry.topic, entry.device, entry.rounds) == ("performance/one", "cpu", 3)
    assert [found.runner for found in entry.results] == ["pytorch/eager", "tensorflow/eager"]
    assert "tensorflow/eager / pytorch/eager, one call" in result.stdout
    assert "1 topics measured on cpu" in result.stdout
    before = path.read_bytes()
    result = checkout.tandem("time", *arguments)
    assert (result.exit_code, result.stdout) == (0, "cpu: every topic has current timings on mine.\n")
    assert path.read_bytes() == before
    told = json.loads(before)["machine"]
    assert str(Path.home()) not in json.dumps(told)


def test_a_loaded_machine_with_nothing_to_do_is_no_mistake(timed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert timed.tandem("time").exit_code == 0
    monkeypatch.setattr(machine.Load, "look", lambda self: (1.5, 0.25))
    result = timed.tandem("time")
    assert result.exit_code == 0
    assert "every topic has current timings" in result.stdout
