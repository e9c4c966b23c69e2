"""Which instruments a household's own training learns from, and since when their closes are read."""

from datetime import date
from uuid import UUID

from django.db.models import Sum

from mlrecs.engine.training_wishes import ASSETS
from portfolios.models import Holding, Instrument

# Cash-like and derived instruments have no returns of their own to learn from.
LEARNT_FROM = (Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND)
YEARS = 12


def instruments_to_learn(household_id: UUID) -> dict[UUID, str]:
    """The stocks and funds that a household holds, the most of them first, by key with their symbols."""
    rows = (
        Holding.objects.filter(
            portfolio__household_id=household_id, instrument__asset_class__in=LEARNT_FROM, quantity__gt=0
        )
        .values("instrument_id", "instrument__symbol")
        .annotate(held=Sum("quantity"))
        .order_by("-held", "instrument_id")
    )
    return {row["instrument_id"]: row["instrument__symbol"] for row in rows[: ASSETS[1]]}


def read_since(today: date) -> date:
    """The first day whose closes a training reads."""
    return today.replace(year=today.year - YEARS, day=1)
