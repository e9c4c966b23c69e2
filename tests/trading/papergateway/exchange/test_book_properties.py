"""Whatever clients do, nothing is lost: orders, shares and cash add up, and a restart changes no future."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.trading.papergateway.exchange.paper_market import (
    ACME,
    CASH,
    CLIENT,
    GLOBEX,
    MARGIN,
    NOW,
    order,
    paper_market,
)
from trading.papergateway.exchange.book import PaperBook
from trading.papergateway.exchange.records import ExchangeEvent, PaperOrder

D = Decimal
OPENING_CASH = D(30_000)
HELD = ((CASH, ACME, "200", "90"), (MARGIN, ACME, "50", "90"))
KINDS = ("MKT", "MKT", "LMT", "LMT", "STP", "STP LMT", "TRAIL", "MOC", "LOC")
PRICES = st.integers(9_500, 10_500).map(lambda cents: D(cents) / 100)
SPANS = st.sampled_from([1, 2, 30, 600, 7_200, 40_000, 90_000])


class Trading(RuleBasedStateMachine):
    """Two books that are told the same; one is thrown away and restored from the other now and then."""

    @initialize(seed=st.integers(0, 3), is_always_open=st.booleans())
    def begin(self, seed: int, *, is_always_open: bool) -> None:
        self.seed, self.is_always_open = seed, is_always_open
        self.book, self.twin = self.make(), self.make()
        self.journal: dict[str, Any] = {}
        self.now, self.number = NOW, 0

    @rule(
        kind=st.sampled_from(KINDS),
        action=st.sampled_from(["BUY", "SELL"]),
        quantity=st.sampled_from(["150", "30", "250", "1", "500"]),
        price=PRICES,
        other=PRICES,
        tif=st.sampled_from(["DAY", "DAY", "GTC", "IOC", "GTD"]),
        account=st.sampled_from([CASH, CASH, MARGIN]),
        group=st.sampled_from(["", "", "one", "two"]),
        oca_type=st.integers(1, 3),
        parent=st.sampled_from([0, 0, 0, 0, 1, 2]),
        flags=st.tuples(st.booleans(), st.sampled_from([True, True, True, False])),
    )
    def place(
        self, *, kind: str, action: str, quantity: str, price: Decimal, other: Decimal, **more: Any
    ) -> None:
        self.number += 1
        parent = self.number - more["parent"]
        self.both(
            lambda book: book.place(
                replace(
                    priced(order(self.number, action, quantity, kind), price, other),
                    account=more["account"],
                    tif="DAY" if kind in {"MOC", "LOC"} else more["tif"],
                    good_till=self.now + timedelta(hours=3) if more["tif"] == "GTD" else None,
                    oca_group=more["group"],
                    oca_type=more["oca_type"],
                    parent_id=parent if more["parent"] and parent > 0 else 0,
                    outside_rth=more["flags"][0],
                    transmit=more["flags"][1],
                ),
                self.now,
            )
        )

    @rule(
        action=st.sampled_from(["BUY", "SELL"]),
        account=st.sampled_from([CASH, MARGIN]),
        quantity=st.sampled_from(["30", "100", "130"]),
        size=st.sampled_from(["20", "60"]),
        price=PRICES,
    )
    def trade(self, action: str, account: str, quantity: str, size: str, price: Decimal) -> None:
        """An order that is filled in parts, at prices that may have moved in between."""
        self.number += 1
        plain = replace(order(self.number, action, quantity), account=account)
        self.both(lambda book: book.set_price(ACME, D(100), self.now, size=D(size)))
        self.both(lambda book: book.place(plain, self.now))
        self.both(lambda book: book.set_price(ACME, price, self.now, size=D(size)))
        self.now += timedelta(seconds=2)
        self.both(lambda book: book.advance(self.now))

    @rule(pick=st.integers(0, 20), quantity=st.sampled_from(["5", "300"]), price=PRICES)
    def modify(self, pick: int, quantity: str, price: Decimal) -> None:
        reports = self.book.open_orders()
        if reports:
            old = reports[pick % len(reports)].order
            new = replace(priced(old, price, price), quantity=D(quantity), transmit=True)
            self.both(lambda book: book.place(new, self.now))

    @rule(number=st.integers(1, 20))
    def cancel(self, number: int) -> None:
        self.both(lambda book: book.cancel(CLIENT, number, self.now))

    @rule()
    def cancel_all(self) -> None:
        self.both(lambda book: book.cancel_all(self.now))

    @rule(span=SPANS)
    def advance(self, span: int) -> None:
        self.now += timedelta(seconds=span)
        self.both(lambda book: book.advance(self.now))

    @rule(price=PRICES, size=st.sampled_from(["20", "60", "1000"]))
    def hold(self, price: Decimal, size: str) -> None:
        self.both(lambda book: book.set_price(ACME, price, self.now, size=D(size)))

    @rule()
    def release(self) -> None:
        self.both(lambda book: book.release_price(ACME, self.now))

    @rule(is_halted=st.booleans())
    def halt(self, *, is_halted: bool) -> None:
        self.both(lambda book: book.halt(ACME, self.now) if is_halted else book.resume(ACME, self.now))

    @rule()
    def restart(self) -> None:
        self.keep()
        assert timeless(self.journal) == timeless(self.book.state())
        self.twin = self.make()
        self.twin.restore(json.loads(json.dumps(self.journal)))
        assert self.twin.state() == self.journal

    def make(self) -> PaperBook:
        """A book that nobody has traded on."""
        return paper_market(
            cash=str(OPENING_CASH),
            held=HELD,
            seed=self.seed,
            is_always_open=self.is_always_open,
            prices={},
        )

    def both(self, verb: Callable[[PaperBook], Sequence[ExchangeEvent]]) -> None:
        """Tell both books the same and hear the same from both."""
        assert verb(self.book) == verb(self.twin)
        self.keep()

    def keep(self) -> None:
        """Lay what changed over the journal, as a server does after every event."""
        for name, row in self.book.drain().items():
            if row is None:
                self.journal.pop(name, None)
            else:
                self.journal[name] = row

    @invariant()
    def cash_is_what_the_fills_made_of_it(self) -> None:
        for account in (CASH, MARGIN):
            change = sum(
                (
                    (1 if fill.order.action == "SELL" else -1) * fill.quantity * fill.price - fee.commission
                    for fill, fee in self.book.executions(None)
                    if fill.order.account == account
                ),
                D(0),
            )
            assert self.book.cash(account) == OPENING_CASH + change

    @invariant()
    def shares_are_what_the_fills_made_of_them(self) -> None:
        held = {(account, con_id): D(quantity) for account, con_id, quantity, _ in HELD}
        for fill, _ in self.book.executions(None):
            key = (fill.order.account, fill.order.con_id)
            held[key] = held.get(key, D(0)) + (
                fill.quantity if fill.order.action == "BUY" else -fill.quantity
            )
        told = {(each.account, each.con_id): each.quantity for each in self.book.positions()}
        assert told == {key: quantity for key, quantity in held.items() if quantity}

    @invariant()
    def gains_and_costs_account_for_all_cash(self) -> None:
        for account, floor in ((CASH, self.book._floor), (MARGIN, self.book._floor)):
            row = floor.account(account)
            rows = [each for each in floor.positions if each.account == account]
            opened = row.opening_cash + sum((each.opening_cost for each in rows), D(0))
            assert row.cash + sum((each.cost for each in rows), D(0)) == opened + row.realised

    @invariant()
    def a_cash_account_neither_owes_nor_is_short(self) -> None:
        assert self.book.cash(CASH) >= 0
        assert all(each.quantity > 0 for each in self.book.positions() if each.account == CASH)

    @invariant()
    def an_order_is_filled_by_its_fills_and_never_beyond(self) -> None:
        for report in [*self.book.open_orders(), *self.book.completed_orders()]:
            filled = [
                fill.quantity for fill, _ in self.book.executions(None) if fill.perm_id == report.perm_id
            ]
            assert sum(filled, D(0)) == report.filled <= report.order.quantity
            assert (report.status == "Filled") == (report.remaining == 0)

    @invariant()
    def no_order_is_both_open_and_ended_and_no_number_stands_twice(self) -> None:
        live = [report.perm_id for report in self.book.open_orders()]
        ended = [report.perm_id for report in self.book.completed_orders()]
        assert len({*live, *ended}) == len(live) + len(ended)
        assert self.book.next_order_id(CLIENT) == self.number + 1
        names = [fill.exec_id for fill, _ in self.book.executions(None)]
        assert len(set(names)) == len(names)

    @invariant()
    def no_fill_is_worse_than_its_limit(self) -> None:
        for fill, _ in self.book.executions(None):
            price = fill.order.limit_price
            if price is not None:
                is_good = fill.price <= price if fill.order.action == "BUY" else fill.price >= price
                assert is_good


def priced(plain: PaperOrder, price: Decimal, other: Decimal) -> PaperOrder:
    """The order with the prices that its kind needs."""
    kind = plain.order_type
    if kind == "TRAIL":
        plain = replace(plain, aux_price=D("0.50"))
    if kind in {"STP", "STP LMT"}:
        plain = replace(plain, aux_price=other)
    return replace(plain, limit_price=price) if kind in {"LMT", "STP LMT", "LOC"} else plain


TestTrading = Trading.TestCase
TestTrading.settings = settings(stateful_step_count=40)


def timeless(state: dict[str, Any]) -> dict[str, Any]:
    """A state without the clock: a journal keeps the clock of its last change."""
    return state | {"counter:book": state["counter:book"] | {"clock": None}}


def leaps(moments: Sequence[datetime], seed: int) -> tuple[list[ExchangeEvent], dict[str, Any]]:
    """What is told of some orders while time leaps from moment to moment."""
    book = paper_market(held=HELD, seed=seed, prices={})
    told = [
        *book.place(priced(order(1, "BUY", "2500", "MKT", account=MARGIN), D(0), D(0)), NOW),
        *book.place(order(2, "SELL", "50", "TRAIL", aux_price="0.30"), NOW),
        *book.place(order(3, "SELL", "50", "LMT", limit_price="102.00", tif="GTC"), NOW),
        *book.place(order(4, "BUY", "40", "STP", aux_price="101.80", con_id=ACME), NOW),
        *book.place(order(5, "BUY", "20", "LMT", limit_price="38.90", con_id=GLOBEX, outside_rth=True), NOW),
    ]
    for moment in moments:
        told += book.advance(moment)
    return told, book.state()


def test_it_does_not_matter_how_often_the_market_is_moved_on() -> None:
    for seed in range(6):
        end = NOW + timedelta(hours=2)
        whole = leaps([end], seed)
        steps = leaps([NOW + timedelta(seconds=13.7 * step) for step in range(520)] + [end], seed)

        assert whole == steps
