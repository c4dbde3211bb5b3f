"""Measures a callable. Guarantee: the clock stops only when the work is done, and is not started before it is steady.

`Stopwatch` is the measuring itself, free of any framework: warm-up until steady, samples of many calls, and a guard
that finds work still under way when the clock has stopped. `serve` is the life of a worker: it runs a snippet's cells
up to its callables and then measures on demand, so that `race` can let the workers take turns.

Steady means: three blocks in a row, of at least `SAMPLE_SECONDS` each, lie within 5 % of their median. The warm-up
ends after `WARM_SECONDS` in any case, and the result says which it was. A call that takes longer than `LONG_SECONDS`
counts as warm after the first one.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
import os
import re
import statistics
import sys
import tempfile
import time
import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

import msgspec

from .compare import gap
from .engines import ENGINES, Engine, NoDevice
from .model import Cell, Timed

SAMPLE_SECONDS = 0.01
WARM_SECONDS = 2.0
LONG_SECONDS = 1.0
PASS_SECONDS = 0.1
PASS_SAMPLES = 5
STEADY = 0.05
TRIES = 3
SAME = {"float32": 5e-3, "bfloat16": 0.1}
"""How far a mode's output may lie from the eager one, as a gap; an optimizer's step moves on between the two calls."""


class StillWorking(Exception):
    """The device had not done its work when the clock was stopped."""


@dataclass(frozen=True)
class Warm:
    """A warm-up: seconds of the first call, calls in a sample from now on, whether it became steady."""

    first: float
    calls: int
    steady: bool


@dataclass(frozen=True)
class Stopwatch:
    """Measures calls.

    Attributes:
        synchronize: returns once the device has done all it was given.
        read: fetches a value from the device, which no device can do before it is computed.
        clock: seconds, rising.
    """

    synchronize: Callable[[], None]
    read: Callable[[Any], Any]
    clock: Callable[[], float] = time.perf_counter

    def sample(self, call: Callable[[], Any], calls: int) -> float:
        """Seconds for one call, over so many calls between two synchronisations."""
        self.synchronize()
        began = self.clock()
        for _ in range(calls):
            call()
        self.synchronize()
        return (self.clock() - began) / calls

    def check_done(self, call: Callable[[], Any], calls: int = 1) -> Any:
        """Call so many times; the last value as `read` gives it.

        The first reading of a value waits for what computes it; a second one does not. So the first may not take
        much longer than the second, at least once in `TRIES`: a busy machine makes one late, too.
        A millisecond late is no matter, so of short calls it takes as many as make a sample.

        Raises:
            StillWorking: where the value was not there yet although the device had been waited for.
        """
        for _ in range(TRIES):
            self.synchronize()
            began = self.clock()
            value = call()
            for _ in range(calls - 1):
                value = call()
            self.synchronize()
            stopped = self.clock()
            there = self.read(value)
            once = self.clock()
            self.read(value)
            late, whole = (once - stopped) - (self.clock() - once), once - began
            if late <= max(0.3 * whole, 1e-3):
                return there
        raise StillWorking(f"{late:.4f} of {whole:.4f} seconds came after the synchronisation")

    def first(self, call: Callable[[], Any]) -> float:
        """Seconds of one call, tracing and compiling included."""
        return self.sample(call, 1)

    def warm_up(self, call: Callable[[], Any], first: float) -> Warm:
        """Call until it is steady."""
        began = self.clock()
        once = self.sample(call, 1)
        if once > LONG_SECONDS:
            return Warm(first, 1, True)
        calls = max(1, round(SAMPLE_SECONDS / max(once, 1e-9)))
        blocks: list[float] = []
        while True:
            block = self.sample(call, calls) * calls
            if block < SAMPLE_SECONDS and calls < 1e7:  # at the beginning, and where it has become faster meanwhile
                calls = max(calls + 1, min(2 * calls, round(calls * 1.2 * SAMPLE_SECONDS / max(block, 1e-9))))
                blocks = []
                continue
            blocks = [*blocks[-2:], block]
            middle = statistics.median(blocks)
            if len(blocks) == 3 and max(abs(b - middle) for b in blocks) <= STEADY * middle:
                return Warm(first, calls, True)
            if self.clock() - began > WARM_SECONDS and len(blocks) == 3:
                return Warm(first, calls, False)

    def samples(self, call: Callable[[], Any], calls: int) -> list[float]:
        """One pass: samples for `PASS_SECONDS`, at least one, at most `PASS_SAMPLES`."""
        gc.collect()
        collecting = gc.isenabled()
        gc.disable()
        try:
            began, found = self.clock(), [self.sample(call, calls)]
            while len(found) < PASS_SAMPLES and self.clock() - began < PASS_SECONDS:
                found.append(self.sample(call, calls))
            return found
        finally:
            if collecting:
                gc.enable()


class Job(msgspec.Struct, frozen=True):
    """What a worker needs to know: the cells to run, what to time in them, how, and whom to report to."""

    framework: str
    filename: str
    shown: str
    cells: list[Cell]
    time: Timed
    mode: str
    dtype: str
    device: str
    threads: int
    address: str
    key: str
    environment: dict[str, str]


@dataclass
class _Bench:
    """A worker's state between two orders."""

    engine: Engine
    job: Job
    namespace: dict[str, Any]
    watch: Stopwatch
    call: Callable[[], Any] = lambda: None
    calls: int = 1
    line: int = 0

    def prepare(self, work: str, batch_size: int | None) -> dict[str, Any]:
        """Make the callable, call it for the first time, hold its value against the eager one, warm it up."""
        job, timed = self.job, self.job.time
        function = self.namespace[timed.train if work == "train" else timed.call]
        self.line = getattr(getattr(inspect.unwrap(function), "__code__", None), "co_firstlineno", 0)
        arguments: Sequence[Any] = [self.namespace[name] for name in timed.arguments]
        if timed.inputs:
            arguments = self.namespace[timed.inputs](*([] if batch_size is None else [batch_size]))
        if job.dtype == "bfloat16" and timed.bfloat16 == "cast":
            arguments = [self.engine.cast(argument) for argument in arguments]
        wrapped = self.engine.wrap(function, job.mode)
        self.call = lambda: None  # or the case before would count as memory of this one
        gc.collect()
        self.engine.reset_peak()
        _reset_host_peak()
        self.call = lambda: wrapped(*arguments)
        first = self.watch.first(self.call)
        self._check_value(work, self.watch.check_done(self.call), self.engine.wrap(function, "eager"), arguments)
        warm = self.watch.warm_up(self.call, first)
        self.calls = warm.calls
        self.watch.check_done(self.call, warm.calls)
        return {"first": warm.first, "calls": warm.calls, "steady": warm.steady}

    def _check_value(self, work: str, here: list[Any], eager: Callable[..., Any], arguments: Sequence[Any]) -> None:
        """Raise where the mode computes something else; a training step moves the weights, so it is only finite."""
        import numpy as np

        if work == "train" and not all(np.isfinite(array).all() for array in here):
            raise ValueError("the training step's loss is not finite")
        if work == "train" or self.job.mode == "eager":
            return
        there, other = _arrays(self.engine, eager(*arguments)), f"{self.job.mode} computes another value than eager"
        if len(here) != len(there):
            raise ValueError(f"{other}: {len(here)} tensors instead of {len(there)}")
        for one, two in zip(here, there, strict=True):
            apart, why = gap(one, two)
            if not apart <= SAME[self.job.dtype]:
                raise ValueError(f"{other}: gap {apart:.1e} {why}")

    def measure(self, calls: int) -> list[float]:
        """One pass."""
        self.calls = calls
        return self.watch.samples(self.call, calls)

    def finish(self) -> dict[str, float | None]:
        """The memory held since `prepare`."""
        return {"host": _host_peak(), "device": self.engine.peak_mib()}


def _arrays(engine: Engine, value: Any) -> list[Any]:
    """The tensors and numbers in a value, however they are nested, as NumPy."""
    import numpy as np

    if isinstance(value, dict):
        value = [value[name] for name in sorted(value)]
    if isinstance(value, list | tuple):
        return [array for part in value for array in _arrays(engine, part)]
    plain = isinstance(value, int | float | np.ndarray | np.generic)
    array = np.asarray(value) if plain else engine.to_numpy(value)
    return [] if array is None else [array]


def _reset_host_peak() -> None:
    """Linux: begin to watch the peak of the resident memory anew."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _host_peak() -> float | None:
    """The peak of the resident memory in MiB; None where only the peak of the whole process is known."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) / 1024
    return None


def serve(folder: str) -> None:
    """The worker: run the cells, then do as told over the connection until it closes."""
    job = msgspec.json.decode((Path(folder) / "job.json").read_bytes(), type=Job)
    os.environ.update(job.environment)
    os.chdir(Path(folder) / "home")
    os.environ["TMPDIR"] = tempfile.tempdir = str(Path(folder) / "home")  # what it leaves there goes with the task
    with Client(job.address, authkey=bytes.fromhex(job.key)) as pipe:
        pipe.send((folder, os.getpid()))
        bench, path = None, str(Path.cwd() / job.filename)
        try:
            bench = _set_up(job, path)
            pipe.send(("done", {}))
            for name, arguments in _orders(pipe):
                pipe.send(("done", getattr(bench, name)(*arguments)))
        except NoDevice as error:
            pipe.send(("no device", str(error)))
        except BaseException as error:
            pipe.send(("failed", _told(error, path, job.shown, bench.line if bench else 0)))
    os._exit(0)  # a framework's own threads need not be waited for


def _orders(pipe: Connection) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """What to do, until there is no more, or nobody to say so."""
    with contextlib.suppress(EOFError):
        while (order := pipe.recv()) is not None:
            yield order


def _set_up(job: Job, path: str) -> _Bench:
    """Settle the framework and run the cells as `path`, which is a copy of the snippet: AutoGraph reads it."""
    engine = ENGINES[job.framework]()
    engine.settle(job.device, job.threads, job.dtype == "bfloat16" and job.time.bfloat16 == "autocast")
    module = types.ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    for cell in job.cells:
        code = compile("\n" * (cell.line - 1) + cell.source, path, "exec", dont_inherit=True)
        exec(code, module.__dict__)
    gc.collect()
    gc.freeze()  # a framework has a million objects: each collection would look at them all
    watch = Stopwatch(engine.synchronize, lambda value: _arrays(engine, value))
    return _Bench(engine, job, module.__dict__, watch)


def _told(error: BaseException, path: str, shown: str, line: int = 0) -> str:
    """An exception as a line, with the last line of the snippet that it passed, that its text names, or `line`."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    lines = lines or re.findall(rf'File "{re.escape(path)}", line (\d+)', str(error)) or ([line] if line else [])
    where = f"{shown}:{lines[-1]}" if lines else shown
    return f"{where}: {type(error).__name__}: {str(error).replace(path, shown)[:600]}"
