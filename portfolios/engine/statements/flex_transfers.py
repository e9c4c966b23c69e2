"""Transfers of a Flex statement: securities and cash that come from or go to another account."""

from collections import defaultdict
from decimal import Decimal

from portfolios.engine.records import ParsedTransaction, RowStatus, TransactionKind
from portfolios.engine.statements.flex_desk import Desk
from portfolios.engine.statements.refusals import RowError, ignored, left_out
from portfolios.engine.statements.rows import Row


def read_transfers(rows: list[Row], desk: Desk) -> None:
    """Reads transfers by lot where the lots of a transfer add up to it, else as a whole."""
    lots: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if _is_lot(row):
            lots[_about(row)].append(row)
    for row in rows:
        if not _is_lot(row):
            desk.attempt(row, lambda row, desk: _transfer(row, desk, lots.pop(_about(row), [])))
    for orphans in lots.values():
        for row in orphans:
            desk.outcome(row, RowStatus.LEFT_OUT, "a lot of a transfer that the statement does not have")


def _is_lot(row: Row) -> bool:
    return row.tag == "TransferLot" or row.text("levelOfDetail").upper() == "LOT"


def _about(row: Row) -> tuple[str, ...]:
    return (
        row.text("conid", "isin", "symbol"),
        row.text("date", "reportDate"),
        row.text("direction").upper(),
    )


def _transfer(row: Row, desk: Desk, lots: list[Row]) -> None:
    cash, quantity = row.number("cashTransfer"), row.number("quantity") or Decimal(0)
    if cash:
        _set_aside(lots, desk)
        desk.book(row, _cash(row, desk, _signed(row, cash)))
    elif not quantity:
        _set_aside(lots, desk)
        raise ignored("moves neither securities nor cash")
    elif row.text("assetCategory").upper() == "CASH":
        _set_aside(lots, desk)
        raise left_out("a transfer of a currency position; enter it as a deposit or withdrawal")
    else:
        _securities(row, desk, _signed(row, quantity), lots)


def _signed(row: Row, stated: Decimal) -> Decimal:
    """The change in this account: the direction decides where it is stated, else the sign."""
    direction = row.text("direction").upper()
    if direction not in ("IN", "OUT", ""):
        raise RowError(f"“{row.text('direction')[:20]}” is neither IN nor OUT", field="direction")
    if not direction:
        return stated
    return abs(stated) if direction == "IN" else -abs(stated)


def _cash(row: Row, desk: Desk, amount: Decimal) -> ParsedTransaction:
    currency, day = row.currency(), row.day("date", "dateTime", "reportDate")
    return ParsedTransaction(
        natural_key=_key(row, desk, amount),
        line=row.line,
        section=row.section,
        row=row.cells,
        kind=TransactionKind.DEPOSIT if amount > 0 else TransactionKind.WITHDRAWAL,
        trade_date=day,
        executed_at=row.moment("dateTime"),
        settle_date=row.optional_day("settleDate", "reportDate"),
        amount=amount,
        currency=currency,
        fx_rate=desk.fx_rate(row, currency),
        note=_note(row),
    )


def _securities(row: Row, desk: Desk, quantity: Decimal, lots: list[Row]) -> None:
    stated = [(lot, _signed(lot, lot.required("quantity"))) for lot in lots]
    by_lot = bool(stated) and sum((part for _, part in stated), Decimal(0)) == quantity
    whole = _movement(row, row, desk, quantity, _key(row, desk, quantity))
    if not by_lot:
        desk.book(row, whole)
        _set_aside(lots, desk)
        return
    parts = [
        _movement(row, lot, desk, part, f"{whole.natural_key}/lot{count}")
        for count, (lot, part) in enumerate(stated, 1)
    ]
    desk.book(row, *parts)
    for lot, part in zip(lots, parts, strict=True):
        desk.outcome(lot, RowStatus.READ, f"belongs to the transfer of line {row.line}", key=part.natural_key)


def _movement(row: Row, source: Row, desk: Desk, quantity: Decimal, key: str) -> ParsedTransaction:
    currency = row.currency()
    is_lot = source is not row
    return ParsedTransaction(
        natural_key=key,
        line=source.line,
        section=row.section,
        row=source.cells,
        kind=TransactionKind.TRANSFER_IN if quantity > 0 else TransactionKind.TRANSFER_OUT,
        trade_date=row.day("date", "dateTime", "reportDate"),
        executed_at=row.moment("dateTime"),
        settle_date=row.optional_day("settleDate", "reportDate"),
        instrument=desk.required_facts(row),
        quantity=quantity,
        currency=currency,
        fx_rate=desk.fx_rate(row, currency),
        cost=source.number("costBasisMoney", "cost") if is_lot else None,
        acquired=source.optional_day("holdingPeriodDateTime", "openDateTime") if is_lot else None,
        note=_note(row),
    )


def _set_aside(lots: list[Row], desk: Desk) -> None:
    for lot in lots:
        desk.outcome(
            lot, RowStatus.IGNORED, "the lots do not add up to the transfer, which was read as a whole"
        )


def _key(row: Row, desk: Desk, moved: Decimal) -> str:
    if row.text("transactionID"):
        return desk.keys.by_id("transfer", row.text("transactionID"))
    day = row.day("date", "dateTime", "reportDate")
    return desk.keys.by_content(
        "transfer", row.text("type"), day, moved, row.text("conid", "symbol"), row.text("currency")
    )


def _note(row: Row) -> str:
    other = row.text("company", "account", "accountName")
    return " ".join(
        filter(None, (row.text("type") or "transfer", "with", other) if other else (row.text("type"),))
    )
