"""Jobs of harvesting that a worker does: scans, the wash watch, plans that trade, and figures."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.errors import DomainError
from taxharvest.models import HarvestScan
from taxharvest.selectors.falls import households_fallen
from taxharvest.selectors.scan_accounts import Place, accounts_due, scan_ranges
from taxharvest.services.backtests import backtest_fail, backtest_run
from taxharvest.services.harvest_plans import plans_advance
from taxharvest.services.proposals import harvests_expire
from taxharvest.services.rebalances import rebalance_fail, rebalance_run
from taxharvest.services.scan_alerts import coverage_check
from taxharvest.services.scans import (
    scan_close,
    scan_expect,
    scan_fail,
    scan_open,
    scan_range,
    scan_run,
    scans_unfinished,
)
from taxharvest.services.wash_alerts import alerts_follow, alerts_nightly
from trading.engine.market_days import is_market_day, market_today

log = logging.getLogger(__name__)

QUEUE = "default"
# The only queue whose workers may load arrays.
STATISTICS_QUEUE = "ml"
# A scan without an end after so long was interrupted.
PATIENCE = timedelta(minutes=20)
# How often plans are looked at.
PLAN_SECONDS = 5
# From so many households on, a fall is everybody's.
EVERYBODY = 50
OUR_FAULT = "Something went wrong on our side while the plans were worked out. Nothing was traded; ask again."
NO_WORKER = "The queue of the workers cannot be reached, so this was not begun. Try again in a while."


@shared_task(name="taxharvest.scan_nightly")
def scan_nightly() -> None:
    """Begin the scan of the market day, and share its accounts out among the workers."""
    now = timezone.now()
    if is_market_day(market_today(now)):
        _share_out(scan_open(cause=HarvestScan.Cause.NIGHTLY, day=market_today(now), now=now))


@shared_task(name="taxharvest.scan_part")
def scan_part(scan_id: str, after: list[str] | None, until: list[str] | None) -> None:
    """Look through one range of a scan's accounts; whoever comes last closes the scan."""
    scan = HarvestScan.objects.get(pk=scan_id)
    if scan.state != HarvestScan.State.RUNNING:
        return
    now = timezone.now()
    due = accounts_due(household_id=scan.household_id)
    scan_range(scan=scan, due=due, now=now, after=_place(after), until=_place(until))
    scan_close(scan_id=scan.pk, now=timezone.now())


@shared_task(name="taxharvest.watch_falls")
def watch_falls() -> None:
    """Scan households that fell by 3 % or more on the last market day."""
    now = timezone.now()
    fallen = households_fallen(market_today(now))
    if len(fallen) >= EVERYBODY:
        _share_out(scan_open(cause=HarvestScan.Cause.FALL, day=market_today(now), now=now))
        return
    for fall in fallen:
        scan_run(cause=HarvestScan.Cause.FALL, day=market_today(now), now=now, household_id=fall.household_id)


@shared_task(name="taxharvest.resume_scans")
def resume_scans() -> None:
    """Go on with scans that were interrupted: what they have looked through is not looked through again."""
    for scan in scans_unfinished(timezone.now() - PATIENCE):
        _share_out(scan)


@shared_task(name="taxharvest.check_coverage")
def check_coverage() -> None:
    """Raise an alert for every enabled account that was not scanned on this market day."""
    now = timezone.now()
    if is_market_day(market_today(now)):
        coverage_check(day=market_today(now), now=now)


@shared_task(name="taxharvest.follow_washes")
def follow_washes() -> None:
    """Look at the losses of households whose book, orders or plans have changed."""
    alerts_follow(timezone.now())


@shared_task(name="taxharvest.watch_washes")
def watch_washes() -> None:
    """Look at the losses of every household that has any in the window."""
    alerts_nightly(timezone.now())


@shared_task(name="taxharvest.advance_plans", expires=PLAN_SECONDS)
def advance_plans() -> None:
    """Take every plan as far as it goes now; a run that waited too long is left to the next one."""
    plans_advance(timezone.now())


@shared_task(name="taxharvest.expire_harvests")
def expire_harvests() -> None:
    """End proposals about which nobody has decided in time."""
    harvests_expire(timezone.now())


@shared_task(name="taxharvest.run_backtest")
def run_backtest(backtest_id: str) -> None:
    """Make one back-test; the row says how far it is."""
    backtest_run(backtest_id=UUID(backtest_id), now=timezone.now())


@shared_task(name="taxharvest.plan_rebalance")
def plan_rebalance(rebalance_id: str) -> None:
    """Work out both plans of a rebalancing; whatever goes wrong, the person is told."""
    from taxharvest.quant.rebalance.convex import optimised  # noqa: PLC0415 - a solver, for workers alone

    try:
        rebalance_run(UUID(rebalance_id), timezone.now(), optimised)
    except DomainError as refusal:
        rebalance_fail(UUID(rebalance_id), refusal.detail, timezone.now())
    except Exception:
        log.exception("rebalance %s failed", rebalance_id)
        rebalance_fail(UUID(rebalance_id), OUR_FAULT, timezone.now())


def enqueue_plans() -> None:
    """Let a worker go on with plans at once; without a queue the next beat does."""
    try:
        advance_plans.apply_async(queue=QUEUE)
    except OperationalError:
        log.warning("plans wait for the next beat: no queue")


def enqueue_scan(scan_id: UUID) -> None:
    """Let workers make a scan that was asked for; a queue that cannot be reached fails it in words."""
    scan = HarvestScan.objects.get(pk=scan_id)
    try:
        _share_out(scan)
    except OperationalError:
        log.exception("scan %s: no queue", scan_id)
        scan_fail(scan_id=scan_id, now=timezone.now(), words=NO_WORKER)


def enqueue_backtest(backtest_id: UUID) -> None:
    """Ask a worker to make a back-test; a queue that cannot be reached fails it in words."""
    try:
        run_backtest.apply_async((str(backtest_id),), queue=STATISTICS_QUEUE)
    except OperationalError:
        log.exception("back-test %s: no queue", backtest_id)
        backtest_fail(backtest_id=backtest_id, reason=NO_WORKER)


def enqueue_rebalance(rebalance_id: UUID) -> None:
    """Ask a worker for the plans; a queue that cannot be reached fails the rebalancing in words."""
    try:
        plan_rebalance.apply_async((str(rebalance_id),), queue=STATISTICS_QUEUE)
    except OperationalError:
        log.exception("rebalance %s: no queue", rebalance_id)
        rebalance_fail(rebalance_id, NO_WORKER, timezone.now())


def _share_out(scan: HarvestScan) -> None:
    if scan.state != HarvestScan.State.RUNNING:
        return
    due = accounts_due(household_id=scan.household_id)
    scan_expect(scan, due.count())
    ranges = scan_ranges(due)
    for after, until in ranges:
        scan_part.apply_async((str(scan.pk), _text(after), _text(until)), queue=QUEUE)
    if not ranges:
        scan_close(scan_id=scan.pk, now=timezone.now())


def _text(place: Place | None) -> list[str] | None:
    return None if place is None else [str(place.household_id), str(place.portfolio_id)]


def _place(text: Any) -> Place | None:
    return None if text is None else Place(UUID(text[0]), UUID(text[1]))
