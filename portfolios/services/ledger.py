"""Writing the ledger: rows are appended once for each event, and taken back only by reversal."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Household
from common.audit import audit_record, event_record
from common.bulk import copy_rows
from common.errors import Conflict
from common.identifiers import derived_uuid, uuid7
from common.transactions import write_transaction
from portfolios.engine.records import InstrumentFacts, ParsedTransaction
from portfolios.models import Portfolio, Transaction
from portfolios.services.instruments import InstrumentResolver

BATCH = 1000
ONE = Decimal(1)
# The source of a row that a person's reversal wrote; a file's own cancellation keeps the file's source.
REVERSAL_SOURCE = "reversal"

# What a ledger row takes over from its source as it is.
COPIED = (
    "kind", "trade_date", "executed_at", "settle_date", "quantity", "price", "amount", "fees",
    "position_effect", "ratio_new", "ratio_old", "counter_quantity", "counter_amount", "counter_currency",
    "basis_fraction", "cost", "acquired", "order_ref", "natural_key",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordResult:
    """What an append did: how many rows were new, how many the book knew already, and what they touched."""

    new: int
    known: int
    new_keys: frozenset[str] = frozenset()
    instruments: frozenset[UUID] = field(default_factory=frozenset)


@write_transaction
def transactions_record(
    *,
    portfolio: Portfolio,
    parsed: Sequence[ParsedTransaction],
    source: str,
    import_run_id: UUID | None = None,
    actor_id: UUID | None = None,
) -> RecordResult:
    """Append `parsed` to the ledger of `portfolio`, each natural key at most once.

    Lots are not derived here: call `book_derive` for the instruments of the result. The household row is
    locked first, so two imports of one household never interleave.
    """
    household_lock(portfolio.household_id)
    known_keys = _known_keys(portfolio, parsed)
    fresh: list[ParsedTransaction] = []
    seen: set[str] = set(known_keys)
    for row in parsed:
        if row.natural_key not in seen:
            seen.add(row.natural_key)
            fresh.append(row)
    if not fresh:
        return RecordResult(new=0, known=len(parsed))
    resolver = InstrumentResolver(portfolio.household_id)
    resolver.create_missing(facts for row in fresh for facts in (row.instrument, row.counterpart) if facts)
    shared = {
        "source": source,
        "import_run_id": import_run_id,
        "created_by_id": actor_id,
        "created_at": timezone.now(),
    }
    rows = _build_rows(portfolio, fresh, resolver, known_keys, shared)
    columns = list(rows[0])
    copy_rows(Transaction, columns, ([row[name] for name in columns] for row in rows))
    event_record(
        topic="ledger.recorded",
        household_id=portfolio.household_id,
        payload={"portfolio": str(portfolio.pk), "rows": len(rows)},
    )
    return RecordResult(
        new=len(rows),
        known=len(parsed) - len(rows),
        new_keys=frozenset(row["natural_key"] for row in rows),
        instruments=frozenset(
            row[name] for row in rows for name in ("instrument_id", "counterpart_id") if row[name]
        ),
    )


@write_transaction
def transaction_reverse(*, transaction: Transaction, reason: str, actor_id: UUID | None) -> Transaction:
    """Take back one ledger row with a row that says so; returns the reversing row.

    Raises Conflict when the row was reversed before or is itself a reversal. Derive the book afterwards.
    """
    household_lock(transaction.portfolio.household_id)
    if transaction.reverses_id or Transaction.objects.filter(reverses=transaction).exists():
        raise Conflict("This row has been reversed already.", code="already-reversed")
    reversal = _reversal_of(transaction, note=reason[:300])
    reversal.created_by_id = actor_id
    reversal.save(force_insert=True)
    audit_record(actor_id=actor_id, action="transaction.reverse", subject=reversal, detail={"reason": reason})
    event_record(
        topic="ledger.reversed",
        household_id=transaction.portfolio.household_id,
        payload={"portfolio": str(transaction.portfolio_id), "transaction": str(transaction.pk)},
    )
    return reversal


def household_lock(household_id: UUID) -> None:
    """Hold the household's row until the transaction ends: its book has one writer at a time.

    The row's time of change is the version of the book, by which readers know that what they kept is old.
    """
    Household.objects.filter(pk=household_id).update(updated_at=timezone.now())


def _known_keys(portfolio: Portfolio, parsed: Sequence[ParsedTransaction]) -> dict[str, UUID]:
    """Natural keys of `parsed`, and of the rows they reverse, that the ledger has, with their row ids."""
    keys = list({key for row in parsed for key in (row.natural_key, row.reverses_key) if key})
    known: dict[str, UUID] = {}
    for start in range(0, len(keys), BATCH):
        chunk = keys[start : start + BATCH]
        found = Transaction.objects.filter(portfolio=portfolio, natural_key__in=chunk)
        known.update(found.values_list("natural_key", "id"))
    return known


def _build_rows(
    portfolio: Portfolio,
    parsed: Sequence[ParsedTransaction],
    resolver: InstrumentResolver,
    known_keys: dict[str, UUID],
    shared: dict[str, Any],
) -> list[dict[str, Any]]:
    # A file may run from the newest row to the oldest; rows of one day keep their true order either way.
    backwards = runs_backwards(parsed)
    ids = dict(known_keys)
    rows: list[dict[str, Any]] = []
    for item in parsed:
        row = shared | _build_row(portfolio, item, resolver)
        row["sequence"] = day_sequence(item, backwards=backwards)
        ids[item.natural_key] = row["id"]
        rows.append(row)
    _link_reversals(rows, parsed, ids)
    return rows


def _link_reversals(
    rows: Sequence[dict[str, Any]], parsed: Sequence[ParsedTransaction], ids: dict[str, UUID]
) -> None:
    """Name the row that each cancelling row takes back; a row can be taken back once."""
    targets = [ids[item.reverses_key] for item in parsed if item.reverses_key in ids]
    taken = set(Transaction.objects.filter(reverses__in=targets).values_list("reverses_id", flat=True))
    for row, item in zip(rows, parsed, strict=True):
        target = ids.get(item.reverses_key) if item.reverses_key else None
        if target is not None and target not in taken:
            taken.add(target)
            row["reverses_id"] = target


def _build_row(portfolio: Portfolio, item: ParsedTransaction, resolver: InstrumentResolver) -> dict[str, Any]:
    currency = item.currency or portfolio.base_currency
    fx_rate = item.fx_rate
    if fx_rate is None and currency == portfolio.base_currency:
        fx_rate = ONE
    source_row = json.dumps(item.row, sort_keys=True, ensure_ascii=False)
    return {name: getattr(item, name) for name in COPIED} | {
        "id": uuid7(),
        "portfolio_id": portfolio.pk,
        "currency": currency,
        "fx_rate": fx_rate,
        "instrument_id": _instrument_id(item.instrument, resolver),
        "counterpart_id": _instrument_id(item.counterpart, resolver),
        "transfer_id": _transfer_id(portfolio.household_id, item.transfer_key),
        "source_hash": hashlib.sha256(source_row.encode()).hexdigest(),
        "source_row": source_row,
        "source_line": item.line,
        "note": item.note[:300],
        "reverses_id": None,
    }


def _transfer_id(household_id: UUID, transfer_key: str) -> UUID | None:
    return derived_uuid(household_id, f"transfer:{transfer_key}") if transfer_key else None


def _instrument_id(facts: InstrumentFacts | None, resolver: InstrumentResolver) -> UUID | None:
    return None if facts is None else resolver.resolve(facts).pk


def runs_backwards(parsed: Sequence[ParsedTransaction]) -> bool:
    """Whether a file runs from the newest row to the oldest: rows of a day keep their order then too."""
    return len(parsed) > 1 and parsed[0].trade_date > parsed[-1].trade_date


def day_sequence(item: ParsedTransaction, *, backwards: bool) -> int:
    """The order inside a day: by time where the source gives one, else by line.

    Rows without a time come first: corporate actions, transfers and openings take effect before trading.
    """
    if item.executed_at is not None:
        return int(item.executed_at.timestamp())
    return 1_000_000 - item.line if backwards else item.line


def _reversal_of(transaction: Transaction, note: str) -> Transaction:
    fields = {
        name: getattr(transaction, name)
        for name in (
            "portfolio_id", "kind", "trade_date", "sequence", "executed_at", "settle_date", "instrument_id",
            "price", "fees", "currency", "fx_rate", "position_effect", "ratio_new", "ratio_old",
            "counterpart_id", "counter_currency", "basis_fraction", "acquired", "transfer_id", "order_ref",
            "source_row", "source_hash",
        )
    }  # fmt: skip
    negated = {
        name: None if getattr(transaction, name) is None else -getattr(transaction, name)
        for name in ("quantity", "amount", "counter_quantity", "counter_amount", "cost")
    }
    return Transaction(
        id=derived_uuid(transaction.pk, "reversal"),
        reverses=transaction,
        natural_key=f"reversal:{transaction.pk}",
        source=REVERSAL_SOURCE,
        note=note,
        **fields,
        **negated,
    )
