"""The tax profile page: what it shows, keeps and refuses, year by year, and to whom."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HouseholdMember, TaxProfile
from common.models import AuditEvent
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db
TOLD = {
    "filing_status": "married_joint",
    "ordinary_income": "184000.00",
    "state": "CA",
    "state_rate": "9.3",
    "carryforward_short": "1200",
    "carryforward_long": "0",
}


@pytest.fixture
def member(client: Client) -> HouseholdMember:
    member: HouseholdMember = MemberFactory()
    assert member.user is not None
    client.force_login(member.user)
    return member


def address(year: int = 2026) -> str:
    return reverse("accounts:tax_profile", args=[year])


def stored() -> dict[str, Any]:
    names = ("year", *TOLD)
    return dict(zip(names, TaxProfile.objects.values_list(*names).get(), strict=True))


def test_everything_is_kept_by_year_and_shown_again(client: Client, member: HouseholdMember) -> None:
    response = client.post(address(2025), TOLD)

    assert (response.status_code, response.headers["Location"]) == (303, address(2025))
    assert stored() == {
        "year": 2025,
        "filing_status": "married_joint",
        "ordinary_income": Decimal(184000),
        "state": "CA",
        "state_rate": Decimal("0.093"),
        "carryforward_short": Decimal(1200),
        "carryforward_long": Decimal(0),
    }
    page = client.get(address(2025)).content.decode()
    for value in ('value="184000.00"', 'value="9.3"', 'value="1200.00"', 'value="0.00"'):
        assert value in page


def test_what_stays_empty_is_unknown_and_never_zero(client: Client, member: HouseholdMember) -> None:
    client.post(address(), dict.fromkeys(TOLD, ""))

    assert stored() == {"year": 2026, **dict.fromkeys(TOLD), "filing_status": "", "state": ""}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("filing_status", "royalty", "Select a valid choice. royalty is not one of the available choices."),
        ("ordinary_income", "-1", "It is zero at least."),
        ("ordinary_income", "much", "Enter a number."),
        ("state", "ZZ", "Select a valid choice. ZZ is not one of the available choices."),
        ("state_rate", "35", "A state takes between 0 and 20%."),
        ("carryforward_short", "-3000", "Give it without a sign."),
        ("carryforward_long", "1.005", "Ensure that there are no more than 2 decimal places."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    client: Client, member: HouseholdMember, field: str, value: str, sentence: str
) -> None:
    response = client.post(address(), TOLD | {field: value})

    assert response.status_code == 422
    assert response.context["form"].errors == {field: [sentence]}
    assert not TaxProfile.objects.exists()


def test_the_trail_names_the_fields_and_no_amount_and_the_same_again_adds_nothing(
    client: Client, member: HouseholdMember
) -> None:
    client.post(address(), TOLD)
    client.post(address(), TOLD)
    client.post(address(), TOLD | {"state_rate": "0"})

    first, second = AuditEvent.objects.filter(action="tax_profile.updated").order_by("created_at")
    assert first.detail == {"year": 2026, "changed": list(TOLD)}
    assert second.detail == {"year": 2026, "changed": ["state_rate"]}


def test_the_years_on_offer_are_the_last_ones_and_those_with_something_told(
    client: Client, member: HouseholdMember
) -> None:
    TaxProfile.objects.create(household=member.household, year=2012)
    this_year = timezone.localdate().year

    response = client.get(reverse("accounts:tax_profile_now"))

    assert response.context["year"] == this_year
    assert response.context["years"] == [*range(this_year, this_year - 5, -1), 2012]
    assert client.get(address(1999)).status_code == 404
    assert client.get(address(this_year + 2)).status_code == 404


def test_it_is_there_for_whoever_sees_all_of_the_household_alone(client: Client) -> None:
    grant = GrantFactory(scope="manage")
    for user in (
        UserFactory(),
        grant.grantee,
        MemberFactory(household=grant.household, sees_all=False).user,
    ):
        client.force_login(user)
        assert client.get(address()).status_code == 404
        assert client.post(address(), TOLD).status_code == 404
    assert not TaxProfile.objects.exists()
    client.logout()
    assert client.get(address()).status_code == 302


def test_settings_lead_to_it(client: Client, member: HouseholdMember) -> None:
    page = client.get(reverse("accounts:settings")).content.decode()

    for name in ("portfolios:wash_rules", "portfolios:identity_list"):
        assert reverse(name) in page
    assert address(timezone.localdate().year) in page
