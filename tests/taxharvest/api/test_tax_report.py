"""The tax report and the closed pieces over the API."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories.accounts import GrantFactory, MemberFactory
from tests.taxharvest.tax_book import TaxBook, profile, tax_book

pytestmark = pytest.mark.django_db
REPORT = "/api/v1/tax/report"


@pytest.fixture
def book() -> TaxBook:
    return tax_book()


@pytest.fixture
def client(book: TaxBook) -> APIClient:
    client = APIClient()
    client.force_authenticate(book.user)
    return client


def report(client: APIClient, **query: Any) -> dict[str, Any]:
    response = client.get(REPORT, {"year": 2025, **query})
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def test_the_report_holds_the_figures_of_the_centre(client: APIClient, book: TaxBook) -> None:
    profile(book)
    answer = report(client)

    assert answer["realised"] == {"short": "-120.00", "long": "500.00", "incomplete": 1}
    assert answer["washed"] == {"deferred": "100.00", "permanent": "80.00"}
    assert answer["income"] == {
        "qualified": "17.00",
        "ordinary": "7.00",
        "interest": "3.00",
        "rateless": 0,
    }
    assert answer["tax"]["from_investments"] == {"lowest": "53.59", "highest": "53.59"}
    assert (answer["unrealised"], answer["reason"]) == (None, "")


def test_what_is_not_available_is_null_with_its_reason(client: APIClient) -> None:
    answer = report(client, form="schedule_d")

    assert (answer["tax"], answer["form"]) == (None, None)
    assert answer["reason"] == (
        "No filing status was entered for 2025, and every rate and limit depends on it."
    )
    assert answer["form_reason"] == f"Schedule D of 2025 cannot be made. {answer['reason']}"


def test_the_report_holds_the_form_that_is_asked_for(client: APIClient) -> None:
    assert [part["box"] for part in report(client)["form"]["sections"]] == ["C", "F"]
    assert report(client, form="1099b")["form"]["totals"]["1g"] == "100.00"


@pytest.mark.parametrize(
    ("query", "field"), [({"year": "soon"}, "year"), ({"year": 9999}, "year"), ({"form": "1040"}, "form")]
)
def test_a_bad_value_is_refused_by_its_field(client: APIClient, query: dict[str, Any], field: str) -> None:
    response = client.get(REPORT, query)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_the_report_is_asked_about_again_by_its_tag(client: APIClient) -> None:
    tag = client.get(REPORT, {"year": 2025})["ETag"]

    assert client.get(REPORT, {"year": 2025}, HTTP_IF_NONE_MATCH=tag).status_code == 304


def test_a_reader_is_told_no_income(book: TaxBook) -> None:
    profile(book)
    reader = MemberFactory().user
    GrantFactory(household=book.taxable.household, grantee=reader, granted_by=book.user)
    client = APIClient()
    client.force_authenticate(reader)
    answer = report(client, household=book.taxable.household_id)

    assert (answer["tax"], answer["realised"]["long"]) == (None, "500.00")


def test_closed_pieces_come_latest_first_with_what_was_washed(client: APIClient, book: TaxBook) -> None:
    address = f"/api/v1/portfolio/{book.taxable.pk}/disposals"
    answer = client.get(address, {"page_size": 2}).json()
    washed = next(row for row in answer["results"] if row["quantity"] == "4")

    assert [row["symbol"] for row in answer["results"]] == ["BETA", "BETA"]
    assert (washed["gain_base"], washed["disallowed_base"], washed["permanent_base"]) == (
        "-80",
        "80",
        "80",
    )
    assert washed["recognised_base"] == "0"
    assert [row["symbol"] for row in client.get(answer["next"]).json()["results"]] == ["MISS", "GAMA"]


def test_closed_pieces_are_filtered_by_day_term_and_symbol(client: APIClient, book: TaxBook) -> None:
    address = f"/api/v1/portfolio/{book.taxable.pk}/disposals"

    def symbols(**query: str) -> list[str]:
        return [row["symbol"] for row in client.get(address, query).json()["results"]]

    assert symbols(term="long") == ["ACME"]
    assert symbols(symbol="gama") == ["GAMA"]
    assert symbols(first="2025-06-02", last="2025-07-01") == ["MISS", "GAMA"]
