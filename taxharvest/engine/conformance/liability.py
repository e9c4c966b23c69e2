"""Cases of kinds `tax` and `tax_saving` held against the tax of a year."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from taxharvest.engine.conformance.reading import Case, CaseInput, Result, input_of, refusal, shaped, text
from taxharvest.engine.investment_income import investment_income_tax
from taxharvest.engine.long_term import Preferred, income_tax
from taxharvest.engine.savings import HarvestedLoss, saving_of
from taxharvest.engine.tables.registry import NEWEST, table_of
from taxharvest.engine.year_facts import YearFacts

ZERO = Decimal(0)
_TAX_FIELDS = ("year", "status", "taxable_income", "net_ltcg_and_qd", "collectibles_gain")
_NIIT_FIELDS = ("year", "status", "magi", "nii")
_INCOMES = ("ordinary_taxable_income", "ordinary_taxable_income_excluding_gain")
_SAVING_FIELDS = (
    "year",
    "status",
    *_INCOMES,
    "st_gain",
    "lt_gain",
    "qualified_dividends",
    "co_st",
    "co_lt",
    "harvest_st_loss",
    "harvest_lt_loss",
    "magi_above_niit_threshold",
)


def tax_result(case: Case) -> Result:
    """The income tax of a case by rate, or its tax on net investment income where it states that income."""
    if "nii" in case.get("input", ()):
        return _investment_tax_result(case)
    given = input_of(case, _TAX_FIELDS)
    tax = income_tax(
        given.natural("taxable_income"),
        Preferred(
            net_capital_gain=given.natural("net_ltcg_and_qd"),
            rate_28_gain=given.natural("collectibles_gain", "0"),
        ),
        status=given.status(),
        table=table_of(given.year()),
    )
    return shaped(
        case,
        {
            "tax": text(tax.tax),
            "at_0": text(tax.at_0),
            "at_15": text(tax.at_15),
            "at_20": text(tax.at_20),
            "at_28": text(tax.at_28),
        },
    )


def tax_saving_result(case: Case) -> Result:
    """What the harvested loss of a case saves this year, and what of it carries over."""
    given = input_of(case, _SAVING_FIELDS)
    loss = HarvestedLoss(
        short=given.natural("harvest_st_loss", "0"), long=given.natural("harvest_lt_loss", "0")
    )
    saving = saving_of(_year(given), loss)
    income_tax_saved = text(saving.taxes.income_tax.lowest)
    return shaped(
        case,
        {
            "income_tax_saved": income_tax_saved,
            "income_tax_saved_this_year": income_tax_saved,
            "niit_saved": text(saving.taxes.investment_tax.lowest),
            "carry_short": text(saving.use.carry_short),
            "carry_long": text(saving.use.carry_long),
        },
    )


def _investment_tax_result(case: Case) -> Result:
    given = input_of(case, _NIIT_FIELDS)
    # The threshold is not indexed, so most cases name no year.
    table = table_of(given.year(NEWEST))
    found = investment_income_tax(
        income=given.amount("nii"),
        modified_agi=given.natural("magi"),
        threshold=table.niit_threshold[given.status()],
        rate=table.niit_rate,
    )
    return shaped(case, {"niit": text(found.tax)})


def _year(given: CaseInput) -> YearFacts:
    """The year of a saving case; its income is stated after deductions."""
    status, year = given.status(), given.year()
    stated = [name for name in _INCOMES if name in given.fields] or [_INCOMES[0]]
    if len(stated) > 1:
        raise refusal(given.case_id, stated[1], f"the income is already in {stated[0]}")
    # Raised by the whole threshold, modified AGI is above it by any income there is.
    is_above = given.is_set("magi_above_niit_threshold")
    return YearFacts(
        year=year,
        filing_status=status,
        ordinary_income=given.natural(stated[0]),
        short_gain=given.amount("st_gain", "0"),
        long_gain=given.amount("lt_gain", "0"),
        qualified_dividends=given.natural("qualified_dividends", "0"),
        carry_short=given.natural("co_st", "0"),
        carry_long=given.natural("co_lt", "0"),
        deductions=ZERO,
        added_back=table_of(year).niit_threshold[status] if is_above else ZERO,
    )


RESULTS: Mapping[str, Callable[[Case], Result]] = MappingProxyType(
    {"tax": tax_result, "tax_saving": tax_saving_result}
)
