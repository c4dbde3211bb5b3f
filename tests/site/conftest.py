"""The built site, once for all tests of it."""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A static server that keeps silent."""

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a strict build, made with a known repository so that Colab links appear."""
    target = tmp_path_factory.mktemp("site")
    environment = os.environ | {"GITHUB_REPOSITORY": "tandem-docs/tandem", "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run([sys.executable, "-m", "snippets_lib.cli", "export"], cwd=ROOT, check=True, capture_output=True)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING -" not in done.stderr, done.stderr
    return target


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the built site is served on this machine."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
