"""Control 1: an account cannot commit more than its buying power, open orders included."""

from collections.abc import Iterable
from decimal import Decimal

from common.money import ARITHMETIC
from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.pricing import reservation
from trading.engine.controls.verdicts import Finding, Verdict, denied, money, passed

NAME = "buying_power"


def buying_power_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """What the order reserves, against what is left of the buying power.

    SEC Rule 15c3-5(c)(1)(i): orders beyond a credit or capital threshold set beforehand are refused.
    """
    account = facts.account
    needed = reservation(facts, limits)
    if needed is None:
        return denied("What the order needs cannot be said: it has no price to go by.")
    if not needed:
        return passed("The order needs no money: it sells what is held.", needed=needed)
    if account.buying_power is None:
        return denied("The broker has not told the account's buying power.", needed=needed)
    free = ARITHMETIC.multiply(account.buying_power, limits.buying_power_share) - account.reserved
    if needed > free:
        return denied(
            f"The order needs {money(needed, account.currency)}; {money(free, account.currency)} is free.",
            needed=needed,
            free=free,
            reserved=account.reserved,
        )
    return passed(
        f"{money(needed, account.currency)} is reserved of {money(free, account.currency)}.",
        needed=needed,
        free=free,
        reserved=account.reserved,
    )


def power_free(verdicts: Iterable[Verdict]) -> Decimal | None:
    """What this control found free for an order, in the account's currency; None where it told nothing."""
    told = next((dict(one.figures).get("free") for one in verdicts if one.name == NAME), None)
    return None if told is None else Decimal(told)
