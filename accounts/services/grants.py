"""Giving somebody outside a household a look at it, and taking it back."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts.models import Grant, HouseholdMember, User
from common.audit import audit_record, event_record
from common.errors import Conflict, InvalidInput, NotFound
from common.throttling import Limit, attempt_admit
from common.transactions import write_transaction

# Looking for addresses that sign in here must not become a way to list them.
LOOKUPS = Limit(name="grantee-lookup", attempts=10, seconds=3600)


def grant_create(
    *,
    giver: User,
    household_id: UUID,
    grantee_email: str,
    scope: str,
    portfolio_id: UUID | None,
    reach: Collection[UUID],
    expires_at: datetime | None,
    now: datetime,
) -> Grant:
    """Let an adviser or another person who signs in here see a household, or one account of it.

    `reach` holds the accounts of this household that the giver sees (people do not know of accounts, so the
    caller says); one of them is given, or the whole household when `portfolio_id` is None, which only a
    member may do who sees all of it. Raises NotFound for a household or an account that is not the
    giver's to give, InvalidInput for an address that cannot be given access or an end that is past,
    Conflict when a grant of the same thing already holds, and TooManyAttempts after ten addresses in an
    hour that led nowhere.
    """
    member = HouseholdMember.objects.filter(user=giver, household_id=household_id).first()
    if member is None or (portfolio_id is None and not member.sees_all):
        raise NotFound("There is no such household for you to share.", code="not-found")
    if portfolio_id is not None and portfolio_id not in reach:
        raise NotFound("There is no such account for you to share.", code="not-found")
    if expires_at is not None and expires_at <= now:
        raise _refused("expires_at", "The last day must be in the future.")
    if scope not in Grant.Scope.values:
        raise _refused("scope", "Choose what they may do.")
    grantee = _grantee(giver, household_id, grantee_email)
    return _grant_store(
        giver=giver,
        household_id=household_id,
        portfolio_id=portfolio_id,
        grantee=grantee,
        scope=scope,
        expires_at=expires_at,
        now=now,
    )


@write_transaction
def grant_revoke(*, actor: User, grant_id: UUID, now: datetime, as_operator: bool = False) -> Grant:
    """End a grant at once: by who gave it, by a member who sees all of the household, or by its holder.

    `as_operator` is for the support desk, where operators may end any. Revoking twice changes nothing.
    Raises NotFound for everybody else.
    """
    grants = Grant.objects.all() if as_operator and actor.is_operator else Grant.objects.visible_to(actor)
    grant = grants.select_for_update(of=("self",)).filter(pk=grant_id).first()
    if grant is None:
        raise NotFound("There is no such grant.", code="not-found")
    if grant.revoked_at is None:
        grant.revoked_at = now
        grant.save(update_fields=["revoked_at", "updated_at"])
        audit_record(actor_id=actor.pk, action="grant.revoked", subject=grant, detail={})
        _tell(grant, "grant.revoked")
    return grant


@write_transaction
def _grant_store(
    *,
    giver: User,
    household_id: UUID,
    portfolio_id: UUID | None,
    grantee: User,
    scope: str,
    expires_at: datetime | None,
    now: datetime,
) -> Grant:
    # The giver's membership is locked: a view that is narrowed just now must not outlive itself in a grant.
    HouseholdMember.objects.select_for_update().get(user=giver, household_id=household_id)
    same = Grant.objects.active(now).filter(
        household_id=household_id, portfolio_id=portfolio_id, grantee=grantee
    )
    if same.exists():
        raise Conflict(
            f"{grantee} already has access to this. Revoke it first to change it.", code="grant-exists"
        )
    grant = Grant.objects.create(
        household_id=household_id,
        portfolio_id=portfolio_id,
        grantee=grantee,
        granted_by=giver,
        scope=scope,
        expires_at=expires_at,
    )
    audit_record(
        actor_id=giver.pk,
        action="grant.created",
        subject=grant,
        detail={
            "grantee": str(grantee.pk),
            "scope": scope,
            "portfolio": str(portfolio_id) if portfolio_id else None,
            "expires_at": expires_at.isoformat() if expires_at else None,
        },
    )
    _tell(grant, "grant.created")
    return grant


def _grantee(giver: User, household_id: UUID, email: str) -> User:
    attempt = attempt_admit(LOOKUPS, str(giver.pk))
    grantee = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    member = grantee and HouseholdMember.objects.filter(household_id=household_id, user=grantee).exists()
    if grantee is None or member or grantee.pk == giver.pk:
        raise _refused(
            "email", "Nobody outside your household signs in with this address. Ask them to sign up first."
        )
    attempt.release()
    return grantee


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="invalid-grant", fields={field: [sentence]})


def _tell(grant: Grant, topic: str) -> None:
    event_record(
        topic=topic,
        household_id=grant.household_id,
        payload={"grant": str(grant.pk), "grantee": str(grant.grantee_id), "at": timezone.now().isoformat()},
    )
