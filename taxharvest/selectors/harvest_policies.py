"""Policies of harvesting by account, and in which accounts a person may set one."""

from uuid import UUID

from accounts.models import HouseholdMember, User, Viewer
from portfolios.models import Portfolio
from taxharvest.models import HarvestPolicy


def policy_accounts(user: Viewer) -> list[tuple[Portfolio, HarvestPolicy]]:
    """The open taxable accounts of one's own household, each with its policy or the default."""
    if not isinstance(user, User):
        return []
    own = HouseholdMember.objects.filter(user=user).values("household_id")
    rows = Portfolio.objects.visible_to(user).filter(household_id__in=own, closed_on__isnull=True)
    accounts = [row for row in rows.select_related("harvest_policy").order_by("created_at") if row.is_taxable]
    return [(row, getattr(row, "harvest_policy", None) or HarvestPolicy(portfolio=row)) for row in accounts]


def policy_account(user: Viewer, portfolio_id: UUID) -> tuple[Portfolio, HarvestPolicy] | None:
    """One of them; None for any other account."""
    return next((one for one in policy_accounts(user) if one[0].pk == portfolio_id), None)
