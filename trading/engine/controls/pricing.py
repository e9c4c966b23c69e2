"""What an order is taken to be worth before it has filled: for reservations and for limits."""

from decimal import ROUND_CEILING, Decimal

from common.money import ARITHMETIC, UNIT
from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.records import OrderKind, OrderTicket, Quote, Side

ZERO, ONE, TWO, HUNDRED = Decimal(0), Decimal(1), Decimal(2), Decimal(100)
LIMITED_KINDS = frozenset({OrderKind.LIMIT, OrderKind.LIMIT_ON_CLOSE, OrderKind.STOP_LIMIT})


def is_positive(value: Decimal | None) -> bool:
    """Whether `value` can be a price or a quantity: known, finite and above zero."""
    return value is not None and value.is_finite() and value > 0


def quote_fault(quote: Quote | None) -> str | None:
    """Why nobody should go by this quote, in words; None when there is a market to go by."""
    if quote is None:
        return "there is no quote"
    told = [price for price in (quote.bid, quote.ask, quote.last) if price is not None]
    if not told:
        return "the quote has no price"
    if not all(is_positive(price) for price in told):
        return "the quote has a price that cannot be"
    if quote.bid is not None and quote.ask is not None and quote.bid > quote.ask:
        return "the bid is above the offer"
    return None


def reference_price(quote: Quote | None) -> Decimal | None:
    """Where the market stands: between bid and offer, or the last trade; None when the quote is at fault."""
    if quote is None or quote_fault(quote):
        return None
    if quote.bid is not None and quote.ask is not None:
        return ARITHMETIC.divide(quote.bid + quote.ask, TWO)
    return quote.last


def order_price(ticket: OrderTicket, quote: Quote | None, limits: ControlLimits) -> Decimal | None:
    """The price at which an order is counted, on the safe side; None when there is no offer to go by.

    A buy with a limit counts at the limit. What takes the market's price counts at the offer plus a markup,
    from the trigger where it has one. A sale never counts below the offer, however low its limit.
    """
    offer = quote.ask if quote is not None and not quote_fault(quote) else None
    has_limit = ticket.kind in LIMITED_KINDS
    if has_limit and ticket.side is Side.BUY:
        return ticket.limit_price
    if offer is None:
        return None
    if has_limit:
        return max(ticket.limit_price or ZERO, offer)
    trigger = max(offer + _trail(ticket, offer), ticket.stop_price or ZERO)
    return ARITHMETIC.multiply(trigger, ONE + limits.market_markup)


def notional(facts: ControlFacts, limits: ControlLimits) -> Decimal | None:
    """What the whole order is worth in the account's currency, rounded up; None when it cannot be priced."""
    return _worth(facts, limits, facts.ticket.quantity)


def committed(facts: ControlFacts, limits: ControlLimits) -> Decimal | None:
    """What the order adds to the account's exposure: purchases, and sales beyond what is held."""
    return _worth(facts, limits, exposed_quantity(facts))


def reservation(facts: ControlFacts, limits: ControlLimits) -> Decimal | None:
    """What the order keeps of the buying power until it is over, in the account's currency.

    That is what it commits and its commission. A sale of what is held keeps nothing: its commission is taken
    from what it brings, and an account without cash may sell. None when it cannot be priced.
    """
    amount = committed(facts, limits)
    return amount + facts.expected_commission if amount else amount


def exposed_quantity(facts: ControlFacts) -> Decimal:
    """Shares that need money behind them: all of a purchase, and the part of a sale that is sold short."""
    if facts.ticket.side is Side.BUY:
        return facts.ticket.quantity
    return short_quantity(facts)


def short_quantity(facts: ControlFacts) -> Decimal:
    """Shares that the order sells beyond those that are held and not on sale already."""
    if facts.ticket.side is Side.BUY:
        return ZERO
    free = max(facts.account.held - facts.account.open_sells, ZERO)
    return max(facts.ticket.quantity - free, ZERO)


def _worth(facts: ControlFacts, limits: ControlLimits, quantity: Decimal) -> Decimal | None:
    if not quantity:
        return ZERO
    price = order_price(facts.ticket, facts.quote, limits)
    if price is None or facts.rate is None:
        return None
    exact = ARITHMETIC.multiply(ARITHMETIC.multiply(quantity, price), facts.rate)
    # Never rounded down: a thousand orders must not reserve less than they cost.
    return exact.quantize(UNIT, rounding=ROUND_CEILING, context=ARITHMETIC)


def _trail(ticket: OrderTicket, offer: Decimal) -> Decimal:
    """How far above the offer a trailing purchase triggers at most."""
    if ticket.trail_percent is not None:
        return ARITHMETIC.divide(ARITHMETIC.multiply(offer, ticket.trail_percent), HUNDRED)
    return ticket.trail_amount or ZERO
