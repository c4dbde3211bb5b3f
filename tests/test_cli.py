"""The command: what it says, with which status it ends, and that a mistake in one topic harms no other.

Most tests run snippets in this process, through `quick`; those at the end run them as readers of the command do.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snippets_lib import cli, model, record

pytestmark = pytest.mark.timeout(120)

FIRST = '''"""A half."""

# %% Load
data = [n**0.5 for n in (1, 4)]
print("loaded")

# %% Train
loss = sum(data) / len(data) + len("")
print(f"loss {loss:.3f}")
'''
SECOND = FIRST.replace("sum(data) / len(data)", "sum(x / 2 for x in data)")
FAR = FIRST.replace('len("")', 'len("far away")')
RAISES = FIRST.replace("loss = ", "loss = 1 / 0 + ")
PAIR = "[agree]\nloss = 1e-6\n"
ALONE = 'unpaired = "it stands alone"\n'


@pytest.fixture
def pair(checkout: Any, quick: Any) -> Any:
    """A checkout with a pair that holds, its record and its page."""
    checkout.topic("workflow/one", PAIR, pytorch=FIRST, tensorflow=SECOND)
    checkout.write("docs/index.md", "::pair workflow/one\n")
    assert checkout.tandem("run", "workflow/one", "--update").exit_code == 0
    quick.ran.clear()
    return checkout


def report(checkout: Any, *arguments: str) -> dict[str, Any]:
    """What `tandem run` tells a program."""
    result = checkout.tandem("run", *arguments, "--json", "-")
    told = json.loads(result.stdout)
    assert told["ok"] == (result.exit_code == 0)
    return told


# tandem list, check, new, export


def test_list(pair: Any) -> None:
    result = pair.tandem("list")
    assert result.exit_code == 0
    assert re.search(r"workflow/one +The title. +PyTorch, TensorFlow", result.stdout)
    assert result.stderr == ""


def test_list_for_a_program(pair: Any) -> None:
    result = pair.tandem("list", "--json")
    assert json.loads(result.stdout) == [
        {
            "id": "workflow/one",
            "area": "workflow",
            "title": "The title.",
            "summary": "The summary.",
            "frameworks": ["pytorch", "tensorflow"],
            "needs": [],
            "agree": {"loss": 1e-6},
            "differ": {},
        }
    ]


def test_list_shows_mistakes_and_goes_on(pair: Any) -> None:
    pair.topic("workflow/wrong", "[agree", pytorch=FIRST, tensorflow=SECOND)
    result = pair.tandem("list", "--json")
    assert result.exit_code == 1
    assert [topic["id"] for topic in json.loads(result.stdout)] == ["workflow/one"]
    assert "snippets/workflow/wrong/topic.toml:3: not TOML" in result.stderr


def test_check_holds(pair: Any, quick: Any) -> None:
    result = pair.tandem("check")
    assert result.exit_code == 0, result.output
    assert result.stdout == "1 topics on 1 pages: all are recorded as they stand, each has one home page.\n"
    assert not quick.ran


CHECKS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "stale": (
        lambda c: c.topic("workflow/one", PAIR, pytorch=FIRST + "\n# more\n", tensorflow=SECOND),
        "snippets/workflow/one/in_pytorch.py:8  (stale)",
    ),
    "edited": (
        lambda c: c.write("snippets/workflow/one/recorded/in_pytorch.txt", "# %% Load\n"),
        "snippets/workflow/one/recorded/record.json  (broken)",
    ),
    "missing": (
        lambda c: (c.root / "snippets/workflow/one/recorded/record.json").unlink(),
        "snippets/workflow/one/recorded/record.json  (missing)",
    ),
    "malformed": (
        lambda c: c.topic("workflow/two", "[agree", pytorch=FIRST, tensorflow=SECOND),
        "snippets/workflow/two/topic.toml:3: not TOML",
    ),
    "misplaced": (lambda c: c.write("docs/other.md", "::pair workflow/one\n"), "docs/other.md:1: workflow/one is at"),
    "misspelt": (lambda c: c.write("docs/other.md", "\n::piar x\n"), "docs/other.md:2: unknown directive ::piar"),
    "unlocked": (lambda c: c.write("constraints.txt", "numpy==1\n"), "needs 'keras'"),
    "without pins": (lambda c: (c.root / "constraints.txt").unlink(), "constraints.txt"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "message"), CHECKS.values(), ids=CHECKS)
def test_check_tells(damage: Callable[[Any], Any], message: str, pair: Any) -> None:
    damage(pair)
    result = pair.tandem("check")
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""


def test_new(checkout: Any) -> None:
    result = checkout.tandem("new", "workflow/my_topic")
    assert result.exit_code == 0
    assert "wrote snippets/workflow/my_topic/in_pytorch.py" in result.stdout
    assert "tandem run workflow/my_topic --update" in result.stdout
    assert checkout.tandem("new", "workflow/my_topic").exit_code == 2
    assert checkout.tandem("new", "elsewhere/my_topic").exit_code == 2
    assert checkout.tandem("new").exit_code == 2


def test_export(pair: Any) -> None:
    result = pair.tandem("export")
    assert result.exit_code == 0
    assert (pair.root / "docs/pairs.json").is_file()
    pair.topic("workflow/wrong", "[agree", pytorch=FIRST, tensorflow=SECOND)
    assert pair.tandem("export").exit_code == 1
    (pair.root / "snippets/workflow/one/recorded/record.json").write_text("{", "utf-8")
    result = pair.tandem("export")
    assert result.exit_code == 1
    assert "not a record" in result.stderr


# tandem run: wrong calls


WRONG = {
    "an unknown topic": (["workflow/oen"], "no topic 'workflow/oen'"),
    "an unknown topic beside a known": (["workflow/one", "nowhere"], "no topic 'nowhere'"),
    "a path": (["../../x"], "no topic '../../x'"),
    "changed and all": (["--changed", "--all"], "both --changed and --all"),
    "topics and all": (["workflow/one", "--all"], "both topics and --all"),
    "part 0": (["--all", "--shard", "0/2"], "'0/2'"),
    "part 3 of 2": (["--all", "--shard", "3/2"], "'3/2'"),
    "no part": (["--all", "--shard", "half"], "'half'"),
    "a negative part": (["--all", "--shard", "-1/2"], "'-1/2'"),
    "no jobs": (["--all", "--jobs", "0"], "Invalid value for '--jobs'"),
    "a word of jobs": (["--all", "--jobs", "many"], "Invalid value for '--jobs'"),
    "an unknown option": (["--everything"], "No such option"),
    "a report into nowhere": (["--all", "--json", "nowhere/report.json"], "no folder for nowhere/report.json"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_ends_with_status_2(arguments: list[str], message: str, pair: Any, quick: Any) -> None:
    result = pair.tandem("run", *arguments)
    assert result.exit_code == 2
    assert message in re.sub(r"[\s│]+", " ", result.stderr)
    assert result.stdout == ""
    assert not quick.ran


def test_an_unknown_topic_beside_a_broken_one_is_told(pair: Any) -> None:
    pair.topic("workflow/wrong", "[agree", pytorch=FIRST, tensorflow=SECOND)
    assert pair.tandem("run", "workflow/wrong", "nowhere").exit_code == 2


@pytest.mark.parametrize("command", ["list", "check", "run", "export", "new"])
def test_outside_of_a_checkout(command: str, tmp_path: Path, checkout: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["workflow/one"] if command == "new" else []
    done = subprocess.run(
        [sys.executable, "-m", "snippets_lib.cli", command, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no Tandem checkout here or above" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_is_no_error(checkout: Any) -> None:
    assert checkout.tandem("run", "--help").exit_code == 0
    assert checkout.tandem("frobnicate").exit_code == 2


# tandem run: what runs


def test_nothing_changed(pair: Any, quick: Any) -> None:
    for arguments in ([], ["--changed"], ["--changed", "workflow"], ["workflow/one", "--changed"]):
        result = pair.tandem("run", *arguments)
        assert result.exit_code == 0
        assert result.stdout == "Nothing changed: 1 topics are recorded as they stand.\n"
    assert not quick.ran
    assert report(pair) == {"ok": True, "topics": [], "mistakes": []}


def test_what_changed_runs(pair: Any, quick: Any) -> None:
    pair.topic("workflow/two", PAIR, pytorch=FIRST, tensorflow=SECOND)
    result = pair.tandem("run")
    assert result.exit_code == 1
    assert quick.ran == ["workflow/two pytorch", "workflow/two tensorflow"]
    assert "snippets/workflow/two/recorded/record.json  (missing)" in result.stdout
    assert "1 topics (PyTorch, TensorFlow) in" in result.stdout


def test_what_is_asked_for_runs(pair: Any, quick: Any) -> None:
    pair.topic("migrate/two", ALONE, python=FIRST)
    assert pair.tandem("run", "snippets/workflow/one/").exit_code == 0
    assert quick.ran == ["workflow/one pytorch", "workflow/one tensorflow"]
    quick.ran.clear()
    pair.tandem("run", "--all", "--jobs", "3", "--cold")
    assert quick.ran == ["workflow/one pytorch", "workflow/one tensorflow", "migrate/two python"]
    assert quick.asked[-1] == (3, True)


def test_a_topic_that_holds(pair: Any) -> None:
    result = pair.tandem("run", "workflow/one")
    assert result.exit_code == 0
    assert re.search(r"workflow/one .*loss 0\.0e\+00 / 1e-06 +holds", result.stdout)
    assert "1 hold, 0 do not" in result.stdout


@pytest.mark.parametrize("parts", range(1, 9))
def test_shards_are_a_partition(parts: int, checkout: Any, quick: Any) -> None:
    names = [f"workflow/topic_{letter}" for letter in "abcdefg"]
    for number, name in enumerate(names):
        checkout.topic(name, f"{ALONE}seconds = {10 + number}\n", python=FIRST)
    shares = []
    for part in range(1, parts + 1):
        quick.ran.clear()
        result = checkout.tandem("run", "--all", "--shard", f"{part}/{parts}")
        shares.append([ran.removesuffix(" python") for ran in quick.ran])
        if not quick.ran:
            assert (result.exit_code, result.stdout) == (0, "Nothing in this part.\n")
    assert sorted(name for share in shares for name in share) == names
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert shares[0][0] == "workflow/topic_g"  # the longest


# tandem run: what does not hold


def test_halves_that_disagree(pair: Any) -> None:
    before = pair.recorded("workflow/one")
    pair.topic("workflow/one", PAIR, pytorch=FIRST, tensorflow=FAR)
    for arguments in (["workflow/one"], ["workflow/one", "--update"]):
        result = pair.tandem("run", *arguments)
        assert result.exit_code == 1
        assert 'snippets/workflow/one/in_tensorflow.py:8  cell "Train"  (agree)' in result.stdout
        assert "loss disagrees (other half: snippets/workflow/one/in_pytorch.py:8)" in result.stdout
        assert "gap at most 1e-06" in result.stdout
        assert pair.recorded("workflow/one") == before
    (topic,) = report(pair, "workflow/one")["topics"]
    assert not topic["holds"]
    assert topic["agree"]["loss"]["holds"] is False
    assert topic["failures"][0]["kind"] == "agree"


def test_values_that_cannot_be_compared_are_null_in_json(pair: Any) -> None:
    pair.topic("workflow/one", PAIR, pytorch=FIRST, tensorflow=FIRST + 'loss = loss * float("nan") if loss else loss\n')
    (topic,) = report(pair, "workflow/one")["topics"]
    assert topic["agree"]["loss"] == {"gap": None, "allowed": 1e-6, "holds": False, "note": "not a finite number"}
    assert "∞" in pair.tandem("run", "workflow/one").stdout


def test_a_print_that_changed_and_its_update(pair: Any) -> None:
    changed = FIRST.replace("loaded", "read [bold]\\\\x1b[31m:smile:")
    pair.topic("workflow/one", PAIR, pytorch=changed, tensorflow=SECOND)
    result = pair.tandem("run", "workflow/one")
    assert result.exit_code == 1
    assert 'snippets/workflow/one/in_pytorch.py:4  cell "Load"  (print)' in result.stdout
    assert "found     prints, in line 1: read [bold]\\x1b[31m:smile:" in result.stdout
    assert "expected  as recorded: loaded" in result.stdout
    result = pair.tandem("run", "workflow/one", "--update")
    assert result.exit_code == 0
    assert "recorded workflow/one" in result.stdout
    assert pair.tandem("run", "workflow/one").exit_code == 0
    assert pair.tandem("check").exit_code == 0


def test_one_bad_topic_harms_no_other(pair: Any, quick: Any) -> None:
    before = pair.recorded("workflow/one")
    pair.topic("workflow/one", PAIR, pytorch=RAISES, tensorflow=SECOND)
    pair.topic("workflow/far", PAIR, pytorch=FIRST, tensorflow=FAR)
    pair.topic("workflow/fine", PAIR, pytorch=FIRST, tensorflow=SECOND)
    pair.topic("workflow/lonely", PAIR, pytorch=FIRST)
    pair.topic("workflow/wrong", "[agree", pytorch=FIRST, tensorflow=SECOND)
    told = report(pair, "--all", "--update")
    holds = {topic["id"]: topic["holds"] for topic in told["topics"]}
    assert holds == {"workflow/far": False, "workflow/fine": True, "workflow/one": False}
    assert [mistake.split(": ")[0] for mistake in told["mistakes"]] == [
        "snippets/workflow/lonely/topic.toml:1",
        "snippets/workflow/wrong/topic.toml:3",
    ]
    assert pair.recorded("workflow/one") == before
    assert not pair.recorded("workflow/far")
    assert pair.recorded("workflow/fine")
    assert pair.tandem("run", "workflow/fine").exit_code == 0


def test_a_broken_topic_that_is_asked_for(pair: Any, quick: Any) -> None:
    pair.topic("workflow/wrong", "[agree", pytorch=FIRST, tensorflow=SECOND)
    result = pair.tandem("run", "workflow/wrong")
    assert result.exit_code == 1
    assert "snippets/workflow/wrong/topic.toml:3: not TOML" in result.stderr
    assert not quick.ran
    assert pair.tandem("run", "workflow/one").exit_code == 0
    assert pair.tandem("run", "workflow/wrong", "workflow/one").exit_code == 1
    assert quick.ran[-2:] == ["workflow/one pytorch", "workflow/one tensorflow"]
    pair.topic("workflow/on", "[agree", pytorch=FIRST, tensorflow=SECOND)
    assert pair.tandem("run", "workflow/one").exit_code == 0


def test_a_version_that_is_not_the_locked_one_is_not_recorded(pair: Any, quick: Any) -> None:
    before = pair.recorded("workflow/one")
    pair.topic("workflow/one", PAIR, pytorch=FIRST + "\n# more\n", tensorflow=SECOND)
    quick.versions["torch"] = "1.13.0"
    result = pair.tandem("run", "workflow/one", "--update")
    assert result.exit_code == 1
    assert "constraints.txt  (versions)" in result.stdout
    assert "torch 1.13.0 is installed" in result.stdout
    assert pair.recorded("workflow/one") == before


def test_a_record_that_cannot_be_written_fails_its_topic_alone(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = pair.recorded("workflow/one")
    pair.topic("workflow/one", PAIR, pytorch=FIRST + "\n# more\n", tensorflow=SECOND)
    pair.topic("workflow/two", PAIR, pytorch=FIRST, tensorflow=SECOND)
    real = record.write

    def write(topic: model.Topic, kept: model.Record) -> None:
        if topic.id == "workflow/one":
            raise OSError("No space left on device")
        real(topic, kept)

    monkeypatch.setattr(record, "write", write)
    told = report(pair, "--all", "--update")
    assert {topic["id"]: topic["holds"] for topic in told["topics"]} == {"workflow/one": False, "workflow/two": True}
    assert told["topics"][0]["failures"][0]["message"] == "No space left on device"
    assert pair.recorded("workflow/one") == before


# tandem run: for programs


def test_json_to_a_file(pair: Any, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    result = pair.tandem("run", "workflow/one", "--json", str(target))
    assert result.exit_code == 0
    assert "1 hold" in result.stdout
    told = json.loads(target.read_text("utf-8"))
    (topic,) = told["topics"]
    assert (told["ok"], told["mistakes"], topic["id"], topic["holds"]) == (True, [], "workflow/one", True)
    assert topic["agree"] == {"loss": {"gap": 0.0, "allowed": 1e-6, "holds": True, "note": ""}}
    assert topic["runs"]["pytorch"]["cells"] == [
        {"title": "Load", "output": "loaded\n", "figures": [], "seconds": 0.1},
        {"title": "Train", "output": "loss 1.500\n", "figures": [], "seconds": 0.1},
    ]


def test_json_alone_is_on_standard_output(pair: Any) -> None:
    pair.topic("workflow/two", PAIR, pytorch=FIRST, tensorflow=FAR)
    result = pair.tandem("run", "--all", "--json", "-")
    assert result.exit_code == 1
    assert [topic["holds"] for topic in json.loads(result.stdout)["topics"]] == [True, False]
    assert "1 hold, 1 do not" in result.stderr


# As readers of the command run it.


def tandem(checkout: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snippets_lib.cli", *arguments]
    return subprocess.run(
        command, cwd=checkout.root, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "200"}
    )


def test_a_pair_is_run_recorded_and_held_against_its_record(checkout: Any) -> None:
    """Cold, so that the halves need no framework: they are called after one but import none."""
    checkout.topic("workflow/one", PAIR, pytorch=FIRST, tensorflow=SECOND)
    checkout.topic("workflow/bad", PAIR, pytorch=RAISES, tensorflow=SECOND)
    checkout.write("docs/index.md", "::pair workflow/one\n::pair workflow/bad\n")
    done = tandem(checkout, "run", "--cold", "--update")
    assert done.returncode == 1, done.stderr
    assert "recorded workflow/one" in done.stdout
    assert 'snippets/workflow/bad/in_pytorch.py:8  cell "Train"  (raised)' in done.stdout
    assert "ZeroDivisionError: division by zero" in done.stdout
    assert (checkout.root / "snippets/workflow/one/recorded/in_pytorch.txt").read_text("utf-8") == (
        "# %% Load\nloaded\n\n# %% Train\nloss 1.500\n"
    )
    before = checkout.recorded("workflow/one")
    done = tandem(checkout, "run", "workflow/one", "--cold", "--update", "--json", "-")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    assert checkout.recorded("workflow/one") == before


def test_python_and_c_plus_plus_run_warm(checkout: Any) -> None:
    cpp = """// A half.

// %% Load
#include <iostream>

// %% Train
int main() {
    std::cout << "loss = 1.5\\n";
}
"""
    checkout.topic("polymorphism/two", PAIR, python=FIRST, cpp=cpp)
    checkout.write("docs/notebooks/by_hand.py", "# %% [markdown]\n# # By hand\n#\n# A.\n\n# %%\nprint(6 * 7)\n")
    checkout.write("docs/index.md", "::pair polymorphism/two\n")
    done = tandem(checkout, "run", "--update")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 topics (C++, Python)" in done.stdout
    done = tandem(checkout, "check")
    assert done.returncode == 0, done.stderr
    stored = json.loads((checkout.root / "docs/notebooks/by_hand.ipynb").read_text("utf-8"))
    assert stored["cells"][1]["outputs"][0]["text"] == ["42\n"]
    done = tandem(checkout, "run")
    assert done.returncode == 0
    assert "Nothing changed: 2 topics" in done.stdout


def test_the_command_needs_no_framework_to_start() -> None:
    heavy = {"torch", "tensorflow", "keras", "numpy", "matplotlib"}
    code = f"import sys, snippets_lib.cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_shares_of_a_bound() -> None:
    assert cli._share({"gap": None, "allowed": 1.0}) == float("inf")
    assert cli._share({"gap": 0.0, "allowed": 0.0}) == 0.0
    assert cli._share({"gap": 0.5, "allowed": 0.0}) == float("inf")
    assert cli._share({"gap": 0.5, "allowed": 1.0}) == 0.5
