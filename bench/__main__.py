"""The menu of measurements: `python -m bench` runs all of them, `python -m bench pages imports` some.

Each writes its section to `bench/results/`; the page of results, `bench/README.md`, is put together from
what is there.
"""

import importlib
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.stage import stage

FOLDER = Path(__file__).parent
# Those of the second group work on a database; pages come first, while the process is as small as a web one.
ALONE = (
    "processes", "book", "tax_lots", "broker_ticks", "wash_guard", "training", "scoring", "optimiser",
)  # fmt: skip
STAGED = (
    "pages", "imports", "rebuild", "order_taxes", "risk_report", "orders", "fan_out", "harvest_scan",
)  # fmt: skip
HEAD = """# Results

Figures of `make bench`: counts, or ratios beside a baseline measured in the same run. Seconds and
milliseconds stand for scale; they are those of one machine and no promise. Nothing here is a test.
"""


def main(names: list[str]) -> int:
    """Run the measurements called `names`, or all; returns the exit code."""
    chosen = names or [*ALONE, *STAGED]
    unknown = set(chosen) - {*ALONE, *STAGED}
    if unknown:
        print(f"No such measurement: {', '.join(sorted(unknown))}. There are {', '.join((*ALONE, *STAGED))}.")
        return 2
    for name in ALONE:
        if name in chosen:
            _run(name)
    staged = [name for name in STAGED if name in chosen]
    if staged:
        with stage():
            for name in staged:
                _run(name)
    _page()
    return 0


def _run(name: str) -> None:
    print(f"bench: {name} …", flush=True)
    section = importlib.import_module(f"bench.{name}").measure()
    footer = f"*{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_machine()}*"
    results = FOLDER / "results"
    results.mkdir(exist_ok=True)
    (results / f"{name}.md").write_text(f"{section}\n\n{footer}\n", encoding="utf-8")
    print(section, flush=True)


def _machine() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load}"


def _page() -> None:
    sections = [
        path.read_text(encoding="utf-8")
        for name in (
            "book",
            "tax_lots",
            "rebuild",
            "order_taxes",
            "risk_report",
            "wash_guard",
            "imports",
            "pages",
            "orders",
            "broker_ticks",
            "fan_out",
            "processes",
            "harvest_scan",
            "training",
            "scoring",
        )
        if (path := FOLDER / "results" / f"{name}.md").exists()
    ]
    (FOLDER / "README.md").write_text("\n".join([HEAD, *sections]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
