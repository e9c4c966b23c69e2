"""The broker's records against the book's, one difference at a time."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.trading.engine.order_world import AT, ORDER_ID, QUANTITY, fill, told
from trading.engine.differences import BookOrder, BookState, BrokerState, Difference, DifferenceKind
from trading.engine.order_lives import OrderLife
from trading.engine.orders import OrderFacts
from trading.engine.reconcile import reconcile
from trading.engine.records import BrokerOrder, BrokerPosition, OrderState, Side

OPEN, ENDED = told(OrderState.SUBMITTED), told(OrderState.CANCELLED)
DU1 = frozenset({"DU1"})


def order(state: OrderState = OrderState.SUBMITTED, filled: int = 0) -> BookOrder:
    """The book's order, known to the broker as 7."""
    facts = OrderFacts(
        id=ORDER_ID,
        quantity=QUANTITY,
        state=state,
        filled=Decimal(filled),
        lives=(OrderLife(perm_id=7),),
    )
    return BookOrder(facts=facts, account="DU1", con_id=1, symbol="ACME", side=Side.BUY)


def differences(book: BookState, **answers: Any) -> tuple[Difference, ...]:
    """In what the broker's answers differ from the book."""
    return reconcile(book, BrokerState(**{"accounts": DU1, **answers}), since=AT)


def order_kinds(
    mine: BookOrder, *, alive: tuple[BrokerOrder, ...] = (), ended: tuple[BrokerOrder, ...] = ()
) -> list[DifferenceKind]:
    """In what an order differs."""
    found = differences(BookState(orders=(mine,)), open_orders=alive, completed_orders=ended)
    return [difference.kind for difference in found]


# Orders


@pytest.mark.parametrize(
    ("state", "alive", "ended", "kinds"),
    [
        (OrderState.SUBMITTED, (OPEN,), (), []),
        (OrderState.PARTIALLY_FILLED, (OPEN,), (), []),
        (OrderState.SENDING, (), (), []),
        (OrderState.SENDING, (OPEN,), (), []),
        (OrderState.PENDING, (), (), []),
        (OrderState.CANCELLED, (), (), []),
        (OrderState.CANCELLED, (), (ENDED,), []),
        (OrderState.REJECTED, (), (ENDED,), []),
        (OrderState.FILLED, (), (told(OrderState.FILLED),), []),
        (OrderState.SUBMITTED, (), (), [DifferenceKind.ORDER_NOT_AT_BROKER]),
        (OrderState.UNKNOWN, (), (), [DifferenceKind.ORDER_NOT_AT_BROKER]),
        (OrderState.UNKNOWN, (OPEN,), (), [DifferenceKind.ORDER_STATE]),
        (OrderState.PENDING, (OPEN,), (), [DifferenceKind.ORDER_STATE]),
        (OrderState.SUBMITTED, (), (ENDED,), [DifferenceKind.ORDER_STATE]),
        (OrderState.SUBMITTED, (OPEN,), (ENDED,), [DifferenceKind.ORDER_STATE]),
        (OrderState.CANCELLED, (), (told(OrderState.FILLED),), [DifferenceKind.ORDER_STATE]),
        (OrderState.FILLED, (), (ENDED,), [DifferenceKind.ORDER_STATE]),
        (OrderState.CANCELLED, (OPEN,), (), [DifferenceKind.ORDER_LIVE_AT_BROKER]),
        (OrderState.FILLED, (OPEN,), (), [DifferenceKind.ORDER_LIVE_AT_BROKER]),
    ],
)
def test_an_order_stands_the_same_on_both_sides(
    state: OrderState,
    alive: tuple[BrokerOrder, ...],
    ended: tuple[BrokerOrder, ...],
    kinds: list[DifferenceKind],
) -> None:
    assert order_kinds(order(state), alive=alive, ended=ended) == kinds


def test_a_difference_has_both_figures_and_a_sentence() -> None:
    working = told(OrderState.PARTIALLY_FILLED, filled=4)

    assert differences(BookState(orders=(order(OrderState.CANCELLED),)), open_orders=(working,)) == (
        Difference(
            kind=DifferenceKind.ORDER_LIVE_AT_BROKER,
            account="DU1",
            subject=str(ORDER_ID),
            book="cancelled, 0 of 10",
            broker="partially_filled, 4 of 10",
            sentence="The order in ACME is over in the book and lives at the broker.",
            order_id=ORDER_ID,
        ),
    )


def test_two_lives_of_one_order_are_noticed() -> None:
    second = told(OrderState.SUBMITTED, perm_id=8)
    found = differences(BookState(orders=(order(),)), open_orders=(OPEN, second))

    assert [(each.kind, each.broker) for each in found] == [(DifferenceKind.ORDER_DOUBLED, "7 and 8")]
    assert found[0].sentence == "The order in ACME lives 2 times at the broker."
    assert order_kinds(order(), alive=(OPEN,), ended=(replace(ENDED, perm_id=8),)) == []


@pytest.mark.parametrize(
    "changes", [{"side": Side.SELL}, {"quantity": Decimal(11)}, {"con_id": 2}, {"account": "DU2"}]
)
def test_other_terms_are_noticed(changes: dict[str, Any]) -> None:
    found = differences(BookState(orders=(order(),)), open_orders=(replace(OPEN, **changes),))

    assert [each.kind for each in found] == [DifferenceKind.ORDER_TERMS]
    assert found[0].book == "buy 10 of 1 in DU1"


def test_the_life_that_goes_on_speaks_for_the_order() -> None:
    book = BookState(orders=(order(OrderState.UNKNOWN),))
    (found,) = differences(book, open_orders=(OPEN,), completed_orders=(replace(ENDED, perm_id=8),))

    assert (found.kind, found.broker) == (DifferenceKind.ORDER_STATE, "submitted, 0 of 10")


def test_the_same_quantity_written_otherwise_is_the_same() -> None:
    assert order_kinds(order(), alive=(replace(OPEN, quantity=Decimal("10.0")),)) == []


def test_without_a_reference_the_durable_number_finds_the_order() -> None:
    assert order_kinds(order(), alive=(replace(OPEN, order_ref=""),)) == []


def test_an_order_that_was_placed_elsewhere_is_named() -> None:
    foreign = replace(OPEN, order_ref="", perm_id=99)

    assert differences(BookState(), open_orders=(foreign,)) == (
        Difference(
            kind=DifferenceKind.ORDER_FOREIGN,
            account="DU1",
            subject="99",
            book="nothing",
            broker="submitted, 0 of 10",
            sentence="An order in ACME was placed elsewhere.",
        ),
    )


def test_a_reference_that_the_book_does_not_know_is_named() -> None:
    (found,) = differences(BookState(), completed_orders=(ENDED,))

    assert (found.kind, found.subject) == (DifferenceKind.ORDER_NOT_IN_BOOK, str(ORDER_ID))
    assert found.sentence == "The broker has an order in ACME with a reference that the book does not know."


def test_a_known_number_under_another_reference_is_another_order() -> None:
    assert order_kinds(order(), alive=(replace(OPEN, order_ref=str(UUID(int=5))),)) == [
        DifferenceKind.ORDER_NOT_IN_BOOK,
        DifferenceKind.ORDER_NOT_AT_BROKER,
    ]


def test_accounts_that_were_not_asked_about_are_not_compared() -> None:
    book = BookState(
        orders=(order(),),
        executions=(fill(1, 4),),
        positions={("DU1", 1): Decimal(4)},
        cash={("DU1", "USD"): Decimal(5)},
    )

    assert differences(book, accounts=frozenset({"DU2"})) == ()


# Executions

FILL = fill(1, 4)


def test_fills_that_agree_are_no_difference() -> None:
    assert differences(BookState(executions=(FILL,)), executions=(FILL, FILL)) == ()


def test_a_fill_that_the_book_lacks_is_named() -> None:
    assert differences(BookState(), executions=(replace(FILL, commission=Decimal("1.05")),)) == (
        Difference(
            kind=DifferenceKind.EXECUTION_NOT_IN_BOOK,
            account="DU1",
            subject="e1",
            book="nothing",
            broker="buy 4 at 5, commission 1.05",
            sentence="A fill in ACME is missing in the book.",
        ),
    )


def test_a_fill_that_the_broker_lacks_is_named_while_it_should_still_tell_it() -> None:
    old = replace(FILL, executed_at=AT - timedelta(microseconds=1))
    (found,) = differences(BookState(executions=(FILL,)))

    assert (found.kind, found.sentence) == (
        DifferenceKind.EXECUTION_NOT_AT_BROKER,
        "A fill in ACME is in the book, and the broker does not know it.",
    )
    assert differences(BookState(executions=(old,))) == ()
    assert len(reconcile(BookState(executions=(old,)), BrokerState(accounts=DU1), since=None)) == 1


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"revision": 2}, True),
        ({"quantity": Decimal(3)}, True),
        ({"price": Decimal("5.01")}, True),
        ({"side": Side.SELL}, True),
        ({"commission": Decimal(1)}, True),
        ({"quantity": Decimal("4.0")}, False),
    ],
)
def test_a_fill_is_compared_in_its_figures(changes: dict[str, Any], differs: bool) -> None:
    found = differences(BookState(executions=(FILL,)), executions=(replace(FILL, **changes),))

    assert [each.kind for each in found] == ([DifferenceKind.EXECUTION_DIFFERS] if differs else [])


def test_a_commission_that_is_not_told_yet_is_not_missed() -> None:
    charged = replace(FILL, commission=Decimal(1))

    assert differences(BookState(executions=(charged,)), executions=(FILL,)) == ()
    assert differences(BookState(executions=(charged,)), executions=(charged,)) == ()


def test_a_correction_is_compared_with_the_newest_of_both_sides() -> None:
    corrected = replace(FILL, revision=2, quantity=Decimal(3))

    assert differences(BookState(executions=(FILL, corrected)), executions=(corrected, FILL)) == ()


# Positions and cash


def held(quantity: str, **changes: Any) -> BrokerPosition:
    """A position at the broker."""
    position = BrokerPosition(
        account="DU1", con_id=1, symbol="ACME", quantity=Decimal(quantity), average_cost=Decimal(5)
    )
    return replace(position, **changes)


@pytest.mark.parametrize(
    ("here", "there", "differs"),
    [("10", "10.0001", False), ("10", "10.0002", True), ("10", "-10", True), ("0", "0", False)],
)
def test_positions_are_compared_beyond_rounding(here: str, there: str, differs: bool) -> None:
    book = BookState(positions={("DU1", 1): Decimal(here)})

    assert bool(differences(book, positions=(held(there),))) is differs


def test_a_position_that_one_side_does_not_name_is_not_held_there() -> None:
    book = BookState(orders=(order(OrderState.PENDING),), positions={("DU1", 1): Decimal(4)})

    assert differences(book, positions=(held("3", con_id=2, symbol="BETA"),)) == (
        Difference(
            kind=DifferenceKind.POSITION,
            account="DU1",
            subject="ACME",
            book="4",
            broker="0",
            sentence="The broker holds 0 of ACME, the book 4.",
            con_id=1,
        ),
        Difference(
            kind=DifferenceKind.POSITION,
            account="DU1",
            subject="BETA",
            book="0",
            broker="3",
            sentence="The broker holds 3 of BETA, the book 0.",
            con_id=2,
        ),
    )


def test_an_instrument_without_a_symbol_is_named_by_its_number() -> None:
    assert differences(BookState(positions={("DU1", 9): Decimal(1)}))[0].subject == "9"


@pytest.mark.parametrize(("there", "differs"), [("5.009", False), ("5.01", True), ("4.99", True)])
def test_cash_is_compared_to_the_cent(there: str, differs: bool) -> None:
    book = BookState(cash={("DU1", "USD"): Decimal(5)})

    assert bool(differences(book, cash={("DU1", "USD"): Decimal(there)})) is differs


def test_cash_that_one_side_does_not_name_is_not_there() -> None:
    (found,) = differences(BookState(), cash={("DU1", "EUR"): Decimal("1234.5")})

    assert found == Difference(
        kind=DifferenceKind.CASH,
        account="DU1",
        subject="EUR",
        book="0",
        broker="1234.5",
        sentence="The broker has 1,234.50 EUR, the book 0.00.",
    )


def test_an_order_that_has_changed_since_the_question_is_not_compared() -> None:
    over = replace(order(OrderState.FILLED, filled=int(QUANTITY)), is_in_motion=False)
    (found,) = differences(BookState(orders=(over,)), open_orders=(OPEN,))
    assert found.kind is DifferenceKind.ORDER_LIVE_AT_BROKER
    moving = replace(over, is_in_motion=True)
    assert differences(BookState(orders=(moving,)), open_orders=(OPEN,)) == ()


def test_positions_and_cash_of_an_account_in_motion_are_compared_another_time() -> None:
    book = BookState(positions={("DU1", 1): Decimal(10)}, cash={("DU1", "USD"): Decimal(5)})
    kinds = [found.kind for found in differences(book)]
    assert kinds == [DifferenceKind.POSITION, DifferenceKind.CASH]
    assert differences(book, in_motion=DU1) == ()
