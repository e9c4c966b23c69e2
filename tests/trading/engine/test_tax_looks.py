"""How an order may fill, as the tax look of it is told."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.portfolios.small_book import seen
from trading.engine.controls.facts import WashFacts
from trading.engine.records import OrderKind, OrderTicket, Side, TimeInForce
from trading.engine.tax_looks import TaxLook, circumstances_of, wash_facts, worst_price

TODAY = date(2026, 11, 27)
HUNDRED = Decimal(100)


def ticket(kind: OrderKind, side: Side = Side.SELL, **facts: Any) -> OrderTicket:
    return OrderTicket(side=side, quantity=Decimal(1), kind=kind, **facts)


def test_an_order_at_the_market_has_no_circumstances() -> None:
    assert circumstances_of(ticket(OrderKind.MARKET), HUNDRED, TODAY) == {}


@pytest.mark.parametrize(
    ("terms", "last"),
    [
        ({"time_in_force": TimeInForce.DAY}, TODAY),
        ({"time_in_force": TimeInForce.IMMEDIATE_OR_CANCEL}, TODAY),
        ({"time_in_force": TimeInForce.GOOD_TILL_CANCELLED}, None),
        (
            {
                "time_in_force": TimeInForce.GOOD_TILL_DATE,
                "good_till": datetime(2026, 12, 4, 21, tzinfo=UTC),
            },
            date(2026, 12, 4),
        ),
    ],
)
def test_an_order_waits_as_long_as_its_terms_say(terms: dict[str, Any], last: date | None) -> None:
    limit = ticket(OrderKind.LIMIT, limit_price=Decimal(90), **terms)

    assert circumstances_of(limit, HUNDRED, TODAY) == {"last_day": last, "worst_price": 90}


@pytest.mark.parametrize(
    ("order", "worst"),
    [
        (ticket(OrderKind.STOP, stop_price=Decimal(80)), 72),
        (ticket(OrderKind.STOP, Side.BUY, stop_price=Decimal(80)), 88),
        (ticket(OrderKind.STOP_LIMIT, stop_price=Decimal(80), limit_price=Decimal(79)), 79),
        (ticket(OrderKind.TRAILING_STOP, trail_amount=Decimal(10)), 81),
        (ticket(OrderKind.TRAILING_STOP, trail_percent=Decimal(20)), 72),
        (ticket(OrderKind.TRAILING_STOP, Side.BUY, trail_percent=Decimal(20)), 132),
        (ticket(OrderKind.MARKET_ON_CLOSE), 90),
    ],
)
def test_a_stop_may_fill_a_tenth_beyond_its_price(order: OrderTicket, worst: int) -> None:
    assert seen(worst_price(order, HUNDRED)) == (worst,)


def test_what_nothing_tells_is_not_known() -> None:
    assert worst_price(ticket(OrderKind.TRAILING_STOP, trail_amount=Decimal(10)), None) is None


def test_the_control_is_told_what_is_at_risk_too() -> None:
    look = TaxLook(
        currency="USD", wash_words="W.", deferred=Decimal(40), at_risk=Decimal(2), is_blocked=True,
        first_free=TODAY,
    )  # fmt: skip

    assert wash_facts(look) == WashFacts(words="W.", deferred=Decimal(42), is_blocked=True, first_free=TODAY)
