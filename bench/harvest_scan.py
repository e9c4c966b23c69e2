"""A scan of a million open lots: time, memory and growth, and one account of five hundred lots."""

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import django
from django.db import connection

from bench.made_harvests import LOTS, NOW, TODAY, accounts_make, market_make
from portfolios.models import Portfolio
from taxharvest.models import HarvestScan
from taxharvest.selectors.scan_accounts import Place, accounts_due, scan_ranges
from taxharvest.services.scan_accounts import AccountScanner
from taxharvest.services.scans import (
    ScanReport,
    scan_close,
    scan_expect,
    scan_open,
    scan_range,
    scan_run,
)

SIZES = (1_000, 10_000, 100_000)  # accounts
PROCESSES = 2
ONE_ACCOUNT_LOTS, ROUNDS = 500, 9
MIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One size: what was scanned, how long it took, and the peak of the largest process."""

    report: ScanReport
    seconds: float
    peak_mib: int


def measure() -> str:
    """The sizes on an empty book each, then one large account."""
    quoted = market_make()
    found = []
    for accounts in SIZES:
        _empty()
        accounts_make(accounts, quoted)
        found.append(_scanned())
    _empty()
    accounts_make(1, quoted, lots=ONE_ACCOUNT_LOTS)
    one = _one()
    return "\n".join(
        [
            "## Scan for losses",
            "",
            (
                f"`scan_harvests --processes {PROCESSES}` on made books: {LOTS} open lots an account, two "
                "accounts a household, a thousand instruments with four years of closes. Every position "
                "under water is judged; the largest here is "
                f"**{found[-1].report.accounts * LOTS:,} lots over {found[-1].report.accounts:,} accounts in "
                f"{found[-1].seconds:.0f} s**. Growth is the time a lot, relative to the first size."
            ),
            "",
            "| lots | accounts | under water | proposals | s | lots a second | growth | peak, MiB |",
            "|---|---|---|---|---|---|---|---|",
            *(_row(one_size, found[0]) for one_size in found),
            "",
            f"One account of {ONE_ACCOUNT_LOTS} lots, in one process: **{one:.0f} ms** (median of {ROUNDS}).",
        ]
    )


def _row(one: Figures, first: Figures) -> str:
    report, lots = one.report, one.report.accounts * LOTS
    growth = (one.seconds / lots) / (first.seconds / (first.report.accounts * LOTS))
    return (
        f"| {lots:,} | {report.accounts:,} | {report.candidates:,} | {report.proposals:,} "
        f"| {one.seconds:.1f} | {lots / one.seconds:,.0f} | {growth:.2f} | {one.peak_mib} |"
    )


def _scanned() -> Figures:
    """As `scan_harvests --processes` does it, with the peak of each process beside."""
    began = time.monotonic()
    scan = scan_open(cause=HarvestScan.Cause.NIGHTLY, day=TODAY, now=NOW)
    due = accounts_due()
    count = due.count()
    scan_expect(scan, count)
    ranges = scan_ranges(due, size=max(1, -(-count // (4 * PROCESSES))))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=django.setup) as pool:
        peaks = [done.result() for done in [pool.submit(_range, scan.pk, *ends) for ends in ranges]]
    report = scan_close(scan_id=scan.pk, now=NOW)
    return Figures(report=report, seconds=time.monotonic() - began, peak_mib=max(peaks))


def _range(scan_id: UUID, after: Place | None, until: Place | None) -> int:
    """Scan one range; returns the peak of this process so far, in MiB."""
    scan = HarvestScan.objects.get(pk=scan_id)
    scanner = _scanner(scan.day)
    scan_range(scan=scan, due=accounts_due(), now=NOW, after=after, until=until, scanner=scanner)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // MIB


@lru_cache(maxsize=1)
def _scanner(day: date) -> AccountScanner:
    """One for all ranges of this process, as the command has it."""
    return AccountScanner(day)


def _one() -> float:
    """Milliseconds of a dry run over the one account there is, warm."""
    account = Portfolio.objects.get()
    spans = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        scan_run(cause=HarvestScan.Cause.DEMAND, day=TODAY, now=NOW, portfolio_id=account.pk, is_dry_run=True)
        spans.append(1000 * (time.perf_counter() - began))
    return statistics.median(spans)


def _empty() -> None:
    """Take down all households and what was found in them; the market stays."""
    names = "households, household_members, tax_profiles, portfolios, holdings, tax_lots, trades"
    kept = ("instruments", "prices")
    with connection.cursor() as cursor:
        for name in kept:
            cursor.execute(f"CREATE TABLE kept_{name} AS SELECT * FROM {name}")  # noqa: S608 - names of ours
        cursor.execute(f"TRUNCATE {names} CASCADE")
        for name in kept:
            cursor.execute(f"INSERT INTO {name} SELECT * FROM kept_{name} ON CONFLICT DO NOTHING")  # noqa: S608 - same
            cursor.execute(f"DROP TABLE kept_{name}")
