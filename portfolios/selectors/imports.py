"""Reading import runs and findings: what a person may see of them, and how far a job has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from accounts.models import Grant, HouseholdMember, User, Viewer
from common.errors import NotFound
from common.prepared import Prepared
from portfolios.engine.data_checks import ADVICE, SEVERITY_TITLES, Advice, Severity
from portfolios.engine.records import FindingKind
from portfolios.models import (
    ColumnMapping,
    Finding,
    FindingDismissal,
    ImportRow,
    ImportRun,
    Portfolio,
    Transaction,
)

PROGRESS_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How far a job has come; `total` is zero while it is not known."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding as the data-check page lists it."""

    finding: Finding
    advice: Advice
    dismissal: FindingDismissal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """The findings of one severity."""

    severity: Severity
    title: str
    findings: tuple[FindingView, ...]


def progress_key(run_id: UUID) -> str:
    """Where the progress of a run stands in the cache."""
    return f"import:{run_id}:progress"


def import_progress(run_id: UUID) -> ImportProgress | None:
    """How far the job of a run has come, or None when nothing was reported."""
    values: dict[str, Any] | None = cache.get(progress_key(run_id))
    if values is None:
        return None
    return ImportProgress(stage=values["stage"], done=values["done"], total=values["total"])


def import_run_list(user: Viewer) -> QuerySet[ImportRun]:
    """Runs that `user` may see, newest first."""
    return (
        ImportRun.objects.visible_to(user)
        .select_related("portfolio", "created_by")
        .order_by("-created_at", "-id")
        .distinct()
    )


def import_run_get(user: Viewer, run_id: UUID) -> ImportRun:
    """A run that `user` may see. Raises NotFound for any other."""
    run = import_run_list(user).filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such import.", code="not-found")
    return run


def import_run_edit(user: Viewer, run_id: UUID) -> ImportRun:
    """A run that `user` may carry on with: their own, or one of a household whose accounts they see all of.

    Raises NotFound for any other.
    """
    run = import_run_get(user, run_id)
    own = HouseholdMember.objects.filter(household_id=run.household_id, sees_all=True)
    members = set(own.values_list("user_id", flat=True)) - {None}
    if user.pk != run.created_by_id and user.pk not in members:
        raise NotFound("There is no such import.", code="not-found")
    return run


def target_portfolios(user: Viewer, household_id: UUID | None = None) -> QuerySet[Portfolio]:
    """Open portfolios into which `user` may import."""
    portfolios = Portfolio.objects.editable_by(user).filter(closed_on__isnull=True)
    if household_id is not None:
        portfolios = portfolios.filter(household_id=household_id)
    return portfolios.select_related("external_account", "holder").order_by("name")


def may_open_portfolio(user: Viewer, household_id: UUID) -> bool:
    """Whether `user` may open an account in a household: as a member, or with leave to manage all of it."""
    if not isinstance(user, User):
        return False
    member = HouseholdMember.objects.filter(user=user, household_id=household_id)
    grant = Grant.objects.active().filter(
        grantee=user, household_id=household_id, portfolio_id__isnull=True, scope=Grant.Scope.MANAGE
    )
    return member.exists() or grant.exists()


def row_counts(run: ImportRun) -> dict[str, int]:
    """How many rows of a run have each status; a status without rows counts zero."""
    counts = dict.fromkeys(ImportRow.Status.values, 0)
    counts.update(run.rows.values_list("status").annotate(count=Count("id")).values_list("status", "count"))
    return counts


def row_list(run: ImportRun, status: str = "") -> QuerySet[ImportRow]:
    """Rows of a run in the order of the file, all or those of one status."""
    rows = ImportRow.objects.filter(run=run).order_by("line", "id")
    return rows.filter(status=status) if status in ImportRow.Status.values else rows


def earlier_import(run: ImportRun) -> ImportRun | None:
    """The latest finished import of this very file into the same household."""
    return (
        ImportRun.objects.filter(
            household_id=run.household_id, file_digest=run.file_digest, state=ImportRun.State.DONE
        )
        .exclude(pk=run.pk)
        .order_by("-finished_at")
        .first()
    )


def mapping_list(household_id: UUID, header: str = "") -> list[ColumnMapping]:
    """Saved mappings of a household; those made for the same header come first."""
    mappings = list(ColumnMapping.objects.filter(household_id=household_id).order_by("name"))
    return sorted(mappings, key=lambda mapping: mapping.header != header)


def open_findings(user: Viewer, now: datetime | None = None) -> QuerySet[Finding]:
    """Findings that `user` may see at `now` and nobody has dismissed."""
    dismissed = FindingDismissal.objects.filter(finding_id=OuterRef("pk"))
    findings: QuerySet[Finding] = Finding.objects.visible_to(user, now)
    return findings.exclude(Exists(dismissed))


def finding_count(user: User) -> int:
    """How many findings wait for `user`: what the header of every page shows."""
    return int(OPEN_COUNT.rows(user.pk, timezone.now())[0][0])


def _open_count(user_id: UUID, now: datetime) -> QuerySet[Any, Any]:
    rows = open_findings(User(pk=user_id), now).order_by().values(every=Value(1))
    counts: QuerySet[Any, Any] = rows.annotate(count=Count("*")).values_list("count")
    return counts


OPEN_COUNT = Prepared(_open_count)


def finding_groups(user: Viewer) -> tuple[list[FindingGroup], list[FindingView]]:
    """Open findings by severity, and those that were dismissed."""
    views = _finding_views(user)
    groups = []
    for severity in Severity:
        own = tuple(v for v in views if v.dismissal is None and v.advice.severity is severity)
        if own:
            groups.append(FindingGroup(severity=severity, title=SEVERITY_TITLES[severity], findings=own))
    return groups, [view for view in views if view.dismissal is not None]


def finding_get(user: Viewer, finding_id: UUID) -> Finding:
    """A finding of a portfolio into which `user` may record. Raises NotFound for any other."""
    own = Portfolio.objects.editable_by(user)
    finding: Finding | None = Finding.objects.filter(pk=finding_id, portfolio__in=own).first()
    if finding is None:
        raise NotFound("There is no such finding.", code="not-found")
    return finding


def ledger_is_empty(user: Viewer) -> bool:
    """Whether nothing at all has been recorded that `user` may see."""
    return not Transaction.objects.visible_to(user).exists()


def _finding_views(user: Viewer) -> list[FindingView]:
    findings = list(
        Finding.objects.visible_to(user)
        .select_related("portfolio", "instrument", "transaction")
        .order_by("kind", "portfolio__name", "instrument__symbol", "-day", "id")
    )
    dismissals = {
        dismissal.finding_id: dismissal
        for dismissal in FindingDismissal.objects.filter(
            Q(portfolio__in={f.portfolio_id for f in findings})
        ).select_related("dismissed_by")
    }
    return [
        FindingView(
            finding=finding,
            advice=ADVICE[FindingKind(finding.kind)],
            dismissal=dismissals.get(finding.pk),
        )
        for finding in findings
    ]
