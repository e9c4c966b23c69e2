"""Keeping what following an advice would have brought beyond doing nothing, a month and a quarter later."""

from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

from common.money import ARITHMETIC, cents
from common.transactions import write_transaction
from mlrecs.models import Recommendation, RecommendationOutcome
from mlrecs.selectors.outcomes import growth_since, outcomes_due

SPANS = (timedelta(days=30), timedelta(days=90))
ZERO = Decimal(0)


def outcomes_record(now: datetime) -> int:
    """Keep the outcomes that are due, whatever was decided: regret has two sides. Returns how many.

    It is what the orders would have gained from the close they were reckoned at, less spread and tax. It
    tunes nothing.
    """
    found = 0
    for span in SPANS:
        for row in outcomes_due(now, span):
            found += _keep(row, span)
    return found


@write_transaction
def _keep(row: Recommendation, span: timedelta) -> int:
    figures = _figures(row, span)
    if figures is None:
        return 0
    _outcome, is_new = RecommendationOutcome.objects.get_or_create(
        recommendation=row, day=row.data_until + span, defaults={"figures": figures}
    )
    return int(is_new)


def _figures(row: Recommendation, span: timedelta) -> dict[str, Any] | None:
    """Gain and cost in money; None while a price is missing."""
    keys = {UUID(order["instrument"]) for order in row.orders}
    grown = growth_since(keys, row.household_id, row.data_until, row.data_until + span)
    gain = ZERO
    with localcontext(ARITHMETIC):
        for order in row.orders:
            growth = grown.get(UUID(order["instrument"]))
            if growth is None:
                return None
            side = 1 if order["side"] == "buy" else -1
            gain += side * Decimal(order["quantity"]) * Decimal(order["price"]) * growth
    cost = Decimal(row.costs.get("spread") or 0) + Decimal(row.costs.get("tax") or 0)
    return {
        "days": span.days,
        "state": str(row.state),
        "gain": f"{cents(gain):f}",
        "cost": f"{cents(cost):f}",
        "net": f"{cents(gain - cost):f}",
    }
