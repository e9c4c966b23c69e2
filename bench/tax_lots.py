"""Wash sales: many trades of one group, a million of many groups, growth, and wash-alpha beside it."""

import json
import math
import subprocess
import sys
from dataclasses import dataclass

from bench.environments import environment
from bench.made_ledger import Ledger
from bench.made_trades import made_trades
from bench.timing import derived, seconds_of, untouched
from bench.wash_alpha import WASH_ALPHA, beside

TRADES = 8_000
APART = 3  # days between two trades of the spread shape
DENSE_DAYS = 3_652
GROWTH = (2_000, 8_000, 32_000, 128_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One ledger: processor time with the rule and without it, and what the rule found."""

    trades: int
    seconds: float
    without: float
    disposals: int
    matches: int


def measure() -> str:
    """Processor time throughout, so a busy machine bends the figures little."""
    shapes = {
        "round: a trade of 100 shares each 3 days, 66 years": _figures(
            made_trades(TRADES, days=TRADES * APART, is_round=True)
        ),
        "spread: the same with 1 to 100 shares": _figures(made_trades(TRADES, days=TRADES * APART)),
        "dense: 8,000 trades in 10 years": _figures(made_trades(TRADES, days=DENSE_DAYS)),
        "ragged: spread, sales of any 1 to 100 shares": _figures(
            made_trades(TRADES, days=TRADES * APART, is_ragged=True)
        ),
    }
    growth = [_figures(made_trades(count, days=count * APART)) for count in GROWTH]
    return "\n".join(
        [
            "## Wash sales",
            "",
            (
                "`derive_book` with the wash-sale rule as the taxpayer must apply it. One household, two "
                "taxable accounts; purchases of 1 to 100 shares and sales equally likely, first in, first "
                "out, each sale of as many shares as the oldest open purchase brought; the price walks at "
                "random without drift. The baseline is the same ledger in accounts that the rule leaves "
                "alone (simulated ones). What costs is not the number of trades but how finely the matches "
                "part the lots: trades of one size part none, odd ones part again what matches parted."
            ),
            "",
            (
                "| one group | trades | pieces sold | matches | processor time, s | trades a second "
                "| times the baseline |"
            ),
            "|---|---|---|---|---|---|---|",
            *(_shape(name, figures) for name, figures in shapes.items()),
            "",
            _million(),
            "",
            *_growth(growth),
            "",
            *beside(environment(WASH_ALPHA)),
        ]
    )


def _figures(ledger: Ledger) -> Figures:
    seconds, book = derived(ledger)
    return Figures(
        trades=len(ledger.rows),
        seconds=min(seconds, seconds_of(ledger, rounds=1)),
        without=seconds_of(untouched(ledger)),
        disposals=len(book.disposals),
        matches=len(book.washes),
    )


def _shape(name: str, figures: Figures) -> str:
    return (
        f"| {name} | {figures.trades:,} | {figures.disposals:,} | {figures.matches:,} "
        f"| {figures.seconds:.2f} | {figures.trades / figures.seconds:,.0f} "
        f"| {figures.seconds / figures.without:.1f} |"
    )


def _million() -> str:
    """A process of its own, so that the peak is of this ledger alone."""
    answer = subprocess.run([sys.executable, "-m", "bench.tax_lots_million"], capture_output=True, check=True)
    found = json.loads(answer.stdout)
    return (
        f"{found['trades']:,} trades of {found['groups']:,} groups over ten years, in one pass on one core: "
        f"**{found['cpu']:.0f} s**, {found['trades'] / found['cpu']:,.0f} a second, "
        f"{found['cpu'] / found['without']:.1f} times the baseline; {found['disposals']:,} pieces sold, "
        f"{found['matches']:,} matches. Peak memory {found['peak_mib']:,} MiB, of which the rows that go in "
        f"are {found['rows_mib']:,} MiB."
    )


def _growth(growth: list[Figures]) -> list[str]:
    unit = _unit(growth[0])
    return [
        (
            "Growth of one group of the spread shape (a trade each 3 days): time by n log n, relative to the "
            "first size. It is to stay within 1.3; the largest here is "
            f"**{max(_unit(figures) / unit for figures in growth):.2f}**."
        ),
        "",
        "| trades | pieces sold | matches | processor time, s | n log n = 1 | times the baseline |",
        "|---|---|---|---|---|---|",
        *(
            f"| {figures.trades:,} | {figures.disposals:,} | {figures.matches:,} | {figures.seconds:.2f} "
            f"| {_unit(figures) / unit:.2f} | {figures.seconds / figures.without:.1f} |"
            for figures in growth
        ),
    ]


def _unit(figures: Figures) -> float:
    return figures.seconds / (figures.trades * math.log(figures.trades))
