"""Holding periods: the day after, ends of months, leap years."""

import json
from datetime import date
from pathlib import Path

import pytest

from portfolios.engine.holding import is_long, long_from, term_of
from portfolios.engine.records import Term

CASES = Path(__file__).parents[4] / "shared" / "cases" / "tax" / "holding_and_dividends.json"


def cases() -> list[tuple[str, str, str]]:
    """The holding periods of the case file, where there is one."""
    if not CASES.exists():
        return []
    return [
        (case["input"]["acquired"], case["input"]["sold"], case["expected"]["term"])
        for case in json.loads(CASES.read_text(encoding="utf-8"))
        if case["kind"] == "holding_period"
    ]


@pytest.mark.parametrize(
    ("acquired", "first_long_day"),
    [
        ("2023-05-15", "2024-05-16"),  # the anniversary is still short
        ("2023-02-28", "2024-03-01"),  # last day of a month: first day of the 13th following month
        ("2024-02-29", "2025-03-01"),
        ("2024-02-28", "2025-03-01"),  # not the last day of February 2024
        ("2024-04-30", "2025-05-01"),
        ("2023-12-31", "2025-01-01"),
        ("2023-12-30", "2024-12-31"),
        ("2023-02-27", "2024-02-28"),
    ],
)
def test_a_lot_is_long_from_the_day_after_its_anniversary(acquired: str, first_long_day: str) -> None:
    assert long_from(date.fromisoformat(acquired)) == date.fromisoformat(first_long_day)


@pytest.mark.parametrize(
    ("acquired", "sold", "term"),
    [
        ("2024-02-29", "2025-02-28", "S"),
        ("2024-02-29", "2025-03-01", "L"),
        ("2024-02-28", "2025-03-01", "L"),
        ("2023-02-28", "2024-02-29", "S"),
        ("2023-02-28", "2024-03-01", "L"),
        ("2024-04-30", "2025-04-30", "S"),
        ("2023-12-31", "2024-12-31", "S"),
        ("2024-02-28", "2025-02-27", "S"),
        ("2024-02-28", "2025-02-28", "S"),
        *cases(),
    ],
)
def test_a_year_must_have_passed_by_the_calendar(acquired: str, sold: str, term: str) -> None:
    assert is_long(date.fromisoformat(acquired), date.fromisoformat(sold)) is (term == "L")


def test_the_last_days_of_the_calendar_are_short() -> None:
    assert not is_long(date(9999, 12, 31), date.max)


def test_a_period_without_a_first_day_has_no_term() -> None:
    assert term_of(None, date(2024, 1, 2)) is Term.UNKNOWN
