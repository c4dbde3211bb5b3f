"""Runs snippets. Guarantee: every snippet asked for yields one `Run`, whatever it does; the others go on.

`run_all` schedules over the warm servers; `run_folder` is what happens inside the worker: the program's cells run one
by one in a module called `__main__`, each cell's print-outs (also those of C code), figures and seconds apart.
The two halves speak through files in a temporary folder, so that a killed snippet still tells how far it came.
"""

from __future__ import annotations
import __future__

import contextlib
import ctypes
import functools
import json
import operator
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from . import figures, workers
from .model import FRAMEWORKS, Cell, CellRun, Failure, Figure, Run, Snippet, Topic

GXX = ("g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-O1")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-Z\\-~])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Notices that the machine has no GPU, which no setting silences: TensorFlow's on import and at the first operation,
# PyTorch's where CUDA's compiler is installed all the same.
_NOTICE = re.compile(
    r"^(?:I\d{4} .*|WARNING: All log messages before absl::InitializeLog\(\).*|E\d{4} .*failed call to cuInit.*"
    r"|.*No CUDA runtime is found, using CUDA_HOME.*)\n?",
    re.MULTILINE,
)
_FUTURES = functools.reduce(operator.or_, (getattr(__future__, n).compiler_flag for n in __future__.all_feature_names))
_VALUE = "value_"  # so that no compared name is a parameter of numpy.savez
_OUTCOME = "outcome.json"
_PROGRESS = "progress.json"


class Job(msgspec.Struct, frozen=True):
    """What the worker needs to know, as written to its folder."""

    framework: str
    filename: str
    shown: str
    cells: list[Cell]
    names: list[str]
    packages: list[str]
    may_write_stderr: bool
    warm: bool


@dataclass(frozen=True)
class Work:
    """One snippet of one topic, with the seconds it took when it was last recorded."""

    topic: Topic
    snippet: Snippet
    expected_seconds: float = 60.0


def clean(text: str, folder: str = "") -> str:
    r"""Printed text as a record keeps it: no terminal codes, no control characters, no temporary paths.

    A carriage return begins its line anew, as on a terminal.

    ```python
    from snippets_lib.execute import clean

    print(repr(clean("\x1b[31mred\x1b[0m  \n10%\r100%\n")))
    #> 'red\n100%\n'
    ```
    """
    for prefix in filter(None, {folder, os.path.realpath(folder) if folder else ""}):
        text = text.replace(prefix + os.sep, "").replace(prefix, ".")
    text = re.sub(r"\r+(\n|\Z)", r"\1", _ANSI.sub("", text))
    text = re.sub(r"^.*\r", "", text, flags=re.MULTILINE)
    return "".join(line.rstrip() + "\n" for line in _CONTROL.sub("", text).splitlines())


def run_all(
    work: Sequence[Work],
    slots: int | None = None,
    cold: bool = False,
    began: Callable[[Work], None] = lambda work: None,
) -> Iterator[tuple[Work, Run]]:
    """Run every snippet; yield each as it ends.

    The longest start first. While more than one framework has snippets left, each gets a share of the slots;
    once one has none, the others take its share.

    Args:
        work: what to run.
        slots: how many run at a time; as many as there are processors by default.
        cold: a new interpreter for each, instead of a fork of a warm one.
        began: told of each snippet as it starts.
    """
    slots = slots or os.cpu_count() or 1
    queues: dict[str, list[Work]] = {}
    for item in sorted(work, key=lambda item: item.expected_seconds):
        queues.setdefault(item.snippet.framework.server, []).append(item)
    preloads = {name: (*FRAMEWORKS[name].preload, __name__) for name in queues}
    running: dict[Future[workers.Ended], tuple[Work, Path]] = {}
    with workers.servers(preloads, slots, cold) as opened, contextlib.ExitStack() as folders:
        while running or any(queues.values()):
            while len(running) < slots and any(queues.values()):
                busy = [item.snippet.framework.server for item, _ in running.values()]
                name = next_server(queues, busy)
                item = queues[name].pop()
                folder = Path(
                    folders.enter_context(tempfile.TemporaryDirectory(prefix="tandem-", ignore_cleanup_errors=True))
                )
                began(item)
                running[opened[name].submit(_prepare(item, folder, cold or not workers.has_fork()))] = (item, folder)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                item, folder = running.pop(future)
                yield item, _collect(item, folder, future)
                shutil.rmtree(folder, ignore_errors=True)


def next_server(queues: Mapping[str, Sequence[Work]], busy: Sequence[str]) -> str:
    """The server that gets the next free slot: the one that runs least, then the one with most seconds left."""
    waiting = [name for name, queue in queues.items() if queue]
    return min(waiting, key=lambda name: (busy.count(name), -sum(item.expected_seconds for item in queues[name])))


def _prepare(item: Work, folder: Path, cold: bool) -> workers.Task:
    """Lay out the task's folder: the program in `home/`, the job beside it."""
    home = folder / "home"
    home.mkdir()
    snippet, topic = item.snippet, item.topic
    (home / snippet.path.name).write_text(snippet.source, "utf-8")
    job = Job(
        framework=snippet.framework.key,
        filename=snippet.path.name,
        shown=shown_path(topic, snippet),
        cells=list(snippet.cells),
        names=list(topic.names),
        packages=[*snippet.framework.packages, *topic.needs],
        may_write_stderr=bool(topic.allow_stderr),
        warm=not cold,
    )
    (folder / "job.json").write_bytes(msgspec.json.encode(job))
    return workers.Task("snippets_lib.execute:run_folder", str(folder), topic.seconds, topic.megabytes)


def shown_path(topic: Topic, snippet: Snippet) -> str:
    """The snippet's path from the root of the checkout, with slashes."""
    return f"{topic.place}/{snippet.path.name}"


def _collect(item: Work, folder: Path, future: Future[workers.Ended]) -> Run:
    """Read what the worker left behind; what it did not say, the way it ended says."""
    outcome = _read_json(folder / _OUTCOME) or {}
    progress = _read_json(folder / _PROGRESS) or {"cells": [], "at": 0}
    done = [*(outcome.get("cells") or progress["cells"])]
    out = _read_bytes(folder / "stdout")
    cells, begin = [], 0
    home = str(folder / "home")
    try:
        ended = future.result()
    except Exception as error:
        ended = workers.Ended(f"{type(error).__name__}: {error}", -9, 0.0, 0.0)
    for cell in done:
        text = clean(out[begin : cell["end"]].decode("utf-8", "replace"), home)
        cells.append(CellRun(cell["title"], text, tuple(Figure(**f) for f in cell["figures"]), cell["seconds"]))
        begin = cell["end"]
    failure = _failure(item, ended, outcome, progress, clean(out[begin:].decode("utf-8", "replace"), home))
    if failure is None and not item.topic.allow_stderr:
        failure = _complaint(item, folder, done)
    values = _read_values(folder / "values.npz") if failure is None else {}
    return Run(
        item.snippet.framework.key,
        tuple(cells),
        values,
        round(sum(cell.seconds for cell in cells), 3),
        round(max(ended.megabytes, outcome.get("megabytes", 0.0)), 1),
        outcome.get("versions", {}),
        failure,
    )


def _failure(
    item: Work, ended: workers.Ended, outcome: Mapping[str, Any], progress: Mapping[str, Any], rest: str
) -> Failure | None:
    if ended.reason == "exited" and outcome:
        return msgspec.convert(outcome["failure"], Failure) if outcome["failure"] else None
    cells = item.snippet.cells
    at = cells[min(progress["at"], len(cells) - 1)]
    where, topic = f"{shown_path(item.topic, item.snippet)}:{at.line}", item.topic
    if ended.reason not in ("exited", "time", "memory", "output"):
        return Failure("broken", where, at.title, ended.reason, "a worker that lives", f"tandem run {topic.id} --cold")
    limits = {
        "time": (
            f"still running after {topic.seconds:g} s",
            f"at most {topic.seconds:g} s",
            "make it shorter, or raise seconds in topic.toml",
        ),
        "memory": (
            f"took more than {topic.megabytes} MiB",
            f"at most {topic.megabytes} MiB",
            "make it smaller, or raise megabytes in topic.toml",
        ),
        "output": ("printed without end", "less than 1 MB of text", "print less"),
    }
    if ended.reason in limits:
        return Failure(ended.reason, where, at.title, *limits[ended.reason])
    status = ended.exitcode
    found = f"the process was killed by signal {-status}" if status < 0 else f"the process left with status {status}"
    found += f", after printing {rest.strip().splitlines()[-1][:200]!r}" if rest.strip() else ""
    mend = "run the file alone to see more"
    return Failure("crash", where, at.title, found, "every cell runs to its end", mend)


def _complaint(item: Work, folder: Path, done: Sequence[Mapping[str, Any]]) -> Failure | None:
    """What was written to standard error, as a failure of the cell that wrote it."""
    raw = _read_bytes(folder / "stderr")
    home = str(folder / "home")

    def complaint(end: int) -> str:
        return _NOTICE.sub("", clean(raw[:end].decode("utf-8", "replace"), home)).strip()

    if not (text := complaint(len(raw))):
        return None
    at = next((n for n, cell in enumerate(done) if complaint(cell["err_end"])), len(done) - 1)
    cell = item.snippet.cells[at]
    line = re.search(rf"{re.escape(item.snippet.path.name)}[\":, line]*?(\d+)", text)
    return Failure(
        "stderr",
        f"{shown_path(item.topic, item.snippet)}:{line[1] if line else cell.line}",
        cell.title,
        f"wrote to standard error: {text[:600]}",
        "nothing there: no warning, no notice",
        'mend the cause, or say why not with allow_stderr = "…" in topic.toml',
    )


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text("utf-8"))  # type: ignore[no-any-return]
    except (OSError, ValueError):
        return None


def _read_bytes(path: Path) -> bytes:
    """What the snippet wrote; no more of it than twice what it may write."""
    try:
        with path.open("rb") as file:
            return file.read(2 * workers.Task.output_bytes)
    except OSError:
        return b""


def _read_values(path: Path) -> dict[str, Any]:
    import numpy as np

    with np.load(path, allow_pickle=False) as stored:
        return {name.removeprefix(_VALUE): stored[name] for name in stored.files}


# What follows runs inside the worker.


class _Stop(Exception):
    """A failure of the snippet, found inside the worker; takes the fields of `Failure`."""

    def __init__(self, *fields: str) -> None:
        super().__init__(*fields)
        self.failure = Failure(*fields)


def run_folder(folder: str) -> None:
    """Run the job that lies in `folder`, write its outcome there, and end the process."""
    here = Path(folder)
    job = msgspec.json.decode((here / "job.json").read_bytes(), type=Job)
    home = here / "home"
    os.chdir(home)
    me = os.getpid()
    done: list[dict[str, Any]] = []
    failure, versions, megabytes = None, {}, 0.0
    try:
        _check_loaded(job)
        sys.addaudithook(_no_network)
        namespace = (_run_compiled if job.framework == "cpp" else _run_cells)(job, here, done)
        _flush()
        _check_left(job)
        _save_values(job, namespace, here)
        versions, megabytes = _versions(job), _megabytes()
    except _Stop as stop:
        failure = stop.failure
    if os.getpid() != me:  # a fork of the snippet ran on to the end
        os._exit(0)
    told = {"cells": done, "failure": msgspec.to_builtins(failure), "versions": versions, "megabytes": megabytes}
    _write(here / _OUTCOME, told)
    _flush()
    os._exit(0)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content), "utf-8")
    part.replace(path)


def _check_loaded(job: Job) -> None:
    wanted = FRAMEWORKS[job.framework].preload[0]
    if job.warm and wanted not in sys.modules:
        found = f"the warm server could not import {wanted}"
        raise _Stop("broken", job.shown, "", found, f"{wanted} installed", "make install")


def _no_network(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: a snippet may talk to this machine and to no other."""
    if event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        host = str(args[1][0])
    elif event == "socket.getaddrinfo" and args[0]:
        host = args[0].decode("ascii", "replace") if isinstance(args[0], bytes) else str(args[0])
    else:
        return
    if not (host.startswith("127.") or host in {"", "::1", "localhost", "0.0.0.0", "::", socket.gethostname()}):
        raise PermissionError(f"no network: a snippet may not connect to {host}; use data that ships with a package")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    with contextlib.suppress(Exception):
        ctypes.CDLL(None).fflush(None)


def _run_cells(job: Job, here: Path, done: list[dict[str, Any]]) -> dict[str, Any]:
    """Run a Python program cell by cell; `done` grows as cells end."""
    path = str(here / "home" / job.filename)
    module = types.ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    sys.argv = [path]
    sys.path.insert(0, str(here / "home"))
    me, flags = os.getpid(), 0
    for cell in job.cells:
        _write(here / _PROGRESS, {"cells": done, "at": len(done)})
        begun = time.perf_counter()
        try:
            code = compile("\n" * (cell.line - 1) + cell.source, path, "exec", flags, dont_inherit=True)
            flags |= code.co_flags & _FUTURES
            exec(code, module.__dict__)
            seconds = time.perf_counter() - begun
            drawn = [{"alt": figure.alt, "svg": figure.svg} for figure in figures.take()]
        except SystemExit as error:
            raise _left_early(job, cell, len(done), error, path) from None
        except BaseException as error:
            raise _raised(job, cell, error, path) from None
        if os.getpid() != me:
            os._exit(0)
        _flush()
        out, err = _written(here)
        done.append({"title": cell.title, "seconds": round(seconds, 3), "figures": drawn, "end": out, "err_end": err})
    return module.__dict__


def _written(here: Path) -> tuple[int, int]:
    """How much has come out of the process so far."""
    return (here / "stdout").stat().st_size, (here / "stderr").stat().st_size


def _line_in(error: BaseException, path: str) -> int:
    """The last line of the snippet that the traceback passes; 0 where it passes none."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno or 0
    return next((f.lineno or 0 for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == path), 0)


def _raised(job: Job, cell: Cell, error: BaseException, path: str) -> _Stop:
    text = " ".join(traceback.format_exception_only(error)).strip()
    text = clean(text, str(Path(path).parent)).strip()
    where = f"{job.shown}:{_line_in(error, path) or cell.line}"
    return _Stop("raised", where, cell.title, text[:2000], "no exception", "mend the snippet")


def _left_early(job: Job, cell: Cell, ran: int, error: SystemExit, path: str) -> _Stop:
    left = len(job.cells) - ran
    code = "" if error.code is None else repr(error.code)
    return _Stop(
        "exit",
        f"{job.shown}:{_line_in(error, path) or cell.line}",
        cell.title,
        f"called sys.exit({code}) with {left} of {len(job.cells)} cells unfinished",
        "every cell runs to its end",
        "take the call out",
    )


def _check_left(job: Job) -> None:
    """Refuse threads and processes that outlive the last cell."""
    import psutil

    last = job.cells[-1]
    where = f"{job.shown}:{last.line}"
    threads = [t.name for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon]
    if threads:
        found = f"left the thread {threads[0]!r} running"
        raise _Stop("left", where, last.title, found, "no threads at the end", "join it")
    me = psutil.Process()
    mine = " ".join(me.cmdline())  # that of a fork, too
    for child in me.children():
        with contextlib.suppress(psutil.Error):
            command = " ".join(child.cmdline())
            helper = command != mine and re.search(r"multiprocessing\.(resource_tracker|forkserver)", command)
            if child.status() != psutil.STATUS_ZOMBIE and not helper:
                found = f"left a process running: {command[:200]}"
                raise _Stop("left", where, last.title, found, "no processes at the end", "wait for it")


def _save_values(job: Job, namespace: Mapping[str, Any], here: Path) -> None:
    """Write the compared names as NumPy arrays."""
    import numpy as np

    where = f"{job.shown}:{job.cells[-1].line}"
    arrays: dict[str, Any] = {}
    for name in job.names:
        if name not in namespace:
            found = f"topic.toml compares {name}, which the snippet does not leave behind"
            mend = f"compute {name}, or take it out of topic.toml"
            raise _Stop("values", where, "", found, "a variable of that name at the end", mend)
        value = namespace[name]
        plain = isinstance(value, np.ndarray | np.generic | int | float | complex | str | list | tuple)
        try:
            array = np.asarray(value if plain else None)
        except Exception:  # a ragged list, or one of objects that refuse
            array = np.asarray(None)
        if array.dtype.kind not in "biufcU":
            found = f"{name} is a {type(value).__module__}.{type(value).__name__}"
            found += f" of {value.dtype}" if isinstance(value, np.ndarray) else ""
            found += " that makes no array of numbers" if isinstance(value, list | tuple) else ""
            mend = f"leave the framework once: {name} = ….numpy()"
            raise _Stop("values", where, "", found, "a NumPy array, a number or a list of numbers", mend)
        arrays[_VALUE + name] = array
    with (here / "values.npz").open("wb") as file:
        np.savez(file, **arrays)


def _megabytes() -> float:
    """What this process has to itself at its end, for those that end before anybody looks."""
    import psutil

    with contextlib.suppress(psutil.Error):
        return float(psutil.Process().memory_full_info().uss / 2**20)
    return 0.0


def _versions(job: Job) -> dict[str, str]:
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in job.packages:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package).partition("+")[0]
    if job.framework == "cpp":
        told = subprocess.run([GXX[0], "-dumpfullversion"], capture_output=True, text=True, check=True)
        found["g++"] = told.stdout.strip()
    return found


def _compile(job: Job) -> None:
    """Compile a C++ program to `program`."""
    try:
        built = subprocess.run([*GXX, job.filename, "-o", "program"], capture_output=True, text=True)
    except FileNotFoundError:
        where = f"{job.shown}:{job.cells[0].line}"
        raise _Stop("broken", where, "", f"no {GXX[0]} here", "a C++20 compiler", "install g++") from None
    if built.returncode:
        line = re.search(rf"{re.escape(job.filename)}:(\d+)", built.stderr)
        at = int(line[1]) if line else job.cells[0].line
        cell = next((c for c in reversed(job.cells) if c.line <= at), job.cells[0])
        mend = f"mend what this says: {' '.join(GXX)} {job.filename}"
        raise _Stop("compile", f"{job.shown}:{at}", cell.title, built.stderr[:2000], "no error, no warning", mend)


def _run_compiled(job: Job, here: Path, done: list[dict[str, Any]]) -> dict[str, Any]:
    """Compile a C++ program and run it; what it prints belongs to its last cell, where `main` stands.

    A line `name = 1.5` or `name = 1, 2, 3` in its output is a value.
    """
    *others, last = job.cells
    _write(here / _PROGRESS, {"cells": done, "at": 0})
    begun = time.perf_counter()
    _compile(job)
    compiled = time.perf_counter()
    _write(here / _PROGRESS, {"cells": done, "at": len(others)})
    ran = subprocess.run(["./program"])
    if ran.returncode:
        found = f"the program ended with status {ran.returncode}"
        raise _Stop("crash", f"{job.shown}:{last.line}", last.title, found, "status 0", "mend the program")
    seconds = round(time.perf_counter() - compiled, 3)
    share = round((compiled - begun) / max(1, len(others)), 3)
    out, err = _written(here)
    done += [{"title": cell.title, "seconds": share, "figures": [], "end": 0, "err_end": 0} for cell in others]
    done.append({"title": last.title, "seconds": seconds, "figures": [], "end": out, "err_end": err})
    return dict(_said((here / "stdout").read_text("utf-8", "replace")))


def _said(text: str) -> Iterator[tuple[str, float | list[float]]]:
    """The values in what a C++ program printed."""
    one = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)"
    for name, row in re.findall(rf"^(\w+) = ((?:{one})(?:, *(?:{one}))*)$", text, re.MULTILINE):
        numbers = [float(number) for number in row.split(",")]
        yield name, numbers if "," in row else numbers[0]
