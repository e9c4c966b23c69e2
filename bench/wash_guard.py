"""The wash guard over 1,000 made household-years: what is washed with it, and what without it."""

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from bench.guarded_years import Tally, years

COUNT = int(os.environ.get("GUARDED_YEARS", "1000"))
CHUNK = 20


def measure() -> str:
    """A table with the guard and without it, from the same wishes of the same people."""
    chunks = [range(first, min(first + CHUNK, COUNT)) for first in range(0, COUNT, CHUNK)]
    with ProcessPoolExecutor() as pool:
        off = _total(pool.map(partial(years, is_guarded=False), chunks))
        on = _total(pool.map(partial(years, is_guarded=True), chunks))
    lines = [
        "## The wash guard",
        "",
        (
            f"{COUNT:,} made household-years (`bench/guarded_years.py`, seeds 0 to {COUNT - 1:,}): a "
            "taxable account and an IRA of each spouse, identical funds, a call, orders at the market, with "
            "limits and stops that rest and fill in parts, purchases by plan, reinvested dividends. With the "
            "guard an order that would wash a loss is not placed, or what is planned is paused or cancelled "
            "first. The book in the taxpayer’s view is the judge; a year is judged with the 31 days after it."
        ),
        "",
        "| | without the guard | with the guard |",
        "|---|---|---|",
        *_rows(off, on),
        "",
        (
            f"Prevented: **{off.washed_sales - on.washed_sales:,} washed sales**, "
            f"{off.disallowed - on.disallowed:,.0f} of losses deferred or lost."
        ),
    ]
    return "\n".join(lines)


def _total(parts: Iterable[Tally]) -> Tally:
    total = Tally()
    for part in parts:
        total.add(part)
    return total


def _rows(off: Tally, on: Tally) -> Iterable[str]:
    names = {
        "placed": "orders placed",
        "blocked": "orders not placed",
        "gave_way": "orders placed after something was paused or cancelled",
        "loss_sales": "sales at a loss",
        "washed_sales": "of them washed",
    }
    for name, words in names.items():
        yield f"| {words} | {getattr(off, name):,} | {getattr(on, name):,} |"
    yield f"| losses that did not count, USD | {off.disallowed:,.2f} | {on.disallowed:,.2f} |"
    yield f"| of them lost for good, USD | {off.lost:,.2f} | {on.lost:,.2f} |"
