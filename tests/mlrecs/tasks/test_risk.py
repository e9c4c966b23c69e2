"""Every open account is measured on market days; one that goes wrong does not keep the others from it."""

from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from kombu.exceptions import OperationalError

from mlrecs.models import RiskReport
from mlrecs.services.risk_reports import risk_measure
from mlrecs.tasks import risk
from mlrecs.tasks.risk import enqueue_risk, measure_risk_batch, measure_risks
from tests.mlrecs.risk_book import LAST, risk_book
from wealthalloc.celery import SCHEDULE

pytestmark = pytest.mark.django_db
FRIDAY, SATURDAY = datetime(2026, 3, 6, 12, tzinfo=UTC), datetime(2026, 3, 7, 12, tzinfo=UTC)


def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr("mlrecs.tasks.risk.timezone.now", lambda: now)


def test_every_open_account_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, FRIDAY)
    open_, closed = risk_book(100).portfolio, risk_book(100).portfolio
    closed.closed_on = LAST
    closed.save()
    measure_risks()

    assert list(RiskReport.objects.values_list("portfolio_id", "day", "is_good")) == [(open_.pk, LAST, True)]


def test_nothing_is_measured_while_new_york_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, SATURDAY)
    risk_book(100)
    measure_risks()

    assert RiskReport.objects.count() == 0


def test_one_account_that_goes_wrong_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = risk_book(100).portfolio, risk_book(100).portfolio

    def measure_or_break(*, portfolio_id: Any, day: date) -> Any:
        if portfolio_id == one.pk:
            raise RuntimeError("broken")
        return risk_measure(portfolio_id=portfolio_id, day=day)

    monkeypatch.setattr("mlrecs.tasks.risk.risk_measure", measure_or_break)
    measure_risk_batch([str(one.pk), str(other.pk)], LAST.isoformat())

    assert list(RiskReport.objects.values_list("portfolio_id", flat=True)) == [other.pk]


def test_a_queue_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(risk.measure_risk, "apply_async", unreachable)
    cache.clear()

    assert enqueue_risk(risk_book(100).portfolio.pk) is False


def test_the_night_measures_in_the_queue_of_arrays() -> None:
    assert SCHEDULE["measure the risk of every account"][0] == "mlrecs.measure_risks"
    assert risk.QUEUE == "ml"


def test_the_command_prints_figures_and_counts() -> None:
    portfolio = risk_book(100).portfolio
    out = StringIO()
    call_command("measure_risk", day=LAST, stdout=out)
    lines = out.getvalue().splitlines()

    assert lines[0].startswith(f"{portfolio.pk} volatility 0.")
    assert lines[-1] == "2026-03-06: 1 of 1 accounts measured"


def test_the_command_refuses_an_account_that_has_no_report() -> None:
    portfolio = risk_book(1).portfolio

    with pytest.raises(CommandError, match="There are 0 days of returns"):
        call_command("measure_risk", portfolio=portfolio.pk, day=LAST)
    portfolio_id = portfolio.household_id
    with pytest.raises(CommandError, match="no such account"):
        call_command("measure_risk", portfolio=portfolio_id, day=LAST)


def test_the_command_prints_json() -> None:
    risk_book(100)
    out = StringIO()
    call_command("measure_risk", day=LAST, json=True, stdout=out)

    assert '"is_good": true' in out.getvalue()
