"""Warm servers. Guarantee: a task gets a fresh process, and whatever it does, it ends within its limits.

For each framework one *controller* process owns a `multiprocessing` forkserver that has imported the
framework and done nothing else; each task is a fork of it. A *cold* task is a new interpreter instead, as is every
task where the platform has no fork. The same `supervise` watches both: time, memory of the whole process tree,
size of what it writes, and nothing of it survives.

`multiprocessing` rather than a pool library: the limits on memory and output, the process group and the
left-over children need the process itself, which a pool hides.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import importlib.util
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any

import psutil

from .figures import ENVIRONMENT as FIGURES

POLL_SECONDS = 0.05
LOOK_SECONDS = 0.2  # between two looks at memory
LOOK_SHARE = 0.05  # of the time, at most, for looking: the kernel walks all pages, and the task waits meanwhile
_MARK = "TANDEM_TASK"  # in the environment of a task's children: its folder

ENVIRONMENT: Mapping[str, str] = {
    "PYTHONHASHSEED": "0",
    "PYTHONUNBUFFERED": "",  # it decides in which order the print-outs of C and of Python come
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",  # or torch.compile leaves its helpers behind, now and then
    "CUDA_VISIBLE_DEVICES": "",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "KERAS_BACKEND": "tensorflow",
    "COLUMNS": "80",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    **FIGURES,
}
"""What every snippet finds in its environment: one thread, no GPU, a fixed hash seed, a terminal of 80 columns."""


@dataclass(frozen=True)
class Task:
    """A function to run in a process of its own.

    Attributes:
        target: `module:function`; it takes `folder` as its only argument.
        folder: the task's own folder; its outputs go to `stdout` and `stderr` in it.
        seconds: wall-time limit.
        megabytes: limit on the memory that its process tree has to itself, in MiB; infinite: nobody looks.
        output_bytes: limit on the size of each of `stdout` and `stderr`.
        poll_seconds: how long to leave it alone between two looks; longer where it must not be disturbed.
    """

    target: str
    folder: str
    seconds: float
    megabytes: float
    output_bytes: int = 1_000_000
    poll_seconds: float = POLL_SECONDS


@dataclass(frozen=True)
class Ended:
    """How a process ended: `reason` is `exited`, `time`, `memory` or `output`; `exitcode` is negative for a signal."""

    reason: str
    exitcode: int
    seconds: float
    megabytes: float


def has_fork() -> bool:
    """True where warm servers are to be had."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def enter(target: str, folder: str) -> None:
    """Run in the new process: leave the parent's group, take the task's folder for home, call the target."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(PermissionError):  # a new interpreter leads its session already
            os.setsid()
    _adopt_orphans()
    multiprocessing.set_start_method(None, force=True)  # a fork inherits the server's; here the platform's own counts
    os.environ[_MARK] = folder
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        opened = os.open(Path(folder, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as the process
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    module, _, function = target.partition(":")
    getattr(importlib.import_module(module), function)(folder)


def _adopt_orphans() -> None:
    """Linux: a grandchild whose parent ends becomes this process's child, and so stays in sight."""
    with contextlib.suppress(Exception):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _tree_megabytes(root: psutil.Process, seen: dict[int, psutil.Process]) -> float:
    """Memory in MiB that the process and its children have to themselves; children are noted in `seen`."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        for process in (root, *root.children(recursive=True)):
            seen[process.pid] = process
            with contextlib.suppress(psutil.Error):
                total += process.memory_full_info().uss / 2**20
    return total


def _resident(seen: Mapping[int, psutil.Process]) -> float:
    """An upper bound of the same, which costs nothing: memory in MiB that those seen share with others or not."""
    total = 0.0
    for process in seen.values():
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss / 2**20
    return total


def _strays(folder: str) -> Iterator[psutil.Process]:
    """Processes that left the task's group and tree, known by the folder they are in or by their environment."""
    home = os.path.realpath(folder)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and (
                Path(process.cwd()).is_relative_to(home) or process.environ().get(_MARK) == folder
            ):
                yield process


def _sweep(pid: int, seen: Mapping[int, psutil.Process]) -> None:
    """Kill the process, its group, and every child ever seen."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    for process in seen.values():
        with contextlib.suppress(psutil.Error):
            process.kill()


def supervise(pid: int, wait: Callable[[float], int | None], task: Task) -> Ended:
    """Watch a process until it ends or breaks a limit.

    Args:
        pid: the process.
        wait: blocks for at most so many seconds; returns the exit status once there is one.
        task: whose limits hold.
    """
    begun = time.monotonic()
    peak, reason, looked, cost = 0.0, "exited", 0.0, 0.0
    seen: dict[int, psutil.Process] = {}
    try:
        root: psutil.Process | None = psutil.Process(pid)
    except psutil.Error:
        root = None
    while (status := wait(task.poll_seconds)) is None:
        now = time.monotonic()
        due = cost / LOOK_SHARE if _resident(seen) < task.megabytes else 0.0
        if root and task.megabytes < math.inf and now - looked > max(LOOK_SECONDS, due):
            peak = max(peak, _tree_megabytes(root, seen))
            looked = time.monotonic()
            cost = looked - now
        if now - begun > task.seconds:
            reason = "time"
        elif peak > task.megabytes:
            reason = "memory"
        elif _wrote_too_much(task):
            reason = "output"
        if reason != "exited":
            _sweep(pid, seen)
            status = wait(5.0)
            break
    left = {key: child for key, child in seen.items() if key != pid}
    _sweep(pid, left | {stray.pid: stray for stray in _strays(task.folder)})
    reason = "output" if reason == "exited" and _wrote_too_much(task) else reason
    return Ended(reason, -9 if status is None else status, time.monotonic() - begun, peak)


def _wrote_too_much(task: Task) -> bool:
    sizes = [0]
    for name in ("stdout", "stderr"):
        with contextlib.suppress(OSError):
            sizes.append(Path(task.folder, name).stat().st_size)
    return max(sizes) > task.output_bytes


def run_cold(task: Task, running: set[subprocess.Popen[bytes]] | None = None) -> Ended:
    """Run the task in a new interpreter that has imported nothing; it stands in `running` meanwhile."""
    code = "import sys; from snippets_lib.workers import enter; enter(*sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, task.target, task.folder],
        env=os.environ | ENVIRONMENT,
        cwd=task.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    running = set() if running is None else running
    running.add(process)

    def wait(seconds: float) -> int | None:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    try:
        return supervise(process.pid, wait, task)
    finally:
        running.discard(process)


def _run_forked(context: Any, task: Task, starting: threading.Lock) -> Ended:
    """Run the task in a fork; `starting` guards what multiprocessing does when it starts or asks for a status.

    Whoever starts a process also collects the statuses of those that ended, and each can be read only once.
    """
    process = context.Process(target=enter, args=(task.target, task.folder))
    with starting:
        process.start()

    def wait(seconds: float) -> int | None:
        wait_for([process.sentinel], seconds)
        with starting:
            return process.exitcode  # type: ignore[no-any-return]

    return supervise(process.pid, wait, task)


def _control(pipe: Connection, preload: tuple[str, ...]) -> None:
    """The controller's life: tasks come in by number, each is watched by a thread, ends go out by number."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.modules["__main__"] = types.ModuleType("__main__")  # or every fork would import the caller's main module again
    os.environ.update(ENVIRONMENT)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)  # TensorFlow announces on import, past its own log level, that there is no GPU
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([name for name in preload if importlib.util.find_spec(name.partition(".")[0])])
    starting, sending = threading.Lock(), threading.Lock()

    def serve(number: int, task: Task) -> None:
        try:
            ended: Ended | RuntimeError = _run_forked(context, task, starting)
        except BaseException as error:
            ended = RuntimeError(f"{type(error).__name__}: {error}")
        with sending:
            pipe.send((number, ended))

    with contextlib.suppress(EOFError):
        while (message := pipe.recv()) is not None:
            threading.Thread(target=serve, args=message, daemon=True).start()


class Server:
    """A controller and its forkserver, started with the first task, and again with the next should they die.

    Args:
        preload: modules the forkserver imports; those not installed are left out.
    """

    def __init__(self, preload: tuple[str, ...]) -> None:
        self._preload = preload
        self._numbers = count()
        self._waiting: dict[int, Future[Ended]] = {}
        self._pipe: Connection | None = None
        self._process: Any = None

    def submit(self, task: Task) -> Future[Ended]:
        """Start the task now; the future ends as the task's process does."""
        if self._pipe is None:
            self._start()
        try:
            return self._send(task)
        except OSError:  # the controller has died
            self.close()
            self._start()
            return self._send(task)

    def _send(self, task: Task) -> Future[Ended]:
        assert self._pipe is not None
        future: Future[Ended] = Future()
        number = next(self._numbers)
        self._waiting[number] = future
        self._pipe.send((number, task))
        return future

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        pipe, theirs = context.Pipe()
        self._pipe, self._waiting = pipe, {}
        self._process = context.Process(target=_control, args=(theirs, self._preload), daemon=False)
        self._process.start()
        theirs.close()
        threading.Thread(target=_listen, args=(pipe, self._waiting), daemon=True).start()

    def close(self) -> None:
        """End the controller, its forkserver and whatever still runs in it."""
        if self._pipe is None:
            return
        tree = []
        with contextlib.suppress(psutil.Error):
            tree = psutil.Process(self._process.pid).children(recursive=True)
        with contextlib.suppress(OSError):
            self._pipe.send(None)
        for process in tree:
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._process.join(5)
        self._process.kill()
        self._pipe.close()
        self._pipe = None


def _listen(pipe: Connection, waiting: dict[int, Future[Ended]]) -> None:
    """Hand the ends that come out of a controller to those that wait for them."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            number, ended = pipe.recv()
            future = waiting.pop(number)
            if isinstance(ended, Ended):
                future.set_result(ended)
            else:
                future.set_exception(ended)
    while waiting:
        waiting.popitem()[1].set_exception(RuntimeError("the warm server died"))


class ColdServer:
    """The same interface without a forkserver: each task is a new interpreter."""

    def __init__(self, slots: int) -> None:
        self._threads = ThreadPoolExecutor(slots)
        self._running: set[subprocess.Popen[bytes]] = set()

    def submit(self, task: Task) -> Future[Ended]:
        """Start the task as soon as a thread is free to watch it."""
        return self._threads.submit(run_cold, task, self._running)

    def close(self) -> None:
        """End whatever still runs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in list(self._running):
            process.kill()  # whoever watches it sweeps up behind it
        self._threads.shutdown()


@contextlib.contextmanager
def servers(
    preloads: Mapping[str, tuple[str, ...]], slots: int, cold: bool
) -> Iterator[Mapping[str, Server | ColdServer]]:
    """One server for each name in `preloads`, warm unless `cold` or there is no fork; all closed at the end."""
    opened: dict[str, Server | ColdServer] = {
        name: ColdServer(slots) if cold or not has_fork() else Server(preload) for name, preload in preloads.items()
    }
    try:
        yield opened
    finally:
        for server in opened.values():
            server.close()
