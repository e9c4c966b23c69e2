"""How much of what should be scanned was: by account, by day, and the accounts that nobody looked through."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Household, HouseholdMember, Viewer
from common.errors import NotFound
from portfolios.models import Portfolio
from portfolios.selectors.scopes import Scope
from taxharvest.models import HarvestScan, ScannedAccount
from trading.engine.market_days import market_days

TAXED = (Portfolio.Kind.TAXABLE, Portfolio.Kind.JOINT, Portfolio.Kind.SPOUSE_TAXABLE)
# By then the nightly scan is over on every day, and whether it reached everybody is asked.
CHECKED_AT = time(13, 20)
LOOKED_AT = (ScannedAccount.Outcome.SCANNED, ScannedAccount.Outcome.PARTLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageLine:
    """What the last scan of an account did with it; `scanned_at` None where there was none yet."""

    portfolio_id: UUID
    account: str
    outcome: str
    label: str
    reason: str
    words: str
    scanned_at: datetime | None

    @property
    def is_looked_at(self) -> bool:
        """Whether the account was looked through, wholly or in part."""
        return self.outcome in LOOKED_AT


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The accounts of a scope with their last scan each, and the newest scan that any of them was in."""

    lines: tuple[CoverageLine, ...]
    last: HarvestScan | None

    @property
    def scanned(self) -> int:
        """How many were looked through."""
        return sum(line.is_looked_at for line in self.lines)

    @property
    def skipped(self) -> int:
        """How many were not, by the last scan of each."""
        return sum(line.outcome == ScannedAccount.Outcome.SKIPPED for line in self.lines)


class Missed(NamedTuple):
    """An enabled account that was not scanned, and why, as far as a scan said."""

    portfolio_id: UUID
    household_id: UUID
    name: str
    words: str


class Share(NamedTuple):
    """So many looked through of so many due."""

    scanned: int
    due: int


def coverage_of(scope: Scope) -> Coverage:
    """The last scan of each account in `scope`."""
    newest = {row.portfolio_id: row for row in last_looks(scope.portfolio_ids)}
    lines = tuple(_line(account.id, account.name, newest.get(account.id)) for account in scope.accounts)
    scans = sorted((row.scan for row in newest.values()), key=lambda scan: scan.started_at)
    return Coverage(lines=lines, last=scans[-1] if scans else None)


def last_looks(portfolio_ids: Collection[UUID]) -> QuerySet[ScannedAccount]:
    """The newest row of each of these accounts, with its scan; of scans that failed as well."""
    rows = ScannedAccount.objects.filter(portfolio_id__in=list(portfolio_ids)).select_related("scan")
    newest: QuerySet[ScannedAccount] = rows.order_by("portfolio_id", "-scan__started_at", "-id").distinct(
        "portfolio_id"
    )
    return newest


def _line(portfolio_id: UUID, name: str, row: ScannedAccount | None) -> CoverageLine:
    if row is None:
        return CoverageLine(
            portfolio_id=portfolio_id,
            account=name,
            outcome="",
            label="Not scanned yet",
            reason="",
            words="",
            scanned_at=None,
        )
    return CoverageLine(
        portfolio_id=portfolio_id,
        account=name,
        outcome=row.outcome,
        label=row.get_outcome_display(),
        reason=row.get_reason_display() if row.reason else "",
        words=row.words,
        scanned_at=row.scan.started_at,
    )


def scannable() -> QuerySet[Portfolio]:
    """Enabled accounts whose losses count: those that are due on every market day."""
    return Portfolio.objects.filter(
        kind__in=TAXED, closed_on__isnull=True, harvest_policy__is_enabled=True
    ).exclude(holder__relationship=HouseholdMember.Relationship.DEPENDANT)


def accounts_missed(day: date, enabled_before: datetime) -> list[Missed]:
    """Accounts that were enabled before that moment and that no scan of `day` looked through."""
    looks = ScannedAccount.objects.filter(portfolio=OuterRef("pk"), scan__day=day)
    rows = scannable().filter(harvest_policy__updated_at__lt=enabled_before)
    missed = rows.exclude(Exists(looks.filter(outcome__in=LOOKED_AT))).order_by("household_id", "id")
    found = list(missed.values_list("pk", "household_id", "name"))
    told = ScannedAccount.objects.filter(portfolio_id__in=[row[0] for row in found], scan__day=day)
    words: dict[UUID, str] = dict(told.order_by("scan__started_at").values_list("portfolio_id", "words"))
    return [Missed(key, household, name, words.get(key, "")) for key, household, name in found]


def accounts_looked_at(day: date, portfolio_ids: Collection[UUID]) -> set[UUID]:
    """Which of these accounts some scan of `day` looked through."""
    rows = ScannedAccount.objects.filter(
        portfolio_id__in=list(portfolio_ids), scan__day=day, outcome__in=LOOKED_AT
    )
    return set(rows.values_list("portfolio_id", flat=True))


def coverage_share(
    first: date, last: date, portfolio_ids: Collection[UUID] | None = None, *, now: datetime
) -> Share:
    """Accounts looked through by accounts due, over the market days from `first` to `last`.

    An account is due from the day on which its policy was last set, today once its scan should have been;
    `portfolio_ids` None means everybody's.
    """
    rows = scannable() if portfolio_ids is None else scannable().filter(pk__in=list(portfolio_ids))
    since = {
        key: max(first, moment.date()) for key, moment in rows.values_list("pk", "harvest_policy__updated_at")
    }
    if now.astimezone(UTC).time() < CHECKED_AT:
        last = min(last, now.date() - timedelta(days=1))
    days = list(market_days(first, last))
    due = sum(sum(day >= begin for day in days) for begin in since.values())
    looks = ScannedAccount.objects.filter(
        Q(outcome__in=LOOKED_AT), scan__day__in=days, portfolio__in=rows
    ).order_by()
    pairs = looks.values_list("portfolio_id", "scan__day").distinct().iterator(chunk_size=5000)
    scanned = sum(day >= since[key] for key, day in pairs if key in since)
    return Share(scanned=scanned, due=due)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLine:
    """A scan as far as it is about the accounts of a scope: the counts are of these alone."""

    scan: HarvestScan
    lines: tuple[CoverageLine, ...]

    @property
    def scanned(self) -> int:
        """How many were looked through."""
        return sum(line.is_looked_at for line in self.lines)

    @property
    def skipped(self) -> int:
        """How many were not."""
        return len(self.lines) - self.scanned


def scans_of(scope: Scope, *, most: int = 30) -> list[ScanLine]:
    """The newest scans that looked at accounts of `scope`, or were asked for by its household."""
    mine = ScannedAccount.objects.filter(scan=OuterRef("pk"), portfolio_id__in=scope.portfolio_ids)
    rows = HarvestScan.objects.filter(Q(household_id=scope.household_id) | Q(Exists(mine)))
    return [_scan_line(scan, scope) for scan in rows.order_by("-started_at", "-id")[:most]]


def scan_of(user: Viewer, scan_id: UUID) -> HarvestScan:
    """A scan that a household asked for. Raises NotFound for one of a household that `user` may not see."""
    rows = HarvestScan.objects.filter(household__in=Household.objects.visible_to(user))
    scan = rows.filter(pk=scan_id).first()
    if scan is None:
        raise NotFound("There is no such scan.", code="not-found")
    return scan


def scan_running(household_id: UUID) -> HarvestScan | None:
    """The newest scan of a household that is not over yet."""
    rows = HarvestScan.objects.filter(household_id=household_id, state=HarvestScan.State.RUNNING)
    return rows.order_by("-started_at").first()


def _scan_line(scan: HarvestScan, scope: Scope) -> ScanLine:
    rows = scan.scanned_accounts.filter(portfolio_id__in=scope.portfolio_ids).select_related("scan")
    found = {row.portfolio_id: row for row in rows}
    lines = (_line(one.id, one.name, found[one.id]) for one in scope.accounts if one.id in found)
    return ScanLine(scan=scan, lines=tuple(lines))
