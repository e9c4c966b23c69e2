"""Days that cannot be, still to come or before 1900, and days later than their statement."""

from datetime import UTC, date, datetime

import pytest

from portfolios.engine.records import RowStatus, Statement
from portfolios.engine.statements import values
from portfolios.engine.statements.csv_reading import read_csv, sniff_csv
from portfolios.engine.statements.flex import read_flex
from portfolios.engine.statements.refusals import RowError
from portfolios.engine.statements.values import DayOrder, check_happened, day_order
from tests.factories.statements import cash, deposit, flex, part, position, table, trade

TODAY = date(2025, 2, 10)


def wrong(statement: Statement) -> list[tuple[str, str, str]]:
    """Section, field and reason of the rows that were not understood."""
    return [(row.section, row.field, row.reason) for row in statement.rows if row.status is RowStatus.WRONG]


def days(statement: Statement) -> list[date]:
    """The days of the transactions that were read."""
    return [row.trade_date for account in statement.accounts for row in account.transactions]


@pytest.mark.parametrize("day", ["2025-02-10", "2025-02-11"])
def test_a_day_up_to_tomorrow_has_happened_somewhere(day: str) -> None:
    check_happened(date.fromisoformat(day), field="date", today=TODAY)


def test_the_day_after_tomorrow_is_still_to_come() -> None:
    with pytest.raises(RowError) as refusal:
        check_happened(date(2025, 2, 12), field="date", today=TODAY)
    assert (refusal.value.reason, refusal.value.field) == ("2025-02-12 is still to come", "date")


def test_a_trade_after_the_last_day_of_its_statement_is_kept_and_pointed_out() -> None:
    rows = [trade(1, "BUY", 10, "10", "2025-01-31"), trade(2, "BUY", 5, "10", "2025-02-01")]
    statement = read_flex(flex(part(first="2025-01-02", last="2025-01-31", Trades=rows)), today=TODAY)

    assert days(statement) == [date(2025, 1, 31), date(2025, 2, 1)]
    assert [row.reason for row in statement.rows if row.section == "Trades"] == [
        "",
        "dated after 31 Jan 2025, the last day of the statement",
    ]


def test_a_statement_of_days_to_come_gives_nothing_and_says_so_for_each_row() -> None:
    data = flex(
        part(
            first="2031-01-02",
            last="2031-01-31",
            Trades=[trade(1, "BUY", 10, "10", "2031-01-06")],
            CashTransactions=[deposit(2, "500", "2031-01-03")],
            OpenPositions=[position("10", "101", "2031-01-31")],
            CashReport=[cash("0", "399", "2031-01-31")],
        )
    )
    statement = read_flex(data, today=TODAY)
    (account,) = statement.accounts

    assert sorted(wrong(statement)) == [
        ("CashReport", "toDate", "2031-01-31 is still to come"),
        ("CashTransactions", "dateTime", "2031-01-03 is still to come"),
        ("OpenPositions", "reportDate", "2031-01-31 is still to come"),
        ("Trades", "tradeDate", "2031-01-06 is still to come"),
    ]
    assert (account.last_day, account.transactions, account.positions, account.cash, account.prices) == (
        None, (), (), (), ()
    )  # fmt: skip


def test_rows_of_csv_still_to_come_or_before_1900_are_wrong_by_line() -> None:
    data = table(
        "2025-02-03,buy,ACME,1,10,-10,USD",
        "2025-02-12,buy,ACME,1,10,-10,USD",
        "1899-12-31,buy,ACME,1,10,-10,USD",
        header="Date,Type,Symbol,Quantity,Price,Amount,Currency",
    )
    statement = read_csv(data, sniff_csv(data).mapping, today=TODAY)

    assert days(statement) == [date(2025, 2, 3)]
    assert [(row.line, row.field, row.reason) for row in statement.rows if row.status is RowStatus.WRONG] == [
        (3, "Date", "2025-02-12 is still to come"),
        (4, "Date", "the year 1899 cannot be right"),
    ]


def test_texts_that_are_no_dates_with_slashes_prove_no_order() -> None:
    assert day_order(["2024-03-04", "25/03/2024"]) is DayOrder.DAY_FIRST
    assert day_order(["2024-03-04"]) is DayOrder.UNKNOWN


def test_a_day_that_may_be_either_is_refused_where_no_order_is_known() -> None:
    with pytest.raises(RowError) as refusal:
        values.day("03/04/2024", field="tradeDate")
    assert (refusal.value.reason, refusal.value.field) == (
        "“03/04/2024” may be day or month first",
        "tradeDate",
    )


@pytest.mark.parametrize(
    ("clock", "hour", "minute"),
    [("09:30:00 +02:00", 7, 30), ("093000 -0330", 13, 0), ("093000 GMT", 9, 30)],
)
def test_a_time_counts_in_the_zone_that_stands_beside_it(clock: str, hour: int, minute: int) -> None:
    found = values.at(date(2024, 3, 4), clock, field="tradeTime")

    assert found == datetime(2024, 3, 4, hour, minute, tzinfo=UTC)


def test_a_time_in_a_zone_that_is_not_known_is_refused() -> None:
    with pytest.raises(RowError) as refusal:
        values.at(date(2024, 3, 4), "093000 MOON", field="tradeTime")
    assert (refusal.value.reason, refusal.value.field) == ("“093000 MOON” is not a time of day", "tradeTime")
