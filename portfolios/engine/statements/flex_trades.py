"""Trades of a Flex statement: purchases, sales and exchanges, their cancellations and corrections."""

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from common.money import ARITHMETIC, quantize
from portfolios.engine.records import (
    ParsedTransaction,
    PositionEffect,
    RowStatus,
    StatedPrice,
    TransactionKind,
)
from portfolios.engine.statements.currencies import currency_code
from portfolios.engine.statements.flex_desk import ORDER_LIMIT, Desk, fitting
from portfolios.engine.statements.refusals import RowError, left_out
from portfolios.engine.statements.rows import Row

LEVELS = {
    "Trade": "EXECUTION",
    "Order": "ORDER",
    "SymbolSummary": "SYMBOL_SUMMARY",
    "AssetSummary": "ASSET_SUMMARY",
    "Lot": "CLOSED_LOT",
    "WashSale": "WASH_SALE",
}
REPEATS = {
    "ORDER": "an order that sums up executions; the executions were read",
    "SYMBOL_SUMMARY": "a total for the symbol; the trades themselves were read",
    "ASSET_SUMMARY": "a total for the asset class; the trades themselves were read",
    "CLOSED_LOT": "a lot that the broker closed; the book derives its own lots",
    "WASH_SALE": "a wash sale as the broker sees it; the book derives its own",
}
EFFECTS = {"O": PositionEffect.OPEN, "C": PositionEffect.CLOSE, "C;O": PositionEffect.OPEN}
_PAIR = re.compile(r"([A-Za-z]{3})[./]([A-Za-z]{3})")
_CORRECTION = re.compile(r"(.+)\.([0-9]{2})")


@dataclass(frozen=True, slots=True)
class _Booked:
    """A trade row and what it became, for the cancellations that look for it."""

    row: Row
    transactions: tuple[ParsedTransaction, ...]


def read_trades(rows: list[Row], desk: Desk) -> None:
    """Reads one level of detail only: executions, or orders when the statement has no executions."""
    used = _one_level(rows, desk)
    cancels = [row for row in used if is_cancellation(row)]
    ordinary = _latest_corrections([row for row in used if not is_cancellation(row)], desk)
    booked: list[_Booked] = []
    for row in ordinary:
        desk.attempt(row, lambda row, desk: _book(row, desk, booked))
    cancelled: set[str] = set()
    for row in cancels:
        desk.attempt(row, lambda row, desk: _cancel(row, desk, booked, cancelled))


def is_cancellation(row: Row) -> bool:
    """Whether the row takes a trade back: by its type, “(Ca.)”, or the code Ca with the opposite sign."""
    side = row.text("buySell").upper()
    if row.text("transactionType").upper().endswith("CANCEL") or "(CA" in side:
        return True
    sign = row.text("quantity").startswith("-")
    return "Ca" in row.codes("notes", "code") and bool(side) and sign != side.startswith("SELL")


def _one_level(rows: list[Row], desk: Desk) -> list[Row]:
    levels = [(row.text("levelOfDetail").upper().replace(" ", "_") or LEVELS[row.tag], row) for row in rows]
    has_executions = any(level == "EXECUTION" for level, _ in levels)
    used = "EXECUTION" if has_executions else "ORDER"
    for level, row in levels:
        if level != used:
            reason = REPEATS.get(level, f"the level of detail “{level[:40]}” is not a trade of its own")
            desk.outcome(row, RowStatus.IGNORED, reason)
    return [row for level, row in levels if level == used]


def _latest_corrections(rows: list[Row], desk: Desk) -> list[Row]:
    """Of executions that differ only in their correction suffix, the last one; the others are set aside."""
    latest: dict[str, int] = {}
    for row in rows:
        base, suffix = _execution(row)
        if base:
            latest[base] = max(latest.get(base, 0), suffix)
    kept = []
    for row in rows:
        base, suffix = _execution(row)
        if base and suffix < latest[base] and row.text("transactionType") != "TradeCorrect":
            desk.outcome(
                row, RowStatus.IGNORED, f"replaced by correction .{latest[base]:02d} of the same execution"
            )
        else:
            kept.append(row)
    return kept


def _execution(row: Row) -> tuple[str, int]:
    identifier = row.text("ibExecID", "execID")
    match = _CORRECTION.fullmatch(identifier)
    if not match or row.text("transactionType") == "TradeCorrect":
        return identifier, 0
    return match[1], int(match[2])


def _book(row: Row, desk: Desk, booked: list[_Booked]) -> None:
    transactions = _exchange(row, desk) if row.text("assetCategory").upper() == "CASH" else _trade(row, desk)
    desk.book(row, *transactions)
    booked.append(_Booked(row, transactions))
    _close_price(row, desk, transactions[0])


def _trade(row: Row, desk: Desk) -> tuple[ParsedTransaction, ...]:
    facts = desk.required_facts(row)
    if row.text("assetCategory").upper() in ("FUT", "CFD"):
        raise left_out("futures and contracts for difference settle daily and are not kept in this book")
    currency = row.currency()
    quantity = _quantity(row)
    money = _money(row, quantity, facts.multiplier, currency)
    traded = _trade_date(row)
    price = row.number("tradePrice", "price")
    if facts.asset_class == "bond" and money.proceeds is not None:
        price = quantize(ARITHMETIC.divide(abs(money.proceeds), abs(quantity)))
    trade = ParsedTransaction(
        natural_key=_key(row, desk, traded, quantity),
        line=row.line,
        section=row.section,
        row=row.cells,
        kind=TransactionKind.BUY if quantity > 0 else TransactionKind.SELL,
        trade_date=traded,
        executed_at=row.moment("dateTime", day="tradeDate", clock="tradeTime"),
        settle_date=row.optional_day("settleDateTarget", "settleDate"),
        instrument=facts,
        quantity=quantity,
        price=price,
        amount=money.amount,
        fees=money.fees,
        currency=currency,
        fx_rate=desk.fx_rate(row, currency),
        position_effect=EFFECTS.get(row.text("openCloseIndicator").upper(), PositionEffect.UNSET),
        order_ref=_order_ref(row),
        note="; ".join(filter(None, (_purpose(row), money.note))),
    )
    return (trade, *_foreign_fee(trade, row, desk, currency))


def _exchange(row: Row, desk: Desk) -> tuple[ParsedTransaction, ...]:
    """A currency pair: `quantity` is in the first currency of the symbol, proceeds are in the second."""
    pair = _PAIR.fullmatch(row.text("symbol", "description"))
    if pair is None:
        raise RowError("the symbol of a currency trade must name two currencies (EUR.USD)", field="symbol")
    first, second = (currency_code(name, field="symbol") for name in pair.groups())
    currency = row.currency()
    if currency != second:
        raise RowError(
            f"is in {currency}, but the pair {first}.{second} settles in {second}", field="currency"
        )
    quantity = _quantity(row)
    money = _money(row, quantity, Decimal(1), currency, is_exchange=True)
    traded = _trade_date(row)
    exchange = ParsedTransaction(
        natural_key=_key(row, desk, traded, quantity),
        line=row.line,
        section=row.section,
        row=row.cells,
        kind=TransactionKind.EXCHANGE,
        trade_date=traded,
        executed_at=row.moment("dateTime", day="tradeDate", clock="tradeTime"),
        settle_date=row.optional_day("settleDateTarget", "settleDate"),
        price=row.number("tradePrice", "price"),
        amount=money.amount,
        fees=money.fees,
        currency=currency,
        counter_amount=quantity,
        counter_currency=first,
        fx_rate=desk.fx_rate(row, currency),
        note=money.note,
    )
    return (exchange, *_foreign_fee(exchange, row, desk, currency))


def _quantity(row: Row) -> Decimal:
    quantity = row.required("quantity")
    side = row.text("buySell").upper()
    if not quantity:
        raise RowError("a trade of nothing", field="quantity")
    if side and not is_cancellation(row) and (quantity < 0) != side.startswith("SELL"):
        raise RowError(f"says {side} but the quantity is {row.text('quantity')}", field="quantity")
    return quantity


@dataclass(frozen=True, slots=True)
class _Money:
    """The cash of a trade: `amount` with the fees inside, `proceeds` without them (None: not stated)."""

    amount: Decimal
    fees: Decimal
    proceeds: Decimal | None
    note: str = ""


def _money(
    row: Row, quantity: Decimal, multiplier: Decimal, currency: str, *, is_exchange: bool = False
) -> _Money:
    """What moved: the broker's net cash where it states one, else proceeds with commission and taxes.

    The broker writes a net cash of 0 for currency trades, and commissions and taxes as negative numbers. A
    commission in another currency is not part of the amount.
    """
    is_own = (row.text("ibCommissionCurrency") or currency).upper() == currency
    charges = (row.number("taxes") or Decimal(0)) + (
        (row.number("ibCommission") or Decimal(0)) if is_own else Decimal(0)
    )
    proceeds = _proceeds(row, quantity, multiplier)
    net = row.number("netCash")
    if net is not None and is_own and not is_exchange and (net or not proceeds):
        amount = net
    elif proceeds is not None:
        amount = proceeds + charges
    elif row.number("cost") is not None and quantity > 0:
        amount = -abs(row.required("cost"))
        proceeds = amount - charges
    else:
        raise RowError(
            "neither net cash, proceeds, price nor cost says what the trade came to", field="proceeds"
        )
    charged = charges if proceeds is None else amount - proceeds
    note = (
        "" if charged == charges else f"charges of {-charges} are stated, {-charged} are inside the net cash"
    )
    return _Money(amount=amount, fees=max(Decimal(0), -charged), proceeds=proceeds, note=note)


def _proceeds(row: Row, quantity: Decimal, multiplier: Decimal) -> Decimal | None:
    proceeds, money, price = (
        row.number("proceeds"),
        row.number("tradeMoney"),
        row.number("tradePrice", "price"),
    )
    if proceeds is not None:
        return proceeds
    if money is not None:
        return -money
    if price is None or row.text("assetCategory").upper() in ("BOND", "BILL"):
        return None
    return -quantize(ARITHMETIC.multiply(ARITHMETIC.multiply(quantity, price), multiplier))


def _foreign_fee(
    trade: ParsedTransaction, row: Row, desk: Desk, currency: str
) -> tuple[ParsedTransaction, ...]:
    """The commission as a fee of its own when it was charged in another currency than the trade's."""
    commission = row.number("ibCommission") or Decimal(0)
    charged_in = (row.text("ibCommissionCurrency") or currency).upper()
    if not commission or charged_in == currency:
        return ()
    charged_in = currency_code(charged_in, field="ibCommissionCurrency")
    fee = ParsedTransaction(
        natural_key=f"{trade.natural_key}/commission",
        line=row.line,
        section=row.section,
        row=row.cells,
        kind=TransactionKind.FEE,
        trade_date=trade.trade_date,
        executed_at=trade.executed_at,
        settle_date=trade.settle_date,
        instrument=trade.instrument,
        amount=commission,
        currency=charged_in,
        fx_rate=Decimal(1) if charged_in == desk.base_currency else None,
        note=f"commission in {charged_in} of the trade in {currency}",
    )
    return (fee,)


def _trade_date(row: Row) -> date:
    return row.day("tradeDate", "dateTime", "date", "reportDate")


def _key(row: Row, desk: Desk, traded: date, quantity: Decimal) -> str:
    if row.text("transactionType") == "TradeCorrect":
        return desk.keys.by_id(
            "corrected", row.text("transactionID", "ibExecID", "tradeID") or f"line{row.line}"
        )
    execution, _ = _execution(row)
    if execution:
        return desk.keys.by_id("exec", execution)
    for section, cell in (("transaction", "transactionID"), ("trade", "tradeID")):
        if row.text(cell):
            return desk.keys.by_id(section, row.text(cell))
    if row.text("ibOrderID", "orderID"):
        return desk.keys.by_id("order", f"{row.text('ibOrderID', 'orderID')}:{traded.isoformat()}")
    moment = row.moment("dateTime", day="tradeDate", clock="tradeTime")
    money = row.number("netCash", "proceeds", "cost")
    return desk.keys.by_content(
        "trade",
        row.text("conid", "isin", "symbol"),
        traded,
        moment,
        quantity,
        row.number("tradePrice"),
        money,
    )


def _order_ref(row: Row) -> str:
    """The broker's number of the order that the execution belongs to; nothing when it is implausibly long."""
    return fitting(row.text("ibOrderID", "orderID"), ORDER_LIMIT)


def _purpose(row: Row) -> str:
    codes = row.codes("notes", "code")
    meanings = {"A": "assignment", "Ex": "exercise", "Ep": "expiration", "R": "dividend reinvestment"}
    return ", ".join(meaning for code, meaning in meanings.items() if code in codes)


def _close_price(row: Row, desk: Desk, trade: ParsedTransaction) -> None:
    close = row.number("closePrice")
    if (
        trade.instrument
        and close
        and close > 0
        and trade.instrument.asset_class in ("stock", "fund", "option")
    ):
        day = desk.past(row.optional_day("reportDate") or trade.trade_date, row)
        desk.prices.append(
            StatedPrice(instrument=trade.instrument, day=day, close=close, currency=trade.currency)
        )


def _cancel(row: Row, desk: Desk, booked: list[_Booked], cancelled: set[str]) -> None:
    """Takes back the trade that the row names, or that has its content with the opposite sign."""
    reversal = (_exchange(row, desk) if row.text("assetCategory").upper() == "CASH" else _trade(row, desk))[0]
    original = _original(row, reversal, booked, cancelled)
    key = original.transactions[0].natural_key if original else _key_elsewhere(row, desk)
    if not key:
        raise left_out("takes back a trade that is not in this file and that it does not name")
    cancelled.add(key)
    taken = original.transactions if original else (_assumed_original(reversal, key),)
    desk.book(row, *(_reversal(row, transaction) for transaction in taken))


def _reversal(row: Row, taken: ParsedTransaction) -> ParsedTransaction:
    return replace(
        negated(taken),
        natural_key=f"{taken.natural_key}/cancelled",
        line=row.line,
        row=row.cells,
        reverses_key=taken.natural_key,
        note=f"takes back line {taken.line}"
        if taken.line != row.line
        else "takes back a trade of another file",
    )


def _assumed_original(reversal: ParsedTransaction, key: str) -> ParsedTransaction:
    """The trade that the cancellation must mean when it stands in another file: its mirror image."""
    kinds = {TransactionKind.BUY: TransactionKind.SELL, TransactionKind.SELL: TransactionKind.BUY}
    return replace(negated(reversal), natural_key=key, kind=kinds.get(reversal.kind, reversal.kind))


def negated(transaction: ParsedTransaction) -> ParsedTransaction:
    """The same transaction with the opposite effect on position and cash."""
    counter = transaction.counter_amount
    return replace(
        transaction,
        quantity=-transaction.quantity,
        amount=-transaction.amount,
        counter_amount=None if counter is None else -counter,
    )


def _original(
    row: Row, reversal: ParsedTransaction, booked: list[_Booked], cancelled: set[str]
) -> _Booked | None:
    free = [entry for entry in booked if entry.transactions[0].natural_key not in cancelled]
    named = [entry for entry in free if _is_named(row, entry.row)]
    if named:
        return named[0]
    return next((entry for entry in free if _mirrors(reversal, entry.transactions[0])), None)


def _is_named(row: Row, other: Row) -> bool:
    execution, _ = _execution(row)
    if execution and execution == _execution(other)[0]:
        return True
    pairs = (("origTransactionID", "transactionID"), ("origTradeID", "tradeID"), ("tradeID", "tradeID"))
    return any(
        row.text(mine) not in ("", "0") and row.text(mine) == other.text(theirs) for mine, theirs in pairs
    )


def _mirrors(reversal: ParsedTransaction, trade: ParsedTransaction) -> bool:
    same_instrument = (
        trade.instrument == reversal.instrument
        if not (trade.instrument and reversal.instrument)
        else (trade.instrument.conid, trade.instrument.symbol)
        == (reversal.instrument.conid, reversal.instrument.symbol)
    )
    return (
        same_instrument
        and trade.trade_date == reversal.trade_date
        and trade.price == reversal.price
        and trade.quantity == -reversal.quantity
        and trade.counter_amount == (None if reversal.counter_amount is None else -reversal.counter_amount)
    )


def _key_elsewhere(row: Row, desk: Desk) -> str:
    """The key that the trade has in the file in which it stands, as far as the cancellation names it."""
    execution, _ = _execution(row)
    if execution:
        return desk.keys.by_id("exec", execution)
    for section, cell in (("transaction", "origTransactionID"), ("trade", "origTradeID")):
        if row.text(cell) not in ("", "0"):
            return desk.keys.by_id(section, row.text(cell))
    return ""
