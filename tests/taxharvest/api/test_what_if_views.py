"""The operations of the what-if and of the wash watch."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.tokens import token_issue
from portfolios.models import Lot
from tests.factories.accounts import PASSWORD, MemberFactory
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db
WHAT_IF, WATCH = "/api/v1/tax/what-if", "/api/v1/tax/wash-watch"


@pytest.fixture
def book() -> WashBook:
    return wash_book()


def bearer(user: User) -> dict[str, str]:
    """The header of somebody who signed in."""
    access = token_issue(
        email=user.email, password=PASSWORD, code="", address="192.0.2.1", client="t", now=timezone.now()
    ).access
    return {"Authorization": f"Bearer {access}"}


def sale(book: WashBook, **facts: Any) -> dict[str, Any]:
    return {
        "portfolio": str(book.taxable.pk),
        "instrument": str(book.acme.pk),
        "quantity": "10",
        "price": "10",
    } | facts


def post(client: Client, user: User, body: dict[str, Any]) -> Any:
    return client.post(WHAT_IF, body, content_type="application/json", headers=bearer(user))


def test_a_sale_is_answered_by_every_choice_of_lots(client: Client, book: WashBook) -> None:
    answer = post(client, book.ann, sale(book)).json()

    fifo = answer["strategies"][0]
    assert (answer["currency"], answer["recommended"], answer["rates"]) == ("USD", "", None)
    assert (fifo["key"], fifo["lost_for_good"], fifo["deferred"], fifo["tax"]) == ("fifo", "24", "0", None)
    assert (fifo["short_gain"], fifo["long_gain"], fifo["proceeds"]) == ("-16", "0", "100")
    assert (fifo["free_on"], fifo["open_until"], fifo["after_tax"]) == (
        ago(-17).isoformat(),
        ago(-30).isoformat(),
        None,
    )
    assert [(cause["account"], cause["disallowed"]) for cause in fifo["causes"]] == [("Ben, IRA", "24")]


def test_rates_and_named_lots_are_in_the_answer(client: Client, book: WashBook) -> None:
    book.taxable.household.tax_profiles.create(
        year=timezone.localdate().year, filing_status="married_joint", ordinary_income=100_000
    )
    lot = Lot.objects.get(portfolio=book.taxable, instrument=book.acme)
    named = [{"lot": str(lot.root_id), "quantity": "10"}]

    answer = post(client, book.ann, sale(book, lots=named, fees="1", price="20")).json()

    assert answer["rates"] == {"short": "0.12", "long": "0.12"}
    assert (answer["recommended"], len(answer["strategies"])) == ("fifo", 12)
    assert answer["strategies"][-1]["key"] == "specific"
    assert (answer["strategies"][-1]["tax"], answer["strategies"][-1]["after_tax"]) == ("7.08", "191.92")


def test_what_cannot_be_is_a_problem_that_names_its_fields(client: Client, book: WashBook) -> None:
    refused = post(client, book.ann, sale(book, quantity="11"))
    nonsense = post(client, book.ann, sale(book, quantity="many"))

    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["quantity"])
    assert refused["Content-Type"] == "application/problem+json"
    assert (nonsense.status_code, list(nonsense.json()["errors"])) == (400, ["quantity"])


def test_what_is_not_yours_is_not_found_and_nobody_is_unauthorised(client: Client, book: WashBook) -> None:
    stranger = MemberFactory().user
    assert stranger is not None

    assert post(client, stranger, sale(book)).status_code == 404
    assert post(client, book.ben, sale(book)).status_code == 404
    assert client.post(WHAT_IF, sale(book), content_type="application/json").status_code == 401
    watch = client.get(WATCH, {"portfolio": str(book.taxable.pk)}, headers=bearer(stranger))
    assert watch.status_code == 404


def test_the_watch_gives_both_sides(client: Client, book: WashBook) -> None:
    answer = client.get(WATCH, headers=bearer(book.ann)).json()

    (selling,), (buying,) = answer["if_sold_today"], answer["if_bought_today"]
    assert (selling["symbol"], selling["loss"], selling["lost_for_good"], selling["days_left"]) == (
        "ACME",
        "40",
        "24",
        17,
    )
    assert (buying["symbol"], buying["loss"], buying["shares"], buying["free_on"]) == (
        "BETA",
        "60",
        "6",
        ago(-21).isoformat(),
    )
    assert answer["not_judged"] == []
