"""Keeping what a household says of risk, and what it expects of instruments."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import Household, User
from common.audit import audit_record
from common.errors import InvalidInput, NotFound
from common.transactions import write_transaction
from mlrecs.engine.questionnaire import missing_answers, tolerance_of
from mlrecs.engine.suitability import FRACTIONS
from mlrecs.models import MarketView, RiskProfile
from mlrecs.selectors.advice_facts import instruments_for_views

ZERO, ONE = Decimal(0), Decimal(1)
# Nobody knows of a share that it returns so much more than the market in a year.
BOLDEST_VIEW = Decimal("0.50")


@write_transaction
def profile_set(
    user: User, household: Household, *, answers: Mapping[str, str], limits: Mapping[str, Any]
) -> RiskProfile:
    """Keep the answers and the household's own limits; earlier ones stay as a record.

    `limits` are fractions as text by name, `excluded` symbols and `excluded_sectors`. Raises InvalidInput
    naming questions without an answer and limits outside of 0 to 1.
    """
    problems = {name: ["Choose one of the answers."] for name in missing_answers(answers)}
    problems |= {name: ["Between 0 % and 100 %."] for name in FRACTIONS if not _is_fraction(limits.get(name))}
    if problems:
        raise InvalidInput("Some answers are missing.", code="invalid-input", fields=problems)
    tolerance = tolerance_of(answers)
    profile = RiskProfile.objects.create(
        household=household,
        answers=dict(answers),
        limits={name: value for name, value in limits.items() if value not in (None, "", [])},
        willingness=tolerance.willingness,
        capacity=tolerance.capacity,
        set_by=user,
    )
    detail = {"willingness": tolerance.willingness, "capacity": tolerance.capacity}
    audit_record(actor_id=user.pk, action="risk_profile.set", subject=profile, detail=detail)
    return profile


@write_transaction
def view_put(
    user: User, household: Household, *, instrument_id: UUID, beyond: Decimal, confidence: Decimal
) -> MarketView:
    """Keep what a household expects of an instrument, in the place of what it expected before.

    Raises InvalidInput by field, and NotFound for an instrument that it does not know.
    """
    problems = {}
    if not -BOLDEST_VIEW <= beyond <= BOLDEST_VIEW:
        problems["expected_return"] = ["Between -50 % and 50 % a year."]
    if not ZERO < confidence <= ONE:
        problems["confidence"] = ["Above 0 % and up to 100 %."]
    if problems:
        raise InvalidInput("Some values cannot be used.", code="invalid-input", fields=problems)
    if not instruments_for_views(household.pk).filter(pk=instrument_id).exists():
        raise NotFound("There is no such instrument.", code="not-found")
    view, _is_new = MarketView.objects.update_or_create(
        household=household,
        instrument_id=instrument_id,
        defaults={"expected_return": beyond, "confidence": confidence, "set_by": user},
    )
    detail = {"instrument": str(instrument_id), "beyond": f"{beyond:f}", "confidence": f"{confidence:f}"}
    audit_record(actor_id=user.pk, action="market_view.put", subject=view, detail=detail)
    found: MarketView = view
    return found


@write_transaction
def view_drop(user: User, view_id: UUID) -> None:
    """Forget a view. Raises NotFound for one that is not the user's household's."""
    view = MarketView.objects.visible_to(user).filter(pk=view_id).first()
    if view is None:
        raise NotFound("There is no such view.", code="not-found")
    audit_record(actor_id=user.pk, action="market_view.drop", subject=view, detail={})
    view.delete()


def _is_fraction(value: Any) -> bool:
    return value in (None, "") or ZERO <= Decimal(str(value)) <= ONE
