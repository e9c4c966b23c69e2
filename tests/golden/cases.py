"""The golden cases: tax cases with their sources and expected results, one JSON list a subject."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Case = dict[str, Any]

HOME = Path(__file__).parent
# A folder of further case files in the same format, where there is one.
FURTHER = "TAX_CASES"
# Cases that are no part of the project: a checkout without them tests its own alone.
BESIDE = HOME.parents[2] / "shared" / "cases" / "tax"


def golden_cases(folder: str) -> list[Case]:
    """The cases of one folder of golden files, in the order of the files."""
    return list(_read(HOME / folder))


def further_cases() -> list[Case]:
    """The cases of the folder that TAX_CASES names; none without it."""
    folder = os.environ.get(FURTHER)
    return list(_read(Path(folder))) if folder else []


def corporate_actions(action: str, *facts: str) -> list[Case]:
    """The golden cases of one corporate action whose input has all `facts`, and those beside the checkout."""
    found = [*golden_cases("portfolios"), *_read(BESIDE)]
    return [
        case
        for case in found
        if case["kind"] == "corporate_action"
        and case["input"]["action"] == action
        and case["input"].keys() >= set(facts)
    ]


def _read(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.glob("*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))
