"""The page of targets and its operations: editing weights, and refusals beside their fields."""

from decimal import Decimal

import pytest
from django.test import Client
from rest_framework.test import APIClient

from portfolios.models import Target
from tests.factories.accounts import MemberFactory
from tests.portfolios.small_book import SmallBook, small_book

pytestmark = pytest.mark.django_db
URL = "/allocation/targets/"
API = "/api/v1/targets"


def signed_in(book: SmallBook) -> Client:
    client = Client()
    client.force_login(book.user)
    return client


def row(place: int, key: str, weight: str, kind: str = "instrument") -> dict[str, str]:
    return {f"kind_{place}": kind, f"key_{place}": key, f"weight_{place}": weight, f"band_{place}": "5"}


def test_without_targets_the_page_says_what_they_are() -> None:
    page = signed_in(small_book()).get(URL)
    assert page.status_code == 200
    assert "There are no targets yet." in page.content.decode()


def test_what_is_saved_stands_there_with_its_drift() -> None:
    book = small_book()
    client = signed_in(book)
    sent = client.post(
        URL, {"rows_shown": "3", **row(0, "ACME", "40"), **row(1, "stocks", "12.5", "asset_class")}
    )
    assert (sent.status_code, sent["Location"]) == (303, URL)
    assert set(Target.objects.values_list("kind", "key", "weight", "band")) == {
        ("instrument", "ACME", Decimal("0.4"), Decimal("0.05")),
        ("asset_class", "stock", Decimal("0.125"), Decimal("0.05")),
    }
    page = client.get(URL).content.decode()
    assert 'value="ACME"' in page
    assert 'value="Stocks"' in page
    assert "47.5" in page  # left for cash


def test_an_emptied_name_gives_the_target_up() -> None:
    book = small_book()
    client = signed_in(book)
    client.post(URL, {"rows_shown": "2", **row(0, "ACME", "40"), **row(1, "BETA", "10")})
    client.post(URL, {"rows_shown": "2", **row(0, "", "40"), **row(1, "BETA", "10")})
    assert list(Target.objects.values_list("key", flat=True)) == ["BETA"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({**row(1, "ZETA", "40")}, "“ZETA” is not the symbol"),
        ({**row(0, "ACME", "60"), **row(1, "BETA", "60")}, "The weights add up to 120 %: 100 % at most."),
        ({**row(0, "ACME", "")}, "Say how much of the wealth it should be."),
        ({**row(0, "ACME", "many")}, "A percentage, such as 12.5."),
        ({**row(0, "ACME", "101")}, "less than or equal to 100"),
    ],
)
def test_a_refusal_stands_beside_its_field(rows: dict[str, str], words: str) -> None:
    answer = signed_in(small_book()).post(URL, {"rows_shown": "2", **rows})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Target.objects.exists()


def test_whoever_sees_one_account_alone_finds_no_targets() -> None:
    book = small_book()
    other = MemberFactory(household=book.portfolio.household, sees_all=False)
    client = Client()
    client.force_login(other.user)
    assert client.get(URL).status_code == 404
    assert client.get(API).status_code == 404


def test_the_api_sets_and_tells_them() -> None:
    book = small_book()
    client = APIClient()
    client.force_authenticate(book.user)
    sent = client.put(
        API, {"targets": [{"kind": "instrument", "key": "ACME", "weight": "0.4"}]}, format="json"
    )
    assert sent.status_code == 200
    (told,) = client.get(API).json()["targets"]
    assert (told["key"], told["target"], told["band"]) == ("ACME", "0.4", "0.05")
    refused = client.put(API, {"targets": [{"kind": "sector", "key": "X", "weight": "0.4"}]}, format="json")
    assert refused.status_code == 400
    assert refused.json()["errors"] == {
        "targets.0.key": ["No instrument of this household is of the sector “X”."]
    }
