"""The taxes of a year at one income: federal income tax, tax on investment income, state tax."""

from dataclasses import dataclass, replace
from decimal import Decimal

from taxharvest.engine.investment_income import InvestmentIncomeTax, investment_income_tax
from taxharvest.engine.long_term import IncomeTax, Preferred, income_tax
from taxharvest.engine.netting import Netting, net_year, rate_28_gain
from taxharvest.engine.tables.record import TaxTable
from taxharvest.engine.year_facts import ZERO, YearFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class YearTaxes:
    """All taxes of a year with what they were computed from; `state` is None without a state rate."""

    netting: Netting
    adjusted_gross: Decimal
    deductions: Decimal
    income: IncomeTax
    investment: InvestmentIncomeTax
    state: Decimal | None

    @property
    def federal(self) -> Decimal:
        """Income tax and tax on investment income."""
        return self.income.tax + self.investment.tax

    @property
    def total(self) -> Decimal:
        """Every tax that is known."""
        return self.federal + (self.state or ZERO)


def taxes_at(facts: YearFacts, ordinary_income: Decimal, table: TaxTable) -> YearTaxes:
    """The taxes of the year that `facts` describe if its ordinary income is `ordinary_income`.

    The state's tax is its flat rate on federal taxable income: gains and dividends count like wages, as most
    states with an income tax have it.
    """
    status = facts.filing_status
    netting = net_facts(facts, table, None)
    deductions = deductions_of(facts, table)
    invested = investments_of(facts, netting)
    adjusted_gross = ordinary_income + invested
    # Negative where deductions exceed income: the carry-over worksheet wants it so.
    unfloored = adjusted_gross - deductions
    taxable = max(ZERO, unfloored)
    return YearTaxes(
        # An income that is there is enough for the whole deduction: nothing of the netting changes.
        netting=netting if unfloored >= 0 else net_facts(facts, table, unfloored),
        adjusted_gross=adjusted_gross,
        deductions=deductions,
        income=income_tax(taxable, preferred_of(facts, netting), status=status, table=table),
        # A deducted net loss lowers the other investment income: Reg. 1.1411-4(f)(4), Form 8960 line 5a.
        investment=investment_income_tax(
            income=facts.other_investment_income + invested,
            modified_agi=adjusted_gross + facts.added_back,
            threshold=table.niit_threshold[status],
            rate=table.niit_rate,
        ),
        state=None if facts.state_rate is None else facts.state_rate * taxable,
    )


def net_facts(facts: YearFacts, table: TaxTable, taxable_income: Decimal | None) -> Netting:
    """The netting of the year; `taxable_income` as the carry-over worksheet takes it."""
    return net_year(
        short=facts.short_gain,
        long=facts.long_gain,
        cap=table.loss_cap[facts.filing_status],
        carry_short=facts.carry_short,
        carry_long=facts.carry_long,
        taxable_income=taxable_income,
    )


def investments_of(facts: YearFacts, netting: Netting) -> Decimal:
    """What gains, losses and dividends add to the income of the year."""
    return netting.counted + facts.qualified_dividends + facts.ordinary_dividends


def preferred_of(facts: YearFacts, netting: Netting) -> Preferred:
    """What of the year is taxed at the long-term rates."""
    return Preferred(
        qualified_dividends=facts.qualified_dividends,
        net_capital_gain=netting.taxed_long,
        rate_28_gain=rate_28_gain(
            collectibles=facts.collectibles_gain,
            carry_long=facts.carry_long,
            net_short=netting.net_short,
        ),
    )


def deductions_of(facts: YearFacts, table: TaxTable) -> Decimal:
    """The deductions stated, or else the standard deduction."""
    stated = facts.deductions
    return table.standard_deduction[facts.filing_status] if stated is None else stated


def without_investments(facts: YearFacts) -> YearFacts:
    """The same year without gains, losses and the dividends that it names."""
    return replace(
        facts,
        short_gain=ZERO,
        long_gain=ZERO,
        collectibles_gain=ZERO,
        qualified_dividends=ZERO,
        ordinary_dividends=ZERO,
        carry_short=ZERO,
        carry_long=ZERO,
    )
