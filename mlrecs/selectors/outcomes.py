"""What became of prices since an advice was given."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from mlrecs.engine.return_table import ReturnTable
from mlrecs.models import Recommendation
from mlrecs.selectors.price_series import returns_of

WEEK = timedelta(days=7)
RETURN_UNIT = Decimal("0.00000001")


def growth_since(
    instrument_ids: Iterable[UUID], household_id: UUID, since: date, until: date
) -> dict[UUID, Decimal | None]:
    """The return of each instrument from the close of `since` to that of `until`; None without closes."""
    table = returns_of(instrument_ids, since, until, household_id=household_id)
    return {key: _compounded(table, key, until) for key in table.instrument_ids}


def outcomes_due(now: datetime, span: timedelta) -> QuerySet[Recommendation]:
    """Decided advice with orders that is so old and has no outcome of that age yet."""
    decided = (
        Recommendation.State.ACCEPTED, Recommendation.State.DISMISSED, Recommendation.State.EXPIRED,
    )  # fmt: skip
    rows = Recommendation.objects.filter(state__in=decided, data_until__lte=(now - span).date())
    found: QuerySet[Recommendation] = (
        rows.exclude(orders=[]).exclude(outcomes__figures__days=span.days).order_by("pk")
    )
    return found


def _compounded(table: ReturnTable, key: UUID, until: date) -> Decimal | None:
    """All returns together; None for a series that ended more than a week before the day."""
    known = [(day, one) for day, one in zip(table.days, table.column(key), strict=True) if one is not None]
    if not known or until - known[-1][0] > WEEK:
        return None
    grown = 1.0
    for _day, one in known:
        grown *= 1 + one
    return Decimal(repr(grown - 1)).quantize(RETURN_UNIT)
