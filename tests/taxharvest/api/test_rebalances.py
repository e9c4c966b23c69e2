"""Rebalancing over the API: asked, listed, and told with both plans."""

import pytest
from rest_framework.test import APIClient

from tests.factories.accounts import MemberFactory
from tests.taxharvest.rebalance_book import RebalanceBook, rebalance_book

pytestmark = pytest.mark.django_db
URL = "/api/v1/rebalances"


def client_of(book: RebalanceBook) -> APIClient:
    client = APIClient()
    client.force_authenticate(book.user)
    return client


def asked(book: RebalanceBook, **fields: object) -> dict[str, object]:
    return {"accounts": [str(book.taxable.pk), str(book.ira.pk)]} | fields


def test_what_is_asked_is_told_with_both_plans() -> None:
    book = rebalance_book()
    client = client_of(book)
    sent = client.post(URL, asked(book, gain_budget="500"), format="json")
    assert sent.status_code == 202
    told = client.get(f"{URL}/{sent.json()['id']}").json()
    assert (told["state"], told["wish"]["gain_budget"]) == ("done", "500.00")
    sale = next(one for one in told["greedy"]["trades"] if one["side"] == "sell")
    assert (sale["symbol"], sale["quantity"], sale["lots"][0]["gain"]) == ("ACME", "10", "500.00")
    assert {one["constraint"] for one in told["greedy"]["not_done"]} >= {"gain_budget"}
    assert told["convex"]["name"] == "convex"
    (listed,) = client.get(URL).json()["results"]
    assert listed["id"] == told["id"]
    assert "greedy" not in listed


def test_fields_at_fault_are_named() -> None:
    book = rebalance_book()
    client = client_of(book)
    refused = client.post(URL, {"accounts": []}, format="json")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["accounts"])
    flows = [{"account": str(book.ira.pk), "amount": "10"}]
    refused = client.post(URL, {"accounts": [str(book.taxable.pk)], "flows": flows}, format="json")
    assert list(refused.json()["errors"]) == ["flows"]


def test_nobody_else_finds_it() -> None:
    book = rebalance_book()
    made = client_of(book).post(URL, asked(book), format="json").json()
    stranger = APIClient()
    stranger.force_authenticate(MemberFactory().user)
    assert stranger.get(f"{URL}/{made['id']}").status_code == 404
    assert stranger.get(URL).json()["results"] == []
    assert stranger.post(URL, asked(book), format="json").status_code == 400
