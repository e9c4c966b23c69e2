"""No-buy windows kept as restrictions, and the household's word on how hard they are."""

import pytest

from common.errors import InvalidInput, NotFound
from common.identifiers import uuid7
from common.models import AuditEvent
from portfolios.services.identities import identity_group_save
from taxharvest.models import WashGuard
from taxharvest.selectors.wash_guard import guard_reaction, is_blocking
from taxharvest.services.wash_guards import wash_guard_save
from taxharvest.services.wash_windows import harvest_windows_set
from tests.taxharvest.wash_book import WashBook, ago, wash_book
from trading.models import Restriction

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> WashBook:
    return wash_book()


def test_a_window_holds_for_thirty_days_and_is_set_once(book: WashBook) -> None:
    household_id = book.taxable.household_id
    for _ in range(2):
        assert harvest_windows_set(household_id=household_id, instrument_id=book.beta.pk, sold_on=ago(3)) == 1

    row = Restriction.objects.get()
    assert (row.household_id, row.portfolio_id, row.instrument_id) == (household_id, None, book.beta.pk)
    assert (row.side, row.origin, row.is_hard) == ("buy", "harvest", False)
    assert (row.begins, row.ends) == (ago(3), ago(-27))


def test_a_sale_that_fills_on_later_days_moves_the_end(book: WashBook) -> None:
    for day in (3, 1, 2):
        harvest_windows_set(
            household_id=book.taxable.household_id, instrument_id=book.beta.pk, sold_on=ago(day)
        )

    row = Restriction.objects.get()
    assert (row.begins, row.ends) == (ago(3), ago(-29))


def test_a_later_loss_has_a_window_of_its_own(book: WashBook) -> None:
    for day in (ago(70), ago(3)):
        harvest_windows_set(household_id=book.taxable.household_id, instrument_id=book.beta.pk, sold_on=day)

    days = [(row.begins, row.ends) for row in Restriction.objects.order_by("begins")]
    assert days == [(ago(70), ago(40)), (ago(3), ago(-27))]


def test_everything_identical_is_closed(book: WashBook) -> None:
    household_id = book.taxable.household_id
    identity_group_save(
        household_id=household_id, group_id=uuid7(), name="Twins",
        instrument_ids=[book.acme.pk, book.beta.pk], actor_id=book.ann.pk,
    )  # fmt: skip

    assert harvest_windows_set(household_id=household_id, instrument_id=book.beta.pk, sold_on=ago(3)) == 2
    assert {row.instrument_id for row in Restriction.objects.all()} == {book.acme.pk, book.beta.pk}


def test_windows_follow_the_guard_of_the_household(book: WashBook) -> None:
    household_id = book.taxable.household_id
    harvest_windows_set(household_id=household_id, instrument_id=book.beta.pk, sold_on=ago(3))

    wash_guard_save(book.ann, household_id=household_id, reaction="block", today=ago(0))
    harvest_windows_set(household_id=household_id, instrument_id=book.acme.pk, sold_on=ago(3))

    assert is_blocking(household_id)
    assert [row.is_hard for row in Restriction.objects.all()] == [True, True]
    wash_guard_save(book.ann, household_id=household_id, reaction="ask", today=ago(0))
    assert [row.is_hard for row in Restriction.objects.all()] == [False, False]
    assert AuditEvent.objects.filter(action="wash_guard.save").count() == 2


def test_the_guard_is_set_by_those_who_see_the_household_whole(book: WashBook) -> None:
    household_id = book.taxable.household_id
    with pytest.raises(NotFound):
        wash_guard_save(book.ben, household_id=household_id, reaction="block", today=ago(0))
    with pytest.raises(InvalidInput) as refusal:
        wash_guard_save(book.ann, household_id=household_id, reaction="shout", today=ago(0))

    assert refusal.value.fields == {"reaction": ["Choose whether it asks or blocks."]}
    assert guard_reaction(household_id) is WashGuard.Reaction.ASK
