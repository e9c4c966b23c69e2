"""What a harvested loss saves this year, and the rates at which the next dollar of gain is taxed."""

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import NamedTuple

from common.errors import InvalidInput
from common.money import ARITHMETIC, UNIT
from portfolios.engine.figures import UnavailableError
from taxharvest.engine.income_range import TaxDifference, TaxRange, tax_difference
from taxharvest.engine.netting import Netting
from taxharvest.engine.tables.record import TaxTable
from taxharvest.engine.tables.registry import table_of
from taxharvest.engine.year_facts import ZERO, YearFacts, check_facts
from taxharvest.engine.year_taxes import net_facts, taxes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestedLoss:
    """Losses to be taken, as positive amounts; `collectibles` is the part of `long` from collectibles."""

    short: Decimal = ZERO
    long: Decimal = ZERO
    collectibles: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class LossUse:
    """Where a loss goes: the five amounts add up to it.

    Less short-term gain and less long-term gain taxed this year, more deducted from other income, more
    carried to the next year by character. A carry-over can shrink where the loss takes the place of another
    one: then its amount is negative.
    """

    short_gain: Decimal
    long_gain: Decimal
    ordinary_income: Decimal
    carry_short: Decimal
    carry_long: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What a loss saves this year, by tax, and where it goes; bounds where the income is not known."""

    taxes: TaxDifference
    use: LossUse


class MarginalRates(NamedTuple):
    """The tax on the next dollar of short-term and of long-term gain, all taxes together, as fractions."""

    short: Decimal
    long: Decimal


def saving_of(facts: YearFacts, loss: HarvestedLoss) -> Saving:
    """The taxes of the year without `loss` less those with it, and where the loss goes.

    It meets gains of its own character first, then of the other, then other income up to the limit, and the
    rest carries over by character (IRC 1222, 1211(b), 1212(b)). What the carry-over saves in later years is
    not in it. Raises InvalidInput for facts or losses that nothing can be computed from.
    """
    check_facts(facts)
    _check_loss(loss)
    table = table_of(facts.year)
    with localcontext(ARITHMETIC):
        harvested = replace(
            facts,
            short_gain=facts.short_gain - loss.short,
            long_gain=facts.long_gain - loss.long,
            collectibles_gain=facts.collectibles_gain - loss.collectibles,
        )
        return Saving(
            taxes=tax_difference(facts, harvested, table),
            use=_use(_netting(facts, table), _netting(harvested, table)),
        )


def dividend_cost(facts: YearFacts, dividend: Decimal) -> TaxDifference:
    """What the year's taxes rise by when `dividend`, now among the qualified ones, turns ordinary.

    A sale inside the holding window can do that: `qualified_dividends.lost_by_sale` says to how much. Raises
    InvalidInput when it is negative or more than the year's qualified dividends.
    """
    check_facts(facts)
    if not ZERO <= dividend <= facts.qualified_dividends:
        sentence = f"The dividend {dividend} is not a part of the year's qualified dividends."
        raise InvalidInput(detail=sentence, code="invalid-dividend", fields={"dividend": [sentence]})
    turned = replace(
        facts,
        qualified_dividends=facts.qualified_dividends - dividend,
        ordinary_dividends=facts.ordinary_dividends + dividend,
    )
    with localcontext(ARITHMETIC):
        return tax_difference(turned, facts, table_of(facts.year))


def marginal_rates(facts: YearFacts) -> MarginalRates:
    """The rates on the next dollar of short-term and of long-term gain as the year stands.

    Both are 0 where net losses beyond the limit would take the dollar up. Raises UnavailableError where the
    income is not known: `marginal_rate_bounds` then says between what they lie.
    """
    short, long = marginal_rate_bounds(facts)
    if facts.ordinary_income is None:
        raise UnavailableError(
            "The year's ordinary income has not been entered, so marginal rates are not known."
        )
    return MarginalRates(short=short.lowest, long=long.lowest)


def marginal_rate_bounds(facts: YearFacts) -> tuple[TaxRange, TaxRange]:
    """The lowest and the highest marginal rate on short-term and on long-term gain over every income."""
    check_facts(facts)
    table = table_of(facts.year)
    with localcontext(ARITHMETIC):
        return (
            _rate(facts, replace(facts, short_gain=facts.short_gain + UNIT), table),
            _rate(facts, replace(facts, long_gain=facts.long_gain + UNIT), table),
        )


def _rate(facts: YearFacts, with_more: YearFacts, table: TaxTable) -> TaxRange:
    """The rate on the book's smallest amount: exact, because taxes are straight lines between cents."""
    added = tax_difference(with_more, facts, table).total
    return TaxRange(lowest=added.lowest / UNIT, highest=added.highest / UNIT)


def _netting(facts: YearFacts, table: TaxTable) -> Netting:
    if facts.ordinary_income is None:
        return net_facts(facts, table, None)
    return taxes_at(facts, facts.ordinary_income, table).netting


def _use(without: Netting, harvested: Netting) -> LossUse:
    return LossUse(
        short_gain=without.taxed_short - harvested.taxed_short,
        long_gain=without.taxed_long - harvested.taxed_long,
        ordinary_income=harvested.used - without.used,
        carry_short=harvested.carry_short - without.carry_short,
        carry_long=harvested.carry_long - without.carry_long,
    )


def _check_loss(loss: HarvestedLoss) -> None:
    faults = {
        name: [f"The {name} loss is a positive amount: {amount}."]
        for name, amount in (("short", loss.short), ("long", loss.long), ("collectibles", loss.collectibles))
        if not amount.is_finite() or amount < 0
    }
    if not faults and loss.collectibles > loss.long:
        faults["collectibles"] = ["The collectibles loss is more than the long loss it is a part of."]
    if faults:
        first = next(iter(faults.values()))[0]
        raise InvalidInput(detail=first, code="invalid-loss", fields=faults)
