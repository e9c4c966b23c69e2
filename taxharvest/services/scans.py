"""Scans for losses: every enabled account looked through once a day and cause, with a record of each."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet, Sum

from accounts.models import User, Viewer
from accounts.selectors.households import membership_of
from common.audit import event_record
from common.bulk import copy_rows
from common.errors import NotFound
from common.transactions import write_transaction
from taxharvest.engine.harvest.scanning import Skip
from taxharvest.models import HarvestScan, ScannedAccount
from taxharvest.selectors.scan_accounts import Place, account_batches, accounts_due
from taxharvest.services.proposing import Found, harvests_propose
from taxharvest.services.scan_accounts import OUR_FAULT, AccountLook, AccountScanner, Decided

log = logging.getLogger(__name__)

# What is under water in so many accounts is in memory at once.
BATCH = 500
# A scan on demand that is younger than this is the answer to asking again.
ASKED_AGAIN = timedelta(minutes=10)
COPIED = (
    "id", "scan_id", "portfolio_id", "outcome", "reason", "words", "candidates", "proposals", "decisions",
)  # fmt: skip
Told = Callable[[AccountLook], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """What a scan did, in counts. `scan_id` is None for a dry run, which leaves nothing behind.

    `failed` counts accounts that could not be looked through for a fault of ours; they are among the skipped.
    """

    scan_id: UUID | None
    day: date
    cause: HarvestScan.Cause
    accounts: int = 0
    scanned: int = 0
    skipped: int = 0
    failed: int = 0
    candidates: int = 0
    proposals: int = 0


def scan_run(
    *,
    cause: HarvestScan.Cause,
    day: date,
    now: datetime,
    household_id: UUID | None = None,
    portfolio_id: UUID | None = None,
    requested_by: User | None = None,
    is_dry_run: bool = False,
    told: Told | None = None,
) -> ScanReport:
    """Look for losses in every enabled account, in those of one household, or in one account.

    A scan that was interrupted goes on where it stood: an account is looked through once a scan, and there is
    one nightly scan a day. `told` hears of each account; a dry run judges all the same and writes nothing.
    Raises NotFound for a household or an account that does not exist.
    """
    due = accounts_due(household_id=household_id, portfolio_id=portfolio_id)
    first = due.first() if household_id or portfolio_id else None
    if (household_id or portfolio_id) and first is None:
        raise NotFound("There is no such account to scan.", code="not-found")
    if is_dry_run:
        return _dry(due, cause=cause, day=day, told=told)
    household = first.household_id if first is not None else None
    scan = scan_open(cause=cause, day=day, now=now, household_id=household, requested_by=requested_by)
    if scan.state == HarvestScan.State.DONE:
        return scan_report(scan)
    scan_expect(scan, due.count())
    try:
        scan_range(scan=scan, due=due, now=now, told=told)
    except Exception as error:
        scan_fail(scan_id=scan.pk, now=now, words=str(error))
        raise
    return scan_close(scan_id=scan.pk, now=now)


@write_transaction
def scan_open(
    *,
    cause: HarvestScan.Cause,
    day: date,
    now: datetime,
    household_id: UUID | None = None,
    requested_by: User | None = None,
) -> HarvestScan:
    """The scan of this day, cause and household: the one that there is, else a new one.

    On demand there may be several a day: one that still runs, and began minutes ago, is the same.
    """
    same = HarvestScan.objects.filter(Q(household_id=household_id), cause=cause, day=day)
    if cause == HarvestScan.Cause.DEMAND:
        running = Q(state=HarvestScan.State.RUNNING, started_at__gt=now - ASKED_AGAIN)
        present = same.filter(running).order_by("-started_at").first()
        if present is not None:
            return present
        return HarvestScan.objects.create(
            cause=cause, day=day, household_id=household_id, requested_by=requested_by, started_at=now
        )
    fresh = HarvestScan(cause=cause, day=day, household_id=household_id, started_at=now)
    HarvestScan.objects.bulk_create([fresh], ignore_conflicts=True)
    scan = same.get()
    if scan.state == HarvestScan.State.FAILED:
        scan.state, scan.words = HarvestScan.State.RUNNING, ""
        scan.save(update_fields=["state", "words"])
    return scan


def scan_ask(user: Viewer, household_id: UUID, *, day: date, now: datetime) -> HarvestScan:
    """Begin a scan of a household for one of its members; a worker has to make it.

    Raises NotFound for a household that is not the user's own: a grant shows accounts, it scans none.
    """
    membership = membership_of(user) if isinstance(user, User) else None
    if membership is None or not isinstance(user, User) or membership.household_id != household_id:
        raise NotFound("There is no such household to scan.", code="not-found")
    return scan_open(
        cause=HarvestScan.Cause.DEMAND, day=day, now=now, household_id=household_id, requested_by=user
    )


def scan_range(
    *,
    scan: HarvestScan,
    due: QuerySet[Any],
    now: datetime,
    after: Place | None = None,
    until: Place | None = None,
    told: Told | None = None,
    scanner: AccountScanner | None = None,
) -> None:
    """Look through the accounts of `due` between two places that this scan has not looked through yet.

    Who looks through several ranges hands over one `scanner` of the day: what it has read it does not read
    again.
    """
    scanner = scanner or AccountScanner(scan.day)
    for batch in account_batches(due, size=BATCH, after=after, until=until):
        keys = [place.portfolio_id for place in batch]
        known = set(
            scan.scanned_accounts.filter(portfolio_id__in=keys).values_list("portfolio_id", flat=True)
        )
        looks = scanner.look([key for key in keys if key not in known])
        _batch_record(scan, looks, now, told)


def _batch_record(scan: HarvestScan, looks: Iterable[AccountLook], now: datetime, told: Told | None) -> None:
    """Write down what was found, all accounts together; where that cannot be done, each for itself."""
    found = []
    for look in looks:
        if told is not None:
            told(look)
        found.append(look)
    if _recorded(scan, found, now):
        return
    failed = [look for look in found if not _recorded(scan, [look], now)]
    _accounts_record(scan=scan, looks=[look.failed(OUR_FAULT) for look in failed], now=now)


def _recorded(scan: HarvestScan, looks: Sequence[AccountLook], now: datetime) -> bool:
    """Write down accounts with their proposals; False where that cannot be done."""
    try:
        _accounts_record(scan=scan, looks=looks, now=now)
    except Exception:
        keys = ", ".join(str(look.account.portfolio_id) for look in looks[:3])
        log.exception("%d accounts could not be written down: %s", len(looks), keys)
        return False
    return True


@write_transaction
def _accounts_record(*, scan: HarvestScan, looks: Sequence[AccountLook], now: datetime) -> None:
    """Accounts with their proposals, all or nothing; those that another worker wrote meanwhile are left."""
    # All or nothing inside a larger transaction, too.
    with transaction.atomic():
        fresh = _rows_write(scan, looks)
        harvests_propose([one for look in fresh for one in _found(look)], scan=scan, now=now)
        _count(scan, fresh)


def _rows_write(scan: HarvestScan, looks: Sequence[AccountLook]) -> list[AccountLook]:
    """Write a row for each account; returns those that had none."""
    rows = [
        ScannedAccount(scan=scan, portfolio_id=look.account.portfolio_id, **_columns(look)) for look in looks
    ]
    try:
        with transaction.atomic():
            copy_rows(ScannedAccount, COPIED, map(_copied, rows))
    except IntegrityError:
        # Another worker looked through some of them meanwhile: its rows are as good.
        ScannedAccount.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    else:
        return list(looks)
    written = ScannedAccount.objects.filter(pk__in=[row.pk for row in rows])
    ours = set(written.values_list("portfolio_id", flat=True))
    return [look for look in looks if look.account.portfolio_id in ours]


def _found(look: AccountLook) -> Iterator[Found]:
    """What of an account is worth proposing."""
    for one in look.decided:
        if one.candidate is not None and one.judgement is not None and one.is_proposed:
            yield Found(candidate=one.candidate, judgement=one.judgement, replacement=one.replacement)


def _copied(row: ScannedAccount) -> tuple[Any, ...]:
    values = (getattr(row, name) for name in COPIED[:-1])
    return (*values, json.dumps(row.decisions))


def _columns(look: AccountLook) -> dict[str, Any]:
    return {
        "outcome": look.outcome,
        "reason": look.reason.value,
        "words": look.words,
        "candidates": len(look.decided),
        "proposals": look.proposals,
        "decisions": [decision_kept(one) for one in look.decided],
    }


def _count(scan: HarvestScan, looks: Sequence[AccountLook]) -> None:
    """Progress as it goes; the figures of the end are counted from the rows."""
    skipped = sum(look.outcome == ScannedAccount.Outcome.SKIPPED for look in looks)
    HarvestScan.objects.filter(pk=scan.pk).update(
        scanned=F("scanned") + len(looks) - skipped,
        skipped=F("skipped") + skipped,
        candidates=F("candidates") + sum(len(look.decided) for look in looks),
        proposals=F("proposals") + sum(look.proposals for look in looks),
    )


@write_transaction
def scan_close(*, scan_id: UUID, now: datetime) -> ScanReport:
    """Finish a scan that has looked at every account, with the figures counted from its rows.

    One that still waits for some is left running: its report says how far it is.
    """
    scan = HarvestScan.objects.select_for_update().get(pk=scan_id)
    report = scan_report(scan)
    if scan.state != HarvestScan.State.RUNNING or report.scanned + report.skipped < scan.accounts:
        return report
    scan.state, scan.finished_at = HarvestScan.State.DONE, now
    scan.scanned, scan.skipped = report.scanned, report.skipped
    scan.candidates, scan.proposals = report.candidates, report.proposals
    scan.words = f"{report.failed} accounts could not be looked through." if report.failed else ""
    scan.save()
    event_record(
        topic="harvest.scanned",
        household_id=scan.household_id,
        payload={"scan": str(scan.pk), "proposals": report.proposals},
    )
    return report


def scan_report(scan: HarvestScan) -> ScanReport:
    """What a scan has done so far, counted from its rows."""
    skipped = Q(outcome=ScannedAccount.Outcome.SKIPPED)
    counts = scan.scanned_accounts.aggregate(
        scanned=Count("pk", filter=~skipped),
        skipped=Count("pk", filter=skipped),
        failed=Count("pk", filter=Q(reason=ScannedAccount.Reason.FAILED)),
        candidates=Sum("candidates", default=0),
        proposals=Sum("proposals", default=0),
    )
    return ScanReport(
        scan_id=scan.pk,
        day=scan.day,
        cause=HarvestScan.Cause(scan.cause),
        accounts=scan.accounts,
        **counts,
    )


def scan_expect(scan: HarvestScan, accounts: int) -> None:
    """How many accounts the scan is about; accounts that came while it was interrupted are due as well."""
    scan.accounts = accounts
    HarvestScan.objects.filter(pk=scan.pk).update(accounts=accounts)


def scan_fail(*, scan_id: UUID, now: datetime, words: str) -> None:
    """End a scan that cannot go on; the next one of its day begins where it stopped."""
    HarvestScan.objects.filter(pk=scan_id).update(
        state=HarvestScan.State.FAILED, finished_at=now, words=words[:300]
    )


def scans_unfinished(before: datetime) -> list[HarvestScan]:
    """Scans that began before that moment and still run."""
    rows = HarvestScan.objects.filter(state=HarvestScan.State.RUNNING, started_at__lt=before)
    return list(rows.order_by("started_at"))


def _dry(due: QuerySet[Any], *, cause: HarvestScan.Cause, day: date, told: Told | None) -> ScanReport:
    report = ScanReport(scan_id=None, day=day, cause=cause)
    scanner = AccountScanner(day)
    for batch in account_batches(due, size=BATCH):
        for look in scanner.look([place.portfolio_id for place in batch]):
            if told is not None:
                told(look)
            report = _with(report, look)
    return report


def _with(report: ScanReport, look: AccountLook) -> ScanReport:
    is_skipped = look.outcome == ScannedAccount.Outcome.SKIPPED
    return replace(
        report,
        accounts=report.accounts + 1,
        scanned=report.scanned + (not is_skipped),
        skipped=report.skipped + is_skipped,
        failed=report.failed + (look.reason is Skip.FAILED),
        candidates=report.candidates + len(look.decided),
        proposals=report.proposals + look.proposals,
    )


def decision_kept(one: Decided) -> dict[str, Any]:
    """A decision as it is kept with its account: amounts as text, in the account's currency.

    Purchases that would wash are kept by account, day and shares: who may see which is decided when shown.
    """
    position = one.position
    kept: dict[str, Any] = {
        "instrument": str(position.instrument_id),
        "symbol": position.symbol,
        "currency": position.base_currency,
        "shares": f"{sum(lot.quantity for lot in position.lots):f}",
        "loss": f"{position.loss:f}",
        "price_day": position.price_day.isoformat(),
        "decision": one.decision.value,
        "words": one.words,
    }
    if one.judgement is not None:
        kept |= {
            name: f"{getattr(one.judgement, name):f}"
            for name in ("benefit_low", "benefit_high", "costs", "option_value")
        }
    outcome = None if one.candidate is None else one.candidate.outcome
    if outcome is not None and outcome.causes:
        kept["washed"] = f"{outcome.disallowed:f}"
        kept["free_on"] = outcome.free_on.isoformat() if outcome.free_on else None
        kept["causes"] = [
            {
                "portfolio": str(cause.portfolio_id),
                "instrument": str(cause.instrument_id),
                "day": cause.day.isoformat(),
                "shares": f"{cause.shares:f}",
                "sold": f"{cause.sold:f}",
                "disallowed": f"{cause.disallowed:f}",
                "is_permanent": cause.is_permanent,
            }
            for cause in outcome.causes
        ]
    return kept
