"""A whole back-test: every table, chart and claim from its assumptions, as plain values fit to be kept."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from taxharvest.quant.backtest.assumptions import (
    Assumptions,
    Review,
    assumption_words,
    code_digest,
    data_digest,
    in_short,
)
from taxharvest.quant.backtest.claims import claims
from taxharvest.quant.backtest.comparisons import (
    PAIR,
    cost_table,
    deposit_table,
    horizon_table,
    pair_row,
    rate_table,
    review_table,
    rule_table,
    threshold_table,
    use_table,
)
from taxharvest.quant.backtest.details import (
    harvested_by_year,
    holding_table,
    path_table,
    start_table,
    year_table,
)
from taxharvest.quant.backtest.forward import forward_table
from taxharvest.quant.backtest.histories import drawn, window_starts, windows
from taxharvest.quant.backtest.market import Market, Markets, markets
from taxharvest.quant.backtest.runs import Run, Runner
from taxharvest.quant.backtest.tables import Table, between, rounded_all

# A start every quarter.
MONTHS = 3
STARTS_A_YEAR = 12 // MONTHS
HORIZONS = (5, 10, 20)
# About as many runs as a back-test makes; progress is told as a share of them.
RUNS = 56
SURVIVORSHIP = (
    "The twenty stocks are those that were still large in 2022. Names that failed are not among them, and "
    "their losses would have been the largest: real harvests may be larger, and the returns of these names "
    "were higher than anybody could have chosen beforehand."
)
NO_PROMISE = (
    "A back-test tells what would have happened under its assumptions. It promises nothing about any account "
    "or any year to come, and it is not tax advice."
)
FEW_YEARS = (
    "Thirty-three years hold little more than three ten-year periods that do not overlap. The intervals (95 "
    "%) draw whole holding periods for that reason, and are wide; where there are too few starts there is "
    "none."
)
READING = (
    "Harvested: the losses sold at reviews, of the money paid in. Alpha: what the tax saved added to the "
    "yearly return, before anything is sold, and after everything is sold on the last day (liquidated)."
)
APART = (
    "Alpha counts the tax saved and put to work. What the account itself gained or lost because a fund "
    "stood in for a name is shown apart (“stand-ins”): it is luck of the names."
)
PUT_OFF = (
    "Most of the tax saved is tax put off: the figure after liquidation is what is left when everything is "
    "sold on the last day."
)
CAVEATS = (SURVIVORSHIP, NO_PROMISE, READING, FEW_YEARS, APART, PUT_OFF)

Told = Callable[[int], None]


@dataclass(slots=True)
class _Progress:
    """Runs finished so far, told as a percentage when it changes."""

    told: Told
    runs: int = 0

    def __call__(self) -> None:
        before = self.percentage()
        self.runs += 1
        if self.percentage() != before:
            self.told(self.percentage())

    def percentage(self) -> int:
        """Never a hundred before the end."""
        return min(99, self.runs * 100 // RUNS)


def report(
    assumptions: Assumptions, told: Told = lambda _: None, prices: Markets | None = None
) -> dict[str, Any]:
    """The back-test that `assumptions` ask for; the same ones give the same answer.

    `told` hears how many of a hundred parts are done. `prices` are the real ones unless given.
    """
    known = markets() if prices is None else prices
    stocks = known.stocks
    progress = _Progress(told)
    run = Run.of(assumptions)
    runner = _runner(stocks, assumptions.years, assumptions.seed, progress)
    tables = [
        rule_table(runner, run),
        review_table(runner, run),
        threshold_table(runner, run),
        rate_table(runner, run),
        use_table(runner, run),
        deposit_table(runner, run),
        cost_table(runner, run),
        _horizons(stocks, assumptions, runner, progress),
        year_table(runner, run, assumptions.years),
        forward_table(runner, run),
        holding_table(runner, run, assumptions.years, known),
        *_paths(stocks, assumptions, progress),
        start_table(runner, run),
    ]
    return {
        "made": _made(stocks, runner),
        "in_short": in_short(assumptions),
        "headline": _headline(runner, run),
        "assumptions": [list(pair) for pair in assumption_words(assumptions)],
        "caveats": list(CAVEATS),
        "claims": [claim.to_json() for claim in claims(runner, run, assumptions.years)],
        "tables": [table.to_json() for table in tables],
        "charts": _charts(runner, run, assumptions.years),
    }


def _runner(prices: Market, years: int, seed: int, progress: _Progress) -> Runner:
    return Runner(
        histories=windows(prices, years, months=MONTHS),
        block=years * STARTS_A_YEAR,
        seed=seed,
        told=progress,
    )


def _horizons(prices: Market, assumptions: Assumptions, runner: Runner, progress: _Progress) -> Table:
    """Five, ten and twenty years as far as the prices reach, and the years asked for."""
    others = [
        (
            years,
            runner if years == assumptions.years else _runner(prices, years, assumptions.seed, progress),
        )
        for years in sorted({*HORIZONS, assumptions.years})
        if window_starts(prices.days, years, MONTHS)
    ]
    return horizon_table(others, Run.of(assumptions))


def _paths(prices: Market, assumptions: Assumptions, progress: _Progress) -> list[Table]:
    """The drawn histories, where any are asked for."""
    if not assumptions.paths:
        return []
    histories = drawn(prices, assumptions.years, count=assumptions.paths, seed=assumptions.seed)
    runner = Runner(histories=histories, block=1, seed=assumptions.seed, told=progress)
    return [path_table(runner, Run.of(assumptions))]


def _made(prices: Market, runner: Runner) -> dict[str, Any]:
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "numpy": version("numpy"),
        "skfolio": version("skfolio"),
        "data": data_digest(),
        "code": code_digest(),
        "first": str(prices.days[0]),
        "last": str(prices.days[-1]),
        "names": list(prices.names),
        "starts": len(runner.histories.days),
    }


def _headline(runner: Runner, run: Run) -> list[dict[str, str]]:
    """The six figures that are read first; whoever shows one shows the assumptions beside it."""
    without, with_rule = runner.both(run)
    row = pair_row(runner, "", run)
    sure = [runner.interval(one.gross) for one in (without, with_rule)]
    after = between(runner.interval(with_rule.alpha_after))
    cells = (between(sure[0]), between(sure[1]), row.cells[2], row.cells[3], after, row.cells[5])
    return [
        {"label": label} | cell.to_json()
        for label, cell in zip(PAIR, cells, strict=True)
        if cell.value is not None
    ]


def _charts(runner: Runner, run: Run, years: int) -> dict[str, Any]:
    """What the page draws: alpha by start, harvest by year of holding, alpha by review."""
    without, with_rule = runner.both(run)
    lines = [
        harvested_by_year(runner.histories, runner.walked(replace(run, keeps_wash_rule=keeps)), years)
        for keeps in (False, True)
    ]
    sums = [np.cumsum(line.mean(axis=0)) for line in lines]
    reviews = [runner.both(replace(run, review=review)) for review in Review]
    return {
        "starts": {
            "days": [str(day) for day in runner.histories.starts],
            "without": rounded_all(without.alpha.tolist()),
            "with": rounded_all(with_rule.alpha.tolist()),
            "after": rounded_all(with_rule.alpha_after.tolist()),
        },
        "years": {"without": rounded_all(sums[0].tolist()), "with": rounded_all(sums[1].tolist())},
        "reviews": {
            "labels": [review.value for review in Review],
            "without": rounded_all([float(pair[0].alpha.mean()) for pair in reviews]),
            "with": rounded_all([float(pair[1].alpha.mean()) for pair in reviews]),
        },
    }
