"""Finding the two legs of a transfer in kind when no source says that they belong together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from common.identifiers import derived_uuid
from portfolios.engine.records import TransactionKind, TransactionRecord

# Transfers between brokers take about a week; beyond ten days two legs are rather two events.
MAX_DAYS_APART = 10


def pair_transfers(rows: Sequence[TransactionRecord]) -> list[TransactionRecord]:
    """`rows` with a common `transfer_id` on legs that fit: one leaves, one arrives in another account of the
    same household, with the same instrument and the same quantity, at most ten days apart.

    Nearest days are paired first, then the earlier leg, so the result does not depend on the order of rows.
    Legs that already name a transfer, or state a cost of their own, are left as they are.
    """
    outs: defaultdict[tuple[UUID, Decimal], list[TransactionRecord]] = defaultdict(list)
    ins: list[TransactionRecord] = []
    for row in rows:
        if row.transfer_id is not None or row.instrument_id is None or row.cost is not None:
            continue
        if row.kind is TransactionKind.TRANSFER_OUT:
            outs[row.instrument_id, -row.quantity].append(row)
        elif row.kind is TransactionKind.TRANSFER_IN:
            ins.append(row)
    if not outs or not ins:
        return list(rows)
    ids = _pair(outs, ins)
    return [replace(row, transfer_id=ids[row.id]) if row.id in ids else row for row in rows]


def _pair(
    outs: dict[tuple[UUID, Decimal], list[TransactionRecord]], ins: Sequence[TransactionRecord]
) -> dict[UUID, UUID]:
    candidates = [
        (abs((arrival.trade_date - leaving.trade_date).days), leaving.trade_date, leaving.id, arrival.id)
        for arrival in ins
        if arrival.instrument_id is not None
        for leaving in outs.get((arrival.instrument_id, arrival.quantity), ())
        if leaving.portfolio_id != arrival.portfolio_id
    ]
    ids: dict[UUID, UUID] = {}
    for days, _, leaving_id, arrival_id in sorted(candidates):
        if days > MAX_DAYS_APART:
            break
        if leaving_id not in ids and arrival_id not in ids:
            ids[leaving_id] = ids[arrival_id] = derived_uuid(leaving_id, "transfer")
    return ids
