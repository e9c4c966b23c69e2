"""Taking plans up again, with the guard in between: a plan asks nobody once it runs."""

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from common.errors import Conflict
from portfolios.selectors.portfolios import portfolio_edit
from portfolios.services.recurring_purchases import recurring_purchase_resume, reinvestment_resume
from taxharvest.selectors.planned_purchases import plan_of, reinvested_symbols, resuming_washes
from taxharvest.selectors.wash_guard import is_blocking

ASKS = "A purchase by this plan would wash a loss of the household. Say that it shall go on all the same."
BLOCKS = (
    "A purchase by this plan would wash a loss of the household, which lets no such purchase pass. The "
    "calendar of windows says from when on it is free."
)


def plan_resume(user: User, plan_id: UUID, *, has_agreed: bool) -> None:
    """Let a plan buy again. Raises NotFound, and Conflict where that would wash a loss.

    `has_agreed` says that the person knows and goes on; a household that blocks does not take that.
    """
    plan = plan_of(user, plan_id)
    _guard(plan.portfolio.household_id, plan.portfolio_id, {plan.instrument_id}, has_agreed=has_agreed)
    recurring_purchase_resume(user, plan_id)


def reinvesting_resume(user: User, portfolio_id: UUID, *, has_agreed: bool) -> None:
    """Let an account reinvest again, under the terms of `plan_resume`."""
    portfolio = portfolio_edit(user, portfolio_id)
    positions = reinvested_symbols(portfolio.household_id, portfolio_id, timezone.localdate())
    _guard(portfolio.household_id, portfolio_id, positions, has_agreed=has_agreed)
    reinvestment_resume(user, portfolio_id)


def _guard(
    household_id: UUID, portfolio_id: UUID, instrument_ids: Collection[UUID], *, has_agreed: bool
) -> None:
    is_blocked = is_blocking(household_id)
    if has_agreed and not is_blocked:
        return
    if resuming_washes(household_id, portfolio_id, set(instrument_ids), timezone.localdate()):
        raise Conflict(BLOCKS if is_blocked else ASKS, code="would-wash")
