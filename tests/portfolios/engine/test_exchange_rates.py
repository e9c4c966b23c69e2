"""Rates between currencies by day."""

from decimal import Decimal

from portfolios.engine.exchange_rates import Rate, RateQuote, RateTable, ledger_quotes
from portfolios.engine.records import TransactionKind
from tests.portfolios.engine.market_facts import PORTFOLIO, on, rates, row


def test_a_currency_is_worth_one_of_itself() -> None:
    assert RateTable().on_day("USD", "USD", on("2024-05-01")) == Rate(Decimal(1), is_stale=False)


def test_a_quoted_pair_gives_its_rate_and_its_inverse() -> None:
    table = rates(("EUR", "2024-05-01", "1.25"))

    assert table.on_day("EUR", "USD", on("2024-05-01")) == Rate(Decimal("1.25"), is_stale=False)
    assert table.on_day("USD", "EUR", on("2024-05-01")) == Rate(Decimal("0.8"), is_stale=False)
    assert table.on_day("EUR", "USD", on("2024-05-04")) == Rate(Decimal("1.25"), is_stale=True)
    assert table.on_day("EUR", "USD", on("2024-05-09")) is None
    assert table.on_day("CHF", "USD", on("2024-05-01")) is None


def test_a_pair_quoted_in_both_directions_keeps_both_quotes() -> None:
    table = RateTable(
        [
            RateQuote("EUR", "USD", on("2024-05-01"), Decimal("1.25")),
            RateQuote("USD", "EUR", on("2024-05-01"), Decimal("0.79")),
            RateQuote("USD", "EUR", on("2024-05-02"), Decimal("0.5")),
        ]
    )

    assert table.on_day("EUR", "USD", on("2024-05-01")) == Rate(Decimal("1.25"), is_stale=False)
    assert table.on_day("USD", "EUR", on("2024-05-01")) == Rate(Decimal("0.79"), is_stale=False)
    assert table.on_day("EUR", "USD", on("2024-05-02")) == Rate(Decimal(2), is_stale=False)


def test_two_currencies_meet_in_a_third() -> None:
    table = rates(("EUR", "2024-05-01", "1.2"), ("GBP", "2024-05-01", "1.5"), ("GBP", "2024-05-02", "1.8"))

    assert table.on_day("GBP", "EUR", on("2024-05-01")) is not None
    assert table.on_days("GBP", "EUR", [on("2024-05-01"), on("2024-05-02"), on("2024-05-20")]) == [
        Rate(Decimal("1.5") * (1 / Decimal("1.2")), is_stale=False),
        Rate(Decimal("1.8") * (1 / Decimal("1.2")), is_stale=True),
        None,
    ]


def test_a_fresh_cross_beats_a_stale_pair_and_a_fresh_pair_beats_a_cross() -> None:
    table = RateTable(
        [
            RateQuote("EUR", "GBP", on("2024-05-01"), Decimal("0.9")),
            RateQuote("EUR", "USD", on("2024-05-01"), Decimal("1.2")),
            RateQuote("EUR", "USD", on("2024-05-02"), Decimal("1.2")),
            RateQuote("USD", "GBP", on("2024-05-01"), Decimal("0.5")),
            RateQuote("USD", "GBP", on("2024-05-02"), Decimal("0.5")),
        ]
    )

    assert table.on_days("EUR", "GBP", [on("2024-05-01"), on("2024-05-02"), on("2024-05-03")]) == [
        Rate(Decimal("0.9"), is_stale=False),
        Rate(Decimal("0.60"), is_stale=False),
        Rate(Decimal("0.9"), is_stale=True),
    ]


def test_a_rate_that_is_not_positive_is_no_rate() -> None:
    assert rates(("EUR", "2024-05-01", "0")).on_day("EUR", "USD", on("2024-05-01")) is None


def test_the_ledger_quotes_the_rates_of_its_trades_and_not_those_of_carried_in_positions() -> None:
    rate = Decimal("1.1")
    rows = [
        row(TransactionKind.BUY, "2024-05-01", currency="EUR", fx_rate=rate),
        row(TransactionKind.BUY, "2024-05-02", currency="EUR"),
        row(TransactionKind.BUY, "2024-05-03", currency="USD", fx_rate=Decimal(1)),
        row(TransactionKind.OPENING, "2024-05-04", currency="EUR", fx_rate=Decimal(2)),
        row(TransactionKind.TRANSFER_IN, "2024-05-05", currency="EUR", fx_rate=Decimal(3)),
    ]

    assert ledger_quotes(rows, PORTFOLIO) == [RateQuote("EUR", "USD", on("2024-05-01"), rate)]
