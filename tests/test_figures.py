"""Figures: drawn the same way twice they are the same text; what differs on the page differs here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from snippets_lib import figures, model

pytestmark = pytest.mark.timeout(120)

DRAWINGS = {
    "line": "plt.plot([1, 2, 3])",
    "line_again": "plt.plot([1, 2, 3])",
    "nearly": "plt.plot([1, 2, 3.001])",
    "bent": "plt.plot([1, 2, 2.5])",
    "longer": "plt.plot([1, 2, 3, 3.5])",
    "shifted": "plt.plot([3, 4, 5])",
    "blue": "plt.plot([1, 2, 3], color='#3f7fd0')",
    "nearly_blue": "plt.plot([1, 2, 3], color='#4080d1')",
    "green": "plt.plot([1, 2, 3], color='#2fa0d0')",
    "dashed": "plt.plot([1, 2, 3], '--')",
    "faint": "plt.plot([1, 2, 3], alpha=0.3)",
    "titled": "plt.plot([1, 2, 3]); plt.title('Loss')",
    "noted_3": "plt.plot([1, 2, 3]); plt.text(0, 1, '13')",
    "noted_1": "plt.plot([1, 2, 3]); plt.text(0, 1, '31')",
    "photo": "plt.imshow(np.arange(64.0).reshape(8, 8))",
    "photo_again": "plt.imshow(np.arange(64.0).reshape(8, 8) + 0.01)",
    "negative": "plt.imshow(-np.arange(64.0).reshape(8, 8))",
    "two": "plt.plot([1]); plt.figure(); plt.plot([2])",
    "described": (
        "f, (a, b) = plt.subplots(1, 2); f.suptitle('Training'); a.set_title('Loss'); a.set_xlabel('epoch');"
        "a.set_ylabel('mean\\nloss'); b.set_xlabel('epoch'); b.set_ylabel('<b>\"rate\"</b>')"
    ),
    "shown": "plt.plot([1, 2, 3]); plt.show(); plt.show(block=False)",
    "none": "",
    "moving": (
        "from matplotlib.animation import FuncAnimation; f, (a, b) = plt.subplots(1, 2); b.plot([1, 2]);"
        "photo = a.imshow(np.eye(8)); dot = a.plot([0], [0], 'o')[0];"
        "step = lambda n: (photo.set_data(np.eye(8)[n:] * 1.0), dot.set_data([n], [n]), a.set_title(f'frame {n}'));"
        "kept = FuncAnimation(f, step, frames=4, interval=250)"
    ),
}

DRAWINGS["moving_again"] = DRAWINGS["moving"]
DRAWINGS["moving_elsewhere"] = DRAWINGS["moving"].replace("set_data([n], [n])", "set_data([7 - n], [n])")
DRAWINGS["moving_longer"] = DRAWINGS["moving"].replace("frames=4", "frames=5")

DRAW = """
import json, sys
import matplotlib.pyplot as plt
import numpy as np
from snippets_lib import figures
told = {}
for name, code in json.load(sys.stdin).items():
    exec(code)
    told[name] = [[figure.alt, figure.svg] for figure in figures.take()]
    assert not plt.get_fignums()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[model.Figure]]:
    """Every drawing, made as a worker makes it, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", DRAW],
        input=json.dumps(DRAWINGS),
        capture_output=True,
        text=True,
        env=os.environ | figures.ENVIRONMENT,
        check=True,
    )
    return {name: [model.Figure(*figure) for figure in made] for name, made in json.loads(done.stdout).items()}


def test_without_matplotlib_there_is_nothing_to_take() -> None:
    code = "import sys; from snippets_lib import figures; print(figures.take(), 'matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "() False\n"


def test_every_open_figure_is_taken_once(drawn: dict[str, list[model.Figure]]) -> None:
    assert {name: len(made) for name, made in drawn.items()} == dict.fromkeys(DRAWINGS, 1) | {"two": 2, "none": 0}


def test_the_same_drawing_is_the_same_text(drawn: dict[str, list[model.Figure]]) -> None:
    assert drawn["line"] == drawn["line_again"] == drawn["shown"]
    (line,) = drawn["line"]
    assert line.svg.startswith("<svg")
    assert not re.search(r"<dc:date|matplotlib\.org/</", line.svg)


def test_alternative_text_says_what_is_drawn(drawn: dict[str, list[model.Figure]]) -> None:
    assert drawn["line"][0].alt == "figure"
    assert drawn["titled"][0].alt == "Loss"
    assert drawn["described"][0].alt == 'Training; Loss: mean loss against epoch; <b>"rate"</b> against epoch'


SAME = [("line", "line_again"), ("line", "nearly"), ("blue", "nearly_blue"), ("photo", "photo_again")]
OTHER = [
    ("line", "bent"),
    ("line", "longer"),
    ("line", "shifted"),
    ("line", "blue"),
    ("blue", "green"),
    ("line", "dashed"),
    ("line", "faint"),
    ("line", "titled"),
    ("noted_1", "noted_3"),
    ("line", "photo"),
    ("photo", "negative"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_drawings_that_show_the_same(one: str, two: str, drawn: dict[str, list[model.Figure]]) -> None:
    assert figures.same(drawn[one][0], drawn[two][0])
    assert figures.same(drawn[two][0], drawn[one][0])


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_drawings_that_show_something_else(one: str, two: str, drawn: dict[str, list[model.Figure]]) -> None:
    assert not figures.same(drawn[one][0], drawn[two][0])
    assert not figures.same(drawn[two][0], drawn[one][0])


def test_numbers_beyond_all_bounds_are_not_near() -> None:
    here, there = (model.Figure("a", f'<svg d="M {number} 1"/>') for number in ("1e999", "2"))
    assert not figures.same(here, there)
    assert not figures.same(model.Figure("a", '<svg d="M 1"/>'), model.Figure("b", '<svg d="M 1"/>'))


def test_both_themes_have_colours_of_their_own(drawn: dict[str, list[model.Figure]]) -> None:
    svg = drawn["titled"][0].svg
    for stand_in in figures.THEMES["light"]:
        assert stand_in in (Path(figures.__file__).parent / "matplotlibrc").read_text("utf-8")
    light, dark = (figures.themed(svg, theme) for theme in ("light", "dark"))
    assert len({svg, light, dark}) == 3
    for coloured in (light, dark):
        assert not any(stand_in in coloured for stand_in in figures.THEMES["light"])


def test_an_animation_is_one_drawing_of_all_its_frames(drawn: dict[str, list[model.Figure]]) -> None:
    (moving,) = drawn["moving"]
    assert figures.moves(moving)
    assert not any(figures.moves(figure) for figure in drawn["photo"])
    for number in range(4):
        assert f"<!-- frame {number} -->" in moving.svg
        assert f"tandem-frame-{number}" in moving.svg
    assert "tandem-frame-4" not in moving.svg
    assert "animation:tandem-frame 1s step-end infinite" in moving.svg
    assert moving.svg.count("axes_2") == 1, "what does not move is drawn once"
    assert len(set(re.findall(r"data:image/png;base64,([^\"]+)", moving.svg))) == 4
    ElementTree.fromstring(moving.svg)


def test_animations_are_told_apart(drawn: dict[str, list[model.Figure]]) -> None:
    (moving,) = drawn["moving"]
    assert drawn["moving_again"] == [moving]
    assert not figures.same(moving, drawn["moving_elsewhere"][0])
    assert not figures.same(moving, drawn["moving_longer"][0])


def test_an_animation_can_stand_still(drawn: dict[str, list[model.Figure]]) -> None:
    text = figures.still(drawn["moving"][0].svg)
    assert text.index("infinite") < text.rindex(
        ".tandem-frame{animation:none}.tandem-frame-0{visibility:visible}</style>"
    )
    ElementTree.fromstring(text)
