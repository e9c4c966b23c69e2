"""Pages of the wash-sale rules and of identical instruments: what they say, keep and refuse."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import HouseholdMember
from portfolios.engine.policies import PlanPurchases, WashPolicy
from portfolios.engine.policy_words import QUESTIONS
from portfolios.forms.tax_settings import policy_texts
from portfolios.models import IdentityGroup, IdentityMember, Instrument, TaxPolicy
from portfolios.selectors.facts import wash_policy
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, buy
from tests.portfolios.small_book import DAYS

pytestmark = pytest.mark.django_db
RULES, LIST, NEW = (f"portfolios:{name}" for name in ("wash_rules", "identity_list", "identity_new"))
GROUP = UUID(int=4321)
AS_IS = {name: value or "" for name, value in policy_texts(WashPolicy()).items()}


@pytest.fixture
def member(client: Client) -> HouseholdMember:
    member: HouseholdMember = MemberFactory()
    assert member.user is not None
    client.force_login(member.user)
    return member


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def fund(member: HouseholdMember, symbol: str, **facts: str) -> Instrument:
    made: Instrument = InstrumentFactory(
        symbol=symbol, asset_class="fund", household=member.household, **facts
    )
    return made


def test_every_policy_is_asked_with_its_default_first_and_its_answers_told() -> None:
    defaults = policy_texts(WashPolicy())

    assert {question.field for question in QUESTIONS} == set(defaults) - {"digital_assets_from"}
    for question in QUESTIONS:
        assert question.answers[0].value == defaults[question.field], question.field
        assert len({answer.value for answer in question.answers}) == 2
        assert all(answer.title and answer.consequence for answer in question.answers)


def test_the_page_shows_the_rules_as_they_are(client: Client, member: HouseholdMember) -> None:
    TaxPolicy.objects.create(household=member.household, options_replace=False)

    text = page(client, RULES)

    assert 'name="options_replace" value="off" checked' in text
    assert 'name="spouse_basis" value="adjust" checked' in text
    assert text.count('<span class="section-note">default</span>') == len(QUESTIONS)


def test_what_is_chosen_is_kept(client: Client, member: HouseholdMember) -> None:
    choice = AS_IS | {
        "plan_purchases": "permanent",
        "same_index_identical": "off",
        "digital_assets_from": "2027-01-01",
    }

    response = client.post(reverse(RULES), choice)

    assert (response.status_code, response.headers["Location"]) == (303, reverse(RULES))
    policy = wash_policy(member.household_id)
    assert (policy.plan_purchases, policy.same_index_identical) == (PlanPurchases.PERMANENT, False)
    assert str(policy.digital_assets_from) == "2027-01-01"
    assert policy.replacement_must_be_held


def test_an_answer_that_is_none_is_refused(client: Client, member: HouseholdMember) -> None:
    response = client.post(reverse(RULES), AS_IS | {"spouse_basis": "both", "digital_assets_from": "soon"})

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "spouse_basis": ["Choose one of the two."],
        "digital_assets_from": ["Enter a valid date."],
    }
    assert not TaxPolicy.objects.exists()


def test_nothing_identical_is_an_empty_page_that_leads_on(client: Client, member: HouseholdMember) -> None:
    text = page(client, LIST)

    assert "No two instruments of yours count as identical" in text
    assert reverse(NEW) in text


def test_each_group_says_why(client: Client, member: HouseholdMember) -> None:
    portfolio = PortfolioFactory(holder=member)
    voo, spy, ivv, own = (fund(member, symbol) for symbol in ("VOO", "SPY", "IVV", "OWN"))
    Instrument.objects.filter(pk__in=[voo.pk, spy.pk]).update(tracked_index="S&P 500")
    shared = IdentityGroup.objects.create(name="Share classes", source="Prospectus")
    classes: list[Instrument] = [ivv, InstrumentFactory(symbol="IVVC")]
    alone = IdentityGroup.objects.create(name="Nothing else", household=member.household)
    IdentityMember.objects.bulk_create(
        [IdentityMember(group=shared, instrument=row) for row in classes]
        + [IdentityMember(group=alone, instrument=own)]
    )
    rows = [buy(DAYS[0], 1, "10", row.symbol) for row in (voo, ivv)]
    transactions_record(portfolio=portfolio, parsed=rows, source="test")

    response = client.get(reverse(LIST))

    told = [
        (view.name, [row.symbol for row in view.members], view.reason, view.own_id)
        for view in response.context["views"]
    ]
    assert told == [
        ("Nothing else", ["OWN"], "your own group", alone.pk),
        ("Share classes", ["IVV", "IVVC"], "a group that holds for everybody", None),
        ("S&P 500", ["SPY", "VOO"], "funds on the same index", None),
    ]
    assert "identical with nothing else" in response.content.decode()


def test_a_group_is_opened_changed_and_given_up(client: Client, member: HouseholdMember) -> None:
    voo, spy = fund(member, "VOO"), fund(member, "SPY")
    fields = {"group_id": str(GROUP), "name": "S&P 500", "instruments": [str(voo.pk), str(spy.pk)]}

    opened = client.post(reverse(NEW), fields)
    client.post(reverse(NEW), fields)
    change = reverse("portfolios:identity_change", args=[GROUP])
    client.post(change, fields | {"name": "One", "instruments": [str(voo.pk)]})

    assert (opened.status_code, opened.headers["Location"]) == (303, reverse(LIST))
    group = IdentityGroup.objects.get()
    assert (group.pk, group.name, group.household_id) == (GROUP, "One", member.household_id)
    assert [row.instrument_id for row in group.members.all()] == [voo.pk]
    dropped = client.post(reverse("portfolios:identity_drop", args=[GROUP]))
    assert dropped.status_code == 303
    assert not IdentityGroup.objects.exists()


def test_a_search_saves_nothing_and_keeps_what_was_ticked(client: Client, member: HouseholdMember) -> None:
    voo, spy = fund(member, "VOO", name="Vanguard 500"), fund(member, "SPY")
    fund(member, "QQQ")
    InstrumentFactory(symbol="SPYX", household=MemberFactory().household)
    fields = {"group_id": str(GROUP), "name": "S&P 500", "instruments": [str(voo.pk)], "q": "sp", "look": "1"}

    response = client.post(reverse(NEW), fields)
    part = client.post(reverse(NEW), fields, headers={"HX-Request": "true"})

    assert response.status_code == 200
    assert [row.pk for row in response.context["members"]] == [voo.pk]
    assert [row.pk for row in response.context["found"]] == [spy.pk]
    assert 'value="S&amp;P 500"' in response.content.decode()
    assert not IdentityGroup.objects.exists()
    assert part.content.decode().lstrip().startswith('<div id="instruments"')


def test_a_group_that_cannot_be_is_refused(client: Client, member: HouseholdMember) -> None:
    foreign = InstrumentFactory(household=MemberFactory().household)
    fields = {"group_id": str(GROUP), "name": "", "instruments": [str(foreign.pk)]}

    response = client.post(reverse(NEW), fields)
    nothing = client.post(reverse(NEW), {"group_id": str(GROUP), "name": "Empty"})

    assert (response.status_code, nothing.status_code) == (422, 422)
    assert response.context["form"].errors == {
        "name": ["Give the group a name."],
        "instruments": ["One of the instruments is not known to this household."],
    }
    assert nothing.context["form"].errors == {"instruments": ["Name one instrument at least."]}
    assert not IdentityGroup.objects.exists()


def test_grants_and_those_who_see_part_of_the_household_find_nothing_here(client: Client) -> None:
    grant = GrantFactory(scope="manage")
    part = MemberFactory(household=grant.household, sees_all=False)
    group = IdentityGroup.objects.create(household=grant.household, name="Theirs")
    addresses = [reverse(name) for name in (RULES, LIST, NEW)]
    addresses.append(reverse("portfolios:identity_change", args=[group.pk]))
    for user in (grant.grantee, part.user):
        client.force_login(user)
        assert [client.get(address).status_code for address in addresses] == [404] * 4
        assert client.post(reverse(RULES), AS_IS).status_code == 404
        assert client.post(reverse("portfolios:identity_drop", args=[group.pk])).status_code == 404
    assert IdentityGroup.objects.get().name == "Theirs"


def test_another_households_group_is_not_there(client: Client, member: HouseholdMember) -> None:
    theirs = IdentityGroup.objects.create(household=MemberFactory().household, name="Theirs")
    shared = IdentityGroup.objects.create(name="Everybody's")

    for group in (theirs, shared):
        fields = {"group_id": str(group.pk), "name": "Mine", "instruments": [str(fund(member, "VOO").pk)]}
        assert client.post(reverse("portfolios:identity_change", args=[group.pk]), fields).status_code == 404
        assert client.post(reverse(NEW), fields).status_code == 404
    assert sorted(IdentityGroup.objects.values_list("name", flat=True)) == ["Everybody's", "Theirs"]
