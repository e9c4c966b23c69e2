"""Days without trading, by rule, against a calendar that others keep."""

from datetime import date

import exchange_calendars
import pytest

from trading.papergateway.exchange.holidays import (
    easter,
    nyse_early_closes,
    nyse_holidays,
    nyse_sessions,
)


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2000, 4, 23), (2019, 4, 21), (2024, 3, 31), (2026, 4, 5), (2038, 4, 25)]
)
def test_easter_falls_where_the_church_says(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


def test_the_holidays_of_2026_are_those_that_nyse_lists() -> None:
    assert sorted(nyse_holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 4, 3),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2026, 7, 3),
        date(2026, 9, 7),
        date(2026, 11, 26),
        date(2026, 12, 25),
    ]
    assert sorted(nyse_early_closes(2026)) == [date(2026, 11, 27), date(2026, 12, 24)]


def test_a_new_year_on_a_saturday_is_not_kept() -> None:
    assert date(2021, 12, 31) not in nyse_holidays(2021)
    assert date(2022, 1, 1) not in nyse_holidays(2022)


def test_sessions_agree_with_another_calendar_from_2026_to_2027() -> None:
    others = exchange_calendars.get_calendar("XNYS", start="2026-01-01", end="2027-11-30").schedule
    ours = nyse_sessions(date(2026, 1, 1), date(2027, 11, 30))

    assert [(each.opens, each.closes) for each in ours] == [
        (row.open.to_pydatetime(), row.close.to_pydatetime()) for row in others.itertuples()
    ]
