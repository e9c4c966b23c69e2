"""Pages and operations of the guard: the calendar, plans to buy, alerts, its setting."""

import json
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portfolios.engine.policy_words import ELSEWHERE
from portfolios.models import RecurringPurchase
from taxharvest.models import HarvestAlert, WashGuard
from taxharvest.services.wash_alerts import alerts_refresh
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> WashBook:
    return wash_book()


@pytest.fixture
def ann(client: Client, book: WashBook) -> Client:
    client.force_login(book.ann)
    return client


def planned(book: WashBook, **facts: object) -> RecurringPurchase:
    values = {"amount": Decimal(42), "currency": "USD", "next_on": ago(-3)} | facts
    return RecurringPurchase.objects.create(portfolio=book.ira, instrument=book.beta, **values)


def test_the_calendar_shows_windows_by_day_and_as_a_list(ann: Client, book: WashBook) -> None:
    page = ann.get(reverse("taxharvest:wash_windows"), {"month": f"{ago(0):%Y-%m}"}).content.decode()

    assert f"6 BETA sold at a loss on {ago(10).day} " in page
    assert "no buy BETA" in page
    assert "60.00" in page


def test_a_month_without_windows_says_so_and_one_far_away_is_none(ann: Client) -> None:
    empty = f"{ago(600):%Y-%m}"

    assert (
        "Nothing is closed in this month"
        in ann.get(f"/tax/wash-watch/windows/?month={empty}").content.decode()
    )
    assert ann.get("/tax/wash-watch/windows/?month=1999-01").status_code == 404
    assert ann.get("/tax/wash-watch/windows/?month=soon").status_code == 404


def test_who_sees_one_account_reads_no_name_and_no_amount_of_another(client: Client, book: WashBook) -> None:
    client.force_login(book.ben)
    page = client.get(reverse("taxharvest:wash_windows"), {"month": f"{ago(0):%Y-%m}"}).content.decode()

    assert ELSEWHERE in page
    assert "Ann, Taxable" not in page
    assert "60.00" not in page


def test_a_plan_is_told_paused_and_taken_up_again_once_agreed(ann: Client, book: WashBook) -> None:
    address = reverse("taxharvest:planned_purchases")
    sent = {
        "portfolio": book.ira.pk, "instrument": book.beta.pk, "amount": "42", "pace": "weekly",
        "next_on": ago(-3).isoformat(),
    }  # fmt: skip
    assert ann.post(address, sent).status_code == 303
    plan = RecurringPurchase.objects.get()
    ann.post(reverse("taxharvest:plan_pause", args=[plan.pk]))
    assert "would wash a loss now" in ann.get(address).content.decode()

    ann.post(reverse("taxharvest:plan_go_on", args=[plan.pk]))
    plan.refresh_from_db()
    assert plan.is_paused
    ann.post(reverse("taxharvest:plan_go_on", args=[plan.pk]), {"agreed": "1"})
    plan.refresh_from_db()
    assert not plan.is_paused


def test_a_household_that_blocks_takes_no_agreement(ann: Client, book: WashBook) -> None:
    plan = planned(book, is_paused=True)
    WashGuard.objects.create(household=book.ira.household, reaction="block")

    ann.post(reverse("taxharvest:plan_go_on", args=[plan.pk]), {"agreed": "1"})

    plan.refresh_from_db()
    assert plan.is_paused


def test_a_plan_that_cannot_be_is_refused_on_the_form(ann: Client, book: WashBook) -> None:
    answer = ann.post(
        reverse("taxharvest:planned_purchases"),
        {"portfolio": book.ira.pk, "instrument": book.beta.pk, "amount": "0", "pace": "weekly",
         "next_on": ago(0).isoformat()},
    )  # fmt: skip

    assert answer.status_code == 422
    assert "Say how much each purchase is for" in answer.content.decode()


def test_reinvestment_is_paused_from_the_page_and_from_a_ticket(ann: Client, book: WashBook) -> None:
    address = reverse("taxharvest:reinvestment_pause", args=[book.ira.pk])
    by_script = ann.post(address, {"from_order": "1"}, headers={"HX-Request": "true"})

    assert by_script.status_code == 204
    assert "Preview the order again." in by_script["HX-Trigger"]
    book.ira.refresh_from_db()
    assert book.ira.reinvestment_paused_on == timezone.localdate()
    page = ann.get(reverse("taxharvest:planned_purchases")).content.decode()
    assert "Reinvest again in Ben, IRA" in page


def test_alerts_stand_on_the_watch_and_in_the_navigation_until_closed(ann: Client, book: WashBook) -> None:
    alerts_refresh(book.taxable.household_id, timezone.now())
    alert = HarvestAlert.objects.get(kind="washed")
    page = ann.get(reverse("taxharvest:wash_watch")).content.decode()
    assert alert.words in page
    assert '<span class="rail-count">' in page

    ann.post(reverse("taxharvest:alert_seen", args=[alert.pk]))

    alert.refresh_from_db()
    assert alert.closed_by_id == book.ann.pk


def test_the_guard_is_set_on_the_household_page(ann: Client, book: WashBook) -> None:
    assert "Wash guard" in ann.get(reverse("household")).content.decode()

    assert ann.post(reverse("taxharvest:wash_guard_change"), {"reaction": "block"}).status_code == 303

    assert WashGuard.objects.get(household=book.taxable.household).reaction == "block"


def test_the_api_tells_windows_alerts_and_the_setting(ann: Client, book: WashBook) -> None:
    windows = ann.get("/api/v1/tax-harvesting/windows", {"first": f"{ago(0)}", "last": f"{ago(-1)}"}).json()
    sold = next(one for one in windows["windows"] if one["opened_by"] == "sold")
    assert (sold["kind"], sold["symbols"], sold["at_stake"]) == ("no_buy", ["BETA"], "60")
    assert (sold["begins"], sold["free_on"]) == (ago(10).isoformat(), ago(-21).isoformat())

    alerts_refresh(book.taxable.household_id, timezone.now())
    told = ann.get("/api/v1/tax-harvesting/alerts").json()
    washed = next(one for one in told if one["kind"] == "washed")
    assert ann.post(f"/api/v1/tax-harvesting/alerts/{washed['id']}/close").status_code == 200
    assert washed["id"] not in {one["id"] for one in ann.get("/api/v1/tax-harvesting/alerts").json()}

    address = "/api/v1/tax-harvesting/wash-guard"
    assert ann.get(address).json() == {"reaction": "ask"}
    set_ = ann.put(address, json.dumps({"reaction": "block"}), content_type="application/json")
    assert (set_.status_code, set_.json()) == (200, {"reaction": "block"})
    assert ann.get("/api/v1/tax-harvesting/windows", {"last": f"{ago(5)}"}).status_code == 400


def test_the_guard_is_not_for_those_who_see_one_account(client: Client, book: WashBook) -> None:
    client.force_login(book.ben)

    assert client.get("/api/v1/tax-harvesting/wash-guard").status_code == 404
    assert client.get("/api/v1/tax-harvesting/alerts").json() == []
