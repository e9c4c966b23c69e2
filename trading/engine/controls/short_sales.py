"""Control 10, third part: what is not held is sold only where it can be borrowed."""

from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.pricing import short_quantity
from trading.engine.controls.verdicts import Finding, denied, passed, warned


def short_sale_judged(facts: ControlFacts, _limits: ControlLimits) -> Finding:
    """Shares beyond those held need an account that may borrow and a lender (Regulation SHO 203(b)(1)).

    Shares that other orders already sell are not held twice.
    """
    short = short_quantity(facts)
    account = facts.account
    figures = {"short": short, "held": account.held, "on_sale": account.open_sells}
    if not short:
        return passed("It sells nothing short.", **figures)
    if not account.can_borrow:
        return denied(f"The order sells {short:f} shares more than are held and free.", **figures)
    if facts.shortable is None or facts.shortable < short:
        return denied(f"Nobody is known to lend {short:f} shares.", **figures)
    return warned(f"{short:f} shares are sold short.", **figures)
