"""Legs of a transfer that no source ties together."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from portfolios.engine.records import TransactionKind, TransactionRecord
from portfolios.engine.transfer_pairs import MAX_DAYS_APART, pair_transfers

DAY = date(2026, 3, 2)
SHARE = uuid4()


def leg(
    kind: TransactionKind, quantity: int, *, days: int = 0, portfolio: UUID | None = None, **facts: Any
) -> TransactionRecord:
    return TransactionRecord(
        id=uuid4(),
        portfolio_id=portfolio or uuid4(),
        kind=kind,
        trade_date=DAY + timedelta(days=days),
        instrument_id=SHARE,
        quantity=Decimal(quantity),
        currency="USD",
        **facts,
    )


OUT, IN = TransactionKind.TRANSFER_OUT, TransactionKind.TRANSFER_IN


def test_legs_of_one_quantity_a_few_days_apart_belong_together() -> None:
    paired = pair_transfers([leg(OUT, -5), leg(IN, 5, days=4)])

    assert paired[0].transfer_id is not None
    assert paired[0].transfer_id == paired[1].transfer_id


def test_another_quantity_or_too_many_days_are_two_events() -> None:
    rows = [leg(OUT, -5), leg(IN, 6), leg(IN, 5, days=MAX_DAYS_APART + 1)]

    assert [row.transfer_id for row in pair_transfers(rows)] == [None, None, None]


def test_a_leg_within_one_account_is_not_a_transfer() -> None:
    account = uuid4()

    rows = pair_transfers([leg(OUT, -5, portfolio=account), leg(IN, 5, portfolio=account)])

    assert [row.transfer_id for row in rows] == [None, None]


def test_the_nearest_day_wins_and_each_leg_is_used_once() -> None:
    out, near, far = leg(OUT, -5), leg(IN, 5, days=1), leg(IN, 5, days=3)

    paired = {row.id: row.transfer_id for row in pair_transfers([far, near, out])}

    assert paired[out.id] == paired[near.id]
    assert paired[far.id] is None


def test_legs_that_name_a_transfer_or_their_cost_stay_as_they_are() -> None:
    named, priced = leg(OUT, -5, transfer_id=uuid4()), leg(IN, 5, cost=Decimal(100))

    assert pair_transfers([named, priced, leg(IN, 5)])[0] == named
    assert pair_transfers([leg(OUT, -5), priced])[1] == priced
