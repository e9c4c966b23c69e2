"""Placing orders over the API: once for a key, all or none, and every refusal a problem document."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts.services.tokens import token_issue
from portfolios.engine.records import TransactionKind
from portfolios.models import Portfolio
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, parsed, stock
from tests.factories.trading import OrderFactory
from tests.trading.services.trading_desk import TradingDesk
from tests.trading.tax_looks import PATH
from trading.api import asking
from trading.models import Gateway, Order, RiskLimit
from trading.services import previews

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


def body(desk: TradingDesk, **changes: Any) -> dict[str, Any]:
    order = {"account": str(desk.account.portfolio_id), "symbol": "ACME", "side": "buy", "quantity": "10"}
    return {name: value for name, value in (order | changes).items() if value is not None}


def post(
    client: APIClient, content: Any, key: str | None = "one", path: str = "trade", access: str = ""
) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    headers |= {"Authorization": f"Bearer {access}"} if access else {}
    return client.post(f"/api/v1/{path}", content, format="json", headers=headers)


def test_an_order_is_accepted_once_and_its_key_gives_the_same_answer_again(
    client: APIClient, desk: TradingDesk
) -> None:
    first = post(client, body(desk))
    again = post(client, body(desk))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    (order,) = first.json()["orders"]
    assert (order["symbol"], order["quantity"], order["state"], order["type"]) == (
        "ACME",
        "10",
        "pending",
        "market",
    )
    assert order["account_number"].startswith("••")
    assert [str(row.pk) for row in Order.objects.all()] == [order["id"]]


def test_a_key_that_was_used_for_something_else_is_refused(client: APIClient, desk: TradingDesk) -> None:
    post(client, body(desk))
    refused = post(client, body(desk, quantity="11"))
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/key-reused")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("key", "code"), [(None, "key-missing"), ("", "invalid-key"), ("k" * 256, "invalid-key")]
)
def test_without_a_usable_key_nothing_is_done(
    client: APIClient, desk: TradingDesk, key: str | None, code: str
) -> None:
    refused = post(client, body(desk), key)
    assert (refused.status_code, refused.json()["type"]) == (400, f"/problems/{code}")
    assert refused["Content-Type"] == "application/problem+json"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "1e400"}, "quantity"),
        ({"quantity": "Infinity"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"type": "limit", "limit_price": "100.001"}, "limit_price"),
        ({"type": "limit"}, "limit_price"),
        ({"limit_price": "100"}, "limit_price"),
        ({"symbol": "NOWHERE"}, "symbol"),
        ({"symbol": None}, "symbol"),
        ({"side": "borrow"}, "side"),
        ({"time_in_force": "gtd"}, "good_till"),
        ({"type": "trailing_stop"}, "trail_amount"),
    ],
)
def test_what_cannot_be_an_order_is_refused_by_its_field(
    client: APIClient, desk: TradingDesk, changes: dict[str, Any], field: str
) -> None:
    refused = post(client, body(desk, **changes))
    assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])
    assert not Order.objects.exists()


def test_a_refusal_of_the_controls_tells_every_verdict(client: APIClient, desk: TradingDesk) -> None:
    refused = post(client, body(desk, quantity="200"))
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, "/problems/order-denied")
    verdicts = {verdict["name"]: verdict for verdict in problem["verdicts"]}
    assert len(problem["verdicts"]) == 17
    assert verdicts["buying_power"]["outcome"] == "deny"
    assert verdicts["buying_power"]["sentence"] in problem["detail"]
    assert verdicts["buying_power"]["order"] == 0
    assert not Order.objects.exists()


def test_a_question_is_answered_by_naming_the_control(
    client: APIClient, desk: TradingDesk, settings: Settings
) -> None:
    settings.ORDER_TAX_LOOK = PATH.replace("plain", "washing")
    asked = post(client, body(desk))
    assert (asked.status_code, asked.json()["type"]) == (422, "/problems/confirmation-needed")
    accepted = post(client, body(desk, confirmed=["wash_sale"]), "two")
    assert accepted.status_code == 201, accepted.json()


def test_a_bracket_is_one_request_whose_children_wait(client: APIClient, desk: TradingDesk) -> None:
    exit_at = body(
        desk, side="sell", type="limit", limit_price="104", time_in_force="gtc", parent=0, oca_group="exit"
    )
    stop = body(
        desk, side="sell", type="stop", stop_price="96", time_in_force="gtc", parent=0, oca_group="exit"
    )
    accepted = post(client, {"orders": [body(desk), exit_at, stop]})
    assert accepted.status_code == 201, accepted.json()
    parent, *children = accepted.json()["orders"]
    assert [child["parent"] for child in children] == [parent["id"]] * 2
    assert {order["basket"] for order in accepted.json()["orders"]} == {parent["basket"]}


def test_a_profit_and_a_stop_for_what_is_held_count_once(client: APIClient, desk: TradingDesk) -> None:
    desk.hold("10")
    profit = body(desk, side="sell", type="limit", limit_price="104", oca_group="exit")
    stop = body(desk, side="sell", type="stop", stop_price="96", oca_group="exit")
    refused = post(client, {"orders": [profit, stop | {"oca_group": "other"}]}, "apart")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/order-denied")
    accepted = post(client, {"orders": [profit, stop]})
    assert accepted.status_code == 201, accepted.json()
    orders = accepted.json()["orders"]
    assert [(order["type"], order["parent"], order["oca_group"]) for order in orders] == [
        ("limit", None, "exit"),
        ("stop", None, "exit"),
    ]
    assert post(client, body(desk, side="sell", quantity="1"), "third").status_code == 422


def test_one_bad_order_of_a_basket_keeps_all_of_them_back(client: APIClient, desk: TradingDesk) -> None:
    refused = post(client, {"orders": [body(desk), body(desk, quantity="1.5")]})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["orders.1.quantity"])
    assert not Order.objects.exists()


def test_a_grant_to_read_is_no_leave_to_trade(desk: TradingDesk) -> None:
    reader = MemberFactory.create().user
    GrantFactory.create(household=desk.account.portfolio.household, grantee=reader, scope="read")
    client = APIClient()
    client.force_authenticate(reader)
    assert post(client, body(desk)).status_code == 404
    assert post(client, body(desk), path="trade/preview").status_code == 404
    assert not Order.objects.exists()


def test_a_member_who_is_shown_anothers_account_may_not_trade_in_it(desk: TradingDesk) -> None:
    household = desk.account.portfolio.household
    member = MemberFactory.create(household=household, sees_all=False)
    GrantFactory.create(household=household, grantee=member.user, scope="manage")
    client = APIClient()
    client.force_authenticate(member.user)
    assert post(client, body(desk)).status_code == 404
    placed = OrderFactory.create(account=desk.account, portfolio=desk.account.portfolio)
    assert client.get(f"/api/v1/orders/{placed.pk}").status_code == 200
    for verb, content in (("cancel", {}), ("change", {"quantity": "5"})):
        assert client.post(f"/api/v1/orders/{placed.pk}/{verb}", content, format="json").status_code == 404
    placed.refresh_from_db()
    assert (placed.state, placed.cancel_wanted_at, placed.wanted) == ("pending", None, None)


def test_a_member_trades_in_their_own_account_what_they_may_see(desk: TradingDesk) -> None:
    household = desk.account.portfolio.household
    member = MemberFactory.create(household=household, sees_all=False)
    Portfolio.objects.filter(pk=desk.account.portfolio_id).update(holder=member)
    hidden = InstrumentFactory.create(symbol="HIDDEN", currency="USD", household=household)
    kept = PortfolioFactory.create(household=household, holder=MemberFactory.create(household=household))
    bought = parsed(
        TransactionKind.BUY,
        date(2026, 1, 5),
        instrument=stock("HIDDEN"),
        quantity=Decimal(1),
        amount=Decimal(-10),
    )
    transactions_record(portfolio=kept, parsed=[bought], source="test")
    client = APIClient()
    client.force_authenticate(member.user)
    for named in ({"symbol": "HIDDEN"}, {"symbol": None, "instrument": str(hidden.pk)}):
        assert post(client, body(desk, **named), path="trade/preview").status_code in {400, 404}
    assert post(client, body(desk, symbol=None, instrument=str(uuid4()))).status_code == 404


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_closed_account_and_a_gateway_that_is_off_take_no_order(
    client: APIClient, desk: TradingDesk, *, is_closed: bool
) -> None:
    if is_closed:
        Portfolio.objects.filter(pk=desk.account.portfolio_id).update(closed_on=date(2026, 1, 5))
    else:
        Gateway.objects.update(is_enabled=False)
    refused = post(client, body(desk)).json()
    assert "authority" in [verdict["name"] for verdict in refused["verdicts"] if verdict["outcome"] == "deny"]


def test_previews_of_one_person_are_counted_by_the_minute(
    client: APIClient, desk: TradingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "PREVIEWS", replace(previews.PREVIEWS, attempts=2))
    statuses = [post(client, body(desk), path="trade/preview").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_nobody_places_an_order_in_an_account_that_is_not_there(client: APIClient, desk: TradingDesk) -> None:
    assert post(client, body(desk, account=str(uuid4()))).status_code == 404


def test_a_live_order_needs_a_password_that_was_given_just_now(client: APIClient, desk: TradingDesk) -> None:
    desk.account.gateway.environment = "live"
    desk.account.gateway.save(update_fields=["environment"])
    refused = post(client, body(desk)).json()
    denied = [verdict["name"] for verdict in refused["verdicts"] if verdict["outcome"] == "deny"]
    assert denied == ["authority"]


def test_a_preview_keeps_nothing_and_says_why_the_broker_is_silent(
    client: APIClient, desk: TradingDesk
) -> None:
    desk.account.gateway.state = "degraded"
    desk.account.gateway.save(update_fields=["state"])
    answer = post(client, body(desk, type="limit", limit_price="100"), path="trade/preview")
    assert answer.status_code == 200
    (shown,) = answer.json()["orders"]
    assert (shown["amount"], shown["total"], shown["outcome"]) == ("1000", None, "deny")
    assert shown["broker"] is None
    assert shown["broker_reason"] == "An order that is refused is not shown to the broker."
    assert shown["tax"]["tax"] == "1"
    assert len(shown["verdicts"]) == 17
    assert not Order.objects.exists()


def test_whoever_is_refused_too_often_waits_and_nobody_else_does(
    client: APIClient, desk: TradingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "REFUSALS", replace(asking.REFUSALS, attempts=2))
    other = APIClient()
    other.force_authenticate(MemberFactory().user)
    accepted = post(client, body(desk), "good")
    for key in ("denied", "unknown"):
        refused = post(
            client, body(desk, quantity="1000000") | ({"symbol": "NONE"} if key == "unknown" else {}), key
        )
        assert refused.status_code in {400, 422}

    waits = post(client, body(desk, quantity="11"), "next")
    assert (accepted.status_code, waits.status_code) == (201, 429)
    assert waits.json()["type"] == "/problems/too-many-attempts"
    assert waits["Content-Type"] == "application/problem+json"
    assert 0 < int(waits["Retry-After"]) <= 60
    assert Order.objects.count() == 1
    assert post(other, body(desk), "mine").status_code == 404


def test_what_an_order_costs_in_statements_is_known(
    desk: TradingDesk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Sign-in, accounts, standing facts, key, a look; then at once two locks, two looks and two writes."""
    client, access = signed_in(desk)
    post(client, body(desk), "warm", access=access)
    with django_assert_num_queries(11):
        post(client, body(desk, confirmed=["duplicate"]), "counted", access=access)
    assert Order.objects.count() == 2


def test_a_basket_of_twenty_costs_as_many_statements_as_one_order(
    desk: TradingDesk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    RiskLimit.objects.create(account=None, account_rate=100, global_rate=100)
    client, access = signed_in(desk)
    orders = [body(desk, quantity=str(number)) for number in range(1, 5)] * 5
    basket = {"orders": orders, "confirmed": ["duplicate"]}
    desk.account.buying_power = Decimal(1_000_000)
    desk.account.save(update_fields=["buying_power"])
    post(client, body(desk), "warm", access=access)
    with django_assert_num_queries(11):
        accepted = post(client, basket, "counted", access=access)
    assert accepted.status_code == 201, accepted.json()
    assert Order.objects.count() == 21


def signed_in(desk: TradingDesk) -> tuple[APIClient, str]:
    """A client that brings an access token, as programs do."""
    desk.user.set_password("a-long-password-of-theirs")
    desk.user.save()
    pair = token_issue(
        email=desk.user.email, password="a-long-password-of-theirs", code="", address="127.0.0.1",
        client="test", now=timezone.now(),
    )  # fmt: skip
    return APIClient(), pair.access
