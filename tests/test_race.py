"""Races, by real workers: all take part, what is wrong names its line, and one topic's end harms no other."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import psutil
import pytest

from snippets_lib import machine, model, race, results, workers

pytestmark = pytest.mark.timeout(600)

HERE = machine.describe()
SETTINGS = race.Settings(rounds=3)

PYTORCH = '''"""A half."""

# %% Load
import torch

torch.manual_seed(0)
weight = torch.nn.Parameter(torch.randn(16, 4) / 4)

# %% Define
def batch(size):
    return (torch.ones(size, 16),)

def predict(x):
    return torch.tanh(x @ weight)

def step(x):
    loss = (predict(x) ** 2).mean()
    (gradient,) = torch.autograd.grad(loss, weight)
    with torch.no_grad():
        weight.sub_(0.01 * gradient)
    return loss

# %% Show
raise RuntimeError("no cell behind the functions is run")
'''
TENSORFLOW = '''"""A half."""

# %% Load
import tensorflow as tf

weight = tf.Variable(tf.random.normal((16, 4)) / 4)

# %% Define
def batch(size):
    return (tf.ones((size, 16)),)

def predict(x):
    return tf.tanh(x @ weight)

def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(predict(x) ** 2)
    weight.assign_sub(0.01 * tape.gradient(loss, weight))
    return loss

# %% Show
raise RuntimeError("no cell behind the functions is run")
'''
SMALL = {
    "pytorch": '"""A half."""\n\n# %% Define\nimport torch\n\ndef call():\n    return torch.ones(3)\n',
    "tensorflow": '"""A half."""\n\n# %% Define\nimport tensorflow as tf\n\ndef call():\n    return tf.ones(3)\n',
}
UNPAIRED = 'unpaired = "it is for timing"\n\n[time]\n'
FULL = f'{UNPAIRED}call = "predict"\ntrain = "step"\ninputs = "batch"\nbatch_sizes = [8]\n'
EAGER = f'{UNPAIRED}call = "call"\nmodes = ["eager"]\n'


@pytest.fixture(scope="module")
def track() -> Iterator[race.Track]:
    """One track for all, as `tandem time` has: what a topic leaves behind would meet the next."""
    with race.Track(SETTINGS) as opened:
        yield opened


@pytest.fixture
def make(checkout: Any) -> Callable[..., model.Topic]:
    """Write a topic and read it."""

    def make(settings: str = EAGER, name: str = "performance/one", **programs: str) -> model.Topic:
        checkout.topic(name, settings, **(SMALL | programs))
        found = checkout.load()
        assert not found.mistakes
        return found.topics[name]

    return make


def refused(track: race.Track, topic: model.Topic) -> str:
    with pytest.raises(model.TandemError) as told:
        track.run(topic)
    return str(told.value)


def check_next_runs(track: race.Track, make: Callable[..., model.Topic]) -> None:
    """The next topic is measured as if nothing had been."""
    entry = track.run(make(name="performance/next"))
    assert [result.runner for result in entry.results] == ["pytorch/eager", "tensorflow/eager"]


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def test_who_takes_part(make: Callable[..., model.Topic]) -> None:
    topic = make(FULL, pytorch=PYTORCH, tensorflow=TENSORFLOW)
    assert list(map(str, race.runners(topic, "cpu"))) == [
        "pytorch/eager/float32",
        "pytorch/torch.compile/float32",
        "tensorflow/eager/float32",
        "tensorflow/tf.function/float32",
        "tensorflow/xla/float32",
    ]
    assert race.cases(topic) == [("call", 8), ("train", 8)]
    topic = make(f'{UNPAIRED}call = "call"\nmodes = ["xla", "eager"]\nbfloat16 = "cast"\n')
    assert list(map(str, race.runners(topic, "cpu"))) == [
        "pytorch/eager/float32",
        "tensorflow/eager/float32",
        "tensorflow/xla/float32",
    ]
    assert list(map(str, race.runners(topic, "cuda"))) == [
        "pytorch/eager/float32",
        "pytorch/eager/bfloat16",
        "tensorflow/eager/float32",
        "tensorflow/eager/bfloat16",
        "tensorflow/xla/float32",
        "tensorflow/xla/bfloat16",
    ]
    assert race.cases(topic) == [("call", None)]
    topic = make(FULL.replace("[8]", "[1, 8]"), pytorch=PYTORCH, tensorflow=TENSORFLOW)
    assert race.cases(topic) == [("call", 1), ("train", 1), ("call", 8), ("train", 8)]


def check_entry(entry: results.Entry, topic: model.Topic, device: str, root: Path) -> None:
    """Every runner has a result for every case, which follows from raw seconds; the file takes it."""
    assert (entry.topic, entry.device, entry.rounds) == (topic.id, device, 3)
    assert entry.digest == results.digest(topic)
    assert set(entry.versions) == {"python", *results.packages(topic)}
    runners, cases = race.runners(topic, device), race.cases(topic)
    stand = [(r.work, r.batch_size, r.framework, r.mode, r.dtype) for r in entry.results]
    assert stand == [(*case, r.framework, r.mode, r.dtype) for case in cases for r in runners]
    for result in entry.results:
        assert len(result.seconds) == len(result.first) == 3
        assert all(1 <= len(samples) <= 5 * race.PASSES for samples in result.seconds)
        assert all(0 < sample < 10 for samples in result.seconds for sample in samples)
        assert all(0 < first < 600 for first in result.first)
        assert result.calls >= 1
        assert (result.median, result.q1, result.q3) == results.summary(result.seconds)
        if sys.platform == "linux":
            assert result.host_mib > 50
        assert (result.device_mib is None) == (device == "cpu")
    assert entry.ratios == results.ratios(entry.results)
    assert len(entry.ratios) == len(results.RACES) * len({result.case for result in entry.results})
    assert results.read(results.write(root, HERE, [entry])).entries == [entry]


def test_every_runner_is_measured_in_every_case(
    track: race.Track, make: Callable[..., model.Topic], checkout: Any
) -> None:
    told: list[tuple[str, int]] = []
    track._began = lambda topic, number: told.append((topic.id, number))
    topic = make(FULL, pytorch=PYTORCH, tensorflow=TENSORFLOW)
    check_entry(track.run(topic), topic, "cpu", checkout.root)
    assert told == [("performance/one", 1), ("performance/one", 2), ("performance/one", 3)]
    assert not list((checkout.root / "snippets/performance/one").glob("*.pyc"))


def test_modes_restrict_the_runners(track: race.Track, make: Callable[..., model.Topic]) -> None:
    settings = FULL.replace("[8]", '[1, 64]\nmodes = ["eager"]').replace('train = "step"\n', "")
    entry = track.run(make(settings, pytorch=PYTORCH, tensorflow=TENSORFLOW))
    runners = ["pytorch/eager", "tensorflow/eager"]
    assert [(r.runner, r.batch_size) for r in entry.results] == [(name, size) for size in (1, 64) for name in runners]
    assert [(r.numerator, r.denominator, r.batch_size) for r in entry.ratios] == [
        ("tensorflow/eager", "pytorch/eager", 1),
        ("tensorflow/eager", "pytorch/eager", 64),
    ]


STATE = '"""A half."""\n\n# %% Define\nimport tensorflow as tf\n\nseen = []\n\ndef call():\n    seen.append(1)\n'
NOT_THE_SAME = {
    "values": "    return tf.ones(3) * len(seen)\n",
    "shapes": "    return tf.ones(len(seen))\n",
    "numbers": "    return [tf.ones(3)] * len(seen)\n",
}


@pytest.mark.parametrize("returned", NOT_THE_SAME.values(), ids=NOT_THE_SAME)
def test_a_mode_that_computes_something_else_is_refused(
    returned: str, track: race.Track, make: Callable[..., model.Topic]
) -> None:
    """Python runs in each eager call, but only once where a graph is traced."""
    topic = make(f'{UNPAIRED}call = "call"\nmodes = ["tf.function"]\n', tensorflow=STATE + returned)
    told = refused(track, topic)
    assert told.startswith("snippets/performance/one/in_tensorflow.py (tensorflow/tf.function/float32): ")
    assert "tf.function computes another value than eager" in told
    assert "snippets/performance/one/in_tensorflow.py:8: " in told
    check_next_runs(track, make)


RAISES = {
    "in a cell": ("import torch\nraise ValueError('boom')\ndef call(): ...\n", "eager", ":5: ValueError: boom"),
    "in the function": ("import torch\ndef call():\n    [].pop()\n", "eager", ":6: IndexError: pop from empty list"),
    "at the end of the input": ("def call():\n    input()\n", "eager", ":5: EOFError: EOF when reading a line"),
    "by an exit": ("import sys\nsys.exit('no data')\ndef call(): ...\n", "eager", ":5: SystemExit: no data"),
    "compiled": (
        "import torch\ndef call():\n    return torch.ones(2) @ torch.ones(3)\n",
        "torch.compile",
        "in_pytorch.py:6",
    ),
}


@pytest.mark.parametrize(("code", "mode", "told"), RAISES.values(), ids=RAISES)
def test_what_raises_names_its_line(
    code: str, mode: str, told: str, track: race.Track, make: Callable[..., model.Topic]
) -> None:
    settings = EAGER.replace("eager", mode)
    topic = make(settings, pytorch=f'"""A half."""\n\n# %% Define\n{code}')
    message = refused(track, topic)
    assert message.startswith(f"snippets/performance/one/in_pytorch.py (pytorch/{mode}/float32): ")
    assert told in message
    assert "/tmp/" not in message


@pytest.mark.parametrize("mode", ["eager", "tf.function", "xla"])
def test_what_raises_in_tensorflow_names_its_line(
    mode: str, track: race.Track, make: Callable[..., model.Topic]
) -> None:
    half = '"""A half."""\n\n# %% Define\nimport tensorflow as tf\n\ndef call():\n    return tf.ones(2) + tf.ones(3)\n'
    message = refused(track, make(EAGER.replace("eager", mode), tensorflow=half))
    assert f"(tensorflow/{mode}/float32): snippets/performance/one/in_tensorflow.py:7: " in message


DIES = {
    "in a cell": "import os\nos._exit(3)\ndef call(): ...\n",
    "in the function": "import os\ndef call():\n    os._exit(3)\n",
    "by a signal": "import os, signal\ndef call():\n    os.kill(os.getpid(), signal.SIGKILL)\n",
}


@pytest.mark.parametrize("code", DIES.values(), ids=DIES)
def test_a_worker_that_dies_harms_no_other_topic(
    code: str, track: race.Track, make: Callable[..., model.Topic]
) -> None:
    message = refused(track, make(pytorch=f'"""A half."""\n\n# %% Define\n{code}'))
    assert message.startswith("snippets/performance/one/in_pytorch.py (pytorch/eager/float32): the process ended\n")
    check_next_runs(track, make)


def test_the_last_words_of_a_worker_that_dies_are_told(track: race.Track, make: Callable[..., model.Topic]) -> None:
    code = "import os, sys\nprint('out of luck', file=sys.stderr)\nos._exit(3)\ndef call(): ...\n"
    assert "the process ended: out of luck\n" in refused(track, make(pytorch=f'"""A half."""\n\n# %% Define\n{code}'))


def test_a_worker_that_falls_silent_is_ended(
    track: race.Track, make: Callable[..., model.Topic], checkout: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race, "_PATIENCE", 3.0)
    monkeypatch.setattr(race, "_GOODBYE", 1.0)
    said = checkout.root / "pid"
    code = f"from pathlib import Path\nimport os\ndef call():\n    Path({str(said)!r}).write_text(str(os.getpid()))\n"
    code += "    while True: ...\n"
    message = refused(track, make(pytorch=f'"""A half."""\n\n# %% Define\n{code}'))
    assert "(pytorch/eager/float32): no answer for 3 s" in message
    assert not psutil.pid_exists(int(said.read_text("utf-8")))
    monkeypatch.undo()
    os.chdir(checkout.root)
    check_next_runs(track, make)


def test_a_worker_that_dies_before_it_calls_harms_no_other_topic(
    track: race.Track, make: Callable[..., model.Topic], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that call when nobody waits for them any more must not be taken for the next topic's."""
    monkeypatch.setattr(race, "_GOODBYE", 5.0)
    start, began = track._start, time.monotonic()

    def fail(topic: model.Topic, runner: race.Runner, cache: str) -> race._Worker:
        worker = start(topic, runner, cache)
        if runner.framework == "pytorch":
            (worker.folder / "job.json").write_text("{}")
        return worker

    monkeypatch.setattr(track, "_start", fail)
    message = refused(track, make())
    assert "(pytorch/eager/float32): the process ended before it began" in message
    monkeypatch.setattr(track, "_start", start)
    check_next_runs(track, make)
    assert time.monotonic() - began < 300


def test_strangers_who_call_are_hung_up_on(track: race.Track, make: Callable[..., model.Topic]) -> None:
    address = track._listener.address
    with pytest.raises((AuthenticationError, EOFError, OSError)):
        Client(address, authkey=b"wrong")
    with Client(address, authkey=track._key) as known:
        known.send(("nobody's folder", 0))
        Client(address, authkey=track._key).close()  # one that dies as it has called
        check_next_runs(track, make)
        with pytest.raises(EOFError):
            known.recv()


def test_work_that_goes_on_behind_the_clock_is_refused(track: race.Track, make: Callable[..., model.Topic]) -> None:
    """TensorFlow on a CPU that returns before it is done, where `synchronize` has nothing to wait for."""
    half = '''"""A half."""

# %% Define
import tensorflow as tf

tf.config.experimental.set_synchronous_execution(False)
matrix = tf.ones((SIZE, SIZE))

def call():
    return tf.matmul(matrix, matrix)
'''
    for size in ("1500", "300"):  # 70 ms, in which one call shows it; half a millisecond, in which only many do
        message = refused(track, make(EAGER.replace("eager", "tf.function"), tensorflow=half.replace("SIZE", size)))
        assert "in_tensorflow.py (tensorflow/tf.function/float32): " in message
        assert "StillWorking" in message
        assert "seconds came after the synchronisation" in message


def test_a_device_that_no_framework_sees_is_told(make: Callable[..., model.Topic]) -> None:
    if len(machine.device_kinds(HERE)) > 1:
        pytest.skip("this machine has a device")
    with race.Track(race.Settings("cuda", rounds=3)) as track:
        message = refused(track, make())
    assert "sees no cuda device" in message
    assert "--device cpu" in message


def test_cold_workers_measure_as_well(make: Callable[..., model.Topic]) -> None:
    with race.Track(race.Settings(rounds=3, cold=True)) as track:
        check_next_runs(track, make)


@pytest.mark.skipif(not workers.has_fork(), reason="there is nothing to leave behind without a warm server")
def test_a_closed_track_leaves_no_process(make: Callable[..., model.Topic]) -> None:
    before, folders = children(), set(Path(race.tempfile.gettempdir()).glob("tandem-*"))
    with race.Track(race.Settings(rounds=3)) as track:
        check_next_runs(track, make)
        assert children() > before
        assert set(Path(race.tempfile.gettempdir()).glob("tandem-*")) <= folders
    psutil.wait_procs([psutil.Process(pid) for pid in children() - before if psutil.pid_exists(pid)], timeout=10)
    assert not {pid for pid in children() - before if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE}
    assert not [thread for thread in threading.enumerate() if not thread.daemon and thread.name.startswith("Thread")]


@pytest.mark.gpu
@pytest.mark.parametrize("kind", ["cuda", "rocm", "mps"])
def test_every_runner_is_measured_on_a_device(kind: str, make: Callable[..., model.Topic], checkout: Any) -> None:
    if kind not in machine.device_kinds(HERE):
        pytest.skip(f"no {'CUDA' if kind == 'cuda' else kind} device on this machine: {HERE.processor}")
    topic = make(FULL + 'bfloat16 = "cast"\n', pytorch=PYTORCH, tensorflow=TENSORFLOW)
    with race.Track(race.Settings(kind, rounds=3)) as track:
        check_entry(track.run(topic), topic, kind, checkout.root)
