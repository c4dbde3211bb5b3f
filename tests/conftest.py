"""What the tests of the library share: a checkout of their own to write topics into."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import Result
from typer.testing import CliRunner

from snippets_lib import catalog, cli, model

ROOT = Path(__file__).parents[1]
FRAMEWORKS = {"torch", "tensorflow", "keras"}


def make_program(*cells: str) -> str:
    """A Python program in cells called `Cell 1`, `Cell 2`; the first cell's code begins on line 4."""
    marked = [f"# %% Cell {number}\n{dedent(cell).strip()}\n" for number, cell in enumerate(cells, 1)]
    return '"""A program."""\n\n' + "\n".join(marked)


@dataclass(frozen=True)
class Checkout:
    """A folder that Tandem takes for its checkout."""

    root: Path

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file, its folders too."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def topic(self, name: str, settings: str = "", **programs: str) -> Path:
        """Write a topic; programs by framework, such as `pytorch=`; title and summary are there unless given."""
        for field in ("summary", "title"):
            if f"{field} =" not in settings:
                settings = f'{field} = "The {field}."\n{settings}'
        for key, program in programs.items():
            self.write(f"snippets/{name}/{model.FRAMEWORKS[key].filename}", program)
        return self.write(f"snippets/{name}/topic.toml", settings).parent

    def story(self, name: str, settings: str = "", **scripts: str) -> Path:
        """Write a story told in several notebooks; scripts by framework, title and summary as in `topic`."""
        return self.topic(f"../docs/notebooks/{name}", settings, **scripts).resolve()

    def load(self) -> catalog.Catalog:
        """What is in the checkout now."""
        return catalog.load(self.root)

    def mistake(self) -> str:
        """The only mistake in the checkout, as people see it."""
        (mistake,) = self.load().mistakes
        return str(mistake)

    def tandem(self, *arguments: str) -> Result:
        """Run the command here."""
        return CliRunner().invoke(cli.app, arguments, env={"TANDEM_ROOT": str(self.root)}, catch_exceptions=False)

    def recorded(self, name: str) -> dict[str, bytes]:
        """A topic's record, byte by byte."""
        folder = self.root / "snippets" / name / "recorded"
        return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def make_checkout(root: Path) -> Checkout:
    """An empty checkout with this project's configuration."""
    for folder in ("snippets", "docs"):
        (root / folder).mkdir(parents=True)
    for name in ("mkdocs.yml", "constraints.txt"):
        shutil.copy(ROOT / name, root / name)
    return Checkout(root)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """An empty checkout, which is also the working folder."""
    made = make_checkout(tmp_path / "checkout")
    monkeypatch.chdir(made.root)
    monkeypatch.delenv("TANDEM_ROOT", raising=False)
    return made


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """See `make_program`."""
    return make_program


@pytest.fixture(scope="session", autouse=True)
def _no_framework_in_this_process() -> Iterator[None]:
    """No test may import a framework here: never both in one process."""
    yield
    assert not FRAMEWORKS & set(sys.modules)
