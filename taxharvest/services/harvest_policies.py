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

LIMITS = ("most_loss", "most_a_day", "most_tracking_error")


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


def policy_as_wanted(policy: HarvestPolicy) -> PolicyWanted:
    """What stands in a policy, as somebody would want it anew."""
    return PolicyWanted(**{name: getattr(policy, name) for name in PolicyWanted.__dataclass_fields__})


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
    if wanted.approves_itself and None in (getattr(wanted, name) for name in LIMITS):
        missing = {
            name: ["Set a limit: without one nothing goes without asking."]
            for name in LIMITS
            if getattr(wanted, name) is None
        }
        raise InvalidInput(
            "Trading without asking needs all three limits.", code="invalid-input", fields=missing
        )
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
