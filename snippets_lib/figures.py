"""Figures: taken from matplotlib as SVG with two stand-in colours, told apart with tolerance, shown in light and dark.

Guarantee: the same drawing gives the same text, so a record can be reviewed and compared. An animation is one drawing
too: what moves is drawn once for each frame, and a style sheet inside shows one frame after the other.
"""

from __future__ import annotations

import base64
import html
import io
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

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

_FRAME = "tandem-frame"
_STILL = f".{_FRAME}{{animation:none}}.{_FRAME}-0{{visibility:visible}}"
_IMAGE = re.compile(r'data:image/png;base64,([^"]+)')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_COLOUR = re.compile(r"#([0-9a-fA-F]{6})\b")
_REFERENCE = re.compile(r'(id="|url\(#|href="#)[^")]*')  # these names are digests of the drawing
_EXACT = re.compile(r'<!--.*?-->|style="[^"]*"', re.DOTALL)  # every text stands in a comment before its outlines


def take() -> tuple[Figure, ...]:
    """Every figure that is open in this process, as text; they are closed. Empty without matplotlib."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return ()
    figures = []
    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        moving = _animation_of(figure)
        svg = _merged(_frames(moving, figure), moving.event_source.interval) if moving else _draw(figure)
        figures.append(Figure(_describe(figure), svg))
    pyplot.close("all")
    return tuple(figures)


def _draw(figure: Any) -> str:
    """A figure as it is now."""
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return re.sub(r"^.*?(?=<svg)", "", drawn.getvalue(), flags=re.DOTALL)


def _animation_of(figure: Any) -> Any:
    """The matplotlib animation that waits to move a figure; None where it stands still."""
    animation = sys.modules.get("matplotlib.animation")
    if animation is None:
        return None
    waiting = figure.canvas.callbacks.callbacks.get("draw_event", {}).values()
    owners = [getattr(reference(), "__self__", None) for reference in waiting]
    return next((owner for owner in owners if isinstance(owner, animation.Animation)), None)


def _frames(moving: Any, figure: Any) -> list[str]:
    """Every frame of an animation."""
    from matplotlib.animation import AbstractMovieWriter

    drawn: list[str] = []

    class Writer(AbstractMovieWriter):
        def setup(self, fig: Any, outfile: Any, dpi: Any = None) -> None:
            """Take what is to be drawn; there is no file."""
            self.fig, self.outfile, self.dpi = fig, outfile, dpi

        def grab_frame(self, **_options: Any) -> None:
            """Keep the figure as it is now."""
            drawn.append(_draw(figure))

        def finish(self) -> None:
            """Leave it at that."""

    moving.save("frames", writer=Writer())
    return drawn


def _merged(frames: Sequence[str], interval: float) -> str:
    """Frames as one drawing: what is the same in all once, what is not once for each, shown in turn.

    Args:
        frames: drawings of one size.
        interval: how long each is shown, in milliseconds.
    """
    for prefix, name in (("", "http://www.w3.org/2000/svg"), ("xlink", "http://www.w3.org/1999/xlink")):
        ElementTree.register_namespace(prefix, name)
    trees = [ElementTree.fromstring(svg, _keep_comments()) for svg in frames]
    for tree in trees:
        for element in tree.iter():
            for name, value in element.items():
                if value.startswith("data:"):  # the line ends of an embedded picture would be escaped
                    element.set(name, "".join(value.split()))
    (merged,) = _turns(trees, inside="svg")
    style = ElementTree.Element("style")
    style.text = _schedule(len(frames), interval)
    merged.insert(0, style)
    return ElementTree.tostring(merged, "unicode") + "\n"


def _keep_comments() -> ElementTree.XMLParser:
    """A parser for which every word that a drawing shows, which stands in a comment, counts."""
    return ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))


def _turns(elements: Sequence[ElementTree.Element], inside: str) -> list[ElementTree.Element]:
    """The same element of every frame: once where it is the same, else part by part, else each in its turn."""
    texts = [ElementTree.tostring(element) for element in elements]
    first = elements[0]
    if len(set(texts)) == 1:
        return [first]
    alike = all((e.tag, e.attrib, len(e)) == (first.tag, first.attrib, len(first)) for e in elements)
    if alike and len(first) and isinstance(first.tag, str):
        same = ElementTree.Element(first.tag, first.attrib)
        same.text, same.tail = first.text, first.tail
        for parts in zip(*elements, strict=True):
            same.extend(_turns(parts, first.tag.rpartition("}")[2]))
        return [same]
    if inside == "defs":  # shapes to be used, shown nowhere by themselves
        return [element for number, element in enumerate(elements) if texts[number] not in texts[:number]]
    shown = []
    for number, element in enumerate(elements):
        turn = ElementTree.Element("g", {"class": f"{_FRAME} {_FRAME}-{number}"})
        turn.append(element)
        shown.append(turn)
    return shown


def _schedule(count: int, interval: float) -> str:
    """The style sheet that shows `count` frames in turn, and the first alone to whoever wants nothing to move."""
    rules = [
        f".{_FRAME}{{visibility:hidden;animation:{_FRAME} {count * interval / 1000:g}s step-end infinite}}",
        f"@keyframes {_FRAME}{{0%{{visibility:visible}}{100 / count:.4g}%{{visibility:hidden}}}}",
        *(f".{_FRAME}-{n}{{animation-delay:{n * interval / 1000:g}s}}" for n in range(1, count)),
        f"@media (prefers-reduced-motion:reduce){{{_STILL}}}",
    ]
    return "".join(rules)


def moves(figure: Figure) -> bool:
    """True for an animation."""
    return f'class="{_FRAME} ' in figure.svg


def still(svg: str) -> str:
    """An animation that stands at its first frame."""
    return svg.replace("</style>", f"{_STILL}</style>", 1)


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


def inline(figure: Figure) -> str:
    """The drawing as HTML that takes its colours from the page around it, and those of the light theme elsewhere."""
    variables = {"#010203": "--tandem-ink", "#040506": "--tandem-line"}
    svg = figure.svg
    for stand_in, name in variables.items():
        svg = svg.replace(stand_in, f"var({name}, {THEMES['light'][stand_in]})")
    described = f'<svg role="img" aria-label="{html.escape(figure.alt)}" style="max-width:100%;height:auto"'
    return svg.replace("<svg", described, 1)


def same(recorded: Figure, drawn: Figure, pixels: float = 2.0, shade: float = 8.0) -> bool:
    """True where two drawings show the same: every word, number and line style equal, every line near.

    Args:
        recorded: a drawing.
        drawn: another.
        pixels: how far a point may move, in SVG units.
        shade: how far a colour may change, in 8-bit channels; for an embedded photograph the mean absolute difference.
    """
    one, two = _Parts.of(recorded.svg), _Parts.of(drawn.svg)
    return (
        recorded.alt == drawn.alt
        and one.words == two.words
        and _all_near(one.numbers, two.numbers, pixels)
        and _all_near(one.colours, two.colours, shade)
        and len(one.images) == len(two.images)
        and all(_near(a, b, shade) for a, b in zip(one.images, two.images, strict=True))
    )


@dataclass(frozen=True)
class _Parts:
    """A drawing taken apart: what must be equal (`words`), and what must be near."""

    words: tuple[str, ...]
    numbers: tuple[float, ...]
    colours: tuple[float, ...]
    images: tuple[str, ...]

    @classmethod
    def of(cls, svg: str) -> _Parts:
        text = _REFERENCE.sub(r"\1", _IMAGE.sub("", svg))
        colours = [int(channel, 16) for colour in _COLOUR.findall(text) for channel in re.findall("..", colour)]
        text = _COLOUR.sub("#", text)
        shapes = _EXACT.sub("", text)
        return cls(
            (_NUMBER.sub("0", shapes), *_EXACT.findall(text)),
            tuple(map(float, _NUMBER.findall(shapes))),
            tuple(map(float, colours)),
            tuple(_IMAGE.findall(svg)),
        )


def _all_near(first: tuple[float, ...], second: tuple[float, ...], apart: float) -> bool:
    return len(first) == len(second) and all(abs(a - b) <= apart for a, b in zip(first, second, strict=True))


def _near(first: str, second: str, shade: float) -> bool:
    if first == second:
        return True
    import numpy as np
    from PIL import Image

    one, two = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA"), dtype=float)
        for text in (first, second)
    )
    return one.shape == two.shape and float(np.abs(one - two).mean()) <= shade
