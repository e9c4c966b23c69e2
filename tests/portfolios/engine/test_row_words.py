"""Transactions in a few words."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portfolios.engine.records import InstrumentFacts, ParsedTransaction, TransactionKind
from portfolios.engine.row_words import transaction_words

ACME, SPUN = InstrumentFacts(symbol="ACME"), InstrumentFacts(symbol="SPUN")


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        (
            TransactionKind.BUY,
            {"instrument": ACME, "quantity": Decimal("10.50"), "amount": Decimal(-1050), "currency": "USD"},
            "Buy 10.5 ACME −1,050.00 USD",
        ),
        (
            TransactionKind.DIVIDEND,
            {"instrument": ACME, "amount": Decimal(5), "currency": "USD"},
            "Dividend ACME 5.00 USD",
        ),
        (
            TransactionKind.SPLIT,
            {"instrument": ACME, "ratio_new": Decimal(2), "ratio_old": Decimal(1)},
            "Split 2 for 1 ACME",
        ),
        (TransactionKind.GIFT, {"instrument": ACME, "quantity": Decimal(3)}, "Gift 3 ACME"),
        (TransactionKind.INHERITANCE, {"instrument": ACME, "quantity": Decimal(3)}, "Inheritance 3 ACME"),
        (TransactionKind.DELIVERY, {"instrument": ACME, "quantity": Decimal(-3)}, "Delivery 3 ACME"),
        (TransactionKind.SPIN_OFF, {"instrument": ACME, "counterpart": SPUN}, "Spin off ACME to SPUN"),
        (
            TransactionKind.EXCHANGE,
            {
                "amount": Decimal(-10),
                "currency": "USD",
                "counter_amount": Decimal(9),
                "counter_currency": "EUR",
            },
            "Exchange −10.00 USD for 9.00 EUR",
        ),
    ],
)
def test_a_row_says_what_happened(kind: TransactionKind, values: dict[str, Any], words: str) -> None:
    row = ParsedTransaction(
        natural_key="k", line=1, section="s", row={}, kind=kind, trade_date=date(2025, 1, 1), **values
    )
    assert transaction_words(row) == words
