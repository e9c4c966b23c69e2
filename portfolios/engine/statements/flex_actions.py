"""Corporate actions of a Flex statement: the rows of one event joined, and read by what their text says."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from portfolios.engine.records import (
    InstrumentFacts,
    ParsedTransaction,
    PositionEffect,
    RowOutcome,
    RowStatus,
    TransactionKind,
)
from portfolios.engine.statements.flex_desk import CUSIP_LENGTH, ISIN_LENGTH, Desk
from portfolios.engine.statements.refusals import RowError, ignored, left_out
from portfolios.engine.statements.rows import Row

EXCHANGE_ZONE = ZoneInfo("America/New_York")
CLOSING_HOUR = 16
SATURDAY = 5
TEXT_LIMIT = 400

_TAIL = re.compile(r"\s*\((?P<symbol>[^,()]{1,40}),.*\)\s*$")
_HEAD = re.compile(r"^\s*(?P<symbol>[^()\s][^()]{0,39}?)\s*\((?P<id>[A-Z0-9]{6,14})\)\s*(?P<rest>.*)$")
_RATIO = re.compile(
    r"\b(?P<new>[0-9]{1,9}(?:\.[0-9]{1,9})?)\s+FOR\s+(?P<old>[0-9]{1,9}(?:\.[0-9]{1,9})?)\b", re.IGNORECASE
)
_COLON_RATIO = re.compile(r"\b(?P<a>[0-9]{1,9})\s*:\s*(?P<b>[0-9]{1,9})\b")
_SPLIT_TYPES = frozenset(("FS", "RS"))


@dataclass(frozen=True, slots=True)
class _Leg:
    """What one event did to one instrument."""

    row: Row
    facts: InstrumentFacts
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class _Event:
    """The rows of one corporate action, netted by instrument."""

    rows: tuple[Row, ...]
    text: str
    type: str
    out: tuple[_Leg, ...]
    into: tuple[_Leg, ...]
    proceeds: Decimal

    @property
    def first(self) -> Row:
        """The row that stands for the event: the first of what was given up, else the first of all."""
        return self.out[0].row if self.out else self.into[0].row if self.into else self.rows[0]


def read_actions(rows: list[Row], dividends: list[Row], desk: Desk) -> None:
    """Reads each event once; a refusal is the outcome of every row of it."""
    totals = [row for row in rows if "SUMMARY" in row.text("levelOfDetail").upper()]
    for row in totals:
        desk.outcome(row, RowStatus.IGNORED, "a total; the rows themselves were read")
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row not in totals:
            groups.setdefault(_group(row), []).append(row)
    for group in groups.values():
        try:
            _read_event(group, dividends, desk)
        except RowError as refusal:
            for row in group:
                desk.outcome(row, refusal.status, refusal.reason, field=refusal.field)


def _group(row: Row) -> tuple[str, ...]:
    """What the rows of one event share: the broker's number of it, else its text; and when it happened."""
    moment = row.text("dateTime", "date", "reportDate")
    return (
        row.text("actionID") or _TAIL.sub("", row.text("actionDescription", "description")[:TEXT_LIMIT]),
        moment,
    )


def _text(row: Row) -> str:
    return row.text("actionDescription", "description")[:TEXT_LIMIT]


def _read_event(rows: list[Row], dividends: list[Row], desk: Desk) -> None:
    event = _event(rows, desk)
    if not event.out and not event.into and not event.proceeds:
        raise _changes_nothing(event)
    if event.type in ("DI", "CD") and event.proceeds and not event.out:
        raise _dividend_elsewhere(event, dividends)
    transaction = next((made for made in (reader(event, desk) for reader in _READERS) if made), None)
    if transaction is None:
        kind = f" (type {event.type})" if event.type else ""
        raise left_out(
            f"this kind of corporate action{kind} is not known; enter it by hand", field="description"
        )
    _book(event, transaction, desk)


def _book(event: _Event, transaction: ParsedTransaction, desk: Desk) -> None:
    """One row carries the transaction; the others of the event point to it."""
    desk.book(event.first, transaction)
    for row in event.rows:
        if row is not event.first:
            desk.outcomes.append(
                RowOutcome(
                    line=row.line,
                    section=row.section,
                    status=RowStatus.READ,
                    reason=f"belongs to the event of line {event.first.line}",
                    natural_key=transaction.natural_key,
                    row=row.cells,
                )
            )


def _event(rows: list[Row], desk: Desk) -> _Event:
    legs: dict[tuple[str, str], _Leg] = {}
    proceeds = Decimal(0)
    for row in rows:
        facts = desk.required_facts(row)
        moved = row.number("quantity") or Decimal(0)
        leg = legs.get((facts.conid, facts.symbol), _Leg(row, facts, Decimal(0)))
        legs[facts.conid, facts.symbol] = replace(leg, quantity=leg.quantity + moved)
        proceeds += _proceeds(row)
    first = rows[0]
    return _Event(
        rows=tuple(rows),
        text=_text(first),
        type=first.text("type").upper(),
        out=tuple(leg for leg in legs.values() if leg.quantity < 0),
        into=tuple(leg for leg in legs.values() if leg.quantity > 0),
        proceeds=proceeds,
    )


def _proceeds(row: Row) -> Decimal:
    """Cash that came in: the proceeds, else the amount, which the broker writes with the opposite sign."""
    proceeds = row.number("proceeds")
    return proceeds if proceeds is not None else -(row.number("amount") or Decimal(0))


def _changes_nothing(event: _Event) -> RowError:
    if event.type in _SPLIT_TYPES or "split" in f"{event.type} {event.text}".casefold():
        return RowError("a split that states no change of the position", field="quantity")
    if len(event.rows) > 1:
        return ignored("booked and taken back within the statement")
    return ignored("changes neither position nor cash")


def _dividend_elsewhere(event: _Event, dividends: list[Row]) -> RowError:
    for row in dividends:
        same = row.text("conid") == event.first.text("conid") and row.text("symbol") == event.first.text(
            "symbol"
        )
        if same and row.text("type").casefold() == "dividends" and row.number("amount") == event.proceeds:
            return ignored(f"the dividend was read from the cash transactions (line {row.line})")
    return left_out("a cash dividend that the cash transactions do not have; enter it by hand")


def _split(event: _Event, desk: Desk) -> ParsedTransaction | None:
    """A split keeps its instrument, or gives up one security number for another with the same lots."""
    if event.type not in _SPLIT_TYPES and not re.search(r"\bSPLIT\b", event.text, re.IGNORECASE):
        return None
    ratio = _split_ratio(event)
    if len(event.out) == 1 and len(event.into) == 1:
        new, old = ratio or (None, None)
        swap = _exchange_of_lots(event, desk, f"split with a new security number: {event.text}")
        return replace(swap, ratio_new=new, ratio_old=old)
    legs = event.out + event.into
    if len(legs) != 1:
        raise left_out("a split that touches several securities; enter it by hand")
    if ratio is None:
        raise RowError("the ratio of the split is not stated", field="description")
    return replace(
        _base(event, desk, TransactionKind.SPLIT, legs[0].facts, _effective_day(event.first)),
        quantity=legs[0].quantity,
        amount=event.proceeds,
        ratio_new=ratio[0],
        ratio_old=ratio[1],
    )


def _split_ratio(event: _Event) -> tuple[Decimal, Decimal] | None:
    match = _RATIO.search(event.text)
    if match:
        ratio = Decimal(match["new"]), Decimal(match["old"])
        return ratio if ratio[0] and ratio[1] else None
    match = _COLON_RATIO.search(event.text)
    if not match:
        return None
    small, large = sorted((Decimal(match["a"]), Decimal(match["b"])))
    if not small:
        return None
    grows = event.type == "FS" or (event.type != "RS" and bool(event.into))
    return (large, small) if grows else (small, large)


def _spin_off(event: _Event, desk: Desk) -> ParsedTransaction | None:
    if event.type != "SO" and not re.search(r"\bSPIN-?\s?OFF\b", event.text, re.IGNORECASE):
        return None
    parent = _named_first(event)
    if len(event.into) != 1 or event.out or parent is None:
        raise left_out("a spin-off that does not name its parent and one new security; enter it by hand")
    child = event.into[0]
    if (parent.isin == child.facts.isin and parent.isin) or parent.symbol == child.facts.symbol:
        raise left_out("a spin-off that does not name its parent; enter it by hand")
    match = _RATIO.search(event.text)
    return replace(
        _base(event, desk, TransactionKind.SPIN_OFF, parent, _effective_day(event.first)),
        counterpart=child.facts,
        quantity=child.quantity,
        amount=event.proceeds,
        ratio_new=Decimal(match["new"]) if match else None,
        ratio_old=Decimal(match["old"]) if match else None,
    )


def _stock_dividend(event: _Event, desk: Desk) -> ParsedTransaction | None:
    is_named = re.search(r"\b(STOCK|SHARE|SCRIP) DIVIDEND\b|\bBONUS ISSUE\b", event.text, re.IGNORECASE)
    if event.type not in ("SD", "HD") and not is_named:
        return None
    if len(event.into) != 1 or event.out:
        raise left_out("a stock dividend that does not name one security; enter it by hand")
    leg = event.into[0]
    parent = _named_first(event)
    if parent and parent.isin and leg.facts.isin and parent.isin != leg.facts.isin:
        raise left_out("a dividend in shares of another company; enter it by hand")
    return replace(
        _base(event, desk, TransactionKind.STOCK_DIVIDEND, leg.facts, _effective_day(event.first)),
        quantity=leg.quantity,
        amount=event.proceeds,
    )


def _rights(event: _Event, desk: Desk) -> ParsedTransaction | None:
    """Rights come out of the shares like a spin-off; what part of the basis moves is not stated (IRC 307)."""
    if event.type not in ("RI", "DI") and "RIGHTS" not in event.text.upper():
        return None
    parent = _named_first(event)
    if event.out and event.into:
        return None
    if len(event.into) != 1 or parent is None or parent.symbol == event.into[0].facts.symbol:
        raise left_out("a rights issue that does not name the right; enter it by hand")
    return replace(
        _base(event, desk, TransactionKind.SPIN_OFF, parent, _effective_day(event.first)),
        counterpart=event.into[0].facts,
        quantity=event.into[0].quantity,
        note=f"rights issue: {event.text}",
    )


def _worthless(event: _Event, desk: Desk) -> ParsedTransaction | None:
    """A security struck off as worthless leaves the book for nothing, a bond that matures for its value."""
    if event.type not in ("DW", "BM") or len(event.out) != 1 or event.into:
        return None
    leg = event.out[0]
    note = "delisted as worthless" if event.type == "DW" else "matured"
    return replace(
        _base(event, desk, TransactionKind.SELL, leg.facts, _day(event.first)),
        quantity=leg.quantity,
        amount=event.proceeds,
        position_effect=PositionEffect.CLOSE,
        note=f"{note}: {event.text}",
    )


def _merger(event: _Event, desk: Desk) -> ParsedTransaction | None:
    """One security given up for another, for cash, or for both; tenders and changes of number likewise."""
    if len(event.out) != 1 or len(event.into) > 1:
        return None
    if event.into:
        return _exchange_of_lots(event, desk, event.text)
    if not event.proceeds:
        raise left_out("a security is given up, but neither another one nor cash comes in; enter it by hand")
    return replace(
        _base(event, desk, TransactionKind.MERGER, event.out[0].facts, _day(event.first)),
        quantity=event.out[0].quantity,
        amount=event.proceeds,
    )


def _exchange_of_lots(event: _Event, desk: Desk, note: str) -> ParsedTransaction:
    given, taken = event.out[0], event.into[0]
    day = _effective_day(event.first) if "split" in note.casefold() else _day(event.first)
    return replace(
        _base(event, desk, TransactionKind.MERGER, given.facts, day),
        quantity=given.quantity,
        counterpart=taken.facts,
        counter_quantity=taken.quantity,
        amount=event.proceeds,
        note=note,
    )


_READERS: tuple[Callable[[_Event, Desk], ParsedTransaction | None], ...] = (
    _split,
    _spin_off,
    _stock_dividend,
    _rights,
    _worthless,
    _merger,
)


def _named_first(event: _Event) -> InstrumentFacts | None:
    """The security with which the text begins: “AAA(US0000000001) SPINOFF 1 FOR 5”."""
    match = _HEAD.match(_TAIL.sub("", event.text))
    if not match:
        return None
    number = match["id"]
    row = event.rows[0]
    return InstrumentFacts(
        symbol=match["symbol"].strip(),
        asset_class="stock",
        currency=row.text("currency").upper(),
        isin=number if len(number) == ISIN_LENGTH else "",
        cusip=number if len(number) == CUSIP_LENGTH else "",
    )


def _base(
    event: _Event, desk: Desk, kind: TransactionKind, facts: InstrumentFacts, day: date
) -> ParsedTransaction:
    row, currency = event.first, event.first.currency()
    return ParsedTransaction(
        natural_key=_key(event, desk, day),
        line=row.line,
        section=row.section,
        row=row.cells,
        kind=kind,
        trade_date=day,
        executed_at=row.moment("dateTime"),
        settle_date=row.optional_day("reportDate"),
        instrument=facts,
        currency=currency,
        fx_rate=desk.fx_rate(row, currency),
        note=event.text,
    )


def _key(event: _Event, desk: Desk, day: date) -> str:
    if event.first.text("actionID"):
        return desk.keys.by_id("action", f"{event.first.text('actionID')}:{day.isoformat()}")
    moved = sum((leg.quantity for leg in event.out + event.into), Decimal(0))
    head = _TAIL.sub("", event.text)
    return desk.keys.by_content(
        "action", event.type, head, _day(event.first), moved, event.first.text("conid", "symbol")
    )


def _day(row: Row) -> date:
    return row.day("dateTime", "date", "reportDate")


def _effective_day(row: Row) -> date:
    """The first trading day on the new terms: an event booked after the close counts from the next weekday,
    but never later than the broker reports it.
    """
    day, moment = _day(row), row.moment("dateTime")
    if moment is None or _hour(moment) < CLOSING_HOUR:
        return day
    following = day + timedelta(days=1)
    while following.weekday() >= SATURDAY:
        following += timedelta(days=1)
    reported = row.optional_day("reportDate")
    return max(day, min(following, reported)) if reported else following


def _hour(moment: datetime) -> int:
    return moment.replace(tzinfo=UTC).astimezone(EXCHANGE_ZONE).hour
