"""Reading, cancelling and changing orders over the API; gateways and differences."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.trading import OrderFactory
from tests.trading.services.trading_desk import TradingDesk
from tests.trading.tax_looks import PATH
from trading.engine.records import OrderKind, OrderState
from trading.models import Difference, Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings: Settings) -> TradingDesk:
    settings.ORDER_TAX_LOOK = PATH
    return TradingDesk()


@pytest.fixture
def client(desk: TradingDesk) -> APIClient:
    client = APIClient()
    client.force_authenticate(desk.user)
    return client


def an_order(desk: TradingDesk, **facts: Any) -> Order:
    given = {"account": desk.account, "instrument": desk.instrument, "placed_by": desk.user} | facts
    order: Order = OrderFactory.create(**given)
    return order


def test_orders_are_listed_newest_first_and_narrowed_by_the_query(
    client: APIClient, desk: TradingDesk
) -> None:
    old = an_order(desk, state=OrderState.FILLED)
    new = an_order(desk, state=OrderState.SUBMITTED)

    def ids(**query: str) -> list[str]:
        return [row["id"] for row in client.get("/api/v1/orders", query).json()["results"]]

    assert ids() == [str(new.pk), str(old.pk)]
    assert ids(state="filled") == [str(old.pk)]
    assert ids(symbol="acme", account=str(desk.account.portfolio_id)) == [str(new.pk), str(old.pk)]
    assert ids(symbol="OTHER") == []
    assert ids(day="2001-01-01") == []
    assert client.get("/api/v1/orders", {"state": "lost"}).status_code == 400
    first = client.get("/api/v1/orders", {"page_size": "1"}).json()
    assert client.get(first["next"]).json()["results"][0]["id"] == str(old.pk)


def test_an_order_that_was_not_sent_is_cancelled_and_its_history_says_by_which_step(
    client: APIClient, desk: TradingDesk
) -> None:
    order = an_order(desk)
    answer = client.post(f"/api/v1/orders/{order.pk}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert [line["kind"] for line in answer.json()["history"]] == ["CancelWanted"]
    again = client.post(f"/api/v1/orders/{order.pk}/cancel")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/order-over")


def test_a_change_is_a_wish_until_the_broker_has_answered(client: APIClient, desk: TradingDesk) -> None:
    order = an_order(
        desk, state=OrderState.SUBMITTED, kind=OrderKind.LIMIT, limit_price=Decimal(100),
        lives=[{"perm_id": 7, "has_ended": False, "told_filled": "0"}],
    )  # fmt: skip
    address = f"/api/v1/orders/{order.pk}/change"
    assert client.post(address, {}).status_code == 400
    changed = client.post(address, {"limit_price": "99.50"})
    assert changed.status_code == 200, changed.json()
    assert Decimal(changed.json()["wanted"]["limit_price"]) == Decimal("99.50")
    off_tick = client.post(address, {"limit_price": "99.505"})
    assert (off_tick.status_code, list(off_tick.json()["errors"])) == (400, ["limit_price"])


def test_whoever_may_only_look_cancels_and_changes_nothing(desk: TradingDesk) -> None:
    order = an_order(desk, state=OrderState.SUBMITTED)
    reader = MemberFactory.create().user
    GrantFactory.create(household=desk.account.portfolio.household, grantee=reader, scope="read")
    client = APIClient()
    client.force_authenticate(reader)
    assert client.get(f"/api/v1/orders/{order.pk}").status_code == 200
    assert client.post(f"/api/v1/orders/{order.pk}/cancel").status_code == 404
    assert client.post(f"/api/v1/orders/{order.pk}/change", {"quantity": "9"}).status_code == 404


def test_a_gateway_tells_how_it_stands_and_its_accounts_masked(client: APIClient, desk: TradingDesk) -> None:
    (shown,) = client.get("/api/v1/gateways").json()
    assert (shown["state"], shown["takes_orders"], shown["is_alive"]) == ("ready", True, True)
    assert [account["number"] for account in shown["accounts"]] == [str(desk.account)]
    assert desk.account.code not in str(shown)
    assert [window["name"] for window in shown["windows"]] == ["daily reset", "weekend reset"]
    desk.account.gateway.held_until = timezone.now() - timedelta(seconds=1)
    desk.account.gateway.save(update_fields=["held_until"])
    (silent,) = client.get("/api/v1/gateways").json()
    assert (silent["takes_orders"], silent["is_alive"]) == (False, False)


def test_differences_are_listed_open_ones_first_asked(client: APIClient, desk: TradingDesk) -> None:
    facts = {"account": desk.account, "portfolio": desk.account.portfolio, "words": "They differ."}
    now = timezone.now()
    Difference.objects.create(kind="cash", subject="USD", seen_at=now, ours=Decimal(1), **facts)
    Difference.objects.create(kind="position", subject="ACME", seen_at=now, closed_at=now, **facts)
    (standing,) = client.get("/api/v1/reconciliation").json()["results"]
    assert (standing["kind"], standing["ours"], standing["theirs"]) == ("cash", "1", None)
    (settled,) = client.get("/api/v1/reconciliation", {"open": "false"}).json()["results"]
    assert settled["kind"] == "position"
