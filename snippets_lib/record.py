"""Reads and writes what a topic did. Guarantee: a record is whole or it is the one from before.

A topic's record is the folder recorded/: one transcript and the figures for each snippet, and record.json, which is
written last and holds a fingerprint of every other file and of itself, so that an interrupted writing and an edit by
hand both show. The record of a narrative notebook is the .ipynb beside its script, which holds a fingerprint of itself;
two that tell one story hold the same fingerprint of their sources and the same gaps.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import re
import tempfile
import tokenize
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from . import figures
from .model import CellRun, Figure, Gap, Record, RecordedRun, Snippet, TandemError, Topic

RUNNER = "1"
"""Raised by hand whenever the same snippets would be recorded differently."""

SPREAD = "spread.json"
"""Beside the record, for `tandem spread` takes as long as five runs and is made apart."""

_MARK = "# %% "


class _Cell(msgspec.Struct):
    title: str
    seconds: float
    figures: dict[str, str]


class _Run(msgspec.Struct):
    seconds: float
    megabytes: float
    cells: list[_Cell]


class _File(msgspec.Struct):
    """record.json."""

    digest: str
    parts: dict[str, str]
    recorded_on: str
    versions: dict[str, str]
    runs: dict[str, _Run]
    gaps: list[Gap]
    files: dict[str, str]
    seal: str = ""


def pins(root: Path) -> dict[str, str]:
    """constraints.txt: distribution -> version.

    Raises:
        TandemError: where the file is missing.
    """
    try:
        text = (root / "constraints.txt").read_text("utf-8")
    except OSError:
        raise TandemError(
            "constraints.txt", "no such file", "a pin for every package", "git checkout constraints.txt"
        ) from None
    found = re.findall(r"^([\w.-]+)==([^\s;#]+)", text, re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def parts(topic: Topic) -> dict[str, str]:
    """A fingerprint of each cell (`in_pytorch.py: Title`) and of what topic.toml says."""
    found = {}
    for snippet in topic.snippets.values():
        for cell in snippet.cells:
            found[f"{snippet.path.name}: {cell.title}"] = _hash(cell.source)
    # Wording and limits decide nothing about the outcome; what is compared, and how, does.
    rules = [topic.agree, topic.differ, topic.print_tolerance, topic.allow_stderr, topic.needs]
    found["topic.toml"] = _hash(json.dumps(rules))
    return found


def digest(topic: Topic, locked: Mapping[str, str]) -> str:
    """A fingerprint of everything that decides the outcome: sources, topic.toml, locked versions, the runner's version.

    Raises:
        TandemError: where a package that the topic needs is not locked.
    """
    sources = [f"{s.path.name}\0{s.source}" for s in topic.snippets.values()]
    return _hash(RUNNER, *_locked(topic, locked), *sources, json.dumps(parts(topic), sort_keys=True))


def numbers_digest(topic: Topic, locked: Mapping[str, str]) -> str:
    """A fingerprint of what decides the numbers: sources without their comments, locked versions.

    Raises:
        TandemError: where a package that the topic needs is not locked.
    """
    sources = [f"{s.path.name}\0{_without_comments(s)}" for s in topic.snippets.values()]
    return _hash(*_locked(topic, locked), *sources)


def _without_comments(snippet: Snippet) -> str:
    """A program without empty lines and, in Python, without comments."""
    lines = snippet.source.split("\n")
    python = snippet.framework.language == "python"
    for token in tokenize.generate_tokens(io.StringIO(snippet.source).readline) if python else ():
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _locked(topic: Topic, locked: Mapping[str, str]) -> list[str]:
    """`package==version` of everything that the topic needs."""
    packages = {p for s in topic.snippets.values() for p in s.framework.packages} | set(topic.needs)
    for package in sorted(packages):
        if package.lower().replace("_", "-") not in locked:
            raise TandemError(
                topic.settings,
                f"needs {package!r}",
                "packages that constraints.txt pins",
                f"add {package}==<version> to constraints.txt and pyproject.toml",
            )
    return [f"{p}=={locked[p.lower().replace('_', '-')]}" for p in sorted(packages)]


def place(topic: Topic) -> Path:
    """The file whose presence means that the topic is recorded."""
    return _notebooks(topic)[0][1] if topic.is_notebook else topic.folder / "recorded" / "record.json"


def _notebooks(topic: Topic) -> list[tuple[str, Path]]:
    """Framework and .ipynb of each of a story's notebooks."""
    return [(key, snippet.path.with_suffix(".ipynb")) for key, snippet in topic.snippets.items()]


def shown(topic: Topic) -> str:
    """Where `place` is, from the root of the checkout."""
    return f"{topic.place}/{place(topic).name}" if topic.is_notebook else f"{topic.place}/recorded/record.json"


def changes(topic: Topic, record: Record) -> list[str]:
    """What changed since the record was made: cells, topic.toml, or else versions."""
    now = parts(topic)
    changed = [name for name in {**record.parts, **now} if record.parts.get(name) != now.get(name)]
    return changed or ["the text outside the cells, the locked versions or the runner"]


def read(topic: Topic) -> Record | None:
    """The topic's record; None where there is none.

    Raises:
        TandemError: where it is damaged, or was edited by hand.
    """
    path = place(topic)
    mend = f"tandem run {topic.id} --update"
    try:
        return _read_notebooks(topic) if topic.is_notebook else _read_folder(path)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, LookupError, ValueError, TypeError, AttributeError) as error:
        found = f"not a record: {error!r}" if isinstance(error, LookupError) else f"not a record: {error}"
        raise TandemError(shown(topic), found, "what tandem wrote", mend) from None


def seconds(topic: Topic) -> dict[str, float]:
    """Framework key -> what its half took when it was recorded; nothing where there is no sound record."""
    try:
        kept = read(topic)
    except TandemError:
        return {}
    return {key: run.seconds for key, run in kept.runs.items()} if kept else {}


def takes_long(topic: Topic) -> bool:
    """Whether a half took more than ten seconds: the tests start such a topic in an interpreter of its own."""
    return max(seconds(topic).values(), default=0.0) > 10.0


def _read_folder(path: Path) -> Record:
    text = path.read_bytes()
    stored = msgspec.json.decode(text, type=_File)
    if seal(msgspec.json.decode(text)) != stored.seal:
        raise ValueError("it was edited by hand")
    folder = path.parent
    texts: dict[str, str] = {}
    for name, fingerprint in stored.files.items():
        try:
            texts[name] = (folder / name).read_text("utf-8")
        except OSError:
            raise ValueError(f"{name} is missing") from None
        if _hash(texts[name]) != fingerprint:
            raise ValueError(f"{name} is not what was recorded with it")
    runs = {}
    for key, run in stored.runs.items():
        said = _parse_transcript(texts[f"in_{key}.txt"], [cell.title for cell in run.cells])
        cells = tuple(
            CellRun(
                c.title, said[c.title], tuple(Figure(alt, texts[name]) for name, alt in c.figures.items()), c.seconds
            )
            for c in run.cells
        )
        runs[key] = RecordedRun(cells, run.seconds, run.megabytes)
    return Record(stored.digest, stored.parts, stored.recorded_on, stored.versions, runs, tuple(stored.gaps))


def _transcript(run: RecordedRun) -> str:
    """The transcript of a run: each cell's title behind `# %% `, then what it printed."""
    blocks = []
    for cell in run.cells:
        text = re.sub(r"^(\\*# %% )", r"\\\1", cell.text, flags=re.MULTILINE)
        blocks.append(f"{_MARK}{cell.title}\n{text}")
    return "\n".join(blocks)


def _parse_transcript(text: str, titles: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in re.split(r"^(?=# %% )", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        found[head.removeprefix(_MARK)] = re.sub(r"^\\(\\*# %% )", r"\1", body, flags=re.MULTILINE)
    for title in titles[:-1]:  # the blank line between two blocks
        found[title] = found[title].removesuffix("\n")
    return found


def write(topic: Topic, record: Record) -> None:
    """Write the record, record.json last; then take away what is no longer part of it."""
    folder = place(topic).parent
    if topic.is_notebook:
        replace({path: _notebook(topic, key, record) for key, path in _notebooks(topic)})
        return
    folder.mkdir(exist_ok=True)
    files = _files(record)
    replace({folder / name: text for name, text in files.items()})
    for old in folder.iterdir():
        if old.is_file() and old.name not in {*files, SPREAD}:
            old.unlink()


def seal(stored: Mapping[str, Any]) -> str:
    """A fingerprint of everything that is stored beside the fingerprint itself."""
    return _hash(json.dumps({name: value for name, value in stored.items() if name != "seal"}, sort_keys=True))


def _files(record: Record) -> dict[str, str]:
    """File name -> text of a topic's record, record.json last."""
    files: dict[str, str] = {}
    runs: dict[str, _Run] = {}
    for key, run in record.runs.items():
        cells = []
        for number, cell in enumerate(run.cells, 1):
            names = {f"in_{key}-{number}{chr(96 + n)}.svg": figure for n, figure in enumerate(cell.figures, 1)}
            files |= {name: figure.svg for name, figure in names.items()}
            cells.append(_Cell(cell.title, cell.seconds, {name: figure.alt for name, figure in names.items()}))
        files[f"in_{key}.txt"] = _transcript(run)
        runs[key] = _Run(run.seconds, run.megabytes, cells)
    prints = {name: _hash(text) for name, text in sorted(files.items())}
    stored = _File(
        record.digest, dict(record.parts), record.recorded_on, dict(record.versions), runs, list(record.gaps), prints
    )
    stored.seal = seal(msgspec.json.decode(msgspec.json.encode(stored)))
    files["record.json"] = msgspec.json.format(msgspec.json.encode(stored), indent=1).decode() + "\n"
    return files


def replace(files: Mapping[Path, str]) -> None:
    """Write files so that at every moment each is there whole, old or new; an exception on the way leaves all old."""
    before = {path: path.read_bytes() if path.is_file() else None for path in files}
    staged: dict[Path, Path] = {}
    replaced: list[Path] = []
    try:
        for path, text in files.items():
            staged[path] = _stage(path, text.encode())
        for path, part in staged.items():
            os.replace(part, path)
            replaced.append(path)
    except BaseException:
        for path in replaced:
            old = before[path]
            path.unlink() if old is None else _stage(path, old).rename(path)
        raise
    finally:
        for part in staged.values():
            part.unlink(missing_ok=True)


def _stage(path: Path, content: bytes) -> Path:
    """Write a file's content beside it, down to the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".tandem-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def to_notebook(
    topic: Topic, key: str, record: Record | None, metadata: Mapping[str, Any] | None = None, install: str = ""
) -> str:
    """The snippet as a Jupyter notebook, with the recorded outputs where there is a record.

    Args:
        topic: whose snippet is meant.
        key: the framework's key; its language must be Python.
        record: where the outputs come from.
        metadata: what to keep in the notebook beside the kernel's name.
        install: the text of a first cell that installs what the notebook needs; none where empty.
    """
    import jupytext
    import nbformat

    snippet = topic.snippets[key]
    notebook = jupytext.reads(_for_jupyter(snippet.source, topic), fmt="py:percent")
    outputs = iter(record.runs[key].cells) if record else iter(())
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        title = cell["metadata"].pop("title", "")
        cell["metadata"] = {"title": title} if title and cell.cell_type == "code" else {}
        ran = next(outputs, None) if cell.cell_type == "code" else None
        if ran:
            cell["outputs"] = _outputs(ran)
    if install:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(install, id="install"))
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": kernel, "language_info": language, **(metadata or {})}
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def _for_jupyter(source: str, topic: Topic) -> str:
    """The docstring of a snippet becomes a heading; a notebook's script is one already."""
    if topic.is_notebook:
        return re.sub(r"^# tandem:.*\n+", "", source, flags=re.MULTILINE)
    body = source[re.search(r"^# %%", source, re.MULTILINE).start() :]  # type: ignore[union-attr]
    return f"# %% [markdown]\n# # {topic.title}\n#\n# {topic.summary}\n\n{body}"


def _outputs(ran: CellRun) -> list[Any]:
    import nbformat

    outputs = [nbformat.v4.new_output("stream", name="stdout", text=ran.text)] if ran.text else []
    for figure in ran.figures:
        # Jupyter and nbconvert prefer HTML, which alone carries the alternative text; GitHub shows the SVG.
        data = {"text/html": figures.inline(figure), "image/svg+xml": figure.svg, "text/plain": figure.alt}
        outputs.append(nbformat.v4.new_output("display_data", data))
    return outputs


def _notebook(topic: Topic, key: str, record: Record) -> str:
    run = record.runs[key]
    kept = {
        "digest": record.digest,
        "parts": dict(record.parts),
        "recorded_on": record.recorded_on,
        "versions": dict(record.versions),
        "framework": key,
        "seconds": run.seconds,
        "megabytes": run.megabytes,
        "cell_seconds": [cell.seconds for cell in run.cells],
        **({"gaps": msgspec.to_builtins(record.gaps)} if record.gaps else {}),
    }
    kept["seal"] = seal(json.loads(to_notebook(topic, key, record, {"tandem": kept})))
    return to_notebook(topic, key, record, {"tandem": kept})


def _read_notebooks(topic: Topic) -> Record:
    """The record of a story, from each of its notebooks."""
    halves = [_read_notebook(path) for _, path in _notebooks(topic)]
    first = halves[0]
    for other in halves[1:]:
        if (other.digest, other.gaps, other.recorded_on) != (first.digest, first.gaps, first.recorded_on):
            raise ValueError("its notebooks were recorded apart")
    return dataclasses.replace(first, runs={key: run for half in halves for key, run in half.runs.items()})


def _read_notebook(path: Path) -> Record:
    stored = json.loads(path.read_text("utf-8"))
    kept = stored["metadata"]["tandem"]
    if kept.pop("seal") != seal(stored):
        raise ValueError("it was edited by hand")
    cells = []
    codes = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    for number, (cell, seconds) in enumerate(zip(codes, kept["cell_seconds"], strict=True), 1):
        text = "".join("".join(o["text"]) for o in cell["outputs"] if o["output_type"] == "stream")
        drawn = [o["data"] for o in cell["outputs"] if o["output_type"] == "display_data"]
        figures = tuple(Figure("".join(d["text/plain"]), "".join(d["image/svg+xml"])) for d in drawn)
        cells.append(CellRun(cell["metadata"].get("title", str(number)), text, figures, seconds))
    run = RecordedRun(tuple(cells), kept["seconds"], kept["megabytes"])
    gaps = tuple(msgspec.convert(kept.get("gaps", []), list[Gap]))
    runs = {kept["framework"]: run}
    return Record(kept["digest"], kept["parts"], kept["recorded_on"], kept["versions"], runs, gaps)
