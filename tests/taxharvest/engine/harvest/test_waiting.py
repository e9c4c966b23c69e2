"""Thresholds by name, months held, and the value of waiting as the table gives it."""

from datetime import date
from decimal import Decimal

import pytest

from taxharvest.engine.harvest.waiting import (
    COSTS,
    LEAST_LOST,
    MONTHS,
    PRICES,
    RATIOS,
    VOLATILITIES,
    LossWorth,
    Threshold,
    is_in_season,
    months_held,
    threshold_of,
    value_of_waiting,
    waiting_table,
)
from taxharvest.models import HarvestPolicy

D = Decimal


def worth(short: str = "0.3", long: str = "0.3", cost: str = "0.003", volatility: str = "0.20") -> LossWorth:
    """A loss worth 30 % of itself at a cost of 1 % of that, at a volatility of 20 %."""
    return LossWorth(short=D(short), long=D(long), cost=D(cost), volatility=D(volatility))


def entry(volatility: str, cost: str, ratio: str = "1", months: int = 7) -> tuple[Decimal, ...]:
    """A row of the table: the threshold, then the values by price."""
    place = (VOLATILITIES.index(D(volatility)), RATIOS.index(D(ratio)), COSTS.index(D(cost)))
    return waiting_table()[*place, MONTHS.index(months)]


def test_the_rules_are_those_of_an_account() -> None:
    assert [rule.value for rule in Threshold] == HarvestPolicy.Threshold.values
    assert (LEAST_LOST[Threshold.FIVE_PERCENT], LEAST_LOST[Threshold.TEN_PERCENT]) == (D("0.05"), D("0.10"))


def test_the_year_end_rule_takes_losses_in_december_alone() -> None:
    assert [month for month in range(1, 13) if is_in_season(Threshold.YEAR_END, date(2026, month, 15))] == [
        12
    ]
    assert is_in_season(Threshold.OPTION, date(2026, 6, 15))


@pytest.mark.parametrize(
    ("since", "day", "months"),
    [
        (date(2026, 3, 2), date(2026, 3, 20), 1),
        (date(2026, 3, 2), date(2026, 5, 1), 1),
        (date(2026, 3, 2), date(2026, 5, 2), 2),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2025, 11, 27), date(2026, 11, 27), 12),
        (date(2025, 11, 27), date(2026, 11, 28), 13),
        (date(2019, 1, 2), date(2026, 11, 27), 13),
    ],
)
def test_months_are_whole_and_a_year_to_the_day_is_still_short(since: date, day: date, months: int) -> None:
    assert months_held(since, day) == months


def test_at_an_entry_the_threshold_is_that_of_the_table() -> None:
    assert threshold_of(worth(), 7) == entry("0.20", "0.01")[0]


def test_between_two_volatilities_and_costs_it_lies_on_the_line() -> None:
    corners = [entry(volatility, cost)[0] for volatility in ("0.15", "0.20") for cost in ("0.01", "0.02")]

    assert threshold_of(worth(cost="0.0045", volatility="0.175"), 7) == sum(corners, D(0)) / 4


def test_the_age_is_the_nearest_one_and_never_crosses_the_year() -> None:
    short = worth(long="0.075")

    assert threshold_of(short, 6) == entry("0.20", "0.01", "0.25", 7)[0]
    assert threshold_of(short, 12) == entry("0.20", "0.01", "0.25", 12)[0]
    assert threshold_of(short, 13) == entry("0.20", "0.01", "0.25", 13)[0]


def test_waiting_is_counted_in_the_worth_of_a_dollar_of_loss() -> None:
    values = entry("0.20", "0.01")[1:]
    at_90, at_92 = values[PRICES.index(D("0.9"))], values[PRICES.index(D("0.92"))]

    assert value_of_waiting(worth(), price_to_basis=D("0.9"), months=7) == at_90 * D("0.3")
    assert value_of_waiting(worth(), price_to_basis=D("0.91"), months=7) == (at_90 + at_92) / 2 * D("0.3")


def test_beyond_the_table_its_edge_holds() -> None:
    assert threshold_of(worth(volatility="2"), 7) == entry("0.80", "0.01")[0]
    assert threshold_of(worth(volatility="0.01"), 7) == entry("0.05", "0.01")[0]
    assert threshold_of(worth(cost="0.3"), 7) == entry("0.20", "0.08")[0]


def test_below_the_lowest_price_the_line_goes_on() -> None:
    values = entry("0.20", "0.01")[1:]
    step = values[0] - values[1]

    assert value_of_waiting(worth(), price_to_basis=D("0.3"), months=7) == (values[0] + step) * D("0.3")


def test_waiting_is_worth_nothing_where_the_loss_is_worth_nothing() -> None:
    nothing = worth(short="-0.02", long="-0.1")

    assert value_of_waiting(nothing, price_to_basis=D("0.8"), months=3) == 0
    assert threshold_of(nothing, 3) == 0


def test_a_long_loss_that_costs_taxes_counts_as_one_worth_nothing() -> None:
    assert threshold_of(worth(long="-0.05"), 7) == entry("0.20", "0.01", "0")[0]


def test_harvest_and_wait_meet_at_the_threshold() -> None:
    """At the threshold the loss less its cost is worth what waiting is, but for the lines of the table."""
    for volatility in ("0.10", "0.20", "0.40"):
        at = threshold_of(worth(volatility=volatility), 7)
        net = D("0.3") * (1 - at) - D("0.003")
        waiting = value_of_waiting(worth(volatility=volatility), price_to_basis=at, months=7)
        assert abs(net - waiting) < D("0.001")
