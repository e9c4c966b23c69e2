"""The pages of the tax year: what they show, what they offer instead, and what they refuse."""

import io
import json
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from portfolios.models import Transaction
from portfolios.services.ledger import transactions_record
from taxharvest.forms import reported
from taxharvest.selectors.tax_sales import tax_sales
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import buy, sell
from tests.portfolios.query_counts import query_count_held
from tests.portfolios.small_book import derive
from tests.taxharvest.tax_book import TaxBook, profile, tax_book

pytestmark = pytest.mark.django_db
CENTRE, FORMS, COMPARE = "/tax/?year=2025", "/tax/2025/forms/", "/tax/2025/1099b/"


@pytest.fixture
def book() -> TaxBook:
    return tax_book()


@pytest.fixture
def ann(client: Client, book: TaxBook) -> Client:
    client.force_login(book.user)
    return client


def words_of(client: Client, address: str) -> str:
    """The text of the main part of a page."""
    response = client.get(address)
    assert response.status_code == 200
    return text(response.content)


def text(content: bytes) -> str:
    """What is written between `<main` and its end, without tags."""
    main = content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&#x27;", "'").split())


def test_the_centre_shows_gains_washed_losses_and_the_estimated_tax(ann: Client, book: TaxBook) -> None:
    profile(book)
    words = words_of(ann, CENTRE)

    assert "Realised, short-term −$120.00" in words
    assert "Realised, long-term +$500.00" in words
    assert "Washed, deferred $100.00" in words
    assert "Washed, lost for good $80.00" in words
    assert "Of it, from investments 53.59" in words
    assert "Short-term loss carried in 50.00" in words
    assert "Long-term loss carried in not entered" in words
    assert "Net long-term gain or loss 500.00" in words


def test_the_centre_names_sales_that_are_not_counted(ann: Client) -> None:
    words = words_of(ann, CENTRE)

    assert "1 sale with unknown basis or term is in none of these figures" in words
    assert "5 MISS Ann, Taxable unknown" in words


def test_the_centre_leads_from_a_washed_loss_to_its_explanation(ann: Client) -> None:
    sale = Transaction.objects.get(kind="sell", instrument__symbol="GAMA")

    assert f'<a class="link" href="/transactions/{sale.pk}/">' in ann.get(CENTRE).content.decode()


def test_without_a_filing_status_the_centre_leads_to_the_tax_profile(ann: Client) -> None:
    words = words_of(ann, CENTRE)

    assert "Not available. No filing status was entered for 2025" in words
    assert 'href="/settings/tax/2025/"' in ann.get(CENTRE).content.decode()


def test_an_unknown_income_gives_a_range_and_leads_to_the_tax_profile(ann: Client, book: TaxBook) -> None:
    profile(book, ordinary_income=None)
    words = words_of(ann, CENTRE)

    assert "From investments, at least 0.00" in words
    assert "A range, because the income of 2025 is not known." in words


def test_a_reader_sees_the_sales_and_not_the_income(client: Client, book: TaxBook) -> None:
    profile(book)
    reader = MemberFactory().user
    GrantFactory(household=book.taxable.household, grantee=reader, granted_by=book.user)
    client.force_login(reader)
    words = words_of(client, f"{CENTRE}&household={book.taxable.household_id}")

    assert "Realised, long-term +$500.00" in words
    assert "shown only to members who see all accounts" in words
    assert "100,000" not in words
    assert "carried in" not in words


def test_somebody_without_sales_is_told_what_will_stand_here(client: Client) -> None:
    client.force_login(MemberFactory().user)

    assert "No taxable account sold anything in this year." in words_of(client, "/tax/")


def test_somebody_without_a_household_is_told_how_to_begin(client: Client, book: TaxBook) -> None:
    member = MemberFactory()
    user = member.user
    member.delete()
    client.force_login(user)

    assert "once there is a portfolio" in words_of(client, "/tax/")


@pytest.mark.parametrize(
    "address",
    [
        "/tax/?year=1066",
        "/tax/?year=9999",
        "/tax/?year=soon",
        "/tax/?year=" + "9" * 5000,
        "/tax/?household=none",
        "/tax/9999/forms/",
        "/tax/9999/1099b/",
        "/tax/2025/forms/8949.doc",
        "/tax/2025/forms/1040.pdf",
    ],
)
def test_what_does_not_exist_is_not_found(ann: Client, address: str) -> None:
    assert ann.get(address).status_code == 404


def test_the_forms_show_boxes_totals_and_the_schedule(ann: Client, book: TaxBook) -> None:
    profile(book)
    words = words_of(ann, FORMS)

    assert "Form 8949, Box C Part I: Short-term, no Form 1099-B received" in words
    assert "totals to Schedule D, line 3" in words
    assert "10 sh. GAMA Ann, Taxable 3 Feb 2025" in words
    assert "Form 8949, Box F" in words
    assert "16. Net capital gain or (loss): lines 7 and 15 combined" in words
    assert "The basis is not known." in words


def test_the_forms_show_the_worksheet_where_there_is_a_loss(ann: Client, book: TaxBook) -> None:
    profile(book, carryforward_long=9000)
    words = words_of(ann, FORMS)

    assert "Capital loss carryover worksheet" in words
    assert "Loss from Schedule D line 21, as a positive amount 3,000.00" in words


def test_a_download_is_private_and_named(ann: Client) -> None:
    response = ann.get("/tax/2025/forms/8949.json")

    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"] == 'attachment; filename="8949-2025.json"'
    assert [part["box"] for part in json.loads(response.content)["sections"]] == ["C", "F"]


def test_a_pdf_says_for_whom_and_from_which_state_of_the_book(ann: Client, book: TaxBook) -> None:
    response = ann.get("/tax/2025/forms/8949.pdf")
    page = PdfReader(io.BytesIO(response.content)).pages[0].extract_text()
    assert book.taxable.household.name in page
    assert tax_sales(book.scope, 2025).digest in page


def test_a_form_that_cannot_be_made_sends_back_with_the_reason(ann: Client) -> None:
    response = ann.get(
        "/tax/2025/forms/schedule_d.pdf", headers={"Referer": f"http://testserver{FORMS}"}, follow=True
    )

    assert response.redirect_chain == [(FORMS, 303)]
    assert "Schedule D of 2025 cannot be made." in response.content.decode()


def test_a_file_is_compared_and_not_kept(ann: Client) -> None:
    data = ann.get("/tax/2025/forms/1099b.csv").content
    response = ann.post(COMPARE, {"reported": SimpleUploadedFile("broker.csv", data)})
    words = text(response.content)

    assert response["Cache-Control"] == "private, no-store"
    assert "Agree in everything 3" in words
    assert "Wash: box 1g shows 0.00, over all accounts 80.00 is disallowed" in words
    assert "Differences" not in words_of(ann, COMPARE)


def test_a_bad_file_is_named_with_line_and_field(ann: Client) -> None:
    data = b"Symbol,Quantity,Date acquired,Date sold,Proceeds,Cost\nACME,1,01/02/2025,03/04/2025,many,1\n"
    response = ann.post(COMPARE, {"reported": SimpleUploadedFile("broker.csv", data)})

    assert response.status_code == 422
    assert "broker.csv, line 2, Proceeds:" in text(response.content)


def test_no_file_and_a_file_that_is_too_large_are_refused(
    ann: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Choose a file first." in text(ann.post(COMPARE, {}).content)
    monkeypatch.setattr(reported, "LARGEST_MIB", 0)
    response = ann.post(COMPARE, {"reported": SimpleUploadedFile("broker.csv", b"a")})
    assert "broker.csv is larger than 0 MB." in text(response.content)


@pytest.mark.parametrize(("name", "address"), [("tax_centre", CENTRE), ("tax_forms", FORMS)])
def test_the_number_of_queries_does_not_grow_with_the_sales(
    ann: Client, book: TaxBook, name: str, address: str
) -> None:
    profile(book)
    first = _queries(ann, address)
    transactions = [
        row
        for number in range(15)
        for row in (
            buy(date(2025, 8, 4), 1, "10", f"S{number}"),
            sell(date(2025, 8, 5), 1, "11", f"S{number}"),
        )
    ]
    transactions_record(portfolio=book.taxable, parsed=transactions, source="test")
    derive(book.taxable)

    assert _queries(ann, address) == first
    query_count_held(name, first)


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
