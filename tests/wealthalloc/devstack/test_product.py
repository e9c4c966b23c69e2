"""The demo as its user meets it: ready with one command, gone with Ctrl-C, well again after a kill."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.wealthalloc.devstack.conftest import wait_until
from wealthalloc.devstack.errors import StackError
from wealthalloc.devstack.home import ROOT
from wealthalloc.devstack.leftovers import MARK
from wealthalloc.devstack.ports import port_answers, port_free
from wealthalloc.devstack.product import port_wanted, ports_check

Demo = Callable[[], "subprocess.Popen[str]"]
UNSET = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", MARK)


@pytest.fixture
def port() -> int:
    return port_free()


@pytest.fixture
def demo(home: Path, port: int, tmp_path: Path) -> Iterator[Demo]:
    """Starts the demo in the home and waits until it says that it is ready."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    environment |= {"WEALTHALLOC_HOME": str(home), "PORT": str(port)}
    processes: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        words = tmp_path / f"words{len(processes)}"
        with words.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "wealthalloc.devstack", "demo"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                text=True,
            )
        processes.append(process)
        wait_until(lambda: process.poll() is not None or "is ready" in words.read_text(), seconds=120)
        assert process.poll() is None, words.read_text()
        assert f"http://127.0.0.1:{port}/" in words.read_text()
        assert "demo@wealthalloc.test with the password wealthalloc-demo" in words.read_text()
        return process

    yield start
    for process in processes:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def of_home(home: Path) -> set[int]:
    """Processes that work for this home: those with its mark, and its servers."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            marked = f"{MARK}={home}".encode() in (folder / "environ").read_bytes().split(b"\0")
            named = str(home).encode() in (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if marked or named:
            found.add(int(folder.name))
    return found


def test_the_demo_serves_stops_cleanly_and_survives_being_killed(demo: Demo, home: Path, port: int) -> None:
    first = demo()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
        assert answer.status == 200
    servers = {(home / "run" / f"{name}.json").read_text() for name in ("postgres", "valkey")}

    first.kill()
    first.wait()
    assert of_home(home)
    second = demo()
    assert {(home / "run" / f"{name}.json").read_text() for name in ("postgres", "valkey")} == servers

    before = time.monotonic()
    second.send_signal(signal.SIGINT)
    assert second.wait(timeout=30) == 0
    assert time.monotonic() - before < 10  # five seconds on a machine that does nothing else
    assert of_home(home) == set()
    assert not port_answers(port)


def test_a_port_in_use_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as neighbour:
        port = neighbour.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "wealthalloc.devstack", "demo"],
            cwd=ROOT,
            env=os.environ | {"WEALTHALLOC_HOME": str(tmp_path / "home"), "PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert (
        done.stderr == f"Error: Port {port} cannot be used (Address already in use). Set PORT to another.\n"
    )
    assert not (tmp_path / "home" / "postgres").exists()


def test_the_port_is_8000_unless_set() -> None:
    assert port_wanted({}) == 8000
    assert port_wanted({"PORT": ""}) == 8000
    assert port_wanted({"PORT": "9123"}) == 9123


@pytest.mark.parametrize("text", ["http", "0", "65535", "-1", "80.5", "８０００"])
def test_a_port_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(StackError, match="PORT is"):
        port_wanted({"PORT": text})


def test_a_free_port_passes_the_check() -> None:
    ports_check((port_free(),))
