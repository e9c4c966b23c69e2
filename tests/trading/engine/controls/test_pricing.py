"""What an order is taken to be worth, and what it reserves."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.engine.controls.control_facts import (
    QUOTE,
    SOUND,
    of_kind,
    with_account,
    with_quote,
    with_ticket,
)
from trading.engine.controls.limits import DEFAULT_LIMITS
from trading.engine.controls.pricing import (
    committed,
    notional,
    order_price,
    quote_fault,
    reference_price,
    reservation,
    short_quantity,
)
from trading.engine.records import OrderKind, Quote, Side

KINDS: list[tuple[OrderKind, Side, dict[str, str], str]] = [
    (OrderKind.MARKET, Side.BUY, {}, "103.0103"),
    (OrderKind.MARKET_ON_CLOSE, Side.BUY, {}, "103.0103"),
    (OrderKind.MARKET, Side.SELL, {}, "103.0103"),
    (OrderKind.LIMIT, Side.BUY, {"limit_price": "90"}, "90"),
    (OrderKind.LIMIT, Side.SELL, {"limit_price": "90"}, "100.01"),
    (OrderKind.LIMIT, Side.SELL, {"limit_price": "110"}, "110"),
    (OrderKind.LIMIT_ON_CLOSE, Side.BUY, {"limit_price": "101"}, "101"),
    (OrderKind.STOP_LIMIT, Side.BUY, {"limit_price": "106", "stop_price": "105"}, "106"),
    (OrderKind.STOP, Side.BUY, {"stop_price": "105"}, "108.15"),
    (OrderKind.STOP, Side.SELL, {"stop_price": "95"}, "103.0103"),
    (OrderKind.TRAILING_STOP, Side.BUY, {"trail_amount": "2"}, "105.0703"),
    (OrderKind.TRAILING_STOP, Side.BUY, {"trail_percent": "5"}, "108.160815"),
    (OrderKind.TRAILING_STOP, Side.BUY, {"trail_amount": "2", "stop_price": "110"}, "113.30"),
]


@pytest.mark.parametrize(("kind", "side", "prices", "counted"), KINDS)
def test_each_kind_is_counted_on_the_safe_side(
    kind: OrderKind, side: Side, prices: dict[str, str], counted: str
) -> None:
    changes: dict[str, Any] = {name: Decimal(price) for name, price in prices.items()}
    ticket = of_kind(kind, side=side, **changes).ticket

    assert order_price(ticket, QUOTE, DEFAULT_LIMITS) == Decimal(counted)


def test_without_an_offer_only_a_limited_purchase_has_a_price() -> None:
    no_offer = replace(QUOTE, ask=None)

    assert order_price(SOUND.ticket, None, DEFAULT_LIMITS) == Decimal(100)
    assert order_price(of_kind(OrderKind.MARKET).ticket, no_offer, DEFAULT_LIMITS) is None
    assert order_price(with_ticket(side=Side.SELL).ticket, no_offer, DEFAULT_LIMITS) is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"bid": None}, None),
        ({"bid": "100.01"}, None),
        ({"bid": "100.02"}, "the bid is above the offer"),
        ({"bid": "0"}, "the quote has a price that cannot be"),
        ({"ask": "-1"}, "the quote has a price that cannot be"),
        ({"last": "NaN"}, "the quote has a price that cannot be"),
        ({"last": "Infinity"}, "the quote has a price that cannot be"),
        ({"bid": None, "ask": None, "last": None}, "the quote has no price"),
    ],
)
def test_a_quote_at_fault_says_why(changes: dict[str, str | None], fault: str | None) -> None:
    prices: dict[str, Any] = {name: price and Decimal(price) for name, price in changes.items()}

    assert quote_fault(replace(QUOTE, **prices)) == fault


def test_no_quote_is_a_fault() -> None:
    assert quote_fault(None) == "there is no quote"


@pytest.mark.parametrize(
    ("quote", "reference"),
    [
        (QUOTE, Decimal(100)),
        (replace(QUOTE, bid=None, last=Decimal(97)), Decimal(97)),
        (replace(QUOTE, bid=None, last=None), None),
        (replace(QUOTE, bid=Decimal(200)), None),
        (None, None),
    ],
)
def test_the_market_stands_between_bid_and_offer(quote: Quote | None, reference: Decimal | None) -> None:
    assert reference_price(quote) == reference


def test_a_purchase_reserves_its_worth_and_its_commission() -> None:
    facts = replace(SOUND, expected_commission=Decimal("1.05"))

    assert reservation(facts, DEFAULT_LIMITS) == Decimal("1001.05")
    assert committed(facts, DEFAULT_LIMITS) == Decimal(1000)


def test_a_reservation_is_in_the_currency_of_the_account() -> None:
    assert reservation(replace(SOUND, rate=Decimal("1.1")), DEFAULT_LIMITS) == Decimal(1100)
    assert reservation(replace(SOUND, rate=None), DEFAULT_LIMITS) is None


def test_a_reservation_is_rounded_up() -> None:
    facts = replace(with_ticket(quantity=Decimal("0.3")), rate=Decimal("0.333333333333"))

    assert reservation(facts, DEFAULT_LIMITS) == Decimal("10.00000000")
    assert notional(facts, DEFAULT_LIMITS) == Decimal("10.00000000")


def test_a_sale_of_what_is_held_reserves_nothing_and_is_still_worth_something() -> None:
    facts = replace(with_ticket(side=Side.SELL), expected_commission=Decimal(1))

    assert reservation(facts, DEFAULT_LIMITS) == Decimal(0)
    assert notional(facts, DEFAULT_LIMITS) == Decimal("1000.10")


@pytest.mark.parametrize(
    ("held", "open_sells", "short"),
    [
        ("20", "0", "0"),
        ("10", "0", "0"),
        ("9", "0", "1"),
        ("20", "15", "5"),
        ("0", "0", "10"),
        ("-5", "0", "10"),
    ],
)
def test_a_sale_is_short_beyond_what_is_held_and_free(held: str, open_sells: str, short: str) -> None:
    facts = with_account(with_ticket(side=Side.SELL), held=Decimal(held), open_sells=Decimal(open_sells))

    assert short_quantity(facts) == Decimal(short)
    assert reservation(facts, DEFAULT_LIMITS) == Decimal(short) * Decimal("100.01")


def test_a_purchase_is_never_short() -> None:
    assert short_quantity(with_account(held=Decimal(-5))) == 0


def test_an_order_that_cannot_be_priced_reserves_nothing_that_is_known() -> None:
    facts = replace(of_kind(OrderKind.MARKET), quote=None)

    assert reservation(facts, DEFAULT_LIMITS) is None


@given(
    quantity=st.decimals("0.0001", "10000", places=4),
    price=st.decimals("0.01", "5000", places=4),
    rate=st.decimals("0.0001", "200", places=12),
)
def test_a_reservation_is_never_less_than_the_order_costs(
    quantity: Decimal, price: Decimal, rate: Decimal
) -> None:
    facts = replace(with_ticket(quantity=quantity, limit_price=price), rate=rate)
    reserved = reservation(facts, DEFAULT_LIMITS)

    assert reserved is not None
    assert Decimal(0) <= reserved - quantity * price * rate < Decimal("0.00000001")


def test_a_market_order_counts_at_the_offer_and_three_per_cent() -> None:
    facts = with_quote(of_kind(OrderKind.MARKET), ask=Decimal(100))

    assert reservation(facts, DEFAULT_LIMITS) == Decimal(1030)
