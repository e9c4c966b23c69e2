"""Processes under one terminal: started together, shown, restarted, ended together, and never left over."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.wealthalloc.devstack.conftest import wait_until
from wealthalloc.devstack.errors import StackError
from wealthalloc.devstack.home import ROOT
from wealthalloc.devstack.leftovers import leftovers_end
from wealthalloc.devstack.processes import process_started
from wealthalloc.devstack.supervisor import Program, Supervisor

STUBBORN = "trap '' TERM QUIT; echo here; while :; do sleep 0.1; done"
SUPERVISE = """
import os, sys
from pathlib import Path
from wealthalloc.devstack.supervisor import Program, Supervisor
supervisor = Supervisor(Path(sys.argv[1]), environment=os.environ)
# A shell that starts another process, as a worker starts its pool.
supervisor.launch(Program(name="pool", command=("sh", "-c", "sleep 300 & echo $! > $0; wait", sys.argv[2])))
print("started", flush=True)
supervisor.run()
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path, environment=os.environ)


def shell(name: str, script: str, *, lasting: bool = True) -> Program:
    return Program(name=name, command=("sh", "-c", script), lasting=lasting)


def test_lines_are_shown_with_the_name_of_the_program(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    one = supervisor.launch(shell("greeter", "echo hello; echo unfinished | tr -d '\\n'", lasting=False))
    assert supervisor.wait_for(lambda: one not in supervisor.running, what="greeter", seconds=10)
    assert capsys.readouterr().out == "greeter | hello\ngreeter | unfinished\n"


def test_everything_ends_within_its_patience_even_what_ignores_requests(supervisor: Supervisor) -> None:
    polite = supervisor.launch(shell("polite", "sleep 300"))
    stubborn = supervisor.launch(shell("stubborn", STUBBORN))
    wait_until(lambda: stubborn.log.read_text() == "here\n")
    before = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - before < 4
    assert [polite.process.returncode, stubborn.process.returncode] == [-signal.SIGTERM, -signal.SIGKILL]


def test_a_program_that_fails_before_serving_ends_the_start(supervisor: Supervisor) -> None:
    supervisor.launch(shell("prepare", "exit 3", lasting=False))
    with pytest.raises(StackError, match=r"prepare ended with code 3. See .*prepare\.log"):
        supervisor.wait_for(lambda: False, what="prepare", seconds=10)


def test_a_serving_program_that_dies_is_started_again(supervisor: Supervisor) -> None:
    supervisor.forgiving = True
    first = supervisor.launch(shell("web", "sleep 300"))
    first.process.kill()
    first.process.wait()
    supervisor.look()
    [second] = supervisor.running
    assert second.process.poll() is None
    supervisor.stop()


def test_a_program_that_dies_again_and_again_ends_the_product(supervisor: Supervisor) -> None:
    supervisor.forgiving = True
    supervisor.launch(shell("web", "exit 1"))
    with pytest.raises(StackError, match="web ended 6 times, last with 1"):
        supervisor.wait_for(lambda: False, what="web", seconds=30)


def test_a_start_that_takes_too_long_is_given_up(supervisor: Supervisor) -> None:
    supervisor.launch(shell("web", "sleep 300"))
    with pytest.raises(StackError, match="web took longer than 0 s"):
        supervisor.wait_for(lambda: False, what="web", seconds=0)
    supervisor.stop()


def test_an_interrupt_is_a_wish_to_end(supervisor: Supervisor) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        supervisor.interrupts_catch()
        os.kill(os.getpid(), signal.SIGINT)
        assert not supervisor.wait_for(lambda: False, what="nothing", seconds=10)
        supervisor.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_long_log_makes_room_at_the_next_start(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "web.log"
    log.parent.mkdir()
    log.write_bytes(b"x" * (5 * 1024 * 1024 + 1))
    supervisor.launch(shell("web", "sleep 300"))
    assert log.stat().st_size == 0
    assert log.with_suffix(".log.old").stat().st_size == 5 * 1024 * 1024 + 1
    supervisor.stop()


def test_what_a_killed_supervisor_left_is_ended_with_its_children(tmp_path: Path) -> None:
    child_file = tmp_path / "child"
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(tmp_path), str(child_file)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        wait_until(lambda: child_file.exists() and child_file.read_text() != "")
        process.kill()
    child = int(child_file.read_text())
    assert process_started(child) is not None
    assert leftovers_end(tmp_path) == 2  # the shell and its sleep
    assert process_started(child) is None
    assert leftovers_end(tmp_path) == 0


def test_a_process_that_got_a_noted_pid_later_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        note = tmp_path / "run" / "processes.json"
        note.parent.mkdir()
        note.write_text(f'[{{"pid": {stranger.pid}, "started": "an earlier moment"}}]')
        assert leftovers_end(tmp_path) == 0
        assert stranger.poll() is None
        stranger.kill()


def test_a_product_whose_parent_ends_wants_to_end_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = Supervisor(tmp_path, environment=os.environ, follow_parent=True)
    assert not supervisor.is_ending()
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert supervisor.is_ending()
