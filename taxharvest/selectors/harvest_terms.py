"""What the worth of a loss depends on, of many households at once: their tax year, costs, how prices move."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Sum

from accounts.models import HouseholdMember, TaxProfile
from common.money import ARITHMETIC, quantize
from portfolios.engine.records import Term, TransactionKind
from portfolios.models import Disposal, Holding, Portfolio, Transaction
from taxharvest.engine.harvest.benefit import DividendFact, HarvestTerms
from taxharvest.engine.harvest.waiting import Threshold
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.year_facts import YearFacts
from taxharvest.selectors.scan_accounts import PolicyFacts
from taxharvest.selectors.underwater import UnderwaterPosition

ZERO = Decimal(0)
DOLLAR = "USD"
TAXED = (Portfolio.Kind.TAXABLE, Portfolio.Kind.JOINT, Portfolio.Kind.SPOUSE_TAXABLE)
# A dividend is qualified when its share is held for more than 60 of the 121 days around the ex-dividend day
# (IRC 1(h)(11)(B)(iii)): a sale today can undo those of the last 60.
DIVIDEND_DAYS = 60
HISTORY = 366
FEWEST_RETURNS = 60
NO_PROFILE = (None, None, None, None, None)

# Day-to-day returns of the closes as traded; the step over a split, which anybody's ledger tells of, is none.
# They are statistics: in floats, where a logarithm takes a fraction of the time.
VOLATILITY = """
SELECT instrument_id, round((stddev_samp(ln(close / before)) * sqrt(252))::numeric, 6), count(*)
FROM (
    SELECT instrument_id, day, close::float8 AS close,
           lag(close::float8) OVER (PARTITION BY instrument_id ORDER BY day) AS before
    FROM prices WHERE instrument_id = ANY(%(instruments)s) AND day > %(since)s AND day <= %(day)s
) steps
WHERE before IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM trades s
    WHERE s.instrument_id = steps.instrument_id AND s.kind = 'split' AND s.trade_date = steps.day
)
GROUP BY instrument_id
"""


class TermsBook:
    """The terms of harvests on one day, read in sets: what a scan has read of an instrument is kept."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._volatility: dict[UUID, Decimal | None] = {}
        self._years: dict[UUID, tuple[YearFacts, ...]] = {}
        self._commissions: dict[UUID, Decimal] = {}
        self._dividends: dict[tuple[UUID, UUID], list[DividendFact]] = {}

    def read(self, positions: Collection[UnderwaterPosition]) -> None:
        """Read what the terms of these positions need; of households before these nothing is kept."""
        accounts = {position.portfolio_id for position in positions}
        self._years = year_facts_of({position.household_id for position in positions}, self._day)
        self._commissions = _commissions(accounts)
        self._dividends = _dividends(accounts, {one.instrument_id for one in positions}, self._day)
        unread = {position.instrument_id for position in positions} - self._volatility.keys()
        self._volatility |= dict.fromkeys(unread) | volatilities(unread, self._day)

    def terms(self, position: UnderwaterPosition, policy: PolicyFacts) -> HarvestTerms:
        """The terms of one position that was read."""
        return HarvestTerms(
            years=self._years[position.household_id],
            threshold=Threshold(policy.threshold),
            least_benefit=policy.least_benefit,
            commission=self._commissions.get(position.portfolio_id, ZERO),
            volatility=self._volatility.get(position.instrument_id),
            dividends=tuple(self._dividends.get((position.portfolio_id, position.instrument_id), ())),
        )


def year_facts_of(household_ids: Collection[UUID], day: date) -> dict[UUID, tuple[YearFacts, ...]]:
    """The tax year of `day` of each household as it stands: one record, or one for each filing status.

    From its tax profile and what its taxable dollar accounts realised this year, in two queries.
    """
    gains = _realised(household_ids, day.year)
    columns = (
        "household_id", "filing_status", "ordinary_income", "state_rate", "carryforward_short",
        "carryforward_long",
    )  # fmt: skip
    profiles = TaxProfile.objects.filter(household_id__in=list(household_ids), year=day.year)
    known = {key: values for key, *values in profiles.values_list(*columns)}
    found = {}
    for key in household_ids:
        status, income, state_rate, carry_short, carry_long = known.get(key, NO_PROFILE)
        facts = YearFacts(
            year=day.year,
            filing_status=FilingStatus(status or FilingStatus.SINGLE),
            ordinary_income=income,
            short_gain=gains.get((key, Term.SHORT), ZERO),
            long_gain=gains.get((key, Term.LONG), ZERO),
            carry_short=carry_short or ZERO,
            carry_long=carry_long or ZERO,
            state_rate=state_rate,
        )
        every = (replace(facts, filing_status=one) for one in FilingStatus)
        found[key] = (facts,) if status else tuple(every)
    return found


def _realised(household_ids: Collection[UUID], year: int) -> dict[tuple[UUID, str], Decimal]:
    """Recognised gains of the year by household and term, of the accounts that the household files for."""
    rows = Disposal.objects.filter(
        portfolio__household_id__in=list(household_ids),
        portfolio__kind__in=TAXED,
        portfolio__base_currency=DOLLAR,
        disposed__gte=date(year, 1, 1),
        disposed__lte=date(year, 12, 31),
        proceeds_base__isnull=False,
        basis_base__isnull=False,
    ).exclude(portfolio__holder__relationship=HouseholdMember.Relationship.DEPENDANT)
    recognised = Sum(F("proceeds_base") - F("basis_base") + F("disallowed_base"))
    totals = rows.order_by().values_list("portfolio__household_id", "term").annotate(total=recognised)
    return {(key, term): total for key, term, total in totals}


def volatilities(instrument_ids: Iterable[UUID], day: date) -> dict[UUID, Decimal | None]:
    """The volatility of each instrument, a year, by its closes of the last year; None with too few."""
    chosen = list(instrument_ids)
    if not chosen:
        return {}
    parameters: dict[str, Any] = {"instruments": chosen, "since": day - timedelta(days=HISTORY), "day": day}
    with connection.cursor() as cursor:
        cursor.execute(VOLATILITY, parameters)
        return {key: value if count >= FEWEST_RETURNS else None for key, value, count in cursor}


def _commissions(portfolio_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What each account paid for its last trade."""
    rows = Transaction.objects.filter(
        portfolio_id__in=list(portfolio_ids), kind__in=(TransactionKind.BUY, TransactionKind.SELL)
    )
    newest = rows.order_by("portfolio_id", "-trade_date", "-sequence", "-id").distinct("portfolio_id")
    return dict(newest.values_list("portfolio_id", "fees"))


def _dividends(
    portfolio_ids: Collection[UUID], instrument_ids: Collection[UUID], day: date
) -> dict[tuple[UUID, UUID], list[DividendFact]]:
    """Dividends of the last 60 days, a share of what is held now; the day of payment stands for the ex day.

    Where the ledger tells no ex-dividend day the payment, which is later, errs to the dearer side.
    """
    held = _held(portfolio_ids, instrument_ids)
    rows = Transaction.objects.filter(
        portfolio_id__in=list(portfolio_ids),
        instrument_id__in=list(instrument_ids),
        kind=TransactionKind.DIVIDEND,
        trade_date__gt=day - timedelta(days=DIVIDEND_DAYS),
        trade_date__lte=day,
        amount__gt=0,
    ).effective()
    found: defaultdict[tuple[UUID, UUID], list[DividendFact]] = defaultdict(list)
    for portfolio_id, instrument_id, paid, amount in rows.values_list(
        "portfolio_id", "instrument_id", "trade_date", "amount"
    ):
        if shares := held.get((portfolio_id, instrument_id)):
            each = quantize(ARITHMETIC.divide(amount, shares))
            found[portfolio_id, instrument_id].append(DividendFact(ex_dividend=paid, per_share=each))
    return dict(found)


def _held(
    portfolio_ids: Collection[UUID], instrument_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], Decimal]:
    rows = Holding.objects.filter(
        portfolio_id__in=list(portfolio_ids), instrument_id__in=list(instrument_ids), quantity__gt=0
    )
    columns = ("portfolio_id", "instrument_id", "quantity")
    return {(portfolio, instrument): shares for portfolio, instrument, shares in rows.values_list(*columns)}
