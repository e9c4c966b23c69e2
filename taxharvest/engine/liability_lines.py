"""The arithmetic of a year's tax in words, line by line."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from common.money import cents
from taxharvest.engine.income_range import TaxDifference, TaxRange
from taxharvest.engine.long_term import RATE_15, RATE_20, IncomeTax
from taxharvest.engine.netting import Netting
from taxharvest.engine.ordinary import ZERO, bracket_slices
from taxharvest.engine.records import FormLine
from taxharvest.engine.tables.record import TaxTable
from taxharvest.engine.year_facts import YearFacts
from taxharvest.engine.year_taxes import YearTaxes

Words = tuple[str, Decimal | None]


def year_lines(
    facts: YearFacts, taxes: YearTaxes, added: TaxDifference, table: TaxTable
) -> tuple[FormLine, ...]:
    """How the whole year's tax comes about, where the income is known."""
    return _numbered(
        [
            ("Ordinary income, as entered", facts.ordinary_income),
            *_netting_words(facts, taxes.netting, table),
            ("Adjusted gross income: income, gains and dividends", taxes.adjusted_gross),
            (_deduction_words(facts), taxes.deductions),
            ("Taxable income: what is left, not below zero", taxes.income.taxable),
            *_income_tax_words(facts, taxes.income, table),
            *_investment_words(facts, taxes, table),
            *_state_words(facts, taxes),
            ("Estimated tax of the year", taxes.total),
            ("Of it, what gains, losses and dividends add", added.total.exact),
        ]
    )


def bounds_lines(
    facts: YearFacts, netting: Netting, added: TaxDifference, table: TaxTable
) -> tuple[FormLine, ...]:
    """What the investments add at the least and at the most, where the income is not known."""
    return _numbered(
        [
            ("Ordinary income: not entered", None),
            *_netting_words(facts, netting, table),
            *_bounds("Federal income tax", added.income_tax),
            *_bounds("Net investment income tax", added.investment_tax),
            *([] if added.state is None else _bounds("State tax", added.state)),
            *_bounds("All taxes together", added.total),
        ]
    )


def _netting_words(facts: YearFacts, netting: Netting, table: TaxTable) -> Iterator[Words]:
    yield _with_carry("Net short-term gain or loss", facts.carry_short), netting.net_short
    yield _with_carry("Net long-term gain or loss", facts.carry_long), netting.net_long
    if netting.total < 0:
        cap = _money(table.loss_cap[facts.filing_status])
        yield f"Deducted of the net loss: up to {cap} (IRC 1211(b))", netting.counted
        yield "Carried to the next year as a short-term loss", netting.carry_short
        yield "Carried to the next year as a long-term loss", netting.carry_long
    else:
        yield "Net gain of both", netting.counted
    yield "Qualified dividends", facts.qualified_dividends
    if facts.ordinary_dividends:
        yield "Dividends at ordinary rates", facts.ordinary_dividends


def _income_tax_words(facts: YearFacts, income: IncomeTax, table: TaxTable) -> Iterator[Words]:
    by_bands = income.by_bands <= income.by_brackets
    at_ordinary_rates = income.ordinary if by_bands else income.taxable
    for part in bracket_slices(at_ordinary_rates, table.brackets[facts.filing_status]):
        yield f"{_percent(part.rate)} of {_money(part.amount)} at ordinary rates", part.tax
    if by_bands:
        yield from _band_words(income, table)
        yield "Federal income tax: the sum of these (IRC 1(h))", income.tax
    else:
        yield "Federal income tax: all at ordinary rates, because that is less", income.tax


def _band_words(income: IncomeTax, table: TaxTable) -> Iterator[Words]:
    gains = "long-term gains and qualified dividends"
    for rate, amount, what in (
        (ZERO, income.at_0, gains),
        (RATE_15, income.at_15, gains),
        (RATE_20, income.at_20, gains),
        (table.collectibles_rate, income.at_28, "collectibles gain"),
    ):
        if amount > 0:
            yield f"{_percent(rate)} of {_money(amount)} of {what}", rate * amount


def _investment_words(facts: YearFacts, taxes: YearTaxes, table: TaxTable) -> Iterator[Words]:
    threshold = _money(table.niit_threshold[facts.filing_status])
    rate = _percent(table.niit_rate)
    yield "Net investment income", taxes.investment.income
    yield f"Modified adjusted gross income above {threshold}", taxes.investment.above_threshold
    yield f"Net investment income tax: {rate} of the smaller of the two (IRC 1411)", taxes.investment.tax


def _state_words(facts: YearFacts, taxes: YearTaxes) -> Iterator[Words]:
    if facts.state_rate is not None:
        yield f"State tax: {_percent(facts.state_rate)} of the taxable income", taxes.state


def _deduction_words(facts: YearFacts) -> str:
    return f"Standard deduction of {facts.year}" if facts.deductions is None else "Deductions, as entered"


def _with_carry(label: str, carried: Decimal) -> str:
    return f"{label}, after {_money(carried)} carried in" if carried else label


def _bounds(label: str, tax: TaxRange) -> list[Words]:
    if tax.exact is not None:
        return [(f"{label} that the investments add, at any income", tax.exact)]
    return [
        (f"{label} that the investments add, lowest over every income", tax.lowest),
        (f"{label} that the investments add, highest over every income", tax.highest),
    ]


def _numbered(words: Iterable[Words]) -> tuple[FormLine, ...]:
    return tuple(
        FormLine(number=str(number), label=label, amount=amount)
        for number, (label, amount) in enumerate(words, start=1)
    )


def _money(amount: Decimal) -> str:
    return f"{cents(amount):,}"


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"
