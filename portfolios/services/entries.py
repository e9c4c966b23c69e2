"""Rows that a person enters by hand, and taking rows back: the ledger, then the book that follows from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, Sum
from django.utils import timezone

from common.errors import Conflict, InvalidInput
from common.money import LIMIT, RATE_UNIT, UNIT, quantize
from common.transactions import write_transaction
from portfolios.engine.records import InstrumentFacts, ParsedTransaction, PositionEffect, TransactionKind
from portfolios.engine.statements.currencies import KNOWN
from portfolios.models import Holding, Instrument, Lot, Portfolio, Transaction
from portfolios.services.book import book_derive
from portfolios.services.ledger import transaction_reverse, transactions_record
from portfolios.services.valuations import valuations_refresh

ZERO = Decimal(0)
SOURCE = "manual"


class EntryKind(StrEnum):
    """What a person can enter; amounts and quantities are then given without a sign."""

    BUY = "buy"
    SELL = "sell"
    REINVEST = "reinvest"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    INTEREST_PAID = "interest_paid"
    FEE = "fee"
    TAX = "tax"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    SPLIT = "split"
    RETURN_OF_CAPITAL = "return_of_capital"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    OPENING = "opening"
    GIFT = "gift"
    INHERITANCE = "inheritance"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row as a person means it: positive numbers, whose direction the kind tells.

    `entry_id` is made with the form, so that sending it twice enters one row. `amount` may be left out of a
    trade that has a price. `cost` and `acquired` are for shares that come from outside the book: those of the
    donor for a gift, whose `price` is then its market value; the market value at death for an inheritance.
    `fx_rate` is units of the account's base currency for one of `currency`.
    """

    entry_id: UUID
    kind: EntryKind
    trade_date: date
    currency: str
    symbol: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    amount: Decimal | None = None
    fees: Decimal = ZERO
    fx_rate: Decimal | None = None
    ratio_new: Decimal | None = None
    ratio_old: Decimal | None = None
    cost: Decimal | None = None
    acquired: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What an entry of a kind needs, and which way its numbers go."""

    kind: TransactionKind
    quantity: int = 0
    amount: int = 0
    needs_symbol: bool = False
    needs_amount: bool = False


SHAPES: dict[EntryKind, _Shape] = {
    EntryKind.BUY: _Shape(TransactionKind.BUY, 1, -1, needs_symbol=True),
    EntryKind.SELL: _Shape(TransactionKind.SELL, -1, 1, needs_symbol=True),
    EntryKind.REINVEST: _Shape(TransactionKind.REINVEST, 1, -1, needs_symbol=True),
    EntryKind.DIVIDEND: _Shape(TransactionKind.DIVIDEND, 0, 1, needs_symbol=True, needs_amount=True),
    EntryKind.INTEREST: _Shape(TransactionKind.INTEREST, 0, 1, needs_amount=True),
    EntryKind.INTEREST_PAID: _Shape(TransactionKind.INTEREST, 0, -1, needs_amount=True),
    EntryKind.FEE: _Shape(TransactionKind.FEE, 0, -1, needs_amount=True),
    EntryKind.TAX: _Shape(TransactionKind.TAX, 0, -1, needs_amount=True),
    EntryKind.DEPOSIT: _Shape(TransactionKind.DEPOSIT, 0, 1, needs_amount=True),
    EntryKind.WITHDRAWAL: _Shape(TransactionKind.WITHDRAWAL, 0, -1, needs_amount=True),
    EntryKind.SPLIT: _Shape(TransactionKind.SPLIT, needs_symbol=True),
    EntryKind.RETURN_OF_CAPITAL: _Shape(
        TransactionKind.RETURN_OF_CAPITAL, 0, 1, needs_symbol=True, needs_amount=True
    ),
    EntryKind.TRANSFER_IN: _Shape(TransactionKind.TRANSFER_IN, 1, 0, needs_symbol=True),
    EntryKind.TRANSFER_OUT: _Shape(TransactionKind.TRANSFER_OUT, -1, 0, needs_symbol=True),
    EntryKind.OPENING: _Shape(TransactionKind.OPENING, 1, 0, needs_symbol=True),
    EntryKind.GIFT: _Shape(TransactionKind.GIFT, 1, 0, needs_symbol=True),
    EntryKind.INHERITANCE: _Shape(TransactionKind.INHERITANCE, 1, 0, needs_symbol=True),
    EntryKind.DELIVERY: _Shape(TransactionKind.DELIVERY, -1, 0, needs_symbol=True),
}
EARLIEST = date(1900, 1, 1)
TOO_LARGE = "That is too large: the book keeps amounts below 10^12."
TRADES = (EntryKind.BUY, EntryKind.SELL, EntryKind.REINVEST)
FROM_OUTSIDE = (EntryKind.TRANSFER_IN, EntryKind.OPENING, EntryKind.GIFT, EntryKind.INHERITANCE)


@write_transaction
def transaction_enter(*, portfolio: Portfolio, entry: Entry, actor_id: UUID | None) -> Transaction:
    """Append what a person entered to the ledger and derive the book and its values again.

    Raises InvalidInput naming each field that is missing or cannot be, and Conflict for a closed account.
    The same entry sent again changes nothing and gives the row that is there.
    """
    if portfolio.closed_on is not None:
        raise Conflict("This account is closed: nothing more is recorded into it.", code="closed")
    shape = SHAPES[entry.kind]
    instrument = _instrument(portfolio, entry)
    _check(portfolio, entry, shape, instrument)
    parsed = _parsed(portfolio, entry, shape, instrument)
    result = transactions_record(portfolio=portfolio, parsed=[parsed], source=SOURCE, actor_id=actor_id)
    if result.new:
        # A row without an instrument still changes cash, which is derived with any part of the book.
        book_derive(household_id=portfolio.household_id, instrument_ids=result.instruments)
        valuations_refresh(household_id=portfolio.household_id)
    return Transaction.objects.get(portfolio=portfolio, natural_key=parsed.natural_key)


@write_transaction
def transaction_take_back(*, transaction: Transaction, reason: str, actor_id: UUID | None) -> Transaction:
    """Reverse a ledger row and derive the book and its values again; returns the reversing row.

    Raises InvalidInput without a reason, and Conflict when the row was reversed before or is a reversal.
    """
    if not reason.strip():
        raise _refused({"reason": ["Say why: the reason stays with the row."]})
    reversal = transaction_reverse(transaction=transaction, reason=reason.strip(), actor_id=actor_id)
    household_id = transaction.portfolio.household_id
    touched = [key for key in (transaction.instrument_id, transaction.counterpart_id) if key is not None]
    book_derive(household_id=household_id, instrument_ids=touched)
    valuations_refresh(household_id=household_id)
    return reversal


def _instrument(portfolio: Portfolio, entry: Entry) -> Instrument | None:
    """The instrument of that symbol that the household knows: its own before a shared one."""
    if not entry.symbol:
        return None
    known = Instrument.objects.known_to(portfolio.household_id).filter(symbol__iexact=entry.symbol.strip())
    rows = sorted(known, key=lambda row: (row.currency != entry.currency, row.household_id is None, row.pk))
    return rows[0] if rows else None


def _check(portfolio: Portfolio, entry: Entry, shape: _Shape, instrument: Instrument | None) -> None:
    fields: dict[str, list[str]] = {}
    for field, sentence in (
        *_what_is_lacking(entry, shape),
        *_what_cannot_be(entry),
        *_what_cannot_be_kept(entry, shape, instrument),
        *_what_is_not_held(portfolio, entry, shape, instrument),
    ):
        fields.setdefault(field, []).append(sentence)
    if fields:
        raise _refused(fields)


def _what_is_lacking(entry: Entry, shape: _Shape) -> Iterator[tuple[str, str]]:
    if shape.needs_symbol and not entry.symbol.strip():
        yield "symbol", "Say which instrument it is, by its symbol."
    if shape.quantity and not entry.quantity:
        yield "quantity", "Say how many."
    if shape.needs_amount and not entry.amount:
        yield "amount", "Say how much."
    if entry.kind in TRADES and entry.amount is None and not entry.price:
        yield "price", "Give the price of one, or the amount."
    if entry.kind is EntryKind.SPLIT:
        for field in ("ratio_new", "ratio_old"):
            if not getattr(entry, field):
                yield field, "A split needs both numbers, for example 3 for 1."


def _what_cannot_be(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.currency not in KNOWN:
        yield "currency", f"“{entry.currency}” is not a currency code (ISO 4217)."
    for field in ("quantity", "price", "amount", "fees", "fx_rate", "ratio_new", "ratio_old", "cost"):
        value = getattr(entry, field)
        if value is not None and value < 0:
            yield field, "Give it without a sign: the kind says which way it goes."
    # Where the person is, it may be tomorrow already.
    if not EARLIEST <= entry.trade_date <= timezone.localdate() + timedelta(days=1):
        yield "trade_date", "The day lies between 1900 and today."
    if entry.acquired is not None and entry.acquired > entry.trade_date:
        yield "acquired", "It cannot be later than the day itself."


def _what_cannot_be_kept(
    entry: Entry, shape: _Shape, instrument: Instrument | None
) -> Iterator[tuple[str, str]]:
    """Numbers that the columns of the ledger would refuse, or round to nothing."""
    too_large = False
    for field in ("quantity", "price", "amount", "fees", "fx_rate", "ratio_new", "ratio_old", "cost"):
        value = getattr(entry, field)
        unit = RATE_UNIT if field == "fx_rate" else UNIT
        if value and abs(value) >= LIMIT:
            too_large = True
            yield field, TOO_LARGE
        elif value and abs(value) < unit:
            yield field, f"That is too small: the smallest number that is kept is {unit:f}."
    if not too_large and abs(_amount(entry, shape, instrument)) >= LIMIT:
        yield "price", TOO_LARGE


def _what_is_not_held(
    portfolio: Portfolio, entry: Entry, shape: _Shape, instrument: Instrument | None
) -> Iterator[tuple[str, str]]:
    if shape.quantity >= 0 or not entry.quantity:
        return
    if entry.kind is EntryKind.DELIVERY:
        yield from _what_cannot_be_delivered(portfolio, entry.quantity, entry.symbol, instrument)
        return
    held = Holding.objects.filter(portfolio=portfolio, instrument=instrument).first() if instrument else None
    quantity = max(held.quantity, ZERO) if held else ZERO
    if entry.quantity > quantity:
        symbol = entry.symbol.strip().upper()
        yield (
            "quantity",
            f"“{portfolio.name}” holds {_count(quantity)} of {symbol}: no more can leave it.",
        )


def _what_cannot_be_delivered(
    portfolio: Portfolio, quantity: Decimal, symbol: str, instrument: Instrument | None
) -> Iterator[tuple[str, str]]:
    """A delivery closes shares held long against shares held short: there must be enough of both."""
    lots = Lot.objects.filter(portfolio=portfolio, instrument__in=[instrument] if instrument else [])
    sums = lots.aggregate(
        long=Sum("quantity", filter=Q(quantity__gt=0)), short=Sum("quantity", filter=Q(quantity__lt=0))
    )
    long, short = sums["long"] or ZERO, -(sums["short"] or ZERO)
    if quantity > min(long, short):
        held = f"{_count(long)} of {symbol.strip().upper()} long and {_count(short)} short"
        yield "quantity", f"“{portfolio.name}” holds {held}: a delivery needs as many of both."


def _count(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}" if quantity else "none"


def _parsed(
    portfolio: Portfolio, entry: Entry, shape: _Shape, instrument: Instrument | None
) -> ParsedTransaction:
    fx_rate = Decimal(1) if entry.currency == portfolio.base_currency else entry.fx_rate
    from_outside = entry.kind in FROM_OUTSIDE
    return ParsedTransaction(
        natural_key=f"manual:{entry.entry_id}",
        line=0,
        section="entered by hand",
        row=_as_entered(entry),
        kind=shape.kind,
        trade_date=entry.trade_date,
        instrument=_facts(entry, instrument),
        quantity=shape.quantity * (entry.quantity or ZERO),
        price=entry.price,
        amount=_amount(entry, shape, instrument),
        fees=entry.fees if entry.kind in TRADES else ZERO,
        currency=entry.currency,
        fx_rate=fx_rate,
        position_effect=PositionEffect.CLOSE if entry.kind is EntryKind.SELL else PositionEffect.UNSET,
        ratio_new=entry.ratio_new,
        ratio_old=entry.ratio_old,
        cost=entry.cost if from_outside else None,
        acquired=entry.acquired if from_outside else None,
        note=entry.note,
    )


def _amount(entry: Entry, shape: _Shape, instrument: Instrument | None) -> Decimal:
    """The change of cash: the amount given, which has the fees in it, or else quantity, price and fees."""
    if not shape.amount:
        return ZERO
    if entry.amount is not None:
        return shape.amount * entry.amount
    size = instrument.multiplier if instrument else Decimal(1)
    gross = quantize((entry.quantity or ZERO) * (entry.price or ZERO) * size)
    return shape.amount * gross - entry.fees


def _facts(entry: Entry, instrument: Instrument | None) -> InstrumentFacts | None:
    if instrument is None:
        if not entry.symbol.strip():
            return None
        return InstrumentFacts(symbol=entry.symbol.strip().upper(), currency=entry.currency)
    return InstrumentFacts(
        symbol=instrument.symbol,
        currency=instrument.currency,
        asset_class=instrument.asset_class,
        conid=instrument.conid,
        isin=instrument.isin,
        cusip=instrument.cusip,
        multiplier=instrument.multiplier,
    )


def _as_entered(entry: Entry) -> dict[str, str]:
    values = {
        "kind": entry.kind.value,
        "date": entry.trade_date.isoformat(),
        "symbol": entry.symbol,
        "quantity": entry.quantity,
        "price": entry.price,
        "amount": entry.amount,
        "fees": entry.fees or None,
        "currency": entry.currency,
        "exchange rate": entry.fx_rate,
        "new shares": entry.ratio_new,
        "old shares": entry.ratio_old,
        "cost": entry.cost,
        "acquired": entry.acquired,
        "note": entry.note,
    }
    return {name: str(value) for name, value in values.items() if value not in (None, "")}


def _refused(fields: dict[str, list[str]]) -> InvalidInput:
    count = len(fields)
    return InvalidInput(
        detail="Nothing was recorded: one thing to mend."
        if count == 1
        else f"Nothing was recorded: {count} things to mend.",
        code="invalid-entry",
        fields=fields,
    )
