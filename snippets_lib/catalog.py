"""Finds the topics. Guarantee: what it returns is well-formed, and every mistake it found names file and line.

`load` reads every folder under snippets/ and every script in docs/notebooks/; a mistake in one topic
keeps that topic out and leaves the others in.
"""

from __future__ import annotations

import ast
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from .model import AREAS, FRAMEWORKS, NOTEBOOKS, Cell, Framework, Snippet, TandemError, Topic

NAME = re.compile(r"[a-z][a-z0-9_]*")
_RECORDED = "recorded"
_IGNORED = {_RECORDED, "__pycache__", ".ipynb_checkpoints"}
_Tolerance = Annotated[float, msgspec.Meta(ge=0.0, lt=1e9)]
_Least = Annotated[float, msgspec.Meta(gt=0.0, lt=1e9)]
_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Time(msgspec.Struct, forbid_unknown_fields=True):
    call: _Text


class _TopicFile(msgspec.Struct, forbid_unknown_fields=True):
    """topic.toml, field by field; msgspec checks names, types and bounds."""

    title: _Text
    summary: _Text
    needs: list[_Text] = []
    seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 60.0
    megabytes: Annotated[int, msgspec.Meta(gt=0, le=16384)] = 4096
    agree: dict[_Text, _Tolerance] = {}
    differ: dict[_Text, _Least] = {}
    unpaired: str = ""
    only: dict[str, _Text] = {}
    print_tolerance: Annotated[float, msgspec.Meta(ge=0, le=0.5)] = 1e-3
    allow_stderr: str = ""
    time: _Time | None = None


@dataclass(frozen=True)
class Catalog:
    """The topics by id, areas in reading order and names in alphabetical order, and what is wrong with the rest."""

    root: Path
    topics: Mapping[str, Topic] = field(default_factory=dict)
    mistakes: tuple[TandemError, ...] = ()

    def pick(self, ids: list[str]) -> list[Topic]:
        """The topics named by `area/topic` or by `area`, all of them for an empty list.

        Raises:
            TandemError: for a name that is neither, with the nearest ones that are.
        """
        picked: dict[str, Topic] = {}
        for wanted in ids or [""]:
            clean = wanted.strip("/").removeprefix("snippets/")
            found = {i: t for i, t in self.topics.items() if clean in ("", i, t.area)}
            if not found:
                raise unknown_topic(wanted, self.topics)
            picked |= found
        return list(picked.values())


def unknown_topic(wanted: str, topics: Mapping[str, Topic], where: str = "") -> TandemError:
    """The error for a topic nobody wrote, naming those that look like it."""
    import difflib

    near = difflib.get_close_matches(wanted, topics, n=3, cutoff=0.5) or list(topics)[:20]
    return TandemError(
        where or "snippets/",
        f"no topic {wanted!r}",
        ", ".join(near),
        "tandem list (shows them all); tandem new area/topic (starts one)",
    )


def find_root(start: Path | None = None) -> Path:
    """The checkout: `$TANDEM_ROOT`, or the nearest folder upwards that holds both snippets/ and mkdocs.yml.

    Raises:
        TandemError: where there is none.
    """
    if named := os.environ.get("TANDEM_ROOT"):
        return Path(named).resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "snippets").is_dir() and (folder / "mkdocs.yml").is_file():
            return folder
    raise TandemError(str(here), "no Tandem checkout here or above", "a folder with snippets/ and mkdocs.yml", "cd into it")


def load(root: Path) -> Catalog:
    """Read every topic and every notebook under `root`."""
    topics: dict[str, Topic] = {}
    mistakes: list[TandemError] = []
    for read, path in _places(root):
        try:
            topic = read(root, path)
            topics[topic.id] = topic
        except TandemError as mistake:
            mistakes.append(mistake)
    return Catalog(root, topics, tuple(mistakes))


def _places(root: Path) -> Iterator[tuple[Callable[[Path, Path], Topic], Path]]:
    """Each topic's folder and each notebook's script with the function that reads it."""
    for area in sorted((root / "snippets").iterdir(), key=_area_order):
        if not area.is_dir() or area.name in _IGNORED:
            continue
        if area.name not in AREAS:
            yield _refuse_area, area
            continue
        for folder in sorted(area.iterdir()):
            if folder.is_dir() and folder.name not in _IGNORED:
                yield load_topic, folder
    for script in sorted((root / "docs" / NOTEBOOKS).glob("*.py")):
        yield load_notebook, script


def _area_order(path: Path) -> tuple[int, str]:
    order = list(AREAS)
    return (order.index(path.name) if path.name in order else len(order), path.name)


def _refuse_area(root: Path, area: Path) -> Topic:
    raise TandemError(
        str(area.relative_to(root)), f"{area.name!r} is no area", ", ".join(AREAS), f"git mv {area.relative_to(root)} snippets/<area>"
    )


def load_topic(root: Path, folder: Path) -> Topic:
    """Read one topic's folder.

    Raises:
        TandemError: for the first mistake found.
    """
    shown = folder.relative_to(root)
    if not NAME.fullmatch(folder.name):
        raise TandemError(str(shown), f"{folder.name!r} is no topic name", "lower-case letters, digits and underscores", "git mv it")
    toml = folder / "topic.toml"
    if not toml.is_file():
        raise TandemError(f"{shown}/topic.toml", "no such file", "one topic.toml in every topic's folder", "tandem new area/topic (shows one)")
    settings = _read_settings(toml, f"{shown}/topic.toml")
    by_file = {framework.filename: framework for framework in FRAMEWORKS.values()}
    for path in sorted(folder.iterdir()):
        if path.name not in {"topic.toml", *by_file, *_IGNORED}:
            raise TandemError(str(shown / path.name), "a file that does not belong in a topic", ", ".join(["topic.toml", *by_file]), f"git rm {shown / path.name}")
    snippets = {
        framework.key: read_snippet(folder / name, framework, str(shown / name))
        for name, framework in by_file.items()
        if (folder / name).is_file()
    }
    topic = Topic(
        id=f"{folder.parent.name}/{folder.name}",
        folder=folder,
        title=settings.title,
        summary=settings.summary,
        snippets={key: snippets[key] for key in FRAMEWORKS if key in snippets},
        needs=tuple(settings.needs),
        seconds=settings.seconds,
        megabytes=settings.megabytes,
        agree=settings.agree,
        differ=settings.differ,
        unpaired=settings.unpaired,
        only=settings.only,
        print_tolerance=settings.print_tolerance,
        allow_stderr=settings.allow_stderr,
        time_call=settings.time.call if settings.time else "",
    )
    _check_pair(topic, f"{shown}/topic.toml", toml.read_text("utf-8"))
    return topic


def _read_settings(path: Path, shown: str) -> _TopicFile:
    text = path.read_text("utf-8")
    try:
        return msgspec.convert(tomllib.loads(text), _TopicFile)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise TandemError(f"{shown}:{line[1] if line else len(text.splitlines())}", f"not TOML: {error}", "https://toml.io", f"edit {shown}") from None
    except msgspec.ValidationError as error:
        fields = ", ".join(_TopicFile.__struct_fields__)
        raise TandemError(f"{shown}:{_line_of_error(text, str(error))}", str(error), f"the fields {fields}", f"edit {shown}") from None


def _line_of_error(text: str, message: str) -> int:
    """The line of topic.toml that a message of msgspec speaks of; 1 where it speaks of something missing."""
    named = re.findall(r"`\$\.([^`]*)`", message) + re.findall(r"unknown field `([^`]*)`", message)
    for path in named:
        key = path.split(".")[-1].split("[")[0]
        if line := line_of_key(text, key):
            return line
        if line := line_of_key(text, path.split(".")[0].split("[")[0]):
            return line
    return 1


def line_of_key(text: str, key: str) -> int:
    """The first line on which TOML gives `key` a value or opens it as a table; 0 where it does neither."""
    here = re.compile(rf'\s*(\[\s*"?{re.escape(key)}"?\s*\]|"?{re.escape(key)}"?\s*=)')
    return next((number for number, line in enumerate(text.splitlines(), 1) if here.match(line)), 0)


def read_snippet(path: Path, framework: Framework, shown: str) -> Snippet:
    """Read one program and split it at its cell markers.

    Raises:
        TandemError: where it is no program of its language, has no cells, or leans on something that is not its own.
    """
    try:
        source = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise TandemError(f"{shown}:1", f"not UTF-8: {error}", "UTF-8", f"save {shown} as UTF-8") from None
    cells, first = _split(source, framework, shown)
    doc = _check_python(source, shown, first) if framework.language == "python" else _leading_comment(source, shown, first)
    return Snippet(framework, path, doc, source, cells)


def _split(source: str, framework: Framework, shown: str) -> tuple[tuple[Cell, ...], int]:
    """The cells, and the line of the first marker."""
    lines = source.splitlines()
    marks = [n for n, line in enumerate(lines) if line.startswith(framework.marker)]
    if not marks:
        raise TandemError(f"{shown}:1", "no cells", f"at least one line {framework.marker} Title", f"edit {shown}")
    cells: list[Cell] = []
    for at, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        title = lines[at].removeprefix(framework.marker).strip()
        if not title or '"' in title or ";" in title:
            raise TandemError(f"{shown}:{at + 1}", f"the cell title {title!r}", 'some words without " and ;', f"edit {shown}")
        if title in {cell.title for cell in cells}:
            raise TandemError(f"{shown}:{at + 1}", f"a second cell called {title!r}", "each title once", f"edit {shown}")
        begin = next((n for n in range(at + 1, end) if lines[n].strip()), at + 1)
        code = "\n".join(lines[begin:end]).rstrip()
        if not code:
            raise TandemError(f"{shown}:{at + 1}", f"the cell {title!r} is empty", "code", f"edit {shown}")
        cells.append(Cell(title, begin + 1, code))
    return tuple(cells), marks[0] + 1


def _check_python(source: str, shown: str, first: int) -> str:
    """The docstring, once the file is known to parse and to stand alone."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise TandemError(f"{shown}:{error.lineno}", f"not Python: {error.msg}", "a program that runs alone", f"edit {shown}") from None
    doc = ast.get_docstring(tree)
    if not doc:
        raise TandemError(f"{shown}:1", "no docstring", "one sentence in triple quotes, before the first cell", f"edit {shown}")
    for node in tree.body[1:]:
        if node.lineno < first:
            raise TandemError(f"{shown}:{node.lineno}", "code before the first cell", "the docstring only", f"move it below line {first}")
    for walked in ast.walk(tree):
        names = [alias.name for alias in walked.names] if isinstance(walked, ast.Import) else []
        if isinstance(walked, ast.ImportFrom):
            names = ["." if walked.level else walked.module or ""]
        for name in names:
            if name.split(".")[0] in {"", "snippets_lib", "snippets"} or name.startswith("in_"):
                raise TandemError(
                    f"{shown}:{getattr(walked, 'lineno', 1)}",
                    f"imports {name!r}",
                    "the standard library, NumPy, the framework's family and what topic.toml needs",
                    "write it out: readers copy the file alone",
                )
    return doc


def _leading_comment(source: str, shown: str, first: int) -> str:
    lines = source.splitlines()[: first - 1]
    doc = " ".join(line.strip().lstrip("/").strip() for line in lines if line.strip().startswith("//"))
    if not doc:
        raise TandemError(f"{shown}:1", "no comment on top", "one sentence behind //, before the first cell", f"edit {shown}")
    return doc


def _check_pair(topic: Topic, shown: str, text: str) -> None:
    """Raise for the first way in which the snippets do not make a topic."""
    keys = list(topic.snippets)
    if not keys:
        raise TandemError(shown, "no snippets beside it", ", ".join(f.filename for f in FRAMEWORKS.values()), f"tandem new {topic.id}")
    if len(keys) == 1 and not topic.unpaired:
        only = FRAMEWORKS[keys[0]]
        raise TandemError(
            f"{shown}:1", f"{only.filename} stands alone", 'its other half beside it, or unpaired = "why there is none"', f"write the other file in snippets/{topic.id}/"
        )
    if topic.unpaired and topic.names:
        raise TandemError(f"{shown}:{line_of_key(text, 'unpaired')}", "unpaired, yet it compares values", "one of the two", f"edit {shown}")
    if not topic.unpaired and not topic.names:
        raise TandemError(f"{shown}:1", "compares nothing", 'an [agree] table, or unpaired = "why"', f"edit {shown}")
    for name in topic.names:
        line = line_of_key(text, name)
        if not name.isidentifier():
            raise TandemError(f"{shown}:{line}", f"{name!r} is no name", "the name of a variable in both snippets", f"edit {shown}")
        if name in topic.agree and name in topic.differ:
            raise TandemError(f"{shown}:{line}", f"{name} must both agree and differ", "one of the two", f"edit {shown}")
    _check_cells(topic, shown, text)
    for snippet in topic.snippets.values():
        if snippet.framework.language == "python":
            _check_computed(topic, snippet)


def _check_cells(topic: Topic, shown: str, text: str) -> None:
    first, *others = topic.snippets.values()
    for title in topic.only:
        holders = [s for s in topic.snippets.values() if title in {c.title for c in s.cells}]
        if len(holders) != 1:
            raise TandemError(
                f"{shown}:{line_of_key(text, title)}", f"[only] names {title!r}, which {len(holders)} snippets have", "a cell that exactly one has", f"edit {shown}"
            )
    for other in others:
        pair = [[c for c in s.cells if c.title not in topic.only] for s in (first, other)]
        for number in range(max(map(len, pair))):
            here, there = (cells[number] if number < len(cells) else None for cells in pair)
            if here and there and here.title == there.title:
                continue
            at = there or other.cells[-1]
            raise TandemError(
                f"snippets/{topic.id}/{other.path.name}:{at.line - 1}",
                f"cell {number + 1} is {there.title if there else 'missing'!r} where {first.path.name} has {here.title if here else 'none'!r}",
                f"the same titles in the same order, or a line in [only] of {shown} that says why not",
                "edit one of the two",
            )


_MAKERS = {"array", "asarray", "float32", "float64", "int32", "int64", "zeros", "ones", "full", "arange", "linspace"}
_BUILTINS = {"float", "int", "bool", "abs", "round", "list", "tuple", "range", "len", "sum", "min", "max", "sorted"}


def _check_computed(topic: Topic, snippet: Snippet) -> None:
    """Refuse a compared name that only literals ever flowed into: such a comparison cannot fail."""
    tree = ast.parse(snippet.source)
    known: dict[str, tuple[bool, int]] = {}  # name -> (only literals, line)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            known[node.name] = (False, node.lineno)
    for statement in tree.body:
        _follow(statement, known)
    filled = _filled(tree)
    for name in topic.names:
        literal, line = known.get(name, (False, 0))
        if literal and name not in filled:
            raise TandemError(
                f"snippets/{topic.id}/{snippet.path.name}:{line}",
                f"{name} is compared, but it is a constant that nothing computed",
                "a value that the framework computed",
                f"compute {name}, or take it out of topic.toml",
            )


def _filled(tree: ast.Module) -> set[str]:
    """Names of containers that something fills after they were bound: `losses.append(…)`, `table[i] = …`."""
    called = (n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and (n.args or n.keywords))
    stored = (n for n in ast.walk(tree) if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
    targets = [n.value for n in (*called, *stored) if isinstance(n, ast.Attribute | ast.Subscript)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _follow(node: ast.AST, known: dict[str, tuple[bool, int]]) -> None:
    """Note for each name that a module-level statement binds whether only literals flowed into it."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        literal = node.value is not None and _is_literal(node.value, known)
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    before = known.get(name.id, (True, 0))[0] if isinstance(node, ast.AugAssign) else True
                    whole = isinstance(target, ast.Name | ast.Tuple | ast.List)
                    known[name.id] = (literal and before and whole, node.lineno)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            _follow(child, known)


def _is_literal(node: ast.expr, known: Mapping[str, tuple[bool, int]]) -> bool:
    if isinstance(node, ast.Call):
        called = node.func
        made = isinstance(called, ast.Attribute) and called.attr in _MAKERS and isinstance(called.value, ast.Name) and called.value.id in {"np", "numpy"}
        built = isinstance(called, ast.Name) and called.id in _BUILTINS
        return (made or built) and all(_is_literal(a, known) for a in node.args)
    if isinstance(node, ast.Name):
        return known.get(node.id, (False, 0))[0]
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id in {"np", "numpy"}
    if isinstance(node, ast.Constant):
        return True
    children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    simple = ast.List | ast.Tuple | ast.BinOp | ast.UnaryOp | ast.Starred | ast.Subscript | ast.Compare | ast.BoolOp
    return isinstance(node, simple) and all(_is_literal(child, known) for child in children)


_HEADER = re.compile(r"^# tandem:(.*)$", re.MULTILINE)


def load_notebook(root: Path, script: Path) -> Topic:
    """Read a narrative notebook: a percent script in docs/notebooks/ whose prose stands in `# %% [markdown]` cells.

    Its first heading is the title and the first sentence under it the summary. A line
    `# tandem: needs=scikit-learn,matplotlib seconds=60` says what topic.toml says elsewhere.

    Raises:
        TandemError: for the first mistake found.
    """
    shown = str(script.relative_to(root))
    source = script.read_text("utf-8")
    header = _HEADER.search(source)
    line = source[: header.start()].count("\n") + 1 if header else 1
    settings = dict(part.partition("=")[::2] for part in header[1].split()) if header else {}
    if unknown := set(settings) - {"needs", "seconds", "print_tolerance"}:
        raise TandemError(f"{shown}:{line}", f"unknown setting {sorted(unknown)[0]!r}", "needs, seconds, print_tolerance", f"edit {shown}")
    framework = next(
        (f for key, f in FRAMEWORKS.items() if key in ("pytorch", "tensorflow") and re.search(rf"^\s*(import|from) {f.preload[0]}\b", source, re.MULTILINE)),
        FRAMEWORKS["python"],
    )
    title = re.search(r"^# # (.+)$", source, re.MULTILINE)
    summary = re.search(r"^# # .+\n#\n# (.+)$", source, re.MULTILINE)
    if not title or not summary:
        raise TandemError(f"{shown}:1", "no title and summary", "a [markdown] cell with # Title, an empty line, a sentence", f"edit {shown}")
    try:
        ast.parse(source)
        seconds, tolerance = float(settings.get("seconds", 60)), float(settings.get("print_tolerance", 1e-3))
    except SyntaxError as error:
        raise TandemError(f"{shown}:{error.lineno}", f"not Python: {error.msg}", "a program that runs alone", f"edit {shown}") from None
    except ValueError as error:
        raise TandemError(f"{shown}:{line}", str(error), "a number", f"edit {shown}") from None
    snippet = Snippet(framework, script, summary[1], source, _notebook_cells(source, shown))
    return Topic(
        id=f"{NOTEBOOKS}/{script.stem}",
        folder=script.parent,
        title=title[1].strip(),
        summary=summary[1].strip(),
        snippets={framework.key: snippet},
        needs=tuple(filter(None, settings.get("needs", "").split(","))),
        seconds=seconds,
        unpaired="a notebook tells one story in one framework",
        print_tolerance=tolerance,
    )


def _notebook_cells(source: str, shown: str) -> tuple[Cell, ...]:
    """The code cells of a percent script, called by their number, prose left out."""
    lines = source.splitlines()
    marks = [n for n, line in enumerate(lines) if line.startswith("# %%")]
    cells: list[Cell] = []
    for at, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        if "[markdown]" in lines[at]:
            continue
        begin = next((n for n in range(at + 1, end) if lines[n].strip()), at + 1)
        cells.append(Cell(f"{len(cells) + 1}", begin + 1, "\n".join(lines[begin:end]).rstrip()))
    if not cells:
        raise TandemError(f"{shown}:1", "no code cells", "lines # %% between the prose", f"edit {shown}")
    return tuple(cells)
