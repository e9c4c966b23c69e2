"""What the tax of a year is computed from: gains by term, dividends, the household's own words, open lots."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.engine.records import TaxProfileRecord
from accounts.models import User, Viewer
from accounts.selectors.households import membership_of
from accounts.selectors.profiles import tax_profile_get
from common.money import quantize
from portfolios.engine.holding import term_of
from portfolios.engine.records import Term
from portfolios.engine.wash_groups import WINDOW
from portfolios.models import Disposal, Lot
from portfolios.selectors.prices import NO_QUOTE, Quote, quotes_on, splits_known_to
from portfolios.selectors.scopes import Scope
from taxharvest.engine.form_8949 import IncompleteSale, form_8949
from taxharvest.engine.records import FilingStatus, TaxSale
from taxharvest.engine.sale_parts import true_term
from taxharvest.engine.tables.registry import TABLES
from taxharvest.engine.year_facts import YearFacts
from taxharvest.selectors.tax_income import YearIncome, year_income
from taxharvest.selectors.tax_sales import DOLLAR, ReturnAccounts, YearSales, return_accounts, tax_sales

ZERO = Decimal(0)
NO_PROFILE = (
    "The filing status and the income are shown only to members who see all accounts of the household."
)
NO_STATUS = "No filing status was entered for {year}, and every rate and limit depends on it."
INCOME_AS_ENTERED = (
    "The income is taken as the tax profile words it: taxable income, so after deductions, without the gains "
    "and dividends shown here. For the tax on investment income the standard deduction is added back."
)
NO_CARRY = "No loss carried in from the year before was entered; none is counted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """Recognised gains of the year by term, exact, and the sales that could not be counted."""

    short: Decimal
    long: Decimal
    collectibles: Decimal
    incomplete: tuple[IncompleteSale, ...]

    @property
    def total(self) -> Decimal:
        """Both terms together."""
        return self.short + self.long


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrealised:
    """Gains on open lots of the return's accounts at the last closes; `unknown` lots are in neither sum."""

    as_of: date
    short: Decimal
    long: Decimal
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLoss:
    """A loss that a purchase until `closes_on`, that day included, would still wash. `loss` is positive."""

    disposal_id: UUID
    transaction_id: UUID
    account: str
    symbol: str
    quantity: Decimal
    sold: date
    loss: Decimal
    closes_on: date
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsOfYear:
    """The facts of a year, None with the `reason` while they cannot be put together, and what was assumed."""

    facts: YearFacts | None
    reason: str
    accounts: ReturnAccounts
    sales: YearSales
    realised: Realised
    income: YearIncome
    profile: TaxProfileRecord | None
    notes: tuple[str, ...]


def year_facts(user: Viewer, scope: Scope, year: int) -> FactsOfYear:
    """The facts of `year` for the accounts of `scope`, as far as `user` may see them.

    Income, filing status and carry-overs are told only to members who see all accounts of the household.
    """
    accounts = return_accounts(scope)
    sales = tax_sales(scope, year, accounts=accounts)
    realised = realised_of(sales)
    income = year_income(accounts.ids, year)
    profile = profile_seen_by(user, scope.household_id, year)
    reason = _why_none(profile, year)
    facts = None if reason or profile is None else _facts(year, realised, income, profile)
    return FactsOfYear(
        facts=facts,
        reason=reason,
        accounts=accounts,
        sales=sales,
        realised=realised,
        income=income,
        profile=profile,
        notes=(*sales.notes, *income.notes, *_profile_notes(facts, profile)),
    )


def profile_seen_by(user: Viewer, household_id: UUID, year: int) -> TaxProfileRecord | None:
    """The tax profile, None for whoever does not see all accounts of the household as a member of it."""
    if not isinstance(user, User):
        return None
    membership = membership_of(user)
    if membership is None or membership.household_id != household_id or not membership.sees_all:
        return None
    return tax_profile_get(household_id, year)


def realised_of(sales: YearSales) -> Realised:
    """Gains by term of the sales that can be counted; those that cannot are named as on Form 8949."""
    incomplete = form_8949(sales.sales, year=sales.year).incomplete
    unknown = {item.sale.key for item in incomplete}
    counted = [sale for sale in sales.sales if sale.key not in unknown]
    return Realised(
        short=_sum(recognised(sale) for sale in counted if true_term(sale) is Term.SHORT),
        long=_sum(recognised(sale) for sale in counted if true_term(sale) is Term.LONG),
        collectibles=_sum(
            recognised(sale) for sale in counted if sale.is_collectible and true_term(sale) is Term.LONG
        ),
        incomplete=incomplete,
    )


def recognised(sale: TaxSale) -> Decimal | None:
    """Proceeds less basis, the washed loss added back; None while the basis is not known."""
    return None if sale.basis is None else sale.proceeds - sale.basis + sale.disallowed


def pending_losses(scope: Scope, portfolio_ids: Collection[UUID], today: date) -> list[PendingLoss]:
    """Losses whose thirty days after the sale (IRC 1091(a)) are not over on `today`. One query."""
    rows = Disposal.objects.filter(
        portfolio_id__in=portfolio_ids,
        disposed__gte=today - timedelta(days=WINDOW),
        disposed__lte=today,
        recognised_base__lt=0,
    ).select_related("instrument")
    return [
        PendingLoss(
            disposal_id=row.pk,
            transaction_id=row.transaction_id,
            account=scope.names[row.portfolio_id],
            symbol=row.instrument.symbol,
            quantity=row.quantity,
            sold=row.disposed,
            loss=-row.recognised_base,
            closes_on=row.disposed + timedelta(days=WINDOW),
            days_left=(row.disposed + timedelta(days=WINDOW) - today).days,
        )
        for row in rows.order_by("disposed", "id")
    ]


def unrealised_of(scope: Scope, portfolio_ids: Collection[UUID], today: date) -> Unrealised:
    """Gains on paper by the term that a sale on `today` would have. Three queries, or four.

    A lot that was not bought in US dollars, that has no usable close, or whose basis or day is not known is
    counted as unknown.
    """
    lots = list(Lot.objects.filter(portfolio_id__in=portfolio_ids).select_related("instrument"))
    splits = splits_known_to(scope.household_id, {lot.instrument_id for lot in lots})
    quotes = quotes_on(splits, today, tells_last_known=False) if lots else {}
    sums = {Term.SHORT: ZERO, Term.LONG: ZERO}
    unknown = 0
    for lot in lots:
        gain = _gain_on_paper(lot, quotes.get(lot.instrument_id, NO_QUOTE))
        term = Term.SHORT if lot.quantity < 0 else term_of(lot.holding_date, today)
        if gain is None or term is Term.UNKNOWN:
            unknown += 1
        else:
            sums[term] += gain
    return Unrealised(as_of=today, short=sums[Term.SHORT], long=sums[Term.LONG], unknown=unknown)


def _gain_on_paper(lot: Lot, quote: Quote) -> Decimal | None:
    if quote.close is None or lot.basis_base is None or {lot.currency, quote.currency} != {DOLLAR}:
        return None
    # The basis of a short lot is what its sale brought.
    basis: Decimal = -lot.basis_base if lot.quantity < 0 else lot.basis_base
    value: Decimal = quantize(lot.quantity * lot.instrument.multiplier * quote.close)
    return value - basis


def _why_none(profile: TaxProfileRecord | None, year: int) -> str:
    if profile is None:
        return NO_PROFILE
    return "" if profile.filing_status else NO_STATUS.format(year=year)


def _facts(year: int, realised: Realised, income: YearIncome, profile: TaxProfileRecord) -> YearFacts:
    status = FilingStatus(profile.filing_status or "")
    entered = profile.ordinary_income
    interest = income.interest if entered is None else min(income.interest, max(entered, ZERO))
    table = TABLES.get(year)
    return YearFacts(
        year=year,
        filing_status=status,
        ordinary_income=entered,
        short_gain=realised.short,
        long_gain=realised.long,
        collectibles_gain=realised.collectibles,
        qualified_dividends=max(income.qualified, ZERO),
        ordinary_dividends=max(income.ordinary, ZERO),
        other_investment_income=interest,
        carry_short=profile.carryforward_short or ZERO,
        carry_long=profile.carryforward_long or ZERO,
        deductions=None if entered is None else ZERO,
        added_back=table.standard_deduction[status] if table and entered is not None else ZERO,
        state_rate=profile.state_rate,
    )


def _profile_notes(facts: YearFacts | None, profile: TaxProfileRecord | None) -> list[str]:
    if facts is None or profile is None:
        return []
    notes = [] if facts.ordinary_income is None else [INCOME_AS_ENTERED]
    if profile.carryforward_short is None and profile.carryforward_long is None:
        notes.append(NO_CARRY)
    return notes


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), ZERO)
