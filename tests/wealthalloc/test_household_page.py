"""The household page: members, what they see, their accounts, and who else may look."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Grant, HouseholdMember
from portfolios.models import Portfolio
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory
from tests.factories.portfolios import PortfolioFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client: Client) -> HouseholdMember:
    """Elena, who sees all of her household and is signed in."""
    elena = MemberFactory(name="Elena", user__name="Elena")
    client.force_login(elena.user)
    return elena


def give(client: Client, **changes: Any) -> Any:
    """Send the form that gives access."""
    return client.post(
        reverse("grant_new"), {"scope": "read", "portfolio": "household", "last_day": ""} | changes
    )


def test_the_page_names_members_and_their_accounts(client: Client, member: HouseholdMember) -> None:
    marcus = MemberFactory(household=member.household, user=None, name="Marcus", sees_all=False)
    PortfolioFactory(holder=marcus, household=member.household, name="Marcus, IRA", kind="ira")
    page = client.get(reverse("household"))
    rows = {row.member.name: row for row in page.context["members"]}
    assert [account.name for account in rows["Marcus"].accounts] == ["Marcus, IRA"]
    assert (rows["Marcus"].sees, rows["Elena"].sees) == ("does not sign in", "sees every account")
    ids = [part.split('"')[0] for part in page.content.decode().split(' id="')[1:]]
    assert sorted(ids) == sorted(set(ids))


def test_a_limited_member_sees_only_their_own_accounts_and_changes_nobody(client: Client) -> None:
    elena = MemberFactory()
    marcus = MemberFactory(household=elena.household, sees_all=False)
    PortfolioFactory(holder=elena, household=elena.household, name="Hers")
    own = PortfolioFactory(holder=marcus, household=elena.household, name="His")
    client.force_login(marcus.user)
    page = client.get(reverse("household"))
    assert "Hers" not in page.content.decode()
    assert "member_form" not in page.context
    assert page.context["grant_form"].fields["portfolio"].choices == [(str(own.pk), "His")]
    assert client.post(reverse("member_new"), {"name": "X", "relationship": "spouse"}).status_code == 404
    assert HouseholdMember.objects.count() == 2


def test_a_person_is_added_changed_and_removed(client: Client, member: HouseholdMember) -> None:
    client.post(reverse("member_new"), {"name": "Marcus", "relationship": "spouse"})
    marcus = HouseholdMember.objects.get(name="Marcus")
    assert client.get(reverse("member_edit", args=[marcus.pk])).status_code == 200
    client.post(reverse("member_edit", args=[marcus.pk]), {"name": "Mark", "relationship": "dependant"})
    marcus.refresh_from_db()
    assert (marcus.name, marcus.relationship, marcus.sees_all) == ("Mark", "dependant", False)
    client.post(reverse("member_drop", args=[marcus.pk]))
    assert list(HouseholdMember.objects.all()) == [member]


def test_a_person_who_holds_accounts_stays_and_the_page_says_why(
    client: Client, member: HouseholdMember
) -> None:
    marcus = MemberFactory(household=member.household, user=None, name="Marcus")
    PortfolioFactory(holder=marcus, household=member.household)
    page = client.post(reverse("member_drop", args=[marcus.pk]), follow=True)
    assert "Marcus still holds accounts in the book." in page.content.decode()
    assert HouseholdMember.objects.count() == 2


def test_what_a_spouse_who_signs_in_sees_is_changed_by_a_tick(
    client: Client, member: HouseholdMember
) -> None:
    spouse = MemberFactory(household=member.household, name="Marcus")
    url = reverse("member_edit", args=[spouse.pk])
    client.post(url, {"name": "Marcus", "relationship": "spouse"})
    spouse.refresh_from_db()
    assert spouse.sees_all is False
    client.post(url, {"name": "Marcus", "relationship": "spouse", "sees_all": "on"})
    spouse.refresh_from_db()
    assert spouse.sees_all is True


def test_an_empty_name_is_named_and_nobody_is_added(client: Client, member: HouseholdMember) -> None:
    page = client.post(reverse("member_new"), {"name": "", "relationship": "spouse"})
    assert (page.status_code, list(page.context["member_form"].errors)) == (400, ["name"])
    assert list(HouseholdMember.objects.all()) == [member]


def test_access_to_one_account_is_given_until_the_end_of_a_day(
    client: Client, member: HouseholdMember
) -> None:
    adviser = UserFactory(role="adviser")
    account = PortfolioFactory(holder=member, household=member.household)
    other = PortfolioFactory(holder=member, household=member.household)
    day = timezone.now().date() + timedelta(days=30)
    answer = give(client, email=adviser.email, portfolio=str(account.pk), last_day=day.isoformat())
    assert answer.status_code == 303
    grant = Grant.objects.get()
    next_day = day + timedelta(days=1)
    assert grant.expires_at == datetime(next_day.year, next_day.month, next_day.day, tzinfo=UTC)
    assert list(Portfolio.objects.visible_to(adviser)) == [account]
    assert other not in Portfolio.objects.editable_by(adviser)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody@example.test"}, "email"),
        ({"email": "nothing"}, "email"),
        ({"scope": "everything"}, "scope"),
        ({"last_day": "2020-01-01"}, "last_day"),
        ({"portfolio": "00000000-0000-7000-8000-000000000000"}, "portfolio"),
    ],
)
def test_access_that_cannot_be_given_names_its_field(
    client: Client, member: HouseholdMember, change: dict[str, str], field: str
) -> None:
    answer = give(client, **({"email": UserFactory().email} | change))
    assert (answer.status_code, list(answer.context["grant_form"].errors)) == (400, [field])
    assert Grant.objects.count() == 0
    assert member.household.grants.count() == 0


def test_a_foreign_account_cannot_be_given(client: Client, member: HouseholdMember) -> None:
    foreign = PortfolioFactory()
    GrantFactory(household=foreign.household, grantee=member.user, scope="manage")
    answer = give(client, email=UserFactory().email, portfolio=str(foreign.pk))
    assert list(answer.context["grant_form"].errors) == ["portfolio"]
    assert Grant.objects.count() == 1


def test_access_is_listed_on_both_sides_and_ended_by_either(client: Client, member: HouseholdMember) -> None:
    adviser = MemberFactory(household__name="Their own").user
    grant = GrantFactory(household=member.household, grantee=adviser, granted_by=member.user)
    assert [row.grant for row in client.get(reverse("household")).context["given"]] == [grant]
    theirs = Client()
    theirs.force_login(adviser)
    assert [row.grant for row in theirs.get(reverse("household")).context["received"]] == [grant]
    assert theirs.post(reverse("grant_end", args=[grant.pk])).status_code == 303
    assert client.get(reverse("household")).context["given"] == []
    assert list(Grant.objects.active()) == []


def test_somebody_without_a_household_sees_what_they_were_granted(client: Client) -> None:
    grant = GrantFactory(household__name="The Bergs")
    client.force_login(grant.grantee)
    page = client.get(reverse("household"))
    assert "The Bergs" in page.content.decode()
    assert "members" not in page.context
    assert give(client, email=UserFactory().email).status_code == 404


def test_how_a_person_stands_to_the_others_derives_the_book_and_a_name_does_not(
    client: Client, member: HouseholdMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived: list[object] = []
    monkeypatch.setattr(
        "wealthalloc.household.book_derive", lambda *, household_id: derived.append(household_id)
    )
    marcus = HouseholdMember.objects.create(household=member.household, name="Marcus", relationship="spouse")
    address = reverse("member_edit", args=[marcus.pk])

    client.post(address, {"name": "Mark", "relationship": "spouse"})
    assert derived == []
    client.post(address, {"name": "Mark", "relationship": "dependant"})

    assert derived == [member.household_id]
