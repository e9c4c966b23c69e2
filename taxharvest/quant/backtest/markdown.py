"""A back-test written down as Markdown, every figure with its assumptions before it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from common.formats import percent

JSON = Mapping[str, Any]


def markdown(result: JSON, *, day: str, command: str) -> str:
    """The page of a result: assumptions, what to know, claims, and every table."""
    return "\n".join(_lines(result, day, command)) + "\n"


def plain(result: JSON) -> str:
    """The same for a terminal: no heading of its own, tables as in the page."""
    return "\n".join([*_assumed(result), *_known(result), *_claims(result), *_tables(result)])


def cell_text(cell: JSON) -> str:
    """A cell as people read it: `0.85 % (0.59 to 1.08)`, or its words."""
    if "value" not in cell:
        return str(cell.get("words", ""))
    value = percent(Decimal(cell["value"]))
    if "low" not in cell:
        return value
    low, high = (percent(Decimal(cell[end])).removesuffix("%").strip() for end in ("low", "high"))
    return f"{value} ({low} to {high})"


def _lines(result: JSON, day: str, command: str) -> Iterator[str]:
    made = result["made"]
    yield "# Back-test of harvesting"
    yield ""
    yield (
        f"Made on {day} by `{command}`, with Python {made['python']}, numpy {made['numpy']} and the "
        f"prices of skfolio {made['skfolio']}: {len(made['names'])} US stocks, {made['first']} to "
        f"{made['last']}, {made['starts']} starts. The same command gives the same figures."
    )
    yield ""
    yield f"Digest of the prices `{made['data'][:16]}`, of the code `{made['code'][:16]}`."
    yield from _assumed(result)
    yield from _known(result)
    yield from _claims(result)
    yield from _tables(result)


def _assumed(result: JSON) -> Iterator[str]:
    yield from ("", "## What is assumed", "", "| | |", "|---|---|")
    for label, words in result["assumptions"]:
        yield f"| {label} | {words} |"


def _known(result: JSON) -> Iterator[str]:
    yield from ("", "## What to know first", "")
    for sentence in result["caveats"]:
        yield f"- {sentence}"


def _claims(result: JSON) -> Iterator[str]:
    yield from ("", "## Held against the literature", "", "| claim | here | holds | |", "|---|---|---|---|")
    for claim in result["claims"]:
        holds = "yes" if claim["holds"] else "no"
        yield f"| {claim['claim']} | {claim['measured']} | {holds} | {claim['why']} |"


def _tables(result: JSON) -> Iterator[str]:
    for table in result["tables"]:
        yield from ("", f"## {table['title']}", "", table["note"], "")
        yield f"| {table['head']} | {' | '.join(table['columns'])} |"
        yield "|---" * (len(table["columns"]) + 1) + "|"
        for row in table["rows"]:
            yield f"| {row['label']} | {' | '.join(cell_text(cell) for cell in row['cells'])} |"
