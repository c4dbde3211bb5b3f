"""Finds the topics. Guarantee: what it returns is well-formed, and every mistake it found names file and line.

`load` reads every folder under snippets/, and every script and every folder in docs/notebooks/; a mistake in one
topic keeps that topic out and leaves the others in.
"""

from __future__ import annotations

import ast
import os
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from . import literals
from .model import AREAS, FRAMEWORKS, MODES, NOTEBOOKS, Cell, Framework, Snippet, TandemError, Timed, Topic

NAME = re.compile(r"[a-z][a-z0-9_]*")
_RECORDED = "recorded"
_IGNORED = {_RECORDED, "__pycache__"}
_Tolerance = Annotated[float, msgspec.Meta(ge=0.0, lt=1e9)]
_Least = Annotated[float, msgspec.Meta(gt=0.0, lt=1e9)]
_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Seconds = Annotated[float, msgspec.Meta(gt=0, le=600)]
_Print = Annotated[float, msgspec.Meta(ge=0, le=0.5)]
_Mode = Literal["eager", "torch.compile", "tf.function", "xla"]


class _Time(msgspec.Struct, forbid_unknown_fields=True):
    """The table [time]; see `model.Timed`."""

    call: _Text
    train: str = ""
    inputs: str = ""
    arguments: list[_Text] = []
    batch_sizes: list[Annotated[int, msgspec.Meta(gt=0)]] = []
    modes: tuple[_Mode, ...] = ()
    bfloat16: Literal["", "autocast", "cast"] = ""
    note: str = ""


class _TopicFile(msgspec.Struct, forbid_unknown_fields=True):
    """topic.toml, field by field; msgspec checks names, types and bounds."""

    title: _Text
    summary: _Text
    needs: list[_Text] = []
    seconds: _Seconds = 60.0
    megabytes: Annotated[int, msgspec.Meta(gt=0, le=16384)] = 4096
    agree: dict[_Text, _Tolerance] = {}
    differ: dict[_Text, _Least] = {}
    unpaired: str = ""
    only: dict[str, _Text] = {}
    print_tolerance: _Print = 1e-3
    allow_stderr: str = ""
    allow_release: str = ""
    spread: list[_Text] = []
    time: _Time | None = None


class _NotebookLine(msgspec.Struct, forbid_unknown_fields=True):
    """What a notebook's line `# tandem: …` may set."""

    needs: str = ""
    seconds: _Seconds = 60.0
    print_tolerance: _Print = 1e-3


@dataclass(frozen=True)
class Catalog:
    """The topics by id, areas in reading order and names in alphabetical order, and what is wrong with the rest."""

    root: Path
    topics: Mapping[str, Topic] = field(default_factory=dict)
    mistakes: tuple[TandemError, ...] = ()

    def pick(self, ids: list[str]) -> list[Topic]:
        """The topics named by `area/topic` or by `area`, all of them for an empty list; broken ones are left out.

        Raises:
            TandemError: for a name that is neither, with the nearest ones that are.
        """
        picked: dict[str, Topic] = {}
        for wanted in map(plain, ids):
            found = {i: t for i, t in self.topics.items() if wanted in (i, t.area)}
            if not found and not self.mistakes_of(wanted):
                raise unknown_topic(wanted, self.topics)
            picked |= found
        return list((picked if ids else self.topics).values())

    def mistakes_of(self, wanted: str) -> list[TandemError]:
        """What keeps `area/topic`, or a topic of `area`, out of the catalog."""
        return [m for m in self.mistakes if re.match(rf"(snippets|docs)/{re.escape(wanted)}[/.]", m.where)]


def plain(wanted: str) -> str:
    """A topic as people write it, such as `snippets/workflow/my_topic/`, as its id."""
    return wanted.strip("/").removeprefix("snippets/")


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
        root = Path(named).resolve()
        if not (root / "snippets").is_dir() or not (root / "mkdocs.yml").is_file():
            raise TandemError(
                f"TANDEM_ROOT={named}",
                "no Tandem checkout",
                "a folder with snippets/ and mkdocs.yml",
                "unset TANDEM_ROOT",
            )
        return root
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "snippets").is_dir() and (folder / "mkdocs.yml").is_file():
            return folder
    raise TandemError(
        str(here), "no Tandem checkout here or above", "a folder with snippets/ and mkdocs.yml", "cd into it"
    )


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
        if not area.is_dir() or _is_ignored(area):
            continue
        if area.name not in AREAS:
            yield _refuse_area, area
            continue
        yield from ((load_topic, folder) for folder in _folders(area))
    notebooks = root / "docs" / NOTEBOOKS
    for script in sorted(notebooks.glob("*.py")):
        yield load_notebook, script
    yield from ((load_topic, folder) for folder in _folders(notebooks))


def _folders(place: Path) -> list[Path]:
    """The topics' folders in an area."""
    if not place.is_dir():
        return []
    return [folder for folder in sorted(place.iterdir()) if folder.is_dir() and not _is_ignored(folder)]


def _is_ignored(path: Path) -> bool:
    """True for what tools leave behind, hidden or not."""
    return path.name in _IGNORED or path.name.startswith(".")


def _area_order(path: Path) -> tuple[int, str]:
    order = list(AREAS)
    return (order.index(path.name) if path.name in order else len(order), path.name)


def _refuse_area(root: Path, area: Path) -> Topic:
    raise TandemError(
        str(area.relative_to(root)),
        f"{area.name!r} is no area",
        ", ".join(AREAS),
        f"git mv {area.relative_to(root)} snippets/<area>",
    )


def load_topic(root: Path, folder: Path) -> Topic:
    """Read one topic's folder, or in docs/notebooks/ the folder of a story that is told in each framework.

    Raises:
        TandemError: for the first mistake found.
    """
    shown = folder.relative_to(root).as_posix()
    _check_folder(folder, shown)
    text = read_text(folder / "topic.toml", f"{shown}/topic.toml")
    settings = _parse_settings(text, f"{shown}/topic.toml")
    topic = Topic(
        id=f"{folder.parent.name}/{folder.name}",
        folder=folder,
        title=settings.title,
        summary=settings.summary,
        snippets={
            key: read_snippet(folder / framework.filename, framework, f"{shown}/{framework.filename}")
            for key, framework in FRAMEWORKS.items()
            if (folder / framework.filename).is_file()
        },
        needs=tuple(settings.needs),
        seconds=settings.seconds,
        megabytes=settings.megabytes,
        agree=settings.agree,
        differ=settings.differ,
        unpaired=settings.unpaired,
        only=settings.only,
        print_tolerance=settings.print_tolerance,
        allow_stderr=settings.allow_stderr,
        allow_release=settings.allow_release,
        spread=tuple(settings.spread),
        time=_timed(settings.time) if settings.time else None,
    )
    _check_pair(topic, f"{shown}/topic.toml", text)
    _check_timed(topic, f"{shown}/topic.toml", text)
    _check_spread(topic, f"{shown}/topic.toml", text)
    return topic


def _timed(table: _Time) -> Timed:
    return Timed(
        table.call,
        table.train,
        table.inputs,
        tuple(table.arguments),
        tuple(table.batch_sizes),
        tuple(mode for mode in MODES if mode in (table.modes or MODES)),
        table.bfloat16,
        table.note,
    )


def _check_folder(folder: Path, shown: str) -> None:
    """Raise where a topic's folder has another name, or holds other files, than it may."""
    if not NAME.fullmatch(folder.name):
        raise TandemError(
            shown, f"{folder.name!r} is no topic name", "lower-case letters, digits and underscores", "git mv it"
        )
    if not (folder / "topic.toml").is_file():
        raise TandemError(
            f"{shown}/topic.toml",
            "no such file",
            "one topic.toml in every topic's folder",
            "tandem new area/topic (shows one)",
        )
    files = ["topic.toml", *(framework.filename for framework in FRAMEWORKS.values())]
    if folder.parent.name == NOTEBOOKS:
        files += [f"{Path(name).stem}.ipynb" for name in files[1:] if name.endswith(".py")]
    for path in sorted(folder.iterdir()):
        if path.name not in files and not _is_ignored(path):
            raise TandemError(
                f"{shown}/{path.name}",
                "a file that does not belong in a topic",
                ", ".join(files),
                f"git rm {shown}/{path.name}",
            )


def read_text(path: Path, shown: str) -> str:
    """The text of a file, whatever its line ends.

    Raises:
        TandemError: where it is not UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TandemError(f"{shown}:{line}", f"not UTF-8: {error}", "UTF-8", f"save {shown} as UTF-8") from None


def _parse_settings(text: str, shown: str) -> _TopicFile:
    try:
        stored = tomllib.loads(text)
        return msgspec.convert(stored, _TopicFile)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise TandemError(
            f"{shown}:{line[1] if line else len(text.splitlines())}",
            f"not TOML: {error}",
            "https://toml.io",
            f"edit {shown}",
        ) from None
    except msgspec.ValidationError as error:
        fields = ", ".join(_TopicFile.__struct_fields__)
        raise TandemError(
            f"{shown}:{_line_of_error(text, stored, str(error))}", str(error), f"the fields {fields}", f"edit {shown}"
        ) from None


def _line_of_error(text: str, stored: dict[str, Any], message: str) -> int:
    """The line of topic.toml that a message of msgspec speaks of; 1 where it speaks of something missing."""
    named = re.findall(r"unknown field `([^`]*)`", message)
    for table, rest in re.findall(r"`\$\.(\w+)([^`]*)`", message):
        entries = stored[table] if rest == "[...]" and isinstance(stored[table], dict) else {}
        named += [key for key, value in entries.items() if not _fits(table, key, value)]
        named += [*reversed(re.findall(r"\.(\w+)", rest)), table]  # `$.time.modes[0]`: modes, then time
    return line_of_key(text, named[0]) if named else 1


def _fits(table: str, key: str, value: object) -> bool:
    """True where topic.toml may hold this entry in this table."""
    try:
        msgspec.convert({"title": "-", "summary": "-", table: {key: value}}, _TopicFile)
    except msgspec.ValidationError:
        return False
    return True


def line_of_key(text: str, key: str) -> int:
    """The first line on which TOML gives `key` a value or opens it as a table; 1 where it does neither."""
    quoted = rf"[\"']?{re.escape(key)}[\"']?"
    alone = re.compile(rf"\s*(\[\s*{quoted}\s*\]|{quoted}\s*=)")
    inside = re.compile(rf".*[\s.,{{]{quoted}\s*=")  # agree.loss = 1e-6, agree = {{ loss = 1e-6 }}
    lines = list(enumerate(text.splitlines(), 1))
    return next((number for here in (alone, inside) for number, line in lines if here.match(line)), 1)


def read_snippet(path: Path, framework: Framework, shown: str) -> Snippet:
    """Read one program and split it at its cell markers; in docs/notebooks/, one notebook.

    Raises:
        TandemError: where it is no program of its language, has no cells, or leans on something that is not its own.
    """
    if path.parent.parent.name == NOTEBOOKS:
        return _read_notebook(path, framework, shown)
    source = read_text(path, shown)
    cells, first = _split(source, framework, shown)
    if framework.language == "python":
        doc = _check_python(source, shown, first)
        for cell in cells:
            _parse(cell.source, shown, cell.line - 1, f"the cell {cell.title!r} is no program by itself")
    else:
        doc = _leading_comment(source, shown, first)
    return Snippet(framework, path, doc, source, cells)


def _split(source: str, framework: Framework, shown: str) -> tuple[tuple[Cell, ...], int]:
    """The cells, and the line of the first marker."""
    lines = source.split("\n")
    marks = [n for n, line in enumerate(lines) if line.startswith(framework.marker)]
    if not marks:
        raise TandemError(f"{shown}:1", "no cells", f"at least one line {framework.marker} Title", f"edit {shown}")
    cells: list[Cell] = []
    for at, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        title = lines[at].removeprefix(framework.marker).strip()
        _check_title(title, cells, shown, at + 1)
        begin = next((n for n in range(at + 1, end) if lines[n].strip()), at + 1)
        code = "\n".join(lines[begin:end]).rstrip()
        if not code:
            raise TandemError(f"{shown}:{at + 1}", f"the cell {title!r} is empty", "code", f"edit {shown}")
        cells.append(Cell(title, begin + 1, code))
    return tuple(cells), marks[0] + 1


def _check_title(title: str, cells: list[Cell], shown: str, line: int) -> None:
    if not title or set(title) & set('";{}<>|[]'):
        allowed = 'some words without " ; { } < > | [ ]'
        raise TandemError(f"{shown}:{line}", f"the cell title {title!r}", allowed, f"edit {shown}")
    if slug(title) in {slug(cell.title) for cell in cells}:
        raise TandemError(f"{shown}:{line}", f"a second cell called {title!r}", "each title once", f"edit {shown}")


def slug(title: str) -> str:
    """A title as it stands in anchors and names of files.

    ```python
    from snippets_lib.catalog import slug

    print(slug("Train, 20 steps!"))
    #> train-20-steps
    ```
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "cell"


def _parse(source: str, shown: str, above: int = 0, found: str = "not Python") -> ast.Module:
    """A syntax tree; a program that makes the compiler warn, as of an unknown escape, is refused too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(source)
    except (SyntaxError, ValueError) as error:  # a null byte is a ValueError until Python 3.12
        line, why = (error.lineno or 1, error.msg) if isinstance(error, SyntaxError) else (1, str(error))
        raise TandemError(
            f"{shown}:{line + above}", f"{found}: {why}", "a program that runs alone", f"edit {shown}"
        ) from None


def _check_python(source: str, shown: str, first: int) -> str:
    """The docstring, once the file is known to parse and to stand alone."""
    tree = _parse(source, shown)
    doc = ast.get_docstring(tree)
    if not doc:
        raise TandemError(
            f"{shown}:1", "no docstring", "one sentence in triple quotes, before the first cell", f"edit {shown}"
        )
    for node in tree.body[1:]:
        if node.lineno < first:
            raise TandemError(
                f"{shown}:{node.lineno}",
                "code before the first cell",
                "the docstring only",
                f"move it below line {first}",
            )
    _check_imports(tree, shown)
    return doc


def _check_imports(tree: ast.Module, shown: str) -> None:
    """Raise where a program imports a sibling or this library."""
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


def _leading_comment(source: str, shown: str, first: int) -> str:
    lines = source.splitlines()[: first - 1]
    doc = " ".join(line.strip().lstrip("/").strip() for line in lines if line.strip().startswith("//"))
    if not doc:
        raise TandemError(
            f"{shown}:1", "no comment on top", "one sentence behind //, before the first cell", f"edit {shown}"
        )
    return doc


def _check_pair(topic: Topic, shown: str, text: str) -> None:
    """Raise for the first way in which the snippets do not make a topic."""
    keys = list(topic.snippets)
    if not keys:
        raise TandemError(
            shown, "no snippets beside it", ", ".join(f.filename for f in FRAMEWORKS.values()), f"tandem new {topic.id}"
        )
    if len(keys) == 1 and not topic.unpaired:
        only = FRAMEWORKS[keys[0]]
        raise TandemError(
            f"{shown}:1",
            f"{only.filename} stands alone",
            'its other half beside it, or unpaired = "why there is none"',
            f"write the other file in {topic.place}/",
        )
    if topic.unpaired and topic.names:
        raise TandemError(
            f"{shown}:{line_of_key(text, 'unpaired')}",
            "unpaired, yet it compares values",
            "one of the two",
            f"edit {shown}",
        )
    if not topic.unpaired and not topic.names:
        raise TandemError(f"{shown}:1", "compares nothing", 'an [agree] table, or unpaired = "why"', f"edit {shown}")
    _check_names(topic, shown, text)
    _check_cells(topic, shown, text)
    for snippet in topic.snippets.values():
        if snippet.framework.language == "python":
            _check_computed(topic, snippet)


def _check_names(topic: Topic, shown: str, text: str) -> None:
    for name in topic.names:
        line = line_of_key(text, name)
        if not name.isidentifier():
            raise TandemError(
                f"{shown}:{line}", f"{name!r} is no name", "the name of a variable in both snippets", f"edit {shown}"
            )
        if name in topic.agree and name in topic.differ:
            raise TandemError(
                f"{shown}:{line}", f"{name} must both agree and differ", "one of the two", f"edit {shown}"
            )


def _check_cells(topic: Topic, shown: str, text: str) -> None:
    first, *others = topic.snippets.values()
    for title in topic.only:
        holders = [s for s in topic.snippets.values() if title in {c.title for c in s.cells}]
        if len(holders) != 1:
            raise TandemError(
                f"{shown}:{line_of_key(text, title)}",
                f"[only] names {title!r}, which {len(holders)} snippets have",
                "a cell that exactly one has",
                f"edit {shown}",
            )
    for other in others:
        pair = [[c for c in s.cells if c.title not in topic.only] for s in (first, other)]
        for number in range(max(map(len, pair))):
            here, there = (cells[number] if number < len(cells) else None for cells in pair)
            if here and there and here.title == there.title:
                continue
            at = there or other.cells[-1]
            found, wanted = (repr(cell.title) if cell else "missing" for cell in (there, here))
            raise TandemError(
                f"{topic.place}/{other.path.name}:{at.line - 1}",
                f"cell {number + 1} is {found}; in {first.path.name} it is {wanted}",
                f"the same titles in the same order, or a line in [only] of {shown} that says why not",
                "edit one of the two",
            )


def _check_computed(topic: Topic, snippet: Snippet) -> None:
    """Refuse a compared name that only literals ever flowed into: such a comparison cannot fail."""
    found = literals.constants(snippet.source)
    for name in topic.names:
        if name in found:
            raise TandemError(
                f"{topic.place}/{snippet.path.name}:{found[name]}",
                f"{name} is compared, but it is a constant that nothing computed",
                "a value that the framework computed",
                f"compute {name}, or take it out of topic.toml",
            )


def _check_timed(topic: Topic, shown: str, text: str) -> None:
    """Raise where [time] names a function that a half does not define, or contradicts itself."""
    if topic.time is None:
        return
    if topic.time.batch_sizes and not topic.time.inputs:
        raise TandemError(
            f"{shown}:{line_of_key(text, 'batch_sizes')}",
            "batch_sizes without inputs",
            'inputs = "the function that takes a batch size and gives the arguments"',
            f"edit {shown}",
        )
    if topic.time.arguments and topic.time.inputs:
        raise TandemError(
            f"{shown}:{line_of_key(text, 'arguments')}", "inputs and arguments", "one of the two", f"edit {shown}"
        )
    for snippet in topic.snippets.values():
        for name in topic.time.names:
            if snippet.framework.language != "python" or defining_cell(snippet, name) is None:
                raise TandemError(
                    f"{topic.place}/{snippet.path.name}:{snippet.cells[-1].line}",
                    f"[time] names {name!r}, which no cell defines",
                    f"a function {name} at the top level of a cell",
                    f"define {name}, or take it out of {shown}",
                )


SEED = re.compile(r"^seed = (\d+)$", re.MULTILINE)
"""The line that `tandem spread` changes."""


def _check_spread(topic: Topic, shown: str, text: str) -> None:
    """Raise where `spread` names what is not compared, or where a half has no seed to change."""
    for name in topic.spread:
        if name not in topic.agree:
            known = ", ".join(topic.agree) or "nothing: there is no [agree]"
            raise TandemError(
                f"{shown}:{line_of_key(text, 'spread')}", f"spread names {name!r}", known, f"edit {shown}"
            )
    for snippet in topic.snippets.values() if topic.spread else ():
        found = [snippet.source.count("\n", 0, match.start()) + 1 for match in SEED.finditer(snippet.source)]
        if len(found) != 1:
            raise TandemError(
                f"{topic.place}/{snippet.path.name}:{found[1] if found else 1}",
                f"{len(found)} lines seed = <number>, and topic.toml asks for its spread",
                "one line seed = 0, which everything random comes from",
                "draw the start weights and the order of the batches from np.random.default_rng(seed)",
            )


def defining_cell(snippet: Snippet, name: str) -> int | None:
    """The number of the first cell that binds `name` at its top level; None where none does."""
    for number, cell in enumerate(snippet.cells):
        for node in ast.parse(cell.source).body:
            bound = {node.name} if isinstance(node, ast.FunctionDef | ast.ClassDef) else set()
            targets = node.targets if isinstance(node, ast.Assign) else []
            bound |= {target.id for target in targets if isinstance(target, ast.Name)}
            if name in bound:
                return number
    return None


_HEADER = re.compile(r"^# tandem:(.*)$", re.MULTILINE)


def load_notebook(root: Path, script: Path) -> Topic:
    """Read a narrative notebook: a percent script in docs/notebooks/ whose prose stands in `# %% [markdown]` cells.

    Its first heading is the title and the first sentence under it the summary. A line
    `# tandem: needs=scikit-learn,matplotlib seconds=60` says what topic.toml says elsewhere.

    Raises:
        TandemError: for the first mistake found.
    """
    shown = script.relative_to(root).as_posix()
    source = read_text(script, shown)
    settings, framework = _notebook_settings(source, shown), _notebook_framework(source)
    title, summary = _notebook_title(source, shown)
    return Topic(
        id=f"{NOTEBOOKS}/{script.stem}",
        folder=script.parent,
        title=title,
        summary=summary,
        snippets={framework.key: _read_notebook(script, framework, shown)},
        needs=tuple(filter(None, settings.needs.split(","))),
        seconds=settings.seconds,
        unpaired="a notebook tells one story in one framework",
        print_tolerance=settings.print_tolerance,
    )


def _read_notebook(path: Path, framework: Framework, shown: str) -> Snippet:
    """One notebook as a snippet, whose sentence is its summary."""
    source = read_text(path, shown)
    tree = _parse(source, shown)
    summary, cells = _notebook_title(source, shown)[1], _notebook_cells(source, shown)
    _check_imports(tree, shown)
    return Snippet(framework, path, summary, source, cells)


def _notebook_title(source: str, shown: str) -> tuple[str, str]:
    """A notebook's first heading and the sentence under it."""
    found = re.search(r"^# # (.+)\n#\n# (.+)$", source, re.MULTILINE)
    if not found:
        allowed = "a [markdown] cell with # Title, an empty line, a sentence"
        raise TandemError(f"{shown}:1", "no title and summary", allowed, f"edit {shown}")
    return found[1].strip(), found[2].strip()


def _notebook_framework(source: str) -> Framework:
    """The framework that a notebook imports, or plain Python."""
    for framework in FRAMEWORKS.values():
        imports = rf"^\s*(import|from) {framework.preload[0]}\b"
        if framework.server != "python" and re.search(imports, source, re.MULTILINE):
            return framework
    return FRAMEWORKS["python"]


def _notebook_settings(source: str, shown: str) -> _NotebookLine:
    """What the line `# tandem: …` sets, and the default for the rest."""
    header = _HEADER.search(source)
    if header is None:
        return _NotebookLine()
    line = source[: header.start()].count("\n") + 1
    try:
        return msgspec.convert(
            dict(part.partition("=")[::2] for part in header[1].split()), _NotebookLine, strict=False
        )
    except msgspec.ValidationError as error:
        fields = " ".join(f"{name}=…" for name in _NotebookLine.__struct_fields__)
        raise TandemError(f"{shown}:{line}", str(error), f"# tandem: {fields}", f"edit {shown}") from None


def _notebook_cells(source: str, shown: str) -> tuple[Cell, ...]:
    """The code cells of a percent script, prose left out; one without a title is called by its number."""
    lines = source.split("\n")
    marks = [n for n, line in enumerate(lines) if line.startswith("# %%")]
    for number, line in enumerate(lines[: marks[0] if marks else None], 1):
        if line.strip() and not line.startswith("#"):
            raise TandemError(f"{shown}:{number}", "code before the first cell", "comments", "put # %% above it")
    cells: list[Cell] = []
    for at, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        if "[markdown]" in lines[at]:
            continue
        title = lines[at].removeprefix("# %%").strip() or f"{len(cells) + 1}"
        _check_title(title, cells, shown, at + 1)
        begin = next((n for n in range(at + 1, end) if lines[n].strip()), at + 1)
        cells.append(Cell(title, begin + 1, "\n".join(lines[begin:end]).rstrip()))
    if not cells:
        raise TandemError(f"{shown}:1", "no code cells", "lines # %% between the prose", f"edit {shown}")
    return tuple(cells)
