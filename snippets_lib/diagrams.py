"""Draws a program's classes, and who answers a call, as SVG. Guarantee: it draws what the source says and nothing else.

Read with `ast`: no program runs for it. The style sheet gives the colours, so that a diagram follows the theme. Boxes
stand one below the other and children are indented, which fits a telephone as well as a wide page.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from .model import TandemError, Topic

_LETTER, _LINE, _INDENT, _GAP = 7.8, 19.0, 26.0, 12.0  # of the 13 pixel monospace that diagrams are set in
_EDGE = 0.5
_SMALLEST = 0.85  # eleven pixels a letter


@dataclass(frozen=True)
class Method:
    """A method as its class defines it: whether it must be overridden, and whether it overrides one."""

    name: str
    is_abstract: bool = False
    overrides: bool = False


@dataclass(frozen=True)
class Class:
    """A class: its first base in the diagram is its parent, and the others are named beside it.

    Attributes:
        name: the name.
        bases: what it inherits from, as the program writes it; empty for `object`.
        methods: what it defines itself, in order.
        kind: `protocol`, `abstract`, or empty.
        is_outside: true for a class that the program inherits from and does not define.
    """

    name: str
    bases: tuple[str, ...] = ()
    methods: tuple[Method, ...] = ()
    kind: str = ""
    is_outside: bool = False


@dataclass(frozen=True)
class Way:
    """One way that a call can go: for what it is called with, and what answers."""

    given: str
    answer: str


def classes(source: str) -> tuple[Class, ...]:
    r"""Every class of a program, and before them those that it inherits from.

    ```python
    from snippets_lib.diagrams import classes

    source = "class Layer:\n    def call(self, x): ...\nclass Twice(Layer):\n    def call(self, x): return 2 * x"
    for found in classes(source):
        print(found.name, found.bases, [(method.name, method.overrides) for method in found.methods])
        #> Layer () [('call', False)]
        #> Twice ('Layer',) [('call', True)]
    ```
    """
    found: dict[str, Class] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            found[node.name] = _class(node, found)
    bases = dict.fromkeys(base for one in found.values() for base in one.bases)
    outside = [Class(base, is_outside=True) for base in bases if base not in found]
    return (*outside, *found.values())


def _class(node: ast.ClassDef, known: Mapping[str, Class]) -> Class:
    bases = [_written(base) for base in node.bases]
    marks = {base.rpartition(".")[2] for base in bases} & {"ABC", "Protocol", "Generic"}
    kept = tuple(base for base in bases if base.rpartition(".")[2] not in {"ABC", "Protocol", "Generic", "object"})
    inherited = {name for base in kept for name in _defined(base, known)}
    methods = tuple(
        Method(part.name, _is_abstract(part), part.name in inherited)
        for part in node.body
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name != "__init__"
    )
    abstract = "ABC" in marks or any(method.is_abstract for method in methods)
    kind = "protocol" if "Protocol" in marks else "abstract" if abstract else ""
    return Class(node.name, kept, methods, kind)


def _written(base: ast.expr) -> str:
    """A base without its parameters: `Protocol[T]` is `Protocol`."""
    return ast.unparse(base.value if isinstance(base, ast.Subscript) else base)


def _is_abstract(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(mark).endswith("abstractmethod") for mark in method.decorator_list)


def _defined(name: str, known: Mapping[str, Class]) -> Iterator[str]:
    """The methods that a class has, its own and inherited."""
    if one := known.get(name):
        yield from (method.name for method in one.methods)
        for base in one.bases:
            yield from _defined(base, known)


def ways(source: str, of: str) -> tuple[Way, ...]:
    r"""How a call of `of` can go: its overloads, what is registered for it, or its methods, class by class.

    ```python
    from snippets_lib.diagrams import ways

    source = "@singledispatch\ndef half(x): ...\n@half.register\ndef _(x: int): ...\n"
    for way in ways(source, "half"):
        print(way.given, "->", way.answer)
        #> anything else -> half
        #> int -> ...
    ```
    """
    tree = ast.parse(source)
    found: list[Way] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found += _registered(node, of)
    if found:
        return tuple(found)
    known = {one.name: one for one in classes(source)}
    return tuple(
        Way(name, f"{owner}.{of}")
        for name, one in known.items()
        if not one.kind and not one.is_outside and (owner := _owner(name, of, known))
    )


def _registered(node: ast.FunctionDef | ast.AsyncFunctionDef, of: str) -> Iterator[Way]:
    for mark in node.decorator_list:
        call = mark if isinstance(mark, ast.Call) else None
        called = ast.unparse(call.func if call else mark)
        if called.rpartition(".")[2] in {"singledispatch", "singledispatchmethod"} and node.name == of:
            yield Way("anything else", _does(node))
        elif called.startswith(f"{of}.register") or (called == of and call):
            given = [ast.unparse(argument) for argument in call.args] if call and call.args else _annotated(node)[:1]
            yield Way(", ".join(given).replace("'", "").replace('"', ""), _does(node))
        elif called.rpartition(".")[2] == "overload" and node.name == of:
            yield Way(
                ", ".join(_annotated(node)), f"{node.name} -> {ast.unparse(node.returns)}" if node.returns else of
            )


def _does(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The name of a function, or what one without a name does last."""
    return ast.unparse(node.body[-1]).split("\n")[0] if node.name == "_" else node.name


def _annotated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [ast.unparse(one.annotation) for one in node.args.args if one.annotation]


def _owner(name: str, method: str, known: Mapping[str, Class]) -> str:
    """The class whose method runs, by Python's own order of bases; empty where none has it."""
    made: dict[str, type] = {}
    for one in known.values():
        made[one.name] = type(one.name, tuple(made[base] for base in one.bases), {m.name: None for m in one.methods})
    return next((found.__name__ for found in made[name].__mro__[:-1] if method in vars(found)), "")


def check(kind: str, topic: Topic, only: Sequence[str], of: str, where: str) -> None:
    """Raise where no program of the topic has such a class, or one of them has no such call.

    Raises:
        TandemError: with what is there.
    """
    sources = _sources(topic)
    if kind == "classes":
        names = list(dict.fromkeys(one.name for source in sources.values() for one in classes(source)))
        if not names:
            raise TandemError(where, f"{topic.id} has no class", "a program with classes", "edit the line")
        for wanted in only:
            if wanted not in names:
                raise TandemError(where, f"{topic.id} has no class {wanted!r}", ", ".join(names), "edit only")
    for key, source in sources.items() if kind == "dispatch" else ():
        if not ways(source, of):
            told = "an overloaded or registered function, or a method of its classes"
            raise TandemError(where, f"{topic.id} dispatches no {of!r} in {key}", told, "edit of")


def figure(kind: str, topic: Topic, only: Sequence[str] = (), of: str = "") -> str:
    """A figure for the page: a diagram of each program, and one alone where they are the same."""
    drawn: dict[str, list[str]] = {}  # by drawing, the programs that it stands for
    sources = _sources(topic)
    for key, source in sources.items():
        title = f"The classes of {topic.title}" if kind == "classes" else f"Who answers a call of {of}"
        if kind == "classes":
            shown = tuple(one for one in classes(source) if not only or one.name in only)
            if not shown:  # all of them stand in the other half
                continue
            svg = draw_classes(shown, title)
        else:
            svg = draw_ways(ways(source, of), of, title)
        drawn.setdefault(svg, []).append(topic.snippets[key].framework.label)
    parts = []
    for svg, labels in drawn.items():
        heading = "" if len(labels) == len(sources) else f"<p>{', '.join(labels)}</p>"
        parts.append(f"<div>{heading}{svg}</div>")
    told = "Drawn from the program's source."
    return f'<figure class="tandem-classes">\n{"".join(parts)}\n<figcaption>{told}</figcaption>\n</figure>'


def _sources(topic: Topic) -> dict[str, str]:
    """Framework -> source, of the Python programs."""
    return {key: half.source for key, half in topic.snippets.items() if half.framework.language == "python"}


def draw_classes(found: Sequence[Class], title: str) -> str:
    """Classes as SVG, children below their parents; what overrides is marked, what is abstract is in italics."""
    rows: list[str] = []
    width, y = 0.0, _EDGE
    tops: dict[str, tuple[float, float]] = {}
    for one, depth in _tree(found):
        x = _EDGE + depth * _INDENT
        lines = [*_head(one, depth > 0), *(_said(method) for method in one.methods)]
        wide = max(_width(text) + (70 if mark else 0) for text, mark, _ in lines) + 20
        high = len(lines) * _LINE + 10
        style = "outside" if one.is_outside else one.kind or "own"
        rows.append(f'<rect class="tandem-box tandem-{style}" x="{x}" y="{y}" width="{wide}" height="{high}" rx="4"/>')
        for number, (text, mark, kind) in enumerate(lines):
            at = y + 5 + (number + 0.72) * _LINE
            rows.append(f'<text class="tandem-{kind}" x="{x + 10}" y="{at:g}">{escape(text)}{mark}</text>')
        if parent := one.bases and tops.get(one.bases[0]):
            rows.append(_elbow(parent[0] + _INDENT / 2, parent[1], x, y + 5 + _LINE / 2))
        tops[one.name] = (x, y + high)
        width, y = max(width, x + wide), y + high + _GAP
    return _svg(rows, width, y - _GAP, title, "; ".join(_told(one) for one in found))


def _tree(found: Sequence[Class]) -> Iterator[tuple[Class, int]]:
    """Depth first: each class once, below its first base."""
    names = {one.name for one in found}

    def below(parent: str, depth: int) -> Iterator[tuple[Class, int]]:
        for one in found:
            if one.bases and one.bases[0] == parent:
                yield one, depth
                yield from below(one.name, depth + 1)

    for one in found:
        if not one.bases or one.bases[0] not in names:
            yield one, 0
            yield from below(one.name, 1)


def _head(one: Class, has_parent: bool) -> Iterator[tuple[str, str, str]]:
    if one.kind:
        yield (
            f"\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}{one.kind}\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}",
            "",
            "soft",
        )
    yield one.name, "", "name"
    if others := one.bases[has_parent:]:
        yield f"also {', '.join(others)}", "", "soft"


def _said(method: Method) -> tuple[str, str, str]:
    kind = "abstract-method" if method.is_abstract else "method"
    mark = '<tspan class="tandem-overrides" dx="10">overrides</tspan>' if method.overrides else ""
    return f"{method.name}()", mark, kind


def _width(text: str) -> float:
    return len(text) * _LETTER


def _elbow(x: float, y: float, to_x: float, to_y: float) -> str:
    """From a child up to its parent, where a hollow arrow points."""
    tip = f'<path class="tandem-tip" d="M{x} {y}l-5 9h10z"/>'
    return f'<path class="tandem-wire" d="M{to_x} {to_y}H{x}V{y + 9}"/>{tip}'


def _told(one: Class) -> str:
    """A class in words, for those who cannot see it."""
    inherits = f" inherits from {', '.join(one.bases)}" if one.bases else ""
    has = ", ".join(f"{'overrides ' if m.overrides else ''}{m.name}" for m in one.methods)
    return f"{one.name}{inherits}{': ' if has else ''}{has}"


def draw_ways(found: Sequence[Way], of: str, title: str) -> str:
    """What a call is given, on the left, and what answers, on the right, as SVG."""
    answers = list(dict.fromkeys(way.answer for way in found))
    left = max(_width(text) for text in (*(way.given for way in found), f"{of}(x)")) + 20
    right = max(map(_width, answers)) + 20
    start = left + 3 * _INDENT
    rows, high = [], _LINE + 10
    step = high + _GAP
    tall = max(len(found), len(answers)) * step
    centre = {answer: (n + 0.5) * tall / len(answers) for n, answer in enumerate(answers)}
    for answer, at in centre.items():
        rows.append(_box(start, at - high / 2, right, answer, "own"))
    for number, way in enumerate(found):
        at = (number + 0.5) * tall / len(found)
        rows.append(_box(_EDGE, at - high / 2, left, way.given, "given"))
        bend = (left + start) / 2
        to = centre[way.answer]
        rows.append(f'<path class="tandem-wire" d="M{left} {at:g}C{bend} {at:g} {bend} {to:g} {start - 7} {to:g}"/>')
        rows.append(f'<path class="tandem-arrow" d="M{start} {to:g}l-8-4v8z"/>')
    said = "; ".join(f"{way.given}: {way.answer}" for way in found)
    return _svg(rows, start + right, tall, title, said)


def _box(x: float, y: float, width: float, text: str, style: str) -> str:
    """One line of text in a box."""
    size = f'width="{width:g}" height="{_LINE + 10:g}"'
    rect = f'<rect class="tandem-box tandem-{style}" x="{x:g}" y="{y:g}" {size} rx="4"/>'
    return f'{rect}<text class="tandem-method" x="{x + 10:g}" y="{y + 5 + 0.72 * _LINE:g}">{escape(text)}</text>'


def _svg(rows: Sequence[str], width: float, height: float, title: str, told: str) -> str:
    """The rows as an image that shrinks to `_SMALLEST` of its size where it must, and scrolls from there on."""
    wide, high = round(width + 1), round(height + 1)
    size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" style="min-width: {wide * _SMALLEST:.0f}px"'
    head = f'<svg {size} role="img" xmlns="http://www.w3.org/2000/svg">'
    return f"{head}<title>{escape(title)}</title><desc>{escape(told)}</desc>{''.join(rows)}</svg>"
