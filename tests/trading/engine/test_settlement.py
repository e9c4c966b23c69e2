"""An order in doubt is settled by the broker's records."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.trading.engine.order_world import ORDER_ID, QUANTITY, fill, told
from trading.engine.differences import BookOrder, BookState, BrokerState
from trading.engine.order_events import BrokerSaid, Doubted, Executed, Leased, OrderEvent, ProvenAbsent
from trading.engine.orders import OrderFacts, order_step
from trading.engine.records import BrokerPosition, OrderState, Side
from trading.engine.settlement import settling_events

SENT = order_step(OrderFacts(id=ORDER_ID, quantity=QUANTITY), Leased(epoch=1))
IN_DOUBT = order_step(SENT, Doubted(reason="timeout"))
OTHER: dict[str, Any] = {"order_ref": str(UUID(int=5)), "perm_id": 99}
NO_BOOK = BookState()


def events(facts: OrderFacts = IN_DOUBT, book: BookState = NO_BOOK, **answers: Any) -> tuple[OrderEvent, ...]:
    """What the answers say of the order."""
    order = BookOrder(facts=facts, account="DU1", con_id=1, symbol="ACME", side=Side.BUY)
    broker = BrokerState(**{"accounts": frozenset({"DU1"}), **answers})
    return settling_events(order, book, broker, inquiry=3, epoch=1)


def settled(facts: OrderFacts = IN_DOUBT, book: BookState = NO_BOOK, **answers: Any) -> OrderFacts:
    """The order after all of it."""
    for event in events(facts, book, **answers):
        facts = order_step(facts, event)
    return facts


def test_an_order_found_open_goes_on() -> None:
    working = told(OrderState.SUBMITTED)

    assert events(open_orders=(working,)) == (BrokerSaid(order=working),)
    assert settled(open_orders=(working,)).state is OrderState.SUBMITTED


def test_an_order_found_completed_is_over() -> None:
    assert settled(completed_orders=(told(OrderState.CANCELLED),)).state is OrderState.CANCELLED
    assert settled(completed_orders=(told(OrderState.REJECTED),)).state is OrderState.REJECTED


def test_an_order_found_filled_is_filled_with_its_fills_first() -> None:
    done = told(OrderState.FILLED, filled=10)
    both = events(executions=(fill(1, 4), fill(2, 6)), completed_orders=(done,))

    assert both == (
        Executed(filled=Decimal(10), average_price=Decimal("5.00000000"), perm_ids=(7,)),
        BrokerSaid(order=done),
    )
    assert settled(executions=(fill(1, 4), fill(2, 6))).state is OrderState.FILLED


def test_fills_alone_do_not_say_how_the_order_ended() -> None:
    found = settled(executions=(fill(1, 4),))

    assert (found.state, found.filled, found.absences) == (OrderState.UNKNOWN, Decimal(4), 0)


def test_fills_that_the_broker_does_not_tell_any_more_still_count() -> None:
    book = BookState(executions=(fill(1, 4), fill(9, 5, **OTHER)))

    assert settled(book=book, executions=(fill(2, 6),)).filled == Decimal(10)


def test_an_order_that_ended_between_two_questions_has_ended() -> None:
    found = settled(open_orders=(told(OrderState.SUBMITTED),), completed_orders=(told(OrderState.CANCELLED),))

    assert found.state is OrderState.CANCELLED


def test_both_lives_of_an_order_are_found() -> None:
    found = settled(open_orders=(told(OrderState.SUBMITTED), told(OrderState.SUBMITTED, perm_id=8)))

    assert found.stray_perm_ids == (7, 8)


def test_a_life_without_our_reference_is_found_by_its_number() -> None:
    lived = order_step(IN_DOUBT, BrokerSaid(order=told(OrderState.UNKNOWN)))

    assert (
        settled(lived, completed_orders=(told(OrderState.CANCELLED, order_ref=""),)).state
        is OrderState.CANCELLED
    )


def test_what_the_broker_does_not_know_is_proven_absent() -> None:
    others: dict[str, Any] = {
        "open_orders": (told(OrderState.SUBMITTED, **OTHER),),
        "executions": (fill(1, 4, **OTHER),),
    }

    assert events(**others) == (ProvenAbsent(inquiry=3, epoch=1),)


def test_a_position_that_differs_forbids_the_proof() -> None:
    held = BrokerPosition(
        account="DU1", con_id=1, symbol="ACME", quantity=Decimal(10), average_cost=Decimal(5)
    )
    agreed = BookState(positions={("DU1", 1): Decimal(10)})

    assert events(positions=(held,)) == (
        Doubted(reason="The broker does not know the order, but holds 10 of ACME, not 0."),
    )
    assert events(book=agreed, positions=(held,)) == (ProvenAbsent(inquiry=3, epoch=1),)
    assert events(positions=(replace(held, con_id=2),)) == (ProvenAbsent(inquiry=3, epoch=1),)


def test_an_account_that_was_not_asked_about_proves_nothing() -> None:
    assert events(accounts=frozenset()) == (
        Doubted(reason="The broker was not asked about the order's account."),
    )
