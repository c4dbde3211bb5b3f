"""The machine: what is said of it is what readers need, and nothing that tells whose it is; a busy one is refused."""

from __future__ import annotations

import getpass
import os
import platform
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import psutil
import pytest

from snippets_lib import machine, model

CPUINFO = """processor\t: 0
model name\t: AMD EPYC 9654 96-Core Processor
flags\t\t: fpu avx2 avx512f avx512_bf16 hypervisor

processor\t: 1
model name\t: Another
flags\t\t: fpu
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd sve\n"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command tells of a device, and this is no Mac."""
    monkeypatch.setattr(machine, "_told", lambda *command: "")
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def make_proc(root: Path, cpuinfo: str) -> Path:
    (root / "proc").mkdir()
    (root / "proc/cpuinfo").write_text(cpuinfo, "utf-8")
    return root


def test_it_tells_nobodys_name_and_no_path() -> None:
    told = msgspec.json.encode(machine.describe()).decode()
    for secret in (socket.gethostname(), getpass.getuser(), str(Path.home()), str(Path.cwd())):
        if secret not in ("root", "localhost"):  # too short to be anybody's, and part of other words
            assert secret.lower() not in told.lower()
    assert os.sep not in told.replace("\\/", "")


def test_it_tells_of_this_machine() -> None:
    here = machine.describe()
    assert here == machine.describe()
    assert here.processor
    assert 1 <= here.cores <= here.logical == os.cpu_count()
    assert here.gib == round(psutil.virtual_memory().total / 2**30)
    assert machine.NAME.fullmatch(here.name)
    assert msgspec.json.decode(msgspec.json.encode(here), type=machine.Machine) == here


SLUGS = {
    "Intel(R) Core(TM) i7-1165G7 @ 2.80GHz": "intel-core-i7-1165g7",
    "AMD EPYC 9654 96-Core Processor": "amd-epyc-9654-96-core",
    "Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz": "intel-xeon-e5-2680-v4",
    "Apple M2": "apple-m2",
    "NVIDIA GeForce RTX 3060 Ti": "nvidia-geforce-rtx-3060-ti",
    "../../Größe": "gr-e",
    "鲲鹏": "machine",
    "": "machine",
}


@pytest.mark.parametrize(("text", "name"), SLUGS.items())
def test_a_name_as_a_file_may_have_it(text: str, name: str) -> None:
    assert machine.slug(text) == name
    assert machine.NAME.fullmatch(name)


def test_the_first_processor_of_cpuinfo_counts(tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: 96)
    found = machine.describe(root=make_proc(tmp_path, CPUINFO))
    assert found.processor == "AMD EPYC 9654 96-Core Processor"
    assert found.sets == ("avx2", "avx512f", "avx512_bf16")
    assert found.virtual
    assert found.system == "Linux x86_64"
    assert found.devices == ()
    assert found.name == "amd-epyc-9654-96-core-96-cores"
    assert machine.device_kinds(found) == ("cpu",)


def test_arm_has_features_and_no_model_name(tmp_path: Path, alone: None) -> None:
    found = machine.describe(root=make_proc(tmp_path, ARM))
    assert found.sets == ("asimd", "sve")
    assert not found.virtual
    assert found.processor == "x86_64"


def test_without_proc_the_system_is_asked(tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.describe(root=tmp_path).processor == "x86_64"
    monkeypatch.setattr(platform, "processor", lambda: "Intel64 Family 6")
    assert machine.describe(root=tmp_path).processor == "Intel64 Family 6"
    monkeypatch.setattr(machine, "_told", lambda *command: "Apple M2" if command[0] == "sysctl" else "")
    assert machine.describe(root=tmp_path).processor == "Apple M2"


def test_one_may_name_it(tmp_path: Path, alone: None) -> None:
    assert machine.describe("my-laptop", tmp_path).name == "my-laptop"


@pytest.mark.parametrize("name", ["My Laptop", "../laptop", "laptop.json", "-laptop", "läptop", "laptop\n"])
def test_a_name_that_no_file_may_have_is_refused(name: str, tmp_path: Path, alone: None) -> None:
    with pytest.raises(model.TandemError) as refused:
        machine.describe(name, tmp_path)
    assert repr(name) in str(refused.value)
    assert "lower-case letters, digits and hyphens" in str(refused.value)
    assert f"--machine {machine.slug(name)}" in str(refused.value)


def nvidia(says: str) -> Callable[..., str]:
    return lambda *command: says if command[0] == "nvidia-smi" else ""


CARDS = {
    "NVIDIA H200, 570.86.15, 143771": machine.Device("cuda", "NVIDIA H200", "570.86.15", 140.0),
    "NVIDIA A2, 535.1, 15356\nNVIDIA T4, 535.1, 15360": machine.Device("cuda", "NVIDIA A2", "535.1", 15.0),
    "NVIDIA GB10, 580.82, [N/A]": machine.Device("cuda", "NVIDIA GB10", "580.82", 0.0),
    "No devices were found": None,
    "": None,
}


@pytest.mark.parametrize(("says", "device"), CARDS.items())
def test_an_nvidia_gpu(
    says: str, device: machine.Device | None, tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_told", nvidia(says))
    found = machine.describe(root=make_proc(tmp_path, CPUINFO))
    assert found.devices == ((device,) if device else ())
    if device:
        assert machine.device_kinds(found) == ("cpu", "cuda")
        assert found.name.endswith(f"-cores-{machine.slug(device.name)}")


def test_a_command_that_is_not_there_or_fails_tells_nothing() -> None:
    assert machine._told("no-such-command-anywhere") == ""
    assert machine._told("false") == ""
    assert machine._told("echo", " said ") == "said"


def make_node(root: Path, number: int, name: str, simd_count: int) -> None:
    node = root / f"sys/class/kfd/kfd/topology/nodes/{number}"
    node.mkdir(parents=True)
    (node / "name").write_text(f"{name}\n", "utf-8")
    (node / "properties").write_text(f"cpu_cores_count 0\nsimd_count {simd_count}\n", "utf-8")


def test_an_amd_gpu_is_the_first_node_with_shader_units(tmp_path: Path, alone: None) -> None:
    make_node(tmp_path, 0, "", 0)
    assert machine.describe(root=tmp_path).devices == ()
    make_node(tmp_path, 1, "navi31", 192)
    make_node(tmp_path, 2, "raphael", 4)
    found = machine.describe(root=tmp_path)
    assert found.devices == (machine.Device("rocm", "navi31"),)
    assert found.name.endswith("-cores-navi31")
    driver = tmp_path / "sys/module/amdgpu/version"
    driver.parent.mkdir(parents=True)
    driver.write_text("6.10.5\n", "utf-8")
    assert machine.describe(root=tmp_path).devices == (machine.Device("rocm", "navi31", "6.10.5"),)


def test_a_mac_has_mps(tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert machine.describe(root=tmp_path).devices == ()  # one by Intel
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(platform, "mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    monkeypatch.setattr(machine, "_told", lambda *command: "Apple M2" if command[0] == "sysctl" else "")
    found = machine.describe(root=tmp_path)
    assert found.devices == (machine.Device("mps", "Apple M2", "15.1"),)
    assert machine.device_kinds(found) == ("cpu", "mps")


# How busy it is.


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Counters of seconds, which `time.sleep` moves on by the shares in `rates`."""
    at = SimpleNamespace(now=100.0, busy=5000.0, own=40.0, stolen=7.0, rates={"busy": 0.0, "own": 0.0, "stolen": 0.0})

    def sleep(seconds: float) -> None:
        at.now += seconds
        for name, rate in at.rates.items():
            setattr(at, name, getattr(at, name) + rate * seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: at.now)
    for name in ("busy", "own", "stolen"):
        monkeypatch.setattr(machine, f"_{name}_seconds", lambda name=name: getattr(at, name))
    return at


def test_the_load_is_what_others_do(counters: SimpleNamespace) -> None:
    load = machine.Load()
    counters.rates = {"busy": 1.75, "own": 1.5, "stolen": 0.125}
    time.sleep(4.0)
    assert load.look() == (0.25, 0.125)
    counters.rates = {"busy": 0.0, "own": 1.0, "stolen": 0.0}  # the counters do not move in step
    time.sleep(4.0)
    assert load.look() == (0.0, 0.0625)


def test_an_idle_machine_is_taken(counters: SimpleNamespace) -> None:
    counters.rates = {"busy": 1.1, "own": 1.0, "stolen": 0.05}
    assert machine.check_idle() == pytest.approx(0.1)
    assert counters.now == 101.0


@pytest.mark.parametrize("rates", [(1.4, 1.0, 0.0), (1.0, 1.0, 0.4), (1.2, 1.0, 0.2)])
def test_a_loaded_machine_is_refused(rates: tuple[float, ...], counters: SimpleNamespace) -> None:
    counters.rates = dict(zip(("busy", "own", "stolen"), rates, strict=True))
    with pytest.raises(model.TandemError) as refused:
        machine.check_idle()
    told = str(refused.value)
    assert "0.40 cores of this machine are busy" in told
    assert "at most 0.20" in told
    assert "--under-load" in told


def test_the_real_counters_rise() -> None:
    def look() -> tuple[float, ...]:
        return machine._busy_seconds(), machine._own_seconds(), machine._stolen_seconds()

    before = look()
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    after: Any = look()
    assert after[1] >= before[1] + 0.03
    assert all(b >= a for a, b in zip(before, after, strict=True))
