"""Topic and Record to Markdown: what is shown where, and fences that nothing breaks out of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from snippets_lib import model, record, render

PAIR = '[agree]\nloss = 1e-3\n\n[differ]\nspread = 0.5\n\n[only]\n"Compile" = "it compiles by itself."\n'
HALF = '"""A half."""\n\n# %% Load\ndata = load()\n\n# %% Train\nloss = spread = train(data)\n'
COMPILE = HALF.replace("# %% Train", "# %% Compile\ncompile()\n\n# %% Train")
FIGURE = model.Figure("Loss", '<svg viewBox="0 0 432 230.4"></svg>')


@pytest.fixture
def topic(checkout: Any) -> model.Topic:
    checkout.topic("workflow/one", f'title = "One step"\n{PAIR}', pytorch=HALF, tensorflow=COMPILE)
    return checkout.load().topics["workflow/one"]


def make_record(topic: model.Topic, text: str = "said\n", figures: tuple[model.Figure, ...] = ()) -> model.Record:
    """A record in which every cell prints `text` and draws."""
    runs = {
        key: model.RecordedRun(tuple(model.CellRun(c.title, text, figures, 0.1) for c in s.cells), 1.25, 101.0)
        for key, s in topic.snippets.items()
    }
    gaps = (model.Gap("loss", "agree", 1.25e-7, 1e-3), model.Gap("spread", "differ", 0.75, 0.5))
    versions = {"python": "3.11.7", "torch": "2.14.1", "tensorflow": "2.21.0"}
    return model.Record("0123", record.parts(topic), "2026-11-22", versions, runs, gaps)


HOME = render.Place(homes={"workflow/one": "workflow/steps.md"}, here="workflow/steps.md", up="../")
AWAY = replace(HOME, here="index.md", up="")


def test_a_whole_topic_at_home(topic: model.Topic) -> None:
    shown = render.pair(topic, make_record(topic), None, HOME)
    order = [
        "## One step { #workflow-one",
        "### Load { #workflow-one-load",
        "### Compile {",
        "### Train {",
        "Recorded on",
    ]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    assert shown.count('=== "PyTorch"') == shown.count('=== "TensorFlow"') == 3
    assert shown.count("said") == 5
    assert "PyTorch needs no such cell: it compiles by itself." in shown
    assert '"tandem-version">2.14.1<' in shown
    assert shown.count("<div") == shown.count("</div>")
    assert "tandem-stale" not in shown


def test_a_cell_that_is_the_same_in_both_says_so(topic: model.Topic) -> None:
    alike = 'data-cell="Load" data-same='
    assert alike in render.pair(topic, None, None, HOME)
    one = make_record(topic)
    shown = render.pair(topic, one, None, HOME)
    assert alike in shown
    assert shown.count("data-same") == 2  # Load and Train; one half alone compiles
    other = make_record(topic, "else\n").runs["pytorch"]
    assert "data-same" not in render.pair(topic, replace(one, runs={**one.runs, "pytorch": other}), None, HOME)
    assert "data-same" not in render.pair(topic, make_record(topic, figures=(FIGURE,)), None, HOME)
    load, *rest = topic.snippets["pytorch"].cells
    half = replace(topic.snippets["pytorch"], cells=(replace(load, source="data = load(1)"), *rest))
    apart = replace(topic, snippets={**topic.snippets, "pytorch": half})
    assert render.pair(apart, one, None, HOME).count("data-same") == 1


def test_what_was_compared_is_a_table(topic: model.Topic) -> None:
    shown = render.pair(topic, make_record(topic), None, HOME)
    (loss,) = re.findall(r"^\| `loss` .*$", shown, re.MULTILINE)
    (spread,) = re.findall(r"^\| `spread` .*$", shown, re.MULTILINE)
    assert "| 1.2e-7 | ≤ 0.001 |" in loss
    assert "agrees" in loss
    assert "| 0.75 | ≥ 0.5 |" in spread
    assert "differs" in spread
    assert 'data-holds="true"' in shown
    assert "Recorded on 2026-11-22 with python 3.11.7, torch 2.14.1, tensorflow 2.21.0." in shown
    assert "PyTorch 1.2 s, 101 MiB" in shown


def test_what_does_not_hold_is_not_hidden(topic: model.Topic) -> None:
    kept = replace(make_record(topic), gaps=(model.Gap("loss", "agree", 0.1, 1e-3),))
    shown = render.pair(topic, kept, None, HOME)
    assert "does not hold" in shown
    assert 'data-holds="false"' in shown


def test_under_a_heading_of_the_page_the_topic_keeps_its_anchor(topic: model.Topic) -> None:
    shown = render.pair(topic, make_record(topic), None, HOME, titled=False)
    assert "## One step" not in shown
    assert "{ #workflow-one .tandem-summary }" in shown
    assert 'id="' not in shown  # around the code, the button would copy another cell
    assert topic.summary in shown


def test_some_cells_at_home(topic: model.Topic) -> None:
    first = render.pair(topic, make_record(topic), None, HOME, ["Load"])
    assert "## One step" in first
    assert "### Load" in first
    assert "### Train" not in first
    assert "Recorded on" not in first
    last = render.pair(topic, make_record(topic), None, HOME, ["Train", "Compile"])
    assert "## One step" not in last
    assert last.index("### Compile") < last.index("### Train")
    assert "Recorded on" in last


def test_a_quote_has_no_anchors_and_links_home(topic: model.Topic) -> None:
    shown = render.pair(topic, make_record(topic), None, AWAY, ["Load"])
    assert "#workflow-one-load" not in shown
    assert "[One step](workflow/steps.md#workflow-one)" in shown
    assert "Recorded on" not in shown
    assert "## " not in shown


def test_links_lead_to_the_downloads(topic: model.Topic) -> None:
    shown = render.pair(topic, make_record(topic), None, HOME)
    links = re.findall(r"\]\(([^)]*)\)", shown)
    folder = "../downloads/workflow/one"
    assert links == [f"{folder}/in_{key}{end}" for key in ("pytorch", "tensorflow") for end in (".py", ".ipynb")]
    on_github = replace(HOME, repository="tandem-docs/tandem")
    colab = "https://colab.research.google.com/github/tandem-docs/tandem/blob/gh-pages/downloads/workflow/one/in_pytorch.ipynb"
    assert f"({colab})" in render.pair(topic, make_record(topic), None, on_github)


def test_without_a_record_there_is_code_alone(topic: model.Topic) -> None:
    failure = model.Failure("missing", "snippets/<x>", "", "no record", "", "tandem run <x>")
    shown = render.pair(topic, None, failure, HOME)
    assert "data = load()" in shown
    assert "said" not in shown
    assert "Recorded on" not in shown
    assert "snippets/&lt;x&gt;: no record. Mend: tandem run &lt;x&gt;" in shown


def test_an_unpaired_topic_says_why(checkout: Any, program: Callable[..., str]) -> None:
    checkout.topic("workflow/two", 'unpaired = "it stands alone"', python=program("x = 1"))
    topic = checkout.load().topics["workflow/two"]
    kept = replace(make_record(topic), gaps=())
    shown = render.pair(topic, kept, None, render.Place())
    assert "Nothing is compared: it stands alone." in shown
    assert "| value |" not in shown


def test_figures_are_shown_in_both_themes(topic: model.Topic) -> None:
    shown = render.pair(topic, make_record(topic, figures=(FIGURE, FIGURE)), None, HOME, ["Load"])
    base = "../downloads/workflow/one/in_pytorch-load-2"
    for theme in ("light", "dark"):
        assert (
            f"![Loss]({base}.{theme}.svg#only-{theme}){{ .tandem-figure loading=lazy width=600 height=320 }}" in shown
        )


@pytest.mark.parametrize("alt", ["a]b", "a](x)", "`a", "a\\", "</div>", "<script>alert(1)</script>", "a\nb"])
def test_alternative_text_is_plain(alt: str, topic: model.Topic) -> None:
    shown = render.pair(topic, make_record(topic, figures=(model.Figure(alt, "<svg/>"),)), None, HOME, ["Load"])
    for line in re.findall(r"^ *!\[.*$", shown, re.MULTILINE):
        assert re.fullmatch(r" *!\[[^][<>`\\]*\]\([^ ]*\)\{ [^}]* \}", line)


@pytest.mark.parametrize("code", ["x", "```\nx\n```", "````", "~~~\n`", "{ .x }\n" + "`" * 40, "  indented", "# %% x"])
def test_nothing_breaks_out_of_a_fence(code: str) -> None:
    first, *inner, last = render.fence(code, ".text").split("\n")
    mark = first.removesuffix(" { .text }")
    assert set(mark) == {"`"}
    assert len(mark) >= 3
    assert last == mark
    assert inner == code.split("\n")
    assert mark not in code


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (1.234e-7, "1.2e-7"), (1e-6, "1e-6"), (0.00099, "9.9e-4"), (0.001, "0.001"), (0.25, "0.25"),
        (0.999, "1"), (12.3, "12"), (1234.0, "1.2e3"), (1e-300, "1e-300"),
    ],
)  # fmt: skip
def test_numbers_have_two_digits(value: float, shown: str) -> None:
    assert render.number(value) == shown


def test_cards_of_an_area(topic: model.Topic) -> None:
    other = replace(topic, id="workflow/two", title="Two")
    shown = render.catalogue([topic, other], replace(HOME, homes={"workflow/one": "workflow/steps.md"}))
    assert "[One step](../workflow/steps.md#workflow-one)" in shown
    assert "Two" in shown
    assert shown.count("tandem-badge") == 4
    assert shown.count("<div") == shown.count("</div>")


def test_anchors(topic: model.Topic) -> None:
    assert render.anchor(topic) == "workflow-one"
    assert render.anchor(topic, "Train, 20 steps!") == "workflow-one-train-20-steps"
    assert render.figure_name(topic, "pytorch", "Train, 20 steps!", 2) == "in_pytorch-train-20-steps-2"
