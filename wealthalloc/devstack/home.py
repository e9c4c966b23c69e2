"""The folder that holds what a checkout's own servers know: data, logs, secrets and where they listen."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def home_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """`WEALTHALLOC_HOME`, or `.wealthalloc` in the checkout."""
    return Path(environment.get("WEALTHALLOC_HOME") or ROOT / ".wealthalloc").resolve()


def folder_make(path: Path) -> Path:
    """Create a folder that only its owner can enter (parents too); one that exists is left as it is."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret_write(path: Path, text: str) -> None:
    """Write a file that was never readable by anybody else, in one step."""
    folder_make(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def secret_once(path: Path, *, size: int) -> str:
    """The secret in the file, made from `size` random bytes on first use.

    Two processes that ask at the same moment get the same secret: the first to link its draft wins.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        pass
    folder_make(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    secret_write(draft, secrets.token_urlsafe(size))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRecord:
    """A server that was started for this home: where it listens and which process it is."""

    url: str
    pid: int
    started: str


def record_read(home: Path, name: str) -> ServerRecord | None:
    """What is stored about a server of this home, or None when nothing readable is."""
    try:
        stored: Any = json.loads((home / "run" / f"{name}.json").read_text(encoding="utf-8"))
        return ServerRecord(url=str(stored["url"]), pid=int(stored["pid"]), started=str(stored["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def record_write(home: Path, name: str, record: ServerRecord) -> None:
    """Store where a server listens; the URL holds its password, so the file is the owner's alone."""
    stored = {"url": record.url, "pid": record.pid, "started": record.started}
    secret_write(home / "run" / f"{name}.json", json.dumps(stored))


def record_drop(home: Path, name: str) -> None:
    """Forget a server that was stopped."""
    (home / "run" / f"{name}.json").unlink(missing_ok=True)
