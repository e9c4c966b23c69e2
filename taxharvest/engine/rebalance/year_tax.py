"""What the sales of a plan change of the year's taxes, on the whole return and not at marginal rates."""

from dataclasses import replace
from decimal import Decimal, localcontext

from common.money import ARITHMETIC
from taxharvest.engine.income_range import TaxRange, tax_difference
from taxharvest.engine.tables.registry import table_of
from taxharvest.engine.year_facts import YearFacts, check_facts


def tax_of_gains(facts: YearFacts, *, short: Decimal, long: Decimal) -> TaxRange:
    """The year's taxes with these gains less those without; bounds where the income is not known.

    Netting, the limit on net losses and carry-overs are in it; what a larger carry-over saves later is not.
    Raises InvalidInput for facts that no tax can be computed from.
    """
    check_facts(facts)
    with localcontext(ARITHMETIC):
        more = replace(facts, short_gain=facts.short_gain + short, long_gain=facts.long_gain + long)
        return tax_difference(more, facts, table_of(facts.year)).total
