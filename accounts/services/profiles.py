"""What people say of themselves: how they want to be shown things, and what the tax rules need to know."""

from datetime import datetime
from uuid import UUID
from zoneinfo import available_timezones

from accounts.engine.preferences import LOCALES
from accounts.models import Grant, HouseholdMember, TaxProfile, User
from accounts.services.tokens import families_revoke
from common.audit import audit_record
from common.errors import Conflict, InvalidInput, NotFound
from common.transactions import write_transaction


@write_transaction
def profile_update(*, user: User, name: str, time_zone: str, locale: str) -> User:
    """Change how a person is called, and how times and numbers are written for them.

    Raises InvalidInput for a time zone or a locale that is not known.
    """
    if time_zone not in available_timezones():
        raise _refused("time_zone", "Choose one of the time zones on offer.")
    if locale not in dict(LOCALES):
        raise _refused("locale", "Choose one of the ways to write numbers and dates.")
    user.name, user.time_zone, user.locale = name.strip(), time_zone, locale
    user.save(update_fields=["name", "time_zone", "locale"])
    return user


@write_transaction
def tax_profile_update(*, actor: User, household_id: UUID, year: int, filing_status: str) -> TaxProfile:
    """Say how the household files for `year`; an empty status means that it is not known yet.

    Raises NotFound unless `actor` sees all of the household, and InvalidInput for a status that Form 1040
    does not have.
    """
    if not HouseholdMember.objects.filter(user=actor, household_id=household_id, sees_all=True).exists():
        raise NotFound("There is no such household among yours.", code="not-found")
    if filing_status and filing_status not in TaxProfile.FilingStatus.values:
        raise _refused("filing_status", "Choose one of the filing statuses on offer.")
    profile, _ = TaxProfile.objects.update_or_create(
        household_id=household_id, year=year, defaults={"filing_status": filing_status}
    )
    audit_record(actor_id=actor.pk, action="tax_profile.updated", subject=profile, detail={"year": year})
    return profile


@write_transaction
def account_deactivate(*, user: User, actor: User, now: datetime) -> None:
    """Close a person's login: sessions, tokens and the grants they gave end at once; the book stays.

    Ledgers and their audit trail are kept, since other members and tax returns stand on them. Raises
    Conflict for the shared demo login.
    """
    if user.is_demo:
        raise Conflict("The demo login is shared: it cannot be closed.", code="demo-login")
    user.is_active = False
    user.save(update_fields=["is_active"])
    families_revoke(user=user, because="login closed", now=now)
    Grant.objects.active(now).filter(granted_by=user).update(revoked_at=now)
    audit_record(actor_id=actor.pk, action="user.deactivated", subject=user, detail={})


@write_transaction
def account_reactivate(*, user: User, actor: User) -> None:
    """Open a closed login again; grants and tokens that ended stay ended."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit_record(actor_id=actor.pk, action="user.reactivated", subject=user, detail={})


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="invalid-profile", fields={field: [sentence]})
