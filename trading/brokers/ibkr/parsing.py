"""Objects of the package into our records: floats become the decimals they were written as, unset is None.

Pure: nothing here asks or waits. A field that cannot be read raises ValueError; a row is never half read.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from trading.engine.records import (
    AccountValue,
    BrokerOrder,
    BrokerPosition,
    ContractFacts,
    ExecutionFacts,
    OrderState,
    PriceBar,
    PriceSource,
    Quote,
    Side,
    WhatIf,
)

# The packages stand for "unset" with the largest float (the wire writes it as 1.797...E308) or integer.
UNSET_FROM = Decimal("1e300")
MIN_TICK = Decimal("0.01")
WHOLE_SHARES = Decimal(1)
UNSET_INTEGER = 2147483647
DELAYED_TYPES = frozenset({3, 4})
HALTED_VALUES = frozenset({Decimal(1), Decimal(2)})
SIDES = MappingProxyType(
    {
        "BUY": Side.BUY,
        "BOT": Side.BUY,
        "SLONG": Side.SELL,
        "SELL": Side.SELL,
        "SSHORT": Side.SELL,
        "SLD": Side.SELL,
    }
)
WORKING = frozenset({"PreSubmitted", "Submitted", "PendingCancel", "ApiUpdate", "ValidationError"})
ENDED = MappingProxyType(
    {
        "Filled": OrderState.FILLED,
        "Cancelled": OrderState.CANCELLED,
        "ApiCancelled": OrderState.CANCELLED,
    }
)
INACTIVE = "Inactive"


def number(value: float | str | Decimal | None) -> Decimal | None:
    """The amount as it was written, or None when it is unset: empty, not a number, or 1e300 and beyond."""
    if value is None or value == "":
        return None
    try:
        found = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None
    return found if found.is_finite() and abs(found) < UNSET_FROM else None


def amount(value: float | str | Decimal | None) -> Decimal:
    """The amount, zero when it is unset: for quantities, where nothing and unset are the same."""
    return number(value) or Decimal(0)


def price(value: float | str | None) -> Decimal | None:
    """A price of a stock: zero and minus one are the broker's words for none."""
    found = number(value)
    return found if found is not None and found > 0 else None


def size(value: float | str | None) -> Decimal | None:
    """A number of shares on offer, None when it is not known."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def side_of(action: str) -> Side:
    """BUY, SELL and SSHORT of orders, BOT and SLD of executions. Raises ValueError for another word."""
    try:
        return SIDES[action]
    except KeyError:
        raise ValueError(f"{action!r} is no side of an order") from None


def order_state(status: str, *, filled: Decimal, has_reject_reason: bool = False) -> OrderState:
    """Where an order stands by the broker's own word for it.

    Inactive ends an order only when the broker has also said why; without a reason it may be held and come
    back, so it is a doubt, as is a word that nobody knows.
    """
    if status in ENDED:
        return ENDED[status]
    if status == INACTIVE and has_reject_reason:
        return OrderState.CANCELLED if filled else OrderState.REJECTED
    if status in WORKING or status in {"PendingSubmit", "ApiPending"}:
        return OrderState.PARTIALLY_FILLED if filled else OrderState.SUBMITTED
    return OrderState.UNKNOWN


def open_order(
    contract: Any, order: Any, *, state: OrderState, filled: Decimal, words: str = ""
) -> BrokerOrder:
    """An order of an openOrder message, with what is known of its fills."""
    return BrokerOrder(
        order_ref=order.orderRef or "",
        perm_id=int(order.permId),
        broker_order_id=int(order.orderId),
        client_id=int(order.clientId),
        account=order.account,
        con_id=int(contract.conId),
        symbol=contract.symbol,
        side=side_of(order.action),
        quantity=amount(order.totalQuantity),
        filled=filled,
        state=state,
        is_open=not state.is_final,
        kind=order.orderType,
        time_in_force=order.tif,
        limit_price=price(order.lmtPrice),
        stop_price=_stop_price(order),
        words=words,
    )


def completed_order(contract: Any, order: Any, told: Any) -> BrokerOrder:
    """An order of a completedOrder message: fills stand in `filledQuantity`, and it may say no total."""
    filled = amount(order.filledQuantity)
    total = amount(order.totalQuantity)
    state = _completed_state(told.status, filled=filled, total=total)
    found = open_order(contract, order, state=state, filled=filled, words=told.completedStatus or "")
    return replace(found, quantity=max(total, filled), is_open=False)


def _completed_state(status: str, *, filled: Decimal, total: Decimal) -> OrderState:
    """An order among the completed ones has ended, whatever its last word was."""
    state = order_state(status, filled=filled, has_reject_reason=True)
    if state.is_final:
        return state
    return OrderState.FILLED if filled and filled >= total else OrderState.CANCELLED


def _stop_price(order: Any) -> Decimal | None:
    """The price that triggers: of a trailing order where the stop stands, of others `auxPrice`."""
    if str(order.orderType).startswith("TRAIL"):
        return price(order.trailStopPrice)
    return price(order.auxPrice)


def execution_key(exec_id: str) -> tuple[str, int]:
    """The id of a fill without its correction number, and that number: `0001.01.02` is `0001.01` and 2."""
    base, _, revision = exec_id.rpartition(".")
    return (base, int(revision)) if base and revision.isdigit() else (exec_id, 0)


def execution_facts(contract: Any, execution: Any) -> ExecutionFacts:
    """One telling of a fill; its commission comes in a message of its own."""
    exec_id, revision = execution_key(execution.execId)
    return ExecutionFacts(
        exec_id=exec_id,
        revision=revision,
        order_ref=execution.orderRef or "",
        perm_id=int(execution.permId),
        account=execution.acctNumber,
        con_id=int(contract.conId),
        symbol=contract.symbol,
        currency=contract.currency,
        side=side_of(execution.side),
        quantity=amount(execution.shares),
        price=amount(execution.price),
        executed_at=moment(execution.time),
    )


def moment(value: datetime) -> datetime:
    """A time of the package in UTC; one without a zone is UTC already."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def contract_facts(details: Any) -> ContractFacts:
    """What can be traded, out of contract details. `exchange` is the one that was asked for (SMART)."""
    contract = details.contract
    return ContractFacts(
        con_id=int(contract.conId),
        symbol=contract.symbol,
        kind=contract.secType,
        exchange=contract.exchange or "SMART",
        primary_exchange=contract.primaryExchange,
        currency=contract.currency,
        name=details.longName,
        sector=details.industry,
        min_tick=price(details.minTick) or MIN_TICK,
        size_increment=price(details.sizeIncrement) or WHOLE_SHARES,
    )


def sample_facts(description: Any) -> ContractFacts:
    """A contract as the search tells it: without ticks and sizes, which its details know."""
    contract = description.contract
    return ContractFacts(
        con_id=int(contract.conId),
        symbol=contract.symbol,
        kind=contract.secType,
        primary_exchange=contract.primaryExchange.partition(".")[0],
        currency=contract.currency,
        name=contract.description or "",
    )


def quote(ticker: Any, *, symbol: str) -> Quote:
    """The latest of a ticker, with the source that its type of market data stands for."""
    delayed = ticker.marketDataType in DELAYED_TYPES
    return Quote(
        symbol=symbol,
        source=PriceSource.IBKR_DELAYED if delayed else PriceSource.IBKR_LIVE,
        as_of=moment(ticker.time),
        bid=price(ticker.bid),
        ask=price(ticker.ask),
        last=price(ticker.last),
        close=price(ticker.close),
        bid_size=size(ticker.bidSize),
        ask_size=size(ticker.askSize),
        volume=size(ticker.volume),
        is_halted=number(ticker.halted) in HALTED_VALUES,
    )


def position(row: Any) -> BrokerPosition:
    """A line of the positions."""
    return BrokerPosition(
        account=row.account,
        con_id=int(row.contract.conId),
        symbol=row.contract.symbol,
        quantity=amount(row.position),
        average_cost=amount(row.avgCost),
    )


def account_value(account: str, tag: str, value: str, currency: str) -> AccountValue:
    """A line of the account summary, its value as the broker wrote it."""
    return AccountValue(account=account, tag=tag, value=value, currency=currency)


def what_if(state: Any) -> WhatIf:
    """What the broker said of an order that it was only asked about."""
    return WhatIf(
        commission=number(state.commission),
        commission_currency=state.commissionCurrency or "",
        initial_margin_change=number(state.initMarginChange),
        maintenance_margin_change=number(state.maintMarginChange),
        equity_with_loan_after=number(state.equityWithLoanAfter),
        words=state.warningText or "",
    )


def price_bar(bar: Any) -> PriceBar:
    """A bar of trades: of a day, or of minutes that begin at a moment."""
    begins = moment(bar.date) if isinstance(bar.date, datetime) else None
    day: date = begins.date() if begins else bar.date
    return PriceBar(
        day=day,
        begins=begins,
        open=amount(bar.open),
        high=amount(bar.high),
        low=amount(bar.low),
        close=amount(bar.close),
        volume=amount(bar.volume),
    )
