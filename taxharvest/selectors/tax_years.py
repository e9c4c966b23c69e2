"""The tax year as the tax centre and the API show it: figures, arithmetic, sales, and what is still open."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from accounts.models import Viewer
from common.errors import DomainError, InvalidInput
from common.money import cents
from portfolios.engine.policies import WashMode
from portfolios.engine.records import Term
from portfolios.selectors.scopes import Scope
from taxharvest.engine.form_1099b import Form1099B, form_1099b
from taxharvest.engine.form_8949 import Form8949, form_8949
from taxharvest.engine.liability import YearLiability, year_liability
from taxharvest.engine.records import ScheduleD, TaxSale
from taxharvest.engine.sale_parts import true_term
from taxharvest.engine.schedule_d import BoxTotals, ScheduleDFacts, Totals, build_schedule_d
from taxharvest.engine.year_facts import YearFacts
from taxharvest.selectors.tax_facts import (
    FactsOfYear,
    PendingLoss,
    Unrealised,
    pending_losses,
    recognised,
    unrealised_of,
    year_facts,
)
from taxharvest.selectors.tax_sales import YearSales, return_accounts, sale_years, tax_sales

OLDEST = 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """One closed piece as the table shows it; `gain` is None while it is not known."""

    sale: TaxSale
    transaction_id: UUID
    term: Term
    gain: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxYear:
    """Everything the tax centre shows of one year.

    `liability` is None with `reason` where no tax can be estimated. `unrealised` and `pending` are of today
    and so empty for years that are over, except for losses of December whose window is still open.
    """

    scope: Scope
    year: int
    years: tuple[int, ...]
    as_of: date
    told: FactsOfYear
    lines: tuple[SaleLine, ...]
    liability: YearLiability | None
    reason: str
    unrealised: Unrealised | None
    pending: tuple[PendingLoss, ...]

    @property
    def sales(self) -> YearSales:
        """The sales of the year."""
        return self.told.sales

    @property
    def is_over(self) -> bool:
        """Whether nothing can be sold in this year any more."""
        return self.year < self.as_of.year

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sold and nothing is open."""
        return not self.lines and not self.sales.left_out and not self.pending


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxForms:
    """The forms of a year; Schedule D is None with `reason` while it cannot be made."""

    year: int
    form_8949: Form8949
    schedule_d: ScheduleD | None
    reason: str
    told: FactsOfYear


def tax_year(user: Viewer, scope: Scope, year: int, today: date) -> TaxYear:
    """The figures of `year` for the accounts of `scope`; raises InvalidInput for a year out of reach."""
    check_year(year, today)
    told = year_facts(user, scope, year)
    ids = told.accounts.ids
    liability, reason = _liability(told)
    pending = pending_losses(scope, ids, today)
    return TaxYear(
        scope=scope,
        year=year,
        years=_years(ids, today),
        as_of=today,
        told=told,
        lines=tuple(_line(sale) for sale in told.sales.sales),
        liability=liability,
        reason=reason,
        unrealised=unrealised_of(scope, ids, today) if year == today.year else None,
        pending=tuple(item for item in pending if item.sold.year == year),
    )


def tax_years(scope: Scope, today: date) -> tuple[int, ...]:
    """The years with sales, and the current one; newest first."""
    return _years(return_accounts(scope).ids, today)


def _years(portfolio_ids: Collection[UUID], today: date) -> tuple[int, ...]:
    years = sale_years(portfolio_ids)
    return tuple(sorted({*years, today.year}, reverse=True))


def tax_forms(user: Viewer, scope: Scope, year: int, today: date) -> TaxForms:
    """Form 8949 and Schedule D of `year`; raises InvalidInput for a year out of reach."""
    check_year(year, today)
    told = year_facts(user, scope, year)
    form = form_8949(told.sales.sales, year=year)
    schedule, reason = None, told.reason
    if told.facts is not None:
        try:
            schedule = _schedule_d(form, told.facts, _liability(told)[0])
        except DomainError as refusal:
            reason = refusal.detail
    return TaxForms(year=year, form_8949=form, schedule_d=schedule, reason=reason, told=told)


def brokers_form(scope: Scope, year: int, today: date) -> tuple[Form1099B, YearSales]:
    """Form 1099-B of `year` as the broker's rules have it; raises InvalidInput for a year out of reach."""
    check_year(year, today)
    sales = tax_sales(scope, year, WashMode.BROKER)
    return form_1099b(sales.sales, year=year), sales


def check_year(year: int, today: date) -> None:
    """Raise InvalidInput for a year that has not begun or that no book reaches back to."""
    if not OLDEST <= year <= today.year:
        sentence = f"There is no tax year {year}: name one from {OLDEST} to {today.year}."
        raise InvalidInput(detail=sentence, code="no-tax-year", fields={"year": [sentence]})


def _line(sale: TaxSale) -> SaleLine:
    return SaleLine(
        sale=sale, transaction_id=UUID(sale.sale_key), term=true_term(sale), gain=recognised(sale)
    )


def _liability(told: FactsOfYear) -> tuple[YearLiability | None, str]:
    if told.facts is None:
        return None, told.reason
    try:
        return year_liability(told.facts), ""
    except DomainError as refusal:
        return None, refusal.detail


def _schedule_d(form: Form8949, facts: YearFacts, liability: YearLiability | None) -> ScheduleD:
    taxes = liability.taxes if liability is not None else None
    boxes = [
        BoxTotals(
            box=section.box.value,
            totals=Totals(
                proceeds=section.totals.proceeds,
                basis=section.totals.basis,
                adjustment=section.totals.adjustment,
            ),
        )
        for section in form.sections
    ]
    return build_schedule_d(
        ScheduleDFacts(
            year=form.year,
            filing_status=facts.filing_status,
            boxes=tuple(boxes),
            carry_short=cents(facts.carry_short),
            carry_long=cents(facts.carry_long),
            collectibles_gain=cents(facts.collectibles_gain),
            # Line 1 of the worksheet: below zero where deductions exceed income.
            taxable_income=None if taxes is None else cents(taxes.adjusted_gross - taxes.deductions),
        )
    )
