"""The pages of the what-if and of the wash watch: what they show, refuse, and to whom."""

import csv
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portfolios.models import Lot
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import buy
from tests.portfolios.query_counts import query_count_held
from tests.portfolios.small_book import derive
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db
WHAT_IF, WATCH = "/tax/what-if/", "/tax/wash-watch/"


@pytest.fixture
def book(client: Client) -> WashBook:
    """The book, with Ann signed in."""
    book = wash_book()
    client.force_login(book.ann)
    return book


def asked(book: WashBook, **facts: Any) -> dict[str, str]:
    """The address of a sale of ten ACME at 10."""
    values = {
        "instrument": str(book.acme.pk),
        "portfolio": str(book.taxable.pk),
        "quantity": "10",
        "price": "10",
        "fees": "",
        "day": timezone.localdate().isoformat(),
    }
    return values | facts


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- What if -----------------------------------------------------------------------------------------


def test_without_a_holding_the_page_offers_those_that_are_held(client: Client, book: WashBook) -> None:
    shown = text(client.get(WHAT_IF))

    assert f"{WHAT_IF}?instrument={book.acme.pk}&amp;portfolio={book.ira.pk}" in shown


def test_somebody_who_holds_nothing_is_told_so(client: Client) -> None:
    client.force_login(MemberFactory().user)

    assert "Nothing is held yet" in text(client.get(WHAT_IF))


def test_the_form_starts_with_all_shares_of_the_account_at_the_last_close(
    client: Client, book: WashBook
) -> None:
    shown = text(client.get(WHAT_IF, {"instrument": str(book.acme.pk), "portfolio": str(book.ira.pk)}))

    assert f'<option value="{book.ira.pk}" selected>Ben, IRA, 6 held' in shown
    assert 'name="quantity" value="6"' in shown
    assert 'name="price" value="10"' in shown
    assert "Choices of lots" not in shown


def test_every_choice_of_lots_is_a_row_with_its_verdict(client: Client, book: WashBook) -> None:
    response = client.get(WHAT_IF, asked(book))
    shown = text(response)

    assert response.status_code == 200
    assert len(response.context["rows"]) == 11
    assert "partly washed: 24.00 USD lost for good" in shown
    assert "Complete the tax profile" in shown
    assert "Ben, IRA" in shown


def test_a_part_is_enough_for_the_script(client: Client, book: WashBook) -> None:
    shown = text(client.get(WHAT_IF, asked(book), headers={"HX-Request": "true"}))

    assert shown.startswith('<div id="outcome"')
    assert "<html" not in shown


def test_a_row_that_is_chosen_shows_its_lots(client: Client, book: WashBook) -> None:
    response = client.get(WHAT_IF, asked(book, quantity="4", chosen="hifo"))

    assert response.context["chosen"].strategy.key == "hifo"
    assert [lot["taken"] for lot in response.context["lots"]] == ["4"]
    unknown = client.get(WHAT_IF, asked(book, chosen="nonsense"))
    assert unknown.context["chosen"].strategy.key == "fifo"


def test_named_lots_are_a_row_of_their_own(client: Client, book: WashBook) -> None:
    lot = Lot.objects.get(portfolio=book.taxable, instrument=book.acme)
    named = {f"lot_{lot.root_id.hex}": "10", f"lot_{5:032x}": "0", f"lot_{6:032x}": ""}
    response = client.get(WHAT_IF, asked(book, **named))

    assert response.context["chosen"].strategy.key == "specific"
    assert len(response.context["rows"]) == 12


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"quantity": "11"}, "This account holds 10 on "),
        ({"quantity": "0"}, "Say how many shares, above zero."),
        ({"quantity": "many"}, "Enter a number."),
        ({"day": "9999-12-31"}, "This looks ahead: choose a day from today on, ten years away at most."),
        ({"day": "2020-01-02"}, "This looks ahead: choose a day from today on, ten years away at most."),
        ({"lot_5": "10"}, "There is no such lot."),
        ({f"lot_{5:032x}": "10"}, "was not open in this account"),
        ({f"lot_{5:032x}": "ten"}, "“ten” is not a number"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_reckoned(
    client: Client, book: WashBook, facts: dict[str, str], sentence: str
) -> None:
    response = client.get(WHAT_IF, asked(book, **facts))

    assert response.status_code == 422
    assert sentence in text(response)
    assert response.context["report"] is None


def test_what_is_not_held_any_more_cannot_be_sold(client: Client, book: WashBook) -> None:
    transactions_record(portfolio=book.taxable, parsed=[buy(ago(9), 1, "9", symbol="GONE")], source="test")
    gone = book.taxable.transactions.get(instrument__symbol="GONE").instrument_id

    assert "Nothing is held of it" in text(client.get(WHAT_IF, {"instrument": str(gone)}))


def test_what_is_not_yours_is_not_found(client: Client, book: WashBook) -> None:
    client.force_login(MemberFactory().user)

    for query in (asked(book), {"instrument": str(book.acme.pk)}, {"instrument": "x"}):
        assert client.get(WHAT_IF, query).status_code == 404
    client.logout()
    assert client.get(WHAT_IF).status_code == 302


def test_the_holding_leads_to_it(client: Client, book: WashBook) -> None:
    shown = text(client.get(reverse("portfolios:holding_detail", args=[book.acme.pk])))

    assert "What if I sell" in shown


# --- Wash watch --------------------------------------------------------------------------------------


def test_both_tabs_name_money_cause_and_the_first_free_date(client: Client, book: WashBook) -> None:
    sold = text(client.get(WATCH))
    bought = text(client.get(WATCH, {"tab": "bought"}))

    assert "lost for good" in sold
    assert "Ben, IRA" in sold
    assert "in 17 days" in sold
    assert "dividends are reinvested" in bought
    assert "in 21 days" in bought


def test_an_empty_watch_says_nothing(client: Client) -> None:
    client.force_login(MemberFactory().user)

    assert "Nothing that could be sold at a loss today would be washed." in text(client.get(WATCH))
    assert "Nothing was sold at a loss in the last 30 days" in text(client.get(WATCH, {"tab": "bought"}))


def test_positions_that_cannot_be_judged_are_named(client: Client, book: WashBook) -> None:
    book.acme.prices.all().delete()

    assert "Not judged for want of a price or a basis: ACME in Ann, Taxable" in text(client.get(WATCH))


@pytest.mark.parametrize(
    ("tab", "first"),
    [
        ("sold", ["ACME", "Ann, Taxable", "10", "40", "6", "0", "24", "USD"]),
        ("bought", ["BETA", "Ann, Taxable", None, "6", "60", "USD", "", "", "BETA in Ben, IRA", "21"]),
    ],
)
def test_a_tab_is_exported_as_it_stands(
    client: Client, book: WashBook, tab: str, first: list[str | None]
) -> None:
    response = client.get(reverse("taxharvest:wash_watch_export"), {"tab": tab})
    lines = list(csv.reader(b"".join(response).decode().removeprefix("\ufeff").splitlines()))

    assert lines[0][0].startswith("WealthAlloc wash watch, if ")
    assert [got for got, want in zip(lines[2], first, strict=False) if want is not None] == [
        want for want in first if want is not None
    ]


def test_the_pages_take_a_fixed_number_of_queries(client: Client, book: WashBook) -> None:
    rows = [buy(ago(20), 1, "99", symbol=f"S{number}") for number in range(10)]
    transactions_record(portfolio=book.ira, parsed=rows, source="test")
    derive(book.taxable)
    for name, address, query in (
        ("what_if", WHAT_IF, asked(book)),
        ("wash_watch", WATCH, {}),
    ):
        client.get(address, query)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, query).status_code == 200
        query_count_held(name, len(queries))
