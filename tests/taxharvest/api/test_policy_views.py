"""Policies of harvesting over the API: told and changed by the household alone."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from common.models import AuditEvent
from portfolios.models import Portfolio
from taxharvest.models import HarvestPolicy
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory
from tests.factories.portfolios import PortfolioFactory
from tests.factories.trading import BrokerAccountFactory, GatewayFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/tax-harvesting/policies"
LIMITS = {"approves_itself": True, "most_loss": "3000", "most_a_day": 2, "most_tracking_error": "0.015"}


@pytest.fixture
def account() -> Portfolio:
    made: Portfolio = PortfolioFactory.create(holder=MemberFactory.create(), name="Taxable")
    return made


@pytest.fixture
def owner(account: Portfolio) -> APIClient:
    return signed_in(account.holder.user)


def signed_in(user: User | None) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def change(client: APIClient, account: Portfolio, **wanted: Any) -> Any:
    return client.patch(f"{URL}/{account.pk}", wanted, format="json")


def test_an_account_without_a_policy_tells_the_default(owner: APIClient, account: Portfolio) -> None:
    told = {
        "portfolio": str(account.pk), "name": "Taxable", "currency": "USD", "is_enabled": False,
        "threshold": "option", "least_benefit": "20", "approves_itself": False, "most_loss": None,
        "most_a_day": None, "most_tracking_error": None, "set_by": None,
    }  # fmt: skip
    assert owner.get(URL).json() == [told]
    assert owner.get(f"{URL}/{account.pk}").json() == told


def test_only_what_is_named_changes_and_who_did_it_is_kept(owner: APIClient, account: Portfolio) -> None:
    HarvestPolicy.objects.create(portfolio=account, threshold="year_end", most_a_day=4)
    told = change(owner, account, is_enabled=True, least_benefit="31.5")
    assert told.status_code == 200
    policy = HarvestPolicy.objects.get()
    assert (policy.is_enabled, policy.least_benefit, policy.set_by) == (
        True,
        Decimal("31.5"),
        account.holder.user,
    )
    assert (policy.threshold, policy.most_a_day) == ("year_end", 4)
    assert told.json()["set_by"] == str(account.holder.user_id)
    assert AuditEvent.objects.get(action="harvest.policy").detail["least_benefit"] == "31.50000000"


def test_trading_without_asking_needs_all_three_limits(owner: APIClient, account: Portfolio) -> None:
    refused = change(owner, account, **LIMITS | {"most_a_day": None})
    assert refused.status_code == 400
    assert refused.json()["errors"] == {
        "most_a_day": ["Set a limit: without one nothing goes without asking."]
    }
    assert not HarvestPolicy.objects.exists()
    assert change(owner, account, **LIMITS).status_code == 200
    # A limit cannot be taken away from under it.
    assert change(owner, account, most_loss=None).status_code == 400
    assert HarvestPolicy.objects.get().most_loss == Decimal(3000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("threshold", "always"),
        ("least_benefit", "-1"),
        ("least_benefit", "NaN"),
        ("least_benefit", None),
        ("most_a_day", 40_000),
        ("most_tracking_error", "1.5"),
        ("is_enabled", None),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_field(
    owner: APIClient, account: Portfolio, field: str, value: Any
) -> None:
    refused = change(owner, account, **{field: value})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])
    assert not HarvestPolicy.objects.exists()


def test_a_live_account_asks_who_it_is_before_it_trades_without_asking(
    owner: APIClient, account: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    BrokerAccountFactory.create(portfolio=account, gateway=GatewayFactory.create(environment="live"))

    def proven(minutes: int) -> None:
        moment = timezone.now() - timedelta(minutes=minutes)
        monkeypatch.setattr("taxharvest.api.policy_views.proof_of", lambda _request: moment)

    proven(60)
    refused = change(owner, account, **LIMITS)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (422, "proof-needed")
    assert change(owner, account, is_enabled=True).status_code == 200
    proven(1)
    assert change(owner, account, **LIMITS).status_code == 200


@pytest.mark.parametrize("scope", ["read", "propose", "manage"])
def test_no_grant_opens_a_policy(account: Portfolio, scope: str) -> None:
    adviser = UserFactory.create()
    GrantFactory.create(
        household=account.household, grantee=adviser, granted_by=account.holder.user, scope=scope
    )
    client = signed_in(adviser)
    assert client.get(URL).json() == []
    assert client.get(f"{URL}/{account.pk}").status_code == 404
    assert change(client, account, is_enabled=True).status_code == 404
    assert not HarvestPolicy.objects.exists()


def test_accounts_whose_losses_do_not_count_or_that_are_closed_have_none(
    owner: APIClient, account: Portfolio
) -> None:
    ira = PortfolioFactory.create(holder=account.holder, kind="traditional_ira")
    shut = PortfolioFactory.create(holder=account.holder, closed_on="2026-01-02")
    for other in (ira, shut):
        assert change(owner, other, is_enabled=True).status_code == 404
    assert [row["portfolio"] for row in owner.get(URL).json()] == [str(account.pk)]


def test_whoever_is_not_signed_in_learns_nothing(account: Portfolio) -> None:
    assert APIClient().get(URL).status_code == 401
    assert change(APIClient(), account, is_enabled=True).status_code == 401
