"""`manage.py scan_harvests [--portfolio ID] [--dry-run] [--day DAY]`: look for losses worth taking."""

import multiprocessing
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import django
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from portfolios.engine.figures import amount_text
from taxharvest.models import HarvestScan, ScannedAccount
from taxharvest.selectors.scan_accounts import EXCHANGE_ZONE, Place, accounts_due, scan_ranges
from taxharvest.services.scan_accounts import AccountLook, AccountScanner, Decided
from taxharvest.services.scans import (
    ScanReport,
    scan_close,
    scan_expect,
    scan_open,
    scan_range,
    scan_report,
    scan_run,
)


class Command(BaseCommand):
    """Scans every enabled account, or one, and prints coverage and decisions."""

    help = (
        "Look for losses worth harvesting in every account that has harvesting switched on, or in one. "
        "Running it again on the same day goes on where it stopped and adds nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--portfolio", type=UUID, metavar="ID", help="this account alone")
        parser.add_argument("--day", type=date.fromisoformat, metavar="DAY", help="as of this day")
        parser.add_argument("--dry-run", action="store_true", help="judge all the same, and write nothing")
        parser.add_argument(
            "--processes", type=int, default=1, metavar="N", help="share all accounts out among N processes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Scan. Exits non-zero when it cannot be done or an account could not be looked through."""
        now = timezone.now()
        day = options["day"] or now.astimezone(EXCHANGE_ZONE).date()
        try:
            report = self._scan(day, now, options)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(_summary(report, is_dry_run=options["dry_run"]))
        if report.failed:
            raise CommandError(f"{report.failed} accounts could not be looked through; the log says why.")

    def _scan(self, day: date, now: datetime, options: dict[str, Any]) -> ScanReport:
        chosen, is_dry_run = options["portfolio"], options["dry_run"]
        if options["processes"] > 1 and chosen is None and not is_dry_run:
            return scan_shared(day=day, now=now, processes=options["processes"])
        cause = HarvestScan.Cause.NIGHTLY if chosen is None else HarvestScan.Cause.DEMAND
        return scan_run(
            cause=cause, day=day, now=now, portfolio_id=chosen, is_dry_run=is_dry_run, told=self._tell
        )

    def _tell(self, look: AccountLook) -> None:
        """One account: whether it was looked through, and each decision about it."""
        label = ScannedAccount.Outcome(look.outcome).label.lower()
        self.stdout.write(f"{look.account.name}: {label}. {look.words}".rstrip())
        for one in look.decided:
            self.stdout.write(f"  {_decision(one)}")


def scan_shared(*, day: date, now: datetime, processes: int) -> ScanReport:
    """The nightly scan of `day` with its accounts shared out among so many processes of this machine."""
    scan = scan_open(cause=HarvestScan.Cause.NIGHTLY, day=day, now=now)
    if scan.state == HarvestScan.State.DONE:
        return scan_report(scan)
    due = accounts_due()
    count = due.count()
    scan_expect(scan, count)
    ranges = scan_ranges(due, size=max(1, -(-count // (4 * processes))))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=django.setup) as pool:
        for done in [pool.submit(_range, scan.pk, now, *ends) for ends in ranges]:
            done.result()
    return scan_close(scan_id=scan.pk, now=timezone.now())


def _range(scan_id: UUID, now: datetime, after: Place | None, until: Place | None) -> None:
    scan = HarvestScan.objects.get(pk=scan_id)
    scanner = _scanner(scan.day)
    scan_range(scan=scan, due=accounts_due(), now=now, after=after, until=until, scanner=scanner)


@lru_cache(maxsize=1)
def _scanner(day: date) -> AccountScanner:
    """One for all ranges of this process, which ends with the scan."""
    return AccountScanner(day)


def _decision(one: Decided) -> str:
    position = one.position
    shares = sum((lot.quantity for lot in position.lots), Decimal(0))
    loss = amount_text(position.loss, position.base_currency)
    word = one.decision.value.replace("_", " ")
    return f"{position.symbol}, {shares.normalize():f} shares, loss {loss}: {word}. {one.words}".rstrip()


def _summary(report: ScanReport, *, is_dry_run: bool) -> str:
    kind = "Would have scanned" if is_dry_run else "Scanned"
    return (
        f"{kind} {report.scanned} of {report.accounts} accounts for {report.day}, skipped {report.skipped}: "
        f"{report.candidates} positions under water, {report.proposals} worth harvesting."
    )
