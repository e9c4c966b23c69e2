"""Anomalies and scores as pages and the API show them: of the market, and of accounts that one may see."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, Q, QuerySet, When

from accounts.models import User, Viewer
from common.errors import NotFound
from mlrecs.engine.anomaly_words import Driver
from mlrecs.engine.score_records import PART_LABELS, PARTS, REPLAY, KeptPart, part_read
from mlrecs.engine.timelines import ScoredDay, Span
from mlrecs.models import Anomaly, AnomalyScore
from portfolios.models import Portfolio

GRAVITY = (Anomaly.Severity.SEVERE, Anomaly.Severity.WARNING, Anomaly.Severity.NOTICE)
COLUMNS = ("day", *PARTS, "is_alarm")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartShown:
    """One part of a day's score with the numbers behind it; `is_counted` tells what may raise an alarm."""

    part: str
    label: str
    ratio: Decimal | None
    kept: KeptPart
    is_counted: bool

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """The holdings behind it, largest first."""
        return self.kept.drivers


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """A scored day in full, with the scored days beside it."""

    day: date
    is_alarm: bool
    is_replay: bool
    parts: tuple[PartShown, ...]
    model: str
    before: date | None
    after: date | None


def timeline_days(portfolio_id: UUID | None, span: Span | None = None) -> list[ScoredDay]:
    """The scored days of an account or of the market within a span, oldest first."""
    rows = AnomalyScore.objects.filter(Q(portfolio_id=portfolio_id))
    if span is not None and span.first is not None:
        rows = rows.filter(day__gte=span.first)
    if span is not None and span.last is not None:
        rows = rows.filter(day__lte=span.last)
    return [ScoredDay(**row) for row in rows.order_by("day").values(*COLUMNS)]


def last_scored_day(portfolio_id: UUID | None) -> date | None:
    """The last scored day."""
    rows = AnomalyScore.objects.filter(Q(portfolio_id=portfolio_id)).order_by("-day")
    day: date | None = rows.values_list("day", flat=True).first()
    return day


def evening_of(portfolio_id: UUID | None, day: date) -> Evening | None:
    """What was known on the evening of `day`, or of the last scored day before it; None before the first."""
    rows = AnomalyScore.objects.filter(Q(portfolio_id=portfolio_id))
    row = rows.filter(day__lte=day).select_related("model").defer("model__weights").order_by("-day").first()
    if row is None:
        return None
    days = rows.values_list("day", flat=True)
    return Evening(
        day=row.day,
        is_alarm=row.is_alarm,
        is_replay=row.drivers.get("basis") == REPLAY,
        parts=tuple(_part(row, part) for part in PARTS),
        model=str(row.model) if row.model else "",
        before=days.filter(day__lt=row.day).order_by("-day").first(),
        after=days.filter(day__gt=row.day).order_by("day").first(),
    )


def anomalies_of(user: Viewer, portfolio_id: UUID | None, span: Span | None = None) -> QuerySet[Anomaly]:
    """The anomalies of an account or of the market that touch a span, gravest first, then newest."""
    rows = Anomaly.objects.visible_to(user).filter(Q(portfolio_id=portfolio_id))
    if span is not None and span.last is not None:
        rows = rows.filter(began__lte=span.last)
    if span is not None and span.first is not None:
        rows = rows.filter(Q(ended__isnull=True) | Q(ended__gte=span.first))
    gravity = Case(
        *(When(severity=name, then=place) for place, name in enumerate(GRAVITY)), default=len(GRAVITY)
    )
    ordered: QuerySet[Anomaly] = rows.annotate(gravity=gravity).order_by("gravity", "-began", "kind")
    return ordered.select_related("instrument", "acknowledged_by", "portfolio")


def anomalies_seen(portfolio_id: UUID | None) -> QuerySet[Anomaly]:
    """The anomalies of an account that was seen to be the caller's, or of the market."""
    rows: QuerySet[Anomaly] = Anomaly.objects.filter(Q(portfolio_id=portfolio_id))
    return rows.select_related("instrument")


def scores_seen(
    portfolio_id: UUID | None, *, first: date | None = None, last: date | None = None
) -> QuerySet[AnomalyScore]:
    """The scores of an account that was seen to be the caller's, or of the market, within some days."""
    rows = AnomalyScore.objects.filter(Q(portfolio_id=portfolio_id))
    rows = rows.filter(day__gte=first) if first is not None else rows
    return rows.filter(day__lte=last) if last is not None else rows


def anomalies_open(user: User, today: date) -> QuerySet[Anomaly]:
    """Anomalies of accounts that go on, that nobody has looked at and nobody muted, gravest first."""
    rows = Anomaly.objects.visible_to(user).filter(
        Q(muted_until__isnull=True) | Q(muted_until__lt=today),
        portfolio__isnull=False,
        ended__isnull=True,
        acknowledged_at__isnull=True,
    )
    return rows.select_related("instrument", "portfolio").order_by("-began")


def account_seen(user: Viewer, portfolio_id: UUID) -> Portfolio:
    """An account whose anomalies one may see. Raises NotFound for any other."""
    found = Portfolio.objects.visible_to(user).filter(pk=portfolio_id).first()
    if found is None:
        raise NotFound("There is no such account.", code="not-found")
    return found


def may_act(user: User, portfolio_id: UUID | None) -> bool:
    """Whether one may acknowledge and mute: in accounts one records into; the market's are operators'."""
    if portfolio_id is None:
        return user.is_operator
    return Portfolio.objects.editable_by(user).filter(pk=portfolio_id).exists()


def _part(row: AnomalyScore, part: str) -> PartShown:
    is_champion = row.model is not None and row.model.status == "champion"
    return PartShown(
        part=part,
        label=PART_LABELS[part],
        ratio=getattr(row, part),
        kept=part_read(row.drivers, part),
        is_counted=part != "learned" or is_champion,
    )
