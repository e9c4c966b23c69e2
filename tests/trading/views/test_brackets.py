"""Sales at a profit and at a stop: those that a purchase brings along, and those of what is held."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.trading.services.trading_desk import TradingDesk
from tests.trading.views.ticket_forms import preview, see, send
from trading.models import Order

pytestmark = pytest.mark.django_db
BRACKET: dict[str, Any] = {
    "kind": "limit", "limit_price": "100", "has_exits": "on", "take_profit": "104", "stop_loss": "95",
}  # fmt: skip
PAIR: dict[str, Any] = {
    "side": "sell", "time_in_force": "gtc", "has_exits": "on", "take_profit": "104", "stop_loss": "95",
}  # fmt: skip


@pytest.fixture
def holder(person: Client, desk: TradingDesk) -> Client:
    """The same person, with ten shares of ACME in the book."""
    desk.hold("10")
    return person


def test_exits_are_offered_for_a_purchase_that_can_wait(person: Client, desk: TradingDesk) -> None:
    def names(**query: Any) -> set[str]:
        page = see(person, "ticket", instrument=str(desk.instrument.pk), **query)
        return {name for name in ("has_exits", "take_profit", "stop_loss") if f'name="{name}"' in page}

    assert names() == {"has_exits"}
    assert names(has_exits="on") == {"has_exits", "take_profit", "stop_loss"}
    assert names(has_exits="on", kind="market_on_close") == set()
    assert names(has_exits="on", time_in_force="ioc") == set()


def test_the_preview_tells_all_three_orders_and_what_either_exit_brings(
    person: Client, desk: TradingDesk
) -> None:
    page = preview(person, desk, **BRACKET)
    assert "Buy 10 ACME, limit 100.00, day." in page
    assert "Sell 10 ACME, limit 104.00, until cancelled." in page
    assert "Sell 10 ACME, stop 95.00, until cancelled." in page
    assert "+40.00" in page
    assert "−50.00" in page
    assert "Send 3 paper orders" in page
    assert not Order.objects.exists()


def test_the_three_are_kept_together_and_of_the_exits_one_ends_the_other(
    person: Client, desk: TradingDesk
) -> None:
    first, again = send(person, desk, **BRACKET), send(person, desk, **BRACKET)
    entry, profit, stop = Order.objects.order_by("created_at", "pk")
    address = reverse("trading:order_detail", args=[entry.pk])
    assert first["Location"] == again["Location"] == address
    assert (entry.side, entry.parent, entry.oca_group) == ("buy", None, "")
    assert [(one.side, one.kind, one.time_in_force, one.parent) for one in (profit, stop)] == [
        ("sell", "limit", "gtc", entry),
        ("sell", "stop", "gtc", entry),
    ]
    assert (profit.limit_price, stop.stop_price) == (Decimal(104), Decimal(95))
    assert profit.oca_group == stop.oca_group != ""
    assert {one.basket_id for one in (entry, profit, stop)} == {entry.pk}
    assert "once the purchase has filled" in see(person, "blotter")
    send(person, desk, "two", **BRACKET | {"quantity": "3"})
    assert Order.objects.exclude(oca_group="").values("oca_group").distinct().count() == 2


def test_one_exit_is_enough(person: Client, desk: TradingDesk) -> None:
    send(person, desk, **BRACKET | {"take_profit": ""})
    assert list(Order.objects.order_by("created_at", "pk").values_list("kind", flat=True)) == [
        "limit",
        "stop",
    ]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"take_profit": "", "stop_loss": ""}, "take_profit", "Give at least one of the two exits."),
        ({"take_profit": "99"}, "take_profit", "The profit lies above the price of the purchase"),
        ({"stop_loss": "101"}, "stop_loss", "The stop lies below the price of the purchase."),
        ({"take_profit": "104.001"}, "take_profit", "priced in steps of 0.01"),
        ({"stop_loss": "94.999"}, "stop_loss", "priced in steps of 0.01"),
        ({"quantity": "1.5"}, "quantity", "whole shares only"),
        ({"take_profit": "NaN"}, "take_profit", "Enter a number."),
    ],
)
def test_what_cannot_be_an_exit_is_said_beside_its_field(
    person: Client, desk: TradingDesk, changes: dict[str, str], field: str, words: str
) -> None:
    page = preview(person, desk, 422, **BRACKET | changes)
    assert "one thing to mend" in page
    assert f'id="id_{field}_error"' in page
    assert words in page


def test_a_far_exit_is_asked_about_once_and_goes_out_with_the_answer(
    person: Client, desk: TradingDesk
) -> None:
    far = BRACKET | {"take_profit": "150"}
    page = preview(person, desk, **far)
    assert page.count('name="confirmed"') == 1
    assert 'value="price_collar" required' in page
    assert send(person, desk, **far).status_code == 422
    assert not Order.objects.exists()
    assert send(person, desk, "two", confirmed="price_collar", **far).status_code == 303


def test_the_exits_of_what_is_held_take_the_place_of_the_type(holder: Client, desk: TradingDesk) -> None:
    address: dict[str, Any] = {"instrument": str(desk.instrument.pk), "side": "sell"}
    page = see(holder, "ticket", **address)
    assert "Two sales: at a profit or at a stop, whichever comes first" in page
    assert 'name="kind"' in page
    shaped = see(holder, "ticket", **address, has_exits="on", kind="stop_limit", time_in_force="gtd")
    names = set(re.findall(r'name="(\w+)"', shaped))
    assert {"has_exits", "take_profit", "stop_loss", "quantity", "good_till"} <= names
    assert not names & {"kind", "limit_price", "stop_price", "trail_amount", "outside_hours"}
    assert 'value="ioc"' not in shaped
    assert "Both are at the broker at once, for the same shares." in shaped


def test_what_is_held_goes_at_a_profit_or_at_a_stop(holder: Client, desk: TradingDesk) -> None:
    page = preview(holder, desk, **PAIR)
    assert "Sell 10 ACME, limit 104.00, until cancelled." in page
    assert "Sell 10 ACME, stop 95.00, until cancelled." in page
    assert "1,040.00" in page
    assert "950.00" in page
    assert "Send 2 paper orders" in page
    assert not Order.objects.exists()

    lot = uuid4()
    first = send(holder, desk, **PAIR, **{f"lot_{lot.hex}": "10"})
    profit, stop = Order.objects.order_by("created_at", "pk")
    assert first["Location"] == reverse("trading:order_detail", args=[profit.pk])
    assert [(one.side, one.kind, one.time_in_force, one.parent) for one in (profit, stop)] == [
        ("sell", "limit", "gtc", None),
        ("sell", "stop", "gtc", None),
    ]
    assert (profit.limit_price, profit.stop_price) == (Decimal(104), None)
    assert (stop.limit_price, stop.stop_price) == (None, Decimal(95))
    assert profit.oca_group == stop.oca_group != ""
    assert profit.lots == stop.lots == [{"lot_id": str(lot), "quantity": "10.00000000"}]
    assert profit.basket_id == stop.basket_id == profit.pk


def test_the_two_sales_count_once_and_no_third_one_goes_out(holder: Client, desk: TradingDesk) -> None:
    assert send(holder, desk, **PAIR).status_code == 303
    assert send(holder, desk, "two", side="sell", quantity="1").status_code == 422
    assert send(holder, desk, "three", **PAIR | {"quantity": "1"}).status_code == 422
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"take_profit": ""}, "take_profit", "This field is required."),
        ({"stop_loss": ""}, "stop_loss", "This field is required."),
        ({"take_profit": "95"}, "take_profit", "The profit lies above the stop."),
        ({"take_profit": "104.001"}, "take_profit", "priced in steps of 0.01"),
        ({"stop_loss": "94.999"}, "stop_loss", "priced in steps of 0.01"),
        ({"time_in_force": "ioc"}, "time_in_force", "not one of the available choices"),
        ({"quantity": "1.5"}, "quantity", "whole shares only"),
    ],
)
def test_what_cannot_be_an_exit_of_a_holding_is_said_beside_its_field(
    holder: Client, desk: TradingDesk, changes: dict[str, str], field: str, words: str
) -> None:
    page = preview(holder, desk, 422, **PAIR | changes)
    assert "one thing to mend" in page
    assert f'id="id_{field}_error"' in page
    assert words in page
