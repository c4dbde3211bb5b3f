"""Times topics. Guarantee: a process for each framework and mode, anew in each round, and they take turns.

In a round every runner (framework, mode, precision) gets a new process. One case after the other (work, batch size) is
prepared in each, in random order, and then measured in passes: runner after runner, in another random order each time,
so that what the machine does meanwhile meets all alike. Nothing else of Tandem runs meanwhile.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import platform
import queue
import random
import secrets
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from importlib import metadata
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

import msgspec
import psutil

from . import machine, results, timing, workers
from .engines import OWN_MODES
from .execute import shown_path
from .model import FRAMEWORKS, TandemError, Topic

PASSES = 3
ROUNDS = 5
_PATIENCE = 600.0  # seconds for one order: a compiler may take minutes
_GOODBYE = 30.0  # seconds for a process to end
_LIFE = 3600.0


@dataclass(frozen=True)
class Runner:
    """A framework in a mode and a precision."""

    framework: str
    mode: str
    dtype: str

    def __str__(self) -> str:
        return f"{self.framework}/{self.mode}/{self.dtype}"


@dataclass
class _Kept:
    """What has been measured of a runner in a case so far."""

    first: list[float] = field(default_factory=list)
    steady: list[bool] = field(default_factory=list)
    calls: int = 0
    seconds: list[list[float]] = field(default_factory=list)
    host: list[float] = field(default_factory=list)
    device: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Settings:
    """How to measure: `cold` starts an interpreter for each process instead of a fork of a warm one."""

    device: str = "cpu"
    rounds: int = ROUNDS
    threads: int = 1
    cold: bool = False


def runners(topic: Topic, device: str) -> list[Runner]:
    """Who takes part."""
    assert topic.time is not None
    dtypes = ["float32", *(["bfloat16"] if topic.time.bfloat16 and device != "cpu" else [])]
    return [
        Runner(key, mode, dtype)
        for key in topic.snippets
        for mode in OWN_MODES.get(key, ())
        for dtype in dtypes
        if mode in topic.time.modes
    ]


def cases(topic: Topic) -> list[tuple[str, int | None]]:
    """What they do, small batches first."""
    assert topic.time is not None
    works = ["call", *(["train"] if topic.time.train else [])]
    return [(work, size) for size in (topic.time.batch_sizes or (None,)) for work in works]


class _Worker:
    """A runner's process at the other end of a connection."""

    def __init__(self, runner: Runner, ended: Future[workers.Ended], folder: Path, shown: str) -> None:
        self.runner, self._ended, self.folder, self._shown = runner, ended, folder, shown
        self.pipe: Connection | None = None
        self.pid = 0

    def hear(self) -> Any:
        """The answer to the last order.

        Raises:
            TandemError: where it failed, or where the process ended or fell silent.
        """
        assert self.pipe is not None
        until = time.monotonic() + _PATIENCE
        with contextlib.suppress(EOFError, OSError):
            while not self.pipe.poll(1.0):
                if time.monotonic() > until:
                    raise self.lost(f"no answer for {_PATIENCE:g} s")
            verdict, said = self.pipe.recv()
            if verdict == "done":
                return said
            raise TandemError(
                f"{self._shown} ({self.runner})",
                str(said),
                "a callable that runs in every mode of [time]" if verdict == "failed" else "a device both see",
                "mend the snippet, or leave the mode out in topic.toml" if verdict == "failed" else "--device cpu",
            )
        raise self.lost("the process ended")

    def lost(self, why: str) -> TandemError:
        """The error for a worker that does not answer any more."""
        with contextlib.suppress(OSError):
            said = (self.folder / "stderr").read_text("utf-8", "replace").strip()[-400:]
            why += f": {said}" if said else ""
        return TandemError(f"{self._shown} ({self.runner})", why, "a process that lives", "see what the snippet does")

    def ask(self, order: str, *arguments: Any) -> Any:
        """Give an order and wait for the answer."""
        assert self.pipe is not None
        try:
            self.pipe.send((order, arguments))
        except OSError:
            raise self.lost("the process ended") from None
        return self.hear()

    def close(self) -> None:
        """Let the process end, and wait until it has."""
        if self.pipe is not None:
            with contextlib.suppress(OSError):
                self.pipe.send(None)
            self.pipe.close()
        with contextlib.suppress(Exception):
            wait([self._ended], _GOODBYE)
            if self.pid and not self.has_ended:  # or it would work on while others are measured
                psutil.Process(self.pid).kill()
                wait([self._ended], _GOODBYE)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def has_ended(self) -> bool:
        """True where the process is no more."""
        return self._ended.done()


class Track:
    """Where races are run: the servers and the listener, for as many topics as one likes. A context manager.

    Args:
        settings: how to measure.
        began: told of each topic and round.
    """

    def __init__(self, settings: Settings, began: Callable[[Topic, int], None] = lambda topic, number: None) -> None:
        self._settings, self._began = settings, began
        self._key = secrets.token_bytes(16)
        self._calls: queue.Queue[Connection] = queue.Queue()
        self._open = contextlib.ExitStack()
        self._servers: Any = {}

    def __enter__(self) -> Track:
        # TensorFlow and CUDA read the environment as they are imported: on a GPU every process imports for itself.
        cold = self._settings.cold or self._settings.device != "cpu"
        preloads = {key: (*FRAMEWORKS[key].preload, timing.__name__) for key in OWN_MODES}
        self._servers = self._open.enter_context(workers.servers(preloads, slots=16, cold=cold))
        self._listener = self._open.enter_context(Listener(authkey=self._key, backlog=16))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _accept(self) -> None:
        while True:
            try:
                self._calls.put(self._listener.accept())
            except (EOFError, ConnectionError, AuthenticationError):
                continue  # the caller died, or is none of ours
            except OSError:
                return  # closed

    def run(self, topic: Topic) -> results.Entry:
        """Measure a topic.

        Raises:
            TandemError: where a snippet does not run in a mode, or computes something else in it.
        """
        settings, load = self._settings, machine.Load()
        kept: dict[tuple[Runner, str, int | None], _Kept] = {}
        with tempfile.TemporaryDirectory(prefix="tandem-cache-", ignore_cleanup_errors=True) as cache:
            for number in range(settings.rounds):
                self._began(topic, number + 1)
                with self._started(topic, cache) as started:
                    for case in cases(topic):
                        self._round(started, case, kept)
        others, stolen = (results.rounded(cores, 2) for cores in load.look())
        found = tuple(_result(runner, work, size, of) for (runner, work, size), of in kept.items())
        return results.Entry(
            topic=topic.id,
            device=settings.device,
            digest=results.digest(topic),
            measured_on=datetime.date.today().isoformat(),
            versions=_versions(topic),
            rounds=settings.rounds,
            threads=settings.threads,
            others=others,
            stolen=stolen,
            loaded=others + stolen > machine.BUSY_CORES,
            results=found,
            ratios=results.ratios(found),
        )

    def _round(
        self,
        started: Sequence[_Worker],
        case: tuple[str, int | None],
        kept: dict[tuple[Runner, str, int | None], _Kept],
    ) -> None:
        """Prepare a case in every process, then let them take turns."""
        order = random.sample(started, len(started))
        samples: dict[Runner, list[float]] = {worker.runner: [] for worker in started}
        for worker in started:  # the order in which they stand in the file
            kept.setdefault((worker.runner, *case), _Kept())
        for worker in order:
            of = kept[(worker.runner, *case)]
            told = worker.ask("prepare", *case)
            of.first.append(told["first"])
            of.steady.append(told["steady"])
            of.calls = of.calls or told["calls"]  # the first round decides, so that all rounds do the same
        for _ in range(PASSES):
            random.shuffle(order)
            for worker in order:
                of, mine = kept[(worker.runner, *case)], samples[worker.runner]
                if not mine or mine[0] < timing.LONG_SECONDS:
                    mine += worker.ask("measure", of.calls)
        for worker in started:
            of = kept[(worker.runner, *case)]
            of.seconds.append(samples[worker.runner])
            for name, peaks in (("host", of.host), ("device", of.device)):
                if (peak := worker.ask("finish")[name]) is not None:
                    peaks.append(peak)

    @contextlib.contextmanager
    def _started(self, topic: Topic, cache: str) -> Iterator[list[_Worker]]:
        """A process for each runner, ready to be told what to do."""
        started: list[_Worker] = []
        try:
            started += (self._start(topic, runner, cache) for runner in runners(topic, self._settings.device))
            self._connect(started)
            yield started
        finally:
            self._dismiss(started)
            for worker in started:
                worker.close()

    def _start(self, topic: Topic, runner: Runner, cache: str) -> _Worker:
        """Lay out the process's folder and start it."""
        assert topic.time is not None
        snippet = topic.snippets[runner.framework]
        folder = Path(tempfile.mkdtemp(prefix="tandem-"))
        (folder / "home").mkdir()
        (folder / "home" / snippet.path.name).write_text(snippet.source, "utf-8")
        environment = {
            "TORCHINDUCTOR_CACHE_DIR": cache,
            "TRITON_CACHE_DIR": f"{cache}/triton",
        }
        if self._settings.device != "cpu":
            environment["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0")
        job = timing.Job(
            framework=runner.framework,
            filename=snippet.path.name,
            shown=shown_path(topic, snippet),
            cells=list(snippet.cells[: results.timed_cells(topic, snippet)]),
            time=topic.time,
            mode=runner.mode,
            dtype=runner.dtype,
            device=self._settings.device,
            threads=self._settings.threads,
            address=str(self._listener.address),
            key=self._key.hex(),
            environment=environment,
        )
        (folder / "job.json").write_bytes(msgspec.json.encode(job))
        task = workers.Task("snippets_lib.timing:serve", str(folder), _LIFE, float("inf"), poll_seconds=0.5)
        return _Worker(runner, self._servers[runner.framework].submit(task), folder, job.shown)

    def _connect(self, started: Sequence[_Worker]) -> None:
        """Wait until each has called and has run its cells."""
        waiting = {str(worker.folder): worker for worker in started}
        while waiting:
            try:
                pipe = self._calls.get(timeout=0.5)
                folder, pid = pipe.recv()
            except queue.Empty:
                if dead := [worker for worker in waiting.values() if worker.has_ended]:
                    raise dead[0].lost("the process ended before it began") from None
                continue
            except (EOFError, OSError):
                continue  # it died as it had called
            if worker := waiting.pop(folder, None):
                worker.pipe, worker.pid = pipe, pid
            else:
                pipe.close()
        for worker in started:
            worker.hear()

    def _dismiss(self, started: Sequence[_Worker]) -> None:
        """Hang up on those who call when nobody waits for them any more: they end then."""
        until = time.monotonic() + _GOODBYE
        while time.monotonic() < until and any(w.pipe is None and not w.has_ended for w in started):
            with contextlib.suppress(queue.Empty):
                self._calls.get(timeout=0.1).close()


def _result(runner: Runner, work: str, size: int | None, of: _Kept) -> results.Result:
    seconds = tuple(tuple(map(results.rounded, samples)) for samples in of.seconds)
    return results.Result(
        runner.framework,
        runner.mode,
        work,
        runner.dtype,
        size,
        tuple(map(results.rounded, of.first)),
        all(of.steady),
        of.calls,
        seconds,
        *results.summary(seconds),
        host_mib=_middle(of.host),
        device_mib=_middle(of.device),
    )


def _middle(peaks: Sequence[float]) -> float | None:
    return round(statistics.median(peaks), 1) if peaks else None


def _versions(topic: Topic) -> dict[str, str]:
    names = results.packages(topic)
    return {"python": platform.python_version()} | {name: metadata.version(name).partition("+")[0] for name in names}
