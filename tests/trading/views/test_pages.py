"""Pages of trading: preview, confirm and status, and what each shows when there is nothing or no leave."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from tests.factories.accounts import MemberFactory
from tests.factories.trading import OrderFactory
from tests.trading.services.trading_desk import TradingDesk
from tests.trading.tax_looks import PATH
from tests.trading.views.ticket_forms import preview, see, send, text
from trading.engine.records import OrderKind, OrderState
from trading.models import Difference, Execution, KillSwitch, Order
from trading.services.kill_switches import kill_switch_engage
from trading.services.order_steps import history_add

pytestmark = pytest.mark.django_db


def an_order(desk: TradingDesk, **facts: Any) -> Order:
    given = {"account": desk.account, "instrument": desk.instrument, "placed_by": desk.user} | facts
    order: Order = OrderFactory.create(**given)
    return order


def test_an_instrument_is_found_by_a_few_letters_and_leads_to_both_sides(
    person: Client, desk: TradingDesk
) -> None:
    page = see(person, "ticket", q="acm")
    address = f"{reverse('trading:ticket')}?instrument={desk.instrument.pk}&amp;side="
    assert f'href="{address}buy"' in page
    assert f'href="{address}sell"' in page
    assert "Nothing in your book is called that" in see(person, "ticket_search", q="zzzz")


def test_only_the_fields_that_apply_to_a_type_are_there(person: Client, desk: TradingDesk) -> None:
    def names(**query: Any) -> set[str]:
        page = see(person, "ticket", instrument=str(desk.instrument.pk), **query)
        wanted = ("limit_price", "stop_price", "trail_amount", "good_till", "outside_hours")
        return {name for name in wanted if f'name="{name}"' in page}

    assert names() == set()
    assert names(kind="limit") == {"limit_price", "outside_hours"}
    assert names(kind="stop_limit", time_in_force="gtd") == {
        "limit_price",
        "stop_price",
        "good_till",
        "outside_hours",
    }
    assert names(kind="trailing_stop") == {"stop_price", "trail_amount"}


def test_the_ticket_shows_the_price_with_its_source_and_says_when_it_is_old(
    person: Client, desk: TradingDesk
) -> None:
    page = see(person, "ticket", instrument=str(desk.instrument.pk))
    assert "IBKR" in page
    assert '<span class="badge badge-ok badge-dot">live</span>' in page
    desk.quote(age=600)
    assert "stale" in see(person, "ticket", instrument=str(desk.instrument.pk))
    assert "99.00" in see(person, "ticket_quote", desk.instrument.pk)


def test_a_preview_tells_every_control_and_exactly_what_would_be_sent(
    person: Client, desk: TradingDesk
) -> None:
    page = preview(person, desk, kind="limit", limit_price="100")
    assert "Buy 10 ACME, limit 100.00, day." in page
    assert "of 17 passed" in page
    assert "Send 1 paper order" in page
    assert "1,000.00" in page
    assert not Order.objects.exists()


def test_a_refused_preview_has_no_button_that_sends(person: Client, desk: TradingDesk) -> None:
    page = preview(person, desk, quantity="200")
    assert "It cannot be sent" in page
    assert "Send 1" not in page


def test_what_cannot_be_an_order_is_said_beside_its_field(person: Client, desk: TradingDesk) -> None:
    for quantity in ("NaN", "1e400", "-1", "0", "1.5", ""):
        page = preview(person, desk, 422, quantity=quantity)
        assert "one thing to mend" in page
        assert 'id="id_quantity_error"' in page
    assert 'id="id_limit_price_error"' in preview(person, desk, 422, kind="limit", limit_price="100.001")


def test_an_order_is_sent_once_for_its_key(person: Client, desk: TradingDesk) -> None:
    first, again = send(person, desk), send(person, desk)
    order = Order.objects.get()
    assert (first.status_code, again.status_code) == (303, 303)
    assert first["Location"] == again["Location"] == reverse("trading:order_detail", args=[order.pk])
    assert (order.origin, order.placed_by) == ("ticket", desk.user)


def test_a_control_that_asks_is_answered_by_a_tick(
    person: Client, desk: TradingDesk, settings: Settings
) -> None:
    settings.ORDER_TAX_LOOK = PATH.replace("plain", "washing")
    page = preview(person, desk)
    assert 'name="confirmed" value="wash_sale" required' in page
    assert "Deferred" in page
    refused = text(send(person, desk), 422)
    assert "Not sent" in refused
    assert send(person, desk, "two", confirmed="wash_sale").status_code == 303


def test_a_live_order_asks_for_the_password_first(person: Client, desk: TradingDesk) -> None:
    desk.account.gateway.environment = "live"
    desk.account.gateway.save(update_fields=["environment"])
    asked = send(person, desk)
    assert asked.status_code == 302
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert not Order.objects.exists()


def test_a_live_preview_offers_to_send_and_says_that_the_password_comes_first(
    person: Client, desk: TradingDesk
) -> None:
    desk.account.gateway.environment = "live"
    desk.account.gateway.save(update_fields=["environment"])
    page = preview(person, desk)
    assert "Send 1 live order" in page
    assert "Sending asks for your password first" in page
    assert "It cannot be sent" not in page
    assert 'value="authority"' not in page
    desk.account.gateway.is_read_only = True
    desk.account.gateway.save(update_fields=["is_read_only"])
    assert "It cannot be sent: You may not trade in this account." in preview(person, desk)


def test_lots_that_are_named_come_with_the_order(person: Client, desk: TradingDesk) -> None:
    wrong = preview(person, desk, 422, side="sell", **{f"lot_{uuid4().hex}": "many"})
    assert "one thing to mend" in wrong


def test_the_blotter_lists_open_orders_fills_and_history(person: Client, desk: TradingDesk) -> None:
    assert "No order is open" in see(person, "blotter")
    working = an_order(desk, state=OrderState.SUBMITTED)
    over = an_order(desk, state=OrderState.FILLED, filled=Decimal(10), average_price=Decimal(101))
    Execution.objects.create(
        account=desk.account, portfolio=desk.account.portfolio, order=over, instrument=desk.instrument,
        exec_id="0001", side="buy", quantity=Decimal(10), price=Decimal(101), currency="USD",
        executed_at=timezone.now(), commission=Decimal(1), commission_currency="USD",
    )  # fmt: skip
    page = see(person, "blotter")
    assert reverse("trading:order_detail", args=[working.pk]) in page
    assert reverse("trading:order_detail", args=[over.pk]) not in page
    assert reverse("trading:order_detail", args=[over.pk]) in see(person, "blotter", view="history")
    assert "101.00" in see(person, "blotter", view="fills")
    assert "No order matches" in see(person, "blotter", view="history", symbol="NOWHERE")


def test_the_export_has_the_orders_of_the_list(person: Client, desk: TradingDesk) -> None:
    an_order(desk, state=OrderState.SUBMITTED)
    response: Any = person.get(reverse("trading:orders_export"))
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert "WealthAlloc orders, open" in lines[0]
    assert sum("ACME" in line for line in lines) == 1


def test_an_order_shows_its_life_and_says_when_nobody_knows(person: Client, desk: TradingDesk) -> None:
    order = an_order(desk, state=OrderState.UNKNOWN, words="The link broke.", sent_at=timezone.now())
    history_add(order, kind="Doubted", now=timezone.now(), words="The link broke.")
    page = see(person, "order_detail", order.pk)
    assert "Do not send it again" in page
    assert 'class="is-unknown"' in page
    assert "In doubt" in page
    at = timezone.localtime(order.events.get().at)
    assert f"{at:%H:%M:%S} UTC" in page


def test_an_order_that_was_not_sent_is_cancelled_at_once(person: Client, desk: TradingDesk) -> None:
    order = an_order(desk)
    assert person.post(reverse("trading:order_cancel", args=[order.pk])).status_code == 303
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED


def test_a_change_is_judged_and_kept_as_a_wish(person: Client, desk: TradingDesk) -> None:
    order = an_order(
        desk, state=OrderState.SUBMITTED, kind=OrderKind.LIMIT, limit_price=Decimal(100),
        lives=[{"perm_id": 7, "has_ended": False, "told_filled": "0"}],
    )  # fmt: skip
    address = reverse("trading:order_change", args=[order.pk])
    page = text(person.get(address))
    assert 'value="100"' in page
    assert "99.00 and" in page.replace('<span class="num">', "").replace("</span>", "")
    same = text(person.post(address, {"quantity": "10", "limit_price": "100"}), 422)
    assert "Nothing would change" in same
    assert person.post(address, {"quantity": "10", "limit_price": "99.5"}).status_code == 303
    order.refresh_from_db()
    assert order.wanted is not None
    assert Decimal(order.wanted["limit_price"]) == Decimal("99.5")


def test_who_may_only_look_sees_orders_and_changes_none(reader: Client, desk: TradingDesk) -> None:
    order = an_order(desk, state=OrderState.SUBMITTED)
    page = see(reader, "order_detail", order.pk)
    assert "Cancel the order" not in page
    assert reader.post(reverse("trading:order_cancel", args=[order.pk])).status_code == 404
    assert reader.get(reverse("trading:order_change", args=[order.pk])).status_code == 404
    assert reader.get(reverse("trading:account_stop", args=[desk.account.portfolio_id])).status_code == 404
    assert "their household trades in them" in see(reader, "ticket")


def test_the_connection_panel_tells_state_version_and_windows(person: Client, desk: TradingDesk) -> None:
    gateway = desk.account.gateway
    gateway.server_version = 176
    gateway.save(update_fields=["server_version"])
    page = see(person, "connection")
    assert "176" in page
    assert "Daily reset" in page
    assert "••" in page
    gateway.held_until = timezone.now() - timedelta(minutes=1)
    gateway.save(update_fields=["held_until"])
    assert "daemon was not heard of" in see(person, "connection")


def test_trading_is_stopped_by_whoever_may_trade_and_every_page_says_so(
    person: Client, desk: TradingDesk
) -> None:
    address = reverse("trading:account_stop", args=[desk.account.portfolio_id])
    assert "Reason" in text(person.get(address))
    assert person.post(address, {"reason": ""}).status_code == 422
    person.post(address, {"reason": "Odd fills."})
    switch = KillSwitch.objects.get()
    assert (switch.account, switch.engaged_by, switch.reason) == (desk.account, desk.user, "Odd fills.")
    assert '<span class="tag">Stopped</span>' in see(person, "blotter")
    panel = see(person, "connection")
    assert "new orders and changes are refused until two operators lift it" in panel
    assert "See the stop" in panel
    assert "It cannot be sent" in preview(person, desk)


def test_a_difference_is_a_task_and_is_settled_with_a_reason(person: Client, desk: TradingDesk) -> None:
    assert "Book and broker agree" in see(person, "differences")
    row = Difference.objects.create(
        account=desk.account, portfolio=desk.account.portfolio, kind="position", subject="ACME",
        ours=Decimal(10), theirs=Decimal(8), words="ACME: 10 in the book, 8 at the broker.",
        seen_at=datetime(2026, 3, 2, 15, 0, tzinfo=UTC), instrument=desk.instrument,
    )  # fmt: skip
    assert "8 at the broker" in see(person, "differences")
    address = reverse("trading:difference_settle", args=[row.pk])
    assert "This field is required" in text(person.post(address, {"reason": ""}), 422)
    assert person.post(address, {"reason": "A transfer on its way."}).status_code == 303
    row.refresh_from_db()
    assert (row.reason, row.closed_by) == ("A transfer on its way.", desk.user)


def test_every_page_says_whether_orders_move_real_money(person: Client, desk: TradingDesk) -> None:
    assert '<span class="tag">Paper</span>' in see(person, "blotter")
    desk.account.gateway.environment = "live"
    desk.account.gateway.save(update_fields=["environment"])
    page = see(person, "blotter")
    assert '<span class="tag">Live</span>' in page
    assert f"Orders move real money: account {desk.account}." in page


def test_an_open_page_fetches_its_banners_again(person: Client, desk: TradingDesk) -> None:
    page = see(person, "blotter")
    assert 'hx-trigger="gateway-changed from:body, kill_switch-changed from:body"' in page
    kill_switch_engage(account=desk.account, reason="Odd fills.", now=timezone.now(), actor=None)
    banners = text(person.get(reverse("banners")))
    assert banners.startswith('<div id="banners" role="region"')
    assert f"Trading is stopped in {desk.account}: Odd fills." in banners
    assert "<html" not in banners


def test_without_a_broker_every_page_says_what_is_missing(client: Client) -> None:
    client.force_login(MemberFactory.create().user)
    assert "connected to a broker yet" in see(client, "ticket")
    assert "No order is open" in see(client, "blotter")
    assert "No account of yours is connected" in see(client, "connection")
    assert "nothing to compare" in see(client, "differences")
    assert 'class="banner' not in see(client, "blotter")
