"""Figures: taken from matplotlib as SVG with two stand-in colours, told apart with tolerance, shown in light and dark.

Guarantee: the same drawing gives the same text, so a record can be reviewed and compared.
"""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from .model import Figure

ENVIRONMENT: Mapping[str, str] = {
    "MPLBACKEND": "module://snippets_lib.figures_backend",
    "MATPLOTLIBRC": str(Path(__file__).with_name("matplotlibrc")),
}
"""Makes a snippet draw in the site's style and leave its figures open."""

THEMES: Mapping[str, Mapping[str, str]] = {
    "light": {"#010203": "#1d2530", "#040506": "#d3d9e0"},
    "dark": {"#010203": "#dfe5ee", "#040506": "#414b59"},
}
"""Theme -> stand-in colour -> real colour; the stand-ins are those of `matplotlibrc`."""

_IMAGE = re.compile(r'data:image/png;base64,([^"]+)')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def take() -> tuple[Figure, ...]:
    """Every figure that is open in this process, as text; they are closed. Empty where matplotlib was never imported."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return ()
    figures = []
    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
        figures.append(Figure(_describe(figure), re.sub(r"^.*?(?=<svg)", "", drawn.getvalue(), flags=re.DOTALL)))
    pyplot.close("all")
    return tuple(figures)


def _describe(figure: object) -> str:
    """The titles and axis labels of a figure, as its alternative text."""
    parts: list[str] = []
    suptitle = getattr(figure, "get_suptitle", lambda: "")()
    parts += [suptitle] if suptitle else []
    for axes in getattr(figure, "axes", ())[:12]:
        labels = [text for text in (axes.get_ylabel(), axes.get_xlabel()) if text]
        text = ": ".join(filter(None, [axes.get_title(), " against ".join(labels)]))
        parts += [text] if text and text not in parts else []
    return " ".join("; ".join(parts).split()) or "figure"


def themed(svg: str, theme: str) -> str:
    """The drawing in the colours of `light` or `dark`."""
    for stand_in, colour in THEMES[theme].items():
        svg = svg.replace(stand_in, colour)
    return svg


def same(recorded: Figure, drawn: Figure, pixels: float = 2.0, shade: float = 8.0) -> bool:
    """True where two drawings show the same.

    Args:
        pixels: how far a point may move, in SVG units.
        shade: how far an embedded photograph may change, mean absolute difference of 8-bit channels.
    """
    if recorded.alt != drawn.alt:
        return False
    texts = [_IMAGE.sub("", figure.svg) for figure in (recorded, drawn)]
    texts = [re.sub(r'(id="|url\(#|href="#)[^")]*', r"\1", text) for text in texts]
    words = [_NUMBER.sub("#", text) for text in texts]
    if words[0] != words[1]:
        return False
    numbers = [[float(n) for n in _NUMBER.findall(text)] for text in texts]
    if any(abs(a - b) > pixels for a, b in zip(*numbers, strict=True)):
        return False
    images = [_IMAGE.findall(figure.svg) for figure in (recorded, drawn)]
    return len(images[0]) == len(images[1]) and all(_near(a, b, shade) for a, b in zip(*images, strict=True))


def _near(first: str, second: str, shade: float) -> bool:
    if first == second:
        return True
    import numpy as np
    from PIL import Image

    one, two = (np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA"), dtype=float) for text in (first, second))
    return one.shape == two.shape and float(np.abs(one - two).mean()) <= shade
