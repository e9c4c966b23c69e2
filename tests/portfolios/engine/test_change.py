"""Change, gain, average capital and simple return."""

from decimal import Decimal

import pytest

from portfolios.engine import change
from portfolios.engine.figures import SourceKind, UnavailableError
from portfolios.engine.intervals import Interval, interval_of
from tests.portfolios.engine.market_facts import on, valued


@pytest.fixture
def april() -> Interval:
    """A month of 30 days: 1,000 at the start, 300 in on day 11, 90 out on day 20, 1,250 at the end."""
    records = [
        valued("2024-03-31", "1000", "1000"),
        valued("2024-04-11", "1310", "300"),
        valued("2024-04-20", "1230", "-90"),
        valued("2024-04-30", "1250", stale=("ACME",)),
    ]
    return interval_of(records, first=on("2024-04-01"))


def test_the_gain_is_the_change_that_flows_do_not_explain(april: Interval) -> None:
    assert (change.change(april), change.net_flows(april), change.gain(april)) == (
        Decimal(250),
        Decimal(210),
        Decimal(40),
    )


def test_flows_count_in_the_average_for_the_days_they_were_at_work(april: Interval) -> None:
    # 300 for 20 of 30 days, 90 gone for 10 of 30: 1000 + 200 − 30.
    assert round(change.average_capital(april), 10) == Decimal(1170)
    assert round(change.simple_return(april), 10) == Decimal("0.0341880342")


def test_without_capital_there_is_no_simple_return() -> None:
    with pytest.raises(UnavailableError, match="no capital at work on average"):
        change.simple_return(interval_of([valued("2024-04-01", "0"), valued("2024-04-02", "5")]))


def test_change_and_gain_show_both_ends_and_what_was_paid_in(april: Interval) -> None:
    gain = change.explain_gain(april, "USD")

    assert [(line.label, line.amount) for line in change.explain_change(april, "USD").lines] == [
        ("Value at the end, 30 Apr 2024", Decimal(1250)),
        ("Value at the start, 31 Mar 2024", Decimal(-1000)),
        ("Change", Decimal(250)),
    ]
    assert [line.amount for line in gain.lines] == [
        Decimal(1250),
        Decimal(-1000),
        Decimal(-210),
        Decimal(40),
    ]
    assert gain.notes == ("Valued at an older close: ACME.",)
    assert gain.prices_as_of == on("2024-04-30")


def test_each_flow_is_a_line(april: Interval) -> None:
    lines = change.explain_flows(april, "USD").lines

    assert [(line.label, line.amount) for line in lines] == [
        ("Paid in, 11 Apr 2024", Decimal(300)),
        ("Taken out, 20 Apr 2024", Decimal(-90)),
        ("Net", Decimal(210)),
    ]
    assert lines[0].source is not None
    assert (lines[0].source.kind, lines[0].source.key) == (SourceKind.DAY, "2024-04-11")


def test_the_average_shows_each_weight(april: Interval) -> None:
    lines = change.explain_average(april, "USD").lines

    assert [(line.label, line.detail) for line in lines] == [
        ("Value at the start", ""),
        ("Paid in, 11 Apr 2024", "300.00 at work for 66.7 % of the interval"),
        ("Taken out, 20 Apr 2024", "-90.00 at work for 33.3 % of the interval"),
        ("Average capital", ""),
    ]
    assert [round(line.amount or 0, 8) for line in lines] == [1000, 200, -30, 1170]
    assert change.explain_simple_return(april, "USD").lines[-1].amount == change.simple_return(april)


def test_a_value_is_cash_and_holdings() -> None:
    record = valued("2024-04-01", "100", cash=Decimal(-20), stale=("ACME",))

    explanation = change.explain_value("Total value", record, "USD")

    assert [(line.label, line.amount) for line in explanation.lines] == [
        ("Cash", Decimal(-20)),
        ("Holdings", Decimal(120)),
        ("Value, 1 Apr 2024", Decimal(100)),
    ]
    assert explanation.notes == ("Valued at an older close: ACME.",)


def test_a_value_without_known_cash_is_one_line() -> None:
    lines = change.explain_value("Total value", valued("2024-04-01", "100", cash=None), "USD").lines

    assert [line.label for line in lines] == ["Value, 1 Apr 2024"]


def test_borrowed_cash_says_so() -> None:
    record = valued("2024-04-01", "100")

    assert change.explain_cash(record, Decimal(5), "USD").notes == ()
    assert change.explain_cash(record, Decimal(-5), "USD").notes == ("Negative cash is borrowed on margin.",)
