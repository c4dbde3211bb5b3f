"""Records: written whole or not at all; read back as they were; an edit by hand, a half and a mix are told."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from snippets_lib import model, record

HALF = '"""A half."""\n\n# %% Load\ndata = load()\n\n# %% Train\nloss = train(data)\n'
SETTINGS = 'needs = ["scikit-learn"]\n\n[agree]\nloss = 1e-6\n'
NOTEBOOK = (
    "# %% [markdown]\n# # By hand\n#\n# Nothing but arrays.\n\n# %%\nprint(1)\n\n# %% [markdown]\n# More.\n\n# %%\n2\n"
)
FIGURE = model.Figure('Loss: "a" < b', '<svg viewBox="0 0 1 1">\n<!-- Größe -->\n</svg>\n')
NASTY = [
    "",
    "\n",
    "one\n",
    "one\n\n\n",
    "# %% Train\n# %% \n",
    "\\# %% Train\n\\\\# %% x\n",
    "```\n~~~\n--8<-- \"x\"\n::pair a/b\n",
    "</code><script>alert(1)</script>\n",
    "Größe 😀 \u2028\n",
    "  indented\n\ttab\n",
]  # fmt: skip


@pytest.fixture
def topic(checkout: Any) -> model.Topic:
    checkout.topic("workflow/one", SETTINGS, pytorch=HALF, tensorflow=HALF)
    return checkout.load().topics["workflow/one"]


@pytest.fixture
def notebook(checkout: Any) -> model.Topic:
    checkout.write("docs/notebooks/by_hand.py", NOTEBOOK)
    return checkout.load().topics["notebooks/by_hand"]


@pytest.fixture
def story(checkout: Any) -> model.Topic:
    told = NOTEBOOK.replace("# %%\n2", "# %% Train\nloss = train()")
    checkout.story("told", SETTINGS, pytorch=told, tensorflow=told)
    return checkout.load().topics["notebooks/told"]


def make_record(
    topic: model.Topic, text: str = "said\n", figures: tuple[model.Figure, ...] = (FIGURE,)
) -> model.Record:
    """A record in which the first cell of each half prints `text` and draws, and the last prints it too."""
    runs = {}
    for key, snippet in topic.snippets.items():
        cells = [
            model.CellRun(cell.title, text, figures if n == 0 else (), 0.25) for n, cell in enumerate(snippet.cells)
        ]
        runs[key] = model.RecordedRun(tuple(cells), 0.5, 101.5)
    gaps = () if topic.unpaired else (model.Gap("loss", "agree", 1.25e-7, 1e-6),)
    versions = {"python": "3.11.7", "numpy": "2.4.6"}
    return model.Record("0123456789abcdef", record.parts(topic), "2026-11-22", versions, runs, gaps)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("text", NASTY)
def test_a_record_comes_back_as_it_went(text: str, topic: model.Topic) -> None:
    written = make_record(topic, text)
    assert record.read(topic) is None
    record.write(topic, written)
    assert record.read(topic) == written
    assert set(bytes_of(topic.folder / "recorded")) == {
        "in_pytorch.txt", "in_tensorflow.txt", "in_pytorch-1a.svg", "in_tensorflow-1a.svg", "record.json",
    }  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_a_notebook_comes_back_as_it_went(text: str, notebook: model.Topic) -> None:
    written = make_record(notebook, text)
    assert record.read(notebook) is None
    record.write(notebook, written)
    assert record.read(notebook) == written
    path = notebook.folder / "by_hand.ipynb"
    assert [file.name for file in notebook.folder.iterdir() if file != path] == ["by_hand.py"]
    stored = nbformat.read(path, as_version=4)
    nbformat.validate(stored)
    assert [cell.cell_type for cell in stored.cells] == ["markdown", "code", "markdown", "code"]
    assert stored.cells[0].source == "# By hand\n\nNothing but arrays."


@pytest.mark.parametrize("text", NASTY)
def test_a_story_comes_back_as_it_went(text: str, story: model.Topic) -> None:
    written = make_record(story, text)
    assert record.read(story) is None
    record.write(story, written)
    assert record.read(story) == written
    assert written.gaps
    notebooks = {"in_pytorch.ipynb", "in_tensorflow.ipynb"}
    assert set(bytes_of(story.folder)) == {"in_pytorch.py", "in_tensorflow.py", "topic.toml"} | notebooks


def test_notebooks_of_one_story_that_were_recorded_apart_are_told(story: model.Topic) -> None:
    record.write(story, make_record(story))
    old = (story.folder / "in_tensorflow.ipynb").read_bytes()
    record.write(story, replace(make_record(story), gaps=(model.Gap("loss", "agree", 2.5e-7, 1e-6),)))
    (story.folder / "in_tensorflow.ipynb").write_bytes(old)
    with pytest.raises(model.TandemError, match="its notebooks were recorded apart") as raised:
        record.read(story)
    assert raised.value.where == "docs/notebooks/told/in_pytorch.ipynb"
    assert raised.value.mend == "tandem run notebooks/told --update"


def test_a_story_with_one_notebook_missing_is_not_recorded(story: model.Topic) -> None:
    record.write(story, make_record(story))
    (story.folder / "in_tensorflow.ipynb").unlink()
    assert record.read(story) is None


def test_a_transcript_is_for_people(topic: model.Topic) -> None:
    record.write(topic, make_record(topic, "loss 0.5\n"))
    assert (topic.folder / "recorded/in_pytorch.txt").read_text("utf-8") == (
        "# %% Load\nloss 0.5\n\n# %% Train\nloss 0.5\n"
    )


def test_writing_again_takes_away_what_is_gone(topic: model.Topic) -> None:
    record.write(topic, make_record(topic))
    (topic.folder / "recorded/.tandem-old.part").touch()
    (topic.folder / "recorded/.ipynb_checkpoints").mkdir()
    written = make_record(topic, figures=())
    record.write(topic, written)
    assert set(bytes_of(topic.folder / "recorded")) == {"in_pytorch.txt", "in_tensorflow.txt", "record.json"}
    assert record.read(topic) == written


def test_the_same_record_is_the_same_bytes(topic: model.Topic, notebook: model.Topic) -> None:
    for recorded, folder in ((topic, topic.folder / "recorded"), (notebook, notebook.folder)):
        record.write(recorded, make_record(recorded))
        before = bytes_of(folder)
        record.write(recorded, make_record(recorded))
        assert bytes_of(folder) == before


EDITS: dict[str, tuple[str, Callable[[str], str]]] = {
    "a transcript": ("in_pytorch.txt", lambda text: text.replace("said", "meant")),
    "a transcript's end": ("in_tensorflow.txt", lambda text: text + "\n"),
    "a figure": ("in_pytorch-1a.svg", lambda text: text.replace("0 0 1 1", "0 0 2 2")),
    "a gap": ("record.json", lambda text: text.replace("1.25e-7", "1.25e-9")),
    "the date": ("record.json", lambda text: text.replace("2026-11-22", "2027-11-22")),
    "the digest": ("record.json", lambda text: text.replace("0123456789abcdef", "fedcba9876543210")),
    "a version": ("record.json", lambda text: text.replace("2.4.6", "2.4.7")),
    "the seal": ("record.json", lambda text: re.sub(r'"seal": "....', '"seal": "0000', text)),
    "no seal": ("record.json", lambda text: re.sub(r',\s*"seal": "[^"]*"', "", text)),
    "half a record": ("record.json", lambda text: text[: len(text) // 2]),
    "an empty record": ("record.json", lambda text: ""),
    "another record": ("record.json", lambda text: "[]"),
    "a field less": ("record.json", lambda text: re.sub(r'"recorded_on": "[^"]*",\s*', "", text)),
    "a file less": ("in_pytorch.txt", lambda text: None),  # type: ignore[dict-item, return-value]
    "a figure less": ("in_pytorch-1a.svg", lambda text: None),  # type: ignore[dict-item, return-value]
}


@pytest.mark.parametrize(("name", "edit"), EDITS.values(), ids=EDITS)
def test_an_edit_by_hand_is_told(name: str, edit: Callable[[str], str], topic: model.Topic) -> None:
    record.write(topic, make_record(topic))
    path = topic.folder / "recorded" / name
    edited = edit(path.read_text("utf-8"))
    if edited is None:
        path.unlink()
    else:
        assert edited != path.read_text("utf-8")
        path.write_text(edited, "utf-8")
    with pytest.raises(model.TandemError) as raised:
        record.read(topic)
    assert raised.value.where == "snippets/workflow/one/recorded/record.json"
    assert raised.value.found.startswith("not a record: ")
    assert raised.value.mend == "tandem run workflow/one --update"


def test_a_transcript_that_is_not_utf_8_is_told(topic: model.Topic) -> None:
    record.write(topic, make_record(topic))
    (topic.folder / "recorded/in_pytorch.txt").write_bytes(b"\xff\n")
    with pytest.raises(model.TandemError, match="not a record"):
        record.read(topic)


NOTEBOOK_EDITS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "an output": lambda stored: stored["cells"][1]["outputs"][0].update(text=["meant\n"]),
    "a figure": lambda stored: stored["cells"][1]["outputs"][1]["data"].update({"image/svg+xml": ["<svg/>"]}),
    "the code": lambda stored: stored["cells"][1].update(source=["print(2)"]),
    "the prose": lambda stored: stored["cells"][2].update(source=["Less."]),
    "the digest": lambda stored: stored["metadata"]["tandem"].update(digest="fedcba9876543210"),
    "the versions": lambda stored: stored["metadata"]["tandem"]["versions"].update(numpy="1.0"),
    "a cell less": lambda stored: stored["cells"].pop(),
    "no seal": lambda stored: stored["metadata"]["tandem"].pop("seal"),
    "no metadata": lambda stored: stored.pop("metadata"),
    "other metadata": lambda stored: stored.update(metadata=[]),
    "no cells": lambda stored: stored.update(cells=None),
}


@pytest.mark.parametrize("edit", NOTEBOOK_EDITS.values(), ids=NOTEBOOK_EDITS)
def test_a_notebook_edited_by_hand_is_told(edit: Callable[[dict[str, Any]], Any], notebook: model.Topic) -> None:
    record.write(notebook, make_record(notebook))
    path = notebook.folder / "by_hand.ipynb"
    stored = json.loads(path.read_text("utf-8"))
    edit(stored)
    path.write_text(json.dumps(stored), "utf-8")
    with pytest.raises(model.TandemError) as raised:
        record.read(notebook)
    assert raised.value.where == "docs/notebooks/by_hand.ipynb"
    assert raised.value.mend == "tandem run notebooks/by_hand --update"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_notebook_that_is_none_is_told(content: bytes, notebook: model.Topic) -> None:
    (notebook.folder / "by_hand.ipynb").write_bytes(content)
    with pytest.raises(model.TandemError, match="not a record"):
        record.read(notebook)


# Interruptions. A record is five files here, so the sixth call does not come.


def fail_at(number: int, function: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the n-th call of a function of `os` raise; the calls are counted."""
    real, calls = getattr(os, function), []

    def failing(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == number:
            raise error
        return real(*arguments)

    monkeypatch.setattr(record.os, function, failing)
    return calls


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize(("function", "error"), [("replace", KeyboardInterrupt()), ("fsync", FULL), ("chmod", FULL)])
def test_an_interrupted_writing_leaves_the_record_from_before(
    function: str, error: BaseException, number: int, topic: model.Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = topic.folder / "recorded"
    record.write(topic, make_record(topic))
    before, written = bytes_of(folder), make_record(topic, "other\n", (replace(FIGURE, alt="Other", svg="<svg/>\n"),))
    calls = fail_at(number, function, error, monkeypatch)
    if number == 6:
        record.write(topic, written)
        assert len(calls) == 5
        assert record.read(topic) == written
        return
    with pytest.raises(type(error)):
        record.write(topic, written)
    assert bytes_of(folder) == before
    assert record.read(topic) == make_record(topic)


@pytest.mark.parametrize("number", range(1, 6))
def test_an_interrupted_first_writing_leaves_nothing(
    number: int, topic: model.Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at(number, "replace", FULL, monkeypatch)
    with pytest.raises(OSError, match="No space left"):
        record.write(topic, make_record(topic))
    assert not bytes_of(topic.folder / "recorded")
    assert record.read(topic) is None


def test_an_interrupted_notebook_is_the_one_from_before(notebook: model.Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    record.write(notebook, make_record(notebook))
    before = bytes_of(notebook.folder)
    fail_at(1, "replace", FULL, monkeypatch)
    with pytest.raises(OSError, match="No space left"):
        record.write(notebook, make_record(notebook, "other\n"))
    assert bytes_of(notebook.folder) == before


@pytest.mark.parametrize("done", range(1, 5))
def test_a_mix_of_two_records_is_told(done: int, topic: model.Topic) -> None:
    """As a power cut leaves it: some files are new, some are old."""
    folder = topic.folder / "recorded"
    record.write(topic, make_record(topic))
    before = bytes_of(folder)
    record.write(topic, make_record(topic, "other\n", (replace(FIGURE, svg="<svg/>\n"),)))
    names = sorted(before, key=lambda name: (name == "record.json", name))
    for name in names[done:]:
        (folder / name).write_bytes(before[name])
    with pytest.raises(model.TandemError, match="not a record"):
        record.read(topic)


# What makes a record stale.


def change(topic: model.Topic, **fields: Any) -> model.Topic:
    return replace(topic, **fields)


def with_source(topic: model.Topic, old: str, new: str) -> model.Topic:
    """The topic after an edit of its second half."""
    snippet = topic.snippets["tensorflow"]
    cells = tuple(replace(cell, source=cell.source.replace(old, new)) for cell in snippet.cells)
    edited = replace(snippet, source=snippet.source.replace(old, new), cells=cells)
    return replace(topic, snippets={**topic.snippets, "tensorflow": edited})


LOCKED = {
    "torch": "2.14.1",
    "torchvision": "0.29.1",
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.4.6",
    "scikit-learn": "1.9.1",
}
ELSE = "the text outside the cells, the locked versions or the runner"

STALE: dict[str, tuple[Callable[[model.Topic], model.Topic], list[str]]] = {
    "a cell": (lambda t: with_source(t, "train(data)", "train(data, 2)"), ["in_tensorflow.py: Train"]),
    "a comment in a cell": (lambda t: with_source(t, "train(data)", "train(data)  # 2"), ["in_tensorflow.py: Train"]),
    "the docstring": (lambda t: with_source(t, "A half.", "A moiety."), [ELSE]),
    "a bound": (lambda t: change(t, agree={"loss": 1e-5}), ["topic.toml"]),
    "another name": (lambda t: change(t, agree={"loss": 1e-6, "accuracy": 0.0}), ["topic.toml"]),
    "a difference": (lambda t: change(t, differ={"other": 1.0}), ["topic.toml"]),
    "the print tolerance": (lambda t: change(t, print_tolerance=0.5), ["topic.toml"]),
    "what may be on stderr": (lambda t: change(t, allow_stderr="so"), ["topic.toml"]),
    "what it needs": (lambda t: change(t, needs=()), ["topic.toml"]),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "changed"), STALE.values(), ids=STALE)
def test_what_decides_the_outcome_changes_the_digest(
    edit: Callable[[model.Topic], model.Topic], changed: list[str], topic: model.Topic
) -> None:
    edited = edit(topic)
    assert record.digest(edited, LOCKED) != record.digest(topic, LOCKED)
    assert record.changes(edited, make_record(topic)) == changed


def test_wording_and_limits_do_not(topic: model.Topic) -> None:
    timed = model.Timed("step")
    for fields in ({"title": "Other"}, {"summary": "Other"}, {"seconds": 1.0}, {"megabytes": 1}, {"time": timed}):
        assert record.digest(change(topic, **fields), LOCKED) == record.digest(topic, LOCKED)


@pytest.mark.parametrize("package", LOCKED)
def test_a_locked_version_changes_the_digest(package: str, topic: model.Topic) -> None:
    assert record.digest(topic, LOCKED | {package: "0.0.1"}) != record.digest(topic, LOCKED)
    with pytest.raises(model.TandemError, match=r"packages that constraints\.txt pins"):
        record.digest(topic, {name: version for name, version in LOCKED.items() if name != package})


def test_other_packages_do_not(topic: model.Topic) -> None:
    assert record.digest(topic, LOCKED | {"requests": "1.0"}) == record.digest(topic, LOCKED)


def test_the_runner_changes_the_digest(topic: model.Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    before = record.digest(topic, LOCKED)
    monkeypatch.setattr(record, "RUNNER", "next")
    assert record.digest(topic, LOCKED) != before


def test_pins(checkout: Any) -> None:
    checkout.write("constraints.txt", "# pins\nscikit_learn==1.9.1\nNumPy==2.4.6 ; python_version > '3'\nx>=1\n")
    assert record.pins(checkout.root) == {"scikit-learn": "1.9.1", "numpy": "2.4.6"}
    (checkout.root / "constraints.txt").unlink()
    with pytest.raises(model.TandemError, match=r"constraints\.txt: no such file"):
        record.pins(checkout.root)


# Notebooks for readers.


def test_a_snippet_as_a_notebook(topic: model.Topic) -> None:
    made = record.to_notebook(topic, "pytorch", make_record(topic), install="%pip install arch")
    stored = nbformat.reads(made, as_version=4)
    nbformat.validate(stored)
    install, heading, load, train = stored.cells
    assert install.source == "%pip install arch"
    assert heading.source == "# The title.\n\nThe summary."
    assert (load.source, load.metadata) == ("data = load()", {"title": "Load"})
    assert load.outputs[0].text == "said\n"
    assert load.outputs[1].data["image/svg+xml"] == FIGURE.svg
    assert train.outputs[0].text == "said\n"
    assert stored.metadata.kernelspec.name == "python3"
    assert made == record.to_notebook(topic, "pytorch", make_record(topic), install="%pip install arch")


def test_a_notebook_without_a_record_has_no_outputs(topic: model.Topic) -> None:
    stored = nbformat.reads(record.to_notebook(topic, "tensorflow", None), as_version=4)
    assert [cell.outputs for cell in stored.cells if cell.cell_type == "code"] == [[], []]
