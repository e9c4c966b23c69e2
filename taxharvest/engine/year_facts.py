"""What the tax of a year is computed from, and the refusal of facts that cannot be."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal

from common.errors import InvalidInput
from taxharvest.engine.records import FilingStatus

ZERO = Decimal(0)
_NOT_NEGATIVE = (
    "ordinary_income",
    "qualified_dividends",
    "ordinary_dividends",
    "other_investment_income",
    "carry_short",
    "carry_long",
    "deductions",
    "added_back",
    "state_rate",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFacts:
    """A tax year before the rules, in US dollars.

    `ordinary_income` is all income except gains and the dividends below, before deductions; None where it is
    not known. `other_investment_income` is the part of it that is interest, rent and the like.
    `qualified_dividends` and `ordinary_dividends` come on top, by the rates they are taxed at.
    `short_gain` and `long_gain` are the year's own net results, signed; `collectibles_gain` is the part of
    `long_gain` from collectibles, gold funds among them. `carry_short` and `carry_long` are losses carried in
    from the year before, positive. `deductions` None means the standard deduction. `added_back` is income
    that only the modified adjusted gross income counts (Form 8960 line 13). `state_rate` is a fraction,
    None where it is not known.
    """

    year: int
    filing_status: FilingStatus
    ordinary_income: Decimal | None
    short_gain: Decimal = ZERO
    long_gain: Decimal = ZERO
    collectibles_gain: Decimal = ZERO
    qualified_dividends: Decimal = ZERO
    ordinary_dividends: Decimal = ZERO
    other_investment_income: Decimal = ZERO
    carry_short: Decimal = ZERO
    carry_long: Decimal = ZERO
    deductions: Decimal | None = None
    added_back: Decimal = ZERO
    state_rate: Decimal | None = None


def check_facts(facts: YearFacts) -> None:
    """Raise InvalidInput, naming every field at fault, when no tax can be computed from `facts`."""
    faults: dict[str, list[str]] = {}
    for name, sentence in _faults(facts):
        faults.setdefault(name, []).append(sentence)
    if faults:
        first = next(iter(faults.values()))[0]
        raise InvalidInput(detail=first, code="invalid-tax-facts", fields=faults)


def check_status(status: FilingStatus) -> None:
    """Raise InvalidInput when `status` is none that the tables know."""
    for sentence in _status_faults(status):
        raise InvalidInput(
            detail=sentence, code="unknown-filing-status", fields={"filing_status": [sentence]}
        )


def _faults(facts: YearFacts) -> Iterator[tuple[str, str]]:
    for sentence in _status_faults(facts.filing_status):
        yield "filing_status", sentence
    amounts = {
        field.name: value
        for field in fields(facts)
        if isinstance(value := getattr(facts, field.name), Decimal)
    }
    for name, value in amounts.items():
        words = name.replace("_", " ")
        if not value.is_finite():
            yield name, f"The {words} is not a number."
        elif name in _NOT_NEGATIVE and value < 0:
            yield name, f"The {words} cannot be negative: {value}."
        elif name == "state_rate" and value >= 1:
            yield name, f"The state rate is a fraction below 1, such as 0.05 for 5 %: {value}."
    if _is_more_than_its_whole(amounts):
        yield "other_investment_income", "The other investment income is more than the ordinary income."


def _is_more_than_its_whole(amounts: dict[str, Decimal]) -> bool:
    whole, part = amounts.get("ordinary_income"), amounts.get("other_investment_income", ZERO)
    return whole is not None and whole.is_finite() and part.is_finite() and ZERO <= whole < part


def _status_faults(status: FilingStatus) -> Iterator[str]:
    if status not in list(FilingStatus):
        known = ", ".join(FilingStatus)
        yield f"“{status}” is not a filing status; there are {known}."
