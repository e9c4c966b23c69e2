"""Control 10, first part: what must not be bought or sold now, and what would wash a loss."""

from datetime import date

from portfolios.engine.figures import day_text
from trading.engine.controls.facts import ControlFacts, TradeRestriction
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.verdicts import Finding, asked, denied, gravest, passed
from trading.engine.records import Side


def restriction_judged(facts: ControlFacts, _limits: ControlLimits) -> Finding:
    """Restrictions that hold today for this side; the gravest of several speaks."""
    active = [each for each in facts.restrictions if _holds(each, facts.ticket.side, facts.today)]
    if not active:
        return passed("Nothing restricts it.")
    return gravest(_finding(each, facts) for each in active)


def _holds(restriction: TradeRestriction, side: Side, today: date) -> bool:
    begins, ends = restriction.begins or date.min, restriction.ends or date.max
    return restriction.side in {None, side} and begins <= today <= ends


def _finding(restriction: TradeRestriction, facts: ControlFacts) -> Finding:
    verb = "bought" if facts.ticket.side is Side.BUY else "sold"
    until = f" until {day_text(restriction.ends)}" if restriction.ends else ""
    if restriction.is_hard:
        return denied(f"{facts.contract.symbol} must not be {verb}{until}: {restriction.reason}")
    return asked(f"{facts.contract.symbol} should not be {verb}{until}: {restriction.reason}")


def wash_sale_judged(facts: ControlFacts, _limits: ControlLimits) -> Finding:
    """A wash sale is lawful and costs a deduction: the person decides (IRC 1091), or has decided for all.

    A household that blocks such orders is told the first free day, or that there is none until what is
    planned is cancelled or paused.
    """
    if facts.wash is None:
        return asked("The wash-sale rule was not checked for this order.")
    if not facts.wash.words:
        return passed("It washes no loss of the household.")
    if not facts.wash.is_blocked:
        return asked(facts.wash.words, deferred=facts.wash.deferred)
    free = facts.wash.first_free
    when = f"from {day_text(free)} on" if free else "once that is cancelled or paused"
    sentence = f"{facts.wash.words} The household blocks this. It may go {when}."
    return denied(sentence, deferred=facts.wash.deferred)
