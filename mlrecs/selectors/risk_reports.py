"""Risk reports as people see them: the last good one of an account, and why a later one could not be made."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.cache import cache
from django.db.models import OuterRef, Subquery

from accounts.models import Viewer
from common.errors import NotFound
from mlrecs.models import RiskReport
from portfolios.engine.figures import day_text
from portfolios.models import Portfolio
from portfolios.selectors.portfolios import portfolio_get

# So long a worker is given before the page stops waiting for it.
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskStanding:
    """What stands for an account: its last good report, and the reason why none was made on a later day."""

    good: RiskReport | None
    failed_on: date | None
    reason: str


NOTHING = RiskStanding(good=None, failed_on=None, reason="")


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAccount:
    """An account with what stands for it; `may_ask` when the viewer may have it measured."""

    id: UUID
    name: str
    currency: str
    may_ask: bool
    standing: RiskStanding


def risk_account(user: Viewer, portfolio_id: UUID) -> RiskAccount:
    """An account that `user` may see, and what stands for it. Raises NotFound for any other."""
    portfolio = portfolio_get(user, portfolio_id)
    return RiskAccount(
        id=portfolio.pk,
        name=portfolio.name,
        currency=portfolio.base_currency,
        may_ask=Portfolio.objects.editable_by(user).filter(pk=portfolio.pk).exists(),
        standing=risk_standings([portfolio.pk]).get(portfolio.pk, NOTHING),
    )


def risk_standings(portfolio_ids: Collection[UUID]) -> dict[UUID, RiskStanding]:
    """What stands for each of these accounts; one that was never looked at is left out. Two queries."""
    newest = RiskReport.objects.filter(portfolio=OuterRef("pk")).order_by("-day")
    places = (
        Portfolio.objects.filter(pk__in=list(portfolio_ids))
        .annotate(
            last_report=Subquery(newest.values("pk")[:1]),
            last_good=Subquery(newest.filter(is_good=True).values("pk")[:1]),
        )
        .exclude(last_report=None)
        .values_list("pk", "last_report", "last_good")
    )
    kept = list(places)
    rows = RiskReport.objects.in_bulk({key for _, *keys in kept for key in keys if key is not None})
    return {key: _standing(rows[last], rows.get(good)) for key, last, good in kept}


def risk_on(user: Viewer, portfolio_id: UUID, day: date) -> RiskReport:
    """The report of an account that `user` may see on a day. Raises NotFound for any other, or none."""
    portfolio = portfolio_get(user, portfolio_id)
    found: RiskReport | None = RiskReport.objects.filter(portfolio=portfolio, day=day).first()
    if found is None:
        raise NotFound(f"There is no risk report of {day_text(day)}.", code="not-found")
    return found


def accounts_measured() -> Iterable[UUID]:
    """Every account that is still open, in the order of their keys."""
    return Portfolio.objects.filter(closed_on__isnull=True).order_by("pk").values_list("pk", flat=True)


def account_of(portfolio_id: UUID) -> Portfolio | None:
    """One account, whoever's it is; None when it is gone."""
    return Portfolio.objects.filter(pk=portfolio_id).first()


def asked_key(portfolio_id: UUID) -> str:
    """Under which name the cache knows that a report was asked for."""
    return f"risk-asked:{portfolio_id}"


def is_awaited(portfolio_id: UUID) -> bool:
    """Whether a report was asked for and has not come yet."""
    return cache.get(asked_key(portfolio_id)) is not None


def standing_of(row: RiskReport) -> RiskStanding:
    """What one day's row says by itself."""
    return _standing(row, row if row.is_good else None)


def _standing(last: RiskReport, good: RiskReport | None) -> RiskStanding:
    """A day that failed after its report had been made keeps the report, with the reason beside it."""
    if not last.words:
        return RiskStanding(good=good, failed_on=None, reason="")
    return RiskStanding(good=good, failed_on=last.day, reason=last.words)
