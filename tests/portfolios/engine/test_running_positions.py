"""How rows change positions, forwards and backwards."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.records import PositionEffect, TransactionKind, TransactionRecord
from portfolios.engine.running_positions import apply_row, oversold_rows, quantities_before

HOUSE, ACME, SPUN = UUID(int=1), UUID(int=10), UUID(int=11)


def row(kind: TransactionKind, quantity: str = "0", number: int = 1, **changes: Any) -> TransactionRecord:
    """A row in ACME."""
    values: dict[str, Any] = {
        "id": UUID(int=1000 + number),
        "portfolio_id": HOUSE,
        "kind": kind,
        "trade_date": date(2025, 1, 1),
        "instrument_id": ACME,
        "quantity": Decimal(quantity),
        "currency": "USD",
    }
    return TransactionRecord(**(values | changes))


RATIO: dict[str, Any] = {"ratio_new": Decimal(2), "ratio_old": Decimal(1)}


@pytest.mark.parametrize(
    ("event", "before", "after"),
    [
        (row(TransactionKind.BUY, "5"), {ACME: 10}, {ACME: 15}),
        (row(TransactionKind.SELL, "-5"), {ACME: 10}, {ACME: 5}),
        (row(TransactionKind.GIFT, "5"), {ACME: 10}, {ACME: 15}),
        (row(TransactionKind.DELIVERY, "-5"), {ACME: 10}, {ACME: 10}),
        (row(TransactionKind.SPLIT, "10"), {ACME: 10}, {ACME: 20}),
        (row(TransactionKind.SPLIT, "0", **RATIO), {ACME: 10}, {ACME: 20}),
        (row(TransactionKind.SPIN_OFF, "2", counterpart_id=SPUN), {ACME: 10, SPUN: 0}, {ACME: 10, SPUN: 2}),
        (
            row(TransactionKind.MERGER, "-10", counterpart_id=SPUN, counter_quantity=Decimal(3)),
            {ACME: 10, SPUN: 0},
            {ACME: 0, SPUN: 3},
        ),
        (
            row(TransactionKind.MERGER, counterpart_id=SPUN, counter_quantity=Decimal(20), **RATIO),
            {ACME: 10, SPUN: 0},
            {ACME: 0, SPUN: 20},
        ),
        (row(TransactionKind.DIVIDEND, instrument_id=None), {ACME: 10}, {ACME: 10}),
    ],
)
def test_a_row_changes_positions_and_is_taken_back(
    event: TransactionRecord, before: dict[UUID, int], after: dict[UUID, int]
) -> None:
    held = {key: Decimal(value) for key, value in before.items()}
    apply_row(held, event)
    assert held == after
    assert quantities_before(held, [event]) == before


def test_a_merger_of_an_unknown_number_of_shares_cannot_be_taken_back() -> None:
    event = row(TransactionKind.MERGER, counterpart_id=SPUN, counter_quantity=Decimal(3))
    assert quantities_before({SPUN: Decimal(3)}, [event]) == {SPUN: 0, ACME: None}


def test_a_split_that_says_nothing_cannot_be_taken_back() -> None:
    earlier = row(TransactionKind.BUY, "1")
    assert quantities_before({ACME: Decimal(3)}, [earlier, row(TransactionKind.SPLIT)]) == {ACME: None}


def test_a_split_that_says_nothing_changes_nothing() -> None:
    held = {ACME: Decimal(3)}
    apply_row(held, row(TransactionKind.SPLIT))
    assert held == {ACME: 3}


def test_a_cash_merger_leaves_nothing() -> None:
    held = {ACME: Decimal(3)}
    merger = row(TransactionKind.MERGER, "-3")
    apply_row(held, merger)
    assert held == {ACME: 0}
    assert quantities_before(held, [merger]) == {ACME: 3}


def test_a_sale_of_more_than_is_held_is_refused_and_the_next_one_is_judged_without_it() -> None:
    rows = [
        row(TransactionKind.BUY, "10", 1),
        row(TransactionKind.SELL, "-15", 2),
        row(TransactionKind.SELL, "-10", 3),
        row(TransactionKind.SELL, "-1", 4),
    ]
    everything = frozenset(item.id for item in rows)
    assert oversold_rows({}, rows, everything) == {rows[1].id: 10, rows[3].id: 0}


def test_a_short_sale_and_a_row_of_the_book_are_never_refused() -> None:
    short = row(TransactionKind.SELL, "-5", 1, position_effect=PositionEffect.OPEN)
    known = row(TransactionKind.SELL, "-5", 2)
    assert oversold_rows({}, [short, known], frozenset({short.id})) == {}


def test_nothing_is_held_while_a_short_position_is_open() -> None:
    sale = row(TransactionKind.SELL, "-1", 1)
    assert oversold_rows({ACME: Decimal(-5)}, [sale], frozenset({sale.id})) == {sale.id: 0}


@given(st.lists(st.integers(-1000, 1000).filter(bool), max_size=20), st.integers(-1000, 1000))
def test_walking_back_undoes_walking_forwards(changes: list[int], start: int) -> None:
    rows = [
        row(TransactionKind.BUY if change > 0 else TransactionKind.SELL, str(change), number)
        for number, change in enumerate(changes)
    ]
    held = {ACME: Decimal(start)}
    for item in rows:
        apply_row(held, item)
    assert quantities_before(held, rows) == {ACME: start}
