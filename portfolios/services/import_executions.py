"""Executions that the broker told twice, over its API and in a file: which row of the book tells each."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from common.money import quantize
from portfolios.engine.records import ParsedTransaction, TransactionKind
from portfolios.engine.statements.keys import execution_base
from portfolios.models import Portfolio, Transaction
from portfolios.services.instruments import InstrumentResolver

# Rows that the booking of fills wrote, and its later tellings of one fill: the key, a slash, their number.
FILL_SOURCE = "trading"
_RETOLD = re.compile(r"(?P<key>.+:exec:[^/]+)/(?P<number>[0-9]+)")
_NAMELESS = "ibkr::exec:"
CANCELLED = "/cancelled"
TRADES = frozenset({TransactionKind.BUY, TransactionKind.SELL})

Group = tuple[UUID, date, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsTold:
    """The rows of a file beside what the book heard over the API.

    `told` maps the natural key of a row to that of the book's row which tells the same. `settled` are rows
    that the book's fills answer for as a whole. `doubtful` maps keys of rows that may repeat some fills of
    the book to the reason why they stay out. `rows` are all rows; cancellations name the standing telling.
    """

    rows: tuple[ParsedTransaction, ...]
    told: Mapping[str, str] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    doubtful: Mapping[str, str] = field(default_factory=dict)


def rows_told(
    portfolio: Portfolio, rows: Sequence[ParsedTransaction], resolver: InstrumentResolver
) -> RowsTold:
    """What of `rows` the book heard of before as fills, however either of them was corrected since.

    A corrected fill stands in the book under a later telling; a file names it by its execution, takes it
    back, or tells the correction. Rows that name no execution (of orders, or without numbers) are compared
    with the fills of their day and instrument as a whole.
    """
    latest = _latest_tellings(portfolio)
    corrected = {key for row in rows if (key := _corrected_key(row))}
    told = _nameless_told(portfolio, rows)
    settled: set[str] = set()
    kept: list[ParsedTransaction] = []
    for row in rows:
        base = _corrected_key(row) or row.natural_key.removesuffix(CANCELLED)
        newest = latest.get(base)
        if newest and row.reverses_key and base not in corrected:
            kept.append(replace(row, reverses_key=newest))
            continue
        kept.append(row)
        if newest and (base not in corrected or _corrected_key(row)):
            told[row.natural_key] = newest
        elif newest:
            # What the correction in the same file takes back, the book has taken back too.
            settled.add(row.natural_key)
    summed, doubtful = _sums_told(portfolio, kept, resolver)
    return RowsTold(rows=tuple(kept), told=told, settled=frozenset(settled | summed), doubtful=doubtful)


def _latest_tellings(portfolio: Portfolio) -> dict[str, str]:
    """Keys of fills that were told again, with the key of the newest telling."""
    keys = Transaction.objects.filter(
        portfolio=portfolio, source=FILL_SOURCE, natural_key__contains="/"
    ).values_list("natural_key", flat=True)
    newest: dict[str, tuple[int, str]] = {}
    for key in keys:
        match = _RETOLD.fullmatch(key)
        if match:
            entry = (int(match["number"]), key)
            newest[match["key"]] = max(newest.get(match["key"], entry), entry)
    return {base: key for base, (_, key) in newest.items()}


def _corrected_key(row: ParsedTransaction) -> str:
    """The key of the execution that a correcting row tells anew; empty for other rows and without a name."""
    prefix, section, _ = row.natural_key.partition(":corrected:")
    named = execution_base(row.row.get("ibExecID") or row.row.get("execID") or "")
    return f"{prefix}:exec:{named}" if section and named else ""


def _nameless_told(portfolio: Portfolio, rows: Iterable[ParsedTransaction]) -> dict[str, str]:
    """Executions of a file that names no account, by their number alone."""
    nameless = {row.natural_key: row.trade_date for row in rows if row.natural_key.startswith(_NAMELESS)}
    if not nameless:
        return {}
    days = nameless.values()
    keys = Transaction.objects.filter(
        portfolio=portfolio, natural_key__contains=":exec:", trade_date__range=(min(days), max(days))
    ).values_list("natural_key", flat=True)
    by_number = {key.partition(":exec:")[2]: key for key in keys}
    numbers = {key: key.partition(":exec:")[2] for key in nameless}
    return {key: by_number[number] for key, number in numbers.items() if number in by_number}


def _sums_told(
    portfolio: Portfolio, rows: Iterable[ParsedTransaction], resolver: InstrumentResolver
) -> tuple[set[str], dict[str, str]]:
    """Trades without an execution's number whose day and instrument has fills in the book.

    Told when they come to the same quantity; in doubt otherwise, since counting both might count twice.
    """
    fills = _fills(portfolio)
    groups: defaultdict[Group, list[ParsedTransaction]] = defaultdict(list)
    for row in rows if fills else ():
        if row.kind in TRADES and row.instrument and not _names_execution(row):
            groups[resolver.resolve(row.instrument).pk, row.trade_date, row.kind.value].append(row)
    settled: set[str] = set()
    doubtful: dict[str, str] = {}
    for group in groups.keys() & fills.keys():
        keys = [row.natural_key for row in groups[group]]
        stated = quantize(sum((row.quantity for row in groups[group]), Decimal(0)))
        if stated == fills[group]:
            settled.update(keys)
        else:
            doubtful |= dict.fromkeys(keys, _doubt(stated, fills[group]))
    return settled, doubtful


def _names_execution(row: ParsedTransaction) -> bool:
    """Whether the row is told apart from others, or is no execution at all: an exercise, an assignment."""
    is_booked = row.row.get("transactionType", "").startswith("Book")
    return (
        is_booked or bool(row.reverses_key) or ":exec:" in row.natural_key or ":corrected:" in row.natural_key
    )


def _fills(portfolio: Portfolio) -> dict[Group, Decimal]:
    """The quantity of the fills that came over the API and still count, by instrument, day and kind."""
    rows = (
        Transaction.objects.effective()
        .filter(portfolio=portfolio, source=FILL_SOURCE, natural_key__contains=":exec:")
        .order_by()
        .values_list("instrument_id", "trade_date", "kind")
        .annotate(total=Sum("quantity"))
    )
    return {(instrument_id, day, kind): total for instrument_id, day, kind, total in rows}


def _doubt(stated: Decimal, total: Decimal) -> str:
    return (
        f"The file says {stated.normalize():f} in all, and the broker's fills of that day came to "
        f"{total.normalize():f}. Import a statement with single executions, which are told apart."
    )
