"""What people say of themselves: how they want to be shown things, and what the tax rules need to know."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.utils import timezone

from accounts.engine.preferences import LOCALES
from accounts.engine.states import STATES
from accounts.models import Grant, HouseholdMember, TaxProfile, User
from accounts.services.tokens import families_revoke
from common.audit import audit_record, event_record
from common.errors import Conflict, InvalidInput, NotFound
from common.money import LIMIT
from common.transactions import write_transaction

FIRST_YEAR = 2000
# Above every state's highest rate, the city's of New York included.
HIGHEST_STATE_RATE = Decimal("0.2")
UNKNOWN_STATUS = "Choose one of the filing statuses on offer."


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

    What else is known of the year stays. Raises NotFound unless `actor` sees all of the household, and
    InvalidInput for a status that Form 1040 does not have.
    """
    _may_tell(actor, household_id)
    if filing_status and filing_status not in TaxProfile.FilingStatus.values:
        raise _refused("filing_status", UNKNOWN_STATUS)
    profile, _ = TaxProfile.objects.update_or_create(
        household_id=household_id, year=year, defaults={"filing_status": filing_status}
    )
    audit_record(actor_id=actor.pk, action="tax_profile.updated", subject=profile, detail={"year": year})
    return profile


@write_transaction
def tax_profile_save(
    *,
    actor: User,
    household_id: UUID,
    year: int,
    filing_status: str = "",
    ordinary_income: Decimal | None = None,
    state: str = "",
    state_rate: Decimal | None = None,
    carryforward_short: Decimal | None = None,
    carryforward_long: Decimal | None = None,
) -> TaxProfile:
    """Say all that is known of the household's `year`; what is left out is unknown, never zero.

    Income is taxable income before capital gains, in US dollars; `state_rate` is a fraction; losses carried
    forward are positive. Saving what is there already changes nothing. Raises NotFound unless `actor` sees
    all of the household, and InvalidInput naming every field that cannot be.
    """
    _may_tell(actor, household_id)
    values: dict[str, Any] = {
        "filing_status": filing_status,
        "ordinary_income": ordinary_income,
        "state": state.strip().upper(),
        "state_rate": state_rate,
        "carryforward_short": carryforward_short,
        "carryforward_long": carryforward_long,
    }
    fields = dict(_what_cannot_be(year, values))
    if fields:
        raise InvalidInput(next(iter(fields.values()))[0], code="invalid-profile", fields=fields)
    before = TaxProfile.objects.filter(household_id=household_id, year=year).first()
    changed = [name for name, value in values.items() if before is None or getattr(before, name) != value]
    if before is not None and not changed:
        return before
    profile, _ = TaxProfile.objects.update_or_create(household_id=household_id, year=year, defaults=values)
    # The trail says which fields changed and when; what somebody earns stays in its own table.
    detail = {"year": year, "changed": changed}
    audit_record(actor_id=actor.pk, action="tax_profile.updated", subject=profile, detail=detail)
    event_record(topic="tax_profile.changed", household_id=household_id, payload={"year": year})
    return profile


def _may_tell(actor: User, household_id: UUID) -> None:
    if not HouseholdMember.objects.filter(user=actor, household_id=household_id, sees_all=True).exists():
        raise NotFound("There is no such household among yours.", code="not-found")


def _what_cannot_be(year: int, values: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    if not FIRST_YEAR <= year <= timezone.localdate().year + 1:
        yield "year", [f"The year lies between {FIRST_YEAR} and next year."]
    if values["filing_status"] and values["filing_status"] not in TaxProfile.FilingStatus.values:
        yield "filing_status", [UNKNOWN_STATUS]
    if values["state"] and values["state"] not in dict(STATES):
        yield "state", ["Choose one of the states on offer."]
    if values["state_rate"] is not None and not 0 <= values["state_rate"] <= HIGHEST_STATE_RATE:
        yield "state_rate", [f"A state takes between 0 and {HIGHEST_STATE_RATE:.0%}."]
    for name in ("ordinary_income", "carryforward_short", "carryforward_long"):
        amount = values[name]
        if amount is not None and amount < 0:
            yield name, ["Give it without a sign." if name != "ordinary_income" else "It is zero at least."]
        elif amount is not None and amount >= LIMIT:
            yield name, ["That is too large: amounts are kept below 10^12."]


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
