"""Reading tax profiles."""

from decimal import Decimal
from uuid import UUID

from accounts.engine.records import TaxProfileRecord
from accounts.models import TaxProfile


def tax_profile_get(household_id: UUID, year: int) -> TaxProfileRecord:
    """What is known of the household's `year`; everything unknown when nobody has said anything yet."""
    profile = TaxProfile.objects.filter(household_id=household_id, year=year).first()
    return TaxProfileRecord(
        household_id=household_id,
        year=year,
        filing_status=(profile and profile.filing_status) or None,
        ordinary_income=profile.ordinary_income if profile else None,
        state=(profile and profile.state) or None,
        state_rate=_rate(profile),
        carryforward_short=profile.carryforward_short if profile else None,
        carryforward_long=profile.carryforward_long if profile else None,
    )


def tax_profile_years(household_id: UUID) -> list[int]:
    """The years of which somebody said something, newest first."""
    rows = TaxProfile.objects.filter(household_id=household_id).order_by("-year")
    return list(rows.values_list("year", flat=True))


def _rate(profile: TaxProfile | None) -> Decimal | None:
    return profile.state_rate if profile else None
