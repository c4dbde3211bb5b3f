"""The stopwatch: on a clock that only the fakes move, so that every duration is known."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, repeat
from typing import Any

import numpy as np
import pytest

from snippets_lib import model, timing
from snippets_lib.timing import LONG_SECONDS, PASS_SAMPLES, SAMPLE_SECONDS, WARM_SECONDS, Stopwatch

MS = 1e-3


@dataclass
class World:
    """A clock, and a host that works at once: each call takes the next of the seconds given."""

    now: float = 1000.0
    called: int = 0

    def clock(self) -> float:
        return self.now

    def call(self, seconds: float | Iterator[float]) -> Callable[[], float]:
        left = repeat(seconds) if isinstance(seconds, float) else seconds

        def call() -> float:
            self.called += 1
            self.now += next(left)
            return 1.5

        return call

    def watch(self) -> Stopwatch:
        return Stopwatch(lambda: None, lambda value: value, self.clock)


@dataclass
class Device(World):
    """A device with a queue: a call adds work and returns at once; who waits or reads, waits until it is done."""

    waits: bool = True
    launch: float = 0.01 * MS
    copy: float = 0.05 * MS
    done: float = 0.0
    late: Iterator[float] = field(default_factory=lambda: repeat(0.0))

    def add(self, seconds: float) -> Callable[[], float]:
        """A call that adds so much work; the value is the time at which it will be there."""

        def call() -> float:
            self.now += self.launch
            self.done = max(self.done, self.now) + seconds
            return self.done

        return call

    def synchronize(self) -> None:
        if self.waits:
            self.now = max(self.now, self.done)

    def read(self, value: float) -> float:
        self.now = max(self.now, value) + self.copy + next(self.late)
        return value

    def watch(self) -> Stopwatch:
        return Stopwatch(self.synchronize, self.read, self.clock)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def device() -> Device:
    return Device()


# A sample.


def test_a_sample_is_the_seconds_of_one_call(world: World) -> None:
    assert world.watch().sample(world.call(3 * MS), 1) == pytest.approx(3 * MS)
    assert world.watch().sample(world.call(3 * MS), 40) == pytest.approx(3 * MS)
    assert world.called == 41


@pytest.mark.parametrize("calls", [1, 2, 50])
def test_a_sample_on_a_device_holds_all_its_work(calls: int, device: Device) -> None:
    """The device works without a pause, so only the launch of the first call comes on top."""
    measured = device.watch().sample(device.add(8 * MS), calls)
    assert measured * calls == pytest.approx(calls * 8 * MS + device.launch)


def test_what_is_in_the_queue_before_a_sample_does_not_count(device: Device) -> None:
    device.add(500 * MS)()
    assert device.watch().sample(device.add(8 * MS), 1) == pytest.approx(8 * MS + device.launch)


def test_without_synchronisation_a_sample_is_far_too_short_and_the_guard_tells(device: Device) -> None:
    device.waits = False
    watch, call = device.watch(), device.add(8 * MS)
    assert watch.sample(call, 5) < 0.01 * 8 * MS
    with pytest.raises(timing.StillWorking, match=r"0\.00[78]\d of 0\.00[89]\d seconds came after the synchronisation"):
        watch.check_done(call)


@pytest.mark.parametrize("seconds", [0.02 * MS, 0.9 * MS, 8 * MS, 3.0])
def test_with_synchronisation_the_guard_gives_the_value(seconds: float, device: Device) -> None:
    assert device.watch().check_done(device.add(seconds)) == device.done


@pytest.mark.parametrize("seconds", [0.02 * MS, 0.1 * MS, 0.9 * MS])
def test_of_calls_shorter_than_a_millisecond_the_guard_must_see_as_many_as_make_a_sample(
    seconds: float, device: Device
) -> None:
    device.waits = False
    watch, call = device.watch(), device.add(seconds)
    watch.check_done(call)  # not seen
    warm = watch.warm_up(call, 0.0)
    assert watch.sample(call, warm.calls) < 0.6 * seconds
    with pytest.raises(timing.StillWorking):
        watch.check_done(call, warm.calls)
    device.waits = True
    watch.check_done(call, warm.calls)


def test_reading_itself_may_take_long(device: Device) -> None:
    device.copy = 100 * MS
    device.watch().check_done(device.add(8 * MS))


@pytest.mark.parametrize("delays", [1, timing.TRIES - 1])
def test_a_busy_machine_may_make_a_reading_late(delays: int, device: Device) -> None:
    device.late = chain.from_iterable(chain(repeat((50 * MS, 0.0), delays), repeat((0.0, 0.0))))
    device.watch().check_done(device.add(8 * MS))


def test_every_reading_late_is_told(device: Device) -> None:
    device.late = chain.from_iterable(repeat((50 * MS, 0.0)))
    with pytest.raises(timing.StillWorking):
        device.watch().check_done(device.add(8 * MS))


def test_the_first_call_has_the_tracing_in_it(world: World) -> None:
    call = world.call(chain([2.5], repeat(1 * MS)))
    assert world.watch().first(call) == pytest.approx(2.5)
    assert world.called == 1


# Warm-up.


def warm_up(world: World, seconds: float | Iterator[float]) -> timing.Warm:
    return world.watch().warm_up(world.call(seconds), 9.0)


@pytest.mark.parametrize("seconds", [0.2 * MS, 1 * MS, 5 * MS, 6 * MS, 0.3, 0.99])
def test_a_steady_callable_is_warm_after_three_blocks(seconds: float, world: World) -> None:
    warm = warm_up(world, seconds)
    assert (warm.first, warm.steady) == (9.0, True)
    assert warm.calls * seconds * (1 + 1e-9) >= SAMPLE_SECONDS
    assert (warm.calls - 1) * seconds <= 1.3 * SAMPLE_SECONDS
    assert world.called <= 1 + 5 * warm.calls


@pytest.mark.parametrize("slow", [1, 3, 4, 5, 10])
def test_a_callable_that_becomes_faster_is_warm_when_it_is_steady(slow: int, world: World) -> None:
    warm = warm_up(world, chain((10 * MS * 1.3 ** (slow - n) for n in range(slow)), repeat(2 * MS)))
    assert warm.steady
    assert world.called > slow
    assert warm.calls * 2 * MS >= SAMPLE_SECONDS * (1 - 1e-9)


@pytest.mark.parametrize("slow", range(1, 7))
def test_one_that_becomes_a_thousand_times_faster_gets_blocks_that_are_long_enough(slow: int, world: World) -> None:
    warm = warm_up(world, chain((10 * MS * 2 ** (slow - n) for n in range(slow)), repeat(0.01 * MS)))
    assert warm.steady
    assert world.called > slow
    assert warm.calls * 0.01 * MS >= SAMPLE_SECONDS * (1 - 1e-9)


def test_one_that_never_is_steady_is_given_up(world: World) -> None:
    began = world.now
    warm = warm_up(world, (16 * MS * 1.5 ** (n % 4) for n in count()))
    assert not warm.steady
    assert warm.calls == 1
    assert WARM_SECONDS < world.now - began < WARM_SECONDS + 0.1


def test_one_that_is_long_and_never_steady_is_given_up_after_few_calls(world: World) -> None:
    warm = warm_up(world, (0.9 * (1 + n % 2) / 2 for n in count(1)))
    assert not warm.steady
    assert world.called <= 6


@pytest.mark.parametrize("spread", [0.04, 0.2])
def test_steady_means_within_a_twentieth(spread: float, world: World) -> None:
    assert warm_up(world, (20 * MS * (1 + spread * (n % 2)) for n in count())).steady == (spread < timing.STEADY)


def test_a_long_callable_is_warm_after_one_call(world: World) -> None:
    assert warm_up(world, LONG_SECONDS * 1.01) == timing.Warm(9.0, 1, True)
    assert world.called == 1


def test_thousands_of_short_calls_make_a_sample(world: World) -> None:
    warm = warm_up(world, 0.001 * MS)
    assert warm.steady
    assert 1 <= warm.calls * 0.001 * MS / SAMPLE_SECONDS <= 1.3


def test_the_first_short_call_may_be_slow(world: World) -> None:
    warm = warm_up(world, chain([3 * MS], repeat(0.001 * MS)))
    assert warm.steady
    assert 1 <= warm.calls * 0.001 * MS / SAMPLE_SECONDS <= 1.3


# A pass.


@pytest.mark.parametrize(
    ("seconds", "number"),
    [(5 * MS, PASS_SAMPLES), (30 * MS, 4), (60 * MS, 2), (101 * MS, 1), (40.0, 1)],
)
def test_how_many_samples_a_pass_has(seconds: float, number: int, world: World) -> None:
    assert world.watch().samples(world.call(seconds), 1) == pytest.approx([seconds] * number)


def test_the_samples_of_a_pass_are_of_so_many_calls(world: World) -> None:
    assert len(world.watch().samples(world.call(0.5 * MS), 10)) == PASS_SAMPLES
    assert world.called == 10 * PASS_SAMPLES


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("raises", [True, False])
def test_the_garbage_collector_rests_in_a_pass_and_is_then_as_it_was(enabled: bool, raises: bool, world: World) -> None:
    seen = []

    def call() -> None:
        seen.append(gc.isenabled())
        if raises:
            raise ZeroDivisionError
        world.now += 1 * MS

    if not enabled:
        gc.disable()
    try:
        if raises:
            with pytest.raises(ZeroDivisionError):
                world.watch().samples(call, 1)
        else:
            world.watch().samples(call, 1)
        assert gc.isenabled() == enabled
    finally:
        gc.enable()
    assert not any(seen)


def test_on_the_real_clock_nothing_is_shorter_than_it_is() -> None:
    def spin() -> None:
        until = time.perf_counter() + 2 * MS
        while time.perf_counter() < until:
            pass

    watch = Stopwatch(lambda: None, lambda value: value)
    warm = watch.warm_up(spin, watch.first(spin))
    assert warm.first >= 2 * MS
    assert all(sample >= 2 * MS for sample in watch.samples(spin, warm.calls))


# A worker, on a framework that is none.


@dataclass
class Tensor:
    """What `Engine` alone can read."""

    numbers: np.ndarray


@dataclass
class Engine:
    """Stands for a framework; what is wrapped in a mode is off by `error`."""

    error: float = 0.0
    mib: float | None = None
    peaks: int = 0

    def settle(self, device: str, threads: int, autocast: bool) -> None:
        raise NotImplementedError

    def wrap(self, function: Callable[..., Any], mode: str) -> Callable[..., Any]:
        if mode == "eager":
            return function
        return lambda *arguments: function(*arguments) + self.error

    def cast(self, value: Any) -> Any:
        return value.astype("float16")

    def synchronize(self) -> None:
        """Nothing to wait for."""

    def to_numpy(self, value: Any) -> Any:
        return value.numbers if isinstance(value, Tensor) else None

    def reset_peak(self) -> None:
        self.peaks += 1

    def peak_mib(self) -> float | None:
        return self.mib


def make_bench(
    engine: Engine, mode: str = "eager", dtype: str = "float32", time: model.Timed | None = None, **functions: Any
) -> timing._Bench:
    timed = time or model.Timed("call")
    job = timing.Job("pytorch", "in_pytorch.py", "shown.py", [], timed, mode, dtype, "cpu", 1, "", "", {})
    world = World()
    watch = Stopwatch(engine.synchronize, lambda value: timing._arrays(engine, value), world.clock)

    def ticking(function: Callable[..., Any]) -> Callable[..., Any]:
        def tick(*arguments: Any) -> Any:
            world.now += 2 * MS
            return function(*arguments)

        return tick

    return timing._Bench(engine, job, {name: ticking(function) for name, function in functions.items()}, watch)


def test_a_worker_prepares_measures_and_tells_of_memory() -> None:
    seen = []
    timed = model.Timed("call", train="step", inputs="batch", batch_sizes=(3,))
    engine = Engine(mib=12.5)
    bench = make_bench(
        engine,
        time=timed,
        batch=lambda size: (np.ones(size), np.zeros(size)),
        call=lambda one, other: seen.append("call") or one + other,
        step=lambda one, other: seen.append("step") or one.sum(),
    )
    told = bench.prepare("call", 3)
    assert (told["first"], told["steady"]) == (pytest.approx(2 * MS), True)
    assert told["calls"] * 2 * MS >= SAMPLE_SECONDS
    assert set(seen) == {"call"}
    assert bench.measure(7) == pytest.approx([2 * MS] * PASS_SAMPLES)
    bench.prepare("train", 3)
    assert seen[-1] == "step"
    assert bench.finish()["device"] == 12.5
    assert engine.peaks == 2


@pytest.mark.parametrize("seconds", [0.1 * MS, 8 * MS])
def test_a_worker_refuses_what_works_on_behind_the_clock(seconds: float, device: Device) -> None:
    bench = make_bench(Engine())
    bench.namespace["call"], bench.watch = device.add(seconds), device.watch()
    bench.prepare("call", None)
    device.waits = False
    with pytest.raises(timing.StillWorking):
        bench.prepare("call", None)


@pytest.mark.parametrize(("dtype", "how", "kind"), [
    ("float32", "cast", "float32"), ("bfloat16", "cast", "float16"), ("bfloat16", "autocast", "float32"),
])  # fmt: skip
def test_arguments_are_cast_where_the_topic_says_so(dtype: str, how: str, kind: str) -> None:
    seen = []
    timed = model.Timed("call", inputs="inputs", bfloat16=how)
    bench = make_bench(
        Engine(),
        dtype=dtype,
        time=timed,
        inputs=lambda: (np.ones(2, "float32"),),
        call=lambda array: seen.append(array.dtype.name) or array,
    )
    bench.prepare("call", None)
    assert set(seen) == {kind}


@pytest.mark.parametrize(("dtype", "error", "fine"), [
    ("float32", 2e-3, True), ("float32", 8e-3, False), ("float32", float("nan"), False), ("bfloat16", 5e-2, True),
    ("bfloat16", 0.5, False),
])  # fmt: skip
def test_a_mode_must_compute_what_eager_does(dtype: str, error: float, fine: bool) -> None:
    bench = make_bench(Engine(error), "xla", dtype, call=lambda: np.ones(3))
    if fine:
        bench.prepare("call", None)
    else:
        with pytest.raises(ValueError, match="xla computes another value than eager: gap"):
            bench.prepare("call", None)


def test_a_training_step_moves_the_weights_so_its_loss_is_only_finite() -> None:
    losses = iter(np.arange(1000.0))
    timed = model.Timed("call", train="step")
    make_bench(Engine(5.0), "xla", time=timed, step=lambda: next(losses)).prepare("train", None)
    for loss in (np.full(2, np.inf), float("nan"), (Tensor(np.full(1, np.nan)), 1.0)):
        bench = make_bench(Engine(), time=timed, step=lambda loss=loss: loss)
        with pytest.raises(ValueError, match="loss is not finite"):
            bench.prepare("train", None)


def test_the_arguments_of_the_case_before_are_gone_when_memory_is_watched() -> None:
    alive: list[bool] = []
    given: list[weakref.ref[np.ndarray]] = []

    class Watching(Engine):
        def reset_peak(self) -> None:
            alive.extend(reference() is not None for reference in given[:-1])

    def inputs(size: int) -> Sequence[np.ndarray]:
        array = np.ones(size)
        given.append(weakref.ref(array))
        return (array,)

    bench = make_bench(Watching(), time=model.Timed("call", inputs="inputs"), inputs=inputs, call=lambda array: array)
    for size in (1, 2, 3):
        bench.prepare("call", size)
    assert alive == [False] * 3


def test_tensors_are_found_however_they_are_nested() -> None:
    value = {"b": [Tensor(np.zeros(2)), (np.ones(2),)], "a": 2.0, "c": "text", "d": None, "e": np.float32(3)}
    assert [array.max() for array in timing._arrays(Engine(), value)] == [2, 0, 1, 3]


def test_an_exception_names_the_last_line_of_the_snippet_that_it_passed() -> None:
    code = compile("\n\ndef fall():\n    return [].pop()\n\nfall()\n", "/tmp/x/in_pytorch.py", "exec")
    with pytest.raises(IndexError) as raised:
        exec(code, {})
    told = timing._told(raised.value, "/tmp/x/in_pytorch.py", "snippets/a/b/in_pytorch.py")
    assert told == "snippets/a/b/in_pytorch.py:4: IndexError: pop from empty list"


def test_an_exception_shows_no_folder_of_the_worker() -> None:
    told = timing._told(
        ValueError('in user code: File "/tmp/x/in_pytorch.py", line 4'), "/tmp/x/in_pytorch.py", "here.py"
    )
    assert told == 'here.py:4: ValueError: in user code: File "here.py", line 4'


def test_an_exception_that_knows_no_line_gets_that_of_the_function() -> None:
    assert (
        timing._told(ValueError("another value"), "/tmp/x.py", "here.py", 7) == "here.py:7: ValueError: another value"
    )
    assert timing._told(ValueError("no value"), "/tmp/x.py", "here.py") == "here.py: ValueError: no value"


def test_the_peak_of_the_host_is_watched_anew() -> None:
    if timing._host_peak() is None:
        pytest.skip("no peak of the resident memory on this system")
    kept = np.ones(40 << 17)  # 40 MiB
    with_it = timing._host_peak()
    del kept
    timing._reset_host_peak()
    assert timing._host_peak() < with_it - 30
