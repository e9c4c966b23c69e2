"""The life of a harvest proposal: made by a scan, approved, put forward, dismissed, expired."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import User
from taxharvest.engine.harvest.proposals import ReplacementChoice
from taxharvest.models import HarvestPlan, HarvestScan, TaxHarvest


def harvest_propose(
    *, candidate: Any, judgement: Any, replacement: Any, scan: HarvestScan | None, now: datetime
) -> TaxHarvest:
    """Create the one living proposal of a position, or renew it; approves itself within the owner's limits."""
    raise NotImplementedError


def harvest_approve(
    user: User,
    harvest_id: UUID,
    *,
    version: int,
    lots: Mapping[UUID, Decimal] | None = None,
    share: Decimal | None = None,
    replacement: Sequence[ReplacementChoice] | None = None,
    key: str,
    now: datetime,
    signed_in_at: datetime | None = None,
) -> HarvestPlan:
    """Approve all of a proposal, some lots (shares by lot) or a share of each, once for a key."""
    raise NotImplementedError


def harvest_put_forward(
    user: User,
    harvest_id: UUID,
    *,
    version: int,
    lots: Mapping[UUID, Decimal] | None = None,
    share: Decimal | None = None,
    replacement: Sequence[ReplacementChoice] | None = None,
    reason: str = "",
    now: datetime,
) -> TaxHarvest:
    """An adviser's proposal to the owner, who alone may approve it."""
    raise NotImplementedError


def harvest_dismiss(user: User, harvest_id: UUID, *, reason: str, now: datetime) -> TaxHarvest:
    """Set a proposal aside, with the reason."""
    raise NotImplementedError


def harvests_expire(now: datetime) -> int:
    """End proposals whose time is over; returns how many."""
    raise NotImplementedError
