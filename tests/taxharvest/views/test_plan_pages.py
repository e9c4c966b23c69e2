"""Pages of approvals, plans and policies: each shows what is decided, and decides it once."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from taxharvest.models import HarvestPlan, HarvestPolicy, TaxHarvest
from taxharvest.services.harvest_plans import plans_advance
from tests.factories.accounts import GrantFactory, UserFactory
from tests.taxharvest.harvest_desk import FastBroker, HarvestDesk, ago, harvest_desk, quote
from trading.models import Difference

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _unhurried(alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("approvals", "plans"):
        monkeypatch.setattr(f"taxharvest.views.{room}.enqueue_plans", lambda: None)


@pytest.fixture
def desk(alone: None) -> HarvestDesk:
    return harvest_desk()


@pytest.fixture
def harvest(desk: HarvestDesk) -> TaxHarvest:
    return desk.proposal()


@pytest.fixture
def owner(desk: HarvestDesk, client: Client) -> Client:
    client.force_login(desk.user)
    return client


def fields(page: str) -> dict[str, str]:
    """What the form would send as it stands."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = (re.search(rf'{part}="([^"]*)"', tag) for part in ("name", "value"))
        is_chosen = 'type="radio"' not in tag or " checked" in tag
        if name and is_chosen:
            found[name[1]] = value[1] if value else ""
    return found


def approval(client: Client, harvest: TaxHarvest, **changes: str) -> Any:
    url = reverse("taxharvest:harvest_approve", args=[harvest.pk])
    page = client.get(url)
    assert page.status_code == 200
    return client.post(url, fields(page.content.decode()) | changes)


def test_the_proposal_leads_to_the_review_and_shows_no_button_that_trades(
    owner: Client, harvest: TaxHarvest
) -> None:
    page = owner.get(reverse("taxharvest:harvest", args=[harvest.pk])).content.decode()
    assert "Review and approve" in page
    assert "Set it aside" in page


def test_the_review_shows_what_would_be_traded(owner: Client, harvest: TaxHarvest) -> None:
    page = owner.get(reverse("taxharvest:harvest_approve", args=[harvest.pk])).content.decode()
    for words in ("paper: no real money moves", "15,000.00", "98.00", "GLBX", "Cash", "Approve on paper"):
        assert words in page


def test_other_shares_change_the_summary_alone(owner: Client, desk: HarvestDesk, harvest: TaxHarvest) -> None:
    lot = desk.lots()[0]
    url = reverse("taxharvest:harvest_approve", args=[harvest.pk])
    part = owner.get(url, {f"lot_{lot.root_id.hex}": "40"}, headers={"HX-Request": "true"}).content.decode()
    assert 'id="summary"' in part
    assert "<form" not in part
    # 40 of one lot and all 50 of the other.
    assert "9,000.00" in part


def test_an_approval_leads_to_its_plan_and_twice_is_once(owner: Client, harvest: TaxHarvest) -> None:
    url = reverse("taxharvest:harvest_approve", args=[harvest.pk])
    sent = fields(owner.get(url).content.decode())
    first = owner.post(url, sent)
    plan = HarvestPlan.objects.get()
    assert (first.status_code, first["Location"]) == (303, reverse("taxharvest:plan", args=[plan.pk]))
    assert owner.post(url, sent)["Location"] == first["Location"]
    assert HarvestPlan.objects.count() == 1


def test_edits_are_approved_as_they_were_made(owner: Client, desk: HarvestDesk, harvest: TaxHarvest) -> None:
    old, new = desk.lots()
    changes = {f"lot_{old.root_id.hex}": "", f"lot_{new.root_id.hex}": "20", "replacement": "other"}
    approval(owner, harvest, **changes, symbol="init")
    sale, purchase = HarvestPlan.objects.get().legs.all()
    assert (sale.quantity, purchase.instrument) == (Decimal(20), desk.instruments["INIT"])


def test_what_cannot_be_bought_or_sold_is_said_on_the_page(owner: Client, harvest: TaxHarvest) -> None:
    for changes, words in (
        ({"replacement": "other", "symbol": "ACME"}, "ACME counts as identical with ACME"),
        ({"replacement": "other", "symbol": "NONE"}, "There is no instrument called NONE."),
    ):
        refused = approval(owner, harvest, **changes)
        assert refused.status_code == 422
        assert words in refused.content.decode()
    assert not HarvestPlan.objects.exists()


def test_a_price_that_moved_shows_the_new_figures(owner: Client, harvest: TaxHarvest) -> None:
    url = reverse("taxharvest:harvest_approve", args=[harvest.pk])
    sent = fields(owner.get(url).content.decode())
    quote("ACME", "97")
    refused = owner.post(url, sent)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "The price has fallen by 3.0%" in page
    assert 'name="version" value="1"' in page
    assert owner.post(url, fields(page)).status_code == 303


def test_the_price_that_was_shown_is_the_one_that_is_approved(
    owner: Client, desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    quote("ACME", "101.5")
    url = reverse("taxharvest:harvest_approve", args=[harvest.pk])
    sent = fields(owner.get(url).content.decode())
    assert sent["price"] == "101.5"
    quote("ACME", "99")
    refused = owner.post(url, sent)
    assert refused.status_code == 409
    assert "since you looked, from 101.5 to 99" in refused.content.decode()
    again = fields(refused.content.decode())
    assert (again["price"], again["version"]) == ("99", "1")
    assert owner.post(url, again).status_code == 303


def test_data_that_is_not_right_is_said_before_and_after(
    owner: Client, desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    Difference.objects.create(
        account=desk.account, portfolio=desk.portfolio, kind="position", subject="ACME",
        words="The broker holds 140 ACME.", seen_at=timezone.now(),
    )  # fmt: skip
    url = reverse("taxharvest:harvest_approve", args=[harvest.pk])
    page = owner.get(url).content.decode()
    assert "The broker holds 140 ACME." in page
    assert owner.post(url, fields(page)).status_code == 409


def test_a_proposal_that_is_settled_shows_how_it_stands(owner: Client, harvest: TaxHarvest) -> None:
    url = reverse("taxharvest:harvest_approve", args=[harvest.pk])
    sent = fields(owner.get(url).content.decode())
    owner.post(url, sent)
    second = owner.post(url, sent | {"key": "another"}, follow=True)
    assert "Nothing was done twice." in second.content.decode()


def test_setting_aside_needs_a_reason(owner: Client, harvest: TaxHarvest) -> None:
    url = reverse("taxharvest:harvest_dismiss", args=[harvest.pk])
    assert "Say why" in owner.post(url, {"reason": " "}, follow=True).content.decode()
    owner.post(url, {"reason": "I keep it."})
    harvest.refresh_from_db()
    assert (harvest.state, harvest.reason) == ("dismissed", "I keep it.")


def test_an_adviser_proposes_from_the_same_page(
    client: Client, desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    adviser = UserFactory.create()
    GrantFactory.create(
        household=desk.portfolio.household, grantee=adviser, granted_by=desk.user, scope="propose"
    )
    client.force_login(adviser)
    url = reverse("taxharvest:harvest_approve", args=[harvest.pk])
    page = client.get(url).content.decode()
    assert "Propose to the owner" in page
    assert "Approve on paper" not in page
    # The benefit rests on the household's tax profile, which a grant does not open.
    assert "Worth about" not in page
    assert client.post(url, fields(page)).status_code == 404
    put = reverse("taxharvest:harvest_put_forward", args=[harvest.pk])
    assert client.post(put, fields(page) | {"reason": "Now."}).status_code == 303
    harvest.refresh_from_db()
    assert (harvest.state, harvest.proposed_by, harvest.reason) == ("proposed", adviser, "Now.")


def test_without_any_plan_the_list_says_where_they_come_from(owner: Client) -> None:
    page = owner.get(reverse("taxharvest:plans")).content.decode()
    assert "An approved proposal becomes a plan." in page


def test_a_plan_shows_its_orders_its_history_and_what_may_be_done(
    owner: Client, desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    plan = desk.approve(harvest)
    plans_advance(timezone.now())
    url = reverse("taxharvest:plan", args=[plan.pk])
    page = owner.get(url).content.decode()
    for words in ("Sale of 150 ACME at 98 or better placed.", "every 5s", "order-changed from:body", "Stop"):
        assert words in page
    assert reverse("trading:order_detail", args=[plan.legs.get(place=1).order_id]) in page
    assert "ACME" in owner.get(reverse("taxharvest:plans")).content.decode()
    part = owner.get(url, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="status"')


def test_a_plan_is_decided_about_on_its_page(owner: Client, desk: HarvestDesk, harvest: TaxHarvest) -> None:
    plan, broker = desk.approve(harvest), FastBroker(desk.account)
    for number in range(3):
        plans_advance(timezone.now() + timedelta(seconds=20 * number))
        broker.work()
    HarvestPlan.objects.filter(pk=plan.pk).update(window_ends=ago(1))
    plans_advance(timezone.now() + timedelta(seconds=60))
    url = reverse("taxharvest:plan", args=[plan.pk])
    page = owner.get(url).content.decode()
    for words in ("Switch back, stay or wait", "Risk of holding something else", "No way is recommended"):
        assert words in page
    plan.refresh_from_db()
    decide = reverse("taxharvest:plan_decide", args=[plan.pk])
    stale = owner.post(decide, {"choice": "stay", "version": "0", "key": "a"}, follow=True)
    assert "has gone on since you saw it" in stale.content.decode()
    owner.post(decide, {"choice": "stay", "version": str(plan.version), "key": "b"})
    plan.refresh_from_db()
    assert plan.state == "done"


def test_a_plan_that_stopped_says_why(owner: Client, desk: HarvestDesk, harvest: TaxHarvest) -> None:
    plan, broker = desk.approve(harvest), FastBroker(desk.account, refusals={"ACME": 1})
    plans_advance(timezone.now())
    broker.work()
    plans_advance(timezone.now())
    page = owner.get(reverse("taxharvest:plan", args=[plan.pk])).content.decode()
    assert "The order of ACME was refused: Not today." in page


def test_a_plan_whose_purchase_failed_offers_something_else(
    owner: Client, desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    plan, broker = desk.approve(harvest), FastBroker(desk.account, refusals={"GLBX": 3})
    for number in range(8):
        plans_advance(timezone.now() + timedelta(seconds=60 * number))
        broker.work()
    page = owner.get(reverse("taxharvest:plan", args=[plan.pk])).content.decode()
    for words in ("What can be done", "Buy again", "Buy something else", "Stay in cash", 'name="symbol"'):
        assert words in page
    plan.refresh_from_db()
    decide = reverse("taxharvest:plan_decide", args=[plan.pk])
    sent = {"choice": "buy_other", "version": str(plan.version), "key": "o", "symbol": "NONE"}
    refused = owner.post(decide, sent, follow=True)
    assert "There is no instrument called NONE." in refused.content.decode()
    done = owner.post(decide, sent | {"symbol": "INIT", "key": "p"}, follow=True)
    assert "INIT is bought instead" in done.content.decode()


def test_a_policy_is_set_by_the_household_with_all_its_limits(owner: Client, desk: HarvestDesk) -> None:
    url = reverse("taxharvest:harvest_policy", args=[desk.portfolio.pk])
    assert "Taxable" in owner.get(reverse("taxharvest:harvest_policies")).content.decode()
    sent = {"is_enabled": "on", "threshold": "five_percent", "least_benefit": "25", "approves_itself": "on"}
    refused = owner.post(url, sent)
    assert refused.status_code == 422
    assert refused.content.decode().count("Set a limit: without one nothing goes without asking.") >= 3
    limits = {"most_loss": "3000", "most_a_day": "2", "most_tracking_percent": "1.5"}
    assert owner.post(url, sent | limits).status_code == 303
    policy = HarvestPolicy.objects.get()
    assert (policy.most_tracking_error, policy.most_a_day, policy.set_by) == (Decimal("0.015"), 2, desk.user)
    assert "1.5" in owner.get(reverse("taxharvest:harvest_policies")).content.decode()


def test_a_grant_opens_no_policy(client: Client, desk: HarvestDesk) -> None:
    adviser = UserFactory.create()
    GrantFactory.create(
        household=desk.portfolio.household, grantee=adviser, granted_by=desk.user, scope="manage"
    )
    client.force_login(adviser)
    assert client.get(reverse("taxharvest:harvest_policy", args=[desk.portfolio.pk])).status_code == 404
    page = client.get(reverse("taxharvest:harvest_policies")).content.decode()
    assert "No open taxable account" in page
