"""Mutation testing of the wash-sale rule: small faults are put into it, one at a time, and tests must notice.

`make mutation` runs it. mutmut lives in an environment of its own and works on a copy of the engine with its
tests alone, so neither Django nor the rest of the product is needed. Decorated functions (properties) are
not mutated. Prints each fault that no test noticed and the score; the exit code tells whether it is enough.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.environments import environment

ROOT = Path(__file__).parents[1]
PACKAGES = ("mutmut==3.8.1", "pytest==9.2.0", "hypothesis==6.170.17")
MUTATED = tuple(f"portfolios/engine/{name}.py" for name in ("washsales", "wash_groups", "closings"))
TESTS = (
    "tests/portfolios/engine/test_washsales.py",
    "tests/portfolios/engine/test_trades.py",
    "tests/taxharvest/engine/conformance",
    "tests/portfolios/engine/test_wash_reference.py",
)
COPIED = (
    "common",
    "portfolios/__init__.py",
    "portfolios/engine",
    "taxharvest/__init__.py",
    "taxharvest/engine",
)
COPIED_TESTS = (
    "tests/__init__.py",
    "tests/golden",
    "tests/portfolios/engine",
    "tests/taxharvest/engine",
)
ENOUGH = 85  # percent of the faults that are to be noticed
KILLED = {1, 3, 24, 36, -24, 152, 255}  # a test failed, or the fault made it run without end
SETTINGS = """
[tool.mutmut]
source_paths = ["common", "portfolios", "taxharvest"]
only_mutate = {mutated}
also_copy = ["conftest.py"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider"]
timeout_multiplier = 10.0
timeout_constant = 5.0

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
pythonpath = ["."]
"""
# Few examples: a fault that only a long search finds belongs into a test with exact values.
CONFTEST = """
import hypothesis
hypothesis.settings.register_profile(
    "mutation", max_examples=5, deadline=None, derandomize=True, database=None
)
hypothesis.settings.load_profile("mutation")
"""


def main(folder: str) -> int:
    """Runs all faults in a copy below `folder`; returns the exit code."""
    copy = _copy(Path(folder))
    mutmut = Path(environment(*PACKAGES)).parent / "mutmut"
    run = [str(mutmut), "run", "--max-children", "2"]
    ended = subprocess.run(run, cwd=copy, env=_surroundings(), check=False)
    codes = dict(_codes(copy))
    if ended.returncode or None in codes.values():
        print("The faults were not all tried: see what mutmut says above.")
        return 2
    for name in sorted(name for name, code in codes.items() if code not in KILLED):
        print(f"\n{name}")
        subprocess.run([str(mutmut), "show", name], cwd=copy, check=False)
    counts = Counter(code in KILLED for code in codes.values())
    score = counts[True] * 100 / max(len(codes), 1)
    noticed = f"{counts[True]} of {len(codes)} faults noticed"
    print(f"\nMutation score: {score:.1f} % ({noticed}); {ENOUGH} % is enough.")
    return 0 if score >= ENOUGH else 1


def _copy(folder: Path) -> Path:
    for name in (*COPIED, *COPIED_TESTS):
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    settings = SETTINGS.format(mutated=json.dumps(MUTATED), tests=json.dumps(TESTS))
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    return folder


def _surroundings() -> dict[str, str]:
    """The environment of the run, without what points at the product's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}


def _codes(folder: Path) -> Iterator[tuple[str, int | None]]:
    """The exit code of the tests for each fault, None where they were not run."""
    for name in MUTATED:
        path = folder / "mutants" / f"{name}.meta"
        yield from json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="wealthalloc-mutation-") as name:
        sys.exit(main(name))
