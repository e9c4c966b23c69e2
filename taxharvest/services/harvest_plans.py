"""Plans are carried out: one committed step at a time, each order placed once whatever happens between."""

from datetime import datetime
from uuid import UUID

from accounts.models import User
from taxharvest.models import HarvestPlan


def plans_advance(now: datetime) -> int:
    """Take every plan that is due as far as it goes; returns how many steps were taken."""
    raise NotImplementedError


def plan_decide(
    user: User,
    plan_id: UUID,
    *,
    choice: str,
    version: int,
    key: str,
    now: datetime,
    signed_in_at: datetime | None = None,
) -> HarvestPlan:
    """What a person chooses for a plan that waits for them: switch back, stay, wait, buy again, …"""
    raise NotImplementedError
