"""Several orders on one page: rows added and taken away, judged together, sent together or not at all."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import MemberFactory
from tests.trading.services.trading_desk import TradingDesk
from tests.trading.views.ticket_forms import rows, see, text
from trading.forms.basket import MOST_ROWS
from trading.models import Order

pytestmark = pytest.mark.django_db


def asked(client: Client, data: dict[str, str], status: int = 200, name: str = "basket_preview") -> str:
    """The page after something was posted."""
    return text(client.post(reverse(f"trading:{name}"), data), status)


def sent(client: Client, data: dict[str, str], key: str = "one", **more: Any) -> Any:
    """The answer to sending a basket."""
    return client.post(reverse("trading:basket_send"), data | {"key": key} | more)


def test_a_basket_opens_with_what_the_address_says_and_blames_nobody(
    person: Client, desk: TradingDesk
) -> None:
    page = see(person, "basket", symbol="ACME", side="sell")
    assert 'name="0-symbol" value="ACME"' in page
    assert '<option value="sell" selected>' in page
    assert 'name="1-symbol"' in page
    assert "This field is required" not in page
    assert '<option value="ACME">' in page


def test_a_row_is_added_and_taken_away_and_the_others_keep_what_they_say(
    person: Client, desk: TradingDesk
) -> None:
    data = rows(desk, {"quantity": "7"}, {"side": "sell", "quantity": "8"})
    longer = asked(person, data | {"add": "1"}, name="basket")
    assert 'value="7"' in longer
    assert 'name="2-symbol"' in longer
    assert longer.count('<option value="sell" selected>') == 2  # a new row goes on in the manner of the last
    shorter = asked(person, data | {"remove": "0"}, name="basket")
    assert 'value="7"' not in shorter
    assert 'name="0-quantity" value="8"' in shorter
    assert 'name="1-symbol"' not in shorter


def test_no_basket_is_longer_than_it_may_be(person: Client, desk: TradingDesk) -> None:
    page = asked(person, rows(desk, *[{}] * (MOST_ROWS + 5)) | {"add": "1"}, name="basket")
    assert f'name="{MOST_ROWS - 1}-symbol"' in page
    assert f'name="{MOST_ROWS}-symbol"' not in page
    assert "A basket holds 20 orders at most." in page


def test_all_orders_are_previewed_with_what_they_come_to(person: Client, desk: TradingDesk) -> None:
    limit = {"kind": "limit", "limit_price": "99"}
    page = asked(
        person, rows(desk, {"quantity": "10"}, limit | {"quantity": "2"}, {"symbol": "", "quantity": ""})
    )
    assert "Buy 10 ACME, at the market, day." in page
    assert "Buy 2 ACME, limit 99.00, day." in page
    assert "$1,198.00" in page  # 1,000 and 198
    assert "−1,198.00" in page
    assert "Send 2 paper orders" in page
    assert not Order.objects.exists()


def test_later_orders_are_judged_as_if_those_before_them_were_kept(person: Client, desk: TradingDesk) -> None:
    assert "It cannot be sent" not in asked(person, rows(desk, {"quantity": "60"}))
    both = asked(person, rows(desk, {"quantity": "60"}, {"quantity": "50"}))
    assert "It cannot be sent" in both
    assert "Send 2" not in both


def test_a_purchase_that_needs_what_a_sale_would_bring_is_told_to_wait_for_it(
    person: Client, desk: TradingDesk
) -> None:
    hint = "What a sale brings can be spent once it has filled"
    bought = [{"quantity": "60"}, {"quantity": "50"}]
    assert hint not in asked(person, rows(desk, *bought))
    assert hint in asked(person, rows(desk, {"side": "sell", "quantity": "5"}, *bought))


def test_a_basket_leads_back_to_the_page_of_ours_that_it_came_from(person: Client, desk: TradingDesk) -> None:
    back = f"/insights/{desk.instrument.pk}/"
    data = rows(desk, {"quantity": "3"})
    assert f'name="back" value="{back}"' in see(person, "basket", **data, back=back)  # type: ignore[arg-type] # `status` is among them to mypy
    assert f'name="back" value="{back}"' in asked(person, data | {"back": back})
    assert sent(person, data | {"back": back})["Location"] == back


@pytest.mark.parametrize("back", ["https://example.test/", "//example.test/", "insights/", "javascript:x"])
def test_it_leads_to_no_page_of_somebody_else(person: Client, desk: TradingDesk, back: str) -> None:
    answer = sent(person, rows(desk, {"quantity": "3"}) | {"back": back})
    assert answer["Location"] == reverse("trading:order_detail", args=[Order.objects.get().pk])


def test_a_basket_is_kept_whole_once_for_its_key_and_found_again_together(
    person: Client, desk: TradingDesk
) -> None:
    data = rows(desk, {"quantity": "10"}, {"quantity": "20"})
    first, again = sent(person, data), sent(person, data)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first["Location"] == again["Location"]
    orders = Order.objects.order_by("created_at", "pk")
    assert [(one.origin, int(one.quantity)) for one in orders] == [("basket", 10), ("basket", 20)]
    page = text(person.get(first["Location"]))
    assert "Orders that were sent together" in page
    assert all(reverse("trading:order_detail", args=[one.pk]) in page for one in orders)
    assert "No order matches" in see(person, "blotter", view="history", basket=str(desk.instrument.pk))


def test_one_row_alone_leads_to_its_order(person: Client, desk: TradingDesk) -> None:
    answer = sent(person, rows(desk, {"quantity": "3"}))
    assert answer["Location"] == reverse("trading:order_detail", args=[Order.objects.get().pk])


def test_a_basket_that_a_control_stops_keeps_nothing_of_it(person: Client, desk: TradingDesk) -> None:
    page = text(sent(person, rows(desk, {"quantity": "60"}, {"quantity": "50"})), 422)
    assert "None of its orders was sent" in page
    assert not Order.objects.exists()


def test_a_question_is_asked_once_for_all_orders(person: Client, desk: TradingDesk) -> None:
    twins = rows(desk, {"quantity": "3"}, {"quantity": "3"}, {"quantity": "3"})
    page = asked(person, twins)
    assert page.count('name="confirmed"') == 1
    assert 'value="duplicate" required' in page
    assert sent(person, twins).status_code == 422
    assert sent(person, twins, "two", confirmed="duplicate").status_code == 303


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"symbol": "NOPE"}, "symbol", "There is no instrument called NOPE."),
        ({"symbol": ""}, "symbol", "This field is required."),
        ({"quantity": "1e400"}, "quantity", "Ensure this value is less than or equal to"),
        ({"quantity": "-1"}, "quantity", "The quantity must be above zero."),
        ({"quantity": "1.5"}, "quantity", "ACME is traded in whole shares only"),
        ({"kind": "limit"}, "limit_price", "A limit order needs a limit price."),
        ({"limit_price": "9"}, "limit_price", "A market order takes no limit price."),
        ({"kind": "limit", "limit_price": "99.001"}, "limit_price", "priced in steps of 0.01"),
        ({"portfolio": "0198a1f0-0000-7000-8000-000000000001"}, "portfolio", "Select a valid choice."),
    ],
)
def test_what_cannot_be_an_order_is_said_beside_its_row(
    person: Client, desk: TradingDesk, change: dict[str, str], field: str, words: str
) -> None:
    for data, place in ((rows(desk, {}, change), 1), (rows(desk, change), 0)):
        page = asked(person, data, 422)
        assert f'id="id_{place}-{field}_error"' in page
        assert words in page
        assert f"Order {place + 1}, " in page
    assert not Order.objects.exists()


def test_a_basket_of_nothing_says_so(person: Client, desk: TradingDesk) -> None:
    page = asked(person, rows(desk, {"symbol": "", "quantity": ""}), 422)
    assert "Fill in at least one order." in page
    assert "This field is required" not in page


def test_a_live_account_among_them_is_named_on_the_button_and_asks_for_the_password(
    person: Client, desk: TradingDesk
) -> None:
    desk.account.gateway.environment = "live"
    desk.account.gateway.save(update_fields=["environment"])
    data = rows(desk, {"quantity": "1"}, {"quantity": "2"})
    page = asked(person, data)
    assert "Send 2 live orders" in page
    assert "Real money moves." in page
    answer = sent(person, data)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not Order.objects.exists()


def test_who_may_not_trade_has_no_basket(reader: Client, client: Client, desk: TradingDesk) -> None:
    client.force_login(MemberFactory.create().user)
    for who in (reader, client):
        page = see(who, "basket")
        assert "basket-row" not in page
        assert "See the connection" in page
        assert sent(who, rows(desk, {})).status_code == 404
