"""Writes requirements.txt and requirements-dev.txt: every package that the .in files reach, at its version.

The versions are those of the environment this runs in, which was made from the .in files. A package that
only another platform needs (torch's own libraries for graphics cards) is left to the package that asks.
"""

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
TORCH_NOTE = (
    "# torch has no hash and no +cpu here: its builds with and without support for graphics cards\n"
    "# share this version and differ in content. Where a build without is wanted (it is a tenth of\n"
    "# the size), point pip at the index that serves it.\n"
)


def requirements_read(path: Path) -> list[Requirement]:
    """The requirements that a file names itself, without those of the files it includes."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def reached(roots: Iterable[Requirement]) -> dict[str, str]:
    """Name and version of every installed package that the requirements reach, themselves included."""
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(roots)
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            if (wanted.name, extra) not in seen:
                seen.add((wanted.name, extra))
                waiting.extend(_needs(wanted, extra, versions))
    return dict(sorted(versions.items()))


def _needs(wanted: Requirement, extra: str, versions: dict[str, str]) -> list[Requirement]:
    try:
        found = distribution(wanted.name)
    except PackageNotFoundError:
        return []
    versions[canonicalize_name(wanted.name)] = found.version.partition("+")[0]
    needs = [Requirement(text) for text in found.requires or []]
    return [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]


def pins(versions: dict[str, str]) -> str:
    """The lines of a requirements file."""
    lines = []
    for name, version in versions.items():
        note = TORCH_NOTE if name == "torch" else ""
        lines.append(f"{note}{name}=={version}\n")
    return "".join(lines)


def main() -> int:
    """Write both files."""
    product = reached(requirements_read(ROOT / "requirements.in"))
    everything = reached(
        [*requirements_read(ROOT / "requirements.in"), *requirements_read(ROOT / "requirements-dev.in")]
    )
    tools = {name: version for name, version in everything.items() if name not in product}
    head = "# Written by `make lock` from {source}: change that file, not this one.\n"
    (ROOT / "requirements.txt").write_text(
        head.format(source="requirements.in") + pins(product), encoding="utf-8"
    )
    (ROOT / "requirements-dev.txt").write_text(
        head.format(source="requirements-dev.in") + "-r requirements.txt\n" + pins(tools), encoding="utf-8"
    )
    print(f"requirements.txt: {len(product)} packages; requirements-dev.txt: {len(tools)} more.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
