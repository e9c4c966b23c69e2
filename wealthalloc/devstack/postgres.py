"""PostgreSQL of a home: made once, started on loopback, adopted when an earlier launcher was killed."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from wealthalloc.devstack.errors import StackError, TryAgainError
from wealthalloc.devstack.home import (
    ServerRecord,
    folder_make,
    record_drop,
    record_write,
    secret_once,
)
from wealthalloc.devstack.ports import LOOPBACK, port_free
from wealthalloc.devstack.privileges import Footing
from wealthalloc.devstack.processes import (
    process_folder,
    process_is_zombie,
    process_name,
    process_started,
    process_stop,
)

NAME = "postgres"
SUPERUSER = "wealthalloc"
READY_SECONDS = 30.0
ATTEMPTS = 5
PASSING_WORDS = (
    "address already in use",
    "could not bind ipv4",
    # Processes of a database that was killed notice within a moment.
    "pre-existing shared memory block",
)
HALF_WRITTEN_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """What `postmaster.pid` says: the process, its port, and how far it is."""

    pid: int
    port: int
    status: str


class Postgres:
    """The PostgreSQL server of one home. `durable=False` trades safety for speed (tests)."""

    def __init__(self, home: Path, *, footing: Footing, major: str, durable: bool = True) -> None:
        self.home = home
        self.footing = footing
        self.major = major
        self.durable = durable
        self.data = footing.folder / "data"
        self.log = home / "logs" / "postgres.log"
        self.record: ServerRecord | None = None
        self.adopted = False
        self.process: subprocess.Popen[bytes] | None = None

    # Start

    def start(self) -> ServerRecord:
        """Adopt the server that already runs on this data, or start one; its record is stored in the home.

        Raises StackError with a sentence when neither is possible.
        """
        folder_make(self.log.parent)
        self._data_make()
        record = self._adopt()
        self.adopted = record is not None
        self.record = record or self._launch()
        record_write(self.home, NAME, self.record)
        return self.record

    @property
    def _password(self) -> str:
        return secret_once(self.home / "secrets" / "postgres_password", size=18)

    def _url(self, port: int) -> str:
        return f"postgresql://{SUPERUSER}:{quote(self._password)}@{LOOPBACK}:{port}/postgres"

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [*self.footing.prefix, str(self.footing.programs / program), *arguments]

    def _environment(self) -> dict[str, str]:
        """The caller's environment without PG* (they would change which server and folder is meant)."""
        return {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def _data_make(self) -> None:
        """Create the data directory in one step: a draft, renamed when it is whole.

        What an interrupted creation left is removed, so a data directory always has its password.
        """
        for draft in self.footing.folder.glob("data.draft*"):
            # The program that was making it may still run for a moment, and is not waited for.
            if draft.is_dir():
                shutil.rmtree(draft, ignore_errors=True)
            else:
                draft.unlink()
        if (self.data / "PG_VERSION").is_file():
            self._version_check()
            return
        if self.data.exists():
            raise StackError(f"{self.data} exists but is no PostgreSQL data directory: move it away.")
        if not self.footing.folder.is_dir():
            folder_make(self.footing.folder)
            self.footing.give(self.footing.folder)
        draft = self.footing.folder / f"data.draft{secrets.token_hex(4)}"
        self._initdb(draft)
        draft.rename(self.data)

    def _version_check(self) -> None:
        made_with = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if made_with != self.major:
            raise StackError(
                f"{self.data} was made by PostgreSQL {made_with}, and PostgreSQL {self.major} is installed. "
                "Dump it with the old version and load it into a new home, or delete the folder."
            )
        if not (self.home / "secrets" / "postgres_password").is_file():
            raise StackError(
                f"The password of {self.data} is gone ({self.home / 'secrets' / 'postgres_password'}). "
                "Put the file back, or delete the data folder to start anew."
            )

    def _initdb(self, draft: Path) -> None:
        password_file = draft.with_name(f"{draft.name}.password")
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(self._password)
            self.footing.give(password_file)
            self._run_initdb(
                "--pgdata", str(draft), "--username", SUPERUSER, "--pwfile", str(password_file),
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync",
                "--no-instructions",
            )  # fmt: skip
        finally:
            password_file.unlink()
        if self.durable:
            self._run_initdb("--sync-only", "--pgdata", str(draft))

    def _run_initdb(self, *arguments: str) -> None:
        done = subprocess.run(
            self._command("initdb", *arguments),
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(),
            start_new_session=True,
            **self.footing.options,
        )
        if done.returncode != 0:
            raise StackError(f"PostgreSQL could not make its data directory: {done.stderr.strip()}")

    # Adopt

    def _adopt(self) -> ServerRecord | None:
        """The server that an earlier launcher left running, once it lets us in; what is stale is cleaned.

        An orphan that refuses the stored password is ended, since nobody can use it.
        """
        lock = self._lock_settled()
        if lock is None or not self._is_ours(lock.pid):
            # A zombie, or a pid that the system gave to somebody else since: PostgreSQL would refuse to
            # start because "a process with this pid lives". Half a file of one that died stops it as well.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return None
        started = process_started(lock.pid)
        if started is None:
            return None
        deadline = time.monotonic() + READY_SECONDS
        while process_started(lock.pid) == started and time.monotonic() < deadline:
            ready = self._lock_read()
            if ready is not None and ready.status == "ready" and self._lets_in(ready.port):
                return ServerRecord(url=self._url(ready.port), pid=lock.pid, started=started)
            if ready is not None and ready.status == "ready":
                break
            time.sleep(0.02)
        process_stop(lock.pid, started, first=signal.SIGINT, patience=10)
        return None

    def _lock_read(self) -> LockFile | None:
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
            status = lines[7].strip() if len(lines) > 7 else ""  # noqa: PLR2004 - line 8 holds the status
            return LockFile(pid=int(lines[0]), port=int(lines[3]), status=status)
        except FileNotFoundError:
            return None
        except (IndexError, ValueError):
            return None

    def _lock_settled(self) -> LockFile | None:
        """The lock file once it can be read; an unreadable one may be in the middle of being written."""
        deadline = time.monotonic() + HALF_WRITTEN_SECONDS
        while True:
            lock = self._lock_read()
            exists = (self.data / "postmaster.pid").exists()
            if lock is not None or not exists or time.monotonic() > deadline:
                return lock
            time.sleep(0.02)

    def _is_ours(self, pid: int) -> bool:
        """Whether the pid is a living postmaster of this data directory (and not a zombie or a stranger)."""
        if process_is_zombie(pid) or process_started(pid) is None:
            return False
        folder = process_folder(pid)
        if folder is not None:
            return folder == self.data.resolve()
        return process_name(pid) in {"postgres", "postmaster"}

    def _lets_in(self, port: int) -> bool:
        try:
            with psycopg.connect(self._url(port), connect_timeout=5) as connection:
                row = connection.execute("show data_directory").fetchone()
        except psycopg.Error:
            return False
        return row is not None and Path(row[0]).resolve() == self.data.resolve()

    # Launch

    def _launch(self) -> ServerRecord:
        for _ in range(ATTEMPTS):
            with contextlib.suppress(TryAgainError):
                return self._launch_on(port_free())
        raise StackError(f"PostgreSQL did not start in {ATTEMPTS} tries. See {self.log}.")

    def _launch_on(self, port: int) -> ServerRecord:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            offset = log.tell()
            self.process = process = subprocess.Popen(
                self._command("postgres", "-D", str(self.data), *arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
                **self.footing.options,
            )
        try:
            return self._wait_ready(process, port, offset)
        except BaseException:
            process.kill()
            process.wait()
            raise

    def _wait_ready(self, process: "subprocess.Popen[bytes]", port: int, offset: int) -> ServerRecord:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self._explain_end(offset, port)
            lock = self._lock_read()
            # An orphan's file says "ready" too: only the file of the process just started counts.
            if lock is not None and lock.pid == process.pid and lock.status == "ready":
                started = process_started(process.pid)
                if started is not None:
                    return ServerRecord(url=self._url(port), pid=process.pid, started=started)
            time.sleep(0.02)
        raise StackError(f"PostgreSQL was not ready within {READY_SECONDS:.0f} s. See {self.log}.")

    def _explain_end(self, offset: int, port: int) -> None:
        with self.log.open("rb") as log:
            log.seek(offset)
            words = log.read().decode("utf-8", errors="replace")
        if any(phrase in words.lower() for phrase in PASSING_WORDS):
            time.sleep(0.2)
            raise TryAgainError(f"Not on port {port} yet.")
        last = words.strip().splitlines()[-1:] or ["it said nothing"]
        raise StackError(f"PostgreSQL ended while starting: {last[0]} (all of it in {self.log}).")

    # Stop

    def stop(self) -> None:
        """Fast shutdown of the server this home owns, started or adopted; killed after 10 s."""
        if self.record is not None:
            process_stop(self.record.pid, self.record.started, first=signal.SIGINT, patience=10)
            if self.process is not None:
                self.process.wait()
            record_drop(self.home, NAME)
            self.record = None
