"""Control 2: all accounts together stay below the firm's capital threshold."""

from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.pricing import committed
from trading.engine.controls.verdicts import Finding, denied, halted, passed


def firm_capital_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """An order that would pass the threshold is denied; when it is passed already, everything is halted.

    SEC Rule 15c3-5(c)(1)(i). Amounts are taken to be in the firm's currency. What all accounts together have
    committed is nobody's to know who trades in one of them: the figures leave it out.
    """
    before, most = facts.firm_exposure, limits.firm_capital
    if before > most:
        return halted("The firm's capital threshold is passed: trading stops until somebody has looked.")
    added = committed(facts, limits)
    if added is None:
        return denied("What the order commits cannot be said: it has no price to go by.")
    if before + added > most:
        return denied("The order would pass the capital threshold of the whole firm.", added=added)
    return passed("Within the firm's capital threshold.", added=added)
