"""Turns one row of a mapped CSV table into a transaction, or says why it cannot."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from common.formats import price
from common.money import ARITHMETIC, LIMIT, quantize
from portfolios.engine.records import InstrumentFacts, ParsedTransaction, PositionEffect, TransactionKind
from portfolios.engine.statements import values
from portfolios.engine.statements.csv_formats import DateFormat, read_date, read_moment, read_number
from portfolios.engine.statements.csv_kinds import CLOSES, IGNORE, OPENS, folded, proposed_kind
from portfolios.engine.statements.csv_mapping import SIGN, CsvMapping
from portfolios.engine.statements.currencies import currency_code
from portfolios.engine.statements.flex_desk import CUSIP_LENGTH, ISIN_LENGTH, NAME_LIMIT, ORDER_LIMIT, fitting
from portfolios.engine.statements.keys import KeyMaker, execution_base
from portfolios.engine.statements.refusals import RowError, ignored, left_out

SECTION = "CSV"
NOTE_LIMIT = 300
Kind = TransactionKind

PAYS = frozenset((Kind.BUY, Kind.REINVEST, Kind.FEE, Kind.TAX, Kind.WITHDRAWAL))
NEVER_RECEIVES = frozenset((Kind.BUY, Kind.REINVEST, Kind.WITHDRAWAL))
NEVER_PAYS = frozenset((Kind.SELL, Kind.DEPOSIT, Kind.RETURN_OF_CAPITAL))
TRADES = frozenset((Kind.BUY, Kind.SELL, Kind.REINVEST))
FROM_OUTSIDE = frozenset((Kind.TRANSFER_IN, Kind.OPENING, Kind.GIFT, Kind.INHERITANCE))
# Rows that move shares and never cash, whatever the column of amounts says.
WITHOUT_CASH = FROM_OUTSIDE | {Kind.TRANSFER_OUT, Kind.STOCK_DIVIDEND, Kind.SPLIT, Kind.DELIVERY}
MOVES_SHARES = TRADES | {
    Kind.TRANSFER_IN,
    Kind.TRANSFER_OUT,
    Kind.OPENING,
    Kind.GIFT,
    Kind.INHERITANCE,
    Kind.DELIVERY,
    Kind.STOCK_DIVIDEND,
    Kind.MERGER,
    Kind.SPLIT,
}
NEEDS_INSTRUMENT = MOVES_SHARES | {Kind.RETURN_OF_CAPITAL}
NEEDS_CASH = frozenset(
    (
        Kind.DIVIDEND,
        Kind.INTEREST,
        Kind.FEE,
        Kind.TAX,
        Kind.DEPOSIT,
        Kind.WITHDRAWAL,
        Kind.RETURN_OF_CAPITAL,
        Kind.EXCHANGE,
    )
)
ASSET_CLASSES = {
    **dict.fromkeys(("stock", "stocks", "equity", "common stock", "stk"), "stock"),
    **dict.fromkeys(("etf", "fund", "mutual fund"), "fund"),
    **dict.fromkeys(("bond", "fixed income"), "bond"),
    **dict.fromkeys(("option", "options", "opt"), "option"),
    **dict.fromkeys(("crypto", "cryptocurrency"), "crypto"),
    "future": "future",
}
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .:/_-]{0,39}|-[A-Z]{1,6}[0-9]{6}[CP][0-9.]{1,9}")
_RATIO = re.compile(
    r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(?::|/|for|-for-)\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row under a mapping: `cells` by header, read by the name of the field."""

    line: int
    cells: dict[str, str]
    mapping: CsvMapping
    form: DateFormat

    def header(self, name: str) -> str:
        """The header of the column for field `name`; the field's own name when no column is mapped."""
        return self.mapping.columns.get(name, name)

    def text(self, name: str) -> str:
        """The cell for field `name`; empty when there is none."""
        return self.cells.get(self.mapping.columns.get(name, ""), "")

    def number(self, name: str) -> Decimal | None:
        """The number in the cell for field `name`; None for an empty cell. Raises RowError for all else."""
        return read_number(self.text(name), self.mapping.decimal_mark, field=self.header(name))

    def day(self, name: str) -> date:
        """The day in the cell for field `name`. Raises RowError when it is missing or not in the format."""
        return read_date(self.text(name), self.form, field=self.header(name))

    def optional_day(self, name: str) -> date | None:
        """As `day`, but None when the cell is empty."""
        return self.day(name) if self.text(name) else None


def transaction_of(row: TableRow, keys: KeyMaker) -> ParsedTransaction:
    """The transaction that `row` states. Raises RowError naming the column at fault."""
    kind = _kind(row)
    booked = row.day("date")
    facts = _instrument(row, kind)
    currency = currency_code(row.text("currency") or row.mapping.currency, field=row.header("currency"))
    quantity = _quantity(row, kind)
    if kind is Kind.SPLIT and not row.text("ratio"):
        kind = _split_by_quantity(row, quantity)
    fees = sum((abs(row.number(name) or Decimal(0)) for name in ("fees", "other_fees")), Decimal(0))
    amount = _amount(row, kind, quantity, fees)
    price = row.number("price")
    if facts and facts.asset_class == "option":
        facts = _with_multiplier(facts, quantity, price, amount, fees)
    made = ParsedTransaction(
        natural_key="",
        line=row.line,
        section=SECTION,
        row=row.cells,
        kind=kind,
        trade_date=booked,
        executed_at=read_moment(row.text("date"), row.form, field=row.header("date")),
        settle_date=row.optional_day("settle_date"),
        instrument=facts,
        quantity=quantity,
        price=abs(price) if price is not None else None,
        amount=amount,
        fees=fees,
        currency=currency,
        fx_rate=values.rate(row.text("fx_rate"), field=row.header("fx_rate"))
        if row.text("fx_rate")
        else None,
        position_effect=_effect(row),
        cost=row.number("cost") if kind in FROM_OUTSIDE else None,
        acquired=row.optional_day("acquired") if kind in FROM_OUTSIDE else None,
        order_ref=fitting(row.text("order"), ORDER_LIMIT) if kind in TRADES else "",
        note=(row.text("note") or row.text("kind"))[:NOTE_LIMIT],
    )
    return _keyed(row, keys, _with_details(row, made))


def _kind(row: TableRow) -> TransactionKind:
    stated = row.text("kind")
    if not stated:
        raise RowError("the kind of transaction is missing", field=row.header("kind"))
    meant = row.mapping.kind_of(stated) or proposed_kind(stated)
    if meant == IGNORE:
        raise ignored(f"“{stated[:40]}” is no transaction")
    if meant == SIGN:
        return _kind_by_sign(row)
    if not meant:
        raise left_out(f"the mapping does not say what “{stated[:60]}” means", field=row.header("kind"))
    if meant == Kind.SPIN_OFF:
        raise left_out("a spin-off concerns two instruments and a row of CSV names one; enter it by hand")
    return TransactionKind(meant)


def _kind_by_sign(row: TableRow) -> TransactionKind:
    quantity, amount = row.number("quantity"), row.number("amount")
    if quantity and row.text("symbol"):
        return Kind.TRANSFER_IN if quantity > 0 else Kind.TRANSFER_OUT
    if not amount:
        raise ignored("moves neither securities nor cash")
    return Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL


def _instrument(row: TableRow, kind: TransactionKind) -> InstrumentFacts | None:
    symbol = row.text("symbol")
    isin, cusip = fitting(row.text("isin"), ISIN_LENGTH), fitting(row.text("cusip"), CUSIP_LENGTH)
    if symbol and not _SYMBOL.fullmatch(symbol):
        raise RowError(f"“{symbol[:40]}” is not a symbol", field=row.header("symbol"))
    if not (symbol or isin or cusip):
        if kind in NEEDS_INSTRUMENT:
            raise RowError(f"a row of kind {kind} must name its instrument", field=row.header("symbol"))
        return None
    return InstrumentFacts(
        symbol=symbol or isin or cusip,
        name=row.text("name")[:NAME_LIMIT],
        asset_class=ASSET_CLASSES.get(folded(row.text("asset_class")), "stock"),
        currency=(row.text("currency") or row.mapping.currency).upper(),
        isin=isin,
        cusip=cusip,
    )


def _quantity(row: TableRow, kind: TransactionKind) -> Decimal:
    """The change of the position: its sign follows from the kind where the kind leaves no doubt."""
    if kind not in MOVES_SHARES:
        return Decimal(0)
    stated = row.number("quantity")
    if not stated:
        if kind is Kind.SPLIT and row.text("ratio"):
            return Decimal(0)
        raise RowError(f"a row of kind {kind} must state a quantity", field=row.header("quantity"))
    if kind in (Kind.BUY, Kind.REINVEST, Kind.TRANSFER_IN, Kind.GIFT, Kind.INHERITANCE):
        return abs(stated)
    if kind in (Kind.SELL, Kind.TRANSFER_OUT, Kind.MERGER, Kind.DELIVERY):
        return -abs(stated)
    return stated


def _split_by_quantity(row: TableRow, quantity: Decimal) -> TransactionKind:
    """New shares without a ratio have the effect of a stock dividend: basis spreads over all shares."""
    if quantity < 0:
        raise RowError("a reverse split must state its ratio", field=row.header("ratio"))
    return Kind.STOCK_DIVIDEND


def _amount(row: TableRow, kind: TransactionKind, quantity: Decimal, fees: Decimal) -> Decimal:
    """The change of cash with fees inside. Raises RowError when the sign contradicts the kind."""
    stated = row.number("amount")
    if kind is Kind.MERGER and not stated:
        raise left_out(
            "a merger for shares concerns two instruments and a row of CSV names one; enter it by hand"
        )
    if stated is None:
        if kind in TRADES and row.text("price"):
            return -_gross(row, quantity) - fees
        if kind in TRADES | NEEDS_CASH:
            raise RowError("the amount is missing", field=row.header("amount"))
        return Decimal(0)
    if kind in WITHOUT_CASH:
        return Decimal(0)
    if row.mapping.amount_sign == "by_kind" and kind is not Kind.EXCHANGE:
        stated = -abs(stated) if kind in PAYS else abs(stated)
    amount = stated if row.mapping.fees_inside else stated - fees
    if kind in NEVER_RECEIVES and amount > 0:
        raise RowError(f"a row of kind {kind} cannot bring in {price(stated)}", field=row.header("amount"))
    if kind in NEVER_PAYS and amount < -fees:
        raise RowError(f"a row of kind {kind} cannot cost {price(-stated)}", field=row.header("amount"))
    return amount


def _gross(row: TableRow, quantity: Decimal) -> Decimal:
    if folded(row.text("asset_class")) in ("option", "options", "opt", "bond", "fixed income"):
        raise RowError(
            "the amount is missing, and the price alone does not give it", field=row.header("amount")
        )
    gross = ARITHMETIC.multiply(quantity, abs(row.number("price") or Decimal(0)))
    if abs(gross) >= LIMIT:
        raise RowError("quantity times price is 10^12 or more", field=row.header("price"))
    return quantize(gross)


def _with_multiplier(
    facts: InstrumentFacts, quantity: Decimal, price: Decimal | None, amount: Decimal, fees: Decimal
) -> InstrumentFacts:
    """A standard option contract is for 100 shares; the amount shows it."""
    gross = abs(quantity * (price or Decimal(0)))
    is_standard = bool(gross) and abs(abs(amount) - gross * 100) <= fees + gross
    return replace(facts, multiplier=Decimal(100)) if is_standard else facts


def _effect(row: TableRow) -> PositionEffect:
    stated = folded(row.text("kind"))
    if stated in OPENS:
        return PositionEffect.OPEN
    return PositionEffect.CLOSE if stated in CLOSES else PositionEffect.UNSET


def _keyed(row: TableRow, keys: KeyMaker, made: ParsedTransaction) -> ParsedTransaction:
    """`made` with its natural key: the file's identifier of the row, else a digest of what it says.

    An execution of Interactive Brokers has the key that it has in its other files and over its API.
    """
    execution = execution_base(row.text("identifier"))
    if execution and made.kind in TRADES:
        return replace(made, natural_key=keys.by_execution(execution))
    if row.text("identifier"):
        return replace(made, natural_key=keys.by_id(made.kind, row.text("identifier")))
    about = row.text("symbol") or row.text("isin") or row.text("cusip")
    content = (made.kind, made.trade_date, about, made.quantity, made.price, made.amount, made.currency)
    return replace(made, natural_key=keys.by_content("row", *content))


def _with_details(row: TableRow, made: ParsedTransaction) -> ParsedTransaction:
    detail = _DETAILS.get(made.kind)
    return detail(row, made) if detail else made


def _split_ratio(row: TableRow, made: ParsedTransaction) -> ParsedTransaction:
    match = _RATIO.fullmatch(row.text("ratio").strip())
    if not match or not Decimal(match[1]) or not Decimal(match[2]):
        raise RowError(f"“{row.text('ratio')[:20]}” is not a ratio like 2:1", field=row.header("ratio"))
    return replace(made, ratio_new=Decimal(match[1]), ratio_old=Decimal(match[2]))


def _exchanged(row: TableRow, made: ParsedTransaction) -> ParsedTransaction:
    counter = row.number("counter_amount")
    if counter is None or not row.text("counter_currency"):
        raise left_out("a currency exchange needs both amounts; map the other amount and its currency")
    other = currency_code(row.text("counter_currency"), field=row.header("counter_currency"))
    signed = abs(counter) if made.amount < 0 else -abs(counter)
    return replace(made, counter_amount=signed, counter_currency=other)


_DETAILS: dict[TransactionKind, Callable[[TableRow, ParsedTransaction], ParsedTransaction]] = {
    Kind.SPLIT: _split_ratio,
    Kind.EXCHANGE: _exchanged,
}
