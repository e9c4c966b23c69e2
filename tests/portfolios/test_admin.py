"""The book at the support desk: derived rows and choices are read only, shared groups are the operators'."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portfolios.models import IdentityGroup, IdentityMember
from tests.factories.accounts import HouseholdFactory, UserFactory
from tests.factories.portfolios import InstrumentFactory
from tests.portfolios.small_book import small_book

pytestmark = pytest.mark.django_db
READ_ONLY = ("washsale", "lotselection", "taxpolicy", "identitymember", "lot", "disposal", "transaction")


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(UserFactory(role="operator"))
    return client


def group_form(group: IdentityGroup | None, *instruments: Any) -> dict[str, str]:
    """What the desk's form of a group sends."""
    fields = {
        "name": "S&P 500",
        "source": "IRS",
        "members-TOTAL_FORMS": str(len(instruments)),
        "members-INITIAL_FORMS": "0",
    }
    for number, instrument in enumerate(instruments):
        fields[f"members-{number}-instrument"] = str(instrument.pk)
        fields[f"members-{number}-group"] = str(group.pk) if group else ""
    return fields


@pytest.mark.parametrize("table", READ_ONLY)
def test_what_is_derived_or_chosen_is_searched_and_never_written_here(operator: Client, table: str) -> None:
    listed = operator.get(reverse(f"admin:portfolios_{table}_changelist"), {"q": "ACME"})
    added = operator.get(reverse(f"admin:portfolios_{table}_add"))

    assert (listed.status_code, added.status_code) == (200, 403)


def test_an_operator_keeps_the_groups_that_hold_for_everybody(operator: Client) -> None:
    voo, spy = InstrumentFactory(), InstrumentFactory()

    operator.post(reverse("admin:portfolios_identitygroup_add"), group_form(None, voo, spy))

    group = IdentityGroup.objects.get()
    assert (group.name, group.household_id) == ("S&P 500", None)
    assert set(group.members.values_list("instrument_id", flat=True)) == {voo.pk, spy.pk}


def test_members_of_a_households_own_group_are_not_the_operators(operator: Client) -> None:
    group = IdentityGroup.objects.create(household=HouseholdFactory(), name="Theirs")
    address = reverse("admin:portfolios_identitygroup_change", args=[group.pk])

    operator.post(address, group_form(group, InstrumentFactory()))

    assert not IdentityMember.objects.exists()


def test_an_auditor_looks_at_groups_and_changes_none(client: Client) -> None:
    client.force_login(UserFactory(role="auditor"))
    group = IdentityGroup.objects.create(name="Everybody's")
    address = reverse("admin:portfolios_identitygroup_change", args=[group.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, group_form(group, InstrumentFactory())).status_code == 403


def test_the_books_that_dealt_in_a_group_are_rebuilt(operator: Client) -> None:
    book = small_book()
    group = IdentityGroup.objects.create(name="ACME and kin")
    IdentityMember.objects.create(group=group, instrument=book.acme)

    response = operator.post(
        reverse("admin:portfolios_identitygroup_changelist"),
        {"action": "rebuild_books", "_selected_action": [str(group.pk)]},
        follow=True,
    )

    assert f"{book.portfolio.household_id}: 2 lots, digest" in response.content.decode()


def test_well_known_funds_get_their_index_and_the_books_that_dealt_in_them_follow(operator: Client) -> None:
    book = small_book()
    type(book.acme).objects.filter(pk=book.acme.pk).update(symbol="VOO")

    response = operator.post(
        reverse("admin:portfolios_instrument_changelist"),
        {"action": "name_indices", "_selected_action": [str(book.acme.pk)]},
        follow=True,
    )

    book.acme.refresh_from_db()
    said = response.content.decode()
    assert (book.acme.tracked_index, book.acme.asset_class) == ("S&P 500", "fund")
    assert "Indices named: 1" in said
    assert f"{book.portfolio.household_id}: 2 lots, digest" in said
