"""Controls 5 and 6: an order is held against a market that is sound, fresh and open."""

from datetime import timedelta
from decimal import Decimal

from common.money import ARITHMETIC
from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.pricing import LIMITED_KINDS, ONE, is_positive, quote_fault, reference_price
from trading.engine.controls.verdicts import Finding, asked, denied, passed, warned
from trading.engine.records import OrderKind, OrderTicket, PriceSource, Quote, Side

SOURCE_WORDS = {
    PriceSource.IBKR_DELAYED: "the broker, delayed",
    PriceSource.MASSIVE: "Massive",
    PriceSource.ALPHA_VANTAGE: "Alpha Vantage",
    PriceSource.LAST_CLOSE: "the last close",
}


def collar_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """A limit price against the market, or against its own trigger where it has one.

    SEC Rule 15c3-5(c)(1)(ii): orders that exceed price parameters are refused as erroneous.
    """
    fault = quote_fault(facts.quote)
    reference = reference_price(facts.quote)
    if fault or reference is None or facts.quote is None:
        return denied(f"The price cannot be judged: {fault or 'the quote has no market'}.")
    if _is_spike(facts.quote, reference, limits):
        return denied(
            f"{facts.contract.symbol} is quoted far from its last close: the quote is not believed.",
            reference=reference,
            close=facts.quote.close,
        )
    ticket = facts.ticket
    if ticket.kind not in LIMITED_KINDS:
        return passed("The order takes the market's price.", reference=reference)
    if ticket.kind is OrderKind.STOP_LIMIT:
        reference = ticket.stop_price or reference
    return _distance_judged(ticket, reference, limits)


def _is_spike(quote: Quote, reference: Decimal, limits: ControlLimits) -> bool:
    """Whether the market has moved by more than it does in a day; without a close nobody can say."""
    close = quote.close
    if close is None or not is_positive(close):
        return False
    high, low = max(reference, close), min(reference, close)
    return high > ARITHMETIC.multiply(low, limits.spike_factor)


def _distance_judged(ticket: OrderTicket, reference: Decimal, limits: ControlLimits) -> Finding:
    price = ticket.limit_price
    if price is None:
        return denied("The order has no limit price to judge.")
    ratio = ARITHMETIC.divide(price, reference)
    away = abs(ratio - ONE)
    words = f"The limit is {away:.1%} {'above' if ratio > ONE else 'below'} the market at {reference:f}"
    figures = {"limit": price, "reference": reference, "distance": away}
    # A limit that only waits gives nothing away; one that reaches through the market does at once.
    reaches = (ratio > ONE) is (ticket.side is Side.BUY)
    if away > limits.collar_deny and reaches:
        return denied(f"{words}: more than {limits.collar_deny:.0%} is taken for a mistake.", **figures)
    if away > limits.collar_deny:
        return asked(f"{words}: is it meant to wait there?", **figures)
    if away > limits.collar_warn:
        return warned(f"{words}.", **figures)
    return passed("The limit is near the market.", **figures)


def _old_words(quote: Quote, age: timedelta, facts: ControlFacts) -> str:
    if facts.is_market_open:
        return f"The quote is {age.days * 86_400 + age.seconds} seconds old."
    return f"The market is closed: {quote.symbol} was last quoted on {quote.as_of:%d %B at %H:%M} UTC."


def quote_age_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """Nothing is sent on a quote that is missing, old, from the future or of a halted instrument.

    A price that is not the broker's own live one is named as such, and a person says whether to go by it.
    """
    quote = facts.quote
    if quote is None:
        return denied(f"There is no quote of {facts.contract.symbol}.")
    if quote.is_halted:
        return denied(f"Trading in {facts.contract.symbol} is halted.")
    age = facts.now - quote.as_of
    if age > timedelta(seconds=limits.quote_seconds):
        return denied(_old_words(quote, age, facts), as_of=quote.as_of)
    if age < -timedelta(seconds=limits.clock_skew_seconds):
        return denied("The quote is from the future: a clock is wrong.", as_of=quote.as_of)
    if quote.is_delayed:
        words = f"The price is not live, it comes from {SOURCE_WORDS[quote.source]}"
        return asked(f"{words}: send the order all the same?", source=quote.source)
    return passed("The quote is fresh.", as_of=quote.as_of)
