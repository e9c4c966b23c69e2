"""The support desk sees what became of advice beside what it is worth."""

import pytest
from django.test import Client

from mlrecs.models import Recommendation
from tests.factories.accounts import HouseholdFactory, UserFactory
from tests.mlrecs.advice import put
from tests.mlrecs.evidence import evidence_kept

pytestmark = pytest.mark.django_db
URL = "/admin/mlrecs/recommendation/"


def test_operators_see_acceptance_beside_uplift() -> None:
    for state in ("accepted", "dismissed", "dismissed", "open"):
        row = put(HouseholdFactory.create())
        assert row is not None
        Recommendation.objects.filter(pk=row.pk).update(state=state)
    evidence_kept()
    client = Client()
    client.force_login(UserFactory.create(role="operator"))

    page = client.get(URL).content.decode()

    assert '<th scope="row">Diversification</th><td>4</td><td>1</td><td>2</td><td>0</td>' in page
    assert '<th scope="row">minimum_cvar</th><td>0.2000 / 0.1500 / 0.2500</td>' in page


def test_nothing_is_changed_there_and_others_do_not_enter() -> None:
    row = put(HouseholdFactory.create())
    assert row is not None
    operator, investor = Client(), Client()
    operator.force_login(UserFactory.create(role="operator"))
    investor.force_login(UserFactory.create())

    assert operator.post(f"{URL}{row.pk}/change/", {"state": "accepted"}).status_code == 403
    assert investor.get(URL).status_code == 302
    assert Recommendation.objects.get().state == "open"
