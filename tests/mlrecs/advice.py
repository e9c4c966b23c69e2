"""Recommendations for tests."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Household
from mlrecs.engine.reasons import Reason, ReasonCode
from mlrecs.models import Recommendation
from mlrecs.services.recommendations import recommendation_put


def put(
    household: Household, subject: str = "sector:Energy", now: datetime | None = None, **changes: Any
) -> Recommendation | None:
    """Put one forward that lasts a fortnight."""
    moment = now or timezone.now()
    facts: dict[str, Any] = {
        "portfolio": None,
        "kind": Recommendation.Kind.DIVERSIFICATION,
        "title": "Less energy",
        "words": "Energy is 40 % of the account.",
        "reasons": [
            Reason(
                code=ReasonCode.SECTOR_TOO_LARGE, words="Energy is 40 % of it.", figures={"weight": "0.4000"}
            )
        ],
        "figures": {"weight": "0.4000"},
        "binding": "No sector above 30 %.",
        "counterfactual": "Energy stays at 40 %.",
        "confidence": {"words": "A rule: nothing is forecast."},
        "costs": {"spread": "12.00"},
        "orders": [],
        "data_until": date(2026, 3, 2),
        "expires_at": moment + timedelta(days=14),
    }
    return recommendation_put(household=household, subject=subject, now=moment, **(facts | changes))
