"""What is measured on. Guarantee: `describe` tells nothing about whose machine it is: no name, no user, no path.

Finds the processor and the accelerators without importing a framework, and says how busy the machine is with
other work, because a busy machine measures its load.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import subprocess
import time
from pathlib import Path

import msgspec
import psutil

from .model import TandemError

BUSY_CORES = 0.2
"""More than so many cores at work for others, and the machine counts as loaded."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
"""What a machine may be called: its file in docs/data/timings/ is called so."""

_SETS = ("avx2", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An accelerator: `kind` is `cuda`, `rocm` or `mps`; memory in GiB, 0 where it shares the host's."""

    kind: str
    name: str
    driver: str = ""
    gib: float = 0.0


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine as readers need to know it.

    Attributes:
        name: the name of its file in docs/data/timings/, without suffix.
        processor: as its maker calls it.
        cores: physical ones.
        logical: those that the system schedules on.
        gib: memory in GiB.
        system: the operating system and the architecture.
        sets: the vector instruction sets that matter here.
        virtual: true where a hypervisor shares the hardware out.
        devices: the accelerators.
    """

    name: str
    processor: str
    cores: int
    logical: int
    gib: float
    system: str
    sets: tuple[str, ...] = ()
    virtual: bool = False
    devices: tuple[Device, ...] = ()


def slug(text: str) -> str:
    """A name as a file may have it.

    ```python
    from snippets_lib.machine import slug

    print(slug("Intel(R) Core(TM) i7-1165G7 @ 2.80GHz"))
    #> intel-core-i7-1165g7
    ```
    """
    plain = re.sub(r"\((?:r|tm|c)\)|@.*|\bcpu\b|\bprocessor\b", " ", text.lower())
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "machine"


def describe(name: str = "", root: Path = Path("/")) -> Machine:
    """This machine.

    Args:
        name: what to call it; by default after its processor, cores and accelerator.
        root: where /proc is, for tests.

    Raises:
        TandemError: for a name that no file there may have.
    """
    if name and not NAME.fullmatch(name):
        allowed = "lower-case letters, digits and hyphens"
        raise TandemError("tandem time --machine", repr(name), allowed, f"--machine {slug(name)}")
    info = _cpuinfo(root)
    flags = set(info.get("flags", info.get("features", "")).split())
    processor = info.get("model name") or _processor()
    devices = tuple(filter(None, (_cuda(root), _rocm(root), _mps())))
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    return Machine(
        name=name or "-".join([slug(processor), f"{cores}-cores", *(slug(d.name) for d in devices)]),
        processor=processor,
        cores=cores,
        logical=os.cpu_count() or 1,
        gib=round(psutil.virtual_memory().total / 2**30),
        system=f"{platform.system()} {platform.machine()}",
        sets=tuple(s for s in _SETS if s in flags),
        virtual="hypervisor" in flags,
        devices=devices,
    )


def _cpuinfo(root: Path) -> dict[str, str]:
    with contextlib.suppress(OSError):
        lines = (root / "proc/cpuinfo").read_text("utf-8").splitlines()
        pairs = [line.partition(":") for line in reversed(lines)]
        return {key.strip().lower(): value.strip() for key, _, value in pairs}
    return {}


def _told(*command: str) -> str:
    """What a command prints; empty where it is not there or fails."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        return ended.stdout.strip()
    return ""


def _processor() -> str:
    return _told("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor() or platform.machine()


def _cuda(root: Path) -> Device | None:
    fields = "--query-gpu=name,driver_version,memory.total"
    told = _told("nvidia-smi", fields, "--format=csv,noheader,nounits")
    parts = [part.strip() for part in told.partition("\n")[0].split(",")]
    if len(parts) != 3:  # no GPU, which some versions say in words
        return None
    name, driver, mib = parts
    shared = not mib.isdecimal()  # [N/A], where the GPU has no memory of its own
    return Device("cuda", name, driver, 0.0 if shared else round(float(mib) / 1024))


def _rocm(root: Path) -> Device | None:
    """The first node of AMD's compute driver that has shader units."""
    for node in sorted((root / "sys/class/kfd/kfd/topology/nodes").glob("*")):
        with contextlib.suppress(OSError):
            said = dict(line.split(maxsplit=1) for line in (node / "properties").read_text("utf-8").splitlines())
            if int(said.get("simd_count", 0)):
                driver = root / "sys/module/amdgpu/version"
                version = driver.read_text("utf-8").strip() if driver.is_file() else ""
                return Device("rocm", (node / "name").read_text("utf-8").strip() or "AMD GPU", version)
    return None


def _mps() -> Device | None:
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return Device("mps", _processor(), platform.mac_ver()[0])
    return None


def device_kinds(machine: Machine) -> tuple[str, ...]:
    """What can be measured on: `cpu` and the machine's accelerators."""
    return ("cpu", *(device.kind for device in machine.devices))


class Load:
    """How many cores work for others since the last look: all that is busy less this process and what it started."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._busy, self._own, self._stolen = _busy_seconds(), _own_seconds(), _stolen_seconds()

    def look(self) -> tuple[float, float]:
        """Cores that others kept busy, and cores that the hypervisor took away, on average since the beginning."""
        passed = max(time.monotonic() - self._began, 1e-3)
        others = (_busy_seconds() - self._busy) - (_own_seconds() - self._own)
        stolen = _stolen_seconds() - self._stolen
        return max(0.0, others / passed), max(0.0, stolen / passed)


def _busy_seconds() -> float:
    """Processor seconds of everybody since the machine started; what the hypervisor took counts as stolen, not busy."""
    times = psutil.cpu_times()
    return float(sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq")))


def _stolen_seconds() -> float:
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


def _own_seconds() -> float:
    """Processor seconds of this process, of those it started, and of those that they started and that have ended."""
    me, total = psutil.Process(), 0.0
    for process in [me, *me.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def check_idle(seconds: float = 1.0) -> float:
    """How many cores are busy with other work, watched for so long.

    Raises:
        TandemError: where it is more than `BUSY_CORES`.
    """
    load = Load()
    time.sleep(seconds)
    busy, stolen = load.look()
    if busy + stolen > BUSY_CORES:
        raise TandemError(
            "tandem time",
            f"{busy + stolen:.2f} cores of this machine are busy with other work",
            f"at most {BUSY_CORES:.2f}",
            "wait for the other work to end, or: tandem time --under-load, which says so in the record",
        )
    return busy
