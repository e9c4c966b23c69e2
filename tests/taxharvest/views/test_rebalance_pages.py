"""Pages of rebalancing: the wish with its refusals, both plans, and orders that are placed once."""

from typing import Any

import pytest
from django.test import Client

from taxharvest.models import Rebalance
from tests.factories.accounts import MemberFactory
from tests.factories.trading import BrokerAccountFactory
from tests.taxharvest.rebalance_book import RebalanceBook, rebalance_book
from trading.models import Order

pytestmark = pytest.mark.django_db
URL = "/rebalance/"


def signed_in(book: RebalanceBook) -> Client:
    client = Client()
    client.force_login(book.user)
    return client


def wish(book: RebalanceBook, **fields: str) -> dict[str, str]:
    chosen = {f"trade_{one.pk.hex}": "on" for one in (book.taxable, book.ira)}
    return chosen | {"closeness": "balanced", "invests_cash": "on", "least_trade": "100"} | fields


def planned(book: RebalanceBook, client: Client) -> Rebalance:
    assert client.post(URL, wish(book)).status_code == 303
    return Rebalance.objects.get()


def test_without_targets_the_page_leads_to_them() -> None:
    page = signed_in(rebalance_book(has_targets=False)).get(URL)
    assert page.status_code == 200
    assert "There are no target weights yet" in page.content.decode()


def test_the_wish_leads_to_both_plans() -> None:
    book = rebalance_book()
    client = signed_in(book)
    row = planned(book, client)
    page = client.get(f"{URL}{row.pk}/").content.decode()
    assert "ACME stands at 60.0 % against a target of 40.0 %." in page
    assert "Tracking error to the targets, a year" in page
    other = client.get(f"{URL}{row.pk}/?plan=convex").content.decode()
    assert "Worked out over all assets at once" in other
    assert f"{URL}{row.pk}/" in client.get(URL).content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"gain_budget": "-1"}, "greater than or equal to 0"),
        ({"least_trade": "some"}, "Enter a number."),
        ({"closeness": "exact"}, "Select a valid choice"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_beside_its_field(fields: dict[str, str], words: str) -> None:
    book = rebalance_book()
    answer = signed_in(book).post(URL, wish(book, **fields))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Rebalance.objects.exists()


def test_an_account_must_be_chosen_and_money_goes_only_into_a_chosen_one() -> None:
    book = rebalance_book()
    fields = {"closeness": "balanced", f"flow_{book.ira.pk.hex}": "100"}
    page = signed_in(book).post(URL, fields).content.decode()
    assert "Choose one account at least." in page
    assert "Money goes in or out only of accounts that are chosen." in page


def test_while_a_worker_is_at_it_the_page_asks_again_and_then_stops() -> None:
    book = rebalance_book()
    client = signed_in(book)
    row = planned(book, client)
    Rebalance.objects.update(state="running", words="The convex one is being solved.")
    assert "The convex one is being solved." in client.get(f"{URL}{row.pk}/").content.decode()
    assert client.get(f"{URL}{row.pk}/progress/").status_code == 200
    Rebalance.objects.update(state="done")
    assert client.get(f"{URL}{row.pk}/progress/").status_code == 286


def test_a_failure_says_why() -> None:
    book = rebalance_book()
    client = signed_in(book)
    row = planned(book, client)
    Rebalance.objects.update(state="failed", words="The queue cannot be reached.", result=None)
    page = client.get(f"{URL}{row.pk}/").content.decode()
    assert "No plan was worked out." in page
    assert "The queue cannot be reached." in page


def test_without_an_account_at_the_broker_no_order_is_offered() -> None:
    book = rebalance_book()
    client = signed_in(book)
    row = planned(book, client)
    assert "Preview" not in client.get(f"{URL}{row.pk}/").content.decode()
    answer = client.post(f"{URL}{row.pk}/orders/", {"plan": "greedy", "side": "sell"})
    assert "None of these trades is in an account at the broker." in answer.content.decode()


def test_a_plan_or_a_side_that_there_is_not_is_not_found() -> None:
    book = rebalance_book()
    client = signed_in(book)
    row = planned(book, client)
    for said in ({"plan": "best", "side": "sell"}, {"plan": "greedy", "side": "hold"}):
        assert client.post(f"{URL}{row.pk}/orders/", said).status_code == 404


def test_orders_of_a_plan_name_their_lots_and_say_where_they_come_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The controls are trading's own to test; here they let everything through."""
    book = rebalance_book()
    BrokerAccountFactory.create(portfolio=book.taxable, code="DU1000001")
    client = signed_in(book)
    row = planned(book, client)
    seen: dict[str, Any] = {}

    def trade(user: Any, request: Any, **rest: Any) -> Any:
        seen.update(request=request, **rest)
        order = Order(pk=row.pk)
        return type("Answer", (), {"body": rest["render"]([order])})

    monkeypatch.setattr("taxharvest.services.rebalance_orders.trade", trade)
    said = {"plan": "greedy", "side": "sell", "key": "k1", "confirmed": "wash_sale"}
    answer = client.post(f"{URL}{row.pk}/orders/send/", said)
    assert answer.status_code == 303
    (order,) = seen["request"].orders
    assert (order.portfolio_id, order.instrument_id, order.ticket.quantity) == (
        book.taxable.pk,
        book.acme.pk,
        20,
    )
    assert [lot.quantity for lot in order.lots] == [20]
    assert (seen["request"].origin, seen["request"].origin_id) == ("rebalance", row.pk)
    assert seen["request"].confirmed == {"wash_sale"}
    assert (seen["key"], seen["content"]["side"]) == ("k1", "sell")


def test_a_gateway_that_is_not_there_is_said_on_the_page() -> None:
    book = rebalance_book()
    BrokerAccountFactory.create(portfolio=book.taxable, code="DU1000001")
    client = signed_in(book)
    row = planned(book, client)
    answer = client.post(f"{URL}{row.pk}/orders/", {"plan": "greedy", "side": "sell"})
    assert answer.status_code == 422
    assert "Not sent" in answer.content.decode()
    assert not Order.objects.exists()


def test_whoever_sees_one_account_alone_finds_nothing() -> None:
    book = rebalance_book()
    row = planned(book, signed_in(book))
    other = MemberFactory(household=book.taxable.household, sees_all=False)
    client = Client()
    client.force_login(other.user)
    assert client.get(URL).status_code == 404
    assert client.get(f"{URL}{row.pk}/").status_code == 404
