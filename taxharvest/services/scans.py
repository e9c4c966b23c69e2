"""Scans for losses: every enabled account looked through once a day and cause, with a record of each."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.models import User
from taxharvest.models import HarvestScan


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """What a scan did, in counts. `scan_id` is None for a dry run, which leaves nothing behind."""

    scan_id: UUID | None
    day: date
    cause: HarvestScan.Cause
    accounts: int
    scanned: int
    skipped: int
    failed: int
    candidates: int
    proposals: int


def scan_run(
    *,
    cause: HarvestScan.Cause,
    day: date,
    now: datetime,
    household_id: UUID | None = None,
    portfolio_id: UUID | None = None,
    requested_by: User | None = None,
    is_dry_run: bool = False,
) -> ScanReport:
    """Look for losses in every enabled account, in those of one household, or in one account."""
    raise NotImplementedError
