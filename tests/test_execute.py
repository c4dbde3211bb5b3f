"""Whatever a snippet does, it yields one Run that says so, the others go on, and nothing of it survives.

All snippets of this file run in one `run_all`, two at a time; each test looks at what became of its own.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import psutil
import pytest

from snippets_lib import catalog, execute, model, workers

pytestmark = pytest.mark.timeout(180)

SLEEPERS = f"86399.{os.getpid()}%s"  # seconds to sleep, by which a left-over process is known


@dataclass(frozen=True)
class Case:
    """A snippet, and what its topic.toml says."""

    cells: tuple[str, ...]
    names: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    cpp: bool = False


def case(*cells: str, names: str = "", cpp: bool = False, **settings: Any) -> Case:
    return Case(tuple(map(dedent, cells)), tuple(names.split()), settings, cpp)


CASES = {
    # What it prints.
    "prints": case("print('one')\nprint('two')", "", "print('three')"),
    "markup": case("print('</code><script>alert(1)</script>')\nprint('```\\n~~~\\n{ .x }\\n::pair a/b')"),
    "markers": case("print('# %% Cell 2\\n\\\\# %% x\\n--8<-- \"mkdocs.yml\"')", "print('after')"),
    "terminal": case(r"print('\x1b[31mred\x1b[0m\x07 bell\x00\x02\nstep 1\rstep 2\nkept\r\n\x1b]0;title\x07end')"),
    "deep": case(
        """
        import ctypes, os, subprocess, sys
        print("python")
        os.write(1, b"os\\n")
        ctypes.CDLL(None).puts(b"libc")
        subprocess.run(["echo", "child"])
        sys.stdout.buffer.write(b"buffer\\n")
    """,
        "print('second')",
    ),
    "invalid": case("import os\nos.write(1, b'caf\\xe9 \\xff\\n')"),
    "surrogate": case("print('\\ud800')"),
    "paths": case("from pathlib import Path\nprint(Path.cwd())\nprint(Path(__file__).with_name('weights.npz'))"),
    "blank": case("print('\\n\\n  indented  \\t \\n')"),
    "wide": case("print('Größe 😀 \\u2028 \\x85 end')"),
    # What it finds.
    "environment": case("""
        import os, sys
        print(__name__, os.path.basename(__file__), sys.argv == [__file__], os.getcwd() == os.path.dirname(__file__))
        print(hash("seed"), os.environ["OMP_NUM_THREADS"], os.environ.get("CUDA_VISIBLE_DEVICES") == "")
        try:
            input()
        except EOFError:
            print("no input")
    """),
    "annotations": case("def step(size: int): ...\nprint(step.__annotations__['size'])"),
    "future": case(
        "from __future__ import annotations",
        "def step(size: int): ...\nprint(repr(step.__annotations__['size']))",
    ),
    "pickles": case(
        "class Layer:\n    pass",
        "import pickle\nprint(type(pickle.loads(pickle.dumps(Layer()))).__name__)",
    ),
    "reads_itself": case(
        "import inspect\ndef step():\n    return 1",
        "print(inspect.getsource(step).splitlines()[1].strip())",
    ),
    # What it writes.
    "writes": case("""
        from pathlib import Path
        Path(__file__).with_name("here.txt").write_text("x")
        Path("there.txt").touch()
    """),
    # How it ends.
    "raises": case("def fall():\n    raise ValueError('boom <b>')", "fall()", "print('never')"),
    "raises_in_library": case("import json", "print('before')\njson.loads('{')"),
    "raises_ansi": case("raise ValueError('\\x1b[31mred')"),
    "syntax_at_run_time": case("eval('1 +')"),
    "interrupts": case("raise KeyboardInterrupt"),
    "exits": case("print('a')", "import sys\nsys.exit(0)", "print('never')"),
    "exits_with_words": case("import sys\nsys.exit('no data')"),
    "exits_hard": case("print('a')", "import os\nprint('partly')\nos._exit(0)"),
    "exits_hard_with_status": case("import os\nos._exit(3)"),
    "kills_itself": case("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
    "kills_its_group": case("import os, signal\nos.killpg(0, signal.SIGKILL)"),
    "segfaults": case("import ctypes\nctypes.string_at(0)"),
    "aborts": case("import os\nos.abort()"),
    "recurses": case("def again(): again()\nagain()"),
    # Limits.
    "loops": case("print('begun')\nwhile True: pass", seconds=1),
    "sleeps_in_c": case("import ctypes\nctypes.CDLL(None).sleep(1000)", seconds=1),
    "ignores_sigterm": case(
        """
        import signal, time
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)
    """,
        seconds=1,
    ),
    "eats_memory": case(
        """
        import time
        kept = []
        while True:
            kept.append(bytearray(b"x") * (20 << 20))
            time.sleep(0.02)
    """,
        megabytes=200,
    ),
    "children_eat_memory": case(
        """
        import subprocess, sys
        subprocess.run([sys.executable, "-c", "import time; kept = b'x' * (300 << 20); time.sleep(1000)"])
    """,
        megabytes=200,
    ),
    "prints_without_end": case("while True: print('again and again')", seconds=30),
    "writes_without_end": case("import os\nwhile True: os.write(1, b'x' * 100000)", seconds=30),
    "prints_too_much_at_once": case("print('x' * 2_000_000)"),
    "complains_without_end": case("import sys\nwhile True: print('no', file=sys.stderr)", seconds=30),
    # What it leaves.
    "leaves_thread": case("""
        import threading, time
        threading.Thread(target=time.sleep, args=(1000,), name="late").start()
    """),
    "leaves_daemon_thread": case("""
        import threading, time
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    """),
    "leaves_child": case(f"import subprocess\nsubprocess.Popen(['sleep', '{SLEEPERS % 1}'])"),
    "leaves_session": case(f"import subprocess\nsubprocess.Popen(['sleep', '{SLEEPERS % 2}'], start_new_session=True)"),
    "leaves_orphan": case(f"""
        import subprocess
        subprocess.run("setsid sleep {SLEEPERS % 3} & disown", shell=True, executable="/bin/bash")
    """),
    "leaves_child_and_dies": case(f"""
        import os, subprocess
        subprocess.Popen(["sleep", "{SLEEPERS % 4}"], start_new_session=True)
        os._exit(0)
    """),
    "leaves_wanderer_and_dies": case(f"""
        import os, subprocess
        subprocess.Popen(["sleep", "{SLEEPERS % 5}"], start_new_session=True, cwd="/")
        os._exit(0)
    """),
    "leaves_child_and_hangs": case(
        f"""
        import subprocess, time
        subprocess.Popen(["sleep", "{SLEEPERS % 6}"], start_new_session=True)
        time.sleep(1000)
        """,
        seconds=1,
    ),
    "leaves_wandering_fork_and_dies": case(
        """
        import os, time
        child = os.fork()
        if child == 0:
            os.setsid()
            os.chdir("/")
            time.sleep(1000)
        print(child)
        """,
        "time.sleep(1)\nos._exit(0)",
    ),
    "waits_for_child": case("import subprocess\nsubprocess.run(['true'])\nsubprocess.Popen(['true']).wait()"),
    "forks": case(
        """
        import os
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            print("child")
            os.write(writing, b"x")
        else:
            os.read(reading, 1)
            print("parent")
        """,
        "print('second', child == 0)\nos.waitpid(child, 0)",
    ),
    "forks_and_raises": case("""
        import os
        if os.fork() == 0:
            raise RuntimeError("in the child")
        os.wait()
        print("parent")
    """),
    "forks_and_exits": case("import os, sys\nif os.fork() == 0:\n    sys.exit(7)\nprint(os.wait()[1])"),
    "forks_and_stays": case("import os, time\nif os.fork() == 0:\n    time.sleep(1000)"),
    "pools": case("""
        import multiprocessing
        def double(x):
            return 2 * x
        with multiprocessing.get_context("fork").Pool(1) as pool:
            print(pool.map(double, [1, 2]))
            pool.close()
            pool.join()
    """),
    # Standard error and the network.
    "stderr": case("print('fine')", "import sys\nprint('bad news', file=sys.stderr)", "print('fine')"),
    "stderr_in_c": case("import os\nos.write(2, b'native\\n')"),
    "stderr_allowed": case("import sys\nprint('bad news', file=sys.stderr)", allow_stderr="it warns once"),
    "warns": case("import warnings\n\nwarnings.warn('old', FutureWarning)"),
    "tensorflow_notice": case("""
        import os
        os.write(2, b"I0000 00:00:1700000000.1 1 cpu_feature_guard.cc:1] fine\\n")
    """),
    "connects": case("import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)"),
    "resolves": case("import urllib.request\nurllib.request.urlopen('http://example.com/', timeout=1)"),
    "sends": case("import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))"),
    "talks_to_itself": case("""
        import socket
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
            client.sendall(b"x")
            print(server.accept()[0].recv(1))
    """),
    # Values.
    "values": case(
        """
        import numpy as np
        floats, single, whole, truth = [0.1, 0.2], np.float32(0.5), 3, True
        text, texts, grid = "a", ["a", "b"], np.arange(6).reshape(2, 3)
        file, allow_pickle = np.array(1 + 2j), ()
        """,
        names="floats single whole truth text texts grid file allow_pickle",
    ),
    "value_missing": case("loss = 1.0", names="loss accuracy"),
    "value_foreign": case("import fractions\nloss = fractions.Fraction(1, 2)", names="loss"),
    "value_none": case("loss = None", names="loss"),
    "value_object_array": case("import numpy as np\nloss = np.array([None, 1])", names="loss"),
    "value_ragged": case("loss = [[1.0], [1.0, 2.0]]", names="loss"),
    "value_of_dates": case(
        """
        import numpy as np
        loss = np.array(["2026-11-22"], dtype="datetime64[D]")
        """,
        names="loss",
    ),
    "values_not_finite": case("import numpy as np\nloss = np.array([np.nan, np.inf])", names="loss"),
    # Figures.
    "draws": case(
        """
        import matplotlib.pyplot as plt
        plt.plot([1, 2])
        plt.title("Loss")
        plt.xlabel("epoch")
        plt.show()
        plt.figure()
        """,
        "plt.plot([1, 3])\nplt.ylabel('<script>')",
        "print(plt.get_fignums())",
    ),
    "draws_wrong": case("import matplotlib.pyplot as plt", "plt.title('$\\\\frac$')"),
    # C++.
    "cpp": case(
        "#include <iostream>",
        """
        int main() {
            std::cout << "loss = 0.5\\nlosses = 1, 2.5, -3e-2\\nname = x\\nE = E\\ngap = nan\\n";
        }
        """,
        cpp=True,
        names="loss losses gap",
    ),
    "cpp_wrong": case("#include <iostream>", "int main() {\n    return missing;\n}", cpp=True),
    "cpp_warned": case("#include <iostream>", "int main() {\n    int unused = 1;\n}", cpp=True),
    "cpp_crashes": case("#include <cstdlib>", "int main() {\n    std::abort();\n}", cpp=True),
    "cpp_fails": case("int main() {\n    return 3;\n}", cpp=True),
    "cpp_loops": case("int main() {\n    volatile int on = 1;\n    while (on) {}\n}", cpp=True, seconds=3),
    "cpp_complains": case("#include <iostream>", 'int main() {\n    std::cerr << "bad news";\n}', cpp=True),
    "cpp_value_missing": case("int main() {}", cpp=True, names="loss"),
}


def make_topic(name: str, made: Case, folder: Path) -> model.Topic:
    """A topic of one snippet, as `catalog` would read it."""
    framework = model.FRAMEWORKS["cpp" if made.cpp else "python"]
    head = "// A program.\n" if made.cpp else '"""A program."""\n'
    cells = [f"{framework.marker} Cell {n}\n{cell.strip() or 'pass'}\n" for n, cell in enumerate(made.cells, 1)]
    path = folder / "snippets" / "workflow" / name / framework.filename
    path.parent.mkdir(parents=True)
    path.write_text("\n".join([head, *cells]), "utf-8")
    snippet = catalog.read_snippet(path, framework, path.name)
    topic = model.Topic(f"workflow/{name}", path.parent, name, name, {framework.key: snippet}, **made.settings)
    return replace(topic, agree=dict.fromkeys(made.names, 0.0))


def run_cases(
    names: Sequence[str], folder: Path, cold: bool = False
) -> tuple[dict[str, model.Run], dict[str, model.Topic]]:
    """Run some of the cases in one go."""
    topics = {name: make_topic(name, CASES[name], folder) for name in names}
    work = [execute.Work(topic, snippet) for topic in topics.values() for snippet in topic.snippets.values()]
    return {item.topic.name: run for item, run in execute.run_all(work, 2, cold)}, topics


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, model.Run], dict[str, model.Topic]]:
    """What became of every case, all run together on the warm server."""
    with pytest.MonkeyPatch.context() as patch:
        for name in workers.ENVIRONMENT:
            patch.setenv(name, "1")  # whatever stands here is not what a snippet finds
        return run_cases(list(CASES), tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def runs(outcome: tuple[dict[str, model.Run], dict[str, model.Topic]]) -> dict[str, model.Run]:
    return outcome[0]


def said(run: model.Run) -> list[str]:
    """What each cell printed, once it is known that nothing failed."""
    assert run.failure is None, run.failure
    return [cell.text for cell in run.cells]


def test_every_snippet_yields_one_run(runs: dict[str, model.Run]) -> None:
    assert set(runs) == set(CASES)


def test_print_outs_belong_to_their_cells(runs: dict[str, model.Run]) -> None:
    assert said(runs["prints"]) == ["one\ntwo\n", "", "three\n"]
    assert said(runs["markers"]) == ['# %% Cell 2\n\\# %% x\n--8<-- "mkdocs.yml"\n', "after\n"]
    assert said(runs["markup"]) == ["</code><script>alert(1)</script>\n```\n~~~\n{ .x }\n::pair a/b\n"]
    assert said(runs["blank"]) == ["\n\n  indented\n\n"]


def test_print_outs_of_c_and_of_children_are_kept(runs: dict[str, model.Run]) -> None:
    assert said(runs["deep"]) == ["python\nos\nchild\nbuffer\nlibc\n", "second\n"]


def test_print_outs_are_clean(runs: dict[str, model.Run]) -> None:
    assert said(runs["terminal"]) == ["red bell\nstep 2\nkept\nend\n"]
    assert said(runs["invalid"]) == ["caf\ufffd \ufffd\n"]
    assert said(runs["paths"]) == [".\nweights.npz\n"]
    (text,) = said(runs["wide"])
    assert text.startswith("Größe 😀")
    assert len(text.splitlines()) == text.count("\n")
    assert runs["surrogate"].failure is not None
    assert "UnicodeEncodeError" in runs["surrogate"].failure.message


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("no newline", "no newline\n"),
        ("10%\r 50%\r100%\n", "100%\n"),
        ("10%\r", "10%\n"),
        ("a\r\r\nb", "a\nb\n"),
        ("\x1b[1;31mred\x1b[0m\x1b[K", "red\n"),
        ("\x1b(Bplain\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "plainlink\n"),
        ("\x1b[?25lhidden\x1b[?25h", "hidden\n"),
        ("a\x08\x7f\x00b", "ab\n"),
        ("tab\tstays", "tab\tstays\n"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert execute.clean(text) == cleaned
    assert execute.clean(cleaned) == cleaned


def test_a_snippet_finds_what_a_script_finds(runs: dict[str, model.Run]) -> None:
    (text,) = said(runs["environment"])
    first, second, third = text.splitlines()
    assert first == "__main__ in_python.py True True"
    assert re.fullmatch(r"-?\d+ 1 True", second)
    assert third == "no input"
    assert said(runs["annotations"]) == ["<class 'int'>\n"]
    assert said(runs["future"]) == ["", "'int'\n"]
    assert said(runs["pickles"])[1] == "Layer\n"
    assert said(runs["reads_itself"])[1] == "return 1\n"


def test_what_a_snippet_writes_vanishes(outcome: tuple[dict[str, model.Run], dict[str, model.Topic]]) -> None:
    runs, topics = outcome
    assert runs["writes"].failure is None
    assert [path.name for path in topics["writes"].folder.iterdir()] == ["in_python.py"]
    assert not list(Path(tempfile.gettempdir()).glob("tandem-*/home/*.txt"))


FAILURES = {
    "raises": ("raised", 5, "Cell 2", "ValueError: boom <b>"),
    "raises_in_library": ("raised", 8, "Cell 2", "JSONDecodeError: Expecting property name"),
    "raises_ansi": ("raised", 4, "Cell 1", "ValueError: red"),
    "syntax_at_run_time": ("raised", 4, "Cell 1", "SyntaxError: "),
    "interrupts": ("raised", 4, "Cell 1", "KeyboardInterrupt"),
    "recurses": ("raised", 4, "Cell 1", "RecursionError: maximum recursion depth exceeded"),
    "exits": ("exit", 8, "Cell 2", "called sys.exit(0) with 2 of 3 cells unfinished"),
    "exits_with_words": ("exit", 5, "Cell 1", "called sys.exit('no data') with 1 of 1 cells unfinished"),
    "exits_hard": ("crash", 7, "Cell 2", "the process left with status 0, after printing 'partly'"),
    "exits_hard_with_status": ("crash", 4, "Cell 1", "the process left with status 3"),
    "kills_itself": ("crash", 4, "Cell 1", "the process was killed by signal 9"),
    "kills_its_group": ("crash", 4, "Cell 1", "the process was killed by signal 9"),
    "segfaults": ("crash", 4, "Cell 1", "the process was killed by signal 11"),
    "aborts": ("crash", 4, "Cell 1", "the process was killed by signal 6"),
    "loops": ("time", 4, "Cell 1", "still running after 1 s"),
    "sleeps_in_c": ("time", 4, "Cell 1", "still running after 1 s"),
    "ignores_sigterm": ("time", 4, "Cell 1", "still running after 1 s"),
    "eats_memory": ("memory", 4, "Cell 1", "took more than 200 MiB"),
    "children_eat_memory": ("memory", 4, "Cell 1", "took more than 200 MiB"),
    "prints_without_end": ("output", 4, "Cell 1", "printed without end"),
    "writes_without_end": ("output", 4, "Cell 1", "printed without end"),
    "prints_too_much_at_once": ("output", 4, "Cell 1", "printed without end"),
    "complains_without_end": ("output", 4, "Cell 1", "printed without end"),
    "leaves_thread": ("left", 4, "Cell 1", "left the thread 'late' running"),
    "leaves_child": ("left", 4, "Cell 1", "left a process running: sleep"),
    "leaves_session": ("left", 4, "Cell 1", "left a process running: sleep"),
    "leaves_orphan": ("left", 4, "Cell 1", "sleep 86399."),
    "leaves_child_and_dies": ("crash", 4, "Cell 1", "left with status 0"),
    "leaves_wanderer_and_dies": ("crash", 4, "Cell 1", "left with status 0"),
    "leaves_wandering_fork_and_dies": ("crash", 13, "Cell 2", "left with status 0"),
    "leaves_child_and_hangs": ("time", 4, "Cell 1", "still running after 1 s"),
    "forks_and_stays": ("left", 4, "Cell 1", "left a process running"),
    "stderr": ("stderr", 7, "Cell 2", "wrote to standard error: bad news"),
    "stderr_in_c": ("stderr", 4, "Cell 1", "wrote to standard error: native"),
    "warns": ("stderr", 6, "Cell 1", "FutureWarning: old"),
    "connects": ("raised", 5, "Cell 1", "no network: a snippet may not connect to 192.0.2.1"),
    "resolves": ("raised", 5, "Cell 1", "no network: a snippet may not connect to example.com"),
    "sends": ("raised", 5, "Cell 1", "no network: a snippet may not connect to 192.0.2.1"),
    "value_missing": ("values", 4, "", "topic.toml compares accuracy, which the snippet does not leave behind"),
    "value_foreign": ("values", 4, "", "loss is a fractions.Fraction"),
    "value_none": ("values", 4, "", "loss is a builtins.NoneType"),
    "value_object_array": ("values", 4, "", "loss is a numpy.ndarray of object"),
    "value_ragged": ("values", 4, "", "loss is a builtins.list that makes no array of numbers"),
    "value_of_dates": ("values", 4, "", "loss is a numpy.ndarray of datetime64[D]"),
    "draws_wrong": ("raised", 7, "Cell 2", "Expected \\frac{num}{den}"),
    "cpp_wrong": ("compile", 8, "Cell 2", "was not declared"),
    "cpp_warned": ("compile", 8, "Cell 2", "[-Werror=unused-variable]"),
    "cpp_crashes": ("crash", 7, "Cell 2", "the program ended with status -6"),
    "cpp_fails": ("crash", 4, "Cell 1", "the program ended with status 3"),
    "cpp_loops": ("time", 4, "Cell 1", "still running after 3 s"),
    "cpp_complains": ("stderr", 7, "Cell 2", "wrote to standard error: bad news"),
    "cpp_value_missing": ("values", 4, "", "topic.toml compares loss, which the snippet does not leave behind"),
}


@pytest.mark.parametrize(("name", "expected"), FAILURES.items(), ids=list(FAILURES))
def test_a_failure_says_what_and_where(
    name: str, expected: tuple[str, int, str, str], runs: dict[str, model.Run]
) -> None:
    kind, line, cell, message = expected
    failure = runs[name].failure
    assert failure is not None
    filename = "in_cpp.cpp" if CASES[name].cpp else "in_python.py"
    assert (failure.kind, failure.where, failure.cell) == (kind, f"snippets/workflow/{name}/{filename}:{line}", cell)
    assert message in failure.message
    assert len(failure.message) < 2500
    assert failure.expected
    assert failure.mend
    assert not runs[name].values


def test_the_others_hold(runs: dict[str, model.Run]) -> None:
    for name in set(CASES) - set(FAILURES) - {"surrogate"}:
        assert runs[name].failure is None, (name, runs[name].failure)


def test_cells_before_the_failure_are_kept(runs: dict[str, model.Run]) -> None:
    assert [cell.text for cell in runs["exits"].cells] == ["a\n"]
    assert [cell.text for cell in runs["exits_hard"].cells] == ["a\n"]
    assert [cell.title for cell in runs["raises"].cells] == ["Cell 1"]
    assert not runs["loops"].cells


def test_limits_are_kept_in_time(runs: dict[str, model.Run]) -> None:
    assert runs["eats_memory"].megabytes > 200
    assert runs["eats_memory"].megabytes < 1000
    assert runs["children_eat_memory"].megabytes > 200
    assert 1 < runs["prints"].megabytes < 200


def test_nothing_survives(runs: dict[str, model.Run]) -> None:
    wanderer = int(runs["leaves_wandering_fork_and_dies"].cells[0].text)
    deadline = time.monotonic() + 5
    while left := [pid for pid, command in commands().items() if pid == wanderer or SLEEPERS % "" in command]:
        assert time.monotonic() < deadline, f"still alive: {left}"
        time.sleep(0.1)


def commands() -> dict[int, str]:
    """What runs on this machine, by process."""
    found = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = " ".join(process.cmdline())
    return found


def test_a_fork_of_a_snippet_does_not_run_on(runs: dict[str, model.Run]) -> None:
    first, second = said(runs["forks"])
    assert sorted(first.split()) == ["child", "parent"]
    assert second == "second False\n"
    assert said(runs["forks_and_raises"]) == ["parent\n"]
    assert said(runs["pools"]) == ["[2, 4]\n"]


def test_this_machine_is_no_network(runs: dict[str, model.Run]) -> None:
    assert said(runs["talks_to_itself"]) == ["b'x'\n"]


def test_values_come_as_they_were(runs: dict[str, model.Run]) -> None:
    values = runs["values"].values
    assert values["floats"].tolist() == [0.1, 0.2]
    assert values["single"].dtype == np.float32
    assert values["whole"] == 3
    assert values["truth"].dtype == bool
    assert values["text"] == "a"
    assert values["texts"].tolist() == ["a", "b"]
    assert values["grid"].shape == (2, 3)
    assert values["file"] == 1 + 2j
    assert values["allow_pickle"].shape == (0,)
    assert np.isnan(runs["values_not_finite"].values["loss"][0])
    cpp = runs["cpp"].values
    assert cpp["loss"] == 0.5
    assert cpp["losses"].tolist() == [1.0, 2.5, -0.03]
    assert np.isnan(cpp["gap"])


def test_c_plus_plus_prints_in_its_last_cell(runs: dict[str, model.Run]) -> None:
    first, second = said(runs["cpp"])
    assert first == ""
    assert second.startswith("loss = 0.5\n")
    assert "g++" in runs["cpp"].versions


def test_figures_belong_to_their_cells(runs: dict[str, model.Run]) -> None:
    first, second, third = runs["draws"].cells
    assert [figure.alt for figure in first.figures] == ["Loss: epoch", "figure"]
    assert [figure.alt for figure in second.figures] == ["<script>"]
    assert third.text == "[]\n"
    assert all(figure.svg.startswith("<svg") and "#010203" in figure.svg for figure in second.figures)
    assert "<script>" not in "".join(figure.svg for figure in second.figures)


def test_versions_are_noted(runs: dict[str, model.Run]) -> None:
    assert runs["prints"].versions["numpy"] == np.__version__
    assert re.fullmatch(r"3\.\d+\.\d+", runs["prints"].versions["python"])


AGAIN = (
    "prints",
    "deep",
    "environment",
    "raises",
    "stderr",
    "exits_hard",
    "leaves_session",
    "values",
    "loops",
    "cpp_wrong",
)


def told(run: model.Run) -> tuple[Any, ...]:
    texts = tuple((cell.title, sorted(cell.text.split()), cell.figures) for cell in run.cells)
    values = {name: (value.dtype, value.tolist()) for name, value in run.values.items()}
    return texts, values, run.versions, run.failure


def test_cold_runs_do_the_same(runs: dict[str, model.Run], tmp_path: Path) -> None:
    cold, _ = run_cases(AGAIN, tmp_path, cold=True)
    for name in AGAIN:
        assert told(cold[name]) == told(runs[name]), name


def test_without_fork_runs_are_cold(
    runs: dict[str, model.Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "has_fork", lambda: False)
    monkeypatch.setattr(workers, "Server", None)
    without, _ = run_cases(AGAIN[:3], tmp_path)
    for name in AGAIN[:3]:
        assert told(without[name]) == told(runs[name]), name


def test_a_framework_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    job = execute.Job("pytorch", "in_pytorch.py", "snippets/a/b/in_pytorch.py", [], [], [], False, True)
    with pytest.raises(execute._Stop) as stopped:
        execute._check_loaded(job)
    failure = stopped.value.failure
    assert (failure.kind, failure.message) == ("broken", "the warm server could not import torch")
    assert failure.mend == "make install"
    execute._check_loaded(msgspec.structs.replace(job, warm=False))


def test_a_compiler_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "GXX", ("no-such-compiler", "-O1"))
    job = execute.Job("cpp", "in_cpp.cpp", "snippets/a/b/in_cpp.cpp", [model.Cell("Main", 3, "")], [], [], False, True)
    with pytest.raises(execute._Stop) as stopped:
        execute._run_compiled(job, tmp_path, [])
    assert stopped.value.failure.kind == "broken"
    assert "no-such-compiler" in stopped.value.failure.message


# Who runs when.


def work_of(server: str, *seconds: float) -> list[execute.Work]:
    framework = replace(model.FRAMEWORKS["python"], key=server, server=server)
    found = []
    for number, expected in enumerate(seconds):
        snippet = model.Snippet(framework, Path("in_python.py"), "", "pass", (model.Cell("1", 1, "pass"),))
        topic = model.Topic(f"{server}/{number}", Path(), "", "", {server: snippet})
        found.append(execute.Work(topic, snippet, expected))
    return found


def test_the_server_that_runs_least_is_next() -> None:
    queues = {"pytorch": work_of("pytorch", 1, 1), "tensorflow": work_of("tensorflow", 5)}
    assert execute.next_server(queues, []) == "tensorflow"
    assert execute.next_server(queues, ["tensorflow"]) == "pytorch"
    assert execute.next_server(queues, ["tensorflow", "pytorch", "pytorch"]) == "tensorflow"
    assert execute.next_server({**queues, "tensorflow": []}, ["pytorch", "pytorch"]) == "pytorch"


@dataclass
class Clock:
    """A machine whose time passes only when somebody waits: it knows when each work began, and where."""

    now: float = 0.0
    began: list[tuple[float, str]] = field(default_factory=list)
    ends: dict[Future[workers.Ended], float] = field(default_factory=dict)

    @contextlib.contextmanager
    def servers(self, preloads: Mapping[str, Any], slots: int, cold: bool) -> Iterator[Mapping[str, Any]]:
        yield {name: SimpleNamespace(submit=self.submit) for name in preloads}

    def submit(self, task: workers.Task) -> Future[workers.Ended]:
        future: Future[workers.Ended] = Future()
        self.ends[future] = self.now + task.seconds
        return future

    def wait(self, running: Mapping[Future[workers.Ended], Any], return_when: str) -> SimpleNamespace:
        first = min(running, key=self.ends.__getitem__)
        self.now = self.ends[first]
        first.set_result(workers.Ended("exited", 0, 0.0, 0.0))
        return SimpleNamespace(done={first})

    def run(self, work: Sequence[execute.Work], slots: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
        """Run the work in this machine; when and what began."""
        monkeypatch.setattr(workers, "servers", self.servers)
        monkeypatch.setattr(execute, "wait", self.wait)
        monkeypatch.setitem(model.FRAMEWORKS, "a", model.FRAMEWORKS["python"])  # type: ignore[arg-type]
        monkeypatch.setitem(model.FRAMEWORKS, "b", model.FRAMEWORKS["python"])  # type: ignore[arg-type]
        timed = [replace(item, topic=replace(item.topic, seconds=item.expected_seconds)) for item in work]

        def began(item: execute.Work) -> None:
            self.began.append((self.now, item.topic.id))

        assert len(list(execute.run_all(timed, slots, False, began))) == len(work)
        return self.began


def test_the_longest_begin_first_and_an_idle_share_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    work = [*work_of("a", 2, 10, 5, 4), *work_of("b", 1, 3)]
    began = Clock().run(work, 2, monkeypatch)
    assert began == [(0, "a/1"), (0, "b/1"), (3, "b/0"), (4, "a/2"), (9, "a/3"), (10, "a/0")]


def test_one_slot_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    began = Clock().run([*work_of("a", 1, 2), *work_of("b", 4)], 1, monkeypatch)
    assert began == [(0, "b/0"), (4, "a/1"), (6, "a/0")]


def test_more_slots_than_work(monkeypatch: pytest.MonkeyPatch) -> None:
    began = Clock().run([*work_of("a", 1, 2), *work_of("b", 4)], 16, monkeypatch)
    assert {when for when, _ in began} == {0}


def test_a_worker_that_cannot_start_fails_its_snippet_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topics = [make_topic(name, CASES[name], tmp_path) for name in ("prints", "markup")]
    submit = workers.ColdServer.submit

    def refuse(self: workers.ColdServer, task: workers.Task) -> Future[workers.Ended]:
        if "prints" in (Path(task.folder) / "job.json").read_text("utf-8"):
            future: Future[workers.Ended] = Future()
            future.set_exception(RuntimeError("the warm server died"))
            return future
        return submit(self, task)

    monkeypatch.setattr(workers.ColdServer, "submit", refuse)
    work = [execute.Work(topic, topic.snippets["python"]) for topic in topics]
    runs = {item.topic.name: run for item, run in execute.run_all(work, 1, cold=True)}
    assert runs["markup"].failure is None
    failure = runs["prints"].failure
    assert failure is not None
    assert (failure.kind, failure.message) == ("broken", "RuntimeError: the warm server died")


def test_no_folder_is_left(runs: dict[str, model.Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runs
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    run_cases(["writes", "exits_hard"], tmp_path, cold=True)
    assert not list((tmp_path / "temporary").iterdir())
    shutil.rmtree(tmp_path / "temporary")
