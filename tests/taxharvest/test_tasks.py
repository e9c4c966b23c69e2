"""What workers do for harvesting: each job can be begun again without doing anything twice."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from taxharvest import tasks
from taxharvest.models import (
    HarvestAlert,
    HarvestBacktest,
    HarvestPolicy,
    HarvestScan,
    Rebalance,
    ScannedAccount,
    TaxHarvest,
)
from taxharvest.selectors.scan_accounts import scan_ranges
from taxharvest.services.scans import scan_ask, scan_open
from tests.factories.portfolios import PortfolioFactory
from tests.taxharvest.scan_book import scan_book
from tests.taxharvest.wash_book import WashBook, ago
from wealthalloc.celery import SCHEDULE

pytestmark = pytest.mark.django_db
# A Friday and the Saturday after it, at the hour of the nightly scan.
FRIDAY = datetime(2026, 11, 27, 11, 45, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 11, 45, tzinfo=UTC)
TODAY = ago(0)


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> WashBook:
    """The book, on a day that is a market day whenever the test runs."""
    monkeypatch.setattr(tasks, "is_market_day", lambda _day: True)
    monkeypatch.setattr(tasks, "market_today", lambda _now: TODAY)
    return scan_book(monkeypatch)


@pytest.fixture
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker of messages that cannot be reached."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError("no queue")

    for job in (tasks.scan_part, tasks.advance_plans, tasks.run_backtest, tasks.plan_rebalance):
        monkeypatch.setattr(job, "apply_async", refuse)


def test_every_job_that_comes_by_itself_is_in_the_schedule() -> None:
    scheduled = {name for name, _ in SCHEDULE.values()}
    assert {
        task.name
        for task in (
            tasks.scan_nightly, tasks.watch_falls, tasks.resume_scans, tasks.check_coverage,
            tasks.follow_washes, tasks.watch_washes, tasks.advance_plans, tasks.expire_harvests,
        )
    } <= scheduled  # fmt: skip


def test_the_nightly_scan_is_shared_out_and_closed_by_its_last_part(book: WashBook) -> None:
    tasks.scan_nightly()
    scan = HarvestScan.objects.get()
    assert (scan.cause, scan.state, scan.accounts, scan.scanned, scan.skipped) == ("nightly", "done", 2, 1, 1)
    tasks.scan_nightly()
    assert (HarvestScan.objects.count(), TaxHarvest.objects.count()) == (1, 1)
    assert ScannedAccount.objects.count() == 2


@pytest.mark.parametrize(("now", "scans"), [(FRIDAY, 1), (SATURDAY, 0)])
def test_it_is_made_on_market_days_alone(now: datetime, scans: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taxharvest.tasks.timezone.now", lambda: now)
    tasks.scan_nightly()
    assert HarvestScan.objects.count() == scans


def test_a_scan_with_nobody_to_look_at_is_done_at_once(book: WashBook) -> None:
    HarvestPolicy.objects.all().delete()
    tasks.scan_nightly()
    scan = HarvestScan.objects.get()
    assert (scan.state, scan.accounts) == ("done", 0)


def test_a_part_of_a_scan_that_is_over_does_nothing(book: WashBook) -> None:
    scan = scan_open(cause=HarvestScan.Cause.NIGHTLY, day=TODAY, now=timezone.now())
    HarvestScan.objects.filter(pk=scan.pk).update(state="failed")
    tasks.scan_part(str(scan.pk), None, None)
    assert not ScannedAccount.objects.exists()


def test_each_part_looks_through_its_own_accounts(book: WashBook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two households in two parts; a part that is delivered twice adds nothing."""
    HarvestPolicy.objects.create(portfolio=PortfolioFactory(), is_enabled=True)
    monkeypatch.setattr(tasks, "scan_ranges", lambda due: scan_ranges(due, size=1))
    sent: list[Any] = []
    monkeypatch.setattr(tasks.scan_part, "apply_async", lambda sizes, queue: sent.append((sizes, queue)))
    tasks.scan_nightly()
    assert [queue for _, queue in sent] == ["default", "default"]
    (first, _), (second, _) = sent
    tasks.scan_part(*first)
    tasks.scan_part(*first)
    assert HarvestScan.objects.get().state == "running"
    tasks.scan_part(*second)
    scan = HarvestScan.objects.get()
    assert (scan.state, scan.accounts, ScannedAccount.objects.count()) == ("done", 3, 3)


def test_a_scan_that_was_interrupted_is_gone_on_with(book: WashBook) -> None:
    scan = scan_open(cause=HarvestScan.Cause.NIGHTLY, day=TODAY, now=timezone.now())
    tasks.resume_scans()
    assert HarvestScan.objects.get().state == "running"
    HarvestScan.objects.filter(pk=scan.pk).update(started_at=timezone.now() - timedelta(minutes=21))
    tasks.resume_scans()
    assert (HarvestScan.objects.get().state, TaxHarvest.objects.count()) == ("done", 1)


def test_a_household_that_fell_is_scanned_once_for_it(
    book: WashBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    fall = Mock(household_id=book.taxable.household_id)
    monkeypatch.setattr(tasks, "households_fallen", lambda _day: [fall])
    tasks.watch_falls()
    scan = HarvestScan.objects.get()
    assert (scan.cause, scan.household_id, scan.state) == ("fall", fall.household_id, "done")


def test_a_fall_of_many_is_a_scan_of_everybody(book: WashBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "households_fallen", lambda _day: [Mock()] * tasks.EVERYBODY)
    tasks.watch_falls()
    tasks.watch_falls()
    scan = HarvestScan.objects.get()
    assert (scan.cause, scan.household_id, scan.state) == ("fall", None, "done")


def test_accounts_that_no_scan_reached_are_told_of_on_market_days_alone(
    book: WashBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "is_market_day", lambda _day: False)
    tasks.check_coverage()
    assert not HarvestAlert.objects.exists()
    monkeypatch.setattr(tasks, "is_market_day", lambda _day: True)
    tasks.check_coverage()
    tasks.check_coverage()
    assert [alert.portfolio for alert in HarvestAlert.objects.all()] == [book.taxable]


def test_the_wash_watch_tells_a_washed_loss_once(book: WashBook) -> None:
    tasks.watch_washes()
    tasks.watch_washes()
    alert = HarvestAlert.objects.get()
    assert (alert.kind, alert.at_stake) == ("washed", 40)


def test_the_wash_watch_follows_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    followed = Mock()
    monkeypatch.setattr(tasks, "alerts_follow", followed)
    tasks.follow_washes()
    assert followed.call_count == 1


def test_proposals_that_nobody_decided_about_end(book: WashBook) -> None:
    tasks.scan_nightly()
    tasks.expire_harvests()
    assert TaxHarvest.objects.get().state == "open"
    TaxHarvest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.expire_harvests()
    assert TaxHarvest.objects.get().state == "expired"


def test_plans_are_taken_on_and_a_run_that_waited_too_long_is_left_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    advanced = Mock()
    monkeypatch.setattr(tasks, "plans_advance", advanced)
    tasks.advance_plans()
    assert advanced.call_count == 1
    assert tasks.advance_plans.expires == tasks.PLAN_SECONDS


def test_without_a_queue_plans_wait_for_the_next_beat(no_queue: None, caplog: Any) -> None:
    tasks.enqueue_plans()
    assert "plans wait for the next beat" in caplog.text


def test_a_scan_that_was_asked_for_is_made(book: WashBook) -> None:
    scan = scan_ask(book.ann, book.taxable.household_id, day=TODAY, now=timezone.now())
    tasks.enqueue_scan(scan.pk)
    scan.refresh_from_db()
    assert (scan.state, scan.proposals) == ("done", 1)


def test_without_a_queue_a_scan_fails_in_words(book: WashBook, no_queue: None) -> None:
    scan = scan_ask(book.ann, book.taxable.household_id, day=TODAY, now=timezone.now())
    tasks.enqueue_scan(scan.pk)
    scan.refresh_from_db()
    assert (scan.state, scan.words) == ("failed", tasks.NO_WORKER)


def test_without_a_queue_a_back_test_fails_in_words(no_queue: None) -> None:
    backtest = HarvestBacktest.objects.create(digest="d", assumptions={})
    tasks.enqueue_backtest(backtest.pk)
    backtest.refresh_from_db()
    assert (backtest.state, backtest.words) == ("failed", tasks.NO_WORKER)


def test_without_a_queue_a_rebalancing_fails_in_words(book: WashBook, no_queue: None) -> None:
    row = Rebalance.objects.create(
        household=book.taxable.household, requested_by=book.ann, day=TODAY, wish={}
    )
    tasks.enqueue_rebalance(row.pk)
    row.refresh_from_db()
    assert (row.state, row.words) == ("failed", tasks.NO_WORKER)
