"""Which close stands for a day."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from portfolios.engine.closes import (
    Close,
    Split,
    UsableClose,
    closes_by_instrument,
    closes_on_days,
    splits_by_instrument,
    usable_close,
)
from portfolios.engine.records import PriceRecord, TransactionKind
from tests.portfolios.engine.market_facts import ACME, GLOBEX, closes, days_from, on, row


def test_the_close_of_the_day_itself_is_fresh() -> None:
    found = usable_close(closes(("2024-05-01", "10"), ("2024-05-02", "11")), on("2024-05-02"))

    assert found == UsableClose(Decimal(11), "USD", on("2024-05-02"), is_stale=False)


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2024-04-30", None), ("2024-05-01", False), ("2024-05-08", True), ("2024-05-09", None)],
)
def test_a_close_carries_over_seven_days_and_not_eight(day: str, expected: bool | None) -> None:
    found = usable_close(closes(("2024-05-01", "10")), on(day))

    assert (None if found is None else found.is_stale) == expected


def test_an_older_close_is_restated_for_a_split_since() -> None:
    held = closes(("2024-05-01", "100"))
    splits = [Split(on("2024-05-02"), Decimal(4)), Split(on("2024-05-09"), Decimal(2))]

    assert usable_close(held, on("2024-05-01"), splits=splits) == UsableClose(
        Decimal(100), "USD", on("2024-05-01"), is_stale=False
    )
    assert usable_close(held, on("2024-05-03"), splits=splits) == UsableClose(
        Decimal(25), "USD", on("2024-05-01"), is_stale=True
    )


def test_a_walk_over_days_gives_what_each_day_alone_gives() -> None:
    held = closes(("2024-05-02", "10"), ("2024-05-03", "11"), ("2024-05-20", "12"))
    splits = [Split(on("2024-05-05"), Decimal(2))]
    days = days_from("2024-05-01", 30)

    for known in ([], splits):
        assert closes_on_days(held, days, splits=known) == [
            usable_close(held, day, splits=known) for day in days
        ]


def test_prices_are_grouped_by_instrument_and_the_last_of_a_day_wins() -> None:
    def price(instrument_id: UUID, day: str, close: str) -> PriceRecord:
        return PriceRecord(
            instrument_id=instrument_id, day=on(day), close=Decimal(close), currency="USD", source="test"
        )

    grouped = closes_by_instrument(
        [
            price(ACME, "2024-05-02", "2"),
            price(GLOBEX, "2024-05-01", "9"),
            price(ACME, "2024-05-01", "1"),
            price(ACME, "2024-05-02", "3"),
        ]
    )

    assert grouped == {
        ACME: [Close(on("2024-05-01"), Decimal(1), "USD"), Close(on("2024-05-02"), Decimal(3), "USD")],
        GLOBEX: [Close(on("2024-05-01"), Decimal(9), "USD")],
    }


def test_splits_come_from_the_ledger_once_however_many_accounts_saw_them() -> None:
    split: dict[str, Any] = {"instrument_id": ACME, "ratio_new": Decimal(3), "ratio_old": Decimal(2)}
    rows = [
        row(TransactionKind.SPLIT, "2024-06-01", **split),
        row(
            TransactionKind.SPLIT, "2024-05-01", **split | {"ratio_new": Decimal(4), "ratio_old": Decimal(1)}
        ),
        row(TransactionKind.SPLIT, "2024-06-01", **split),
        row(TransactionKind.SPLIT, "2024-06-02", instrument_id=ACME),
        row(TransactionKind.SPLIT, "2024-06-02", ratio_new=Decimal(2), ratio_old=Decimal(1)),
        row(TransactionKind.BUY, "2024-06-02", instrument_id=ACME),
    ]

    assert splits_by_instrument(rows) == {
        ACME: [Split(on("2024-05-01"), Decimal(4)), Split(on("2024-06-01"), Decimal("1.5"))]
    }
