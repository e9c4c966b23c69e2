"""Orders of a real client: every kind and time, brackets and groups, changes, cancellations and what-ifs."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest
from ib_insync import (
    IB,
    Contract,
    ExecutionFilter,
    LimitOrder,
    MarketOrder,
    Order,
    Stock,
    StopLimitOrder,
    StopOrder,
    Trade,
)

from tests.trading.papergateway.conftest import Connect
from tests.trading.papergateway.gateway_fixture import ALICE, BOB, RunningGateway, until

D = Decimal


def place(ib: IB, contract: Contract, order: Order, **more: object) -> Trade:
    """Place an order of Alice's."""
    order.account = ALICE
    for name, value in more.items():
        setattr(order, name, value)
    return ib.placeOrder(contract, order)


async def test_a_market_order_is_filled_and_its_life_is_told_in_the_brokers_order(
    running: RunningGateway, ib: IB, acme: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, str]] = []
    interpret: Callable[[list[str]], None] = ib.client.decoder.interpret

    def listen(fields: list[str]) -> None:
        state = {"5": 94, "3": 2}.get(fields[0])
        heard.append((fields[0], fields[state] if state else fields[1]))
        interpret(fields)

    monkeypatch.setattr(ib.client.decoder, "interpret", listen)
    trade = place(ib, acme, MarketOrder("BUY", 10), orderRef="wa-1")
    await until(lambda: trade.fills and trade.fills[0].commissionReport.execId)

    told = [each for each in heard if each[0] in {"3", "5", "11", "59"}]
    assert told == [
        ("5", "Submitted"),
        ("3", "Submitted"),
        ("11", "-1"),
        ("5", "Filled"),
        ("3", "Filled"),
        ("5", "Filled"),
        ("59", "1"),
    ]
    (fill,) = trade.fills
    assert (fill.execution.shares, fill.execution.price, fill.execution.orderRef) == (10, 100.01, "wa-1")
    assert (fill.execution.side, fill.execution.acctNumber) == ("BOT", ALICE)
    assert (fill.commissionReport.commission, fill.commissionReport.currency) == (1.0, "USD")
    assert fill.execution.time == running.clock.now
    assert (trade.orderStatus.status, trade.orderStatus.filled, trade.orderStatus.remaining) == (
        "Filled",
        10,
        0,
    )
    assert trade.orderStatus.avgFillPrice == 100.01
    assert trade.order.permId == running.book.completed_orders()[0].perm_id
    assert running.book.cash(ALICE) == D("98998.90")


@pytest.mark.parametrize(
    ("order", "kind", "limit", "aux"),
    [
        (LimitOrder("BUY", 5, 99.5), "LMT", D("99.5"), None),
        (StopOrder("BUY", 5, 101.25), "STP", None, D("101.25")),
        (StopLimitOrder("BUY", 5, 101.5, 101.25), "STP LMT", D("101.5"), D("101.25")),
        (Order(action="SELL", totalQuantity=5, orderType="TRAIL", auxPrice=0.75), "TRAIL", None, D("0.75")),
        (Order(action="BUY", totalQuantity=5, orderType="MOC"), "MOC", None, None),
        (Order(action="BUY", totalQuantity=5, orderType="LOC", lmtPrice=99.5), "LOC", D("99.5"), None),
    ],
    ids=lambda value: value.orderType if isinstance(value, Order) else "",
)
async def test_each_kind_of_order_reaches_the_book_as_it_was_written(
    *, running: RunningGateway, connect: Connect, order: Order, kind: str, limit: Decimal, aux: Decimal
) -> None:
    ib = await connect(1)
    (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
    order.account, order.orderId = BOB, 0
    trade = ib.placeOrder(acme, order)
    await until(lambda: trade.orderStatus.permId)

    (report,) = running.book.open_orders()
    placed = report.order
    assert (placed.order_type, placed.limit_price, placed.aux_price) == (kind, limit, aux)
    assert (placed.account, placed.quantity, placed.tif, placed.client_id) == (BOB, D(5), "DAY", 1)
    assert trade.orderStatus.status in {"Submitted", "PreSubmitted"}
    assert trade.order.orderType == kind


async def test_a_trailing_order_may_trail_by_a_percentage(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    order = Order(action="SELL", totalQuantity=5, orderType="TRAIL", trailingPercent=2.5, trailStopPrice=97.0)
    trade = place(ib, acme, order, account=BOB)
    await until(lambda: trade.orderStatus.permId)

    (report,) = running.book.open_orders()
    assert (report.order.trailing_percent, report.order.trail_stop_price) == (D("2.5"), D(97))


@pytest.mark.parametrize(
    ("tif", "more", "told"),
    [
        ("DAY", {}, "Submitted"),
        ("GTC", {}, "Submitted"),
        ("GTD", {"goodTillDate": "20261130 15:00:00 US/Eastern"}, "Submitted"),
        ("IOC", {}, "Cancelled"),
    ],
)
async def test_each_time_in_force_is_kept(
    *, running: RunningGateway, ib: IB, acme: Contract, tif: str, more: dict[str, str], told: str
) -> None:
    trade = place(ib, acme, LimitOrder("BUY", 5, 99.5), tif=tif, **more)
    await until(lambda: trade.orderStatus.status == told)

    reports = [*running.book.open_orders(), *running.book.completed_orders()]
    assert [report.order.tif for report in reports] == [tif]
    if more:
        good_till = reports[0].order.good_till
        assert good_till is not None
        assert good_till.isoformat() == "2026-11-30T20:00:00+00:00"


async def test_an_order_outside_hours_says_so(running: RunningGateway, ib: IB, acme: Contract) -> None:
    trade = place(ib, acme, LimitOrder("BUY", 5, 99.5), outsideRth=True)
    await until(lambda: trade.orderStatus.permId)

    assert running.book.open_orders()[0].order.outside_rth
    (open_trade,) = await ib.reqAllOpenOrdersAsync()
    assert open_trade.order.outsideRth is True


async def test_children_of_a_bracket_wait_for_their_parent_and_end_each_other(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    bracket = ib.bracketOrder("BUY", 10, 99.5, 103, 97)
    trades = [place(ib, acme, order) for order in bracket]
    await until(lambda: all(trade.orderStatus.permId for trade in trades))
    assert [trade.orderStatus.status for trade in trades] == ["Submitted", "PreSubmitted", "PreSubmitted"]

    running.operator.set_price("ACME", D("99.40"))
    await until(lambda: trades[0].orderStatus.status == "Filled")
    await until(lambda: trades[1].orderStatus.status == "Submitted")
    running.operator.set_price("ACME", D("103.10"))
    await until(lambda: trades[1].orderStatus.status == "Filled")
    await until(lambda: trades[2].orderStatus.status == "Cancelled")


async def test_a_fill_cancels_the_others_of_its_group(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    orders = ib.oneCancelsAll([LimitOrder("BUY", 5, 99.5), LimitOrder("BUY", 5, 99.0)], "either", 1)
    trades = [place(ib, acme, order) for order in orders]
    await until(lambda: all(trade.orderStatus.status == "Submitted" for trade in trades))

    running.operator.set_price("ACME", D("99.30"))
    await until(lambda: [trade.orderStatus.status for trade in trades] == ["Filled", "Cancelled"])


async def test_a_change_keeps_number_and_permanent_number(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    trade = place(ib, acme, LimitOrder("BUY", 5, 99.5))
    await until(lambda: trade.orderStatus.status == "Submitted")
    perm_id = trade.orderStatus.permId
    trade.order.lmtPrice = 99.7
    ib.placeOrder(acme, trade.order)
    await until(lambda: running.book.open_orders()[0].order.limit_price == D("99.7"))

    (report,) = running.book.open_orders()
    assert (report.perm_id, report.order.order_id) == (perm_id, trade.order.orderId)


async def test_an_order_that_was_told_back_can_be_changed_as_it_was_told(
    running: RunningGateway, connect: Connect
) -> None:
    """A client that comes back repeats fields that the gateway made up, the word None among them."""
    first = await connect(1)
    (acme,) = await first.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
    trade = place(first, acme, LimitOrder("BUY", 5, 99.5))
    await until(lambda: trade.orderStatus.permId)
    first.disconnect()
    await until(lambda: not running.gateway.links)
    again = await connect(1)
    (told,) = again.openTrades()
    assert told.order.deltaNeutralOrderType == "None"
    told.order.lmtPrice = 99.6
    again.placeOrder(told.contract, told.order)

    await until(lambda: running.book.open_orders()[0].order.limit_price == D("99.6"))


async def test_a_cancelled_order_is_confirmed_by_202_and_by_its_status(ib: IB, acme: Contract) -> None:
    codes: list[tuple[int, int]] = []
    ib.errorEvent += lambda number, code, *_: codes.append((number, code))
    trade = place(ib, acme, LimitOrder("BUY", 5, 99.5))
    await until(lambda: trade.orderStatus.permId)
    ib.cancelOrder(trade.order)
    await until(lambda: trade.orderStatus.status == "Cancelled")

    assert codes == [(trade.order.orderId, 202)]


async def test_the_order_of_another_client_cannot_be_cancelled(
    running: RunningGateway, connect: Connect
) -> None:
    owner, other = await connect(1), await connect(2)
    (acme,) = await owner.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
    trade = place(owner, acme, LimitOrder("BUY", 5, 99.5))
    await until(lambda: trade.orderStatus.permId)
    codes: list[int] = []
    other.errorEvent += lambda _, code, *__: codes.append(code)
    other.cancelOrder(trade.order)
    await until(lambda: codes)

    assert codes == [10147]
    assert [report.status for report in running.book.open_orders()] == ["Submitted"]
    assert other.openTrades() == []
    assert [each.order.permId for each in await other.reqAllOpenOrdersAsync()] == [trade.order.permId]


async def test_a_global_cancel_ends_the_orders_of_all_clients(
    running: RunningGateway, connect: Connect
) -> None:
    owner, other = await connect(1), await connect(2)
    (acme,) = await owner.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
    trades = [place(each, acme, LimitOrder("BUY", 5, 99.5)) for each in (owner, other)]
    await until(lambda: all(trade.orderStatus.permId for trade in trades))
    owner.reqGlobalCancel()
    await until(lambda: all(trade.orderStatus.status == "Cancelled" for trade in trades))

    assert running.book.open_orders() == []


async def test_an_order_beyond_the_cash_is_rejected_with_its_reason(ib: IB, acme: Contract) -> None:
    said: list[tuple[int, str]] = []
    ib.errorEvent += lambda _, code, words, *__: said.append((code, words))
    trade = place(ib, acme, LimitOrder("BUY", 5000, 99.5))
    await until(lambda: said)

    assert said[0][0] == 201
    assert said[0][1].startswith("Order rejected - reason:")
    assert trade.orderStatus.status in {"Inactive", "Cancelled"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden", True),
        ("cashQty", 500.0),
        ("algoStrategy", "Adaptive"),
        ("goodAfterTime", "20261125 16:00:00"),
        ("displaySize", 1),
    ],
)
async def test_what_would_change_the_meaning_of_an_order_and_is_not_served_refuses_it(
    running: RunningGateway, ib: IB, acme: Contract, name: str, value: object
) -> None:
    said: list[tuple[int, str]] = []
    ib.errorEvent += lambda _, code, words, *__: said.append((code, words))
    place(ib, acme, LimitOrder("BUY", 5, 99.5), **{name: value})
    await until(lambda: said)

    assert said == [(201, f"Order rejected - reason:not served by the paper gateway: {name}")]
    assert running.book.open_orders() == []


@pytest.mark.parametrize(
    ("account", "code", "words"),
    [
        ("", 435, "You must specify an account."),
        ("DU999", 321, "Error validating request.-'b' : cause - Invalid account code 'DU999'"),
    ],
)
async def test_an_order_needs_an_account_of_the_login(
    *, running: RunningGateway, ib: IB, acme: Contract, account: str, code: int, words: str
) -> None:
    said: list[tuple[int, str]] = []
    ib.errorEvent += lambda _, number, text, *__: said.append((number, text))
    place(ib, acme, LimitOrder("BUY", 5, 99.5), account=account)
    await until(lambda: said)

    assert said == [(code, words)]
    assert running.book.open_orders() == []


async def test_an_order_for_something_unknown_is_refused(running: RunningGateway, ib: IB) -> None:
    said: list[int] = []
    ib.errorEvent += lambda _, code, *__: said.append(code)
    place(ib, Stock("NOPE", "SMART", "USD"), LimitOrder("BUY", 5, 99.5))
    await until(lambda: said)

    assert said == [200]
    assert running.book.open_orders() == []


async def test_a_what_if_tells_margins_and_commission_and_changes_nothing(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    order = LimitOrder("BUY", 10, 99.5, account=ALICE)
    state = await asyncio.wait_for(ib.whatIfOrderAsync(acme, order), 2)

    assert state.commission == 1.0
    assert (float(state.initMarginBefore), float(state.initMarginChange)) == (0.0, 1000.0)
    assert (float(state.equityWithLoanBefore), state.commissionCurrency) == (100000.0, "USD")
    assert running.book.open_orders() == running.book.completed_orders() == []


async def test_the_first_answer_to_a_what_if_may_have_no_margins_yet(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    running.operator.faults.tells_unset_what_if = True
    state = await asyncio.wait_for(ib.whatIfOrderAsync(acme, LimitOrder("BUY", 10, 99.5, account=ALICE)), 2)

    assert (state.initMarginChange, state.commission) == ("1.7976931348623157E308", 1.7976931348623157e308)


async def test_a_what_if_that_would_be_refused_is_refused(ib: IB, acme: Contract) -> None:
    said: list[int] = []
    ib.errorEvent += lambda _, code, *__: said.append(code)
    await asyncio.wait_for(ib.whatIfOrderAsync(acme, LimitOrder("BUY", 5000, 99.5, account=ALICE)), 2)

    assert said == [201]


async def test_executions_are_found_again_by_their_filter(running: RunningGateway, connect: Connect) -> None:
    ib = await connect(1)
    acme, globex = await ib.qualifyContractsAsync(
        Stock("ACME", "SMART", "USD"), Stock("GLBX", "SMART", "USD")
    )
    trades = [place(ib, contract, MarketOrder("BUY", 10)) for contract in (acme, globex)]
    await until(lambda: all(trade.orderStatus.status == "Filled" for trade in trades))
    ib.disconnect()
    await until(lambda: not running.gateway.links)
    again = await connect(2)

    assert [fill.contract.symbol for fill in again.fills()] == ["ACME", "GLBX"]
    assert [fill.commissionReport.commission for fill in again.fills()] == [1.0, 1.0]
    filters = {
        "GLBX": ExecutionFilter(symbol="GLBX"),
        "": ExecutionFilter(side="SELL"),
        "ACMEGLBX": ExecutionFilter(side="BUY", acctCode=ALICE, secType="STK", time="20261125-15:00:00"),
    }
    for expected, wanted in filters.items():
        found = await asyncio.wait_for(again.reqExecutionsAsync(wanted), 2)
        assert "".join(fill.contract.symbol for fill in found) == expected
    later = ExecutionFilter(time="20261125-15:31:00")
    assert await asyncio.wait_for(again.reqExecutionsAsync(later), 2) == []


async def test_orders_that_ended_are_told_with_their_ending(
    running: RunningGateway, connect: Connect
) -> None:
    ib = await connect(1)
    (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
    filled, gone = place(ib, acme, MarketOrder("BUY", 10)), place(ib, acme, LimitOrder("BUY", 5, 99.5))
    await until(lambda: filled.orderStatus.status == "Filled" and gone.orderStatus.permId)
    ib.cancelOrder(gone.order)
    await until(lambda: gone.orderStatus.status == "Cancelled")
    again = await connect(2)
    trades = {trade.order.permId: trade for trade in again.trades()}

    assert trades[filled.order.permId].orderStatus.status == "Filled"
    assert trades[filled.order.permId].order.filledQuantity == 10
    assert trades[gone.order.permId].orderStatus.status == "Cancelled"
    states = await asyncio.wait_for(again.reqCompletedOrdersAsync(apiOnly=False), 2)
    assert len(states) == 2


async def test_numbers_of_orders_go_on_where_the_client_left_them(
    running: RunningGateway, connect: Connect
) -> None:
    ib = await connect(1)
    (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
    trade = place(ib, acme, LimitOrder("BUY", 5, 99.5))
    await until(lambda: trade.orderStatus.permId)
    ib.client.reqIds(1)
    ib.disconnect()
    await until(lambda: not running.gateway.links)
    again = await connect(1)

    assert again.client.getReqId() > trade.order.orderId


async def test_only_client_0_may_take_over_orders_entered_by_hand(
    running: RunningGateway, connect: Connect
) -> None:
    zero, one = await connect(0), await connect(1)
    said: list[int] = []
    one.errorEvent += lambda _, code, *__: said.append(code)
    zero.reqAutoOpenOrders(True)
    one.reqAutoOpenOrders(True)
    await until(lambda: said)

    assert said == [321]
    sessions = running.gateway.hub.sessions
    assert (sessions[0].binds_manual_orders, sessions[1].binds_manual_orders) == (True, False)
