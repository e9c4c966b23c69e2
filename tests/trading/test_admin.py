"""Accounts and differences at the support desk: the token is written and never shown."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.trading import BrokerAccountFactory
from trading.models import BrokerAccount, Difference

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(UserFactory(role="operator"))
    return client


def form(account: BrokerAccount, **changes: str) -> dict[str, str]:
    """What the desk's form of an account sends."""
    fields = {
        "gateway": str(account.gateway_id),
        "portfolio": str(account.portfolio_id),
        "code": account.code,
        "currency": "USD",
        "may_trade": "on",
        "flex_query": "987654",
        "flex_token": "",
    }
    return fields | changes


def test_a_token_is_kept_sealed_and_never_shown_again(operator: Client) -> None:
    account = BrokerAccountFactory.create()
    address = reverse("admin:trading_brokeraccount_change", args=[account.pk])
    operator.post(address, form(account, flex_token="12345678901234"))
    assert BrokerAccount.objects.get().flex_token == "12345678901234"
    assert "12345678901234" not in operator.get(address).content.decode()


def test_an_empty_token_leaves_the_one_that_is_kept(operator: Client) -> None:
    account = BrokerAccountFactory.create(flex_token="12345678901234")
    address = reverse("admin:trading_brokeraccount_change", args=[account.pk])
    operator.post(address, form(account, flex_query="555"))
    kept = BrokerAccount.objects.get()
    assert (kept.flex_query, kept.flex_token) == ("555", "12345678901234")


def test_an_operator_settles_a_difference(operator: Client) -> None:
    account = BrokerAccountFactory.create()
    row = Difference.objects.create(
        account=account, portfolio=account.portfolio, kind="cash", subject="USD", words="Differs.",
        seen_at=timezone.now(),
    )  # fmt: skip
    operator.post(
        reverse("admin:trading_difference_changelist"),
        {"action": "settle", "_selected_action": [str(row.pk)]},
    )
    row.refresh_from_db()
    assert row.reason == "Looked into by an operator."
    assert row.closed_at is not None
