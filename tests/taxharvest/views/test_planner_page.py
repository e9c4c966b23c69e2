"""The planner's page and operation: what is held, what was typed, and the return after it."""

from decimal import Decimal

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import TaxProfile
from portfolios.models import RecurringPurchase
from tests.factories.accounts import MemberFactory
from tests.taxharvest.rebalance_book import RebalanceBook, rebalance_book
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db
URL, API = "/tax/planner/", "/api/v1/tax/planner"


def signed_in(book: RebalanceBook | WashBook) -> Client:
    client = Client()
    client.force_login(book.user if isinstance(book, RebalanceBook) else book.ann)
    return client


def api(book: RebalanceBook | WashBook) -> APIClient:
    client = APIClient()
    client.force_authenticate(book.user if isinstance(book, RebalanceBook) else book.ann)
    return client


def test_a_household_without_positions_is_told_what_will_stand_here() -> None:
    member = MemberFactory()
    client = Client()
    client.force_login(member.user)
    page = client.get(URL)
    assert page.status_code == 200
    assert "Losses and gains on what the taxable accounts hold will stand here" in page.content.decode()


def test_losses_and_gains_stand_with_what_they_are_worth() -> None:
    """BETA lost 1,000, bought 100 days ago; ACME gained 3,000, held 600 days. A single 120,000."""
    found = api(rebalance_book()).get(API).json()
    (loss,), (gain,) = found["losses"], found["gains"]
    assert (loss["symbol"], loss["term"], loss["loss"], loss["counted"]) == ("BETA", "short", "1000", "1000")
    assert loss["worth"] == {"lowest": "240", "highest": "240"}
    assert (gain["symbol"], gain["term"], gain["gain"]) == ("ACME", "long", "3000")
    assert gain["cost"] == {"lowest": "450", "highest": "450"}
    assert found["rooms"] == {"within_losses": "0", "at_zero": "0"}


def test_what_is_typed_changes_the_return() -> None:
    book = rebalance_book()
    key = api(book).get(API).json()["losses"][0]["key"]
    plan = api(book).get(API, {key: "500"}).json()["plan"]
    assert (plan["before"]["net"], plan["after"]["net"], plan["after"]["deducted"]) == ("0", "-500", "500")
    assert plan["change"] == {"lowest": "-120", "highest": "-120"}
    page = signed_in(book).get(URL, {key: "500"}).content.decode()
    assert "−500.00" in page
    assert 'value="500"' in page


def test_htmx_gets_the_return_alone() -> None:
    book = rebalance_book()
    part = signed_in(book).get(URL, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    assert "<html" not in part


def test_an_amount_that_cannot_be_read_is_refused() -> None:
    book = rebalance_book()
    key = api(book).get(API).json()["losses"][0]["key"]
    page = signed_in(book).get(URL, {key: "much"})
    assert page.status_code == 422
    assert "“much” is not a number" in page.content.decode()
    refused = api(book).get(API, {key: "much"})
    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == [key]


def test_a_loss_that_the_spouse_would_wash_counts_in_part() -> None:
    """Ann's 10 ACME lost 40; Ben bought 6 of them 14 days ago, so 24 would be washed."""
    found = api(wash_book()).get(API).json()
    loss = next(one for one in found["losses"] if one["symbol"] == "ACME")
    assert (loss["loss"], loss["counted"], loss["washed"]) == ("40", "16", "24")
    assert loss["free_on"] == ago(14 - 31).isoformat()


def test_without_a_filing_status_no_tax_is_told() -> None:
    book = rebalance_book(has_profile=False)
    found = api(book).get(API).json()
    assert (found["plan"], found["losses"][0]["worth"], found["rooms"]) == (None, None, None)
    assert "No filing status was entered" in signed_in(book).get(URL).content.decode()


def test_without_an_income_taxes_are_ranges() -> None:
    book = rebalance_book()
    TaxProfile.objects.update(ordinary_income=None)
    found = api(book).get(API).json()
    worth = found["losses"][0]["worth"]
    assert Decimal(worth["lowest"]) < Decimal(worth["highest"])
    assert found["rooms"]["at_zero"] is None
    assert "so taxes are ranges over every income" in signed_in(book).get(URL).content.decode()


def test_a_purchase_that_falls_into_a_window_is_named() -> None:
    book = rebalance_book()
    RecurringPurchase.objects.create(
        portfolio=book.ira, instrument=book.beta, amount=Decimal(100), currency="USD", next_on=ago(-3)
    )
    page = signed_in(book).get(URL).content.decode()
    assert "Monthly purchase of BETA in Ann, IRA" in page
