"""Households and grants over the API, and answers that a client may keep."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def results(client: Client, path: str) -> list[dict[str, Any]]:
    """The rows of a list."""
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_a_member_reads_the_household_with_its_people(client: Client) -> None:
    member = MemberFactory(name="Elena", household__name="Ours")
    spouse = MemberFactory(
        household=member.household, user=None, name="Marcus", relationship="spouse", sees_all=False
    )
    client.force_login(member.user)
    household = results(client, "households")[0]
    assert {name: household[name] for name in ("name", "base_currency", "access")} == {
        "name": "Ours",
        "base_currency": "USD",
        "access": "member",
    }
    assert sorted(household["members"], key=lambda row: row["name"])[1] == {
        "id": str(spouse.pk),
        "name": "Marcus",
        "relationship": "spouse",
        "sees_all": False,
        "has_login": False,
    }


def test_a_grant_shows_the_household_but_not_the_family(client: Client) -> None:
    grant = GrantFactory(household__name="Theirs")
    MemberFactory(household=grant.household, name="Elena")
    client.force_login(grant.grantee)
    household = results(client, "households")[0]
    assert (household["name"], household["access"], household["members"]) == ("Theirs", "grant", [])


def test_grants_are_listed_by_direction_as_long_as_they_hold(client: Client) -> None:
    member = MemberFactory()
    given = GrantFactory(household=member.household, granted_by=member.user, scope="propose")
    GrantFactory(household=member.household, granted_by=member.user, revoked_at=timezone.now())
    received = GrantFactory(grantee=member.user)
    GrantFactory()
    client.force_login(member.user)
    assert {(row["id"], row["direction"], row["scope"]) for row in results(client, "grants")} == {
        (str(given.pk), "given", "propose"),
        (str(received.pk), "received", "read"),
    }


def test_an_answer_that_still_holds_is_not_sent_twice(client: Client) -> None:
    member = MemberFactory()
    client.force_login(member.user)
    first = client.get("/api/v1/households")
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(first.headers["Vary"].split(", "))
    again = client.get("/api/v1/households", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    member.household.name = "Changed"
    member.household.save()
    changed = client.get("/api/v1/households", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_an_unknown_operation_is_a_problem_document(client: Client) -> None:
    client.force_login(UserFactory())
    answer = client.get("/api/v1/nothing/here")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["instance"] == "/api/v1/nothing/here"
