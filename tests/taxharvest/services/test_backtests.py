"""Asking for a back-test: once for equal assumptions, within a quota, failed in words."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from common.errors import Conflict
from common.models import AuditEvent
from common.throttling import TooManyAttempts
from taxharvest.models import HarvestBacktest
from taxharvest.quant.backtest import assumptions as assumed
from taxharvest.quant.backtest import report as made
from taxharvest.quant.backtest.assumptions import Assumptions
from taxharvest.selectors.backtests import LOST_AFTER, backtest_of, backtests_asked
from taxharvest.services.backtests import A_DAY, OUR_FAULT, backtest_ask, backtest_make, backtest_run
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
State = HarvestBacktest.State
SEVEN = Assumptions(years=7)


@pytest.fixture
def ann() -> User:
    user: User = UserFactory.create()
    return user


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A report that is made at once; what is asked of it."""
    years: list[int] = []

    def report(assumptions: Assumptions, told: Any) -> dict[str, Any]:
        years.append(assumptions.years)
        told(50)
        seen = HarvestBacktest.objects.get(digest=assumptions.digest())
        return {"progress seen": seen.progress}

    monkeypatch.setattr(made, "report", report)
    return years


def ask(user: User, years: int = 7, now: datetime | None = None) -> tuple[HarvestBacktest, bool]:
    return backtest_ask(user=user, assumptions=Assumptions(years=years), now=now or timezone.now())


def finish(backtest: HarvestBacktest) -> None:
    HarvestBacktest.objects.filter(pk=backtest.pk).update(state=State.DONE, result={})


def test_asking_makes_a_row_that_waits_and_says_who_asked(ann: User) -> None:
    backtest, is_new = ask(ann)

    assert (is_new, backtest.state, backtest.requested_by_id) == (True, State.WAITING, ann.pk)
    assert backtest.assumptions["years"] == 7
    assert AuditEvent.objects.get(actor=ann).action == "backtest.ask"
    assert backtest_of(SEVEN) == backtest


def test_equal_assumptions_are_one_back_test_whoever_asks(ann: User) -> None:
    first, _ = ask(ann)
    again, is_new = ask(UserFactory.create())

    assert (again.pk, is_new) == (first.pk, False)
    assert list(backtests_asked(ann)) == [first]


def test_a_worker_makes_it_once_and_tells_how_far_it_is(ann: User, quick: list[int]) -> None:
    backtest, _ = ask(ann)

    assert backtest_run(backtest_id=backtest.pk, now=timezone.now())
    assert not backtest_run(backtest_id=backtest.pk, now=timezone.now())
    backtest.refresh_from_db()
    assert (backtest.state, backtest.progress, backtest.result) == (State.DONE, 100, {"progress seen": 50})
    assert quick == [7]


def test_one_that_a_worker_has_is_left_to_it_until_the_worker_is_lost(ann: User, quick: list[int]) -> None:
    backtest, _ = ask(ann)
    now = timezone.now()
    HarvestBacktest.objects.filter(pk=backtest.pk).update(state=State.RUNNING, updated_at=now)

    assert not backtest_run(backtest_id=backtest.pk, now=now)
    assert backtest_run(backtest_id=backtest.pk, now=now + LOST_AFTER)
    assert quick == [7]


def test_what_goes_wrong_is_told_in_words_and_can_be_asked_for_again(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(made, "report", broken)
    backtest, _ = ask(ann)
    with pytest.raises(ZeroDivisionError):
        backtest_run(backtest_id=backtest.pk, now=timezone.now())
    backtest.refresh_from_db()
    assert (backtest.state, backtest.words) == (State.FAILED, OUR_FAULT)

    again, is_new = ask(ann)
    assert (again.pk, is_new, again.state, again.words) == (backtest.pk, True, State.WAITING, "")


def test_two_at_once_are_the_most_that_one_person_may_have_made(ann: User) -> None:
    ask(ann, years=5)
    ask(ann, years=6)
    with pytest.raises(TooManyAttempts) as refusal:
        ask(ann, years=7)

    assert refusal.value.code == "backtests-at-work"
    assert HarvestBacktest.objects.count() == 2
    assert ask(UserFactory.create(), years=7)[1]


def test_a_day_has_its_quota_and_what_is_known_does_not_count(ann: User) -> None:
    for years in range(5, 5 + A_DAY):
        finish(ask(ann, years=years)[0])
    with pytest.raises(TooManyAttempts) as refusal:
        ask(ann, years=19)

    assert refusal.value.code == "too-many-backtests"
    assert 0 < refusal.value.retry_after <= 86_400
    assert ask(ann, years=5)[1] is False
    assert ask(ann, years=19, now=timezone.now() + timedelta(days=1))[1]


def test_an_operator_makes_one_here_and_now_and_gets_a_known_one_as_it_is(quick: list[int]) -> None:
    backtest = backtest_make(assumptions=SEVEN)

    assert (backtest.state, backtest.requested_by) == (State.DONE, None)
    assert backtest_make(assumptions=SEVEN) == backtest
    assert quick == [7]


def test_without_the_prices_it_says_what_is_missing(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise LookupError("The package is not installed.")

    monkeypatch.setattr(assumed, "data_digest", missing)
    with pytest.raises(Conflict, match="not installed"):
        ask(ann)
