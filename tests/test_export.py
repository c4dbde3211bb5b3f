"""What the built site links to: programs, notebooks, figures, pairs.json and llms.txt, and nothing that is gone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from snippets_lib import export, figures, judge, model, pages, record

HALF = '"""A half."""\n\n# %% Load\ndata = load()\n\n# %% Train\nloss = gain = train(data)\n'
CPP = "// A half.\n\n// %% Load\nint data = 1;\n\n// %% Train\nint main() {}\n"
PAIR = 'needs = ["scikit-learn", "arch"]\n\n[agree]\nloss = 1e-3\n\n[differ]\ngain = 0.5\n'
FIGURE = model.Figure("Loss", '<svg viewBox="0 0 1 1"><path fill="#010203" stroke="#040506"/></svg>')


def keep(checkout: Any, name: str) -> None:
    """Record a topic as if it had run."""
    topic = checkout.load().topics[name]
    runs = {}
    for number, (key, snippet) in enumerate(topic.snippets.items()):
        cells = tuple(model.CellRun(cell.title, f"{cell.title} ran\n", (FIGURE,), 0.1) for cell in snippet.cells)
        values = {"loss": np.float64(1), "gain": np.float64(number)}
        runs[key] = model.Run(key, cells, values, 0.2, 99.0, {"numpy": "2.4.6"})
    judge.update(checkout.root, judge.judge(checkout.root, topic, runs))


@pytest.fixture
def filled(checkout: Any) -> Any:
    """A checkout with a recorded pair, a pair in C++ without a record, a notebook, and pages."""
    checkout.topic("workflow/one", f'title = "One"\n{PAIR}', pytorch=HALF, tensorflow=HALF)
    checkout.topic("polymorphism/two", "[agree]\nloss = 1e-3\n", python=HALF, cpp=CPP)
    checkout.write("docs/notebooks/by_hand.py", "# %% [markdown]\n# # By hand\n#\n# A.\n\n# %%\nprint(1)\n")
    checkout.write("docs/workflow/steps.md", "::pair workflow/one\n")
    checkout.write("docs/polymorphism/index.md", "::pair polymorphism/two\n")
    keep(checkout, "workflow/one")
    return checkout


def run(checkout: Any) -> dict[str, str]:
    """What is exported, by its path from docs/."""
    docs = checkout.root / "docs"
    written = export.export(pages.read_site(checkout.load()))
    return {path.relative_to(docs).as_posix(): path.read_text("utf-8") for path in written}


def test_programs_are_exported_as_they_are(filled: Any) -> None:
    written = run(filled)
    assert written["downloads/workflow/one/in_pytorch.py"] == HALF
    assert written["downloads/polymorphism/two/in_cpp.cpp"] == CPP
    assert "downloads/polymorphism/two/in_cpp.ipynb" not in written
    assert written["downloads/notebooks/by_hand/by_hand.py"].endswith("print(1)\n")
    stored = nbformat.reads(written["downloads/notebooks/by_hand/by_hand.ipynb"], as_version=4)
    assert stored.cells[1].source == "print(1)"
    assert not [entry for entry in json.loads(written["pairs.json"]) if entry["area"] == "notebooks"]


def test_notebooks_hold_what_was_recorded(filled: Any) -> None:
    written = run(filled)
    stored = nbformat.reads(written["downloads/workflow/one/in_tensorflow.ipynb"], as_version=4)
    nbformat.validate(stored)
    install, _, load, _ = stored.cells
    assert install.source == "%pip install --quiet arch"  # Colab has scikit-learn
    assert load.outputs[0].text == "Load ran\n"
    assert load.outputs[1].data["image/svg+xml"] == figures.themed(FIGURE.svg, "light")
    bare = nbformat.reads(written["downloads/polymorphism/two/in_python.ipynb"], as_version=4)
    assert all(not cell.get("outputs") for cell in bare.cells)
    assert not [cell for cell in bare.cells if "pip" in cell.source]


def test_figures_are_exported_in_both_themes(filled: Any) -> None:
    written = run(filled)
    drawn = {path: text for path, text in written.items() if path.endswith(".svg")}
    assert len(drawn) == 8
    for theme, colours in figures.THEMES.items():
        svg = drawn[f"downloads/workflow/one/in_pytorch-train-1.{theme}.svg"]
        assert all(colour in svg and stand_in not in svg for stand_in, colour in colours.items())


def test_pairs_json(filled: Any) -> None:
    two, one = sorted(json.loads(run(filled)["pairs.json"]), key=lambda entry: entry["id"])
    assert {name: one[name] for name in ("id", "area", "title", "summary", "url", "current")} == {
        "id": "workflow/one",
        "area": "workflow",
        "title": "One",
        "summary": "The summary.",
        "url": "workflow/steps/#workflow-one",
        "current": True,
    }
    assert one["agree"] == {"loss": {"gap": 0.0, "allowed": 1e-3}}
    assert one["differ"] == {"gain": {"gap": 1.0, "at_least": 0.5}}
    assert one["versions"] == {"numpy": "2.4.6"}
    assert one["frameworks"]["pytorch"] == {
        "code": HALF,
        "cells": [
            {"title": "Load", "code": "data = load()", "output": "Load ran\n"},
            {"title": "Train", "code": "loss = gain = train(data)", "output": "Train ran\n"},
        ],
        "file": "downloads/workflow/one/in_pytorch.py",
        "notebook": "downloads/workflow/one/in_pytorch.ipynb",
    }
    assert (two["url"], two["recorded_on"], two["current"]) == ("polymorphism/#polymorphism-two", None, False)
    assert two["frameworks"]["cpp"]["notebook"] is None
    assert two["agree"] == {}


def test_a_topic_without_a_page_has_no_address(filled: Any) -> None:
    (filled.root / "docs/workflow/steps.md").unlink()
    written = run(filled)
    (one,) = (entry for entry in json.loads(written["pairs.json"]) if entry["id"] == "workflow/one")
    assert one["url"] is None
    assert "One" not in written["llms.txt"]


def test_llms_txt(filled: Any) -> None:
    text = run(filled)["llms.txt"]
    assert text.startswith("# Tandem\n\n> TensorFlow or PyTorch")
    assert "## Workflow\n\n- [One](workflow/steps/#workflow-one): The summary.\n" in text
    assert text.index("## Workflow") < text.index("## Polymorphism")
    assert "## Migrate" not in text


def test_only_what_changed_is_written(filled: Any) -> None:
    run(filled)
    docs = filled.root / "docs"
    times = {path: path.stat().st_mtime_ns for path in docs.rglob("*") if path.is_file()}
    run(filled)
    assert {path: path.stat().st_mtime_ns for path in docs.rglob("*") if path.is_file()} == times


def test_what_is_gone_goes(filled: Any) -> None:
    stray = filled.write("docs/downloads/workflow/gone/in_pytorch.py", "x")
    kept = filled.write("docs/workflow/mine.txt", "x")
    run(filled)
    assert not stray.exists()
    assert kept.exists()
    assert not list(Path(filled.root, "docs").rglob("*.part"))


def test_a_damaged_record_stops_the_export(filled: Any) -> None:
    (filled.root / "snippets/workflow/one/recorded/record.json").write_text("{", "utf-8")
    with pytest.raises(model.TandemError, match="not a record"):
        run(filled)
    assert not (filled.root / "docs/pairs.json").exists()


def test_a_stale_record_is_marked(filled: Any) -> None:
    filled.topic("workflow/one", f'title = "One"\n{PAIR}', pytorch=HALF + "more = 1\n", tensorflow=HALF)
    (one,) = (entry for entry in json.loads(run(filled)["pairs.json"]) if entry["id"] == "workflow/one")
    assert one["current"] is False
    assert one["frameworks"]["pytorch"]["cells"][0]["output"] == "Load ran\n"


def test_a_gap_is_shown_with_the_bound_of_today(filled: Any) -> None:
    topic = filled.load().topics["workflow/one"]
    entry = export.entry(replace(topic, agree={"loss": 0.5}), record.read(topic), "index.md")
    assert entry["agree"] == {"loss": {"gap": 0.0, "allowed": 0.5}}


@pytest.mark.parametrize(
    ("path", "url"),
    [("index.md", ""), ("a/index.md", "a/"), ("a/b.md", "a/b/"), ("b.md", "b/"), ("notebooks/x.ipynb", "notebooks/x/")],
)
def test_addresses(path: str, url: str) -> None:
    assert export.url_of(path) == url
