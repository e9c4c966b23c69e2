"""The ledger as the rules read it: in order, without what was taken back, and what belongs together."""

from collections.abc import Iterable
from uuid import UUID

from portfolios.engine.records import FindingKind, FindingRecord, TransactionRecord


def in_order(transactions: Iterable[TransactionRecord]) -> list[TransactionRecord]:
    """The rows by trade date, then sequence, then identifier: the one order in which a book is derived."""
    return sorted(transactions, key=_place)


def effective(
    transactions: Iterable[TransactionRecord],
) -> tuple[list[TransactionRecord], list[FindingRecord]]:
    """The rows that still count, in order, and a finding for each reversal that takes nothing back.

    A reversal and the row it names both drop out. A reversal names a row of the same portfolio and
    instrument, dated on any day, that is no reversal itself and has not been taken back before: to bring a
    reversed row back, it is booked anew.
    """
    rows = in_order(transactions)
    reversals = [row for row in rows if row.reverses_id is not None]
    if not reversals:
        return rows, []
    standing = {row.id: row for row in rows if row.reverses_id is None}
    findings: list[FindingRecord] = []
    for reversal in reversals:
        target = standing.get(reversal.reverses_id) if reversal.reverses_id is not None else None
        if target is None or not _same_place(target, reversal):
            findings.append(_unmatched(reversal))
        else:
            del standing[target.id]
    return list(standing.values()), findings


def instrument_links(transactions: Iterable[TransactionRecord]) -> frozenset[tuple[UUID, UUID]]:
    """The pairs of instruments whose lots depend on each other: the two sides of a spin-off or a merger."""
    return frozenset(
        (row.instrument_id, row.counterpart_id)
        for row in transactions
        if row.instrument_id is not None and row.counterpart_id is not None
    )


def closure(instruments: Iterable[UUID], links: Iterable[tuple[UUID, UUID]]) -> frozenset[UUID]:
    """The instruments to derive again together when `instruments` change: all that links reach from them.

    Deriving the rows of a closure, over all portfolios of the household, gives the same lots, disposals,
    holdings, movements and findings as deriving everything.
    """
    neighbours: dict[UUID, list[UUID]] = {}
    for one, other in links:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    reached = set(instruments)
    waiting = list(reached)
    while waiting:
        for neighbour in neighbours.get(waiting.pop(), ()):
            if neighbour not in reached:
                reached.add(neighbour)
                waiting.append(neighbour)
    return frozenset(reached)


def _place(row: TransactionRecord) -> tuple[int, int, int]:
    return row.trade_date.toordinal(), row.sequence, row.id.int


def _same_place(target: TransactionRecord, reversal: TransactionRecord) -> bool:
    return target.portfolio_id == reversal.portfolio_id and target.instrument_id == reversal.instrument_id


def _unmatched(reversal: TransactionRecord) -> FindingRecord:
    return FindingRecord(
        kind=FindingKind.REVERSAL_UNMATCHED,
        portfolio_id=reversal.portfolio_id,
        instrument_id=reversal.instrument_id,
        transaction_id=reversal.id,
        day=reversal.trade_date,
        detail=(
            "This reversal takes nothing back: the row it names is not in the book, stands under another "
            "account or instrument, is a reversal itself, or was taken back before."
        ),
    )
