"""Interactive Brokers as a `Broker`: one connection through TWS, IB Gateway or the paper gateway.

Asks through the package's client and hears through handlers that are put in the place of the package's own,
for those of its tables that are not safe to trade by: orders, executions and what error codes mean.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from trading.brokers.base import BrokerError, BrokerEvent, BrokerRefusal, LinkChanged
from trading.brokers.ibkr import parsing
from trading.brokers.ibkr.codes import DATA_LOST, DUPLICATE_ORDER_ID, LINK_LOST, NO_HISTORY, UNKNOWN_CONTRACT
from trading.brokers.ibkr.fills import Fills
from trading.brokers.ibkr.links import Links
from trading.brokers.ibkr.mailbox import Mailbox
from trading.brokers.ibkr.order_reports import COMPLETED, OPEN, OrderReports
from trading.brokers.ibkr.orders import ORDER_TYPES, TIMES_IN_FORCE, ib_contract, ib_order
from trading.brokers.ibkr.pacing import HISTORY_REQUESTS, HISTORY_SECONDS, TokenBucket
from trading.brokers.ibkr.package import Contract, ExecutionFilter
from trading.brokers.ibkr.quotes import Quotes
from trading.brokers.ibkr.wire import IbkrAddress, Wire
from trading.engine.records import (
    AccountValue,
    BrokerOrder,
    BrokerPosition,
    ContractFacts,
    ExecutionFacts,
    LinkState,
    OrderState,
    OrderTicket,
    PriceBar,
    WhatIf,
)

logger = logging.getLogger(__name__)

SUMMARY_TAGS = (
    "AccountType,NetLiquidation,TotalCashValue,SettledCash,AccruedCash,BuyingPower,EquityWithLoanValue,"
    "GrossPositionValue,InitMarginReq,MaintMarginReq,AvailableFunds,ExcessLiquidity,Cushion,"
    "DayTradesRemaining,Leverage,$LEDGER:ALL"
)
DAYS_OF_YEAR = 365
OUR_OWN = 0  # the code of words that are not the broker's
EPOCH_DATES = 2  # the form of times in bars: seconds since 1970 instead of a zone's wall clock


class IbkrBroker:
    """Implements `trading.brokers.base.Broker`; see there for what each question answers and raises."""

    def __init__(self, address: IbkrAddress, *, history_bucket: TokenBucket | None = None) -> None:
        self._address = address
        self._mailbox = Mailbox()
        self._wire = Wire(address, on_code=self._code, on_lost=self._lost)
        self._ib = self._wire.ib
        self._orders = OrderReports(ours=address.client_id, emit=self._mailbox.put)
        self._fills = Fills(emit=self._mailbox.put)
        self._links = Links(emit=self._mailbox.put)
        self._quotes = Quotes(self._ib, number=self._wire.number, put=self._mailbox.put)
        self._history = history_bucket or TokenBucket(size=HISTORY_REQUESTS, seconds=HISTORY_SECONDS)
        self._summaries: dict[int, list[AccountValue]] = {}
        self._server_version = 0
        self._accounts: tuple[str, ...] = ()
        self._listen()

    def _listen(self) -> None:
        wrapper = self._ib.wrapper
        wrapper.openOrder = self._open_order
        wrapper.orderStatus = self._order_status
        wrapper.completedOrder = self._orders.completed_order
        wrapper.execDetails = self._fills.execution
        wrapper.commissionReport = self._fills.commission
        wrapper.accountSummary = self._account_summary

    async def connect(self) -> None:
        """Open the connection. Raises BrokerError when it does not come about."""
        await self._wire.open()
        self._server_version = int(self._ib.client.serverVersion())
        self._accounts = tuple(self._ib.client.getAccounts())

    async def disconnect(self) -> None:
        """Close the connection; never raises."""
        self._wire.close("Closed by us.")
        await asyncio.sleep(0)  # the loop closes the socket in its next round

    def events(self) -> AsyncIterator[BrokerEvent]:
        """What the broker says, in the order it was said; ends when the connection does."""
        return self._mailbox.read()

    @property
    def server_version(self) -> int:
        """The version of the protocol that was agreed on; 0 before."""
        return self._server_version

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of the login."""
        return self._accounts

    async def ping(self) -> None:
        """Ask for the time, to know that the other side lives."""
        ask = self._wire.ask_unnumbered
        await self._wire.alone(
            "ping", lambda: ask("currentTime", self._ib.reqCurrentTimeAsync, may_be_late=True)
        )

    def next_order_id(self, floor: int) -> int:
        """A number for an order, above `floor` and above all that this connection has seen; then used up."""
        number = self._wire.number(floor)
        self._orders.hand_out(number)
        return number

    async def contract(self, symbol: str, currency: str, exchange: str = "SMART") -> ContractFacts | None:
        """The contract of a stock or fund, or None when there is none or more than one.

        Classes of shares are written with a dot by most and with a space by this broker (BRK B).
        """
        wanted = Contract(
            symbol=symbol.replace(".", " "), secType="STK", exchange=exchange, currency=currency
        )
        try:
            rows = await self._ask(lambda number: self._ib.client.reqContractDetails(number, wanted), wanted)
        except BrokerRefusal as refusal:
            if refusal.code == UNKNOWN_CONTRACT:
                return None
            raise
        found = {facts.con_id: facts for facts in map(parsing.contract_facts, filter(None, rows or ()))}
        return replace(found.popitem()[1], exchange=exchange) if len(found) == 1 else None

    async def search(self, pattern: str) -> Sequence[ContractFacts]:
        """Stocks and funds whose symbol or name begins with `pattern`."""
        rows = await self._ask(lambda number: self._ib.client.reqMatchingSymbols(number, pattern))
        return [parsing.sample_facts(row) for row in rows or () if row.contract.secType == "STK"]

    async def place(
        self, *, contract: ContractFacts, ticket: OrderTicket, account: str, order_id: int, order_ref: str,
        parent_order_id: int = 0, transmit: bool = True,
    ) -> None:  # fmt: skip
        """Write the order to the socket, or the change of one that lives under `order_id`.

        Raises BrokerRefusal when nothing was written: without a connection, or while the broker's own link is
        lost (a change sent into such a gap has become a second live order), or when the wire cannot carry the
        ticket's amounts. BrokerError leaves it open.
        """
        if self._links.is_lost:
            raise BrokerRefusal(LINK_LOST, "The broker's link is lost; nothing was sent.")
        order = _written_order(
            ticket,
            account=account,
            order_id=order_id,
            order_ref=order_ref,
            parent_order_id=parent_order_id,
            transmit=transmit,
        )
        self._orders.place(self._as_written(contract, ticket, order))
        await self._wire.write(lambda: self._ib.client.placeOrder(order_id, ib_contract(contract), order))

    def _as_written(self, contract: ContractFacts, ticket: OrderTicket, order: Any) -> BrokerOrder:
        """The order as the broker will tell it, before it has."""
        return BrokerOrder(
            order_ref=order.orderRef,
            perm_id=0,
            broker_order_id=order.orderId,
            client_id=self._address.client_id,
            account=order.account,
            con_id=contract.con_id,
            symbol=contract.symbol,
            side=ticket.side,
            quantity=ticket.quantity,
            filled=Decimal(0),
            state=OrderState.SENDING,
            is_open=True,
            kind=ORDER_TYPES[ticket.kind],
            time_in_force=TIMES_IN_FORCE[ticket.time_in_force],
            limit_price=ticket.limit_price,
            stop_price=ticket.stop_price,
        )

    async def cancel(self, *, order_id: int) -> None:
        """Write the wish to cancel an order of this client to the socket."""
        self._orders.cancel(order_id)
        await self._wire.write(lambda: self._ib.client.cancelOrder(order_id, ""))

    async def what_if(self, *, contract: ContractFacts, ticket: OrderTicket, account: str) -> WhatIf:
        """What the order would cost and need, without placing it."""
        order = _written_order(ticket, account=account)
        order.whatIf = True
        wanted = ib_contract(contract)
        state = await self._ask(lambda number: self._ib.client.placeOrder(number, wanted, order), wanted)
        return parsing.what_if(state)

    async def open_orders(self) -> Sequence[BrokerOrder]:
        """The live orders of all clients of the login."""
        listed = await self._listed(OPEN, self._ib.reqAllOpenOrdersAsync)
        return [order for order in listed if order.is_open]

    async def completed_orders(self) -> Sequence[BrokerOrder]:
        """The orders that ended lately."""
        return await self._listed(COMPLETED, lambda: self._ib.reqCompletedOrdersAsync(False))

    async def _listed(self, name: str, send: Any) -> list[BrokerOrder]:
        """The orders of a listing. Only who began it ends it: another may still wait for its own turn."""

        async def listing() -> list[BrokerOrder]:
            self._orders.begin_listing(name)
            try:
                await self._wire.ask_unnumbered(name, send)
            except BaseException:
                self._orders.drop_listing(name)
                raise
            return self._orders.end_listing(name)

        return await self._wire.alone(name, listing)

    async def executions(self) -> Sequence[ExecutionFacts]:
        """The fills that the broker still tells (about a day), with commissions where known."""
        number = self._wire.number()
        self._fills.begin_listing(number)
        try:
            await self._wire.ask(number, lambda: self._ib.client.reqExecutions(number, ExecutionFilter()))
        except BaseException:
            self._fills.drop_listing(number)
            raise
        return self._fills.end_listing(number)

    async def positions(self) -> Sequence[BrokerPosition]:
        """What every account of the login holds."""
        ask = self._wire.ask_unnumbered
        rows = await self._wire.alone("positions", lambda: ask("positions", self._ib.reqPositionsAsync))
        if self._wire.is_ready:  # they would go on being told
            self._ib.client.cancelPositions()
        latest = {(row.account, row.contract.conId): row for row in rows or ()}
        return [found for found in map(parsing.position, latest.values()) if found.quantity]

    async def account_values(self) -> Sequence[AccountValue]:
        """Cash, buying power and the like of every account of the login."""
        number = self._wire.number()
        self._summaries[number] = []
        try:
            await self._wire.ask(
                number, lambda: self._ib.client.reqAccountSummary(number, "All", SUMMARY_TAGS)
            )
            return self._summaries[number]
        finally:
            del self._summaries[number]
            if self._wire.is_ready:  # a summary goes on until it is ended, and few may go on at once
                self._ib.client.cancelAccountSummary(number)

    async def watch(self, contracts: Sequence[ContractFacts]) -> None:
        """Have quotes of exactly these contracts come as events; what is not named any more ends."""
        await self._wire.write(lambda: self._quotes.watch(contracts))

    async def history(
        self, contract: ContractFacts, *, last: date, days: int, bar: str = "1 day"
    ) -> Sequence[PriceBar]:
        """Bars of trades in regular hours that end with `last`, oldest first; none is an answer too."""
        await self._history.take()
        try:
            rows = await self._bars(ib_contract(contract), f"{last:%Y%m%d}-23:59:59", _duration(days), bar)
        except BrokerRefusal as refusal:
            if refusal.code == NO_HISTORY and "no data" in refusal.words.lower():
                return []
            raise
        return [parsing.price_bar(row) for row in rows or ()]

    async def _bars(self, contract: Any, *span: str) -> Any:
        """The package's bars of a span; a question that takes too long is taken back."""
        client, number = self._ib.client, self._wire.number()
        shape: tuple[Any, ...] = ("TRADES", True, EPOCH_DATES, False, [])
        seconds = self._address.history_seconds
        try:
            return await self._wire.ask(
                number,
                lambda: client.reqHistoricalData(number, contract, *span, *shape),
                contract=contract,
                seconds=seconds,
            )
        except BrokerRefusal:
            raise
        except BrokerError:
            if self._wire.is_ready:
                client.cancelHistoricalData(number)
            raise

    async def _ask(self, send: Any, contract: Any = None) -> Any:
        number = self._wire.number()
        return await self._wire.ask(number, lambda: send(number), contract=contract)

    # What the broker says

    def _open_order(self, number: int, contract: Any, order: Any, state: Any) -> None:
        if order.whatIf:
            self._what_if_told(number, state)
            return
        if number > 0 and number != parsing.UNSET_INTEGER:
            self._ib.client.updateReqId(number + 1)
        self._orders.open_order(contract, order, state)

    def _what_if_told(self, number: int, state: Any) -> None:
        """The first answer may hold nothing yet; the real one follows, or this was all there is."""
        if parsing.number(state.initMarginChange) is not None:
            self._wire.settle(number, state)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(self._address.what_if_seconds, self._wire.settle, number, state)

    def _order_status(  # noqa: PLR0917 - the message's own fields in their order
        self, number: int, status: str, filled: float, _remaining: float, _average: float, perm_id: int,
        _parent: int, _last: float, client_id: int, why_held: str, _cap: float = 0.0,
    ) -> None:  # fmt: skip
        self._orders.order_status(
            number, status, filled=filled, perm_id=perm_id, client_id=client_id, why_held=why_held
        )

    def _account_summary(self, number: int, account: str, tag: str, value: str, currency: str) -> None:
        if number in self._summaries:
            self._summaries[number].append(parsing.account_value(account, tag, value, currency))

    def _code(self, number: int, code: int, words: str) -> None:
        self._links.code(code, words)
        if code == DATA_LOST:
            self._quotes.resubscribe()
        if code == DUPLICATE_ORDER_ID:
            self._ib.client.reqIds(1)  # the answer lifts our next number above the broker's
        if number > 0:
            self._quotes.code(number, code, words)
            self._orders.code(number, code, words)

    def _lost(self, words: str) -> None:
        self._mailbox.put(LinkChanged(state=LinkState.CLOSED, code=OUR_OWN, words=words))
        self._mailbox.close()


def _written_order(ticket: OrderTicket, **more: Any) -> Any:
    try:
        return ib_order(ticket, **more)
    except ValueError as error:
        raise BrokerRefusal(OUR_OWN, str(error)) from error


def _duration(days: int) -> str:
    """How far back bars go: in days up to a year, beyond that the broker counts in years."""
    return f"{days} D" if days <= DAYS_OF_YEAR else f"{math.ceil(days / DAYS_OF_YEAR)} Y"
