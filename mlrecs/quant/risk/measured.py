"""What of an account can be measured: usable series, their weights, and the returns they make together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from mlrecs.engine.return_table import SeriesFault, SeriesNote
from mlrecs.engine.risk_facts import Held, NotMeasurable, RiskFacts
from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.features import LEAST_DAYS, LEAST_VOLATILITY, usable_returns
from mlrecs.quant.risk.measures import LEAST_SHARE, portfolio_returns
from mlrecs.quant.risk.simulation import Simulation, simulate

OLDEST = timedelta(days=7)
# How many names a sentence lists before it counts the rest.
NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The holdings that can be measured, with weights that stand for all; a row for each of `days`.

    `share` is how much of the gross weight is measured; the rest is taken to swing like it.
    """

    held: tuple[Held, ...]
    weights: FloatArray
    share: float
    days: tuple[date, ...]
    values: FloatArray
    returns: FloatArray
    benchmark: FloatArray | None
    simulation: Simulation
    left_out: tuple[tuple[str, str], ...]


def measured_of(facts: RiskFacts) -> Measured:
    """Sort out what can be measured. Raises NotMeasurable, with the reason, when that is too little."""
    _check_held(facts)
    usable = usable_returns(facts.table, keeps_early=True)
    places = {key: place for place, key in enumerate(usable.instrument_ids)}
    held = tuple(one for one in facts.holdings if one.instrument_id in places)
    left_out = _left_out(facts, usable.left_out)
    gross = float(sum(abs(one.weight) for one in facts.holdings))
    share = float(sum(abs(one.weight) for one in held)) / gross if gross else 0.0
    if share < LEAST_SHARE:
        raise NotMeasurable(_too_little(share, left_out, usable.left_out))
    values = usable.values[:, [places[one.instrument_id] for one in held]]
    weights = np.array([float(one.weight) for one in held]) / share
    returns, first = portfolio_returns(values, weights)
    if len(returns) < LEAST_DAYS:
        raise NotMeasurable(_too_short(len(returns)))
    simulation = simulate(np.log1p(returns))
    if simulation.volatilities[-1] < LEAST_VOLATILITY:
        raise NotMeasurable("What is held did not move at all, so there is no risk to measure.")
    benchmark = places.get(facts.benchmark_id) if facts.benchmark_id else None
    return Measured(
        held=held,
        weights=weights,
        share=share,
        days=usable.days[first:],
        values=values[first:],
        returns=returns,
        benchmark=None if benchmark is None else usable.values[first:, benchmark],
        simulation=simulation,
        left_out=left_out,
    )


def _check_held(facts: RiskFacts) -> None:
    if not facts.holdings and facts.unpriced:
        raise NotMeasurable(f"Nothing that is held has a usable close: {_listed(facts.unpriced)}.")
    if not facts.holdings:
        raise NotMeasurable("Nothing is held but cash, which does not swing.")
    if not facts.table.days:
        raise NotMeasurable(_too_short(0))
    if facts.day - facts.table.days[-1] > OLDEST:
        raise NotMeasurable(f"The last closes are of {facts.table.days[-1].isoformat()}, too old to go by.")


def _left_out(facts: RiskFacts, notes: Sequence[SeriesNote]) -> tuple[tuple[str, str], ...]:
    symbols = {one.instrument_id: one.symbol for one in facts.holdings}
    faulty = [(symbols[note.instrument_id], note.words) for note in notes if note.instrument_id in symbols]
    return (*faulty, *((name, "There is no usable close or exchange rate.") for name in facts.unpriced))


def _too_little(share: float, left_out: Sequence[tuple[str, str]], notes: Sequence[SeriesNote]) -> str:
    if not share and notes and {note.fault for note in notes} <= {SeriesFault.SHORT, SeriesFault.MISSING}:
        return f"There are fewer than {LEAST_DAYS} days of returns: {_reasons(left_out)}"
    if not share:
        return f"Nothing that is held has a usable series of closes: {_reasons(left_out)}"
    return f"Only {share:.0%} of what is held has a usable series of closes: {_reasons(left_out)}"


def _too_short(days: int) -> str:
    return f"There are {days} days of returns; {LEAST_DAYS} are needed."


def _reasons(left_out: Sequence[tuple[str, str]]) -> str:
    return _listed([f"{symbol} ({words.rstrip('.').lower()})" for symbol, words in left_out]) + "."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
