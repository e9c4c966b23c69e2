"""Recommendations over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from mlrecs.models import Recommendation
from tests.factories.accounts import MemberFactory, UserFactory
from tests.mlrecs.advice import put

pytestmark = pytest.mark.django_db
URL = "/api/v1/recommendations"


def opened() -> tuple[APIClient, Recommendation]:
    """A client of somebody who has one to decide about."""
    member = MemberFactory.create()
    row = put(member.household)
    assert row is not None
    client = APIClient()
    client.force_authenticate(member.user)
    return client, row


def test_the_list_gives_everything_it_is_decided_by() -> None:
    client, row = opened()

    (found,) = client.get(URL).json()["results"]

    assert (found["id"], found["kind"], found["state"]) == (str(row.pk), "diversification", "open")
    assert found["reasons"] == [
        {"code": "sector_too_large", "words": "Energy is 40 % of it.", "figures": {"weight": "0.4000"}}
    ]
    assert (found["binding"], found["counterfactual"]) == ("No sector above 30 %.", "Energy stays at 40 %.")
    assert (found["data_until"], found["model"], found["costs"]) == ("2026-03-02", None, {"spread": "12.00"})


def test_the_list_goes_by_state_and_kind() -> None:
    client, _row = opened()

    assert client.get(URL, {"kind": "risk"}).json()["results"] == []
    assert client.get(URL, {"state": "dismissed"}).json()["results"] == []
    assert client.get(URL, {"state": "gone"}).status_code == 400


def test_it_is_accepted_once() -> None:
    client, row = opened()

    first = client.post(f"{URL}/{row.pk}/accept", {}, format="json")
    again = client.post(f"{URL}/{row.pk}/accept", {}, format="json")
    other = client.post(f"{URL}/{row.pk}/dismiss", {"reason": "No."}, format="json")

    assert (first.json()["state"], again.status_code, other.status_code) == ("accepted", 200, 409)


def test_dismissing_needs_a_reason() -> None:
    client, row = opened()

    assert client.post(f"{URL}/{row.pk}/dismiss", {}, format="json").status_code == 400
    done = client.post(f"{URL}/{row.pk}/dismiss", {"reason": "Too dear."}, format="json")
    assert (done.json()["state"], done.json()["reason"]) == ("dismissed", "Too dear.")


def test_it_is_put_off_until_a_moment() -> None:
    client, row = opened()
    until = timezone.now() + timedelta(days=3)

    done = client.post(f"{URL}/{row.pk}/snooze", {"until": until.isoformat()}, format="json")
    far = client.post(
        f"{URL}/{row.pk}/snooze", {"until": (until + timedelta(days=90)).isoformat()}, format="json"
    )

    assert (done.json()["state"], far.status_code) == ("snoozed", 400)


def test_strangers_and_nobody_get_nothing() -> None:
    _client, row = opened()
    stranger = APIClient()
    stranger.force_authenticate(UserFactory.create())

    assert stranger.get(URL).json()["results"] == []
    for path in ("", "/accept", "/snooze"):
        method = stranger.post if path else stranger.get
        body = {"until": (timezone.now() + timedelta(days=3)).isoformat()} if path == "/snooze" else {}
        assert method(f"{URL}/{row.pk}{path}", body, format="json").status_code == 404
    assert APIClient().get(URL).status_code == 401
    assert Recommendation.objects.get().state == "open"
