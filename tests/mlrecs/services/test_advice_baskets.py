"""From an advice that was accepted to filled orders: sales first, purchases from what they brought."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mlrecs.models import Recommendation
from mlrecs.services.advice_baskets import basket_next
from portfolios.models import Holding
from tests.mlrecs.advice import put
from tests.mlrecs.advice_desk import advice_desk
from tests.taxharvest.harvest_desk import FastBroker, HarvestDesk, quote
from trading.models import BrokerAccount, Order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes are told already; nobody is asked."""
    monkeypatch.setattr("trading.services.judging.QUOTE_WAIT", 0.0)
    monkeypatch.setattr("trading.services.previews.WAIT_SECONDS", 0.0)


def advised(desk: HarvestDesk, *, buys: int = 80) -> Recommendation:
    """To sell 40 ACME at 100 and to buy GLBX at 50."""
    rows = [("sell", desk.acme, 40, "100"), ("buy", desk.glbx, buys, "50")]
    orders = [
        {
            "portfolio": str(desk.portfolio.pk),
            "side": side,
            "symbol": instrument.symbol,
            "instrument": str(instrument.pk),
            "quantity": str(quantity),
            "price": price,
        }
        for side, instrument, quantity, price in rows
    ]
    row = put(desk.portfolio.household, portfolio=desk.portfolio, orders=orders)
    assert row is not None
    return row


def basket_of(desk: HarvestDesk, row: Recommendation) -> tuple[list[tuple[str, str, str]], str]:
    found = basket_next(desk.user, row, timezone.now())
    return [(one["side"], one["quantity"], one["symbol"]) for one in found.orders], found.words


def power(desk: HarvestDesk, amount: int) -> None:
    """What the broker says may be spent, told now."""
    BrokerAccount.objects.filter(pk=desk.account.pk).update(
        buying_power=Decimal(amount), values_at=timezone.now()
    )


def sent(client: Client, address: str) -> Any:
    """Lay the basket of an address, which has one row, confirm everything it asks, and send it."""
    page = client.get(address, follow=True)
    rows = page.context["basket"].said() | {"0-kind": "market", "0-time_in_force": "day"}
    preview = client.post("/trade/basket/preview/", rows)
    assert not preview.context["confirmation"].denials, preview.context["confirmation"].denials
    asked = [question.name for question in preview.context["confirmation"].questions]
    return client.post("/trade/basket/send/", rows | {"key": preview.context["key"], "confirmed": asked})


def test_sales_come_first_and_nothing_is_bought_on_what_they_may_bring() -> None:
    desk = advice_desk()
    power(desk, 0)

    assert basket_of(desk, advised(desk)) == ([("sell", "40", "ACME")], "")


def test_an_accepted_advice_is_followed_to_its_fills() -> None:
    desk = advice_desk()
    row = advised(desk)
    power(desk, 0)
    client = Client()
    client.force_login(desk.user)
    broker = FastBroker(account=desk.account)

    accepted = client.post(f"/insights/{row.pk}/accept/")
    answer = sent(client, accepted["Location"])
    under_way = client.get(f"/insights/{row.pk}/").content.decode()
    broker.work()
    untold = client.get(f"/insights/{row.pk}/").content.decode()
    power(desk, 4300)
    told = client.get(f"/insights/{row.pk}/").content.decode()
    back = sent(client, f"/insights/{row.pk}/basket/")
    broker.work()
    done = client.get(f"/insights/{row.pk}/").content.decode()

    assert answer["Location"] == back["Location"] == f"/insights/{row.pk}/"
    assert "Under way." in under_way
    assert 'hx-select="#decide"' in under_way
    assert "Your broker has not told yet what may be spent now." in untold
    assert "Go on to the purchases" in told
    assert "good-faith violation" in told
    assert "hx-select" not in told
    assert "All of its orders have ended." in done
    filled = Order.objects.filter(origin_id=row.pk, state="filled").order_by("created_at")
    # 4,000 less a commission came in, and 8 of cost were allowed for: enough for 80 at 50.
    assert [(one.side, one.quantity) for one in filled] == [("sell", 40), ("buy", 80)]
    held = Holding.objects.filter(portfolio=desk.portfolio).order_by("instrument__symbol")
    assert list(held.values_list("instrument__symbol", "quantity")) == [("ACME", 110), ("GLBX", 80)]


def test_fewer_shares_are_bought_where_the_sales_brought_less() -> None:
    desk = advice_desk()
    row = advised(desk)
    client = Client()
    client.force_login(desk.user)
    sent(client, client.post(f"/insights/{row.pk}/accept/")["Location"])
    broker = FastBroker(account=desk.account)
    broker.prices["ACME"] = Decimal(90)
    broker.work()

    # 3,600 less a commission, and 8 beside the sale: 3,607 at 50.
    assert basket_of(desk, row) == (
        [("buy", "72", "GLBX")],
        "The sales brought $3,599.00: that pays for 72 of 80 GLBX.",
    )


def test_no_more_is_bought_than_the_broker_lets_be_spent() -> None:
    desk = advice_desk()
    row = advised(desk)
    client = Client()
    client.force_login(desk.user)
    sent(client, client.post(f"/insights/{row.pk}/accept/")["Location"])
    FastBroker(account=desk.account).work()
    power(desk, 1031)

    # A market order holds back three per cent more than the offer, 51.50 a share, and the commission of 1.
    bought, words = basket_of(desk, row)
    assert bought == [("buy", "20", "GLBX")]
    assert words == (
        "The sales brought $3,999.00, and your broker lets $1,030.00 be spent now: "
        "that pays for 20 of 80 GLBX."
    )


def test_nothing_is_bought_where_the_sales_were_refused() -> None:
    desk = advice_desk()
    row = advised(desk)
    client = Client()
    client.force_login(desk.user)
    sent(client, client.post(f"/insights/{row.pk}/accept/")["Location"])
    broker = FastBroker(account=desk.account)
    broker.refusals["ACME"] = 1
    broker.work()
    power(desk, 50_000)

    answer = client.get(f"/insights/{row.pk}/basket/", follow=True)

    assert answer.redirect_chain == [(f"/insights/{row.pk}/", 302)]
    assert "The sales brought $0.00: that pays for 0 of 80 GLBX." in answer.content.decode()


def test_without_a_price_the_purchases_stay_as_advised_for_the_controls_to_judge() -> None:
    desk = advice_desk()
    row = advised(desk)
    only_bought = Recommendation.objects.get(pk=row.pk)
    only_bought.orders = row.orders[1:]
    quote("GLBX", "0")

    assert basket_of(desk, only_bought) == ([("buy", "80", "GLBX")], "")


def test_an_advice_that_was_not_accepted_leads_to_no_basket() -> None:
    desk = advice_desk()
    row = advised(desk)
    client = Client()
    client.force_login(desk.user)

    answer = client.get(f"/insights/{row.pk}/basket/")

    assert (answer.status_code, answer["Location"]) == (302, f"/insights/{row.pk}/")
    assert not Order.objects.exists()
