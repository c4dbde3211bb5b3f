"""The two frameworks as the stopwatch sees them: each in a process of its own, which tells what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from snippets_lib import engines, machine, model, workers

pytestmark = pytest.mark.timeout(300)

HERE = machine.describe()

PROGRAM = """
import json, sys
import numpy as np
from snippets_lib.engines import ENGINES, OWN_MODES, NoDevice

key, device = sys.argv[1:]
engine = ENGINES[key]()
told = {}
if key == "pytorch":
    import torch
    once, torch.set_num_interop_threads = torch.set_num_interop_threads, lambda number: None  # it works once alone
if device == "cpu":
    for other in ("cuda", "rocm", "mps"):
        try:
            ENGINES[key]().settle(other, 1, False)
        except NoDevice as error:
            told[f"no {other}"] = str(error)
if key == "pytorch":
    torch.set_num_interop_threads = once
engine.settle(device, 2, False)

if key == "pytorch":
    tensor, whole, trained = torch.ones(3, 4), torch.arange(3), torch.nn.Parameter(torch.ones(2))
    told["threads"] = [torch.get_num_threads(), torch.get_num_interop_threads()]
    told["tf32"] = torch.get_float32_matmul_precision() != "highest"
    told["is one"] = [torch.is_tensor(tensor), tensor.device.type]
    product = lambda x: x @ x.T
    from torch._dynamo.utils import counters
    built = lambda: counters["frames"]["ok"]
else:
    import tensorflow as tf
    tensor, whole, trained = tf.ones((3, 4)), tf.range(3), tf.Variable(tf.ones(2))
    threading = tf.config.threading
    told["threads"] = [threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads()]
    told["tf32"] = tf.config.experimental.tensor_float_32_execution_enabled()
    told["is one"] = [tf.is_tensor(tensor), tensor.device[-5:-2].lower()]
    product = lambda x: x @ tf.transpose(x)
    built = lambda: len(traced)

traced = []
def function(x):
    if key == "tensorflow" and not tf.executing_eagerly():
        traced.append(1)
    return product(x)

for mode in (*OWN_MODES[key], OWN_MODES[key][1]):
    wrapped = engine.wrap(function, mode)
    before = built()
    values = [engine.to_numpy(wrapped(tensor)) for _ in range(3)]
    right = all((value == 4.0).all() for value in values)
    told.setdefault(mode, []).append({"builds": built() - before, "right": right})

small = engine.cast(tensor)
told["cast"] = [str(small.dtype), str(engine.to_numpy(small).dtype), engine.to_numpy(engine.cast(whole)).dtype.kind]
told["cast others"] = [engine.cast(thing) == thing for thing in (1, "text", None)]
told["numpy"] = [engine.to_numpy(thing) is None for thing in (1.0, [tensor], None, np.ones(2))]
told["variable"] = engine.to_numpy(trained).tolist()
engine.reset_peak()
engine.synchronize()
told["peak"] = engine.peak_mib()
print(json.dumps(told))
"""


def tell(key: str, device: str, folder: Path) -> dict[str, Any]:
    (folder / "program.py").write_text(PROGRAM, "utf-8")  # a file, since AutoGraph and Dynamo read the source
    environment = os.environ | workers.ENVIRONMENT | {"PYTHONPATH": str(Path(engines.__file__).parents[1])}
    if device != "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = "0"
    command = [sys.executable, str(folder / "program.py"), key, device]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module", params=list(engines.ENGINES))
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the framework's engine does on the CPU."""
    return {"key": request.param} | tell(request.param, "cpu", tmp_path_factory.mktemp("engine"))


def check_modes(told: dict[str, Any], key: str) -> None:
    eager, other, *more = engines.OWN_MODES[key]
    assert told[eager] == [{"builds": 0, "right": True}]
    assert told[other] == [{"builds": 1, "right": True}] * 2
    assert [told[mode] for mode in more] == [[{"builds": 1, "right": True}]] * len(more)


def test_eager_builds_nothing_and_the_other_modes_once_for_each_wrapping(told: dict[str, Any]) -> None:
    check_modes(told, told["key"])


def test_the_settings_hold(told: dict[str, Any]) -> None:
    assert told["threads"] == [2, 1]
    assert told["tf32"] is False
    assert told["is one"] == [True, "cpu"]


def test_floating_point_tensors_alone_are_cast(told: dict[str, Any]) -> None:
    name, as_numpy, whole = told["cast"]
    assert "bfloat16" in name
    assert as_numpy == "float32"
    assert (whole == "i") == (told["key"] == "tensorflow")  # only as numbers to compare
    assert all(told["cast others"])


def test_only_tensors_become_numpy(told: dict[str, Any]) -> None:
    assert all(told["numpy"])
    assert told["variable"] == [1.0, 1.0]


def test_a_cpu_has_no_memory_of_its_own(told: dict[str, Any]) -> None:
    assert told["peak"] is None


@pytest.mark.parametrize("device", ["cuda", "rocm", "mps"])
def test_a_device_that_is_not_there_is_told(device: str, told: dict[str, Any]) -> None:
    if device in machine.device_kinds(HERE):
        pytest.skip("it is there")
    package = model.FRAMEWORKS[told["key"]].version_of
    assert told[f"no {device}"].startswith(f"{package} ")
    assert told[f"no {device}"].endswith(f" sees no {device} device")


def test_every_mode_belongs_to_a_framework() -> None:
    assert set(engines.ENGINES) == set(engines.OWN_MODES)
    assert {mode for modes in engines.OWN_MODES.values() for mode in modes} == set(model.MODES)


@pytest.mark.gpu
@pytest.mark.parametrize("key", list(engines.ENGINES))
def test_on_a_gpu(key: str, tmp_path: Path) -> None:
    if "cuda" not in machine.device_kinds(HERE):
        pytest.skip(f"no CUDA device on this machine: {HERE.processor}")
    told = tell(key, "cuda", tmp_path)
    check_modes(told, key)
    assert told["tf32"] is False
    assert told["is one"] == [True, "cuda" if key == "pytorch" else "gpu"]
    assert told["peak"] > 0
