"""A book that goes on: what a few rows more would do, without walking the ledger before them again.

A walk over a ledger is kept at its end, as bytes; whoever asks about further rows goes on with a copy. The
copy has its own lots, closings and groups, which later rows change; what never changes (identifiers, days,
rows of the ledger, accounts, rules) is shared.
"""

import io
import pickle
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from portfolios.engine.book import (
    BY_ACCOUNT,
    HANDLERS,
    Reliefs,
    book_of,
    brokers_choices,
    collector_paused,
    ledger_walked,
    lots_of,
    needs_brokers_book,
    positions_of,
)
from portfolios.engine.closings import Closing, Match, closed_records
from portfolios.engine.ledger import in_order
from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.policies import TaxRules, WashMode
from portfolios.engine.positions import Position
from portfolios.engine.records import (
    Book,
    DisposalRecord,
    LotRecord,
    PortfolioRecord,
    TransactionKind,
    TransactionRecord,
    WashRecord,
)
from portfolios.engine.relief.named import NamedLots
from portfolios.engine.walk import Walk
from portfolios.engine.wash_groups import Candidate, Group, Loss, Split, Standing
from portfolios.engine.washsales import WashSales

TRADES = frozenset((TransactionKind.BUY, TransactionKind.SELL))
# What a walk changes, and what holds such things; all else is shared by the copies.
CHANGING = frozenset(
    (
        Walk, WashSales, Position, LotQueue, OpenLot, Closing, Match, Loss, Group, Candidate, Split, Standing,
        list, dict, set, defaultdict, deque,
    )
)  # fmt: skip
PLAIN = frozenset((int, str, bool, type(None)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What follows from further rows: the disposals that are theirs, and the wash sales they have a side in.

    In the order of a book.
    """

    disposals: tuple[DisposalRecord, ...]
    washes: tuple[WashRecord, ...]


class BookSoFar:
    """The book of a ledger, and what further purchases and sales behind it would do."""

    def __init__(
        self, rows: Sequence[TransactionRecord], portfolios: Mapping[UUID, PortfolioRecord], rules: TaxRules
    ) -> None:
        self._rows = rows
        self._portfolios = portfolios
        self._rules = rules

    @cached_property
    def book(self) -> Book:
        """What follows from the ledger as it is."""
        with collector_paused():
            return book_of(self._walk)

    def after(self, rows: Sequence[TransactionRecord], reliefs: Reliefs = BY_ACCOUNT) -> Followed:
        """What `derive_book` tells of `rows` when they are added to the ledger.

        `reliefs` names a method for single sales among `rows`, as `derive_book` takes it.
        """
        keys = {row.id for row in rows}
        with collector_paused():
            walk = self._walked_on(rows, reliefs)
            closed = [closed_records(_touched(position, keys)) for position in positions_of(walk)]
        return Followed(
            disposals=tuple(one for found, _ in closed for one in found if one.transaction_id in keys),
            washes=tuple(
                one
                for _, found in closed
                for one in found
                if one.sale_id in keys or one.replacement_id in keys
            ),
        )

    def lots_after(self, rows: Sequence[TransactionRecord]) -> tuple[LotRecord, ...]:
        """The open lots once `rows` are in the ledger too."""
        with collector_paused():
            walk = self._walked_on(rows, BY_ACCOUNT)
            return tuple(lot for position in positions_of(walk) for lot in lots_of(position))

    @cached_property
    def _walk(self) -> Walk:
        return ledger_walked(self._rows, self._portfolios, self._rules)

    @cached_property
    def _kept(self) -> "_KeptWalk":
        return _KeptWalk(self._walk)

    @cached_property
    def _kept_broker(self) -> "_KeptWalk":
        broker = replace(self._rules, mode=WashMode.BROKER)
        return _KeptWalk(ledger_walked(self._rows, self._portfolios, broker))

    def _walked_on(self, rows: Sequence[TransactionRecord], reliefs: Reliefs) -> Walk:
        ordered = in_order(rows)
        if not self._is_behind(ordered):
            return ledger_walked([*self._rows, *ordered], self._portfolios, self._rules, reliefs)
        named: Mapping[UUID, NamedLots] = {}
        if needs_brokers_book(self._portfolios, self._rules, reliefs):
            broker = _gone_on(self._kept_broker.copy(), ordered, {}, reliefs)
            named = brokers_choices(broker, reliefs)
        return _gone_on(self._kept.copy(), ordered, named, reliefs)

    @cached_property
    def _last(self) -> TransactionRecord | None:
        ordered = in_order(self._rows)
        return ordered[-1] if ordered else None

    def _is_behind(self, ordered: Sequence[TransactionRecord]) -> bool:
        """Whether rows are plain trades that all stand behind the ledger."""
        if not ordered or not all(row.kind in TRADES and not row.order_ref for row in ordered):
            return False
        return self._last is None or in_order((self._last, ordered[0]))[0] is self._last


class _KeptWalk:
    """A walk as bytes, to be gone on with many times."""

    def __init__(self, walk: Walk) -> None:
        # Only a copy is pruned: another thread may be reading the walk.
        lean = _Frozen(walk).thawed()
        lean.go_on({}, {})
        lean.prune()
        self._frozen = _Frozen(lean)

    def copy(self) -> Walk:
        """One more walk that stands where this one stood."""
        return self._frozen.thawed()


class _Frozen:
    """The bytes of a walk, with places in a list for what its copies share."""

    def __init__(self, walk: Walk) -> None:
        self._shared: list[Any] = []
        written = io.BytesIO()
        _Freezer(written, self._shared).dump(walk)
        self._bytes = written.getvalue()

    def thawed(self) -> Walk:
        # Bytes that this process has written itself, and never keeps anywhere else.
        reader = pickle.Unpickler(io.BytesIO(self._bytes))  # noqa: S301
        reader.persistent_load = self._shared.__getitem__  # type: ignore[method-assign]
        walk: Walk = reader.load()
        return walk


class _Freezer(pickle.Pickler):
    """Writes what changes, and puts what does not into a list."""

    def __init__(self, written: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(written, protocol=pickle.HIGHEST_PROTOCOL)
        self._shared = shared
        self._places: dict[int, int] = {}

    def persistent_id(self, one: Any) -> int | None:
        """The place of what is shared; None for what is written."""
        if type(one) in PLAIN or not _is_shared(one):
            return None
        place = self._places.get(id(one))
        if place is None:
            place = self._places[id(one)] = len(self._shared)
            self._shared.append(one)
        return place


def _is_shared(one: Any) -> bool:
    if type(one) is tuple:
        return all(map(_is_shared, one))
    return type(one) not in CHANGING


def _gone_on(
    walk: Walk, rows: Iterable[TransactionRecord], named: Mapping[UUID, NamedLots], reliefs: Reliefs
) -> Walk:
    walk.go_on(named, reliefs)
    for row in rows:
        if row.instrument_id is not None:
            HANDLERS[row.kind](walk, walk.position(row.portfolio_id, row.instrument_id), row)
    return walk


def _touched(position: Position, keys: set[UUID]) -> Iterable[Closing]:
    """What rows closed of a position, and all that was closed by sales whose loss they replace."""
    sales = {
        one.row.id
        for one in position.closings
        if one.row.id in keys or any(match.transaction_id in keys for match in one.matches)
    }
    return (one for one in position.closings if one.row.id in sales) if sales else ()
