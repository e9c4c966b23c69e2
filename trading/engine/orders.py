"""The life of an order: its states, and what each event does to it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from trading.engine.order_events import (
    BrokerSaid,
    CancelWanted,
    Doubted,
    Executed,
    Expired,
    Leased,
    LeaseExpired,
    OrderEvent,
    ProvenAbsent,
    RefusedLocally,
    Rejected,
    SettledByHand,
)
from trading.engine.order_lives import (
    UNNUMBERED,
    ZERO,
    OrderLives,
    all_ended,
    meant_life,
    open_perm_ids,
    told_filled,
    with_life,
)
from trading.engine.records import BrokerOrder, OrderState

# An answer may be given by a broker that has not caught up with itself yet: one absence proves nothing.
PROOFS_OF_ABSENCE = 2


class UnlawfulStep(Exception):
    """An event that cannot happen to an order in this state: our fault, or words about another order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """An order as far as its life goes. Quantities are shares; `average_price` is None until a fill is known.

    `attempt` counts how often it was leased for sending, `epoch` is the fencing number of its last worker;
    `absences` counts the broker's proofs, one after the other, that it does not know the order, `inquiry` is
    the last question that gave one. `reason` says why the order is rejected or in doubt. `version` rises with
    every change.
    """

    id: UUID
    quantity: Decimal
    state: OrderState = OrderState.PENDING
    filled: Decimal = ZERO
    average_price: Decimal | None = None
    attempt: int = 0
    epoch: int = 0
    is_cancel_wanted: bool = False
    is_expired: bool = False
    lives: OrderLives = ()
    absences: int = 0
    inquiry: int = 0
    reason: str = ""
    version: int = 0

    @property
    def remaining(self) -> Decimal:
        """Shares that are not filled; never negative."""
        return max(self.quantity - self.filled, ZERO)

    @property
    def perm_ids(self) -> tuple[int, ...]:
        """The broker's durable numbers of the order: one, or more when a change became a second order."""
        return tuple(life.perm_id for life in self.lives if life.perm_id != UNNUMBERED)

    @property
    def stray_perm_ids(self) -> tuple[int, ...]:
        """Numbers that should not live: all of an order that is over, all when there is more than one."""
        alive = open_perm_ids(self.lives)
        return alive if self.state.is_final or len(alive) > 1 else ()

    @property
    def missing_fill(self) -> Decimal:
        """Shares that the broker says are filled while their executions are not known yet."""
        return max(told_filled(self.lives) - self.filled, ZERO)

    @property
    def is_overfilled(self) -> bool:
        """Whether more was filled than was ordered, which must never be."""
        return self.filled > self.quantity

    @property
    def is_absent(self) -> bool:
        """Whether the broker has proven often enough that the order does not live there."""
        return self.state is OrderState.UNKNOWN and self.absences >= PROOFS_OF_ABSENCE

    @property
    def may_be_resent(self) -> bool:
        """Whether it surely never reached the broker and is still wanted.

        An order that the broker once acknowledged or filled has reached it, however absent it is now.
        """
        return self.is_absent and not (self.lives or self.filled or self.is_cancel_wanted or self.is_expired)

    @property
    def needs_operator(self) -> bool:
        """Whether questions have settled nothing: it was at the broker, is gone, and nobody knows how."""
        return self.is_absent and not self.may_be_resent


def order_step(order: OrderFacts, event: OrderEvent) -> OrderFacts:
    """The order after `event`; the very same record when the event is late, repeated or out of order.

    Final states are left only for executions, which are facts however late they come. Raises UnlawfulStep
    when the event cannot happen to the order.
    """
    after = STEPS[type(event)](order, event)
    return order if after == order else replace(after, version=order.version + 1)


def _leased(order: OrderFacts, event: Leased) -> OrderFacts:
    """Only an order that surely is not at the broker may be sent, and only by the newest worker."""
    if order.state is not OrderState.PENDING and not order.may_be_resent:
        raise UnlawfulStep(f"an order that is {order.state.value} must not be sent")
    # Whoever sends again must be the one who asked: a newer worker has to ask for itself.
    is_ours = event.epoch == order.epoch if order.absences else event.epoch >= order.epoch
    if not is_ours:
        raise UnlawfulStep(f"the order belongs to epoch {order.epoch}, not to {event.epoch}")
    return replace(
        order,
        state=OrderState.SENDING,
        attempt=order.attempt + 1,
        epoch=event.epoch,
        absences=0,
        reason="",
    )


def _lease_expired(order: OrderFacts, event: LeaseExpired) -> OrderFacts:
    if order.state is not OrderState.SENDING or event.epoch != order.epoch:
        return order
    return _doubtful(order, "The worker that was sending the order went away.")


def _refused_locally(order: OrderFacts, event: RefusedLocally) -> OrderFacts:
    if order.state.is_final:
        return order
    if order.state is not OrderState.PENDING:
        raise UnlawfulStep(f"an order that is {order.state.value} may have reached the broker")
    return replace(order, state=OrderState.REJECTED, reason=event.reason)


def _broker_said(order: OrderFacts, event: BrokerSaid) -> OrderFacts:
    said = event.order
    _refuse_words_about_others(order, said)
    if said.perm_id == UNNUMBERED and len(order.lives) > 1:
        return _doubtful(order, "The broker spoke of the order without saying which of its lives was meant.")
    has_ended = said.state.is_final and not said.is_open
    is_late = not has_ended and meant_life(order.lives, said.perm_id).has_ended
    lives = with_life(order.lives, said.perm_id, has_ended=has_ended, told_filled=said.filled)
    heard = _tidied(replace(order, lives=lives, absences=0))
    if is_late or order.state.is_final:
        return heard
    return _ended(heard, said) if has_ended else _alive(heard, said)


def _refuse_words_about_others(order: OrderFacts, said: BrokerOrder) -> None:
    """Order ids are issued again after a restart: only our reference and the durable number hold."""
    is_ours = said.order_ref == str(order.id) if said.order_ref else said.perm_id in order.perm_ids
    if not is_ours:
        raise UnlawfulStep(f"the broker spoke of {said.order_ref or said.perm_id}, not of {order.id}")


def _alive(order: OrderFacts, said: BrokerOrder) -> OrderFacts:
    """The broker says that the order goes on, or says something from which its state cannot be told."""
    if said.is_open is said.state.is_final or said.state is OrderState.UNKNOWN:
        return _doubtful(order, said.words or "The broker's words do not say how the order stands.")
    if said.state in {OrderState.PENDING, OrderState.SENDING}:
        return order  # on its way, not acknowledged
    return replace(order, state=_live_state(order), reason="")


def _ended(order: OrderFacts, said: BrokerOrder) -> OrderFacts:
    """The broker says that one life of the order is over; the order is when no other goes on."""
    if open_perm_ids(order.lives):
        return order if order.state is OrderState.UNKNOWN else replace(order, state=_live_state(order))
    if order.filled >= order.quantity or said.state is OrderState.FILLED:
        return replace(order, state=OrderState.FILLED, reason="")
    if said.state is OrderState.REJECTED:
        return _refused_by_broker(order, said.words)
    return replace(order, state=OrderState.CANCELLED, reason=said.words)


def _rejected(order: OrderFacts, event: Rejected) -> OrderFacts:
    if order.state.is_final:
        return order
    if len(open_perm_ids(order.lives)) > 1:
        return _doubtful(order, f"The broker refused one of the order's lives: {event.reason}")
    return _refused_by_broker(replace(order, lives=all_ended(order.lives), absences=0), event.reason)


def _refused_by_broker(order: OrderFacts, reason: str) -> OrderFacts:
    """What was filled in part cannot be rejected any more: its rest is cancelled."""
    is_touched = order.filled or told_filled(order.lives)
    state = OrderState.CANCELLED if is_touched else OrderState.REJECTED
    return replace(order, state=state, reason=reason)


def _executed(order: OrderFacts, event: Executed) -> OrderFacts:
    if event.filled < 0:
        raise UnlawfulStep("fills cannot add up to less than nothing")
    lives = order.lives
    for perm_id in event.perm_ids:
        lives = with_life(lives, perm_id)
    heard = replace(
        order,
        filled=event.filled,
        average_price=event.average_price,
        lives=lives,
        absences=0 if event.filled else order.absences,
    )
    return _tidied(_with_fills(heard))


def _with_fills(order: OrderFacts) -> OrderFacts:
    """The state that follows from the total of the fills."""
    if order.filled >= order.quantity:
        return replace(order, state=OrderState.FILLED, reason="")
    if order.state is OrderState.FILLED and told_filled(order.lives) < order.quantity:
        return _doubtful(order, "A fill was corrected, and the order is not complete any more.")
    if order.state in {OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED}:
        return replace(order, state=_live_state(order))
    return _with_first_fills(order) if order.filled else order


def _with_first_fills(order: OrderFacts) -> OrderFacts:
    """Fills in part of an order that the broker has not acknowledged, or that is over."""
    if order.state is OrderState.SENDING:
        return replace(order, state=OrderState.PARTIALLY_FILLED)
    if order.state in {OrderState.PENDING, OrderState.REJECTED}:
        return _doubtful(order, "There are fills of an order that should not be at the broker.")
    return order


def _cancel_wanted(order: OrderFacts, _event: CancelWanted) -> OrderFacts:
    return order if order.state.is_final else _over_if_absent(replace(order, is_cancel_wanted=True))


def _expired(order: OrderFacts, event: Expired) -> OrderFacts:
    """The clock alone does not say how an order ended at the broker: one that may live there is asked for."""
    if order.state.is_final or order.is_expired:
        return order
    expired = replace(order, is_expired=True)
    if order.state in {OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED}:
        return _doubtful(expired, "Its time is over, and the broker has not said how it ended.")
    over = _over_if_absent(expired)
    return replace(over, reason=event.reason) if over.state.is_final else over


def _over_if_absent(order: OrderFacts) -> OrderFacts:
    """Cancelled, when it surely is not at the broker: never sent, or proven absent."""
    if order.state is not OrderState.PENDING and not order.is_absent:
        return order
    return replace(order, state=OrderState.CANCELLED, lives=all_ended(order.lives), reason="")


def _doubted(order: OrderFacts, event: Doubted) -> OrderFacts:
    return order if order.state.is_final else _doubtful(order, event.reason)


def _proven_absent(order: OrderFacts, event: ProvenAbsent) -> OrderFacts:
    if order.state is not OrderState.UNKNOWN or event.epoch < order.epoch:
        return order
    is_new_worker = event.epoch > order.epoch
    if not is_new_worker and event.inquiry <= order.inquiry:
        return order
    proven = replace(
        order,
        absences=1 if is_new_worker else order.absences + 1,
        inquiry=event.inquiry,
        epoch=event.epoch,
    )
    return _over_if_absent(proven) if proven.is_cancel_wanted or proven.is_expired else proven


def _settled_by_hand(order: OrderFacts, event: SettledByHand) -> OrderFacts:
    if order.state.is_final:
        return order
    if order.state is not OrderState.UNKNOWN:
        raise UnlawfulStep(f"an order that is {order.state.value} is not in doubt")
    return replace(
        order, state=OrderState.CANCELLED, lives=all_ended(order.lives), absences=0, reason=event.reason
    )


def _doubtful(order: OrderFacts, reason: str) -> OrderFacts:
    return replace(order, state=OrderState.UNKNOWN, absences=0, reason=reason)


def _live_state(order: OrderFacts) -> OrderState:
    is_touched = order.filled or told_filled(order.lives)
    return OrderState.PARTIALLY_FILLED if is_touched else OrderState.SUBMITTED


def _tidied(order: OrderFacts) -> OrderFacts:
    """A complete order with one life has ended it, whether or not the broker has said so yet."""
    if order.filled < order.quantity or len(order.lives) != 1:
        return order
    return replace(order, lives=all_ended(order.lives))


STEPS: dict[type, Callable[[OrderFacts, Any], OrderFacts]] = {
    Leased: _leased,
    LeaseExpired: _lease_expired,
    RefusedLocally: _refused_locally,
    BrokerSaid: _broker_said,
    Rejected: _rejected,
    Executed: _executed,
    CancelWanted: _cancel_wanted,
    Expired: _expired,
    Doubted: _doubted,
    ProvenAbsent: _proven_absent,
    SettledByHand: _settled_by_hand,
}
