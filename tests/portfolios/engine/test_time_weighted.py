"""The time-weighted return against examples worked by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.figures import LineKind, UnavailableError
from portfolios.engine.intervals import Step, interval_of, steps_of
from portfolios.engine.records import ValuationRecord
from portfolios.engine.time_weighted import (
    annualised,
    explain_annualised,
    explain_time_weighted,
    growth_index,
    sub_periods,
    time_weighted_return,
)
from tests.portfolios.engine.market_facts import days_from, on, series, valued

MONTH = [
    valued("2023-12-31", "74.2", "74.2"),
    valued("2024-01-13", "67.0"),
    valued("2024-01-14", "104.1", "37.1"),
    valued("2024-01-31", "104.4"),
]


def steps(records: list[ValuationRecord]) -> list[Step]:
    return steps_of(interval_of(records))


def test_a_deposit_after_a_fall_does_not_hide_it() -> None:
    # 67.0 / 74.2 × 104.4 / 104.1 − 1
    assert round(time_weighted_return(steps(MONTH)), 10) == Decimal("-0.0944328359")


def test_two_years_with_a_dividend_taken_out_and_a_second_share_bought() -> None:
    # One share at 200; a year later 5 are paid out and a second is bought at 225; both end at 240.
    records = [
        valued("2022-01-01", "200", "200"),
        valued("2022-12-31", "225", "-5"),
        valued("2023-01-01", "450", "225"),
        valued("2024-01-01", "480"),
    ]

    # 1.15 × 480 / 450 − 1
    assert round(time_weighted_return(steps(records)), 10) == Decimal("0.2266666667")


def test_sub_periods_reach_from_flow_to_flow_and_link_to_the_return() -> None:
    found = sub_periods(steps(MONTH))

    assert [(item.start, item.end, item.start_capital) for item in found] == [
        (on("2023-12-30"), on("2024-01-13"), Decimal("74.2")),
        (on("2024-01-13"), on("2024-01-31"), Decimal("104.1")),
    ]
    assert [round(item.end_capital, 6) for item in found] == [Decimal("67.0"), Decimal("104.4")]


def test_the_explanation_shows_each_sub_period_and_the_linked_result() -> None:
    interval = interval_of(MONTH)

    explanation = explain_time_weighted(interval, steps(MONTH), "USD")

    assert [(line.label, line.detail, line.kind) for line in explanation.lines] == [
        ("30 Dec 2023 to 13 Jan 2024", "74.20 USD became 67.00 USD", LineKind.LINE),
        ("13 Jan 2024 to 31 Jan 2024", "104.10 USD became 104.40 USD", LineKind.LINE),
        ("Linked together", "", LineKind.RESULT),
    ]
    assert explanation.lines[-1].amount == time_weighted_return(steps(MONTH))
    assert explanation.prices_as_of == on("2024-01-31")
    assert explanation.notes == ()


def test_the_explanation_says_what_was_bridged_estimated_and_left_out() -> None:
    records = [
        valued("2024-05-01", "100", "100"),
        valued("2024-05-02", None, "10", missing=("ACME",)),
        valued("2024-05-03", "120"),
        valued("2024-05-04", "0", "-120"),
        valued("2024-05-05", "3"),
        valued("2024-05-06", "0", "-3"),
        valued("2024-05-07", None),
        valued("2024-05-08", "0"),
    ]

    explanation = explain_time_weighted(interval_of(records), steps(records), "USD")

    assert explanation.notes == (
        "2 stretches without a value were bridged from one valued day to the next.",
        "Flows inside such a stretch are weighted by time (modified Dietz): an estimate.",
        "3.00 USD came while no capital was at work; it belongs to no return.",
    )


def test_without_any_capital_there_is_no_return() -> None:
    with pytest.raises(UnavailableError, match="no capital at work"):
        time_weighted_return(steps([valued("2024-05-01", "0"), valued("2024-05-02", "0")]))


def test_a_total_loss_is_minus_one_hundred_percent() -> None:
    assert time_weighted_return(steps(series("2024-05-01", ["100", "0", "0"]))) == -1


def test_only_more_than_a_year_is_annualised() -> None:
    assert annualised(Decimal("0.21"), 730) == Decimal("0.1")
    with pytest.raises(UnavailableError, match="A return over a year or less is not scaled up"):
        annualised(Decimal("0.21"), 365)


def test_annualising_is_explained() -> None:
    assert [line.amount for line in explain_annualised(Decimal("0.21"), 730).lines] == [
        Decimal("0.21"),
        Decimal(730),
        Decimal("0.1"),
    ]


def test_the_index_grows_by_the_returns_and_leaves_gaps_open() -> None:
    records = [
        valued("2024-05-01", "100", "100"),
        valued("2024-05-02", "210", "100"),
        valued("2024-05-03", None),
        valued("2024-05-04", "231"),
    ]

    index = growth_index(interval_of(records), steps(records))

    assert [(point.day, point.level) for point in index] == [
        (on("2024-04-30"), Decimal(1)),
        (on("2024-05-01"), Decimal(1)),
        (on("2024-05-02"), Decimal("1.05")),
        (on("2024-05-04"), Decimal("1.155")),
    ]


RETURNS = st.lists(
    st.tuples(
        st.decimals("-0.5", "0.5", places=4),
        st.decimals("-0.9", "2", places=2),
    ),
    min_size=1,
    max_size=30,
)


@given(RETURNS)
def test_paying_in_and_taking_out_never_changes_the_return(parts: list[tuple[Decimal, Decimal]]) -> None:
    value, expected = Decimal(1000), Decimal(1)
    records = [valued("2024-01-01", "1000", "1000")]
    for day, (return_, share) in zip(days_from("2024-01-02", len(parts)), parts, strict=True):
        # A negative share leaves at the end of the day, a positive one arrives at its start.
        inflow = value * share if share > 0 else Decimal(0)
        grown = (value + inflow) * (1 + return_)
        outflow = grown * -share if share < 0 else Decimal(0)
        value = grown - outflow
        expected *= 1 + return_
        records.append(valued(day.isoformat(), str(value), str(inflow - outflow)))

    assert abs(time_weighted_return(steps(records)) - (expected - 1)) < Decimal("1e-18") * expected


@given(RETURNS)
def test_sub_periods_always_link_to_the_whole(parts: list[tuple[Decimal, Decimal]]) -> None:
    value = Decimal(1000)
    records = [valued("2024-01-01", "1000", "1000")]
    for day, (return_, share) in zip(days_from("2024-01-02", len(parts)), parts, strict=True):
        flow = value * share
        value = (value + max(flow, Decimal(0))) * (1 + return_) + min(flow * (1 + return_), Decimal(0))
        flow = flow if flow > 0 else flow * (1 + return_)
        records.append(valued(day.isoformat(), str(value), str(flow)))

    linked = Decimal(1)
    for period in sub_periods(steps(records)):
        linked *= 1 + period.return_
    assert abs(linked - 1 - time_weighted_return(steps(records))) < Decimal("1e-18") * linked
