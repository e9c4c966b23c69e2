"""Differences between book and statement, each with its likely cause."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from portfolios.engine.reconcile import (
    NOTHING_OMITTED,
    Omission,
    cash_differences,
    position_differences,
)
from portfolios.engine.records import TransactionKind, TransactionRecord

HOUSE, ACME, OTHER = UUID(int=1), UUID(int=10), UUID(int=11)


def row(kind: TransactionKind, quantity: str, day: int = 6, **changes: Any) -> TransactionRecord:
    """A row in ACME in January 2025."""
    values: dict[str, Any] = {
        "id": UUID(int=1000 + day),
        "portfolio_id": HOUSE,
        "kind": kind,
        "trade_date": date(2025, 1, day),
        "instrument_id": ACME,
        "quantity": Decimal(quantity),
        "currency": "USD",
    }
    return TransactionRecord(**(values | changes))


def cause(stated: str, held: str, rows: list[TransactionRecord], omitted: Omission = NOTHING_OMITTED) -> str:
    """The likely cause of one difference."""
    (difference,) = position_differences(
        stated={ACME: Decimal(stated)},
        held={ACME: Decimal(held)},
        rows=rows,
        symbols={ACME: "ACME"},
        omitted=omitted,
    )
    assert difference.difference == Decimal(held) - Decimal(stated)
    return difference.cause


BOUGHT = row(TransactionKind.BUY, "7")


@pytest.mark.parametrize(
    ("stated", "held", "rows", "words"),
    [
        ("30", "0", [], "it was bought before the first statement in the book"),
        ("14", "7", [BOUGHT], "the ratio of a split"),
        ("-14", "-7", [BOUGHT], "the ratio of a split"),
        ("4", "11", [BOUGHT, row(TransactionKind.BUY, "4", 7)], "the size of the buy of 6 Jan 2025"),
        (
            "4",
            "11",
            [BOUGHT, row(TransactionKind.OPENING, "4", 20)],
            "an opening position stands beside earlier transactions",
        ),
        ("0", "6", [BOUGHT], "a sale, an expiry or a transfer out is missing after the last row"),
        ("10", "7", [BOUGHT], "a purchase or a transfer in is missing"),
        ("5", "7", [BOUGHT], "a sale or a transfer out is missing: import the statement that covers it"),
        ("-5", "7", [BOUGHT], "a sale or a transfer out is missing"),
    ],
)
def test_a_difference_has_its_likely_cause(
    stated: str, held: str, rows: list[TransactionRecord], words: str
) -> None:
    assert words in cause(stated, held, rows)


def test_rows_that_were_left_out_come_first() -> None:
    omitted = Omission(rows=1, symbols=frozenset({"ACME"}))
    assert cause("30", "0", [], omitted).startswith("rows that name it were left out")


def test_what_agrees_within_rounding_is_no_difference() -> None:
    assert (
        position_differences(stated={ACME: Decimal("10.0001")}, held={ACME: Decimal(10)}, rows=[], symbols={})
        == []
    )


def test_what_the_statement_does_not_name_it_holds_at_zero() -> None:
    merged = row(TransactionKind.MERGER, "-7", counterpart_id=OTHER)
    (difference,) = position_differences(stated={}, held={OTHER: Decimal(3)}, rows=[merged], symbols={})
    assert difference.instrument_id == OTHER
    assert (difference.stated, difference.held) == (Decimal(0), Decimal(3))


def cash_cause(missing: str, start: str | None = None, rows_omitted: int = 0) -> str:
    """The likely cause of a difference in dollars; the book holds 100."""
    (difference,) = cash_differences(
        stated={"USD": Decimal(100) + Decimal(missing)},
        starts={} if start is None else {"USD": Decimal(start)},
        held={"USD": Decimal(100)},
        omitted=Omission(rows=rows_omitted),
    )
    assert difference.difference == -Decimal(missing)
    return difference.cause


def test_cash_that_the_statement_began_with_is_recognised() -> None:
    assert "the statement began with this cash" in cash_cause("150", "150")
    assert "began with cash that the book does not know" in cash_cause("150", "20")


def test_rows_that_were_left_out_explain_cash() -> None:
    assert cash_cause("5", None, 1).startswith("1 row was left out")
    assert cash_cause("5", None, 3).startswith("3 rows were left out")


def test_a_file_that_does_not_add_up_is_named() -> None:
    assert "do not add up to its own cash" in cash_cause("5")


def test_cash_that_agrees_to_the_cent_is_no_difference() -> None:
    assert cash_differences(stated={"USD": Decimal("1.009")}, starts={}, held={"USD": Decimal(1)}) == []
