"""Looks for advice are asked for once, and forgotten where no worker could be told."""

from datetime import timedelta

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.errors import Conflict
from mlrecs.models import AdviceRun
from mlrecs.services.advice import run_note
from mlrecs.services.advice_looks import KINDS, PAUSE, looks_ask
from mlrecs.tasks import enqueue_advice
from mlrecs.tasks.advice import look_for_advice
from tests.factories.portfolios import PortfolioFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_looks_are_asked_for_in_every_open_account_and_not_twice() -> None:
    account = PortfolioFactory.create()
    PortfolioFactory.create(holder=account.holder, closed_on=NOW.date(), name="Closed")

    assert looks_ask(account.household_id, NOW) == [account.pk]
    assert set(AdviceRun.objects.values_list("portfolio", "kind")) == {(account.pk, kind) for kind in KINDS}
    with pytest.raises(Conflict, match="A look is under way already"):
        looks_ask(account.household_id, NOW + timedelta(minutes=1))


def test_what_was_looked_for_minutes_ago_stands_for_a_while() -> None:
    account = PortfolioFactory.create()
    looks_ask(account.household_id, NOW)
    for kind in KINDS:
        run_note(account, kind, NOW)

    with pytest.raises(Conflict, match="That was looked for minutes ago"):
        looks_ask(account.household_id, NOW + PAUSE - timedelta(seconds=1))
    assert looks_ask(account.household_id, NOW + PAUSE) == [account.pk]


def test_without_a_queue_nothing_is_said_to_be_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    account = PortfolioFactory.create()

    def fail(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(look_for_advice, "apply_async", fail)
    with pytest.raises(Conflict, match="The queue of the workers cannot be reached"):
        enqueue_advice(account.household_id)
    assert list(AdviceRun.objects.values_list("asked_at", flat=True)) == [None] * len(KINDS)
