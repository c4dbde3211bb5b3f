"""The spread from seed to seed: both halves run from each, every bound holds for all, and it is recorded whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from snippets_lib import render, spread

HALF = '''"""A half."""

# %% Draw
seed = 0
drawn = [(seed + n) % 7 / 7 for n in range(3)]

# %% Train
loss = sum(drawn)
accuracy = 0.9 + max(drawn) / 100  # of a thousand
print(f"accuracy {accuracy:.2f}")
'''
OTHER = HALF.replace("loss = sum(drawn)", "loss = drawn[0] + drawn[1] + drawn[2]")
# Only seen from other seeds: from seed 0 it is the same program.
LUCKY = HALF.replace("accuracy = 0.9", "accuracy = (0.9 if seed == 0 else 0.8)")
SETTINGS = 'spread = ["accuracy"]\n\n[agree]\nloss = 1e-6\naccuracy = 5e-3\n'


@pytest.fixture
def pair(checkout: Any, quick: Any) -> Any:
    checkout.topic("workflow/one", SETTINGS, pytorch=HALF, tensorflow=OTHER)
    checkout.write("docs/index.md", "::pair workflow/one\n")
    assert checkout.tandem("run", "workflow/one", "--update").exit_code == 0
    quick.ran.clear()
    return checkout


def stored(checkout: Any) -> dict[str, Any]:
    return json.loads(checkout.recorded("workflow/one")["spread.json"])


def test_both_halves_run_from_every_seed(pair: Any, quick: Any) -> None:
    result = pair.tandem("spread", "workflow/one")
    assert result.exit_code == 0, result.stderr
    assert len(quick.ran) == 10
    assert re.search(r"accuracy: widest gap 0 of 0\.005 +PyTorch 0\.90\d+ to 0\.90\d+ +TensorFlow", result.stdout)
    found = stored(pair)
    assert found["seeds"] == [0, 1, 2, 3, 4]
    assert found["values"]["accuracy"]["pytorch"] == pytest.approx([0.9 + (n + 2) / 700 for n in range(5)])
    assert set(found["gaps"]) == {"loss", "accuracy"}
    assert list(pair.root.rglob("*.part")) == []


def test_what_holds_from_one_seed_alone_is_not_recorded(pair: Any) -> None:
    pair.topic("workflow/one", SETTINGS, pytorch=HALF, tensorflow=LUCKY)
    assert pair.tandem("run", "workflow/one", "--update").exit_code == 0
    result = pair.tandem("spread", "workflow/one")
    assert result.exit_code == 1
    assert "accuracy from seeds 0, 1, 2, 3, 4: gaps 0, 0.1, 0.1, 0.1, 0.1" in result.stderr
    assert "spread.json" not in pair.recorded("workflow/one")


def test_a_run_that_fails_from_one_seed_is_told(pair: Any) -> None:
    pair.topic("workflow/one", SETTINGS, pytorch=HALF, tensorflow=OTHER + "1 / (3 - seed)\n")
    result = pair.tandem("spread", "workflow/one")
    assert result.exit_code == 1
    assert "(raised)" in result.stderr


def test_only_numbers_spread(pair: Any) -> None:
    halves = {key: HALF.replace("accuracy = 0.9 + max(drawn) / 100", "accuracy = drawn") for key in ("pytorch",)}
    halves["tensorflow"] = halves["pytorch"]
    for key in halves:
        halves[key] = halves[key].replace(":.2f", "")
    pair.topic("workflow/one", SETTINGS, **halves)
    result = pair.tandem("spread", "workflow/one")
    assert result.exit_code == 1
    assert "accuracy has shape (3,)" in result.stderr


def test_a_missing_spread_is_told_and_mended(pair: Any) -> None:
    told = pair.tandem("check")
    assert told.exit_code == 1
    assert "no spread" in told.stderr
    assert "tandem spread workflow/one" in told.stderr
    assert pair.tandem("spread").exit_code == 0
    assert pair.tandem("check").exit_code == 0
    assert pair.tandem("spread").stdout == "Every spread is recorded as it stands.\n"


def test_recording_anew_keeps_it_and_a_comment_does_not_outdate_it(pair: Any) -> None:
    assert pair.tandem("spread").exit_code == 0
    pair.topic("workflow/one", SETTINGS, pytorch=HALF.replace("of a thousand", "of 1,000"), tensorflow=OTHER)
    assert pair.tandem("run", "workflow/one", "--update").exit_code == 0
    assert pair.tandem("check").exit_code == 0


def test_another_program_outdates_it(pair: Any) -> None:
    assert pair.tandem("spread").exit_code == 0
    pair.topic("workflow/one", SETTINGS, pytorch=HALF.replace("/ 7", "/ 7.0"), tensorflow=OTHER)
    assert pair.tandem("run", "workflow/one", "--update").exit_code == 0
    told = pair.tandem("check")
    assert told.exit_code == 1
    assert "changed since its spread was measured" in told.stderr


def test_a_tighter_bound_than_the_seeds_showed_is_told(pair: Any) -> None:
    wide = HALF.replace("max(drawn) / 100", "max(drawn) / 100 + (seed == 3) / 500")
    pair.topic("workflow/one", SETTINGS, pytorch=HALF, tensorflow=wide)
    assert pair.tandem("run", "workflow/one", "--update").exit_code == 0
    assert pair.tandem("spread").exit_code == 0
    pair.topic("workflow/one", SETTINGS.replace("5e-3", "1e-3"), pytorch=HALF, tensorflow=wide)
    assert pair.tandem("run", "workflow/one", "--update").exit_code == 0
    told = pair.tandem("check")
    assert told.exit_code == 1
    assert "accuracy may be 0.001 apart; from seeds 0 to 4 it was 0.002" in told.stderr


def test_an_edit_by_hand_is_told(pair: Any) -> None:
    assert pair.tandem("spread").exit_code == 0
    path = pair.root / "snippets/workflow/one/recorded/spread.json"
    path.write_text(path.read_text("utf-8").replace("0.9", "0.99", 1), "utf-8")
    told = pair.tandem("check")
    assert told.exit_code == 1
    assert "it was edited by hand" in told.stderr


@pytest.mark.parametrize(
    ("half", "settings", "told"),
    [
        (HALF.replace("seed = 0\n", "seed = int()\n"), SETTINGS, "0 lines seed = <number>"),
        (HALF + "\nseed = 1\n", SETTINGS, "2 lines seed = <number>"),
        (HALF, SETTINGS.replace('"accuracy"', '"accurracy"'), "spread names 'accurracy'"),
    ],
)
def test_mistakes(half: str, settings: str, told: str, checkout: Any) -> None:
    checkout.topic("workflow/one", settings, pytorch=half, tensorflow=half)
    assert told in checkout.mistake()


def test_a_topic_without_a_spread(checkout: Any, quick: Any) -> None:
    checkout.topic("workflow/one", "[agree]\nloss = 1e-6\n", pytorch=HALF, tensorflow=HALF)
    result = checkout.tandem("spread", "workflow/one")
    assert result.exit_code == 2
    assert "no spread is asked for" in result.stderr
    assert not quick.ran


def test_the_page_shows_it(pair: Any) -> None:
    assert pair.tandem("spread").exit_code == 0
    topic = pair.load().topics["workflow/one"]
    text = render._seeds(topic, spread.read(topic))
    assert "seeds 0 to 4" in text
    assert text.count('<span class="tandem-label">widest gap</span>') == 1  # its name, where the row is a list
    text = re.sub(r'<span class="tandem-label">[^<]*</span> ', "", text)
    assert re.search(r"\| `accuracy` \| .* \| 0\.90\d+ \(0\.90\d+ to 0\.90\d+\) \| .* \| 0 \| ≤ 0\.005 \|", text)
    assert [text.count(f'"tandem-{key}"') for key in topic.snippets] == [5, 5]
    assert text.count("--at:0.0%") == text.count("--at:100.0%") == 2


def test_lines_stay_where_they_are(pair: Any) -> None:
    topic = pair.load().topics["workflow/one"]
    changed = spread.with_seed(topic, 12)
    before, after = topic.snippets["pytorch"], changed.snippets["pytorch"]
    assert "seed = 12\n" in after.source
    assert "seed = 12\n" in after.cells[0].source
    assert [cell.line for cell in before.cells] == [cell.line for cell in after.cells]


def test_nothing_is_half_written(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pair.tandem("spread").exit_code == 0
    before = pair.recorded("workflow/one")

    def stop(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", stop)
    with pytest.raises(OSError, match="no space"):
        spread.write(pair.load().topics["workflow/one"], spread.read(pair.load().topics["workflow/one"]))
    assert pair.recorded("workflow/one") == before
    assert Path(pair.root).is_dir()
