"""Homes for the tests of the launcher: one is made once and copied, since making a database is slow."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from wealthalloc.devstack.home import ROOT
from wealthalloc.devstack.stack import Stack

LAUNCHER = """
import sys, time
from pathlib import Path
from wealthalloc.devstack.stack import Stack
stack = Stack(Path(sys.argv[1]), durable=False, environment={})
stack.start()
print("started", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose servers were started once and stopped; never used itself."""
    home = tmp_path_factory.mktemp("made") / "home"
    with Stack(home, durable=False, environment={}):
        pass
    return home


@pytest.fixture
def home(made_home: Path, tmp_path: Path) -> Path:
    """A home of the test's own in which the data directory already exists."""
    return Path(shutil.copytree(made_home, tmp_path / "home", symlinks=True))


@pytest.fixture
def stack(home: Path) -> Iterator[Stack]:
    """The stack of the home, not started yet, stopped at the end in any case."""
    stack = Stack(home, durable=False, environment={})
    yield stack
    stack.stop()


@pytest.fixture
def launcher() -> Iterator[Callable[[Path], "subprocess.Popen[str]"]]:
    """Starts a launcher of a home in a process of its own, which the test may kill."""
    processes = []

    def launch(home: Path) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(home)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        processes.append(process)
        return process

    yield launch
    for process in processes:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def wait_until(true: Callable[[], bool], *, seconds: float = 15) -> None:
    """Wait for something that another process does; fail when it does not happen."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"did not happen within {seconds} s")
        time.sleep(0.01)


def answer(url: str, question: str) -> object:
    """The first value that the database answers."""
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None
