"""Tables that look closer: year by year, start by start, other holdings, and histories that never were."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from taxharvest.quant.backtest.comparisons import LEAST_ALPHA, PAIR, TRACKING, pair_row
from taxharvest.quant.backtest.histories import Histories, windows
from taxharvest.quant.backtest.market import Floats, Markets
from taxharvest.quant.backtest.measures import YEAR, Measures
from taxharvest.quant.backtest.runs import Run, Runner
from taxharvest.quant.backtest.schedules import day_numbers
from taxharvest.quant.backtest.simulation import Walk
from taxharvest.quant.backtest.tables import Cell, Row, Table, figure, rounded

# The middle 90 of 100 histories.
TAILS = (5, 50, 95)
FUND_YEARS = 8
JANUARY = 1


def harvested_by_year(histories: Histories, walked: Walk, years: int) -> Floats:
    """Losses sold at reviews in each year of holding, in parts of the first day's money (history, year)."""
    day = day_numbers(histories.days)
    age = np.minimum((day - day[:, :1]) / YEAR, years - 1).astype(np.int64)
    gross = walked.gross
    return np.stack([np.where(age == year, gross, 0).sum(axis=1) for year in range(years)], axis=1)


def year_table(runner: Runner, run: Run, years: int) -> Table:
    """When the losses come: each year of holding, and all years so far."""
    columns = []
    for keeps in (False, True):
        walked = runner.walked(replace(run, keeps_wash_rule=keeps))
        columns.append(harvested_by_year(runner.histories, walked, years).mean(axis=0))
    without, with_rule = columns
    rows = tuple(
        Row(
            label=f"Year {year + 1}",
            cells=(
                figure(float(without[year])),
                figure(float(without[: year + 1].sum())),
                figure(float(with_rule[year])),
                figure(float(with_rule[: year + 1].sum())),
            ),
        )
        for year in range(years)
    )
    return Table(
        key="by_year",
        title="When the losses come",
        note="In parts of the first day's money. The sum levels off: old lots stand far above their basis.",
        head="Year of holding",
        columns=(
            "In the year, no rule",
            "So far, no rule",
            "In the year, with the rule",
            "So far, with the rule",
        ),
        rows=rows,
    )


def start_table(runner: Runner, run: Run) -> Table:
    """Every start in a January."""
    without, with_rule = runner.both(run)
    months = runner.histories.starts.astype("datetime64[M]").astype(np.int64) % 12 + 1
    januaries = [int(place) for place in np.flatnonzero(months == JANUARY)]
    rows = tuple(_start_row(runner, place, without, with_rule) for place in januaries)
    return Table(
        key="starts",
        title="Start by start",
        note="The starts of a January; the means above are over all starts, one each quarter.",
        head="Begun",
        columns=(
            *PAIR[:-1],
            TRACKING,
        ),
        rows=rows,
    )


def _start_row(runner: Runner, place: int, without: Measures, with_rule: Measures) -> Row:
    values = (
        without.gross,
        with_rule.gross,
        without.alpha,
        with_rule.alpha,
        with_rule.alpha_after,
        with_rule.tracking,
    )
    return Row(
        label=str(runner.histories.starts[place]),
        cells=tuple(figure(float(value[place])) for value in values),
    )


def path_table(runner: Runner, run: Run) -> Table:
    """The spread over drawn histories: the middle one, and the middle nine tenths."""
    without, with_rule = runner.both(run)
    figures: Sequence[Floats] = (
        without.gross,
        with_rule.gross,
        without.alpha,
        with_rule.alpha,
        with_rule.alpha_after,
        1 - with_rule.alpha / np.maximum(without.alpha, LEAST_ALPHA),
    )
    told = [*zip(PAIR, figures, strict=True), (TRACKING, with_rule.tracking)]
    rows = tuple(Row(label=label, cells=(_spread(values), _share_above(values))) for label, values in told)
    return Table(
        key="paths",
        title="Histories that never were",
        note=(
            f"{len(runner.histories.days)} histories drawn from blocks of 252 sessions of the real one, all "
            "names together: the spread that one account may meet, not the doubt about the mean."
        ),
        head="Figure",
        columns=("Middle history, and nine of ten", "Histories above zero"),
        rows=rows,
    )


def _spread(values: Floats) -> Cell:
    low, middle, high = (float(one) for one in np.percentile(values, TAILS))
    return Cell(value=rounded(middle), low=rounded(low), high=rounded(high))


def _share_above(values: Floats) -> Cell:
    return figure(float((values > 0).mean()))


def holding_table(runner: Runner, run: Run, years: int, prices: Markets) -> Table:
    """Twenty names beside one fund, and five funds on factors over the years for which there are prices."""
    one_fund = Runner(
        histories=windows(prices.index, years, months=3),
        block=runner.block,
        seed=runner.seed,
        told=runner.told,
    )
    span = min(years, FUND_YEARS)
    five_funds = Runner(
        histories=windows(prices.factor_funds, span, months=3),
        block=span * 4,
        seed=runner.seed,
        told=runner.told,
    )
    return Table(
        key="holdings",
        title="What is held",
        note=(
            "One fund has fewer losses than its parts: they cancel out. The index leaves its dividends out, "
            "so it grows less and the same saving weighs more; it is replaced by a fund that moves exactly "
            "like it. The five funds have prices from 2014 to 2022 alone: too few starts for an interval."
        ),
        head="Held",
        columns=PAIR,
        rows=(
            pair_row(runner, f"Twenty stocks, {years} years", run),
            pair_row(one_fund, f"One fund on the S&P 500, {years} years", run),
            pair_row(five_funds, f"Five factor funds, {span} years", run),
        ),
    )
