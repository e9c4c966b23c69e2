"""The list of places and what pages are given of it."""

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import include, path

from wealthalloc import navigation
from wealthalloc.navigation import PLACES, Place


def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.path)


urlpatterns = [
    path("", _page, name="home"),
    path("books/", include(([path("", _page, name="list"), path("rows/", _page, name="rows")], "books"))),
]

SOME = (
    (
        Place("home", "Home", "house", key="d", dock="Home"),
        Place("books:list", "Books", "wallet", dock="Books"),
    ),
    (Place("books:rows", "Rows", "list", key="r"), Place("nowhere:yet", "Later", "clock", key="z")),
)


pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def _some_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "PLACES", SOME)


def _at(address: str) -> dict[str, Any]:
    given: dict[str, Any] = navigation.navigation(RequestFactory().get(address))["navigation"]
    return given


def _current(address: str) -> list[str]:
    return [entry["label"] for group in _at(address)["groups"] for entry in group if entry["current"]]


def test_a_place_without_a_page_is_left_out() -> None:
    assert [entry["label"] for group in _at("/")["groups"] for entry in group] == ["Home", "Books", "Rows"]


@pytest.mark.parametrize(
    ("address", "label"),
    [("/", "Home"), ("/books/", "Books"), ("/books/7/", "Books"), ("/books/rows/3/", "Rows")],
)
def test_the_current_place_is_the_one_whose_address_reaches_furthest(address: str, label: str) -> None:
    assert _current(address) == [label]


def test_home_is_not_current_on_every_page() -> None:
    assert _current("/elsewhere/") == []


def test_jump_keys_lead_to_their_pages() -> None:
    assert json.loads(str(_at("/")["jumps_json"])) == {"d": "/", "r": "/books/rows/"}


def test_every_jump_key_and_icon_of_the_product_is_its_own() -> None:
    places = [place for group in PLACES for place in group]
    keys = [place.key for place in places if place.key]
    assert len(keys) == len(set(keys))
    assert "g" not in keys
