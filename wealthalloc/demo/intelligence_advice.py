"""Advice in the demo: what the household said of risk and of markets, and a first look by the worker.

To measure what advice is worth takes a minute, so the measurement of the release is shown.
"""

import logging
from decimal import Decimal
from uuid import UUID

from accounts.models import Household, User
from common.errors import Conflict
from mlrecs.models import AdviceRun, MarketView, RiskProfile
from mlrecs.services.advice_evidence import evidence_adopt
from mlrecs.services.risk_profiles import profile_set, view_put
from mlrecs.tasks import enqueue_advice
from portfolios.models import Instrument, Portfolio
from wealthalloc.demo.household import EMAIL

log = logging.getLogger(__name__)
# A couple with a long way to go that has lived through a fall or two.
ANSWERS = {
    "fall": "hold", "worst_year": "20", "trade": "large", "experience": "longest", "horizon": "later",
    "needed": "tenth", "income": "steady", "reserve": "six", "share": "half",
}  # fmt: skip
VIEW_SYMBOL, VIEW_BEYOND, VIEW_CONFIDENCE = "JNJ", Decimal("0.04"), Decimal("0.40")


def advice_tell(*, actor: User, household_id: UUID) -> None:
    """Answer the questions and say one expectation, where nobody has said anything yet."""
    evidence_adopt()
    household = Household.objects.get(pk=household_id)
    if not RiskProfile.objects.filter(household=household).exists():
        profile_set(actor, household, answers=ANSWERS, limits={})
    if not MarketView.objects.filter(household=household).exists():
        instrument = Instrument.objects.known_to(household_id).get(symbol=VIEW_SYMBOL)
        view_put(
            actor, household, instrument_id=instrument.pk, beyond=VIEW_BEYOND, confidence=VIEW_CONFIDENCE
        )


def advice_ask() -> None:
    """Let the worker look once the product runs; it takes seconds for each account and hinders no page."""
    accounts = Portfolio.objects.filter(household__members__user__email=EMAIL)
    looked = AdviceRun.objects.filter(portfolio__in=accounts, ran_at__isnull=False)
    household_id = accounts.values_list("household_id", flat=True).first()
    if household_id is None or looked.exists():
        return
    try:
        enqueue_advice(household_id)
    except Conflict:
        log.warning("the first look for advice waits for the night")
