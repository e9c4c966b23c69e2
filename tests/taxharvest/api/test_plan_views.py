"""Harvests and plans over the API: decided about once for a key, and told with their orders."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from taxharvest.models import HarvestPlan, TaxHarvest
from taxharvest.services.harvest_plans import plans_advance
from tests.factories.accounts import GrantFactory, UserFactory
from tests.taxharvest.harvest_desk import FastBroker, HarvestDesk, ago, harvest_desk, quote

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/tax-harvesting"


@pytest.fixture(autouse=True)
def _unhurried(alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taxharvest.api.plan_views.enqueue_plans", lambda: None)


@pytest.fixture
def desk(alone: None) -> HarvestDesk:
    return harvest_desk()


@pytest.fixture
def harvest(desk: HarvestDesk) -> TaxHarvest:
    return desk.proposal()


@pytest.fixture
def owner(desk: HarvestDesk) -> APIClient:
    client = APIClient()
    client.force_authenticate(desk.user)
    return client


def approve(client: APIClient, harvest: TaxHarvest, key: str = "k", **edits: Any) -> Any:
    return client.post(
        f"{URL}/{harvest.pk}/approve", {"version": harvest.version} | edits, format="json",
        headers={"Idempotency-Key": key},
    )  # fmt: skip


def test_an_approval_tells_its_plan_with_the_legs(owner: APIClient, harvest: TaxHarvest) -> None:
    told = approve(owner, harvest)
    assert told.status_code == 201
    body = told.json()
    assert (body["state"], body["price_limit"], body["symbol"]) == ("ready", "98", "ACME")
    assert [(leg["role"], leg["symbol"], leg["quantity"]) for leg in body["legs"]] == [
        ("sell", "ACME", "150"), ("buy", "GLBX", None),
    ]  # fmt: skip
    assert approve(owner, harvest).json()["id"] == body["id"]
    assert HarvestPlan.objects.count() == 1
    assert approve(owner, harvest, "other").status_code == 409


def test_lots_or_a_share_and_a_basket_are_approved(
    owner: APIClient, desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    both = approve(owner, harvest, lots=[], share="0.5")
    assert (both.status_code, list(both.json()["errors"])) == (400, ["share"])
    basket = [{"symbol": "GLBX", "share": "0.4"}, {"symbol": "INIT", "share": "0.6"}]
    lots = [{"lot": str(desk.lots()[0].root_id), "quantity": "30"}]
    assert approve(owner, harvest, lots=lots, replacement=basket).status_code == 201
    sale, *purchases = HarvestPlan.objects.get().legs.all()
    assert sale.quantity == Decimal(30)
    assert [leg.share for leg in purchases] == [Decimal("0.4"), Decimal("0.6")]


def test_an_approval_needs_a_key(owner: APIClient, harvest: TaxHarvest) -> None:
    refused = owner.post(f"{URL}/{harvest.pk}/approve", {"version": 0}, format="json")
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (400, "key-missing")


def test_a_price_that_moved_is_a_conflict_and_asked_about_anew(owner: APIClient, harvest: TaxHarvest) -> None:
    quote("ACME", "97")
    refused = approve(owner, harvest)
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("The price has fallen by 3.0%")
    harvest.refresh_from_db()
    assert approve(owner, harvest).status_code == 201


def test_the_price_that_was_seen_is_held_against_the_market(owner: APIClient, harvest: TaxHarvest) -> None:
    quote("ACME", "99")
    refused = approve(owner, harvest, price="101.5")
    assert (refused.status_code, "since you looked" in refused.json()["detail"]) == (409, True)
    harvest.refresh_from_db()
    assert approve(owner, harvest, price="99").status_code == 201


def test_an_adviser_proposes_and_does_not_approve(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    adviser = UserFactory.create()
    GrantFactory.create(
        household=desk.portfolio.household, grantee=adviser, granted_by=desk.user, scope="propose"
    )
    client = APIClient()
    client.force_authenticate(adviser)
    assert approve(client, harvest).status_code == 404
    assert client.post(f"{URL}/{harvest.pk}/dismiss", {"reason": "X"}, format="json").status_code == 404
    told = client.post(f"{URL}/{harvest.pk}/propose", {"version": 0, "share": "0.2"}, format="json")
    assert (told.status_code, told.json()["state"], told.json()["quantity"]) == (200, "proposed", "30")


def test_a_dismissal_keeps_its_reason(owner: APIClient, harvest: TaxHarvest) -> None:
    assert owner.post(f"{URL}/{harvest.pk}/dismiss", {}, format="json").status_code == 400
    told = owner.post(f"{URL}/{harvest.pk}/dismiss", {"reason": "I keep it."}, format="json")
    assert (told.json()["state"], told.json()["reason"]) == ("dismissed", "I keep it.")


def test_plans_are_listed_told_and_decided_about(
    owner: APIClient, desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    plan = desk.approve(harvest)
    plans_advance(timezone.now())
    (listed,) = owner.get(f"{URL}/plans").json()["results"]
    assert (listed["id"], listed["state"], listed["sold_on"]) == (str(plan.pk), "selling", None)
    told = owner.get(f"{URL}/plans/{plan.pk}").json()
    assert told["legs"][0]["order"] == str(plan.legs.get(place=1).order_id)
    assert [event["kind"] for event in told["events"]] == ["Approved", "Moved", "Placed"]
    sent = {"choice": "stop", "version": told["version"]}
    key = {"Idempotency-Key": "stop"}
    done = owner.post(f"{URL}/plans/{plan.pk}/decide", sent, format="json", headers=key)
    assert (done.status_code, done.json()["state"]) == (200, "unwinding")
    assert owner.post(f"{URL}/plans/{plan.pk}/decide", sent, format="json", headers=key).status_code == 200
    wrong = sent | {"choice": "jump"}
    key = {"Idempotency-Key": "jump"}
    assert owner.post(f"{URL}/plans/{plan.pk}/decide", wrong, format="json", headers=key).status_code == 400


def test_a_plan_that_waits_tells_what_may_be_chosen_and_what_it_costs(
    owner: APIClient, desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    plan, broker = desk.approve(harvest), FastBroker(desk.account)
    assert owner.get(f"{URL}/plans/{plan.pk}").json()["choices"] == ["stop"]
    assert owner.get(f"{URL}/plans/{plan.pk}").json()["advice"] is None
    for number in range(3):
        plans_advance(timezone.now() + timedelta(seconds=20 * number))
        broker.work()
    HarvestPlan.objects.filter(pk=plan.pk).update(window_ends=ago(1))
    plans_advance(timezone.now() + timedelta(seconds=60))
    told = owner.get(f"{URL}/plans/{plan.pk}").json()
    assert (told["state"], told["choices"]) == ("deciding", ["switch", "stay", "wait"])
    advice = told["advice"]
    assert [way["choice"] for way in advice["ways"]] == ["switch", "stay", "wait"]
    assert advice["words"].startswith("No way is recommended")
    assert (advice["best"], advice["wait_until"] is None) == ("", False)
    assert advice["ways"][1]["arithmetic"][0]["name"] == "Risk of holding something else"
    reader = UserFactory.create()
    GrantFactory.create(
        household=desk.portfolio.household, grantee=reader, granted_by=desk.user, scope="manage"
    )
    client = APIClient()
    client.force_authenticate(reader)
    seen = client.get(f"{URL}/plans/{plan.pk}").json()
    assert (seen["choices"], seen["advice"]) == ([], None)


def test_something_else_is_bought_where_the_replacement_could_not_be(
    owner: APIClient, desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    plan, broker = desk.approve(harvest), FastBroker(desk.account, refusals={"GLBX": 3})
    for number in range(8):
        plans_advance(timezone.now() + timedelta(seconds=60 * number))
        broker.work()
    told = owner.get(f"{URL}/plans/{plan.pk}").json()
    assert (told["state"], told["choices"]) == ("stopped", ["buy_again", "buy_other", "cash"])
    sent = {"choice": "buy_other", "version": told["version"]}

    def decide(symbol: str, key: str) -> Any:
        return owner.post(
            f"{URL}/plans/{plan.pk}/decide", sent | {"symbol": symbol}, format="json",
            headers={"Idempotency-Key": key},
        )  # fmt: skip

    refused = decide("ACME", "a")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["symbol"])
    done = decide("INIT", "b")
    assert (done.status_code, done.json()["state"]) == (200, "buying")
    assert done.json()["legs"][-1]["symbol"] == "INIT"


def test_strangers_find_no_plan(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    plan = desk.approve(harvest)
    client = APIClient()
    client.force_authenticate(UserFactory.create())
    assert client.get(f"{URL}/plans").json()["results"] == []
    assert client.get(f"{URL}/plans/{plan.pk}").status_code == 404
