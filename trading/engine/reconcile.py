"""The broker's orders, fills, positions and cash against the book's."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from trading.engine.differences import BookOrder, BookState, BrokerState, Difference, DifferenceKind
from trading.engine.executions import newest_executions
from trading.engine.order_matching import OrderIndex
from trading.engine.orders import OrderFacts
from trading.engine.records import BrokerOrder, ExecutionFacts, OrderState

# Brokers state fractional shares with four decimals and cash with two.
POSITION_TOLERANCE = Decimal("0.0001")
CASH_TOLERANCE = Decimal("0.01")
ZERO = Decimal(0)
NOTHING = "nothing"
WORKING_STATES = frozenset({OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED})


def reconcile(book: BookState, broker: BrokerState, *, since: datetime | None) -> tuple[Difference, ...]:
    """Everything in which the two differ: orders, executions, positions, cash, in this order.

    The broker tells fills of about a day only: what the book has from before `since` is not missed there.
    """
    return (
        *order_differences(book, broker),
        *execution_differences(
            [fill for fill in book.executions if fill.account in broker.accounts],
            broker.executions,
            since=since,
        ),
        *position_differences(book, broker),
        *cash_differences(book, broker),
    )


# Orders


def order_differences(book: BookState, broker: BrokerState) -> Iterator[Difference]:
    """Orders that only one side knows, that live twice, or that stand differently."""
    index = OrderIndex(book.orders)
    told: defaultdict[str, list[BrokerOrder]] = defaultdict(list)
    for order in broker.orders:
        mine = index.find(order)
        if mine is None:
            yield _unknown_order(order)
        else:
            told[str(mine.facts.id)].append(order)
    for mine in book.orders:
        if mine.account in broker.accounts and not mine.is_in_motion:
            yield from _order_differences(mine, told[str(mine.facts.id)])


def _unknown_order(told: BrokerOrder) -> Difference:
    is_foreign = not told.order_ref
    kind = DifferenceKind.ORDER_FOREIGN if is_foreign else DifferenceKind.ORDER_NOT_IN_BOOK
    sentence = (
        f"An order in {told.symbol} was placed elsewhere."
        if is_foreign
        else f"The broker has an order in {told.symbol} with a reference that the book does not know."
    )
    return Difference(
        kind=kind,
        account=told.account,
        subject=told.order_ref or str(told.perm_id),
        book=NOTHING,
        broker=_standing(told.state, told.filled, told.quantity),
        sentence=sentence,
    )


def _order_differences(mine: BookOrder, told: Sequence[BrokerOrder]) -> Iterator[Difference]:
    for order in told:
        if _terms_told(order) != _terms(mine):
            yield _terms_difference(mine, order)
    ended = {order.perm_id for order in told if not order.is_open}
    alive = sorted({order.perm_id for order in told if order.is_open} - ended)
    if len(alive) > 1:
        yield _about(
            mine,
            DifferenceKind.ORDER_DOUBLED,
            broker=" and ".join(map(str, alive)),
            sentence=f"The order in {mine.symbol} lives {len(alive)} times at the broker.",
        )
    if told:
        yield from _state_difference(mine, told, is_alive=bool(alive))
    elif mine.facts.state in WORKING_STATES or mine.facts.state is OrderState.UNKNOWN:
        yield _about(
            mine,
            DifferenceKind.ORDER_NOT_AT_BROKER,
            broker=NOTHING,
            sentence=f"The broker knows no order in {mine.symbol} that the book takes for possibly live.",
        )


def _state_difference(
    mine: BookOrder, told: Sequence[BrokerOrder], *, is_alive: bool
) -> Iterator[Difference]:
    """An order on its way to the broker is not compared: its acknowledgment is on its way back."""
    state = mine.facts.state
    latest = [order for order in told if order.is_open or not is_alive][-1]
    is_filled = any(order.state is OrderState.FILLED for order in told)
    broker = _standing(latest.state, latest.filled, latest.quantity)
    if state.is_final and is_alive:
        yield _about(
            mine,
            DifferenceKind.ORDER_LIVE_AT_BROKER,
            broker=broker,
            sentence=f"The order in {mine.symbol} is over in the book and lives at the broker.",
        )
    elif _stands_differently(state, is_alive=is_alive, is_filled=is_filled):
        yield _about(
            mine,
            DifferenceKind.ORDER_STATE,
            broker=broker,
            sentence=f"The order in {mine.symbol} stands differently at the broker.",
        )


def _stands_differently(state: OrderState, *, is_alive: bool, is_filled: bool) -> bool:
    if state is OrderState.SENDING:
        return False
    if state.is_final:
        return is_filled is not (state is OrderState.FILLED)
    return state not in WORKING_STATES or not is_alive


def _terms_difference(mine: BookOrder, told: BrokerOrder) -> Difference:
    return _about(
        mine,
        DifferenceKind.ORDER_TERMS,
        book=_terms(mine),
        broker=_terms_told(told),
        sentence=f"The order in {mine.symbol} has other terms at the broker than in the book.",
    )


def _terms(mine: BookOrder) -> str:
    return f"{mine.side.value} {mine.facts.quantity.normalize():f} of {mine.con_id} in {mine.account}"


def _terms_told(told: BrokerOrder) -> str:
    return f"{told.side.value} {told.quantity.normalize():f} of {told.con_id} in {told.account}"


def _about(
    mine: BookOrder, kind: DifferenceKind, *, broker: str, sentence: str, book: str | None = None
) -> Difference:
    facts: OrderFacts = mine.facts
    return Difference(
        kind=kind,
        account=mine.account,
        subject=str(facts.id),
        book=_standing(facts.state, facts.filled, facts.quantity) if book is None else book,
        broker=broker,
        sentence=sentence,
        order_id=facts.id,
    )


def _standing(state: OrderState, filled: Decimal, quantity: Decimal) -> str:
    return f"{state.value}, {filled:f} of {quantity:f}"


# Executions


def execution_differences(
    book: Iterable[ExecutionFacts], broker: Iterable[ExecutionFacts], *, since: datetime | None
) -> Iterator[Difference]:
    """Fills that only one side knows or that it tells otherwise: the comparison with the drop copy.

    Each is compared in its newest revision. A commission that the broker has not told yet is not missed.
    """
    ours = {(fill.account, fill.exec_id): fill for fill in newest_executions(book)}
    theirs = {(fill.account, fill.exec_id): fill for fill in newest_executions(broker)}
    for key, told in theirs.items():
        mine = ours.get(key)
        if mine is None:
            yield _fill_difference(
                DifferenceKind.EXECUTION_NOT_IN_BOOK, told, book=NOTHING, broker=_fill(told)
            )
        elif _is_told_otherwise(mine, told):
            yield _fill_difference(
                DifferenceKind.EXECUTION_DIFFERS, told, book=_fill(mine), broker=_fill(told)
            )
    for key, mine in ours.items():
        is_recent = since is None or mine.executed_at >= since
        if key not in theirs and is_recent:
            yield _fill_difference(
                DifferenceKind.EXECUTION_NOT_AT_BROKER, mine, book=_fill(mine), broker=NOTHING
            )


FILL_WORDS = {
    DifferenceKind.EXECUTION_NOT_IN_BOOK: "is missing in the book",
    DifferenceKind.EXECUTION_NOT_AT_BROKER: "is in the book, and the broker does not know it",
    DifferenceKind.EXECUTION_DIFFERS: "is told otherwise by the broker than by the book",
}


def _is_told_otherwise(mine: ExecutionFacts, told: ExecutionFacts) -> bool:
    is_charged_otherwise = told.commission is not None and told.commission != mine.commission
    return is_charged_otherwise or _figures(mine) != _figures(told)


def _figures(fill: ExecutionFacts) -> tuple[object, ...]:
    return fill.revision, fill.side, fill.quantity, fill.price


def _fill(fill: ExecutionFacts) -> str:
    charged = "" if fill.commission is None else f", commission {fill.commission:f}"
    return f"{fill.side.value} {fill.quantity:f} at {fill.price:f}{charged}"


def _fill_difference(kind: DifferenceKind, fill: ExecutionFacts, *, book: str, broker: str) -> Difference:
    return Difference(
        kind=kind,
        account=fill.account,
        subject=fill.exec_id,
        book=book,
        broker=broker,
        sentence=f"A fill in {fill.symbol} {FILL_WORDS[kind]}.",
    )


# Positions and cash


def position_differences(book: BookState, broker: BrokerState) -> Iterator[Difference]:
    """Instruments of which the two hold differently; what one of them does not name it does not hold."""
    theirs = {(held.account, held.con_id): held for held in broker.positions}
    symbols = dict(book.symbols) | {order.con_id: order.symbol for order in book.orders}
    symbols |= {held.con_id: held.symbol for held in broker.positions}
    for key in sorted(book.positions.keys() | theirs.keys()):
        account, con_id = key
        here = book.positions.get(key, ZERO)
        there = theirs[key].quantity if key in theirs else ZERO
        if account in broker.at_rest and abs(here - there) > POSITION_TOLERANCE:
            symbol = symbols.get(con_id, str(con_id))
            yield Difference(
                kind=DifferenceKind.POSITION,
                account=account,
                subject=symbol,
                book=f"{here:f}",
                broker=f"{there:f}",
                sentence=f"The broker holds {_plain(there)} of {symbol}, the book {_plain(here)}.",
                con_id=con_id,
            )


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def cash_differences(book: BookState, broker: BrokerState) -> Iterator[Difference]:
    """Currencies of which the two have differently, by a cent or more."""
    for key in sorted(book.cash.keys() | broker.cash.keys()):
        account, currency = key
        here, there = book.cash.get(key, ZERO), broker.cash.get(key, ZERO)
        if account in broker.at_rest and abs(here - there) >= CASH_TOLERANCE:
            yield Difference(
                kind=DifferenceKind.CASH,
                account=account,
                subject=currency,
                book=f"{here:f}",
                broker=f"{there:f}",
                sentence=f"The broker has {there:,.2f} {currency}, the book {here:,.2f}.",
            )
