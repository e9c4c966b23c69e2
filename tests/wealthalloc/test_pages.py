"""The roof's pages: welcome, dashboard, search, and what browsers and machines ask for."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from portfolios.models import Price
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory
from tests.factories.portfolios import PortfolioFactory
from tests.portfolios.small_book import SmallBook, derive, small_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> SmallBook:
    return small_book()


@pytest.fixture
def person(client: Client, book: SmallBook) -> Client:
    client.force_login(book.user)
    return client


def text(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_welcome_page_has_the_door_of_the_demo_only_where_there_is_one(
    client: Client, settings: Settings
) -> None:
    settings.DEMO = True
    assert "Take the tour" in text(client, "/")
    settings.DEMO = False
    page = text(client, "/")
    assert "Take the tour" not in page
    assert "Import my statement" in page


def test_somebody_signed_in_is_led_to_the_dashboard(person: Client) -> None:
    assert person.get("/")["Location"] == reverse("dashboard")


def test_the_dashboard_shows_the_number_its_change_and_the_figures(person: Client) -> None:
    page = text(person, f"{reverse('dashboard')}?interval=all")
    assert '$10,122<span class="cents">.00</span>' in page
    for shown in ("+$122.00", "+1.22", "+$40.00", "$12.00", "$9,202.00", "Ann, Taxable"):
        assert shown in page


def test_the_interval_picker_swaps_its_part_alone(person: Client) -> None:
    part = text(person, f"{reverse('dashboard')}?interval=1d", **{"HX-Request": "true"})
    assert part.startswith('<section id="value"')
    assert "+$10.00" in part


def test_a_value_that_cannot_be_known_is_a_word_with_its_reason(person: Client, book: SmallBook) -> None:
    Price.objects.filter(instrument=book.beta).delete()
    derive(book.portfolio)
    page = text(person, reverse("dashboard"))
    assert "No usable price or rate for BETA." in page
    assert '<span class="headline"><span class="missing">unknown</span></span>' in page


def test_a_new_household_sees_three_steps_and_the_next_one_is_the_button(client: Client) -> None:
    member = MemberFactory()
    client.force_login(member.user)
    page = text(client, reverse("dashboard"))
    assert f'href="{reverse("portfolios:portfolio_new")}">Open an account' in page
    PortfolioFactory(holder=member)
    assert f'href="{reverse("portfolios:import_new")}">Import a statement' in text(
        client, reverse("dashboard")
    )


def test_somebody_without_a_household_is_told_so(client: Client) -> None:
    client.force_login(UserFactory())
    assert "You belong to no household" in text(client, reverse("dashboard"))


def test_an_adviser_sees_a_granted_household_and_can_switch(client: Client, book: SmallBook) -> None:
    adviser = MemberFactory().user
    other = small_book("Bob, Taxable")
    for granted in (book, other):
        GrantFactory(household=granted.portfolio.household, grantee=adviser)
    client.force_login(adviser)
    address = f"{reverse('dashboard')}?household={other.portfolio.household_id}"
    page = text(client, address)
    assert "Bob, Taxable" in page
    assert book.portfolio.household.name in page  # the tab that leads to the other one


def test_a_day_opens_as_a_pane_and_a_day_that_is_none_is_not_found(person: Client) -> None:
    pane = text(person, reverse("dashboard_day", args=["2026-02-06"]), **{"HX-Request": "true"})
    assert "What happened on 6 Feb 2026" in pane
    assert "+$10.00" in pane
    assert "+60.00" in pane
    assert person.get(reverse("dashboard_day", args=["2026-02-31"])).status_code == 404


def test_the_palette_finds_symbols_and_accounts(person: Client, book: SmallBook) -> None:
    found = text(person, f"{reverse('palette')}?q=acm")
    assert reverse("portfolios:holding_detail", args=[book.acme.pk]) in found
    assert reverse("portfolios:portfolio_detail", args=[book.portfolio.pk]) in text(
        person, f"{reverse('palette')}?q=taxable"
    )


def test_health_asks_nobody_and_readiness_names_each_dependency(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert set(ready.json()["dependencies"]) == {"database", "cache"}


def test_a_dependency_that_does_not_answer_is_named_with_503(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise ConnectionError

    monkeypatch.setattr("wealthalloc.views._ask_cache", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["dependencies"] == {"database": "ok", "cache": "ConnectionError"}


def test_a_browser_gets_its_manifest_worker_and_offline_page(client: Client) -> None:
    manifest = client.get(reverse("manifest"))
    assert manifest["Content-Type"] == "application/manifest+json"
    assert manifest.json()["start_url"] == reverse("dashboard")
    worker = client.get(reverse("service_worker"))
    assert (worker["Content-Type"], worker["Service-Worker-Allowed"]) == ("text/javascript", "/")
    assert client.get(reverse("offline")).status_code == 200


def test_the_demo_person_reads_on_every_page_that_the_household_is_invented(
    person: Client, book: SmallBook, settings: Settings
) -> None:
    settings.DEMO = True
    address = reverse("portfolios:transaction_list")
    assert "An invented household" not in text(person, address)
    book.user.is_demo = True
    book.user.save()
    assert "An invented household" in text(person, address)
