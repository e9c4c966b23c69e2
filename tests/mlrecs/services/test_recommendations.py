"""Recommendations are put forward once, and decided once."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from common.errors import Conflict, InvalidInput, NotFound
from common.models import AuditEvent, OutboxEvent
from mlrecs.models import Recommendation
from mlrecs.services.recommendations import (
    recommendation_accept,
    recommendation_dismiss,
    recommendation_snooze,
    recommendations_follow,
)
from tests.factories.accounts import HouseholdFactory, MemberFactory, UserFactory
from tests.mlrecs.advice import put

pytestmark = pytest.mark.django_db
NOW = timezone.now()
State = Recommendation.State


def asked() -> tuple[Recommendation, User]:
    """An open recommendation and who may decide about it."""
    member = MemberFactory.create(sees_all=True)
    row = put(member.household, now=NOW)
    assert row is not None
    user: User = member.user
    return row, user


def test_an_advice_is_kept_with_its_reasons_and_told() -> None:
    row, _user = asked()

    assert row.reasons == [
        {"code": "sector_too_large", "words": "Energy is 40 % of it.", "figures": {"weight": "0.4000"}}
    ]
    assert (row.state, row.binding) == ("open", "No sector above 30 %.")
    assert AuditEvent.objects.get().action == "recommendation.create"
    assert OutboxEvent.objects.get().topic == "recommendation.changed"


def test_the_same_subject_is_not_raised_twice_but_brought_up_to_date() -> None:
    household = HouseholdFactory.create()
    first = put(household, now=NOW)
    again = put(household, now=NOW + timedelta(days=1), title="Less oil", data_until=date(2026, 3, 3))

    assert (first is not None, again) == (True, None)
    row = Recommendation.objects.get()
    assert (row.title, row.data_until, row.expires_at) == (
        "Less oil", date(2026, 3, 3), NOW + timedelta(days=14),
    )  # fmt: skip


def test_older_data_never_replace_newer_ones() -> None:
    household = HouseholdFactory.create()
    put(household, now=NOW)
    put(household, now=NOW, title="Stale", data_until=date(2026, 3, 1))

    assert Recommendation.objects.get().title == "Less energy"


def test_another_household_is_told_the_same() -> None:
    assert put(HouseholdFactory.create()) is not None
    assert put(HouseholdFactory.create()) is not None


def test_only_three_of_a_kind_wait_at_a_time() -> None:
    household = HouseholdFactory.create()

    found = [put(household, subject=f"sector:{place}") is not None for place in range(4)]

    assert found == [True, True, True, False]
    assert put(household, subject="views", kind=Recommendation.Kind.RISK) is not None


def test_a_dismissed_subject_rests_thirty_days() -> None:
    row, user = asked()
    recommendation_dismiss(user, row.pk, reason="Not now.", now=NOW)

    assert put(row.household, now=NOW + timedelta(days=29)) is None
    assert put(row.household, now=NOW + timedelta(days=30)) is not None


def test_accepting_notes_who_and_when_and_twice_changes_nothing() -> None:
    row, user = asked()
    recommendation_accept(user, row.pk, reason="", now=NOW)
    again = recommendation_accept(user, row.pk, reason="Again", now=NOW + timedelta(days=1))

    assert (again.state, again.decided_by, again.decided_at, again.reason) == ("accepted", user, NOW, "")
    assert [event.action for event in AuditEvent.objects.order_by("created_at")] == [
        "recommendation.create", "recommendation.accept",
    ]  # fmt: skip


def test_dismissing_needs_a_reason() -> None:
    row, user = asked()

    with pytest.raises(InvalidInput) as refusal:
        recommendation_dismiss(user, row.pk, reason="  ", now=NOW)

    assert list(refusal.value.fields) == ["reason"]
    assert Recommendation.objects.get().state == "open"


def test_what_is_settled_cannot_be_settled_otherwise() -> None:
    row, user = asked()
    recommendation_dismiss(user, row.pk, reason="No.", now=NOW)

    with pytest.raises(Conflict, match="dismissed already"):
        recommendation_accept(user, row.pk, reason="", now=NOW)
    assert Recommendation.objects.get().state == "dismissed"


def test_an_advice_past_its_end_cannot_be_accepted() -> None:
    row, user = asked()

    with pytest.raises(Conflict, match="too old"):
        recommendation_accept(user, row.pk, reason="", now=NOW + timedelta(days=14))
    assert Recommendation.objects.get().state == "open"


@pytest.mark.parametrize("until", [timedelta(minutes=59), timedelta(days=90, seconds=1)])
def test_a_snooze_lasts_between_an_hour_and_ninety_days(until: timedelta) -> None:
    row, user = asked()

    with pytest.raises(InvalidInput):
        recommendation_snooze(user, row.pk, until=NOW + until, reason="", now=NOW)
    assert Recommendation.objects.get().state == "open"


def test_a_snoozed_advice_wakes_and_an_old_one_ends() -> None:
    row, user = asked()
    recommendation_snooze(user, row.pk, until=NOW + timedelta(days=2), reason="Later", now=NOW)
    states = []
    for days in (1, 2, 14):
        recommendations_follow(NOW + timedelta(days=days))
        states.append(Recommendation.objects.get().state)

    assert states == ["snoozed", "open", "expired"]


def test_a_stranger_and_a_member_who_sees_a_part_decide_nothing() -> None:
    row, _user = asked()
    partial = MemberFactory.create(household=row.household, sees_all=False)

    for user in (UserFactory.create(), partial.user):
        with pytest.raises(NotFound):
            recommendation_dismiss(user, row.pk, reason="No.", now=NOW)
    assert Recommendation.objects.get().state == "open"
