"""The figures that a risk report opens with, each beside its back-test."""

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from mlrecs.engine.coverage import SIGNIFICANCE, Coverage, coverage_of
from mlrecs.quant.features import SEED_DAYS
from mlrecs.quant.risk.checks import LEAST_TESTED, bias_check, tail_check
from mlrecs.quant.risk.measured import Measured
from mlrecs.quant.risk.measures import SURE, Beta, fall_of
from mlrecs.quant.risk.simulation import LEAST_HISTORY, Tail
from mlrecs.quant.risk.texts import amount, fraction

TRADING_DAYS = 252
PASSED, FAILED, UNTESTED, PAST = "passed", "failed", "untested", "past"
NO_FORECAST = "Describes the past and foretells nothing, so there is nothing to test."


def headline(measured: Measured, value: Decimal, beta: Beta | None, benchmark: str) -> list[dict[str, Any]]:
    """Volatility, value at risk and the mean loss beyond it at both levels, falls, and beta."""
    tails = measured.simulation.tails
    figures = [
        _volatility(measured),
        *(_value_at_risk(measured, tail) for tail in tails),
        *(_mean_beyond(measured, tail) for tail in tails),
        *_falls(measured),
        _beta(beta, benchmark),
    ]
    return [figure | {"amount": _amount(figure, value)} for figure in figures]


def _amount(figure: dict[str, Any], value: Decimal) -> str | None:
    is_loss = figure["key"].startswith(("var", "cvar"))
    return amount(value, figure["value"]) if is_loss else None


def _volatility(measured: Measured) -> dict[str, Any]:
    daily = float(measured.simulation.volatilities[-1])
    rows = measured.simulation.tested(measured.simulation.tails[0])
    check = bias_check(measured.simulation, rows)
    tested: dict[str, Any] = _untested(len(measured.returns))
    if check is not None:
        test = {
            "key": "bias",
            "label": f"Spread of returns over it; right between {check.low:.2f} and {check.high:.2f}",
            "value": fraction(check.bias),
            "passes": check.passes,
        }
        words = f"Returns were {check.bias:.2f} times as wide as foretold, over {check.days:,} days."
        tested = _check(check.passes, words, [test])
    return {
        "key": "volatility",
        "label": "Volatility, a year",
        "value": fraction(daily * math.sqrt(TRADING_DAYS)),
        "unit": "fraction",
        "words": f"{daily:.2%} a day, exponentially weighted (0.94)",
        "check": tested,
    }


def _value_at_risk(measured: Measured, tail: Tail) -> dict[str, Any]:
    percent = round(tail.level * 100)
    coverage = coverage_of(measured.simulation.failures(tail).tolist(), tail.level)
    return {
        "key": f"var_{percent}",
        "label": f"Value at risk, {percent} %, a day",
        "value": fraction(-math.expm1(float(tail.quantiles[-1]))),
        "unit": "fraction",
        "words": f"Lost or more on one day in {round(1 / (1 - tail.level))}",
        "check": _coverage_check(coverage, len(measured.returns)),
    }


def _coverage_check(coverage: Coverage, days: int) -> dict[str, Any]:
    if coverage.passes is None or coverage.days < LEAST_TESTED:
        return _untested(days)
    tests = [
        _test("kupiec", "Kupiec: as often as it says", coverage.unconditional),
        _test("independence", "Christoffersen: not in clusters", coverage.independence),
        _test("conditional", "Christoffersen: both together", coverage.conditional),
    ]
    words = (
        f"Exceeded on {coverage.count} of {coverage.days:,} days ({coverage.rate:.2%}); "
        f"{coverage.expected:.1f} were to be expected."
    )
    zone = None if coverage.zone is None else coverage.zone.value
    light = {"zone": zone, "recent": coverage.recent}
    return _check(coverage.passes, words, tests) | light


def _mean_beyond(measured: Measured, tail: Tail) -> dict[str, Any]:
    percent = round(tail.level * 100)
    rows = measured.simulation.tested(tail)
    check = tail_check(measured.simulation, tail, rows)
    if check.ratio is None or check.passes is None:
        words = f"Losses beyond the value at risk so far: {check.count}. Five are needed to judge their mean."
        tested = _untested(len(measured.returns)) if not len(rows) else _check(None, words, [])
    else:
        words = f"The {check.count} losses beyond the value at risk were {check.ratio:.2f} times as large."
        tested = _check(
            check.passes, words, [_test("tail", "McNeil and Frey: not larger than told", check.chance)]
        )
    return {
        "key": f"cvar_{percent}",
        "label": f"Mean loss beyond it, {percent} %",
        "value": fraction(-math.expm1(float(tail.means[-1]))),
        "unit": "fraction",
        "words": "Conditional value at risk, also called expected shortfall",
        "check": tested,
    }


def _falls(measured: Measured) -> Iterator[dict[str, Any]]:
    fall = fall_of(measured.returns)
    starts = ["the start", *(day.isoformat() for day in measured.days)]
    past: dict[str, Any] = {"unit": "fraction", "check": _past()}
    yield past | {
        "key": "drawdown",
        "label": "Deepest fall of these holdings",
        "value": fraction(fall.worst),
        "words": f"From {starts[fall.peak]} to {starts[fall.trough]}, at today's weights throughout",
    }
    yield past | {
        "key": "drawdown_now",
        "label": "Below the last high",
        "value": fraction(fall.now),
        "words": "At today's weights throughout",
    }


def _beta(beta: Beta | None, benchmark: str) -> dict[str, Any]:
    value, words = None, f"There is too little of {benchmark} to compare with."
    if not benchmark:
        words = "The book has closes of no index to compare with."
    check = _past()
    if beta is not None:
        value = fraction(beta.value)
        words = f"Against {benchmark} over {beta.days} days; correlation {beta.correlation:.2f}"
        low, high = beta.value - SURE * beta.error, beta.value + SURE * beta.error
        check = _past(f"An estimate: between {low:.2f} and {high:.2f} with 95 %.".replace("-", "−"))
    return {
        "key": "beta", "label": "Beta", "value": value, "unit": "ratio", "words": words, "check": check
    }  # fmt: skip


def _test(key: str, label: str, chance: float | None) -> dict[str, Any]:
    passes = None if chance is None else chance >= SIGNIFICANCE
    return {"key": key, "label": label, "p": fraction(chance), "passes": passes}


def _check(passes: bool | None, words: str, tests: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: FBT001
    verdict = UNTESTED if passes is None else PASSED if passes else FAILED
    whole = [{"p": None, "value": None} | test for test in tests]
    return {"verdict": verdict, "words": words, "tests": whole, "zone": None, "recent": None}


def _untested(days: int) -> dict[str, Any]:
    needed = SEED_DAYS + LEAST_HISTORY + LEAST_TESTED
    words = f"Not tested yet: that needs {needed} days of returns, and there are {days}."
    return _check(None, words, [])


def _past(words: str = NO_FORECAST) -> dict[str, Any]:
    return _check(None, words, []) | {"verdict": PAST}


def path_of(measured: Measured, days: int) -> dict[str, list[str | None]]:
    """The last days for a chart: the return of each, and both values at risk that were told for it."""
    told = {
        f"var_{round(tail.level * 100)}": [
            fraction(value) for value in np.expm1(tail.quantiles[:-1][-days:]).tolist()
        ]
        for tail in measured.simulation.tails
    }
    return {
        "days": [day.isoformat() for day in measured.days[-days:]],
        "returns": [fraction(value) for value in measured.returns[-days:].tolist()],
        **told,
    }
