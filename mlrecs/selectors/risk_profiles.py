"""What a household said of risk, and the limits that follow."""

from uuid import UUID

from mlrecs.engine.questionnaire import Tolerance
from mlrecs.engine.suitability import Limits, limits_of
from mlrecs.models import RiskProfile


def profile_newest(household_id: UUID) -> RiskProfile | None:
    """The answers that hold."""
    rows = RiskProfile.objects.filter(household_id=household_id).select_related("set_by")
    found: RiskProfile | None = rows.order_by("-created_at").first()
    return found


def tolerance_held(profile: RiskProfile) -> Tolerance:
    """Willingness and capacity of a profile."""
    return Tolerance(willingness=profile.willingness, capacity=profile.capacity)


def limits_held(household_id: UUID) -> Limits | None:
    """The limits that hold for a household; None while it has answered nothing."""
    profile = profile_newest(household_id)
    return None if profile is None else limits_of(tolerance_held(profile), profile.limits)
