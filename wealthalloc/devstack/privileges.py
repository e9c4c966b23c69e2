"""PostgreSQL refuses to run as root: two ways to run it without, neither of which touches other folders.

Way `userns` runs it in a user namespace, where it sees another user while its files stay root's. Way
`nobody` starts it as the user 65534, which needs a copy of the programs where that user can read them.
"""

import contextlib
import os
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wealthalloc.devstack.binaries import PostgresPrograms
from wealthalloc.devstack.errors import StackError
from wealthalloc.devstack.home import secret_write

NOBODY = 65534
NAMESPACE = ("unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
WAYS = ("plain", "userns", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """How PostgreSQL is started here: what stands before its commands, whose files they are, and where."""

    way: str
    prefix: tuple[str, ...]
    options: dict[str, Any]
    folder: Path
    programs: Path

    def give(self, path: Path) -> None:
        """Hand a file of this home to the user that PostgreSQL runs as."""
        if self.way == "nobody":
            os.chown(path, NOBODY, NOBODY)


def way_choose(forced: str = "") -> str:
    """`plain` for an ordinary user; for root `userns` where the system allows it, else `nobody`.

    `forced` (WEALTHALLOC_ROOT_WAY) decides for root without asking. Raises StackError for an unknown word.
    """
    if os.name != "posix" or os.geteuid() != 0:
        return "plain"
    if forced:
        if forced not in WAYS[1:]:
            raise StackError(f"WEALTHALLOC_ROOT_WAY is {forced!r}: it must be one of {', '.join(WAYS[1:])}.")
        return forced
    with contextlib.suppress(OSError):
        probe = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)
        if probe.returncode == 0:
            return "userns"
    return "nobody"


def footing_make(*, home: Path, programs: PostgresPrograms, way: str) -> Footing:
    """Prepare the chosen way for this home."""
    if way == "userns":
        return Footing(
            way=way, prefix=NAMESPACE, options={}, folder=home / "postgres", programs=programs.folder
        )
    if way == "nobody":
        base = _nobody_folder(home)
        return Footing(
            way=way,
            prefix=(),
            options={"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": base},
            folder=base / "postgres",
            programs=_programs_copy(base, programs),
        )
    return Footing(way=way, prefix=(), options={}, folder=home / "postgres", programs=programs.folder)


def _nobody_folder(home: Path) -> Path:
    """A folder for the user nobody that belongs to this home alone.

    It lies in the temporary folder that outlives a restart. Its name cannot be guessed (others may create
    names there), is kept in the home, and the folder names its home, so a copied home makes its own.
    """
    note = home / "secrets" / "nobody_folder"
    with contextlib.suppress(OSError):
        kept = Path(note.read_text(encoding="utf-8").strip())
        details = kept.lstat()
        ours = stat.S_ISDIR(details.st_mode) and details.st_uid in {0, NOBODY}
        if ours and (kept / "home").read_text(encoding="utf-8") == str(home):
            return kept
    base = Path(tempfile.mkdtemp(prefix="wealthalloc-", dir="/var/tmp"))
    (base / "home").write_text(str(home), encoding="utf-8")
    (base / "postgres").mkdir(mode=0o700)
    for path in (base, base / "postgres"):
        os.chown(path, NOBODY, NOBODY)
    secret_write(note, str(base))
    return base


def _programs_copy(base: Path, programs: PostgresPrograms) -> Path:
    """A copy of the wheel's programs, per version, that nobody can read; programs of the system need none.

    The programs find their libraries by a relative path, so the folder of libraries keeps its place beside.
    """
    if programs.wheel is None:
        return programs.folder
    target = base / f"programs-{programs.version}"
    if not target.is_dir():
        draft = base / f".programs-{secrets.token_hex(4)}"
        package = draft / programs.wheel.name
        shutil.copytree(
            programs.wheel / "pginstall",
            package / "pginstall",
            symlinks=True,
            ignore=shutil.ignore_patterns("include"),
        )
        libraries = programs.wheel.with_name(f"{programs.wheel.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        _readable_make(draft)
        draft.rename(target)
    for old in [*base.glob("programs-*"), *base.glob(".programs-*")]:
        if old != target:
            shutil.rmtree(old)
    return target / programs.wheel.name / "pginstall" / "bin"


def _readable_make(folder: Path) -> None:
    """Let others read the copy whatever this user's mask is; only our own copy is changed."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
