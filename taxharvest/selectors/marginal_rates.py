"""The rates at which a person's next gain is taxed, as far as their tax profile tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from accounts.models import Viewer
from accounts.selectors.profiles import tax_profile_get
from common.errors import InvalidInput
from portfolios.engine.figures import UnavailableError
from portfolios.engine.records import PortfolioRecord, TaxOwner, Term, Treatment
from portfolios.models import Disposal
from portfolios.selectors.facts import portfolio_records
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.savings import MarginalRates, marginal_rates
from taxharvest.engine.year_facts import YearFacts
from taxharvest.selectors.people import sees_taxes_of

ZERO = Decimal(0)
DOLLAR = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRates:
    """The marginal rates of a year, or None with the sentence that says why.

    `year` is that of the tax profile they come from; `may_edit` says that who asks can complete it.
    """

    year: int
    rates: MarginalRates | None
    reason: str = ""
    may_edit: bool = False


def rates_of(user: Viewer, household_id: UUID, day: date) -> KnownRates:
    """The rates on the next dollar of short-term and long-term gain in the year of `day`.

    A tax profile is shown only to those who see all accounts of their own household; see `household_rates`.
    """
    if not sees_taxes_of(user, household_id):
        reason = "The household’s tax profile is not yours to see."
        return KnownRates(year=day.year, rates=None, reason=reason)
    return household_rates(household_id, day)


def household_rates(
    household_id: UUID, day: date, portfolios: Mapping[UUID, PortfolioRecord] | None = None
) -> KnownRates:
    """The rates of `rates_of`, for reckoning on behalf of the household whoever asks.

    From the household's tax profile and what its taxable accounts realised in that year until now; dividends
    are left out. `portfolios` are all its accounts, where they have been read already.
    """
    year = day.year
    profile = tax_profile_get(household_id, year)
    if profile.filing_status is None or profile.ordinary_income is None:
        reason = f"The tax profile of {year} lacks the filing status or the income."
        return KnownRates(year=year, rates=None, reason=reason, may_edit=True)
    short, long = _realised(portfolios or portfolio_records(household_id), year)
    facts = YearFacts(
        year=year,
        filing_status=FilingStatus(profile.filing_status),
        ordinary_income=profile.ordinary_income,
        short_gain=short,
        long_gain=long,
        carry_short=profile.carryforward_short or ZERO,
        carry_long=profile.carryforward_long or ZERO,
        state_rate=profile.state_rate,
    )
    try:
        return KnownRates(year=year, rates=marginal_rates(facts), may_edit=True)
    except (InvalidInput, UnavailableError) as refusal:
        return KnownRates(year=year, rates=None, reason=str(refusal), may_edit=True)


def _realised(portfolios: Mapping[UUID, PortfolioRecord], year: int) -> tuple[Decimal, Decimal]:
    """Recognised gains of the year by term, of the taxable dollar accounts of those who file."""
    filed = [
        key
        for key, account in portfolios.items()
        if account.treatment is Treatment.TAXABLE
        and account.owner is not TaxOwner.OTHER
        and account.base_currency == DOLLAR
    ]
    rows = Disposal.objects.filter(
        portfolio_id__in=filed,
        disposed__year=year,
        proceeds_base__isnull=False,
        basis_base__isnull=False,
    )
    recognised = Sum(F("proceeds_base") - F("basis_base") + F("disallowed_base"))
    totals = dict(rows.values_list("term").annotate(total=recognised))
    return totals.get(Term.SHORT, ZERO), totals.get(Term.LONG, ZERO)
