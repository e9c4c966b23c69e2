"""An order that was accepted is cancelled at any time, and changed only while it works at the broker."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from common.errors import Conflict, InvalidInput, NotFound
from portfolios.engine.records import LotChoice
from portfolios.models import Holding
from tests.factories.accounts import UserFactory
from tests.trading.services.trading_desk import TradingDesk, no_taxes
from trading.engine.records import OrderKind, Side
from trading.engine.tax_looks import TaxLook
from trading.engine.trade_requests import TradeRequest
from trading.models import Order, RiskLimit
from trading.services.acceptance import TradeRefused, trade
from trading.services.kill_switches import kill_switch_engage
from trading.services.order_wishes import order_cancel, order_change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


@pytest.fixture
def desk() -> TradingDesk:
    return TradingDesk()


def body(orders: Sequence[Order]) -> dict[str, Any]:
    return {"orders": [str(order.pk) for order in orders]}


def placed(desk: TradingDesk, state: str = "submitted") -> Order:
    """A purchase of ten at 100, which the broker has."""
    request = desk.buy("10", limit="100")
    trade(desk.user, request, key="k", content={}, render=body, signed_in_at=None, now=timezone.now())
    Order.objects.update(state=state, broker_order_id=7)
    return Order.objects.get()


def change(desk: TradingDesk, order: Order, **changes: str) -> Order:
    values = {name: Decimal(value) for name, value in changes.items()}
    return order_change(desk.user, order.pk, values, signed_in_at=None, now=timezone.now())


def test_an_order_that_was_not_sent_is_cancelled_at_once_and_frees_its_money(desk: TradingDesk) -> None:
    order = order_cancel(desk.user, placed(desk, "pending").pk, now=timezone.now())
    assert (order.state, order.reserved) == ("cancelled", Decimal(0))


def test_the_wish_to_cancel_stands_beside_an_order_at_work_even_while_trading_is_stopped(
    desk: TradingDesk,
) -> None:
    order = placed(desk)
    kill_switch_engage(account=None, reason="Review.", now=timezone.now(), actor=None)
    after = order_cancel(desk.user, order.pk, now=timezone.now())
    assert (after.state, after.cancel_wanted_at is not None) == ("submitted", True)
    assert after.reserved == Decimal(1001)


def test_an_order_that_is_over_is_not_cancelled_again(desk: TradingDesk) -> None:
    order = placed(desk, "filled")
    with pytest.raises(Conflict, match="filled already"):
        order_cancel(desk.user, order.pk, now=timezone.now())


def test_somebody_else_neither_cancels_nor_changes(desk: TradingDesk) -> None:
    order, stranger = placed(desk), UserFactory.create()
    with pytest.raises(NotFound):
        order_cancel(stranger, order.pk, now=timezone.now())
    with pytest.raises(NotFound):
        order_change(stranger, order.pk, {}, signed_in_at=None, now=timezone.now())


def test_a_change_waits_for_the_broker_and_holds_back_the_larger_of_both(desk: TradingDesk) -> None:
    order = change(desk, placed(desk), quantity="20", limit_price="99")
    assert (order.quantity, order.limit_price) == (Decimal(10), Decimal(100))
    assert order.wanted == {"quantity": "20", "limit_price": "99"}
    # Twenty shares at the dearer of both limits, each with its part of the first order's commission.
    assert order.reserved == Decimal(2002)
    assert [event.kind for event in order.events.all()] == ["Accepted", "ChangeWanted"]


def test_one_change_at_a_time_and_none_of_an_order_that_does_not_work(desk: TradingDesk) -> None:
    order = change(desk, placed(desk), limit_price="99")
    with pytest.raises(Conflict, match="not been answered"):
        change(desk, order, limit_price="98")
    Order.objects.update(wanted=None, state="unknown")
    with pytest.raises(Conflict, match="working at the broker"):
        change(desk, order, limit_price="98")


def test_a_change_below_what_is_filled_or_to_the_same_is_refused(desk: TradingDesk) -> None:
    order = placed(desk)
    with pytest.raises(InvalidInput, match="Nothing would change"):
        change(desk, order, limit_price="100")
    Order.objects.update(filled=Decimal(4), state="partially_filled")
    with pytest.raises(InvalidInput) as refused:
        change(desk, order, quantity="4")
    assert refused.value.fields == {"quantity": ["4 shares are filled already: cancel the order instead."]}
    with pytest.raises(InvalidInput, match="side cannot be changed"):
        change(desk, order, side="1")


def test_a_change_that_the_money_does_not_cover_leaves_the_order_as_it_was(desk: TradingDesk) -> None:
    order = placed(desk)
    RiskLimit.objects.create(account=None, order_notional=Decimal(100_000))
    with pytest.raises(TradeRefused) as refused:
        change(desk, order, quantity="200")
    assert refused.value.detail.startswith("The order needs 20,001.00 USD; 10,000.00 USD is free.")
    order.refresh_from_db()
    assert (order.wanted, order.reserved) == (None, Decimal(1001))


def test_an_order_without_a_limit_takes_none(desk: TradingDesk) -> None:
    order = placed(desk)
    Order.objects.update(kind=OrderKind.MARKET, limit_price=None)
    with pytest.raises(InvalidInput) as refused:
        change(desk, order, limit_price="99")
    assert refused.value.fields == {"limit_price": ["A market order takes no limit price."]}


def test_an_exit_of_what_is_held_is_moved_while_its_other_half_is_on_sale(desk: TradingDesk) -> None:
    desk.hold("10")
    stop = on_sale(desk)[1]
    assert terms_wanted(change(desk, stop, stop_price="97")) == {"quantity": 10, "stop_price": 97}


def test_a_sale_that_has_filled_in_part_is_moved_for_the_rest(desk: TradingDesk) -> None:
    lots = tuple(LotChoice(lot_id=uuid4(), quantity=Decimal(5)) for _ in range(2))
    desk.hold("10")
    profit = on_sale(desk, lots)[0]
    Order.objects.filter(pk=profit.pk).update(filled=Decimal(6), state="partially_filled")
    Holding.objects.update(quantity=Decimal(4))
    looks: list[dict[str, Any]] = []

    def look(**asked: Any) -> TaxLook:
        looks.append(asked)
        return no_taxes()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trading.services.judging.tax_look", look)
        changed = change(desk, profit, limit_price="105", quantity="9")
    assert terms_wanted(changed) == {"quantity": 9, "limit_price": 105}
    assert [(look["quantity"], look["lots"]) for look in looks] == [
        (Decimal(3), (LotChoice(lot_id=lots[1].lot_id, quantity=Decimal(3)),))
    ]


def terms_wanted(order: Order) -> dict[str, Decimal]:
    assert order.wanted is not None
    return {name: Decimal(text) for name, text in order.wanted.items()}


def on_sale(desk: TradingDesk, lots: tuple[LotChoice, ...] = ()) -> tuple[Order, Order]:
    """Ten shares at a profit of 104 or at a stop of 96, which the broker has."""
    profit = desk.wanted(side=Side.SELL, kind=OrderKind.LIMIT, limit_price=Decimal(104), oca_group="exit")
    stop = desk.wanted(side=Side.SELL, kind=OrderKind.STOP, stop_price=Decimal(96), oca_group="exit")
    request = TradeRequest(orders=tuple(replace(one, lots=lots) for one in (profit, stop)))
    trade(desk.user, request, key="k", content={}, render=body, signed_in_at=None, now=timezone.now())
    Order.objects.update(state="submitted", broker_order_id=7)
    first, second = Order.objects.order_by("created_at", "pk")
    return first, second
