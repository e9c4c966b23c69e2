"""The servers of a home together: started in order, owned by one launcher, stopped in reverse."""

import contextlib
import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from wealthalloc.devstack.binaries import postgres_programs, valkey_program
from wealthalloc.devstack.errors import StackBusyError
from wealthalloc.devstack.home import folder_make
from wealthalloc.devstack.postgres import Postgres
from wealthalloc.devstack.privileges import footing_make, way_choose
from wealthalloc.devstack.valkey import Valkey


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUrls:
    """Where the database and the message server answer."""

    database: str
    redis: str


class Stack:
    """PostgreSQL and Valkey for one home, except those that the environment already names.

    One launcher at a time owns a home: it holds a lock that the system releases when it dies. The owner
    stops the servers at its end, those it adopted from a killed launcher too.
    """

    def __init__(
        self, home: Path, *, durable: bool = True, environment: Mapping[str, str] = os.environ
    ) -> None:
        self.home = home
        self.durable = durable
        self.environment = environment
        self.servers: list[Postgres | Valkey] = []
        self._lock: TextIO | None = None

    def start(self) -> ServerUrls:
        """Start or adopt what is needed and say where it answers.

        Raises StackBusyError when another launcher owns the home, StackError when a server cannot run.
        """
        self.own()
        try:
            return ServerUrls(
                database=self.environment.get("DATABASE_URL") or self._postgres(),
                redis=self.environment.get("REDIS_URL") or self._valkey(),
            )
        except BaseException:
            self.stop()
            raise

    def own(self) -> None:
        """Become the owner of the home, or raise StackBusyError."""
        if self._lock is not None:
            return
        folder_make(self.home)
        lock = (folder_make(self.home / "run") / "owner").open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise StackBusyError(
                f"{self.home} is in use by process {owner}: stop it, or set WEALTHALLOC_HOME elsewhere."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _postgres(self) -> str:
        programs = postgres_programs()
        way = way_choose(self.environment.get("WEALTHALLOC_ROOT_WAY", ""))
        footing = footing_make(home=self.home, programs=programs, way=way)
        server = Postgres(self.home, footing=footing, major=programs.major, durable=self.durable)
        self.servers.append(server)
        return server.start().url

    def _valkey(self) -> str:
        server = Valkey(self.home, program=valkey_program())
        self.servers.append(server)
        return server.start().url

    def stop(self) -> None:
        """Stop the servers in reverse order and give the home up."""
        while self.servers:
            with contextlib.suppress(ProcessLookupError):
                self.servers.pop().stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
