"""The adapter against the paper gateway over TCP: lives of orders, and failures that brokers are known for.

Names in brackets are those of public reports of a failure; what is shown here is that none of them makes the
adapter say that an order ended which lives, or lose or double a fill.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.trading.brokers.ibkr.conftest import Decoding, address
from tests.trading.papergateway.gateway_fixture import (
    ALICE,
    BOB,
    RunningGateway,
    held_prices,
    paper_book,
    running_gateway,
)
from trading.brokers.base import (
    BrokerError,
    BrokerEvent,
    BrokerRefusal,
    Filled,
    LinkChanged,
    OrderNotice,
    OrderUpdate,
    Quoted,
)
from trading.brokers.ibkr.client import IbkrBroker
from trading.engine.records import (
    BrokerOrder,
    ContractFacts,
    ExecutionFacts,
    LinkState,
    OrderKind,
    OrderState,
    OrderTicket,
    PriceSource,
    Side,
)

POSITIONS, OPEN_ALL, COMPLETED, EXECUTIONS = "61", "16", "99", "7"
ORDER_STATUS, OPEN_ORDER, EXECUTION, COMMISSION = "3", "5", "11", "59"
TEN = OrderTicket(side=Side.BUY, quantity=Decimal(10))


def limit(price: str, **more: Any) -> OrderTicket:
    """Ten shares at a price or better."""
    return replace(TEN, kind=OrderKind.LIMIT, limit_price=Decimal(price), **more)


class Client:
    """An adapter, and everything it has told so far."""

    def __init__(self, broker: IbkrBroker) -> None:
        self.broker = broker
        self.heard: list[BrokerEvent] = []
        self._new = asyncio.Event()
        self._listening = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        async for event in self.broker.events():
            self.heard.append(event)
            self._new.set()

    async def until(self, is_heard: Callable[["Client"], object]) -> None:
        """Waits until what was told is enough."""
        async with asyncio.timeout(3):
            while not is_heard(self):
                self._new.clear()
                await self._new.wait()

    async def settled(self) -> None:
        """Returns when everything the gateway had written is told: it answers in turn."""
        await self.broker.ping()
        await asyncio.sleep(0)

    async def close(self) -> None:
        """Disconnects; what was told until then stays."""
        await self.broker.disconnect()
        await self._listening

    async def place(
        self,
        ticket: OrderTicket = TEN,
        *,
        ref: str = "ref-1",
        account: str = ALICE,
        number: int | None = None,
        **more: Any,
    ) -> int:
        """Places an order for ACME and returns its number."""
        order_id = self.broker.next_order_id(0) if number is None else number
        contract = await self.acme()
        await self.broker.place(
            contract=contract, ticket=ticket, account=account, order_id=order_id, order_ref=ref, **more
        )
        return order_id

    async def acme(self) -> ContractFacts:
        """The contract that is traded here."""
        contract = await self.broker.contract("ACME", "USD")
        assert contract is not None
        return contract

    def orders(self, ref: str = "ref-1") -> list[BrokerOrder]:
        """Tellings of the orders of one reference."""
        updates = [event.order for event in self.heard if isinstance(event, OrderUpdate)]
        return [order for order in updates if order.order_ref == ref]

    def states(self, ref: str = "ref-1") -> list[OrderState]:
        """Their states."""
        return [order.state for order in self.orders(ref)]

    def state(self, ref: str = "ref-1") -> OrderState | None:
        """The last of them."""
        return self.states(ref)[-1] if self.states(ref) else None

    @property
    def fills(self) -> list[ExecutionFacts]:
        """Tellings of fills."""
        return [event.execution for event in self.heard if isinstance(event, Filled)]

    @property
    def notices(self) -> list[tuple[int, bool]]:
        """Codes about orders, and whether each was a rejection."""
        return [(event.code, event.is_rejection) for event in self.heard if isinstance(event, OrderNotice)]


Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
async def paper() -> AsyncIterator[RunningGateway]:
    """A gateway on a free port: ACME at 100, a Wednesday morning that stands still."""
    async with running_gateway() as running:
        yield running


@pytest.fixture
async def connect(paper: RunningGateway) -> AsyncIterator[Connect]:
    """Connects adapters, a new one each time, and disconnects them at the end."""
    clients: list[Client] = []

    async def connected(client_id: int = 1, *, port: int = 0, **more: Any) -> Client:
        broker = IbkrBroker(address(port or paper.port, client_id=client_id, **more))
        await broker.connect()
        clients.append(Client(broker))
        return clients[-1]

    yield connected
    for client in clients:
        await client.close()


@pytest.fixture
async def client(connect: Connect) -> Client:
    """Client 1."""
    return await connect(1)


def total(fills: Sequence[ExecutionFacts]) -> Decimal:
    """Shares of the newest telling of each fill."""
    newest = {fill.exec_id: fill for fill in sorted(fills, key=lambda fill: fill.revision)}
    return sum((fill.quantity for fill in newest.values()), Decimal(0))


# --- Everyday life ---------------------------------------------------------------------------------


async def test_a_market_order_is_filled_with_its_price_and_its_commission(client: Client) -> None:
    await client.place()
    await client.until(lambda c: c.state() is OrderState.FILLED and c.fills and c.fills[-1].commission)
    order, fill = client.orders()[-1], client.fills[-1]
    assert (order.filled, order.is_open, order.account, order.symbol) == (Decimal(10), False, ALICE, "ACME")
    assert (fill.order_ref, fill.perm_id, fill.revision) == ("ref-1", order.perm_id, 1)
    assert (fill.quantity, fill.price, fill.commission_currency) == (Decimal(10), Decimal("100.01"), "USD")
    assert total(client.fills) == Decimal(10)


async def test_a_limit_order_rests_until_the_market_comes_to_it(
    client: Client, paper: RunningGateway
) -> None:
    await client.place(limit("99.50"))
    await client.until(lambda c: c.state() is OrderState.SUBMITTED)
    paper.operator.set_price("ACME", Decimal("99.40"))
    await client.until(lambda c: c.state() is OrderState.FILLED)
    assert [order.limit_price for order in client.orders()] == [Decimal("99.5")] * len(client.orders())


async def test_a_large_order_is_filled_in_parts(client: Client, paper: RunningGateway) -> None:
    paper.operator.set_price("ACME", Decimal(100), size=Decimal(4))
    await client.place()
    await client.until(lambda c: c.state() is OrderState.PARTIALLY_FILLED)
    while client.state() is not OrderState.FILLED:
        paper.tick(seconds=1)
        await client.settled()
    assert total(client.fills) == Decimal(10)
    assert [order.filled for order in client.orders()] == sorted(order.filled for order in client.orders())


async def test_an_order_is_cancelled_when_the_broker_says_so(client: Client) -> None:
    number = await client.place(limit("90"))
    await client.until(lambda c: c.state() is OrderState.SUBMITTED)
    await client.broker.cancel(order_id=number)
    await client.until(lambda c: c.state() is OrderState.CANCELLED)
    assert client.notices == [(202, False)]


async def test_a_change_is_told_with_its_new_price(client: Client) -> None:
    number = await client.place(limit("90"))
    await client.until(lambda c: c.state() is OrderState.SUBMITTED)
    await client.place(limit("91"), number=number)
    await client.until(lambda c: c.orders()[-1].limit_price == Decimal(91))
    assert len({order.perm_id for order in client.orders()}) == 1


async def test_an_order_that_the_account_cannot_pay_is_rejected_with_the_reason(client: Client) -> None:
    await client.place(replace(TEN, quantity=Decimal(100_000)))
    await client.until(lambda c: c.state() is OrderState.REJECTED)
    assert client.notices == [(201, True)]
    assert client.orders()[-1].words.startswith("Order rejected - reason:")


async def test_the_children_of_a_bracket_wait_for_the_parent_and_cancel_each_other(
    client: Client, paper: RunningGateway
) -> None:
    parent = await client.place(limit("99"), ref="parent", transmit=False)
    sell = replace(TEN, side=Side.SELL, oca_group="bracket-1")
    profit = replace(sell, kind=OrderKind.LIMIT, limit_price=Decimal(110))
    loss = replace(sell, kind=OrderKind.STOP, stop_price=Decimal(90))
    await client.place(profit, ref="profit", parent_order_id=parent, transmit=False)
    await client.place(loss, ref="loss", parent_order_id=parent)
    await client.until(lambda c: c.state("loss") is OrderState.SUBMITTED)
    paper.operator.set_price("ACME", Decimal("98.90"))
    await client.until(lambda c: c.state("parent") is OrderState.FILLED)
    paper.operator.set_price("ACME", Decimal("110.50"))
    await client.until(
        lambda c: c.state("profit") is OrderState.FILLED and c.state("loss") is OrderState.CANCELLED
    )
    assert total(client.fills) == Decimal(20)


@pytest.mark.parametrize(
    "ticket",
    [
        replace(TEN, kind=OrderKind.STOP, stop_price=Decimal(105)),
        replace(TEN, kind=OrderKind.STOP_LIMIT, stop_price=Decimal(105), limit_price=Decimal(106)),
        replace(TEN, kind=OrderKind.TRAILING_STOP, trail_amount=Decimal(5)),
        replace(TEN, kind=OrderKind.TRAILING_STOP, trail_percent=Decimal(5)),
        replace(TEN, kind=OrderKind.MARKET_ON_CLOSE),
        replace(TEN, kind=OrderKind.LIMIT_ON_CLOSE, limit_price=Decimal(101)),
    ],
    ids=["stop", "stop-limit", "trail", "trail-percent", "on-close", "limit-on-close"],
)
async def test_every_kind_of_order_is_taken(client: Client, ticket: OrderTicket) -> None:
    await client.place(ticket)
    await client.until(lambda c: c.state() is OrderState.SUBMITTED)
    assert client.notices == []


async def test_a_trial_order_says_what_it_would_cost_and_places_nothing(
    client: Client, paper: RunningGateway
) -> None:
    paper.operator.faults.tells_unset_what_if = True  # [ib_insync 380]
    found = await client.broker.what_if(contract=await client.acme(), ticket=TEN, account=BOB)
    assert found.commission is not None
    assert found.initial_margin_change is not None
    assert (found.commission_currency, await client.broker.open_orders()) == ("USD", [])


async def test_a_trial_order_that_would_be_refused_says_why(client: Client) -> None:
    huge = replace(TEN, quantity=Decimal(1_000_000))
    with pytest.raises(BrokerRefusal):
        await client.broker.what_if(contract=await client.acme(), ticket=huge, account=ALICE)


async def test_positions_and_values_are_those_of_every_account(client: Client) -> None:
    await client.place()
    await client.place(ref="ref-2", account=BOB)
    await client.until(lambda c: c.state("ref-2") is OrderState.FILLED)
    positions = await client.broker.positions()
    values = await client.broker.account_values()
    assert [(row.account, row.quantity) for row in positions] == [(ALICE, Decimal(10)), (BOB, Decimal(10))]
    assert {row.account for row in values if row.tag == "NetLiquidation"} == {ALICE, BOB}


async def test_history_and_search_are_answered(client: Client) -> None:
    bars = await client.broker.history(await client.acme(), last=date(2026, 11, 24), days=2)
    assert [(bar.day, bar.close) for bar in bars] == [
        (date(2026, 11, 23), Decimal(100)),
        (date(2026, 11, 24), Decimal("101.5")),
    ]
    assert [facts.symbol for facts in await client.broker.search("Glob")] == ["GLBX"]
    assert await client.broker.contract("NONE", "USD") is None


async def test_thirty_two_clients_live_in_one_loop(connect: Connect, paper: RunningGateway) -> None:
    clients = await asyncio.gather(*(connect(number) for number in range(1, 33)))
    assert [client.broker.accounts for client in clients] == [(ALICE, BOB)] * 32
    assert len(paper.gateway.hub.sessions) == 32


async def test_a_second_connection_under_our_number_is_refused(connect: Connect, client: Client) -> None:
    with pytest.raises(BrokerRefusal) as refusal:
        await connect(1)
    assert refusal.value.code == 326
    await client.settled()


# --- Quotes ----------------------------------------------------------------------------------------


def quotes(client: Client) -> list[Any]:
    return [quote for event in client.heard if isinstance(event, Quoted) for quote in event.quotes]


async def test_quotes_follow_the_market(client: Client, paper: RunningGateway) -> None:
    await client.broker.watch([await client.acme()])
    await client.until(quotes)
    paper.operator.set_price("ACME", Decimal(120))
    paper.tick(seconds=1)
    await client.until(lambda c: quotes(c)[-1].last == Decimal(120))
    quote = quotes(client)[-1]
    assert (quote.symbol, quote.source) == ("ACME", PriceSource.IBKR_LIVE)
    assert (quote.bid, quote.ask) == (Decimal("119.99"), Decimal("120.01"))


async def test_an_account_without_live_data_sees_it_delayed(client: Client, paper: RunningGateway) -> None:
    paper.operator.faults.has_live_data = False
    await client.broker.watch([await client.acme()])
    paper.tick(minutes=20)
    await client.until(quotes)
    assert {quote.source for quote in quotes(client)} == {PriceSource.IBKR_DELAYED}


async def test_an_account_without_any_data_sees_none(client: Client, paper: RunningGateway) -> None:
    paper.operator.faults.has_live_data = paper.operator.faults.has_delayed_data = False
    await client.broker.watch([await client.acme()])
    for _ in range(3):
        paper.tick(seconds=1)
        await client.settled()
    assert quotes(client) == []


async def test_a_halted_stock_says_so(client: Client, paper: RunningGateway) -> None:
    await client.broker.watch([await client.acme()])
    await client.until(quotes)
    paper.operator.halt("ACME")
    paper.tick(seconds=1)
    await client.until(lambda c: quotes(c)[-1].is_halted)


async def test_quotes_come_back_by_themselves_when_the_broker_lost_them(
    client: Client, paper: RunningGateway
) -> None:
    await client.broker.watch([await client.acme()])
    await client.until(quotes)
    paper.operator.link(1100)
    paper.operator.link(1101)
    await client.settled()
    paper.operator.set_price("ACME", Decimal(130))
    paper.tick(seconds=1)
    await client.until(lambda c: quotes(c)[-1].last == Decimal(130))
    assert [event.state for event in client.heard if isinstance(event, LinkChanged)] == [
        LinkState.LOST,
        LinkState.RESTORED_DATA_LOST,
    ]


async def test_a_new_connection_watches_anew(connect: Connect, client: Client, paper: RunningGateway) -> None:
    await client.broker.watch([await client.acme()])
    await client.until(quotes)
    await client.close()
    again = await connect(1)
    paper.tick(seconds=1)
    await again.settled()
    assert quotes(again) == []
    await again.broker.watch([await again.acme()])
    await again.until(quotes)


# --- Words that sound like the end -----------------------------------------------------------------


@pytest.mark.parametrize("code", [10349, 161, 10147, 10148, 383, 451, 463])
async def test_words_that_sound_like_the_end_are_not_one(
    client: Client, paper: RunningGateway, code: int
) -> None:
    """[pysystemtrade 1580: fifteen "cancelled" orders, all of which were filled.]"""
    paper.operator.faults.notices.append(code)
    await client.place(limit("99"))
    await client.until(lambda c: c.notices)
    paper.operator.set_price("ACME", Decimal("98.50"))
    await client.until(lambda c: c.state() is OrderState.FILLED)
    assert (client.notices, client.states()[0]) == ([(code, False)], OrderState.SUBMITTED)
    assert OrderState.CANCELLED not in client.states()


async def test_a_refused_change_leaves_the_order_as_it_was(client: Client) -> None:
    """[ib_insync 502]"""
    number = await client.place(limit("90"))
    await client.until(lambda c: c.state() is OrderState.SUBMITTED)
    await client.place(limit("91", side=Side.SELL), number=number)
    await client.until(lambda c: c.notices)
    assert [is_rejection for _, is_rejection in client.notices] == [False]
    (order,) = await client.broker.open_orders()
    assert (order.side, order.limit_price, order.state) == (Side.BUY, Decimal(90), OrderState.SUBMITTED)


async def test_a_change_that_the_account_cannot_pay_leaves_the_order_as_it_was(client: Client) -> None:
    number = await client.place(limit("90"))
    await client.until(lambda c: c.state() is OrderState.SUBMITTED)
    await client.place(replace(limit("90"), quantity=Decimal(100_000)), number=number)
    await client.until(lambda c: c.notices)
    assert [is_rejection for _, is_rejection in client.notices] == [False]
    assert [order.quantity for order in await client.broker.open_orders()] == [Decimal(10)]


async def test_cancelling_a_filled_order_does_not_cancel_it(client: Client) -> None:
    number = await client.place()
    await client.until(lambda c: c.state() is OrderState.FILLED)
    await client.broker.cancel(order_id=number)
    await client.until(lambda c: c.notices)
    assert (client.notices, client.state()) == ([(10148, False)], OrderState.FILLED)


async def test_cancelling_from_another_client_does_nothing(connect: Connect, client: Client) -> None:
    number = await client.place(limit("90"))
    await client.until(lambda c: c.state() is OrderState.SUBMITTED)
    other = await connect(2)
    await other.broker.cancel(order_id=number)
    await other.until(lambda c: c.notices)
    (order,) = await other.broker.open_orders()
    assert (other.notices, order.state, order.client_id) == ([(10147, False)], OrderState.SUBMITTED, 1)


@pytest.mark.parametrize("is_reversed", [False, True])
async def test_a_rejection_is_one_in_whichever_order_its_messages_come(
    client: Client, paper: RunningGateway, *, is_reversed: bool
) -> None:
    paper.operator.faults.is_reversed = is_reversed
    await client.place(replace(TEN, quantity=Decimal(100_000)))
    await client.until(lambda c: c.state() is OrderState.REJECTED)


# --- Messages twice, late, in disorder, corrected --------------------------------------------------


async def test_messages_that_come_twice_are_told_once(client: Client, paper: RunningGateway) -> None:
    paper.operator.faults.duplicated = {ORDER_STATUS, OPEN_ORDER, EXECUTION, COMMISSION}
    await client.place()
    await client.until(lambda c: c.state() is OrderState.FILLED and c.fills and c.fills[-1].commission)
    await client.settled()
    assert len(client.states()) == len(set(client.orders()))
    assert [fill.commission is None for fill in client.fills] == [True, False]


async def test_messages_in_reverse_end_in_the_same_place(client: Client, paper: RunningGateway) -> None:
    paper.operator.faults.is_reversed = True
    await client.place()
    await client.until(lambda c: c.fills and c.fills[-1].commission)
    await client.settled()
    (fill,) = await client.broker.executions()
    assert (fill, total(client.fills)) == (client.fills[-1], Decimal(10))
    (order,) = await client.broker.completed_orders()
    assert (order.state, order.filled) == (OrderState.FILLED, Decimal(10))


async def test_a_fill_may_be_told_before_and_after_the_status_of_its_order(
    client: Client, paper: RunningGateway
) -> None:
    paper.operator.faults.withheld = {ORDER_STATUS}
    await client.place()
    await client.until(lambda c: c.fills)
    paper.operator.release()
    paper.operator.faults.withheld = {EXECUTION}
    await client.place(ref="ref-2")
    await client.until(lambda c: c.state("ref-2") is OrderState.FILLED)
    paper.operator.release()
    await client.until(lambda c: total(c.fills) == Decimal(20))


async def test_a_corrected_fill_is_one_fill(client: Client, paper: RunningGateway) -> None:
    """[ib_insync 364]"""
    await client.place()
    await client.until(lambda c: c.fills and c.fills[-1].commission)
    exec_id = f"{client.fills[-1].exec_id}.01"
    paper.operator.correct(exec_id, quantity=Decimal(8), price=Decimal(99))
    await client.until(lambda c: c.fills[-1].revision == 2)
    assert total(client.fills) == Decimal(8)
    (fill,) = await client.broker.executions()
    assert (fill.revision, fill.quantity, fill.price) == (2, Decimal(8), Decimal(99))


# --- Lost connections ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["close", "drop"])
async def test_what_happened_while_we_were_away_is_found_by_asking(
    connect: Connect, client: Client, paper: RunningGateway, how: str
) -> None:
    """[ib_insync 130, 410]"""
    await client.place(limit("99"), ref="filled")
    await client.place(limit("80"), ref="open")
    await client.until(lambda c: c.state("open") is OrderState.SUBMITTED)
    if how == "drop":
        paper.gateway.drop_all()
    await client.close()
    paper.operator.set_price("ACME", Decimal("98.50"))
    again = await connect(1)
    (fill,) = await again.broker.executions()
    (ended,) = await again.broker.completed_orders()
    (open_order,) = await again.broker.open_orders()
    assert (fill.order_ref, fill.quantity) == ("filled", Decimal(10))
    assert (ended.order_ref, ended.state, ended.filled, ended.is_open) == (
        "filled",
        OrderState.FILLED,
        Decimal(10),
        False,
    )
    assert (open_order.order_ref, open_order.state, open_order.client_id) == ("open", OrderState.SUBMITTED, 1)


async def test_the_end_is_told_once(client: Client, paper: RunningGateway) -> None:
    paper.gateway.drop_all()
    await client._listening
    assert [event.state for event in client.heard if isinstance(event, LinkChanged)] == [LinkState.CLOSED]


async def test_fills_of_a_time_without_a_link_are_not_lost(client: Client, paper: RunningGateway) -> None:
    """[Lean.Brokerages.InteractiveBrokers 249]"""
    await client.place(limit("99"))
    await client.until(lambda c: c.state() is OrderState.SUBMITTED)
    paper.operator.link(1100)
    paper.operator.set_price("ACME", Decimal("98.50"))
    paper.operator.link(1102)
    await client.until(lambda c: any(isinstance(event, LinkChanged) for event in c.heard))
    await client.settled()
    assert client.fills == []
    (fill,) = await client.broker.executions()
    (order,) = await client.broker.completed_orders()
    assert (fill.order_ref, fill.quantity, order.state) == ("ref-1", Decimal(10), OrderState.FILLED)


async def test_no_change_is_sent_into_a_lost_link(client: Client, paper: RunningGateway) -> None:
    """[nautilus_trader 4564: the change became a second live order]"""
    number = await client.place(limit("90"))
    await client.until(lambda c: c.state() is OrderState.SUBMITTED)
    paper.operator.link(1100)
    await client.settled()
    with pytest.raises(BrokerRefusal):
        await client.place(limit("91"), number=number)
    paper.operator.link(1102)
    await client.settled()
    assert [order.limit_price for order in await client.broker.open_orders()] == [Decimal(90)]


async def test_numbers_that_a_restart_rolls_back_mix_no_two_orders(
    connect: Connect, client: Client, paper: RunningGateway
) -> None:
    """[Lean.Brokerages.InteractiveBrokers 242]"""
    for ref in ("first", "second"):
        number = await client.place(limit("90"), ref=ref)
    await client.until(lambda c: c.state("second") is OrderState.SUBMITTED)
    paper.gateway.restart(rollback=2)
    await client._listening
    again = await connect(1, order_id_floor=number)
    await again.broker.open_orders()
    third = await again.place(limit("91"), ref="third", number=again.broker.next_order_id(number))
    await again.until(lambda c: c.state("third") is OrderState.SUBMITTED)
    assert third > number
    perm_ids = {order.order_ref: order.perm_id for order in await again.broker.open_orders()}
    assert (sorted(perm_ids), len(set(perm_ids.values()))) == (["first", "second", "third"], 3)


async def test_a_number_in_use_rejects_neither_order(connect: Connect, client: Client) -> None:
    """[ib_insync 80, 308, 644]"""
    number = await client.place()
    await client.until(lambda c: c.state() is OrderState.FILLED)
    await client.place(ref="ref-2", number=number)
    await client.until(lambda c: c.notices)
    assert [is_rejection for _, is_rejection in client.notices] == [False]
    assert client.state() is OrderState.FILLED


async def test_an_order_that_was_lost_on_its_way_is_proved_absent(
    client: Client, paper: RunningGateway
) -> None:
    """[ibx 116]"""
    paper.operator.faults.lost_orders = 1
    await client.place()
    await client.settled()
    refs = [
        *(order.order_ref for order in await client.broker.open_orders()),
        *(order.order_ref for order in await client.broker.completed_orders()),
        *(fill.order_ref for fill in await client.broker.executions()),
    ]
    assert (client.heard, refs, await client.broker.positions()) == ([], [], [])


async def test_an_order_whose_answer_died_with_the_gateway_is_found_by_its_reference() -> None:
    book = held_prices(paper_book(), ACME="100")
    async with running_gateway(book) as paper:
        client = Client(IbkrBroker(address(paper.port)))
        await client.broker.connect()
        paper.operator.faults.deadly_orders = 1
        await client.place()
        await client._listening
        assert client.orders() == []
        await client.close()
    async with running_gateway(book) as paper:
        again = Client(IbkrBroker(address(paper.port)))
        await again.broker.connect()
        (order,) = await again.broker.completed_orders()
        assert (order.order_ref, order.state, order.filled) == ("ref-1", OrderState.FILLED, Decimal(10))
        await again.close()


# --- Silence ---------------------------------------------------------------------------------------


async def test_connecting_does_not_hang_on_what_is_never_answered(
    connect: Connect, paper: RunningGateway
) -> None:
    """The packages connect with half of their tables empty then, or not at all; here each question fails."""
    paper.operator.faults.muted_kinds = {POSITIONS, OPEN_ALL, COMPLETED, EXECUTIONS}
    client = await connect(1, answer_seconds=0.02)
    for question in (
        client.broker.positions,
        client.broker.open_orders,
        client.broker.completed_orders,
        client.broker.executions,
    ):
        with pytest.raises(BrokerError, match="did not answer"):
            await question()
    await client.broker.ping()


async def test_a_half_open_link_is_found_by_a_ping(connect: Connect, paper: RunningGateway) -> None:
    client = await connect(1, answer_seconds=0.03)
    paper.operator.faults.is_half_open = True
    with pytest.raises(BrokerError, match="did not answer"):
        await client.broker.ping()
    assert client.heard == []


async def test_a_gateway_that_stalls_is_late_and_loses_nothing(client: Client, paper: RunningGateway) -> None:
    paper.gateway.stall(0.03)
    await client.place()
    await client.until(lambda c: c.state() is OrderState.FILLED)


async def test_a_frame_cut_short_ends_the_connection(client: Client, paper: RunningGateway) -> None:
    paper.operator.faults.truncated_frames = 1
    with pytest.raises(BrokerError):
        await client.broker.ping()
    await client._listening
    assert [event.state for event in client.heard if isinstance(event, LinkChanged)] == [LinkState.CLOSED]


async def test_garbage_between_messages_costs_nothing_else(
    client: Client, paper: RunningGateway, decoding: Decoding
) -> None:
    paper.operator.faults.garbage_frames = 1
    await client.place()
    await client.until(lambda c: c.state() is OrderState.FILLED)
    assert len(decoding.errors) == 1
    decoding.errors.clear()
