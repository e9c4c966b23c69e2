"""Dividends by month, costs by year."""

from decimal import Decimal

from portfolios.engine.exchange_rates import RateTable
from portfolios.engine.income import CostKind, base_rate, cost_history, dividend_history
from portfolios.engine.records import TransactionKind, TransactionRecord
from tests.portfolios.engine.market_facts import ACCOUNT, ACME, GLOBEX, PORTFOLIO, on, rates, row

ACCOUNTS = {ACCOUNT: PORTFOLIO}
DIVIDEND, TAX, FEE = TransactionKind.DIVIDEND, TransactionKind.TAX, TransactionKind.FEE


def costs(*rows: TransactionRecord) -> list[tuple[int, CostKind, Decimal | None]]:
    found = cost_history(rows, portfolios=ACCOUNTS, rates=RateTable())
    return [(item.year, item.kind, item.amount) for item in found]


def test_a_row_is_converted_at_its_own_rate_else_at_that_of_the_day() -> None:
    table = rates(("EUR", "2024-05-01", "1.2"))
    euro = row(DIVIDEND, "2024-05-01", "1", currency="EUR")

    assert base_rate(row(DIVIDEND, "2024-05-01", "1"), PORTFOLIO, table) == 1
    assert base_rate(
        row(DIVIDEND, "2024-05-01", currency="EUR", fx_rate=Decimal("1.1")), PORTFOLIO, table
    ) == (Decimal("1.1"))
    assert base_rate(euro, PORTFOLIO, table) == Decimal("1.2")
    assert base_rate(euro, PORTFOLIO, RateTable()) is None


def test_dividends_and_the_tax_on_them_are_gathered_by_month_and_instrument() -> None:
    rows = [
        row(DIVIDEND, "2024-05-02", "10", instrument_id=ACME),
        row(TAX, "2024-05-02", "-1.5", instrument_id=ACME),
        row(DIVIDEND, "2024-05-20", "4", instrument_id=ACME, fees=Decimal(1)),
        row(DIVIDEND, "2024-05-20", "7", instrument_id=GLOBEX, currency="EUR", fx_rate=Decimal(2)),
        row(DIVIDEND, "2024-04-20", "3"),
        row(TAX, "2024-05-20", "-9"),
        row(TAX, "2024-06-01", "0.5", instrument_id=ACME),
        row(DIVIDEND, "2024-07-01", "3", instrument_id=ACME, currency="CHF"),
        row(DIVIDEND, "2024-07-02", "3", instrument_id=ACME),
    ]

    found = dividend_history(rows, portfolios=ACCOUNTS, rates=RateTable())

    assert [(item.month, item.instrument_id, item.gross, item.withheld, item.net) for item in found] == [
        (on("2024-04-01"), None, Decimal(3), Decimal(0), Decimal(3)),
        (on("2024-05-01"), ACME, Decimal(15), Decimal("1.5"), Decimal("13.5")),
        (on("2024-05-01"), GLOBEX, Decimal(14), Decimal(0), Decimal(14)),
        (on("2024-06-01"), ACME, Decimal(0), Decimal("-0.5"), Decimal("0.5")),
        (on("2024-07-01"), ACME, None, Decimal(0), None),
    ]
    assert found[1].payments == (rows[0].id, rows[2].id, rows[1].id)


def test_costs_are_gathered_by_year_and_kind() -> None:
    assert costs(
        row(TransactionKind.BUY, "2023-05-02", "-101", fees=Decimal(1), instrument_id=ACME),
        row(TransactionKind.SELL, "2023-06-02", "98", fees=Decimal(2), instrument_id=ACME),
        row(TAX, "2023-06-02", "-3", instrument_id=ACME),
        row(FEE, "2024-01-01", "-10"),
        row(FEE, "2024-02-01", "4"),
        row(TAX, "2024-02-01", "-5"),
        row(TransactionKind.INTEREST, "2024-03-01", "-7"),
        row(TransactionKind.INTEREST, "2024-03-01", "8"),
        row(DIVIDEND, "2024-03-01", "8"),
    ) == [
        (2023, CostKind.TRADING, Decimal(3)),
        (2023, CostKind.WITHHOLDING, Decimal(3)),
        (2024, CostKind.ACCOUNT, Decimal(6)),
        (2024, CostKind.INTEREST, Decimal(7)),
        (2024, CostKind.TAX, Decimal(5)),
    ]


def test_a_cost_without_an_exchange_rate_is_not_known() -> None:
    assert costs(row(FEE, "2024-01-01", "-10"), row(FEE, "2024-01-01", "-10", currency="CHF")) == [
        (2024, CostKind.ACCOUNT, None)
    ]
