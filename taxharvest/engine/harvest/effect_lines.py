"""The effect of a loss on the taxes, in lines of arithmetic."""

from collections.abc import Iterator

from portfolios.engine.figures import LineKind, amount_text
from taxharvest.engine.harvest.arithmetic import FigureLine, money_line
from taxharvest.engine.harvest.tax_effects import ZERO, TaxEffect
from taxharvest.engine.harvest.terms import HarvestTerms

DOLLAR = "USD"
STATUS_WORDS = {
    "single": "single",
    "married_joint": "married filing jointly",
    "married_separate": "married filing separately",
    "head": "head of household",
}


def effect_lines(effect: TaxEffect, terms: HarvestTerms, *, is_bound: bool) -> Iterator[FigureLine]:
    """The lines of `effect`; `is_bound` says that it is one end of a range, and at which income."""
    at = _case_words(effect) if is_bound else ""
    yield money_line("Taxes saved this year", effect.saved, DOLLAR, f"{at}{_use_words(effect)}")
    if effect.carried:
        yield money_line("Saved in later years", effect.carried_worth, DOLLAR, _carried_words(effect, terms))
    back = effect.later_tax * effect.later
    yield money_line("Comes back when the replacement is sold", -back, DOLLAR, _later_words(effect, terms))
    yield money_line("Benefit", effect.benefit, DOLLAR, at.strip(), LineKind.SUBTOTAL)
    yield money_line(
        "Of it, from paying later", effect.deferral, DOLLAR, "The later tax less what it is worth today."
    )
    yield money_line(
        "Of it, from the difference of the rates",
        effect.rate_difference,
        DOLLAR,
        "What is saved less the later tax, as if that were due today.",
    )


def _case_words(effect: TaxEffect) -> str:
    facts, income = effect.case
    status = STATUS_WORDS.get(facts.filing_status, facts.filing_status)
    return f"At an income of {amount_text(income, DOLLAR)}, {status}. "


def _use_words(effect: TaxEffect) -> str:
    uses = (
        (effect.short_gain, "against short-term gains"),
        (effect.long_gain, "against long-term gains"),
        (effect.ordinary, "against other income"),
        (effect.carried, "carried over"),
    )
    used = [f"{amount_text(amount, DOLLAR)} {words}" for amount, words in uses if amount > ZERO]
    return f"The loss goes {', '.join(used)}." if used else "The loss changes no tax this year."


def _carried_words(effect: TaxEffect, terms: HarvestTerms) -> str:
    return (
        f"{amount_text(effect.carried, DOLLAR)} carried over, deducted year by year up to the limit (IRC "
        f"1211(b)), discounted at {terms.discount_rate:.1%} a year."
    )


def _later_words(effect: TaxEffect, terms: HarvestTerms) -> str:
    return (
        f"A long-term gain of {amount_text(effect.later_gain, DOLLAR)} in {terms.horizon_years} years, taxed "
        f"with {amount_text(effect.later_tax, DOLLAR)}, which is worth {effect.later:.4f} of it today."
    )
