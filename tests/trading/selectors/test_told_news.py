"""What a broker tells again is not written again; what differs in anything is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.factories.trading import OrderFactory
from tests.trading.services.test_reports import NOW, fill, told
from trading.engine.records import OrderState
from trading.models import Order
from trading.selectors.told_news import fills_news, orders_news
from trading.services.reports import broker_orders_record, executions_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    """An order that was written to the broker."""
    made: Order = OrderFactory.create(state=OrderState.SENDING, attempt=1, epoch=1)
    return made


def test_a_fill_is_news_until_it_is_stored_and_again_once_it_differs(order: Order) -> None:
    gateway_id, first = order.account.gateway_id, fill(order)
    assert fills_news(gateway_id, [first]) == [first]
    executions_record(gateway_id=gateway_id, told=[first], now=NOW)
    assert fills_news(gateway_id, [first, replace(first, commission=None)]) == []
    corrected = [replace(first, revision=2), replace(first, commission=Decimal(2))]
    assert fills_news(gateway_id, corrected) == corrected


def test_an_order_is_news_until_the_book_knows_how_it_ended(order: Order) -> None:
    gateway_id = order.account.gateway_id
    living = told(order)
    ended = told(order, state=OrderState.CANCELLED, is_open=False)
    assert orders_news(gateway_id, [living, ended]) == [living, ended]
    broker_orders_record(gateway_id=gateway_id, told=[ended], now=NOW)
    assert orders_news(gateway_id, [ended]) == []
    other_life = replace(ended, perm_id=777)
    filled_more = replace(ended, filled=Decimal(1))
    news = [living, other_life, filled_more]
    assert orders_news(gateway_id, [*news, ended]) == news


def test_words_about_orders_that_are_not_ours_are_passed_on(order: Order) -> None:
    foreign = told(order, order_ref="made by hand", state=OrderState.CANCELLED, is_open=False)
    assert orders_news(order.account.gateway_id, [foreign]) == [foreign]
