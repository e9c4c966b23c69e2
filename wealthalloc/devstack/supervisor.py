"""Runs the processes of the product under one terminal: starts, follows, restarts and ends them together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wealthalloc.devstack.errors import StackError
from wealthalloc.devstack.home import ROOT, folder_make
from wealthalloc.devstack.leftovers import MARK, processes_note
from wealthalloc.devstack.processes import process_started

# How a process is asked to end, and how long it has: a worker takes the second as "leave the task and
# give its message back", others end at once.
STOP_STEPS = ((signal.SIGTERM, 2.6), (signal.SIGQUIT, 0.9))
RESTARTS = 5
LOG_LIMIT = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process: its name in the terminal, what it runs, and what it needs in its environment.

    `lasting` programs are started again when they end; the others run once and must end well.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    lasting: bool = True


class Running:
    """A program that was started: its process and how far its log has been shown."""

    def __init__(self, program: Program, *, home: Path, environment: Mapping[str, str]) -> None:
        self.program = program
        self.log = folder_make(home / "logs") / f"{program.name}.log"
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.old"))
        # Processes write to a file and not into a pipe: they outlive a killed launcher long enough to be
        # ended in order by the next one.
        with self.log.open("ab") as log:
            self.shown = log.tell()
            self.process = subprocess.Popen(
                program.command,
                cwd=ROOT,
                env={**environment, **program.environment, MARK: str(home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started = process_started(self.process.pid) or ""

    def show_new_lines(self, *, everything: bool = False) -> None:
        """Print what the program wrote since the last look, each line with the program's name."""
        with self.log.open("rb") as log:
            log.seek(self.shown)
            text = log.read()
        whole = len(text) if everything else text.rfind(b"\n") + 1
        self.shown += whole
        for line in text[:whole].decode("utf-8", errors="replace").splitlines():
            print(f"{self.program.name:>7} | {line}", flush=True)

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the program and whatever it started itself."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


class Supervisor:
    """The processes of one home. Interrupts ask it to end; `run` returns when everything has ended."""

    def __init__(self, home: Path, *, environment: Mapping[str, str], follow_parent: bool = False) -> None:
        self.home = home
        self.environment = environment
        self.running: list[Running] = []
        self.ending = False
        self.restarts: dict[str, int] = {}
        self.forgiving = False  # what ends before it ever served is a fault, not a mishap
        self._parent = os.getppid() if follow_parent else None

    def interrupts_catch(self) -> None:
        """From now on Ctrl-C, a hang-up and a request to end are a wish, seen at the next look."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)

    def _interrupt(self, _number: int, _frame: object) -> None:
        self.ending = True

    def is_ending(self) -> bool:
        """Whether somebody asked for the end: by a signal, or by the end of the process that started us."""
        if self._parent is not None and os.getppid() != self._parent:
            self.ending = True
        return self.ending

    def launch(self, program: Program) -> Running:
        """Start a program and remember it for a launcher that may have to clean up after this one."""
        running = Running(program, home=self.home, environment=self.environment)
        self.running.append(running)
        self._note()
        return running

    def _note(self) -> None:
        processes_note(self.home, {one.process.pid: one.started for one in self.running})

    def wait_for(self, done: Callable[[], bool], *, what: str, seconds: float) -> bool:
        """Look after the processes until `done`; False when the end was asked for meanwhile.

        Raises StackError when it takes longer than `seconds` or a program fails for good.
        """
        deadline = time.monotonic() + seconds
        while not self.is_ending():
            self.look()
            if done():
                return True
            if time.monotonic() > deadline:
                raise StackError(f"{what} took longer than {seconds:.0f} s. See {self.home / 'logs'}.")
            time.sleep(0.05)
        return False

    def run(self) -> None:
        """Look after the processes until the end is asked for."""
        while not self.is_ending():
            self.look()
            time.sleep(0.2)

    def look(self) -> None:
        """Show new lines, and start again what ended.

        Raises StackError when a program that runs once failed, or a lasting one ends again and again.
        """
        for one in list(self.running):
            code = one.process.poll()
            one.show_new_lines(everything=code is not None)
            if code is not None:
                self._ended(one, code)

    def _ended(self, one: Running, code: int) -> None:
        one.signal_group(signal.SIGKILL)
        self.running.remove(one)
        self._note()
        name = one.program.name
        if code == 0 and not one.program.lasting:
            return
        if not one.program.lasting or not self.forgiving:
            raise StackError(f"{name} ended with code {code}. See {one.log}.")
        self.restarts[name] = self.restarts.get(name, 0) + 1
        if self.restarts[name] > RESTARTS:
            raise StackError(f"{name} ended {self.restarts[name]} times, last with {code}. See {one.log}.")
        print(f"{name:>7} | ended with code {code}: started again", file=sys.stderr, flush=True)
        time.sleep(min(0.2 * self.restarts[name], 1.0))
        self.launch(one.program)

    def stop(self) -> None:
        """Ask every process to end at the same time, twice; kill what has not ended within three seconds."""
        for number, patience in STOP_STEPS:
            for one in self.running:
                if one.process.poll() is None:
                    one.process.send_signal(number)
            deadline = time.monotonic() + patience
            while any(one.process.poll() is None for one in self.running) and time.monotonic() < deadline:
                time.sleep(0.02)
        for one in self.running:
            one.signal_group(signal.SIGKILL)
            one.process.wait()
            one.show_new_lines(everything=True)
        self.running.clear()
        self._note()
