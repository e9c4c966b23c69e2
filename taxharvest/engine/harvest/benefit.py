"""What a loss is worth if it is taken now: the tax saved, what comes back later, the costs, and waiting."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from enum import StrEnum
from uuid import UUID

from common.errors import InvalidInput
from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import LineKind, amount_text, day_text
from portfolios.engine.records import Term
from taxharvest.engine.harvest.arithmetic import FigureLine, fraction_line, money_line
from taxharvest.engine.harvest.candidates import Candidate, LossLot
from taxharvest.engine.harvest.costs import HarvestCosts, costs_of
from taxharvest.engine.harvest.effect_lines import effect_lines
from taxharvest.engine.harvest.replacements import Replacement
from taxharvest.engine.harvest.tax_effects import TaxEffect, tax_effect, tax_effects
from taxharvest.engine.harvest.terms import DividendFact, HarvestTerms
from taxharvest.engine.harvest.waiting import (
    LEAST_LOST,
    LossWorth,
    Threshold,
    is_in_season,
    months_held,
    threshold_of,
    value_of_waiting,
)
from taxharvest.engine.savings import HarvestedLoss

__all__ = ["Decision", "DividendFact", "HarvestTerms", "Judgement", "judge", "ripe_part"]

ZERO = Decimal(0)
ONE = Decimal(1)
TWO_LEGS = Decimal(2)
DOLLAR = "USD"
# Without a volatility there is no value of waiting: this rule stands in for it.
STAND_IN = Threshold.FIVE_PERCENT
# No dollar of loss has saved more than this in any year of the tables, state tax and all.
MOST_SAVED = Decimal("0.6")
NO_VOLATILITY = (
    "There are too few closes for the value of waiting, so a loss of 5 % or more is taken instead of it."
)
NO_INCOME = "The income of {year} has not been entered: the benefit is a range over every income."
NO_STATUS = "The filing status is not known: the benefit is a range over all of them."
NO_STATE = "No state rate has been entered, so no state tax is in it."


class Decision(StrEnum):
    """What is to be done about a loss."""

    PROPOSE = "propose"
    WAIT = "wait"
    TOO_SMALL = "too_small"
    WASHED = "washed"
    NO_REPLACEMENT = "no_replacement"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be done, why in words, and the whole arithmetic; amounts in the account's currency.

    The benefit is before `costs`; its bounds differ where the income is not known. `deferral` and
    `rate_difference` add up to `benefit_low`. `option_value` is what waiting would be worth instead.
    `unknown` are sentences about what the figures lack.
    """

    decision: Decision
    words: str
    benefit_low: Decimal = ZERO
    benefit_high: Decimal = ZERO
    deferral: Decimal = ZERO
    rate_difference: Decimal = ZERO
    costs: Decimal = ZERO
    option_value: Decimal = ZERO
    lines: tuple[FigureLine, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether the benefit is one amount."""
        return self.benefit_low == self.benefit_high

    @property
    def net_low(self) -> Decimal:
        """The least it is worth after its costs."""
        return self.benefit_low - self.costs

    @property
    def net_high(self) -> Decimal:
        """The most it is worth after its costs."""
        return self.benefit_high - self.costs


def judge(candidate: Candidate, terms: HarvestTerms, replacement: Replacement | None) -> Judgement:
    """What to do about the losses of `candidate` if `replacement` is held instead.

    The benefit is L tau_now, exact by the rules of the year, and the carry-over discounted, less the tax
    that the lower basis brings back at the horizon, discounted. A loss is proposed where that is worth the
    costs, the account's least benefit and, by the rule of the account, waiting. Where the income is not known
    the highest of the range decides, and the words say so.
    """
    with localcontext(ARITHMETIC):
        refused = _refusal(candidate, terms)
        if refused is not None:
            return refused
        if replacement is None:
            words = "Nothing fits to be held instead: every replacement is too near, blocked or not priced."
            return _plain(Decision.NO_REPLACEMENT, words, candidate)
        try:
            return _judged(candidate, terms, replacement)
        except InvalidInput as refusal:
            return _plain(Decision.UNJUDGED, str(refusal), candidate)


def ripe_part(candidate: Candidate, terms: HarvestTerms) -> Candidate:
    """`candidate` with those lots alone that are past the threshold of the account's rule by themselves.

    As it is where all or none of them are, or where the rule knows no threshold of a lot. A candidate that
    would be washed stays whole, too: its lots have to be asked about together. To be called before `judge`.
    """
    is_washed = candidate.outcome is not None and bool(candidate.outcome.causes)
    if is_washed or len(candidate.lots) == 1:
        return candidate
    with localcontext(ARITHMETIC):
        try:
            least_lost = _least_lost(candidate, terms)
        except InvalidInput:
            return candidate
        ripe = tuple(lot for lot in candidate.lots if lot.share_lost >= least_lost[lot.lot_id])
    if not ripe or len(ripe) == len(candidate.lots):
        return candidate
    losses = {term: _loss_of(ripe, candidate, term) for term in (Term.SHORT, Term.LONG)}
    return replace(
        candidate, lots=ripe, short_loss=losses[Term.SHORT], long_loss=losses[Term.LONG], outcome=None
    )


def _least_lost(candidate: Candidate, terms: HarvestTerms) -> dict[UUID, Decimal]:
    """The part of its basis that each lot has to have lost under the rule of the account."""
    if _rule(terms) is not Threshold.OPTION:
        least = LEAST_LOST.get(_rule(terms), ZERO)
        return {lot.lot_id: least for lot in candidate.lots}
    effects = tax_effects(terms, _harvested(candidate, terms))
    best = max(effects, key=lambda effect: effect.benefit)
    worth = _worth(candidate, terms, best, TWO_LEGS * terms.half_spread * candidate.value)
    return {
        lot.lot_id: ONE - threshold_of(worth, months_held(lot.holding_date, candidate.day))
        for lot in candidate.lots
    }


def _loss_of(lots: Iterable[LossLot], candidate: Candidate, term: Term) -> Decimal:
    return sum((lot.loss for lot in lots if lot.term_on(candidate.day) is term), ZERO)


def _refusal(candidate: Candidate, terms: HarvestTerms) -> Judgement | None:
    """Why a loss is not even reckoned; None where it can be."""
    if candidate.currency != DOLLAR:
        words = f"Taxes are reckoned in US dollars, and this account is kept in {candidate.currency}."
        return _plain(Decision.UNJUDGED, words, candidate)
    if not terms.years:
        return _plain(Decision.UNJUDGED, "Nothing is known of the tax year.", candidate)
    if candidate.washed > terms.washed_allowed * (candidate.loss + candidate.washed):
        return _plain(Decision.WASHED, washed_words(candidate), candidate)
    if not candidate.loss or MOST_SAVED * candidate.loss < terms.least_benefit:
        words = f"The loss of {_money(candidate.loss, candidate)} is too small to be worth its costs."
        return _plain(Decision.TOO_SMALL, words, candidate)
    return None


def washed_words(candidate: Candidate) -> str:
    """Which purchases would wash the loss of `candidate`, to the share, and from which day on none does."""
    outcome = candidate.outcome
    if outcome is None or not outcome.causes:
        return f"{_money(candidate.washed, candidate)} of the loss would be washed."
    sold = sum((cause.sold for cause in outcome.causes), ZERO)
    bought = ", ".join(f"{_plain_number(cause.shares)} on {day_text(cause.day)}" for cause in outcome.causes)
    words = (
        f"{_plain_number(sold)} of the {_plain_number(candidate.quantity)} shares would be washed, "
        f"{_money(candidate.washed, candidate)} of the loss, by shares bought in the household: {bought}."
    )
    if outcome.lost:
        words += f" {_money(outcome.lost, candidate)} would be lost for good."
    if outcome.free_on is not None:
        words += f" From {day_text(outcome.free_on)} on nothing bought so far washes it."
    return words


def _plain(decision: Decision, words: str, candidate: Candidate) -> Judgement:
    """A judgement without a benefit: just the loss."""
    return Judgement(decision=decision, words=words, lines=tuple(_loss_lines(candidate)))


def _judged(candidate: Candidate, terms: HarvestTerms, replacement: Replacement) -> Judgement:
    effects = tax_effects(terms, _harvested(candidate, terms))
    least = min(effects, key=lambda effect: effect.benefit)
    most = max(effects, key=lambda effect: effect.benefit)
    costs = costs_of(candidate, terms, replacement, [effect.case for effect in effects])
    waiting = _waiting(candidate, terms, most, costs.total)
    decision, words = _decided(candidate, terms, most.benefit - costs.total, waiting)
    unknown = (*_unknown(terms), *costs.unknown)
    return Judgement(
        decision=decision,
        words=words,
        benefit_low=quantize(least.benefit),
        benefit_high=quantize(most.benefit),
        deferral=quantize(least.deferral),
        rate_difference=quantize(least.rate_difference),
        costs=quantize(costs.total),
        option_value=quantize(waiting),
        lines=tuple(_lines(candidate, terms, (least, most), costs, waiting)),
        unknown=unknown,
    )


def _harvested(candidate: Candidate, terms: HarvestTerms) -> HarvestedLoss:
    return HarvestedLoss(
        short=candidate.short_loss,
        long=candidate.long_loss,
        collectibles=candidate.long_loss if terms.is_collectible else ZERO,
    )


def _rule(terms: HarvestTerms) -> Threshold:
    """The rule of the account; the value of waiting needs a volatility."""
    is_blind = terms.threshold is Threshold.OPTION and terms.volatility is None
    return STAND_IN if is_blind else terms.threshold


def _waiting(candidate: Candidate, terms: HarvestTerms, effect: TaxEffect, cost: Decimal) -> Decimal:
    """What waiting with every lot is worth where the rule of the account asks, for the loss that counts."""
    if _rule(terms) is not Threshold.OPTION:
        return ZERO
    worth = _worth(candidate, terms, effect, cost)
    whole = sum((lot.basis * _lot_waiting(lot, candidate, worth) for lot in candidate.lots), ZERO)
    return whole * candidate.loss / (candidate.basis - candidate.value)


def _lot_waiting(lot: LossLot, candidate: Candidate, worth: LossWorth) -> Decimal:
    return value_of_waiting(
        worth,
        price_to_basis=lot.value / lot.basis,
        months=months_held(lot.holding_date, candidate.day),
    )


def _worth(candidate: Candidate, terms: HarvestTerms, effect: TaxEffect, cost: Decimal) -> LossWorth:
    """What a dollar of this loss is worth by term, if all of it were of that term."""
    whole = candidate.loss
    short = tax_effect(effect.case, terms, HarvestedLoss(short=whole)).benefit
    long = tax_effect(effect.case, terms, HarvestedLoss(long=whole)).benefit
    return LossWorth(
        short=short / whole,
        long=long / whole,
        cost=cost / candidate.basis,
        volatility=terms.volatility or ZERO,
    )


def _decided(
    candidate: Candidate, terms: HarvestTerms, net: Decimal, waiting: Decimal
) -> tuple[Decision, str]:
    """The decision for a benefit after costs of `net`, and why."""
    rule = _rule(terms)
    worth = f"The loss of {_money(candidate.loss, candidate)} is worth {_money(net, candidate)} after costs"
    if terms.years[0].ordinary_income is None or len(terms.years) > 1:
        worth = worth.replace(" is worth ", " is worth up to ")
    least_lost = LEAST_LOST.get(rule, ZERO)
    if net < terms.least_benefit:
        return (
            Decision.TOO_SMALL,
            f"{worth}, less than the {_money(terms.least_benefit, candidate)} asked for.",
        )
    if not is_in_season(rule, candidate.day):
        return Decision.WAIT, f"{worth}; this account takes losses in December alone."
    if candidate.basis - candidate.value < least_lost * candidate.basis:
        return Decision.WAIT, f"{worth}; this account takes losses of {least_lost:.0%} or more."
    if rule is Threshold.OPTION and net < waiting:
        return Decision.WAIT, f"{worth}; waiting is worth {_money(waiting, candidate)}, which is more."
    if rule is Threshold.OPTION:
        return Decision.PROPOSE, f"{worth}; waiting would be worth {_money(waiting, candidate)}."
    return Decision.PROPOSE, f"{worth}."


def _unknown(terms: HarvestTerms) -> list[str]:
    unknown = []
    if any(facts.ordinary_income is None for facts in terms.years):
        unknown.append(NO_INCOME.format(year=terms.years[0].year))
    if len(terms.years) > 1:
        unknown.append(NO_STATUS)
    if any(facts.state_rate is None for facts in terms.years):
        unknown.append(NO_STATE)
    if terms.threshold is Threshold.OPTION and terms.volatility is None:
        unknown.append(NO_VOLATILITY)
    return unknown


def _lines(
    candidate: Candidate,
    terms: HarvestTerms,
    bounds: tuple[TaxEffect, TaxEffect],
    costs: HarvestCosts,
    waiting: Decimal,
) -> Iterable[FigureLine]:
    least, most = bounds
    yield from _loss_lines(candidate)
    yield from effect_lines(least, terms, is_bound=least.benefit != most.benefit)
    if least.benefit != most.benefit:
        yield from effect_lines(most, terms, is_bound=True)
    yield from costs.lines
    yield money_line("Costs", -costs.total, candidate.currency, kind=LineKind.SUBTOTAL)
    if _rule(terms) is Threshold.OPTION:
        yield _waiting_line(candidate, terms, waiting)
    result = most.benefit - costs.total - waiting
    label = "Worth taking now" if least.benefit == most.benefit else "Worth taking now, at most"
    yield money_line(label, result, candidate.currency, kind=LineKind.RESULT)


def _loss_lines(candidate: Candidate) -> Iterable[FigureLine]:
    yield money_line("Basis of the lots", candidate.basis, candidate.currency)
    yield money_line(
        "Worth at the close",
        candidate.value,
        candidate.currency,
        f"Close of {day_text(candidate.price_day)}.",
    )
    if candidate.washed:
        yield money_line(
            "Of the loss, washed", -candidate.washed, candidate.currency, washed_words(candidate)
        )
    yield money_line("Short-term loss that counts", candidate.short_loss, candidate.currency)
    yield money_line("Long-term loss that counts", candidate.long_loss, candidate.currency)
    share = (candidate.basis - candidate.value) / candidate.basis
    yield fraction_line("Lost of the basis", share)


def _waiting_line(candidate: Candidate, terms: HarvestTerms, waiting: Decimal) -> FigureLine:
    volatility = terms.volatility or ZERO
    detail = (
        f"What leaving the lots alone would be worth instead, at a volatility of {volatility:.1%}: the loss "
        "may become larger, and the costs are paid once either way."
    )
    return money_line("Value of waiting", -waiting, candidate.currency, detail)


def _money(amount: Decimal, candidate: Candidate) -> str:
    return amount_text(amount, candidate.currency)


def _plain_number(amount: Decimal) -> str:
    return f"{amount.normalize():,f}"
