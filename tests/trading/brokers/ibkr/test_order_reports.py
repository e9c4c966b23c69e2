"""Orders as the broker's own messages tell them, in whatever order those come."""

from decimal import Decimal
from types import SimpleNamespace as Told
from typing import Any

import pytest

from trading.brokers.base import BrokerError, OrderNotice, OrderUpdate
from trading.brokers.ibkr.order_reports import COMPLETED, OPEN, OrderReports
from trading.engine.records import BrokerOrder, OrderState, Side

US = 7
UNSET = 1.7976931348623157e308
APPLE = Told(conId=265598, symbol="AAPL")
PLACED = BrokerOrder(
    order_ref="ref-1",
    perm_id=0,
    broker_order_id=4,
    client_id=US,
    account="DU1",
    con_id=265598,
    symbol="AAPL",
    side=Side.BUY,
    quantity=Decimal(10),
    filled=Decimal(0),
    state=OrderState.SENDING,
    is_open=True,
    kind="MKT",
    time_in_force="DAY",
)


class Desk:
    """The reports of one connection, and what they emitted."""

    def __init__(self) -> None:
        self.events: list[OrderUpdate | OrderNotice] = []
        self.reports = OrderReports(ours=US, emit=self.events.append)

    def place(self) -> None:
        self.reports.hand_out(4)
        self.reports.place(PLACED)

    def opened(
        self, status: str, *, number: int = 4, perm_id: int = 900, ref: str = "ref-1", **more: Any
    ) -> None:
        fields = {
            "orderId": number, "permId": perm_id, "clientId": US, "orderRef": ref, "account": "DU1",
            "action": "BUY", "totalQuantity": 10.0, "orderType": "MKT", "tif": "DAY", "lmtPrice": UNSET,
            "auxPrice": UNSET, "trailStopPrice": UNSET,
        }  # fmt: skip
        state = Told(status=status, warningText="")
        self.reports.open_order(APPLE, Told(**(fields | more)), state)

    def status(
        self, status: str, filled: float = 0.0, *, number: int = 4, perm_id: int = 900, client_id: int = US
    ) -> None:
        self.reports.order_status(
            number, status, filled=filled, perm_id=perm_id, client_id=client_id, why_held=""
        )

    def completed(self, status: str, *, filled: Any, perm_id: int = 900) -> None:
        order = Told(
            orderId=0, permId=perm_id, clientId=0, orderRef="ref-1", account="DU1", action="BUY",
            totalQuantity=0.0, filledQuantity=filled, orderType="MKT", tif="DAY", lmtPrice=UNSET,
            auxPrice=UNSET, trailStopPrice=UNSET,
        )  # fmt: skip
        self.reports.completed_order(APPLE, order, Told(status=status, completedStatus="words"))

    @property
    def told(self) -> list[tuple[int, OrderState, Decimal]]:
        updates = [event.order for event in self.events if isinstance(event, OrderUpdate)]
        return [(order.perm_id, order.state, order.filled) for order in updates]

    @property
    def notices(self) -> list[tuple[str, int, bool]]:
        return [(n.order_ref, n.code, n.is_rejection) for n in self.events if isinstance(n, OrderNotice)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_life_of_an_order_is_told_once_per_change(desk: Desk) -> None:
    desk.place()
    for _ in range(2):  # the broker repeats itself
        desk.opened("PreSubmitted")
        desk.status("PreSubmitted")
    desk.status("Submitted", 4.0)
    desk.opened("Filled")
    desk.status("Filled", 10.0)
    assert desk.told == [
        (900, OrderState.SUBMITTED, Decimal(0)),
        (900, OrderState.PARTIALLY_FILLED, Decimal(4)),
        (900, OrderState.FILLED, Decimal(10)),
    ]


def test_a_status_before_the_order_itself_is_of_the_order_we_placed(desk: Desk) -> None:
    desk.place()
    desk.status("Submitted", 3.0)
    (event,) = desk.events
    assert isinstance(event, OrderUpdate)
    assert (event.order.order_ref, event.order.perm_id) == ("ref-1", 900)
    assert (event.order.state, event.order.filled) == (OrderState.PARTIALLY_FILLED, Decimal(3))


def test_a_status_of_an_order_nobody_told_waits_for_the_order(desk: Desk) -> None:
    desk.status("Submitted", 3.0, number=55, perm_id=901, client_id=2)
    assert desk.events == []
    desk.opened("Submitted", number=55, perm_id=901, clientId=2)
    assert desk.told == [(901, OrderState.PARTIALLY_FILLED, Decimal(3))]


def test_a_number_that_was_given_out_again_does_not_mix_two_orders(desk: Desk) -> None:
    desk.opened("Submitted", number=4, perm_id=900, ref="old")
    desk.status("Filled", 10.0, number=4, perm_id=950)  # another order, whose openOrder was lost
    assert desk.told == [(900, OrderState.SUBMITTED, Decimal(0))]
    desk.opened("Filled", number=4, perm_id=950, ref="new")
    assert desk.told[1:] == [(950, OrderState.FILLED, Decimal(10))]


def test_a_change_that_became_a_second_order_is_told_as_two(desk: Desk) -> None:
    desk.place()
    desk.opened("Submitted", perm_id=900)
    desk.reports.place(PLACED)
    desk.opened("Submitted", perm_id=950)
    desk.status("Cancelled", perm_id=900)
    assert desk.told == [
        (900, OrderState.SUBMITTED, Decimal(0)),
        (950, OrderState.SUBMITTED, Decimal(0)),
        (900, OrderState.CANCELLED, Decimal(0)),
    ]


def test_a_refused_change_leaves_the_order_as_it_was(desk: Desk) -> None:
    desk.place()
    desk.opened("Submitted")
    desk.reports.place(PLACED)
    for code in (201, 321, 105):
        desk.reports.code(4, code, "the change is refused")
    assert desk.notices == [("ref-1", 201, False), ("ref-1", 321, False), ("ref-1", 105, False)]
    assert desk.told == [(900, OrderState.SUBMITTED, Decimal(0))]


def test_an_order_under_a_number_of_an_earlier_connection_is_a_change(desk: Desk) -> None:
    desk.reports.place(PLACED)
    desk.reports.code(4, 321, "the change is refused")
    assert desk.notices == [("ref-1", 321, False)]


def test_a_refused_new_order_is_rejected_by_its_code_alone(desk: Desk) -> None:
    desk.place()
    desk.reports.code(4, 201, "no money")
    assert (desk.notices, desk.told) == ([("ref-1", 201, True)], [])


def test_inactive_and_then_the_reason_is_a_rejection(desk: Desk) -> None:
    desk.place()
    desk.opened("Inactive")
    desk.reports.code(4, 201, "no money")
    assert desk.told == [(900, OrderState.UNKNOWN, Decimal(0)), (900, OrderState.REJECTED, Decimal(0))]


def test_the_reason_and_then_inactive_is_a_rejection_with_the_reasons_words(desk: Desk) -> None:
    desk.place()
    desk.reports.code(4, 110, "the price does not conform")
    desk.status("Inactive")
    last = desk.events[-1]
    assert isinstance(last, OrderUpdate)
    assert (last.order.state, last.order.words) == (OrderState.REJECTED, "the price does not conform")


def test_inactive_without_a_reason_is_a_doubt_and_may_come_back(desk: Desk) -> None:
    desk.place()
    desk.opened("Inactive")
    desk.status("Submitted")
    desk.reports.code(4, 399, "a remark")
    assert desk.told == [(900, OrderState.UNKNOWN, Decimal(0)), (900, OrderState.SUBMITTED, Decimal(0))]


def test_a_number_in_use_says_nothing_of_the_order_that_uses_it(desk: Desk) -> None:
    desk.place()
    desk.reports.code(4, 103, "Duplicate order id")
    desk.opened("Inactive", ref="other")
    assert desk.told == [(900, OrderState.UNKNOWN, Decimal(0))]
    assert desk.notices == [("ref-1", 103, False)]


def test_words_about_a_cancelled_number_that_nobody_knows_are_passed_on(desk: Desk) -> None:
    desk.reports.code(66, 10147, "not found")
    assert desk.events == []
    desk.reports.cancel(66)
    desk.reports.code(66, 10147, "not found")
    assert desk.notices == [("", 10147, False)]


def test_a_listing_holds_what_was_told_since_it_began_as_it_now_stands(desk: Desk) -> None:
    desk.opened("Submitted", number=4, perm_id=900)
    desk.reports.begin_listing(OPEN)
    desk.opened("Submitted", number=5, perm_id=901)
    desk.status("Submitted", 2.0, number=5, perm_id=901)
    (order,) = desk.reports.end_listing(OPEN)
    assert (order.perm_id, order.filled) == (901, Decimal(2))
    desk.opened("Submitted", number=6, perm_id=902)
    desk.reports.begin_listing(OPEN)
    assert desk.reports.end_listing(OPEN) == []


def test_a_completed_order_keeps_the_numbers_it_was_placed_under(desk: Desk) -> None:
    desk.opened("Submitted")
    desk.reports.begin_listing(COMPLETED)
    desk.completed("Filled", filled=10.0)
    (order,) = desk.reports.end_listing(COMPLETED)
    assert (order.broker_order_id, order.client_id) == (4, US)
    assert (order.state, order.filled, order.quantity) == (OrderState.FILLED, Decimal(10), Decimal(10))


def test_a_completed_listing_with_an_order_that_cannot_be_read_is_no_listing(desk: Desk) -> None:
    desk.reports.begin_listing(COMPLETED)
    with pytest.raises(ValueError, match="'many' is not a number"):
        desk.completed("Filled", filled="many")
    with pytest.raises(BrokerError, match="'many'"):
        desk.reports.end_listing(COMPLETED)


def test_a_status_without_a_permanent_number_is_of_the_order_of_that_number(desk: Desk) -> None:
    desk.place()
    for _ in range(2):
        desk.status("PendingSubmit", perm_id=0)
    desk.opened("Submitted")
    desk.status("Submitted", 2.0, perm_id=0)
    assert desk.told == [
        (0, OrderState.SUBMITTED, Decimal(0)),
        (900, OrderState.SUBMITTED, Decimal(0)),
        (900, OrderState.PARTIALLY_FILLED, Decimal(2)),
    ]


def test_a_listing_with_an_order_that_cannot_be_read_is_no_listing(desk: Desk) -> None:
    desk.reports.begin_listing(OPEN)
    with pytest.raises(ValueError, match="'HOLD'"):
        desk.opened("Submitted", action="HOLD")
    with pytest.raises(BrokerError, match="'HOLD'"):
        desk.reports.end_listing(OPEN)
    desk.reports.begin_listing(OPEN)
    assert desk.reports.end_listing(OPEN) == []
