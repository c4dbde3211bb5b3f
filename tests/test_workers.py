"""Warm and cold servers: a fresh process for each task, one thread before it, and nothing but a fork apart."""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from snippets_lib import model, workers

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(not workers.has_fork(), reason="these look into the forkserver, and this platform has none"),
]

TARGETS = """
import json, os, sys, time
from pathlib import Path

def report(folder):
    parent = Path("/proc", str(os.getppid()))
    Path(folder, "report.json").write_text(json.dumps({
        "pid": os.getpid(),
        "parent": os.getppid(),
        "parent_threads": len(list((parent / "task").iterdir())),
        "threads": len(os.listdir("/proc/self/task")),
        "group": os.getpgid(0),
        "modules": sorted(sys.modules),
        "environment": dict(os.environ),
        "touched": getattr(sys, "touched", False),
        "start_method": __import__("multiprocessing").get_start_method(),
    }))
    sys.touched = True

def sleep(folder):
    Path(folder, "begun").touch()
    time.sleep(1000)

def complain(folder):
    print("out")
    print("err", file=sys.stderr)
    raise RuntimeError("in the task")
"""


@pytest.fixture
def targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that workers can import, and a folder for tasks."""
    (tmp_path / "tandem_targets.py").write_text(TARGETS, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def make_task(folder: Path, target: str, seconds: float = 30.0, **limits: Any) -> workers.Task:
    folder.mkdir()
    return workers.Task(f"tandem_targets:{target}", str(folder), seconds, limits.pop("megabytes", 4096), **limits)


def read(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "report.json").read_text("utf-8"))


@pytest.fixture
def server(targets: Path) -> Iterator[workers.Server]:
    """A warm server that has imported as good as nothing."""
    opened = workers.Server(("json",))
    yield opened
    opened.close()


@pytest.mark.parametrize("key", ["python", "pytorch", "tensorflow"])
def test_a_warm_server_has_imported_the_framework_and_has_one_thread(key: str, targets: Path) -> None:
    preload = model.FRAMEWORKS[key].preload
    if importlib.util.find_spec(preload[0]) is None:
        pytest.fail(f"{preload[0]} is not installed; make install does it")
    opened = workers.Server(preload)
    try:
        for name in ("one", "two"):
            ended = opened.submit(make_task(targets / name, "report")).result(timeout=100)
            assert (ended.reason, ended.exitcode) == ("exited", 0)
    finally:
        opened.close()
    one, two = read(targets / "one"), read(targets / "two")
    for told in (one, two):
        assert told["parent_threads"] == 1
        assert told["threads"] == 1
        assert set(preload) <= set(told["modules"])
        assert not told["touched"]
    assert one["parent"] == two["parent"]
    assert one["pid"] != two["pid"]
    frameworks = {"torch", "tensorflow"} - {preload[0]}
    assert not frameworks & set(one["modules"])
    assert not {"torch", "tensorflow", "keras"} & set(sys.modules)


@pytest.mark.parametrize("cold", [False, True])
def test_a_task_has_its_own_group_and_the_environment(
    cold: bool, targets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with workers.servers({"any": ("json",)}, 1, cold) as opened:
        opened["any"].submit(make_task(targets / "task", "report")).result(timeout=60)
    told = read(targets / "task")
    assert told["group"] == told["pid"]
    assert (told["parent"] == os.getpid()) == cold
    assert workers.ENVIRONMENT.items() <= told["environment"].items()
    assert told["environment"]["OMP_NUM_THREADS"] == "1"
    assert told["start_method"] == multiprocessing.get_context().get_start_method()
    assert os.environ["OMP_NUM_THREADS"] == "7"


@pytest.mark.parametrize("cold", [False, True])
def test_what_a_task_says_goes_to_its_folder(cold: bool, targets: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with workers.servers({"any": ("json",)}, 1, cold) as opened:
        ended = opened["any"].submit(make_task(targets / "task", "complain")).result(timeout=60)
    assert (ended.reason, ended.exitcode) == ("exited", 1)
    assert (targets / "task/stdout").read_text("utf-8") == "out\n"
    error = (targets / "task/stderr").read_text("utf-8")
    assert error.startswith("err\n")
    assert "RuntimeError: in the task" in error
    assert capfd.readouterr() == ("", "")


def test_tasks_run_side_by_side(server: workers.Server, targets: Path) -> None:
    slow = server.submit(make_task(targets / "slow", "sleep", seconds=1.0))
    quick = server.submit(make_task(targets / "quick", "report"))
    assert quick.result(timeout=60).reason == "exited"
    assert not slow.done()
    ended = slow.result(timeout=60)
    assert (ended.reason, ended.exitcode) == ("time", -signal.SIGKILL)
    assert 1.0 <= ended.seconds < 6.0


def test_many_tasks_at_once_keep_their_own_ends(server: workers.Server, targets: Path) -> None:
    kinds = ["report", "complain"] * 12
    futures = [server.submit(make_task(targets / f"task{n}", kind)) for n, kind in enumerate(kinds)]
    statuses = [future.result(timeout=60).exitcode for future in futures]
    assert statuses == [0, 1] * 12


def test_closing_ends_what_runs(server: workers.Server, targets: Path) -> None:
    future = server.submit(make_task(targets / "task", "sleep"))
    while not (targets / "task/begun").exists():
        time.sleep(0.01)
    tree = psutil.Process(server._process.pid).children(recursive=True)
    assert len(tree) >= 2
    server.close()
    with pytest.raises(RuntimeError, match="the warm server died"):
        future.result(timeout=10)
    psutil.wait_procs(tree, timeout=5)
    assert not [process for process in tree if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_closing_a_cold_server_ends_what_runs(targets: Path) -> None:
    server = workers.ColdServer(1)
    running, waiting = (server.submit(make_task(targets / name, "sleep")) for name in ("one", "two"))
    while not (targets / "one/begun").exists():
        time.sleep(0.01)
    begun = time.monotonic()
    server.close()
    assert time.monotonic() - begun < 10
    assert running.result(timeout=1).exitcode == -signal.SIGKILL
    assert waiting.cancelled()
    assert not (targets / "two/begun").exists()


@pytest.mark.parametrize("victim", ["controller", "forkserver"])
def test_a_server_that_died_starts_again(victim: str, server: workers.Server, targets: Path) -> None:
    assert server.submit(make_task(targets / "before", "report")).result(timeout=60).exitcode == 0
    forkserver = read(targets / "before")["parent"]
    during = server.submit(make_task(targets / "during", "sleep"))
    while not (targets / "during/begun").exists():
        time.sleep(0.01)
    os.kill(server._process.pid if victim == "controller" else forkserver, signal.SIGKILL)
    if victim == "controller":
        with pytest.raises(RuntimeError, match="the warm server died"):
            during.result(timeout=30)
    else:
        assert during.result(timeout=30).exitcode == 255
    assert server.submit(make_task(targets / "after", "report")).result(timeout=60).exitcode == 0
    assert read(targets / "after")["parent"] != forkserver


def test_no_fork_means_cold_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    with workers.servers({"any": ()}, 1, cold=False) as opened:
        assert isinstance(opened["any"], workers.Server)
    monkeypatch.setattr(workers.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert not workers.has_fork()
    with workers.servers({"any": ()}, 1, cold=False) as opened:
        assert isinstance(opened["any"], workers.ColdServer)


def test_a_warm_server_that_never_worked_closes() -> None:
    workers.Server(("json",)).close()


def test_this_process_is_left_as_it_was() -> None:
    assert not [thread for thread in threading.enumerate() if not thread.daemon and thread.name.startswith("Thread")]
    assert not [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]
