"""Volatility, Sharpe ratio and drawdowns."""

from decimal import Decimal

import pytest

from portfolios.engine.figures import UnavailableError
from portfolios.engine.intervals import interval_of, steps_of
from portfolios.engine.risk_figures import (
    DailyReturn,
    Drawdown,
    best_day,
    current_drawdown,
    daily_returns,
    explain_day,
    explain_drawdown,
    explain_sharpe,
    explain_volatility,
    sharpe_ratio,
    spread_of,
    worst_day,
    worst_drawdown,
)
from portfolios.engine.time_weighted import IndexPoint
from tests.portfolios.engine.market_facts import days_from, on, series, valued


def returns(*values: str) -> list[DailyReturn]:
    return [
        DailyReturn(day=day, return_=Decimal(value))
        for day, value in zip(days_from("2024-05-01", len(values)), values, strict=True)
    ]


def index(*levels: str) -> list[IndexPoint]:
    return [
        IndexPoint(day=day, level=Decimal(level))
        for day, level in zip(days_from("2024-05-01", len(levels)), levels, strict=True)
    ]


def test_gaps_idle_days_and_closed_markets_are_no_daily_returns() -> None:
    records = [
        valued("2024-05-01", "0"),
        valued("2024-05-02", "100", "100"),
        valued("2024-05-03", "110"),
        valued("2024-05-04", "110", stale=("ACME",)),
        valued("2024-05-05", None),
        valued("2024-05-06", "120"),
    ]

    assert daily_returns(steps_of(interval_of(records))) == [
        DailyReturn(day=on("2024-05-02"), return_=Decimal(0)),
        DailyReturn(day=on("2024-05-03"), return_=Decimal("0.1")),
    ]


def test_volatility_is_the_sample_deviation_times_the_root_of_252() -> None:
    # Mean 0.01; squares 0.0001 + 0.0001 over (3 − 1) give a deviation of 0.01.
    spread = spread_of(returns("0.00", "0.01", "0.02"), minimum=2)

    assert (spread.count, spread.mean, spread.deviation) == (3, Decimal("0.01"), Decimal("0.01"))
    assert round(spread.volatility, 10) == Decimal("0.1587450787")
    # (0.01 × 252 − 0.02) / 0.1587450787
    assert round(sharpe_ratio(spread, Decimal("0.02")), 8) == Decimal("15.74851971")


def test_too_few_returns_make_no_volatility() -> None:
    with pytest.raises(UnavailableError, match="needs at least 20 daily returns; there are 3"):
        spread_of(returns("0.00", "0.01", "0.02"))
    with pytest.raises(UnavailableError, match="needs at least 2 daily returns; there are 1"):
        spread_of(returns("0.00"), minimum=0)


def test_a_value_that_never_moves_has_no_sharpe_ratio() -> None:
    with pytest.raises(UnavailableError, match="did not swing at all"):
        sharpe_ratio(spread_of(returns("0.01", "0.01"), minimum=2), Decimal(0))


def test_volatility_and_sharpe_show_their_parts() -> None:
    spread = spread_of(returns("0.00", "0.01", "0.02"), minimum=2)

    assert [line.amount for line in explain_volatility(spread).lines] == [
        Decimal(3),
        Decimal("0.01"),
        Decimal("0.01"),
        spread.volatility,
    ]
    assert [line.amount for line in explain_sharpe(spread, Decimal("0.02")).lines] == [
        Decimal("2.52"),
        Decimal("-0.02"),
        Decimal("2.50"),
        spread.volatility,
        sharpe_ratio(spread, Decimal("0.02")),
    ]


def test_the_deepest_fall_has_a_peak_a_trough_and_a_recovery() -> None:
    found = worst_drawdown(index("1", "1.2", "1.1", "1.25", "1.0", "1.1", "1.25", "1.3", "1.2"))

    assert found == Drawdown(
        fall=Decimal("-0.2"), peak=on("2024-05-04"), trough=on("2024-05-05"), recovery=on("2024-05-07")
    )


def test_a_fall_that_is_not_made_good_has_no_recovery() -> None:
    levels = index("1", "0.5", "0.75")

    assert worst_drawdown(levels) == Drawdown(
        fall=Decimal("-0.5"), peak=on("2024-05-01"), trough=on("2024-05-02"), recovery=None
    )
    assert current_drawdown(levels) == Drawdown(
        fall=Decimal("-0.25"), peak=on("2024-05-01"), trough=on("2024-05-03"), recovery=None
    )


def test_a_value_that_only_rises_has_a_drawdown_of_zero() -> None:
    levels = index("1", "1.1", "1.1")

    assert worst_drawdown(levels) == Drawdown(
        fall=Decimal(0), peak=on("2024-05-01"), trough=on("2024-05-01"), recovery=on("2024-05-01")
    )
    assert current_drawdown(levels) == Drawdown(
        fall=Decimal(0), peak=on("2024-05-03"), trough=on("2024-05-03"), recovery=on("2024-05-03")
    )


def test_a_drawdown_shows_its_high_and_its_low() -> None:
    levels = index("1", "0.5", "0.75", "1")

    made_good = explain_drawdown("Drawdown", worst_drawdown(levels), levels)
    still_open = explain_drawdown("Drawdown", worst_drawdown(levels[:2]), levels[:2])
    none = explain_drawdown("Drawdown", worst_drawdown(levels[:1]), levels[:1])

    assert [(line.label, line.amount) for line in made_good.lines] == [
        ("High, 1 May 2024", Decimal(1)),
        ("Low, 2 May 2024", Decimal("0.5")),
        ("Fall", Decimal("-0.5")),
    ]
    assert made_good.notes == ("Made good on 4 May 2024.",)
    assert still_open.notes == ("Not yet made good.",)
    assert none.notes == ()


def test_the_best_and_the_worst_day_are_the_first_of_their_kind() -> None:
    found = returns("0.01", "-0.02", "0.03", "-0.02", "0.03")

    assert best_day(found).day == on("2024-05-03")
    assert worst_day(found).day == on("2024-05-02")
    with pytest.raises(UnavailableError, match="needs at least 1 daily return; there are 0"):
        best_day([])


def test_a_day_shows_its_gain_and_capital() -> None:
    steps = steps_of(interval_of(series("2024-05-01", ["100", "110"])))

    explanation = explain_day("Best day", best_day(daily_returns(steps)), steps, "USD")

    assert [(line.label, line.amount) for line in explanation.lines] == [
        ("Gain, 2 May 2024", Decimal(10)),
        ("Capital at work", Decimal(100)),
        ("Return", Decimal("0.1")),
    ]
