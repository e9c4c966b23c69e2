"""The tax of a year: every component, and the arithmetic that leads to it."""

from dataclasses import dataclass
from decimal import localcontext

from common.money import ARITHMETIC
from taxharvest.engine.income_range import TaxDifference, tax_difference
from taxharvest.engine.liability_lines import bounds_lines, year_lines
from taxharvest.engine.netting import Netting
from taxharvest.engine.records import FormLine
from taxharvest.engine.tables.record import TaxTable
from taxharvest.engine.tables.registry import table_of
from taxharvest.engine.year_facts import YearFacts, check_facts
from taxharvest.engine.year_taxes import YearTaxes, net_facts, taxes_at, without_investments

ESTIMATED = (
    "This is an estimate by the rate schedules: the alternative minimum tax, credits and the rounding of the "
    "Tax Table are not part of it."
)
INCOME_UNKNOWN = (
    "The year's ordinary income has not been entered, so there is no tax of the whole year: what the "
    "investments add to it lies between the lowest and the highest over every income, and the carry-over "
    "assumes an income large enough to use the deduction in full."
)
STATE_UNKNOWN = "No state rate has been entered, so there is no state tax in it."
STATE_ESTIMATED = "The state's tax is estimated as its flat rate on the federal taxable income."


@dataclass(frozen=True, slots=True, kw_only=True)
class YearLiability:
    """The tax of a year, exact.

    `taxes` holds the whole year's components, None where the income is not known. `added` is what gains,
    losses, carry-overs and dividends change of each tax, against the same year without them: one
    amount with a known income, else its bounds. `lines` are the arithmetic in words, `notes` sentences about
    what was assumed or left out.
    """

    facts: YearFacts
    netting: Netting
    taxes: YearTaxes | None
    added: TaxDifference
    lines: tuple[FormLine, ...]
    notes: tuple[str, ...]


def year_liability(facts: YearFacts) -> YearLiability:
    """The federal income tax (IRC 1, 1(h)), investment income tax (IRC 1411) and state tax of a year.

    Raises InvalidInput, naming the fields, for facts that no tax can be computed from, and when there are no
    tables for the year. Exact, in US dollars: rounding is the page's.
    """
    check_facts(facts)
    table = table_of(facts.year)
    with localcontext(ARITHMETIC):
        added = tax_difference(facts, without_investments(facts), table)
        if facts.ordinary_income is None:
            return _bounded(facts, added, table)
        taxes = taxes_at(facts, facts.ordinary_income, table)
        return YearLiability(
            facts=facts,
            netting=taxes.netting,
            taxes=taxes,
            added=added,
            lines=year_lines(facts, taxes, added, table),
            notes=(ESTIMATED, _state_note(facts)),
        )


def _bounded(facts: YearFacts, added: TaxDifference, table: TaxTable) -> YearLiability:
    netting = net_facts(facts, table, None)
    return YearLiability(
        facts=facts,
        netting=netting,
        taxes=None,
        added=added,
        lines=bounds_lines(facts, netting, added, table),
        notes=(INCOME_UNKNOWN, ESTIMATED, _state_note(facts)),
    )


def _state_note(facts: YearFacts) -> str:
    return STATE_UNKNOWN if facts.state_rate is None else STATE_ESTIMATED
