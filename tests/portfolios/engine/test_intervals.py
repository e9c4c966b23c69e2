"""Steps between valued days: capital at work, gain, and what cannot be measured."""

from decimal import Decimal

import pytest

from portfolios.engine.figures import UnavailableError
from portfolios.engine.intervals import interval_of, steps_of
from portfolios.engine.records import ValuationRecord
from tests.portfolios.engine.market_facts import on, series, valued


def refusal(*records: ValuationRecord) -> str:
    with pytest.raises(UnavailableError) as refused:
        steps_of(interval_of(records))
    return refused.value.reason


def test_an_interval_opens_with_the_last_close_before_it() -> None:
    interval = interval_of(series("2024-05-01", ["1", "2", "3", "4"]), first=on("2024-05-03"))

    assert (interval.first_day, interval.last_day, interval.length_in_days) == (
        on("2024-05-02"),
        on("2024-05-04"),
        2,
    )
    assert interval.opening.value == 2


def test_a_book_that_begins_inside_the_interval_opens_empty_the_day_before() -> None:
    interval = interval_of(
        series("2024-05-01", ["1", "2", "3"]), first=on("2024-01-01"), last=on("2024-05-02")
    )

    assert (interval.first_day, interval.opening.value) == (on("2024-04-30"), Decimal(0))
    assert [record.day for record in interval.flow_days] == [on("2024-05-01")]
    assert interval.last_day == on("2024-05-02")


def test_an_interval_without_a_valuation_says_so() -> None:
    with pytest.raises(UnavailableError, match="There is no valuation in this interval"):
        interval_of(series("2024-05-01", ["1"]), first=on("2024-05-02"))


def test_an_inflow_works_from_the_start_of_its_day_and_an_outflow_until_its_end() -> None:
    first, paid_in, taken_out = steps_of(
        interval_of(
            [
                valued("2024-05-01", "100", "100"),
                valued("2024-05-02", "165", "50"),
                valued("2024-05-03", "132", "-49.5"),
            ]
        )
    )

    assert (first.capital, first.factor) == (Decimal(100), Decimal(1))
    assert (paid_in.capital, paid_in.gain, paid_in.factor) == (Decimal(150), Decimal(15), Decimal("1.1"))
    assert (taken_out.capital, taken_out.gain, taken_out.factor) == (
        Decimal(165),
        Decimal("16.5"),
        Decimal("1.1"),
    )
    assert (taken_out.inflow, taken_out.outflow) == (Decimal(0), Decimal("49.5"))


def test_days_without_a_value_are_bridged_exactly_when_nothing_flows() -> None:
    _, gap = steps_of(
        interval_of(
            [
                valued("2024-05-01", "100", "100"),
                valued("2024-05-02", None, missing=("ACME",)),
                valued("2024-05-03", "110"),
            ]
        )
    )

    assert (gap.start, gap.end, gap.factor) == (on("2024-05-01"), on("2024-05-03"), Decimal("1.1"))
    assert (gap.is_gap, gap.is_estimated) == (True, False)


def test_a_flow_inside_a_gap_is_weighted_by_its_time_at_work_and_marked_as_an_estimate() -> None:
    _, gap = steps_of(
        interval_of(
            [
                valued("2024-05-01", "100", "100"),
                valued("2024-05-02", None, "0", missing=("ACME",)),
                valued("2024-05-03", None, "40", missing=("ACME",)),
                valued("2024-05-04", None, "-20", missing=("ACME",)),
                valued("2024-05-05", "126.5", "0"),
            ]
        )
    )

    # 40 work for three of four days and the 20 that leave are gone for one: 100 + 30 - 5.
    assert (gap.capital, gap.gain, gap.factor) == (
        Decimal(125),
        Decimal("6.5"),
        Decimal("1.052"),
    )
    assert (gap.is_gap, gap.is_estimated) == (True, True)


def test_a_flow_at_the_end_of_a_gap_is_no_reason_to_call_it_an_estimate() -> None:
    _, gap = steps_of(
        interval_of(
            [
                valued("2024-05-01", "100", "100"),
                valued("2024-05-02", None, missing=("ACME",)),
                valued("2024-05-03", "90", "-20"),
            ]
        )
    )

    assert (gap.capital, gap.factor, gap.is_estimated) == (Decimal(100), Decimal("1.1"), False)


def test_an_empty_account_stands_still() -> None:
    steps = steps_of(interval_of([valued("2024-05-01", "0"), valued("2024-05-02", "3")]))

    assert [(step.factor, step.is_idle, step.gain) for step in steps] == [
        (Decimal(1), True, Decimal(0)),
        (Decimal(1), True, Decimal(3)),
    ]


def test_a_day_on_which_only_old_prices_stand_is_a_closed_market() -> None:
    records = series("2024-05-01", ["100", "100", "100"])
    records[1] = valued("2024-05-02", "100", stale=("ACME",))

    assert [step.is_closed_market for step in steps_of(interval_of(records))] == [False, True, False]


def test_what_is_missing_is_named() -> None:
    assert refusal(valued("2024-05-01", "1", "1"), valued("2024-05-02", None, missing=("B", "A"))) == (
        "There is no value on 2 May 2024: no usable price for A and B."
    )
    assert refusal(valued("2024-05-01", None, None)) == (
        "There is no value on 1 May 2024: no usable price for a holding."
    )
    assert refusal(valued("2024-05-01", "1", None, missing=("ACME",))) == (
        "What came in or went out on 1 May 2024 has no value: ACME."
    )
    assert refusal(valued("2024-05-01", "1", None)) == (
        "What came in or went out on 1 May 2024 has no value: a transfer."
    )


def test_an_interval_that_opens_without_a_value_cannot_be_measured() -> None:
    records = [valued("2024-05-01", None, missing=("ACME",)), valued("2024-05-02", "1")]

    with pytest.raises(UnavailableError, match="There is no value on 1 May 2024"):
        steps_of(interval_of(records, first=on("2024-05-02")))


def test_negative_capital_and_more_than_a_total_loss_have_no_return() -> None:
    assert refusal(valued("2024-05-01", "5", "5"), valued("2024-05-02", "-1")) == (
        "More than the whole capital was lost by 2 May 2024; returns cannot be linked beyond that."
    )
    assert refusal(valued("2024-05-01", "-5", "-5"), valued("2024-05-02", "-4")) == (
        "The account was worth less than nothing on 1 May 2024; a return on negative capital has no meaning."
    )
