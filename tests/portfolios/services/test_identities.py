"""A household's own identity groups: opened, changed, given up, and kept apart from other households'."""

from uuid import UUID, uuid4

import pytest

from accounts.models import Household
from common.errors import InvalidInput, NotFound
from common.models import AuditEvent, OutboxEvent
from portfolios.models import IdentityGroup, Instrument
from portfolios.selectors.facts import tax_rules
from portfolios.services.identities import identity_group_delete, identity_group_save
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import InstrumentFactory

pytestmark = pytest.mark.django_db
GROUP = UUID(int=1234)


@pytest.fixture
def household() -> Household:
    household: Household = MemberFactory().household
    return household


def save(
    household: Household, *instruments: Instrument, name: str = "S&P 500", group: UUID = GROUP
) -> IdentityGroup:
    return identity_group_save(
        household_id=household.pk,
        group_id=group,
        name=name,
        instrument_ids=[instrument.pk for instrument in instruments],
        actor_id=None,
    )


def refusal(household: Household, *instruments: Instrument, **facts: str) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as caught:
        save(household, *instruments, group=uuid4(), **facts)
    assert caught.value.code == "invalid-identity-group"
    return caught.value.fields


def test_a_group_is_opened_and_changed_and_the_rules_follow(household: Household) -> None:
    voo, spy, own = InstrumentFactory(), InstrumentFactory(), InstrumentFactory(household=household)

    save(household, voo, spy)
    group = save(household, voo, own, name=" My funds ")

    assert (group.pk, group.name) == (GROUP, "My funds")
    identities = tax_rules(household.pk).identities
    assert [identities[row.pk].group for row in (voo, own, spy)] == [GROUP, GROUP, spy.pk]
    assert AuditEvent.objects.filter(action="identity_group.save", object_id=GROUP).count() == 2


def test_saving_what_is_there_changes_nothing(household: Household) -> None:
    fund = InstrumentFactory()
    save(household, fund)
    events = OutboxEvent.objects.count(), AuditEvent.objects.count()

    save(household, fund, fund)

    assert (OutboxEvent.objects.count(), AuditEvent.objects.count()) == events
    assert IdentityGroup.objects.get().members.count() == 1


def test_what_cannot_be_is_refused_by_field(household: Household) -> None:
    fund, foreign = InstrumentFactory(symbol="VOO"), InstrumentFactory(household=MemberFactory().household)
    save(household, fund)

    assert refusal(household, fund, name=" ")["name"] == ["Give the group a name."]
    assert refusal(household) == {"instruments": ["Name one instrument at least."]}
    assert refusal(household, foreign) == {
        "instruments": ["One of the instruments is not known to this household."]
    }
    assert refusal(household, fund) == {
        "instruments": ["VOO stands in your group “S&P 500” already: take it out there first."]
    }
    assert IdentityGroup.objects.count() == 1


def test_a_group_that_is_given_up_stays_gone(household: Household) -> None:
    fund = InstrumentFactory()
    save(household, fund)

    for _ in range(2):
        identity_group_delete(household_id=household.pk, group_id=GROUP, actor_id=None)

    assert tax_rules(household.pk).identities[fund.pk].group == fund.pk
    assert AuditEvent.objects.filter(action="identity_group.delete").count() == 1


@pytest.mark.parametrize("is_shared", [True, False])
def test_shared_groups_and_those_of_others_are_not_there_to_be_changed(
    household: Household, is_shared: bool
) -> None:
    other = None if is_shared else MemberFactory().household
    IdentityGroup.objects.create(pk=GROUP, household=other, name="Theirs")

    with pytest.raises(NotFound):
        save(household, InstrumentFactory())
    with pytest.raises(NotFound):
        identity_group_delete(household_id=household.pk, group_id=GROUP, actor_id=None)
    assert IdentityGroup.objects.get().name == "Theirs"
