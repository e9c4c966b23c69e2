"""What the broker says of orders: each order as its own messages tell it, under its durable number.

Takes the place of the package's handlers, whose idea of an order also changes with error codes. Here only
openOrder, orderStatus and completedOrder messages say where an order stands.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from trading.brokers.base import BrokerError, OrderNotice, OrderUpdate
from trading.brokers.ibkr import parsing
from trading.brokers.ibkr.codes import DUPLICATE_ORDER_ID, CodeKind, kind_of, refuses_change, rejects_order
from trading.engine.records import BrokerOrder, OrderState

# The two listings, by the names that the package has for the questions.
OPEN = "openOrders"
COMPLETED = "completedOrders"


class OrderReports:
    """The orders that one connection has heard of, and those it placed itself.

    `emit` is given an event for each change. `ours` is the client number: orders are known by it and their
    order number until the broker has told their permanent one.
    """

    def __init__(self, *, ours: int, emit: Callable[[OrderUpdate | OrderNotice], None]) -> None:
        self._ours = ours
        self._emit = emit
        self._placed: dict[int, BrokerOrder] = {}
        self._told: dict[int, BrokerOrder] = {}
        self._perm_ids: dict[tuple[int, int], int] = {}
        self._statuses: dict[int, tuple[str, float]] = {}
        self._reasons: dict[int, str] = {}
        self._taken: set[int] = set()
        self._changed: set[int] = set()
        self._unused: set[int] = set()
        self._cancelling: set[int] = set()
        self._inactive: set[int] = set()
        self._listings: dict[str, dict[int, BrokerOrder]] = {}
        self._unread: dict[str, str] = {}

    def hand_out(self, number: int) -> None:
        """Remembers that a number was given for an order, so that the first order under it is a new one."""
        self._unused.add(number)

    def place(self, order: BrokerOrder) -> None:
        """Remembers an order that is about to be written: a new one, or the change of one that may live."""
        number = order.broker_order_id
        if number in self._unused:
            self._unused.remove(number)
        else:
            self._changed.add(number)
        self._placed[number] = order

    def cancel(self, number: int) -> None:
        """Remembers that words about `number` will be about an order, even one not heard of."""
        self._cancelling.add(number)

    def begin_listing(self, name: str) -> None:
        """From here on, orders that are told are collected under `name`, OPEN or COMPLETED."""
        self._listings[name] = {}
        self._unread.pop(name, None)

    def drop_listing(self, name: str) -> None:
        """Forgets a listing that was not answered."""
        self._listings.pop(name, None)

    def end_listing(self, name: str) -> list[BrokerOrder]:
        """The orders told since the listing began. Raises BrokerError when one of them could not be read."""
        listed = self._listings.pop(name)
        if name in self._unread:
            raise BrokerError(f"The broker listed an order that cannot be read: {self._unread[name]}")
        return [self._told.get(perm_id, order) for perm_id, order in listed.items()]

    def open_order(self, contract: Any, order: Any, state: Any) -> None:
        """An openOrder message: the whole order."""
        try:
            self._open_order(contract, order, state)
        except (ValueError, TypeError, AttributeError) as error:
            self._unread[OPEN] = str(error)
            raise

    def _open_order(self, contract: Any, order: Any, state: Any) -> None:
        number, perm_id = int(order.orderId), int(order.permId)
        is_ours = int(order.clientId) == self._ours
        before = self._told.get(perm_id)
        filled = before.filled if before else parsing.amount(self._statuses.pop(perm_id, ("", 0.0))[1])
        is_explained = self._is_explained(is_ours, number)
        found = parsing.order_state(state.status, filled=filled, has_reject_reason=is_explained)
        words = (self._reasons.get(number) if is_explained else None) or state.warningText or ""
        told = parsing.open_order(contract, order, state=found, filled=filled, words=words)
        if told.state is OrderState.FILLED:
            told = replace(told, filled=told.quantity)
        self._perm_ids[(told.client_id, number)] = perm_id
        self._note(is_ours, number, state.status)
        self._tell(told)
        if OPEN in self._listings:
            self._listings[OPEN][perm_id] = told

    def order_status(
        self, number: int, status: str, *, filled: float, perm_id: int, client_id: int, why_held: str
    ) -> None:
        """An orderStatus message: state and fills of an order that was told before, or that we placed."""
        before = self._find(number, perm_id, client_id)
        self._note(client_id == self._ours, number, status)
        if before is None:
            self._statuses[perm_id] = (status, filled)
            return
        shares = parsing.amount(filled)
        is_explained = self._is_explained(client_id == self._ours, number)
        state = parsing.order_state(status, filled=shares, has_reject_reason=is_explained)
        words = self._reasons.get(number, "") if client_id == self._ours else ""
        self._tell(
            replace(
                before,
                perm_id=perm_id or before.perm_id,
                filled=shares,
                state=state,
                is_open=not state.is_final,
                words=words or why_held or before.words,
            )
        )

    def completed_order(self, contract: Any, order: Any, state: Any) -> None:
        """A completedOrder message, which only comes when it was asked for."""
        try:
            told = parsing.completed_order(contract, order, state)
        except (ValueError, TypeError, AttributeError) as error:
            self._unread[COMPLETED] = str(error)
            raise
        before = self._told.get(told.perm_id)
        if before is not None:  # the message leaves these two out
            told = replace(told, broker_order_id=before.broker_order_id, client_id=before.client_id)
        if COMPLETED in self._listings:
            self._listings[COMPLETED][told.perm_id] = told
        self._told[told.perm_id] = told

    def code(self, number: int, code: int, words: str) -> None:
        """Words with a code about an order; nothing when `number` is no order of ours."""
        order = self._of_ours(number)
        if order is None and number not in self._cancelling:
            return
        is_rejection = rejects_order(code, is_taken=number in self._taken, is_changed=number in self._changed)
        if self._is_reason(number, code):
            self._reasons[number] = words
        self._emit(
            OrderNotice(
                order_ref=order.order_ref if order else "",
                broker_order_id=number,
                code=code,
                words=words,
                is_rejection=is_rejection,
                refuses_change=refuses_change(code),
            )
        )
        if order and number in self._inactive and number in self._reasons:
            state = parsing.order_state(parsing.INACTIVE, filled=order.filled, has_reject_reason=True)
            self._tell(replace(order, state=state, is_open=False, words=words))

    def _is_reason(self, number: int, code: int) -> bool:
        """Whether a code says why an order does not live, should the broker call it inactive."""
        kind = kind_of(code)
        if kind is CodeKind.ACTION_REFUSED:
            return number not in self._taken and code != DUPLICATE_ORDER_ID
        return kind in {CodeKind.ORDER_REJECTED, CodeKind.REQUEST_FAILED}

    def _find(self, number: int, perm_id: int, client_id: int) -> BrokerOrder | None:
        """The order of a status: by its permanent number, else ours that has none yet.

        Order numbers come again after a restart of the gateway, so a number alone never names an order that
        has a permanent one of its own.
        """
        if perm_id in self._told:
            return self._told[perm_id]
        known = self._perm_ids.get((client_id, number))
        if known is not None:
            return None if perm_id else self._told.get(known)
        return self._placed.get(number) if client_id == self._ours else None

    def _of_ours(self, number: int) -> BrokerOrder | None:
        perm_id = self._perm_ids.get((self._ours, number))
        return self._placed.get(number) if perm_id is None else self._told.get(perm_id)

    def _is_explained(self, is_ours: bool, number: int) -> bool:  # noqa: FBT001 - two facts of one message
        return is_ours and number in self._reasons

    def _note(self, is_ours: bool, number: int, status: str) -> None:  # noqa: FBT001 - same
        if not is_ours:
            return
        if status in parsing.WORKING or status in parsing.ENDED:
            self._taken.add(number)
        if status == parsing.INACTIVE:
            self._inactive.add(number)
        else:
            self._inactive.discard(number)

    def _tell(self, order: BrokerOrder) -> None:
        """Keeps an order and emits it, unless it was told in these very words before."""
        if order.perm_id:
            self._perm_ids[(order.client_id, order.broker_order_id)] = order.perm_id
            is_new = self._told.get(order.perm_id) != order
            self._told[order.perm_id] = order
        else:
            is_new = self._placed.get(order.broker_order_id) != order
            self._placed[order.broker_order_id] = order
        if is_new:
            self._emit(OrderUpdate(order=order))
