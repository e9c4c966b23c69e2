"""How an account is harvested: what its owner lets happen, and who set it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from common.audit import audit_record
from common.errors import InvalidInput, NotFound, Unprocessable
from common.transactions import write_transaction
from taxharvest.models import HarvestPolicy
from taxharvest.selectors.harvest_checks import broker_account_of
from taxharvest.selectors.harvest_policies import policy_account
from taxharvest.services.approvals import is_proven


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWanted:
    """What somebody wants of an account; amounts in its currency, the tracking error a fraction a year."""

    is_enabled: bool
    threshold: str
    least_benefit: Decimal
    approves_itself: bool
    most_loss: Decimal | None
    most_a_day: int | None
    most_tracking_error: Decimal | None


def harvest_policy_set(
    user: User,
    portfolio_id: UUID,
    wanted: PolicyWanted,
    *,
    now: datetime,
    signed_in_at: datetime | None = None,
) -> HarvestPolicy:
    """Set the policy of an account; only who may trade in it does, and never by a grant.

    Approving without asking stands on the sign-in under which it was allowed, so a live account asks for a
    fresh one. Raises NotFound, InvalidInput, Unprocessable.
    """
    if policy_account(user, portfolio_id) is None:
        raise NotFound("There is no such account.", code="not-found")
    limits = (wanted.most_loss, wanted.most_a_day, wanted.most_tracking_error)
    if wanted.approves_itself and None in limits:
        raise InvalidInput("Trading without asking needs all three limits.", code="invalid-input")
    account = broker_account_of(portfolio_id)
    if wanted.approves_itself and account is not None and not is_proven(account, signed_in_at, now):
        raise Unprocessable("Confirm who you are before a live account is traded.", code="proof-needed")
    return _set(user, portfolio_id, wanted)


@write_transaction
def _set(user: User, portfolio_id: UUID, wanted: PolicyWanted) -> HarvestPolicy:
    values = {name: getattr(wanted, name) for name in PolicyWanted.__dataclass_fields__}
    policy, _ = HarvestPolicy.objects.update_or_create(
        portfolio_id=portfolio_id, defaults={**values, "set_by": user}
    )
    detail = {name: None if value is None else str(value) for name, value in values.items()}
    audit_record(actor_id=user.pk, action="harvest.policy", subject=policy, detail=detail)
    return policy
