"""Folder to Topic; and every mistake says file, line, what was found and what is allowed, and harms no other topic."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snippets_lib import catalog, model

PAIR = "[agree]\nloss = 1e-6\n"
ALONE = 'unpaired = "it stands alone"\n'
HALF = '"""A half."""\n\n# %% Load\ndata = load()\n\n# %% Train\nloss = train(data)\n'
CPP = "// A half.\n\n// %% Load\nint data = 1;\n\n// %% Train\nint main() {}\n"


def test_a_sound_pair_becomes_a_topic(checkout: Any) -> None:
    folder = checkout.topic("workflow/sound", f'title = "Sound"\n{PAIR}', pytorch=HALF, tensorflow=HALF)
    found = checkout.load()
    assert not found.mistakes
    topic = found.topics["workflow/sound"]
    assert (topic.id, topic.area, topic.name, topic.title) == ("workflow/sound", "workflow", "sound", "Sound")
    assert topic.folder == folder
    assert list(topic.snippets) == ["pytorch", "tensorflow"]
    assert topic.agree == {"loss": 1e-6}
    assert topic.titles == ("Load", "Train")
    first, second = topic.snippets["pytorch"].cells
    assert (first.title, first.line, first.source) == ("Load", 4, "data = load()")
    assert (second.title, second.line, second.source) == ("Train", 7, "loss = train(data)")


def test_topics_come_in_reading_order(checkout: Any, program: Callable[..., str]) -> None:
    for name in ("migrate/a", "frameworks/b", "frameworks/a", "workflow/a"):
        checkout.topic(name, ALONE, python=program("x = 1"))
    assert list(checkout.load().topics) == ["frameworks/a", "frameworks/b", "workflow/a", "migrate/a"]


def test_cells_of_one_half_stand_where_they_belong(checkout: Any) -> None:
    longer = HALF.replace("# %% Train", "# %% Compile\nmodel.compile()\n\n# %% Train")
    settings = f'{PAIR}\n[only]\n"Compile" = "the other compiles nothing"\n'
    checkout.topic("workflow/sound", settings, pytorch=HALF, tensorflow=longer)
    assert checkout.load().topics["workflow/sound"].titles == ("Load", "Compile", "Train")


SETTINGS = {
    "no TOML": ("[agree\nloss = 1e-6", "topic.toml:3", "not TOML"),
    "an unclosed string": ('needs = ["x]', "topic.toml:3", "not TOML"),
    "an unknown key": ("agrees = 1", "topic.toml:3", "unknown field `agrees`"),
    "a misspelt key": ('\ntitel = "x"', "topic.toml:4", "unknown field `titel`"),
    "a wrong type": ('seconds = "long"', "topic.toml:3", "Expected `float`, got `str`"),
    "a truth value for a number": ("seconds = true", "topic.toml:3", "Expected `float`, got `bool`"),
    "a text for a list": ('needs = "scikit-learn"', "topic.toml:3", "Expected `array`, got `str`"),
    "a number for a table": ("agree = 3", "topic.toml:3", "Expected `object`, got `int`"),
    "no time": ("seconds = 0", "topic.toml:3", "Expected `float` > 0.0"),
    "too much time": ("seconds = 6000", "topic.toml:3", "Expected `float` <= 600.0"),
    "half a megabyte": ("megabytes = 0.5", "topic.toml:3", "Expected `int`, got `float`"),
    "time that is no number": ("seconds = nan", "topic.toml:3", "Expected `float` > 0.0"),
    "endless time": ("seconds = inf", "topic.toml:3", "Expected `float` <= 600.0"),
    "a tolerance that is negative": ("[agree]\nacc = 1e-3\nloss = -1e-6", "topic.toml:5", "Expected `float` >= 0.0"),
    "a tolerance that is no number": ("[agree]\nloss = nan", "topic.toml:4", "Expected `float` >= 0.0"),
    "a tolerance that allows anything": ("[agree]\nloss = inf", "topic.toml:4", "Expected `float` < 1000000000.0"),
    "a tolerance that is a word": ('[agree]\nloss = "close"', "topic.toml:4", "Expected `float`, got `str`"),
    "a tolerance inside a line": ("agree = { acc = 1, loss = -1 }", "topic.toml:3", "Expected `float` >= 0.0"),
    "a tolerance behind a dot": ("agree.loss = -1.0", "topic.toml:3", "Expected `float` >= 0.0"),
    "a difference of nothing": ("[differ]\nloss = 0", "topic.toml:4", "Expected `float` > 0.0"),
    "a print tolerance of everything": ("print_tolerance = 1.0", "topic.toml:3", "Expected `float` <= 0.5"),
    "a reason that is empty": ('[only]\n"Train" = ""', "topic.toml:4", "length >= 1"),
    "an unknown key in a table": ('[time]\ncal = "step"', "topic.toml:4", "unknown field `cal`"),
    "an unknown mode": (f'{PAIR}[time]\ncall = "train"\nmodes = ["jit"]', "topic.toml:7", "Invalid enum value 'jit'"),
    "a batch of nothing": (f'{PAIR}[time]\ncall = "train"\nbatch_sizes = [0]', "topic.toml:7", "Expected `int` >= 1"),
    "sizes for nobody": (f'{PAIR}[time]\ncall = "loss"\nbatch_sizes = [8]', "topic.toml:7", "without inputs"),
    "inputs twice": (
        f'{PAIR}[time]\ncall = "loss"\ninputs = "data"\narguments = ["data"]',
        "topic.toml:8",
        "inputs and arguments",
    ),
    "a callable nobody wrote": (f'{PAIR}[time]\ncall = "step"', "in_pytorch.py:7", "[time] names 'step'"),
    "no name": ('[agree]\n"the loss" = 1e-6', "topic.toml:4", "is no name"),
    "agree and differ": ("[agree]\nloss = 1e-6\n[differ]\nloss = 1e-3", "topic.toml:4", "both agree and differ"),
    "nothing to compare": ("", "topic.toml:1", "compares nothing"),
    "unpaired, yet compared": (f"{ALONE}\n{PAIR}", "topic.toml:3", "unpaired, yet it compares"),
    "a cell nobody has": (f'{PAIR}\n[only]\n"Save" = "so"', "topic.toml:7", "which 0 snippets have"),
    "a cell both have": (f'{PAIR}\n[only]\n"Train" = "so"', "topic.toml:7", "which 2 snippets have"),
}


@pytest.mark.parametrize(("settings", "where", "found"), SETTINGS.values(), ids=SETTINGS)
def test_a_mistake_in_topic_toml(settings: str, where: str, found: str, checkout: Any) -> None:
    checkout.topic("workflow/wrong", settings, pytorch=HALF, tensorflow=HALF)
    checkout.topic("workflow/sound", PAIR, pytorch=HALF, tensorflow=HALF)
    assert list(checkout.load().topics) == ["workflow/sound"]
    mistake = checkout.mistake()
    assert mistake.startswith(f"snippets/workflow/wrong/{where}: ")
    assert found in mistake
    assert "allowed: " in mistake
    assert "mend: " in mistake


def test_a_title_that_is_missing(checkout: Any) -> None:
    folder = checkout.topic("workflow/wrong", PAIR, pytorch=HALF, tensorflow=HALF)
    (folder / "topic.toml").write_text('summary = "s"\n' + PAIR, "utf-8")
    assert checkout.mistake().startswith("snippets/workflow/wrong/topic.toml:1: Object missing required field `title`")


def test_topic_toml_that_is_not_utf_8(checkout: Any) -> None:
    folder = checkout.topic("workflow/wrong", PAIR, pytorch=HALF, tensorflow=HALF)
    (folder / "topic.toml").write_bytes(b'title = "x"\nsummary = "\xff"\n')
    assert checkout.mistake().startswith("snippets/workflow/wrong/topic.toml:2: not UTF-8")


PROGRAMS = {
    "no Python": ('"""D."""\n# %% Load\nx = (\n', "in_pytorch.py:3", "not Python: '(' was never closed"),
    "a null byte": ('"""D."""\n# %% Load\nx = 1\0\n', "in_pytorch.py:1", "not Python: "),
    "an unknown escape": ('"""D."""\n# %% Load\nx = "\\d"\n', "in_pytorch.py:3", "invalid escape sequence"),
    "no cells": ('"""D."""\nx = 1\n', "in_pytorch.py:1", "no cells"),
    "no docstring": ("# %% Load\nx = 1\n", "in_pytorch.py:1", "no docstring"),
    "code on top": ('"""D."""\nimport os\n\n# %% Load\nx = 1\n', "in_pytorch.py:2", "code before the first cell"),
    "no title": ('"""D."""\n# %%\nx = 1\n', "in_pytorch.py:2", "the cell title ''"),
    "a quote in a title": ('"""D."""\n# %% Say "hi"\nx = 1\n', "in_pytorch.py:2", "the cell title"),
    "a semicolon in a title": ('"""D."""\n# %% Load; train\nx = 1\n', "in_pytorch.py:2", "the cell title"),
    "a tag in a title": ('"""D."""\n# %% Load <b>\nx = 1\n', "in_pytorch.py:2", "the cell title"),
    "a kind in a title": ('"""D."""\n# %% [markdown]\nx = 1\n', "in_pytorch.py:2", "the cell title"),
    "a title twice": (HALF + "\n# %% Load\ny = 1\n", "in_pytorch.py:9", "a second cell called 'Load'"),
    "one anchor twice": (HALF + "\n# %% load!\ny = 1\n", "in_pytorch.py:9", "a second cell called 'load!'"),
    "an empty cell": ('"""D."""\n# %% Load\n\n# %% Train\nx = 1\n', "in_pytorch.py:2", "the cell 'Load' is empty"),
    "a marker in a string": (
        '"""D."""\n# %% Load\nx = """\n# %% Train\n"""\n',
        "in_pytorch.py:3",
        "no program by itself",
    ),
    "a sibling": ('"""D."""\n# %% Load\nimport in_tensorflow\n', "in_pytorch.py:3", "imports 'in_tensorflow'"),
    "this library": (
        '"""D."""\n# %% Load\nfrom snippets_lib import model\n',
        "in_pytorch.py:3",
        "imports 'snippets_lib'",
    ),
    "a relative import": ('"""D."""\n# %% Load\nfrom . import other\n', "in_pytorch.py:3", "imports '.'"),
    "a constant": (HALF.replace("train(data)", "0.5"), "in_pytorch.py:7", "loss is compared, but it is a constant"),
}


@pytest.mark.parametrize(("source", "where", "found"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_mistake_in_a_program(source: str, where: str, found: str, checkout: Any) -> None:
    checkout.topic("workflow/wrong", PAIR, pytorch=source, tensorflow=HALF)
    checkout.topic("workflow/sound", PAIR, pytorch=HALF, tensorflow=HALF)
    assert list(checkout.load().topics) == ["workflow/sound"]
    mistake = checkout.mistake()
    assert mistake.startswith(f"snippets/workflow/wrong/{where}: ")
    assert found in mistake
    assert "mend: " in mistake


def test_a_program_that_is_not_utf_8(checkout: Any) -> None:
    checkout.topic("workflow/wrong", PAIR, pytorch=HALF, tensorflow=HALF)
    checkout.write("snippets/workflow/wrong/in_pytorch.py", HALF.encode() + b"x = '\xff'\n")
    assert checkout.mistake().startswith("snippets/workflow/wrong/in_pytorch.py:8: not UTF-8")


def test_windows_line_ends_and_a_form_feed_are_no_mistake(checkout: Any) -> None:
    checkout.topic("workflow/sound", PAIR, pytorch=HALF.replace("\n", "\r\n"), tensorflow=HALF + 'page = "a\x0cb"\n')
    topic = checkout.load().topics["workflow/sound"]
    assert topic.snippets["pytorch"].source == HALF
    assert topic.snippets["tensorflow"].cells[1].source == 'loss = train(data)\npage = "a\x0cb"'


PAIRS = {
    "no half": ({}, "topic.toml: no snippets beside it"),
    "one half": ({"pytorch": HALF}, "topic.toml:1: in_pytorch.py stands alone"),
    "other titles": (
        {"pytorch": HALF, "tensorflow": HALF.replace("Train", "Fit")},
        "in_tensorflow.py:6: cell 2 is 'Fit'; in in_pytorch.py it is 'Train'",
    ),
    "another order": (
        {"pytorch": HALF, "tensorflow": HALF.replace("Load", "-").replace("Train", "Load").replace("-", "Train")},
        "in_tensorflow.py:3: cell 1 is 'Train'; in in_pytorch.py it is 'Load'",
    ),
    "a cell more": (
        {"pytorch": HALF, "tensorflow": HALF + "\n# %% Save\nsave()\n"},
        "in_tensorflow.py:9: cell 3 is 'Save'; in in_pytorch.py it is missing",
    ),
    "a cell less": (
        {"pytorch": HALF + "\n# %% Save\nsave()\n", "tensorflow": HALF},
        "in_tensorflow.py:6: cell 3 is missing; in in_pytorch.py it is 'Save'",
    ),
    "C++ without a comment": ({"python": HALF, "cpp": CPP[CPP.index("// %%") :]}, "in_cpp.cpp:1: no comment on top"),
}


@pytest.mark.parametrize(("programs", "message"), PAIRS.values(), ids=PAIRS)
def test_halves_that_do_not_match(programs: dict[str, str], message: str, checkout: Any) -> None:
    checkout.topic("workflow/wrong", PAIR, **programs)
    assert checkout.mistake().startswith(f"snippets/workflow/wrong/{message}")


def test_c_plus_plus_is_a_half(checkout: Any) -> None:
    checkout.topic("workflow/sound", PAIR, python=HALF, cpp=CPP)
    topic = checkout.load().topics["workflow/sound"]
    assert topic.snippets["cpp"].doc == "A half."
    assert [cell.title for cell in topic.snippets["cpp"].cells] == ["Load", "Train"]


def test_a_constant_by_way_of_an_alias_is_refused_where_it_was_bound(checkout: Any) -> None:
    source = HALF + "import numpy as np\nexpected = np.array([0.5])\nloss = float(expected[0])\n"
    checkout.topic("workflow/wrong", PAIR, pytorch=HALF, tensorflow=source)
    assert checkout.mistake().startswith("snippets/workflow/wrong/in_tensorflow.py:10: loss is compared")


def test_folders_and_files_that_do_not_belong(checkout: Any) -> None:
    checkout.topic("workflow/sound", PAIR, pytorch=HALF, tensorflow=HALF)
    checkout.topic("workflow/Loud-Name", PAIR, pytorch=HALF, tensorflow=HALF)
    checkout.topic("workflow/extra", PAIR, pytorch=HALF, tensorflow=HALF)
    checkout.write("snippets/workflow/extra/weights.bin", b"")
    checkout.write("snippets/elsewhere/topic/topic.toml", "")
    (checkout.root / "snippets/workflow/no_settings").mkdir()
    for ignored in ("__pycache__", "recorded", ".ipynb_checkpoints", "../.ruff_cache", "../../.ruff_cache"):
        checkout.write(f"snippets/workflow/sound/{ignored}/file", b"")
    checkout.write("snippets/workflow/sound/.DS_Store", b"")
    checkout.write("snippets/ruff.toml", b"")
    found = checkout.load()
    assert list(found.topics) == ["workflow/sound"]
    assert sorted(str(mistake).splitlines()[0] for mistake in found.mistakes) == [
        "snippets/elsewhere: 'elsewhere' is no area",
        "snippets/workflow/Loud-Name: 'Loud-Name' is no topic name",
        "snippets/workflow/extra/weights.bin: a file that does not belong in a topic",
        "snippets/workflow/no_settings/topic.toml: no such file",
    ]


def test_topics_are_picked_by_name_and_by_area(checkout: Any, program: Callable[..., str]) -> None:
    for name in ("workflow/one", "workflow/two", "migrate/one"):
        checkout.topic(name, ALONE, python=program("x = 1"))
    checkout.topic("migrate/broken", "[agree", python=program("x = 1"))
    found = checkout.load()

    def ids(*wanted: str) -> list[str]:
        return [topic.id for topic in found.pick(list(wanted))]

    assert ids() == ["workflow/one", "workflow/two", "migrate/one"]
    assert ids("workflow") == ["workflow/one", "workflow/two"]
    assert ids("snippets/migrate/one/", "workflow/two") == ["migrate/one", "workflow/two"]
    assert ids("migrate/broken") == []
    assert [mistake.where for mistake in found.mistakes_of("migrate/broken")] == [
        "snippets/migrate/broken/topic.toml:3"
    ]
    assert not found.mistakes_of("migrate/b")
    with pytest.raises(model.TandemError, match=r"no topic 'workflow/tow'\n  allowed: workflow/two"):
        ids("workflow/tow")
    with pytest.raises(model.TandemError, match="no topic"):
        ids("../../etc")


def test_the_root_is_found_from_within(checkout: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inner = checkout.write("snippets/workflow/one/topic.toml", "").parent
    assert catalog.find_root(inner) == checkout.root
    with pytest.raises(model.TandemError, match="no Tandem checkout here or above"):
        catalog.find_root(tmp_path)
    monkeypatch.setenv("TANDEM_ROOT", str(checkout.root))
    assert catalog.find_root(tmp_path) == checkout.root
    monkeypatch.setenv("TANDEM_ROOT", str(tmp_path / "nowhere"))
    with pytest.raises(model.TandemError, match="no Tandem checkout"):
        catalog.find_root(checkout.root)


NOTEBOOK = """# tandem: needs=scikit-learn seconds=20

# %% [markdown]
# # A network by hand
#
# Nothing but arrays.

# %%
import numpy as np

# %% [markdown]
# Then we print.

# %%
print(np.arange(3))
"""


def test_a_notebook_becomes_a_topic(checkout: Any) -> None:
    checkout.write("docs/notebooks/by_hand.py", NOTEBOOK)
    topic = checkout.load().topics["notebooks/by_hand"]
    assert topic.is_notebook
    assert (topic.title, topic.summary) == ("A network by hand", "Nothing but arrays.")
    assert (topic.needs, topic.seconds) == (("scikit-learn",), 20.0)
    (snippet,) = topic.snippets.values()
    assert snippet.framework.key == "python"
    assert [(cell.title, cell.line) for cell in snippet.cells] == [("1", 9), ("2", 15)]


def test_a_notebook_runs_where_its_framework_is(checkout: Any) -> None:
    checkout.write("docs/notebooks/deep.py", NOTEBOOK.replace("import numpy as np", "import tensorflow as tf"))
    assert list(checkout.load().topics["notebooks/deep"].snippets) == ["tensorflow"]


STORY = NOTEBOOK.replace("# tandem: needs=scikit-learn seconds=20\n\n", "").replace("# %%\nimp", "# %% Load\nimp")
STORY = STORY.replace("# %%\nprint(np.arange(3))", "# %% Count\nloss = count(np)")


def test_a_story_in_two_notebooks_is_one_topic(checkout: Any) -> None:
    checkout.story("told", "[agree]\nloss = 1e-6\n", pytorch=STORY, tensorflow=STORY)
    topic = checkout.load().topics["notebooks/told"]
    assert topic.is_notebook
    assert list(topic.snippets) == ["pytorch", "tensorflow"]
    assert (topic.titles, dict(topic.agree)) == (("Load", "Count"), {"loss": 1e-6})
    assert topic.snippets["pytorch"].doc == "Nothing but arrays."
    assert (topic.place, topic.settings) == ("docs/notebooks/told", "docs/notebooks/told/topic.toml")
    assert [(cell.title, cell.line) for cell in topic.snippets["pytorch"].cells] == [("Load", 7), ("Count", 13)]


STORIES = {
    "another title": (("# %% Count", "# %% Sum"), "in_tensorflow.py:12: cell 2 is 'Sum'; in in_pytorch.py"),
    "a title twice": (("# %% Count", "# %% Load"), "in_tensorflow.py:12: a second cell called 'Load'"),
    "a sibling": (("import numpy as np", "import in_pytorch as np"), "in_tensorflow.py:7: imports 'in_pytorch'"),
    "a constant": (("count(np)", "3"), "in_tensorflow.py:13: loss is compared, but it is a constant"),
    "no title": (("# # A", "# A"), "in_tensorflow.py:1: no title and summary"),
}


@pytest.mark.parametrize(("change", "message"), STORIES.values(), ids=STORIES)
def test_a_mistake_in_a_story(change: tuple[str, str], message: str, checkout: Any) -> None:
    checkout.story("told", "[agree]\nloss = 1e-6\n", pytorch=STORY, tensorflow=STORY.replace(*change))
    assert checkout.mistake().startswith(f"docs/notebooks/told/{message}")


def test_a_story_holds_its_notebooks_and_nothing_else(checkout: Any) -> None:
    folder = checkout.story("told", "[agree]\nloss = 1e-6\n", pytorch=STORY, tensorflow=STORY)
    (folder / "in_pytorch.ipynb").touch()
    assert "notebooks/told" in checkout.load().topics
    (folder / "data.csv").touch()
    assert checkout.mistake().startswith("docs/notebooks/told/data.csv: a file that does not belong in a topic")


NOTEBOOKS = {
    "an unknown setting": (("seconds=20", "second=20"), "by_hand.py:1: Object contains unknown field `second`"),
    "a word for a number": (("seconds=20", "seconds=long"), "by_hand.py:1: Expected `float`, got `str`"),
    "no time": (("seconds=20", "seconds=-1"), "by_hand.py:1: Expected `float` > 0.0"),
    "no title": (("# # A", "# A"), "by_hand.py:1: no title and summary"),
    "no Python": (("np.arange(3)", "np.arange("), "by_hand.py:15: not Python"),
    "code on top": (("# tandem:", "import os\n# tandem:"), "by_hand.py:1: code before the first cell"),
    "no code": (("# %%\n", "# %% [markdown]\n"), "by_hand.py:1: no code cells"),
}


@pytest.mark.parametrize(("change", "message"), NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_a_mistake_in_a_notebook(change: tuple[str, str], message: str, checkout: Any) -> None:
    checkout.write("docs/notebooks/by_hand.py", NOTEBOOK.replace(*change))
    assert checkout.mistake().startswith(f"docs/notebooks/{message}")


def test_a_notebook_that_is_not_utf_8(checkout: Any) -> None:
    checkout.write("docs/notebooks/by_hand.py", NOTEBOOK.encode() + b"# \xff\n")
    assert checkout.mistake().startswith("docs/notebooks/by_hand.py:16: not UTF-8")


def test_what_is_timed_is_read_with_its_defaults(checkout: Any) -> None:
    half = '"""A half."""\n\n# %% Define\ndef step(): ...\n\n\nkeep = step\n\n# %% Train\nloss = step()\n'
    settings = f'{PAIR}[time]\ncall = "step"\nmodes = ["xla", "eager"]\n'
    checkout.topic("workflow/sound", settings, pytorch=half, tensorflow=half)
    topic = checkout.load().topics["workflow/sound"]
    assert topic.time == model.Timed("step", modes=("eager", "xla"))
    assert [catalog.defining_cell(topic.snippets["pytorch"], n) for n in ("step", "keep", "loss", "no")] == [
        0,
        0,
        1,
        None,
    ]
