"""Advice in the demo: what the household said of risk and of markets, and a first look by the worker."""

import logging
from decimal import Decimal
from uuid import UUID

from celery import chain
from kombu.exceptions import OperationalError

from accounts.models import Household, User
from mlrecs.models import AdviceRun, MarketView, RiskProfile
from mlrecs.services.risk_profiles import profile_set, view_put
from mlrecs.tasks import measure_advice, recommend_nightly
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
    household = Household.objects.get(pk=household_id)
    if not RiskProfile.objects.filter(household=household).exists():
        profile_set(actor, household, answers=ANSWERS, limits={})
    if not MarketView.objects.filter(household=household).exists():
        instrument = Instrument.objects.known_to(household_id).get(symbol=VIEW_SYMBOL)
        view_put(
            actor, household, instrument_id=instrument.pk, beyond=VIEW_BEYOND, confidence=VIEW_CONFIDENCE
        )


def advice_ask() -> None:
    """Let the worker measure and look once the product runs; it takes about a minute and hinders no page."""
    accounts = Portfolio.objects.filter(household__members__user__email=EMAIL)
    if not accounts.exists() or AdviceRun.objects.filter(portfolio__in=accounts).exists():
        return
    try:
        chain(measure_advice.si(), recommend_nightly.si()).apply_async()
    except OperationalError:
        log.warning("the first look for advice waits for the night: no queue")
