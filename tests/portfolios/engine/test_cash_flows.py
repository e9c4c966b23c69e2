"""Cash and external flows as the ledger states them."""

from decimal import Decimal

from portfolios.engine.cash_flows import CashChange, ExternalFlow, cash_changes, external_flows
from portfolios.engine.records import TransactionKind
from tests.portfolios.engine.market_facts import ACME, on, row


def test_both_legs_of_an_exchange_change_cash_and_a_split_does_not() -> None:
    rows = [
        row(TransactionKind.DEPOSIT, "2024-05-01", "1000"),
        row(
            TransactionKind.EXCHANGE,
            "2024-05-02",
            "-110",
            counter_amount=Decimal(100),
            counter_currency="EUR",
        ),
        row(TransactionKind.SPLIT, "2024-05-03", instrument_id=ACME),
    ]

    assert cash_changes(rows) == [
        CashChange(on("2024-05-01"), "USD", Decimal(1000)),
        CashChange(on("2024-05-02"), "USD", Decimal(-110)),
        CashChange(on("2024-05-02"), "EUR", Decimal(100)),
    ]


def test_only_capital_that_crosses_the_border_is_a_flow_and_its_fee_is_not() -> None:
    shares = Decimal(10)
    rows = [
        row(TransactionKind.DEPOSIT, "2024-05-01", "1000"),
        row(TransactionKind.WITHDRAWAL, "2024-05-02", "-101", fees=Decimal(1)),
        row(TransactionKind.DIVIDEND, "2024-05-03", "5", instrument_id=ACME),
        row(TransactionKind.BUY, "2024-05-03", "-50", instrument_id=ACME, quantity=shares),
        row(TransactionKind.TRANSFER_IN, "2024-05-04", instrument_id=ACME, quantity=shares),
        row(TransactionKind.OPENING, "2024-05-05", "7"),
        row(TransactionKind.GIFT, "2024-05-06", instrument_id=ACME, quantity=shares),
        row(TransactionKind.INHERITANCE, "2024-05-07", instrument_id=ACME, quantity=shares),
        row(TransactionKind.DELIVERY, "2024-05-08", instrument_id=ACME, quantity=-shares),
    ]

    assert external_flows(rows) == [
        ExternalFlow(on("2024-05-01"), "USD", Decimal(1000)),
        ExternalFlow(on("2024-05-02"), "USD", Decimal(-100)),
        ExternalFlow(on("2024-05-04"), "USD", Decimal(0), ACME, shares),
        ExternalFlow(on("2024-05-05"), "USD", Decimal(7)),
        ExternalFlow(on("2024-05-06"), "USD", Decimal(0), ACME, shares),
        ExternalFlow(on("2024-05-07"), "USD", Decimal(0), ACME, shares),
    ]
