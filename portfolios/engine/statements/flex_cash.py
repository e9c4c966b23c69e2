"""Cash of a Flex statement: dividends, interest, fees, taxes, deposits and withdrawals."""

from decimal import Decimal

from portfolios.engine.records import ParsedTransaction, RowStatus, TransactionKind
from portfolios.engine.statements.flex_desk import Desk
from portfolios.engine.statements.refusals import RowError, ignored, left_out
from portfolios.engine.statements.rows import Row

# The broker's types of cash transactions, in small letters; deposits and withdrawals are told by their sign.
KINDS = {
    "dividends": TransactionKind.DIVIDEND,
    "payment in lieu of dividends": TransactionKind.DIVIDEND,
    "withholding tax": TransactionKind.TAX,
    "871(m) withholding": TransactionKind.TAX,
    "broker interest paid": TransactionKind.INTEREST,
    "broker interest received": TransactionKind.INTEREST,
    "bond interest": TransactionKind.INTEREST,
    "bond interest paid": TransactionKind.INTEREST,
    "bond interest received": TransactionKind.INTEREST,
    "other income": TransactionKind.INTEREST,
    "other fees": TransactionKind.FEE,
    "broker fees": TransactionKind.FEE,
    "advisor fees": TransactionKind.FEE,
    "commission adjustments": TransactionKind.FEE,
    "price adjustments": TransactionKind.FEE,
}
MOVES = frozenset(
    (
        "deposits & withdrawals",
        "deposits/withdrawals",
        "deposits and withdrawals",
        "deposits",
        "withdrawals",
        "cash receipts",
    )
)
ABOUT_INSTRUMENTS = frozenset(
    (TransactionKind.DIVIDEND, TransactionKind.TAX, TransactionKind.RETURN_OF_CAPITAL)
)


def read_cash(rows: list[Row], desk: Desk) -> None:
    """Reads the single movements; totals count only in a statement that has nothing but totals."""
    has_details = any(not _is_total(row) for row in rows)
    for row in rows:
        if has_details and _is_total(row):
            desk.outcome(row, RowStatus.IGNORED, "a total; the movements themselves were read")
        else:
            desk.attempt(row, _cash)


def _is_total(row: Row) -> bool:
    return "SUMMARY" in row.text("levelOfDetail").upper()


def _cash(row: Row, desk: Desk) -> None:
    amount, currency = row.required("amount"), row.currency()
    kind = _kind(row, amount)
    if not amount:
        raise ignored("moves no cash")
    facts = desk.facts(row) if row.text("assetCategory").upper() != "CASH" else None
    if kind is TransactionKind.RETURN_OF_CAPITAL and facts is None:
        raise RowError("a return of capital must name its instrument", field="symbol")
    booked = row.day("dateTime", "date", "settleDate", "reportDate")
    desk.book(
        row,
        ParsedTransaction(
            natural_key=_key(row, desk, amount),
            line=row.line,
            section=row.section,
            row=row.cells,
            kind=kind,
            trade_date=booked,
            executed_at=row.moment("dateTime"),
            settle_date=row.optional_day("settleDate", "reportDate"),
            instrument=facts,
            amount=amount,
            currency=currency,
            fx_rate=desk.fx_rate(row, currency),
            note=_note(row, kind, amount),
        ),
    )


def _kind(row: Row, amount: Decimal) -> TransactionKind:
    stated = " ".join(row.text("type").split()).casefold()
    if not stated:
        raise RowError("the type is missing", field="type")
    if stated in MOVES:
        return TransactionKind.DEPOSIT if amount > 0 else TransactionKind.WITHDRAWAL
    if stated == "realized p/l":
        raise ignored("a gain as the broker reckons it, not a movement of cash")
    if stated not in KINDS:
        raise left_out(f"the type “{row.text('type')[:40]}” is not known", field="type")
    if stated == "dividends" and "return of capital" in row.text("description").casefold():
        return TransactionKind.RETURN_OF_CAPITAL
    return KINDS[stated]


def _key(row: Row, desk: Desk, amount: Decimal) -> str:
    if row.text("transactionID"):
        return desk.keys.by_id("cash", row.text("transactionID"))
    booked = row.day("dateTime", "date", "settleDate", "reportDate")
    return desk.keys.by_content(
        "cash",
        row.text("type"),
        booked,
        amount,
        row.text("currency"),
        row.text("description"),
        row.text("conid", "symbol"),
    )


def _note(row: Row, kind: TransactionKind, amount: Decimal) -> str:
    description = row.text("description")
    if row.text("type").casefold() == "payment in lieu of dividends":
        return f"payment in lieu of a dividend: {description}"
    taken_back = (kind is TransactionKind.DIVIDEND and amount < 0) or (
        kind is TransactionKind.TAX and amount > 0
    )
    return f"taken back: {description}" if taken_back else description


def read_sales_taxes(rows: list[Row], desk: Desk) -> None:
    """Sales tax (VAT) on the broker's fees, which the broker keeps apart from the fees themselves."""
    for row in rows:
        desk.attempt(row, _sales_tax)


def _sales_tax(row: Row, desk: Desk) -> None:
    _tax(row, desk, "salesTax", f"{row.text('taxType') or 'sales tax'} on {row.text('taxableDescription')}")


def read_transaction_taxes(rows: list[Row], trades: list[Row], desk: Desk) -> None:
    """Taxes on trades, unless the trade they belong to already has them inside."""
    taxed = {row.text("tradeID") for row in trades if row.text("tradeID") and row.text("taxes").strip("+-0.")}
    for row in rows:
        if row.text("tradeID", "tradeId") in taxed:
            desk.outcome(row, RowStatus.IGNORED, "the trade it belongs to has this tax inside")
        else:
            desk.attempt(row, _transaction_tax)


def _transaction_tax(row: Row, desk: Desk) -> None:
    _tax(row, desk, "taxAmount", row.text("taxDescription", "description") or "transaction tax")


def _tax(row: Row, desk: Desk, cell: str, note: str) -> None:
    amount, currency = row.required(cell), row.currency()
    if not amount:
        raise ignored("moves no cash")
    booked = row.day("date", "dateTime", "reportDate", "tradeDate")
    section = "sales-tax" if cell == "salesTax" else "transaction-tax"
    identifier = row.text("transactionID")
    content = (booked, amount, currency, note, row.text("conid", "symbol"))
    desk.book(
        row,
        ParsedTransaction(
            natural_key=desk.keys.by_id(section, identifier)
            if identifier
            else desk.keys.by_content(section, *content),
            line=row.line,
            section=row.section,
            row=row.cells,
            kind=TransactionKind.TAX,
            trade_date=booked,
            settle_date=row.optional_day("settleDate", "reportDate"),
            instrument=desk.facts(row),
            amount=amount,
            currency=currency,
            fx_rate=desk.fx_rate(row, currency),
            note=note,
        ),
    )
