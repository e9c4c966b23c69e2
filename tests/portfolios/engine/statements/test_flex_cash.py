"""Cash of a Flex file: kinds, signs, totals, taxes, and keys."""

from datetime import date

import pytest

from portfolios.engine.records import RowStatus, TransactionKind
from tests.portfolios.engine.statements.flex_files import CASH, STOCK, TRADE, cash, d, flex, outcomes, read


@pytest.mark.parametrize(
    ("stated", "amount", "kind"),
    [
        ("Dividends", "50", TransactionKind.DIVIDEND),
        ("Payment In Lieu Of Dividends", "-5", TransactionKind.DIVIDEND),
        ("Withholding Tax", "-7.5", TransactionKind.TAX),
        ("Withholding Tax", "7.5", TransactionKind.TAX),
        ("871(m) Withholding", "-1", TransactionKind.TAX),
        ("Broker Interest Paid", "-3", TransactionKind.INTEREST),
        ("Broker Interest Received", "3", TransactionKind.INTEREST),
        ("Bond Interest Received", "20", TransactionKind.INTEREST),
        ("Other Fees", "-10", TransactionKind.FEE),
        ("Other Fees", "10", TransactionKind.FEE),
        ("Advisor Fees", "-10", TransactionKind.FEE),
        ("Commission Adjustments", "0.4", TransactionKind.FEE),
        ("Deposits/Withdrawals", "1000", TransactionKind.DEPOSIT),
        ("Deposits & Withdrawals", "-1000", TransactionKind.WITHDRAWAL),
        ("Cash Receipts", "100", TransactionKind.DEPOSIT),
    ],
)
def test_each_type_of_cash_has_its_kind_and_keeps_its_sign(
    stated: str, amount: str, kind: TransactionKind
) -> None:
    (made,) = read(cash(CASH | {"type": stated, "amount": amount})).transactions

    assert (made.kind, made.amount) == (kind, d(amount))
    assert made.natural_key == "ibkr:U1:cash:7001"


def test_a_dividend_names_its_instrument_and_its_day() -> None:
    row = STOCK | CASH | {"dateTime": "20240311;202000", "settleDate": "20240312"}
    (made,) = read(cash(row)).transactions

    assert made.instrument is not None
    assert (made.instrument.symbol, made.trade_date, made.settle_date) == (
        "ACME",
        date(2024, 3, 11),
        date(2024, 3, 12),
    )


def test_a_dividend_taken_back_is_negative_and_says_so() -> None:
    (made,) = read(
        cash(STOCK | CASH | {"amount": "-50", "description": "ACME CASH DIVIDEND - REVERSAL"})
    ).transactions

    assert (made.amount, made.note) == (d("-50"), "taken back: ACME CASH DIVIDEND - REVERSAL")


def test_a_return_of_capital_is_told_by_its_description() -> None:
    row = (
        STOCK | CASH | {"description": "ACME(US0000010019) CASH DIVIDEND USD 1 PER SHARE (Return of Capital)"}
    )
    (made,) = read(cash(row)).transactions

    assert made.kind is TransactionKind.RETURN_OF_CAPITAL


def test_totals_are_not_added_to_the_movements() -> None:
    data = cash(CASH, CASH | {"levelOfDetail": "SUMMARY", "transactionID": "7002"})

    assert [made.amount for made in read(data).transactions] == [d("50")]
    assert outcomes(data, "CashTransactions")[1].reason == "a total; the movements themselves were read"


def test_totals_alone_are_read() -> None:
    assert len(read(cash(CASH | {"levelOfDetail": "SUMMARY"})).transactions) == 1


def test_equal_fees_without_numbers_are_two_events() -> None:
    fee = {k: v for k, v in CASH.items() if k != "transactionID"} | {"type": "Other Fees", "amount": "-1.34"}
    made = read(cash(fee, fee)).transactions

    assert sum(row.amount for row in made) == d("-2.68")
    assert [row.natural_key[-2:] for row in made] == [":1", ":2"]


def test_the_key_does_not_depend_on_how_dates_and_numbers_are_written() -> None:
    fee = {k: v for k, v in CASH.items() if k != "transactionID"}
    one = read(cash(fee | {"dateTime": "2024-03-11", "amount": "50.00"})).transactions
    other = read(cash(fee | {"dateTime": "20240311;000000", "amount": "50"})).transactions

    assert one[0].natural_key == other[0].natural_key


def test_an_unknown_type_is_left_out_by_name() -> None:
    (outcome,) = outcomes(cash(CASH | {"type": "Moon Dust"}), "CashTransactions")

    assert (outcome.status, outcome.field) == (RowStatus.LEFT_OUT, "type")
    assert outcome.reason == "the type “Moon Dust” is not known"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"type": ""}, RowStatus.WRONG, "type"),
        ({"amount": ""}, RowStatus.WRONG, "amount"),
        ({"amount": "0"}, RowStatus.IGNORED, ""),
        ({"type": "Realized P/L"}, RowStatus.IGNORED, ""),
        ({"currency": "QQQ"}, RowStatus.WRONG, "currency"),
        ({"dateTime": ""}, RowStatus.WRONG, "dateTime"),
        ({"description": "(Return of Capital)"}, RowStatus.WRONG, "symbol"),
    ],
)
def test_cash_that_moves_nothing_or_says_nothing_is_set_aside(
    change: dict[str, str], status: RowStatus, field: str
) -> None:
    (outcome,) = outcomes(cash(CASH | change), "CashTransactions")

    assert (outcome.status, outcome.field) == (status, field)


def test_sales_tax_is_a_tax_of_its_own() -> None:
    row = {
        "currency": "USD",
        "date": "20240305",
        "salesTax": "-0.3",
        "taxType": "VAT",
        "taxableDescription": "DATA FEED",
        "transactionID": "7100",
    }
    (made,) = read(flex(("SalesTaxes", "SalesTax", [row]))).transactions

    assert (made.kind, made.amount, made.note) == (TransactionKind.TAX, d("-0.3"), "VAT on DATA FEED")


def test_a_transaction_tax_counts_once_whether_or_not_its_trade_has_it_inside() -> None:
    tax = STOCK | {"date": "20240304", "taxAmount": "-0.6", "tradeId": "8001", "taxDescription": "FTT"}
    inside = flex(
        ("Trades", "Trade", [TRADE | {"taxes": "-0.6", "netCash": "-201.6"}]),
        ("TransactionTaxes", "TransactionTax", [tax]),
    )
    beside = flex(("Trades", "Trade", [TRADE]), ("TransactionTaxes", "TransactionTax", [tax]))

    assert sum(made.amount for made in read(inside).transactions) == d("-201.6")
    assert sum(made.amount for made in read(beside).transactions) == d("-201.6")
    assert outcomes(inside, "TransactionTaxes")[0].status is RowStatus.IGNORED


def test_a_sales_tax_of_nothing_moves_no_cash() -> None:
    row = {"currency": "USD", "date": "20240305", "salesTax": "0", "transactionID": "7100"}
    data = flex(("SalesTaxes", "SalesTax", [row]))
    (outcome,) = outcomes(data, "SalesTaxes")

    assert read(data).transactions == ()
    assert (outcome.status, outcome.reason) == (RowStatus.IGNORED, "moves no cash")


@pytest.mark.parametrize(
    ("kind", "number", "found"),
    [("ISIN", "US0000010019", ("US0000010019", "")), ("CUSIP", "000001001", ("", "000001001"))],
)
def test_a_security_number_counts_as_the_type_it_says(kind: str, number: str, found: tuple[str, str]) -> None:
    row = CASH | {"symbol": "ACME", "securityIDType": kind, "securityID": number}
    (made,) = read(cash(row)).transactions

    assert made.instrument is not None
    assert (made.instrument.isin, made.instrument.cusip) == found
