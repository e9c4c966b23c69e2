"""Lowest and highest of a tax over every income, for a year whose income nobody entered."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from common.money import quantize
from taxharvest.engine.tables.record import TaxTable
from taxharvest.engine.year_facts import ZERO, YearFacts
from taxharvest.engine.year_taxes import deductions_of, investments_of, net_facts, preferred_of, taxes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRange:
    """A tax between two bounds; they are equal where the income is known."""

    lowest: Decimal
    highest: Decimal

    @property
    def exact(self) -> Decimal | None:
        """The tax, or None when only bounds are known."""
        return self.lowest if self.lowest == self.highest else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxDifference:
    """By how much the taxes of two versions of a year differ; `state` is None without a state rate."""

    income_tax: TaxRange
    investment_tax: TaxRange
    state: TaxRange | None
    total: TaxRange


def tax_difference(more: YearFacts, less: YearFacts, table: TaxTable) -> TaxDifference:
    """The taxes of the year `more` less those of `less`, which has the same ordinary income.

    Bounds over every income where that is not known; each bound stands for itself, so those of the parts need
    not add up to those of the total.
    """
    pairs = [
        (taxes_at(more, income, table), taxes_at(less, income, table))
        for income in incomes_to_try(more, less, table)
    ]
    states = [
        left.state - right.state
        for left, right in pairs
        if left.state is not None and right.state is not None
    ]
    return TaxDifference(
        income_tax=range_of(left.income.tax - right.income.tax for left, right in pairs),
        investment_tax=range_of(left.investment.tax - right.investment.tax for left, right in pairs),
        state=range_of(states) if states else None,
        total=range_of(left.total - right.total for left, right in pairs),
    )


def range_of(taxes: Iterable[Decimal]) -> TaxRange:
    """The bounds of some amounts, of which there is at least one."""
    amounts = list(taxes)
    return TaxRange(lowest=min(amounts), highest=max(amounts))


def incomes_to_try(more: YearFacts, less: YearFacts, table: TaxTable) -> tuple[Decimal, ...]:
    """Incomes among which the difference of each tax between two years has its lowest and its highest.

    The one income where it is known. Otherwise the taxes of a year are straight lines of its income between
    a few turning points, and all rise alike beyond the last one, so the turning points of both are
    enough.
    """
    if more.ordinary_income is not None:
        return (more.ordinary_income,)
    least = more.other_investment_income
    found = {least}
    for facts in (more, less):
        found.update(point for point in _turning_points(facts, table) if point > least)
    incomes = sorted(found)
    for facts in (more, less):
        found.update(_crossings(facts, incomes, table))
    return tuple(sorted(found))


def _turning_points(facts: YearFacts, table: TaxTable) -> Iterator[Decimal]:
    """Ordinary incomes at which a bracket, a band, the deductions or the threshold begins to matter."""
    netting = net_facts(facts, table, None)
    preferred = preferred_of(facts, netting)
    status = facts.filing_status
    invested = investments_of(facts, netting)
    to_taxable = invested - deductions_of(facts, table)
    limits = table.long_term[status]
    tops = [bracket.top for bracket in table.brackets[status] if bracket.top is not None]
    tops += [ZERO, limits.top_of_0, limits.top_of_15]
    at_28 = preferred.whole - preferred.below_28
    for offset in {ZERO, preferred.whole, preferred.below_28, at_28}:
        for top in tops:
            yield top + offset - to_taxable
    for part in (ZERO, max(ZERO, facts.other_investment_income + invested)):
        yield table.niit_threshold[status] + part - invested - facts.added_back


def _crossings(facts: YearFacts, incomes: Sequence[Decimal], table: TaxTable) -> Iterator[Decimal]:
    """Incomes at which tax by bands and tax by brackets change places, both straight in between."""
    gaps = []
    for income in incomes:
        tax = taxes_at(facts, income, table).income
        gaps.append(tax.by_bands - tax.by_brackets)
    for (left, before), (right, after) in pairwise(zip(incomes, gaps, strict=True)):
        if before * after < 0:
            yield quantize(left + (right - left) * before / (before - after))
