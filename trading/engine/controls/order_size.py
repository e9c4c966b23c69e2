"""Controls 3 and 4: no order larger than a person means, in shares, in money and by the day."""

from common.money import ARITHMETIC
from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.pricing import is_positive, notional
from trading.engine.controls.verdicts import Finding, asked, denied, money, passed


def quantity_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """Shares against the limit and against what the market trades on a day (SEC Rule 15c3-5(c)(1)(ii))."""
    quantity = facts.ticket.quantity
    if not is_positive(quantity):
        return denied("The quantity must be a number above zero.", quantity=quantity)
    if quantity > limits.order_quantity:
        return denied(
            f"An order can have {limits.order_quantity:,f} shares at most.",
            quantity=quantity,
            most=limits.order_quantity,
        )
    if facts.average_volume is None:
        return asked(
            f"How much of {facts.contract.symbol} is traded on a day is not known: is the quantity meant?",
            quantity=quantity,
        )
    most = ARITHMETIC.multiply(facts.average_volume, limits.volume_share)
    if quantity > most:
        return denied(
            f"The order is more than {limits.volume_share:.1%} of what is traded on an average day.",
            quantity=quantity,
            most=most,
            average_volume=facts.average_volume,
        )
    return passed("The quantity is within its limits.", quantity=quantity, most=most)


def notional_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """Money against the limits of an order and of a day (SEC Rule 15c3-5(c)(1)(ii))."""
    amount, currency = notional(facts, limits), facts.account.currency
    if amount is None:
        return denied("What the order is worth cannot be said: it has no price to go by.")
    day = facts.account.day_notional + amount
    if amount > limits.order_notional:
        return denied(
            f"The order is worth {money(amount, currency)};"
            f" {money(limits.order_notional, currency)} is the most for one.",
            notional=amount,
            most=limits.order_notional,
        )
    if day > limits.day_notional:
        return denied(
            f"With it, today's orders would be worth {money(day, currency)};"
            f" {money(limits.day_notional, currency)} is the most for a day.",
            notional=amount,
            day=day,
            most=limits.day_notional,
        )
    return passed("Its worth is within the limits of an order and of a day.", notional=amount, day=day)
