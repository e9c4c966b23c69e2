"""The floor of the exchange: its rows, its market and its clock, and the words said since last asked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from trading.papergateway.exchange.calendar import Calendar, Phase
from trading.papergateway.exchange.market import Market
from trading.papergateway.exchange.noise import noise_number
from trading.papergateway.exchange.records import ExchangeEvent, OrderError, PaperOrder, PaperQuote
from trading.papergateway.exchange.rows import (
    AccountRow,
    ClientRow,
    CounterRow,
    FillRow,
    HoldRow,
    OrderRow,
    PositionRow,
    order_key,
    position_key,
)
from trading.papergateway.exchange.store import Json, Shelf, encode

# Orders that may trade before 9:30 and after 16:00: IBKR takes limits only.
EXTENDED = frozenset({"LMT", "STP LMT"})
FIRST_PERM_ID = 100_000_000
PERM_IDS = 1_000_000_000


class Floor:
    """What the verbs of the book share. Every change of a row is kept by its shelf until it is drained."""

    def __init__(self, market: Market, *, is_always_open: bool) -> None:
        self.market = market
        self.is_always_open = is_always_open
        self.orders = Shelf("order", OrderRow, lambda row: row.perm_id)
        self.fills = Shelf("fill", FillRow, lambda row: row.number)
        self.accounts = Shelf("account", AccountRow)
        self.positions = Shelf("position", PositionRow)
        self.clients = Shelf("client", ClientRow)
        self.holds = Shelf("hold", HoldRow)
        self.counters = Shelf("counter", CounterRow)
        first = FIRST_PERM_ID + noise_number(PERM_IDS, market.seed, "perm")
        self.counters.put(CounterRow(perm_id=first, fill=0))
        self.clock: datetime | None = None
        self._live: dict[str, None] = {}
        self._events: list[ExchangeEvent] = []

    # Words ------------------------------------------------------------------------------------------

    def say(self, *events: ExchangeEvent) -> None:
        """Tell clients something, in the order in which it happened."""
        self._events.extend(events)

    def say_error(self, order: PaperOrder, code: int, words: str) -> None:
        """Tell the client of an order something about it."""
        self.say(OrderError(client_id=order.client_id, order_id=order.order_id, code=code, words=words))

    def heard(self) -> list[ExchangeEvent]:
        """What was said since this was last asked."""
        events, self._events = self._events, []
        return events

    # Orders -----------------------------------------------------------------------------------------

    def order(self, client_id: int, order_id: int) -> OrderRow | None:
        """The order that a client calls by this number."""
        return self.orders.get(order_key(client_id, order_id))

    def order_put(self, row: OrderRow) -> None:
        """Keep an order as it stands now."""
        self.orders.put(row)
        if row.is_live:
            self._live.setdefault(row.key)
        else:
            self._live.pop(row.key, None)

    def current(self, row: OrderRow) -> OrderRow:
        """The newest state of an order."""
        return self.orders.get(row.key) or row

    def live(self) -> list[OrderRow]:
        """Orders that have not ended, oldest first."""
        rows = (self.orders.get(key) for key in self._live)
        return [row for row in rows if row is not None]

    def parent(self, row: OrderRow) -> OrderRow | None:
        """The order that this one is attached to."""
        if not row.order.parent_id:
            return None
        return self.order(row.order.client_id, row.order.parent_id)

    def is_held(self, row: OrderRow) -> bool:
        """Whether the order still waits for the fill of its parent."""
        parent = self.parent(row)
        return parent is not None and parent.is_live

    def works(self, row: OrderRow, now: datetime) -> bool:
        """Whether the order may trade at `now`, if a price is there."""
        if not row.is_transmitted or not row.is_live or self.is_held(row):
            return False
        phase = self.calendar.phase(now)
        return phase is Phase.REGULAR or (phase is not Phase.CLOSED and is_extended(row.order))

    def perm_id_next(self) -> int:
        """A number that no other order has or will have."""
        counter = self._counter()
        self.counters.put(replace(counter, perm_id=counter.perm_id + 1))
        return counter.perm_id

    def fill_number_next(self) -> int:
        """The place of the next fill among all."""
        counter = self._counter()
        self.counters.put(replace(counter, fill=counter.fill + 1))
        return counter.fill + 1

    def order_id_next(self, client_id: int) -> int:
        """The lowest number that a client may use next."""
        row = self.clients.get(str(client_id))
        return 1 if row is None else row.next_order_id

    # Accounts and prices ----------------------------------------------------------------------------

    def account(self, name: str) -> AccountRow:
        """An account that is known to exist."""
        row = self.accounts.get(name)
        if row is None:
            raise KeyError(name)
        return row

    def position(self, account: str, con_id: int) -> PositionRow:
        """What an account holds of a contract, which may be nothing."""
        return self.positions.get(position_key(account, con_id)) or PositionRow(
            account=account, con_id=con_id
        )

    def quote(self, con_id: int, now: datetime) -> PaperQuote:
        """The market in a contract."""
        return self.market.quote(con_id, now, self.holds.get(str(con_id)))

    def last(self, con_id: int, now: datetime) -> Decimal:
        """The last price of a contract; there always is one."""
        hold = self.holds.get(str(con_id))
        return self.market.last(con_id, now) if hold is None or hold.last is None else hold.last

    def tick(self, con_id: int) -> Decimal:
        """The step of a contract's prices."""
        return self.market.contracts[con_id].min_tick

    @property
    def calendar(self) -> Calendar:
        """When the exchange trades."""
        return self.market.calendar

    # Keeping ----------------------------------------------------------------------------------------

    def state(self) -> dict[str, Json]:
        """Everything that cannot be worked out again, as plain data."""
        rows = {name: row for shelf in self._shelves() for name, row in shelf.state().items()}
        return rows | {f"{self.counters.name}:book": encode(replace(self._counter(), clock=self.clock))}

    def drain(self) -> dict[str, Json | None]:
        """Rows that changed since this was last asked; None for those that are gone.

        A clock that moved without consequence is no change: the way from an older one leads to the same.
        """
        changed = self._drain(self._shelves())
        if changed:
            self._clock_keep()
            changed |= self._drain((self.counters,))
        return changed

    def load(self, state: Mapping[str, Json]) -> None:
        """Become the floor that `state` was taken from."""
        for shelf in self._shelves():
            shelf.load(state)
        self.clock = self._counter().clock
        self._live = {row.key: None for row in self.orders if row.is_live}

    def _shelves(self) -> tuple[Shelf[Any], ...]:
        return (
            self.orders,
            self.fills,
            self.accounts,
            self.positions,
            self.clients,
            self.holds,
            self.counters,
        )

    @staticmethod
    def _drain(shelves: tuple[Shelf[Any], ...]) -> dict[str, Json | None]:
        return {name: row for shelf in shelves for name, row in shelf.drain().items()}

    def _counter(self) -> CounterRow:
        row = self.counters.get("book")
        if row is None:
            raise ValueError("the state names no counters")
        return row

    def _clock_keep(self) -> None:
        self.counters.put(replace(self._counter(), clock=self.clock))


def is_extended(order: PaperOrder) -> bool:
    """Whether an order may trade outside regular hours."""
    return order.outside_rth and order.order_type in EXTENDED
