"""The page that names the lots of a sale: what it offers, keeps and refuses, until when, and to whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portfolios.models import LotSelection, Portfolio, Transaction
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import PortfolioFactory, buy, sell

pytestmark = pytest.mark.django_db


def sale_of(days_ago: int) -> Transaction:
    """Four of eleven shares, sold some days ago; six of them cost 100 each, five 120."""
    sold = timezone.localdate() - timedelta(days=days_ago)
    portfolio = PortfolioFactory(name="Ann, Taxable")
    rows = [
        buy(sold - timedelta(days=500), 6, "600"),
        buy(sold - timedelta(days=5), 5, "600"),
        sell(sold, 4, "440", settle_date=sold + timedelta(days=2)),
    ]
    transactions_record(portfolio=portfolio, parsed=rows, source="test")
    book_derive(household_id=portfolio.household_id)
    return Transaction.objects.get(kind="sell")


def address(sale: Transaction) -> str:
    return reverse("portfolios:choose_lots", args=[sale.pk])


def owner(client: Client, portfolio: Portfolio) -> Client:
    assert portfolio.holder.user is not None
    client.force_login(portfolio.holder.user)
    return client


def fields_of(client: Client, sale: Transaction) -> list[str]:
    return list(client.get(address(sale)).context["form"].fields)


def test_lots_are_offered_and_a_choice_is_kept(client: Client) -> None:
    sale = sale_of(0)
    owner(client, sale.portfolio)
    page = " ".join(client.get(address(sale)).content.decode().split())
    old, new = fields_of(client, sale)

    response = client.post(address(sale), {old: "1", new: "3"})

    assert "Name these lots" in page
    assert "The oldest first (FIFO)" in page
    assert response.status_code == 303
    assert [lot["quantity"] for lot in LotSelection.objects.get().lots] == ["1", "3"]
    assert client.get(address(sale)).context["form"][new].value() == "3"


def test_a_choice_can_be_left_to_the_method_again(client: Client) -> None:
    sale = sale_of(0)
    owner(client, sale.portfolio)
    old, _ = fields_of(client, sale)
    client.post(address(sale), {old: "4"})

    client.post(address(sale), {old: "4", "method": "1"})

    assert [row.lots for row in LotSelection.objects.order_by("chosen_at")][1:] == [[]]


def test_what_does_not_add_up_is_refused_and_said(client: Client) -> None:
    sale = sale_of(0)
    owner(client, sale.portfolio)
    old, new = fields_of(client, sale)

    response = client.post(address(sale), {old: "2", new: "-1"})
    short = client.post(address(sale), {old: "2", new: "1"})

    assert (response.status_code, short.status_code) == (422, 422)
    assert list(response.context["form"].errors) == [new]
    assert short.context["form"].non_field_errors() == [
        "The lots add up to 3 shares, but 4 were sold: 1 too few."
    ]
    assert not LotSelection.objects.exists()


def test_after_the_settlement_the_page_only_tells_and_says_why(client: Client) -> None:
    sale = sale_of(10)
    owner(client, sale.portfolio)
    old, _ = fields_of(client, sale)

    page = client.get(address(sale)).content.decode()
    response = client.post(address(sale), {old: "4"})

    assert "since then its lots stay" in page
    assert "Name these lots" not in page
    assert response.status_code == 422
    assert not LotSelection.objects.exists()


def test_the_row_leads_to_its_lots_with_a_word_that_fits(client: Client) -> None:
    now = sale_of(0)
    owner(client, now.portfolio)
    text = client.get(reverse("portfolios:transaction_detail", args=[now.pk])).content.decode()
    assert f'{address(now)}">Choose lots</a>' in text
    purchase = Transaction.objects.filter(kind="buy").first()
    assert purchase is not None
    assert client.get(address(purchase)).status_code == 404


def test_a_reader_may_look_and_not_choose_and_a_stranger_finds_nothing(client: Client) -> None:
    sale = sale_of(0)
    reader = GrantFactory(household=sale.portfolio.household, scope="read").grantee
    client.force_login(reader)
    page = client.get(address(sale))
    assert page.status_code == 200
    assert "You may look at this account, and not record into it." in page.content.decode()
    assert client.post(address(sale), {}).status_code == 404

    client.force_login(MemberFactory().user)
    assert client.get(address(sale)).status_code == 404
    assert client.post(address(sale), {}).status_code == 404
    assert not LotSelection.objects.exists()
