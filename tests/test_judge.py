"""Runs held against each other and against the record: what does not hold has a kind, a place and a cure."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snippets_lib import judge, model, record

FIRST = '''"""A half."""

# %% Load
data = load()

# %% Train
for step in steps:
    loss = train(data)
print(loss, end="")
'''
SECOND = FIRST.replace('print(loss, end="")', "")
SETTINGS = "[agree]\nloss = 1e-3\n\n[differ]\nspread = 0.5\n"
FIGURE = model.Figure("Loss", '<svg><path d="M 10 20"/></svg>')
MOVED = replace(FIGURE, svg='<svg><path d="M 10 90"/></svg>')
VERSIONS = {"python": "3.11.7", "numpy": "2.4.6"}
TODAY = datetime.date(2026, 11, 22)


@pytest.fixture
def topic(checkout: Any) -> model.Topic:
    source = FIRST + "spread = measure()\n"
    checkout.topic("workflow/one", SETTINGS, pytorch=source, tensorflow=SECOND + "spread = measure()\n")
    return checkout.load().topics["workflow/one"]


def make_runs(
    topic: model.Topic,
    text: str = "loss 0.2500\n",
    figures: tuple[model.Figure, ...] = (FIGURE,),
    second_loss: Any = 1.0,
    second_spread: Any = 2.0,
    versions: dict[str, str] = VERSIONS,
) -> dict[str, model.Run]:
    """Runs that hold, but for what the arguments change in the second."""
    values = {"pytorch": (1.0, 1.0), "tensorflow": (second_loss, second_spread)}
    runs = {}
    for key, snippet in topic.snippets.items():
        said, drawn = (text, figures) if key == "tensorflow" else ("loss 0.2500\n", (FIGURE,))
        cells = tuple(model.CellRun(cell.title, said, drawn if n else (), 0.1) for n, cell in enumerate(snippet.cells))
        loss, spread = map(np.asarray, values[key])
        runs[key] = model.Run(key, cells, {"loss": loss, "spread": spread}, 0.2, 100.0, dict(versions))
    return runs


def judged(topic: model.Topic, root: Path, **changes: Any) -> judge.Verdict:
    return judge.judge(root, topic, make_runs(topic, **changes), TODAY)


@pytest.fixture
def recorded(topic: model.Topic, checkout: Any) -> model.Topic:
    """The topic, with a record."""
    judge.update(checkout.root, judged(topic, checkout.root))
    return topic


def only(verdict: judge.Verdict) -> model.Failure:
    (failure,) = verdict.failures
    assert not verdict.holds
    assert failure.message
    assert failure.mend
    return failure


def test_what_was_recorded_holds(recorded: model.Topic, checkout: Any) -> None:
    verdict = judged(recorded, checkout.root)
    assert verdict.holds
    assert verdict.fresh == record.read(recorded)
    assert [(gap.name, gap.kind, gap.measured) for gap in verdict.gaps] == [
        ("loss", "agree", 0.0),
        ("spread", "differ", 0.5),
    ]
    assert judge.is_current(checkout.root, recorded) is None


def test_a_run_that_failed_is_not_compared(recorded: model.Topic, checkout: Any) -> None:
    runs = make_runs(recorded)
    failure = model.Failure("raised", "in_pytorch.py:3", "Load", "ValueError")
    verdict = judge.judge(checkout.root, recorded, {**runs, "pytorch": replace(runs["pytorch"], failure=failure)})
    assert verdict.failures == (failure,)
    assert verdict.gaps == ()
    assert verdict.fresh is None


DISAGREE = {
    "too far": (1.1, "gap 0.0909; PyTorch 1.; TensorFlow 1.1"),
    "another shape": ([1.0], "shapes () and (1,); PyTorch 1.; TensorFlow [1.]"),
    "a NaN": (np.nan, "not a finite number; PyTorch 1.; TensorFlow nan"),
    "an infinity": (np.inf, "not a finite number; PyTorch 1.; TensorFlow inf"),
    "nothing": (np.zeros(0), "shapes () and (0,)"),
    "a word": ("one", "text and numbers"),
    "many": (np.arange(9.0), "TensorFlow (9,) beginning [0. 1. 2.]"),
}


@pytest.mark.parametrize(("loss", "message"), DISAGREE.values(), ids=DISAGREE)
def test_values_that_do_not_agree(loss: Any, message: str, recorded: model.Topic, checkout: Any) -> None:
    verdict = judged(recorded, checkout.root, second_loss=loss)
    failure = only(verdict)
    assert (failure.kind, failure.cell) == ("agree", "Train")
    assert failure.where == "snippets/workflow/one/in_tensorflow.py:8"  # where it was bound, not where it was printed
    assert "loss disagrees (other half: snippets/workflow/one/in_pytorch.py:8)" in failure.message
    assert message in failure.message
    assert failure.expected == "gap at most 0.001"
    assert verdict.fresh is None


@pytest.mark.parametrize("spread", [1.0, 1.4, np.nan, [2.0]])
def test_values_that_no_longer_differ(spread: Any, recorded: model.Topic, checkout: Any) -> None:
    failure = only(judged(recorded, checkout.root, second_spread=spread))
    assert (failure.kind, failure.where) == ("differ", "snippets/workflow/one/in_tensorflow.py:10")
    assert "spread no longer differs" in failure.message
    assert failure.expected == "gap at least 0.5"


def test_two_values_with_nothing_in_them_do_not_agree(recorded: model.Topic, checkout: Any) -> None:
    runs = make_runs(recorded)
    empty = {key: replace(run, values={**run.values, "loss": np.zeros(0)}) for key, run in runs.items()}
    failure = only(judge.judge(checkout.root, recorded, empty))
    assert (failure.kind, "nothing in it" in failure.message) == ("agree", True)


def test_the_line_of_a_value(checkout: Any) -> None:
    cpp = (
        '// A half.\n\n// %% Load\n#include <iostream>\n\n// %% Train\nint main() {\n    std::cout << "loss = 1";\n}\n'
    )
    checkout.topic("workflow/two", "[agree]\nloss = 0\n", python=SECOND, cpp=cpp)
    topic = checkout.load().topics["workflow/two"]
    runs = {
        key: model.Run(key, (), {"loss": np.asarray(value)}, 0.0, 0.0, {})
        for key, value in (("python", 1.0), ("cpp", 2.0))
    }
    failure = only(judge.judge(checkout.root, topic, runs))
    assert failure.where == "snippets/workflow/two/in_cpp.cpp:8"
    assert "snippets/workflow/two/in_python.py:8" in failure.message


# Against the record.


def test_without_a_record(topic: model.Topic, checkout: Any) -> None:
    verdict = judged(topic, checkout.root)
    failure = only(verdict)
    assert (failure.kind, failure.where) == ("missing", "snippets/workflow/one/recorded/record.json")
    assert failure.mend == "tandem run workflow/one --update"
    assert verdict.fresh is not None
    current = judge.is_current(checkout.root, topic)
    assert current == failure


@pytest.mark.parametrize("text", ["loss 0.2500\n", "loss 0.2501\n", "loss  0.2502\n"])
def test_prints_within_the_tolerance_hold(text: str, recorded: model.Topic, checkout: Any) -> None:
    assert judged(recorded, checkout.root, text=text).holds


PRINTS = {
    "a word": ("gain 0.2500\n", 1),
    "a number beyond the tolerance": ("loss 0.2600\n", 1),
    "a whole number": ("loss 0\n", 1),
    "a line more": ("loss 0.2500\n1\n", 2),
    "nothing": ("", 1),
}


@pytest.mark.parametrize(("text", "line"), PRINTS.values(), ids=PRINTS)
def test_prints_that_changed(text: str, line: int, recorded: model.Topic, checkout: Any) -> None:
    verdict = judged(recorded, checkout.root, text=text)
    assert [(failure.kind, failure.cell) for failure in verdict.failures] == [("print", "Load"), ("print", "Train")]
    failure = verdict.failures[0]
    assert failure.where == "snippets/workflow/one/in_tensorflow.py:4"
    assert failure.message.startswith(f"prints, in line {line}: ")
    assert failure.expected.startswith("as recorded: ")
    assert failure.mend == "mend the snippet, or tandem run workflow/one --update"


FIGURES = {
    "none": ((), "draws 0 figures", "1, as recorded"),
    "one more": ((FIGURE, FIGURE), "draws 2 figures", "1, as recorded"),
    "another line": ((MOVED,), "draws another figure: Loss", "the recorded one: Loss"),
    "another title": ((replace(FIGURE, alt="Gain"),), "draws another figure: Gain", "the recorded one: Loss"),
}  # fmt: skip


@pytest.mark.parametrize(("figures", "message", "expected"), FIGURES.values(), ids=FIGURES)
def test_figures_that_changed(
    figures: tuple[model.Figure, ...], message: str, expected: str, recorded: model.Topic, checkout: Any
) -> None:
    failure = only(judged(recorded, checkout.root, figures=figures))
    assert (failure.kind, failure.message, failure.expected) == ("figure", message, expected)
    assert failure.where == "snippets/workflow/one/in_tensorflow.py:7"


def test_a_figure_that_moved_a_little_holds(recorded: model.Topic, checkout: Any) -> None:
    assert judged(recorded, checkout.root, figures=(replace(FIGURE, svg='<svg><path d="M 10.5 19.5"/></svg>'),)).holds


STALE = {
    "a cell": ("in_pytorch.py", ("train(data)", "train(data, 2)"), "in_pytorch.py:7", "in_pytorch.py: Train"),
    "a bound": ("topic.toml", ("1e-3", "1e-2"), "topic.toml:1", "topic.toml"),
    "the docstring": ("in_pytorch.py", ("A half", "A part"), "recorded/record.json", "the text outside the cells"),
}


@pytest.mark.parametrize(("name", "edit", "where", "what"), STALE.values(), ids=STALE)
def test_a_record_that_is_stale(
    name: str, edit: tuple[str, str], where: str, what: str, recorded: model.Topic, checkout: Any
) -> None:
    path = recorded.folder / name
    path.write_text(path.read_text("utf-8").replace(*edit), "utf-8")
    edited = checkout.load().topics["workflow/one"]
    failure = judge.is_current(checkout.root, edited)
    assert failure is not None
    assert (failure.kind, failure.where) == ("stale", f"snippets/workflow/one/{where}")
    assert failure.message.startswith(f"changed since it was recorded on 2026-11-22: {what}")
    assert only(judged(edited, checkout.root)) == failure


def test_a_record_is_stale_by_a_locked_version(recorded: model.Topic, checkout: Any) -> None:
    pins = (checkout.root / "constraints.txt").read_text("utf-8")
    checkout.write("constraints.txt", pins.replace("\nkeras==", "\nkeras==99."))
    failure = judge.is_current(checkout.root, recorded)
    assert failure is not None
    assert failure.kind == "stale"
    assert "the locked versions" in failure.message
    checkout.write("constraints.txt", pins.replace("\nrequests==", "\nrequests==99."))
    assert judge.is_current(checkout.root, recorded) is None


def test_a_package_that_is_not_locked(recorded: model.Topic, checkout: Any) -> None:
    pins = (checkout.root / "constraints.txt").read_text("utf-8")
    checkout.write("constraints.txt", pins.replace("\nkeras==", "\nno-keras=="))
    failure = judge.is_current(checkout.root, recorded)
    assert failure is not None
    assert (failure.kind, failure.message) == ("broken", "needs 'keras'")


def test_a_record_that_is_broken(recorded: model.Topic, checkout: Any) -> None:
    (recorded.folder / "recorded/in_pytorch.txt").unlink()
    failure = judge.is_current(checkout.root, recorded)
    assert failure is not None
    assert (failure.kind, failure.where) == ("broken", "snippets/workflow/one/recorded/record.json")
    assert only(judged(recorded, checkout.root)) == failure


def test_other_versions_than_recorded(recorded: model.Topic, checkout: Any) -> None:
    failure = only(judged(recorded, checkout.root, versions={"python": "3.13.0", "numpy": "9.9.9"}))
    assert (failure.kind, failure.message) == ("versions", "numpy 9.9.9 where 2.4.6 was recorded")


# Recording.


def test_another_release_of_python_may_print_other_text_where_the_topic_says_why(
    recorded: model.Topic, checkout: Any
) -> None:
    other = VERSIONS | {"python": "3.13.0"}
    allowed = replace(recorded, allow_release="it reads Python's own documentation")
    assert judged(allowed, checkout.root, text="loss 0.7500\n", versions=other).holds
    assert not judged(allowed, checkout.root, text="loss 0.7500\n").holds, "under the recorded release it may not"
    assert not judged(recorded, checkout.root, text="loss 0.7500\n", versions=other).holds
    apart = judged(allowed, checkout.root, second_loss=2.0, versions=other)
    assert [failure.kind for failure in apart.failures] == ["agree"], "its halves must agree all the same"


def test_update_records_and_says_what_changed(topic: model.Topic, checkout: Any) -> None:
    told = judge.update(checkout.root, judged(topic, checkout.root))
    assert told == ["snippets/workflow/one/recorded/record.json : no record (a record of this run)"]
    told = judge.update(checkout.root, judged(topic, checkout.root, text="loss 0.3000\n"))
    assert [line.partition(": ")[0] for line in told] == [
        "snippets/workflow/one/in_tensorflow.py:4 Load",
        "snippets/workflow/one/in_tensorflow.py:7 Train",
    ]
    kept = record.read(topic)
    assert kept is not None
    assert kept.runs["tensorflow"].cells[0].text == "loss 0.3000\n"
    assert kept.recorded_on == "2026-11-22"


def test_update_leaves_alone_what_holds(recorded: model.Topic, checkout: Any) -> None:
    before = checkout.recorded("workflow/one")
    assert judge.update(checkout.root, judged(recorded, checkout.root, text="loss 0.2501\n")) == []
    assert checkout.recorded("workflow/one") == before


def test_update_mends_a_broken_record(recorded: model.Topic, checkout: Any) -> None:
    (recorded.folder / "recorded/record.json").write_text("{", "utf-8")
    assert judge.update(checkout.root, judged(recorded, checkout.root))
    assert judge.is_current(checkout.root, recorded) is None


def test_update_refuses_other_versions_than_the_locked(recorded: model.Topic, checkout: Any) -> None:
    before = checkout.recorded("workflow/one")
    verdict = judged(recorded, checkout.root, text="loss 9.9\n", versions={"numpy": "9.9.9"})
    with pytest.raises(model.TandemError, match=r"constraints.txt: numpy 9.9.9 is installed\n  allowed: numpy 2.4.6"):
        judge.update(checkout.root, verdict)
    assert checkout.recorded("workflow/one") == before


def test_update_refuses_what_did_not_hold(recorded: model.Topic, checkout: Any) -> None:
    before = checkout.recorded("workflow/one")
    with pytest.raises(ValueError, match="cannot be recorded"):
        judge.update(checkout.root, judged(recorded, checkout.root, second_loss=2.0))
    assert checkout.recorded("workflow/one") == before
