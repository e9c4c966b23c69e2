"""What a loss does to the taxes of a household: saved now, saved later, and what comes back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from taxharvest.engine.harvest.terms import HarvestTerms
from taxharvest.engine.income_range import incomes_to_try
from taxharvest.engine.netting import Netting
from taxharvest.engine.savings import HarvestedLoss
from taxharvest.engine.tables.registry import table_of
from taxharvest.engine.year_facts import YearFacts, check_facts
from taxharvest.engine.year_taxes import YearTaxes, taxes_at

ZERO = Decimal(0)
ONE = Decimal(1)


class Case(NamedTuple):
    """A tax year at one income: the household's own, or one that it may have."""

    facts: YearFacts
    income: Decimal


class Horizon(NamedTuple):
    """How far the later taxes are, how they are discounted, and whether the gain is a collectible's."""

    years: int
    discount_rate: Decimal
    is_collectible: bool

    @property
    def worth(self) -> Decimal:
        """What a dollar there is worth today."""
        return (ONE + self.discount_rate) ** -self.years


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxEffect:
    """What taking a loss does to the taxes in one case, exact, in US dollars.

    `saved` is this year's; of the loss `short_gain` and `long_gain` went against gains, `ordinary` against
    other income, and `carried` into later years, where it saves `carried_worth`, discounted. The lower basis
    of what is bought instead is a gain of `later_gain` at the horizon, taxed with `later_tax` there, of which
    the fraction `later` is what it is worth today.
    """

    case: Case
    saved: Decimal
    short_gain: Decimal
    long_gain: Decimal
    ordinary: Decimal
    carried: Decimal
    carried_worth: Decimal
    later_gain: Decimal
    later_tax: Decimal
    later: Decimal

    @property
    def benefit(self) -> Decimal:
        """Taxes saved now and later, less those that come back, as of today."""
        return self.saved + self.carried_worth - self.later_tax * self.later

    @property
    def rate_difference(self) -> Decimal:
        """What the benefit would be if the later tax were due today: the difference of the rates alone."""
        return self.saved + self.carried_worth - self.later_tax

    @property
    def deferral(self) -> Decimal:
        """What it is worth to pay the later tax only then."""
        return self.later_tax * (ONE - self.later)


def cases_of(terms: HarvestTerms, loss: HarvestedLoss) -> tuple[Case, ...]:
    """The cases that may be the household's; just one where its status and income are known.

    Taxes are straight lines of the income between a few points, so those points are enough for the least and
    the most. Raises InvalidInput for years that no tax can be computed from.
    """
    return tuple(Case(facts, income) for facts in terms.years for income in _incomes(facts, loss))


def tax_effects(terms: HarvestTerms, loss: HarvestedLoss) -> tuple[TaxEffect, ...]:
    """The effect of `loss` in every case. Raises InvalidInput as `cases_of`."""
    return tuple(tax_effect(case, terms, loss) for case in cases_of(terms, loss))


def tax_effect(case: Case, terms: HarvestTerms, loss: HarvestedLoss) -> TaxEffect:
    """The effect of `loss` in one case.

    The carry-over is deducted from other income in the years to the horizon, at the limit of each (IRC
    1211(b), 1212(b)), behind what is carried anyway; what is then left of it meets the gain at the horizon.
    Later years have the income and the tables of this one, and no other gains.
    """
    return _effect(case, loss, Horizon(terms.horizon_years, terms.discount_rate, terms.is_collectible))


def short_gain_tax(case: Case, gain: Decimal) -> Decimal:
    """The tax on a short-term gain that comes on top of the year."""
    more = replace(case.facts, short_gain=case.facts.short_gain + gain)
    return _taxes(Case(more, case.income)).total - _taxes(case).total


def dividend_tax(case: Case, dividend: Decimal) -> Decimal:
    """What a qualified dividend costs by turning ordinary (IRC 1(h)(11)(B)(iii)).

    One that the year's facts do not have yet is added to them first.
    """
    facts = case.facts
    qualified = max(facts.qualified_dividends, dividend)
    as_is = replace(facts, qualified_dividends=qualified)
    turned = replace(
        as_is,
        qualified_dividends=qualified - dividend,
        ordinary_dividends=facts.ordinary_dividends + dividend,
    )
    return _taxes(Case(turned, case.income)).total - _taxes(Case(as_is, case.income)).total


@lru_cache(maxsize=4096)
def _effect(case: Case, loss: HarvestedLoss, horizon: Horizon) -> TaxEffect:
    """The effect, kept: the ripe lots, the benefit and the value of waiting ask for the same ones."""
    whole = loss.short + loss.long
    before, after = _taxes(case), _taxes(Case(_harvested(case.facts, loss), case.income))
    before_carry, after_carry = _carry(before.netting), _carry(after.netting)
    years = _later_years(case, horizon)
    worth, left = years.deducted(after_carry)
    worth_anyway, left_anyway = years.deducted(before_carry)
    later_gain = max(ZERO, whole - (left - left_anyway))
    return TaxEffect(
        case=case,
        saved=before.total - after.total,
        short_gain=before.netting.taxed_short - after.netting.taxed_short,
        long_gain=before.netting.taxed_long - after.netting.taxed_long,
        ordinary=after.netting.used - before.netting.used,
        carried=after_carry - before_carry,
        carried_worth=worth - worth_anyway,
        later_gain=later_gain,
        later_tax=years.tax_on(later_gain),
        later=years.worth,
    )


class _LaterYears:
    """The years after this one: the same income, with nothing but what the loss left behind."""

    def __init__(self, case: Case, horizon: Horizon) -> None:
        self.worth = horizon.worth
        self._bare = Case(_bare(case.facts), case.income)
        self._taxes = _taxes(self._bare).total
        self._limit = table_of(case.facts.year).loss_cap[case.facts.filing_status]
        self._years = horizon.years
        factor = ONE / (ONE + horizon.discount_rate)
        self._factors = [factor**year for year in range(1, horizon.years + 1)]
        self._is_collectible = horizon.is_collectible

    def deducted(self, carry: Decimal) -> tuple[Decimal, Decimal]:
        """What deducting `carry` year by year saves as of today, and what is left of it at the horizon."""
        if carry <= 0:
            return ZERO, ZERO
        full = min(int(carry // self._limit), self._years)
        worth = sum(self._factors[:full], ZERO) * self._saved_in_full if full else ZERO
        left = carry - full * self._limit
        if full == self._years:
            return worth, left
        return worth + self._factors[full] * self._saved(left), ZERO

    def tax_on(self, gain: Decimal) -> Decimal:
        """The tax on a long-term gain that comes on top of a later year."""
        facts = replace(
            self._bare.facts, long_gain=gain, collectibles_gain=gain if self._is_collectible else ZERO
        )
        return _taxes(Case(facts, self._bare.income)).total - self._taxes

    @cached_property
    def _saved_in_full(self) -> Decimal:
        return self._saved(self._limit)

    def _saved(self, loss: Decimal) -> Decimal:
        """What deducting `loss`, no more than the limit, saves in one of them."""
        if not loss:
            return ZERO
        facts = replace(self._bare.facts, short_gain=-loss)
        return self._taxes - _taxes(Case(facts, self._bare.income)).total


@lru_cache(maxsize=1024)
def _later_years(case: Case, horizon: Horizon) -> _LaterYears:
    """The later years of a case, kept: every loss of a household leads into the same ones."""
    return _LaterYears(case, horizon)


@lru_cache(maxsize=4096)
def _taxes(case: Case) -> YearTaxes:
    """The taxes of a case, kept: every loss of a household is held against the same ones."""
    return taxes_at(case.facts, case.income, table_of(case.facts.year))


@lru_cache(maxsize=4096)
def _incomes(facts: YearFacts, loss: HarvestedLoss) -> tuple[Decimal, ...]:
    """The incomes of the cases, kept: the ripe lots and the benefit ask for the same ones."""
    check_facts(facts)
    if facts.ordinary_income is not None:
        return (facts.ordinary_income,)
    return tuple(sorted(set(_points(facts, loss))))


def _points(facts: YearFacts, loss: HarvestedLoss) -> Iterator[Decimal]:
    """Incomes at which the saving, that of a later year or the later tax may turn."""
    table = table_of(facts.year)
    bare = _bare(facts)
    whole = loss.short + loss.long
    limit = table.loss_cap[facts.filing_status]
    yield from incomes_to_try(facts, _harvested(facts, loss), table)
    yield from _incomes_later(bare, limit)
    yield from incomes_to_try(replace(bare, long_gain=whole), bare, table)


@lru_cache(maxsize=1024)
def _incomes_later(bare: YearFacts, limit: Decimal) -> tuple[Decimal, ...]:
    """Where the saving of a later year may turn, kept: no loss of the year changes it."""
    return incomes_to_try(bare, replace(bare, short_gain=-limit), table_of(bare.year))


def _harvested(facts: YearFacts, loss: HarvestedLoss) -> YearFacts:
    return replace(
        facts,
        short_gain=facts.short_gain - loss.short,
        long_gain=facts.long_gain - loss.long,
        collectibles_gain=facts.collectibles_gain - loss.collectibles,
    )


def _bare(facts: YearFacts) -> YearFacts:
    """The year without gains, losses and what is carried into it; its dividends stay."""
    return replace(
        facts, short_gain=ZERO, long_gain=ZERO, collectibles_gain=ZERO, carry_short=ZERO, carry_long=ZERO
    )


def _carry(netting: Netting) -> Decimal:
    return netting.carry_short + netting.carry_long
