"""What is wrong with an order as a person wrote it: field by field, in sentences that say how to mend it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from common.money import ARITHMETIC, DIGITS, LIMIT
from trading.engine.records import ContractFacts, OrderKind, OrderTicket, TimeInForce

Problems = dict[str, list[str]]
Found = Iterator[tuple[str, str]]

KIND_WORDS = {
    OrderKind.MARKET: "a market order",
    OrderKind.LIMIT: "a limit order",
    OrderKind.STOP: "a stop order",
    OrderKind.STOP_LIMIT: "a stop-limit order",
    OrderKind.TRAILING_STOP: "a trailing stop",
    OrderKind.MARKET_ON_CLOSE: "a market-on-close order",
    OrderKind.LIMIT_ON_CLOSE: "a limit-on-close order",
}
PRICE_WORDS = {
    "limit_price": "limit price",
    "stop_price": "stop price",
    "trail_amount": "trailing amount",
    "trail_percent": "trailing percentage",
}
NEEDED_PRICES = {
    OrderKind.LIMIT: {"limit_price"},
    OrderKind.STOP: {"stop_price"},
    OrderKind.STOP_LIMIT: {"limit_price", "stop_price"},
    OrderKind.LIMIT_ON_CLOSE: {"limit_price"},
}
# A trailing stop may be given its first trigger; without one the broker takes it from the market.
ALLOWED_PRICES = {OrderKind.TRAILING_STOP: {"stop_price", "trail_amount", "trail_percent"}}
CLOSING_KINDS = frozenset({OrderKind.MARKET_ON_CLOSE, OrderKind.LIMIT_ON_CLOSE})
WAITING_KINDS = frozenset({OrderKind.STOP, OrderKind.STOP_LIMIT, OrderKind.TRAILING_STOP})
# Outside regular hours there is too little market to send an order that takes any price.
EXTENDED_KINDS = frozenset({OrderKind.LIMIT, OrderKind.STOP_LIMIT})
WHOLE_PERCENT = Decimal(100)
LONGEST_LIFE = timedelta(days=365)
LONGEST_GROUP = 40


def ticket_problems(ticket: OrderTicket, contract: ContractFacts, now: datetime) -> Problems:
    """Sentences by the field that they are about; an empty mapping when the ticket can be sent.

    `now` is UTC. Whether the account may and should place the order is for the controls to say.
    """
    problems: Problems = {}
    found = (
        *_quantity_problems(ticket, contract),
        *_price_problems(ticket, contract),
        *_trail_problems(ticket),
        *_size_problems(ticket),
        *_time_problems(ticket),
        *_good_till_problems(ticket, now),
        *_group_problems(ticket),
    )
    for field, sentence in found:
        problems.setdefault(field, []).append(sentence)
    return problems


def nearest_steps(value: Decimal, step: Decimal) -> tuple[Decimal, Decimal]:
    """The multiples of `step` at or below and above `value`; both are positive numbers of ordinary size."""
    count = ARITHMETIC.divide(value, step).to_integral_value(rounding=ROUND_FLOOR)
    below = ARITHMETIC.multiply(count, step)
    return below, below + step


def _quantity_problems(ticket: OrderTicket, contract: ContractFacts) -> Found:
    sentence = _number_problem(ticket.quantity, "quantity")
    if sentence:
        yield "quantity", sentence
        return
    step = contract.size_increment
    off = _off_step(ticket.quantity, step)
    if off is None:
        return
    if step == 1:
        yield "quantity", f"{contract.symbol} is traded in whole shares only: {off}."
    else:
        yield "quantity", f"Quantities of {contract.symbol} move in steps of {step}: {off}."


def _price_problems(ticket: OrderTicket, contract: ContractFacts) -> Found:
    needed = NEEDED_PRICES.get(ticket.kind, set())
    allowed = needed | ALLOWED_PRICES.get(ticket.kind, set())
    for field, words in PRICE_WORDS.items():
        price: Decimal | None = getattr(ticket, field)
        if price is None and field in needed:
            yield field, f"{_kind(ticket)} needs a {words}."
        elif price is not None and field not in allowed:
            yield field, f"{_kind(ticket)} takes no {words}."
        elif price is not None:
            yield from _value_problems(field, price, contract)


def _value_problems(field: str, price: Decimal, contract: ContractFacts) -> Found:
    sentence = _number_problem(price, PRICE_WORDS[field])
    if sentence:
        yield field, sentence
    elif field == "trail_percent":
        if price >= WHOLE_PERCENT:
            yield field, "The trailing percentage must be below 100."
    elif off := _off_step(price, contract.min_tick):
        yield (
            field,
            f"{contract.symbol} is priced in steps of {contract.min_tick}: {off}.",
        )


def _trail_problems(ticket: OrderTicket) -> Found:
    """A trailing stop follows at one distance, in money or in per cent."""
    if ticket.kind is not OrderKind.TRAILING_STOP:
        return
    if ticket.trail_amount is None and ticket.trail_percent is None:
        yield "trail_amount", "A trailing stop needs a trailing amount or a trailing percentage."
    if ticket.trail_amount is not None and ticket.trail_percent is not None:
        yield "trail_percent", "Give the trailing amount or the trailing percentage, not both."


def _size_problems(ticket: OrderTicket) -> Found:
    """Quantity and price may each be sound while what they make is beyond all measure."""
    price = ticket.limit_price or ticket.stop_price
    if price is None or _number_problem(price, "") or _number_problem(ticket.quantity, ""):
        return
    if ARITHMETIC.multiply(ticket.quantity, price) >= LIMIT:
        yield "quantity", "Quantity times price is too large: amounts stay below 10^12."


def _time_problems(ticket: OrderTicket) -> Found:
    tif = ticket.time_in_force
    if ticket.kind in CLOSING_KINDS and tif is not TimeInForce.DAY:
        yield "time_in_force", f"{_kind(ticket)} is good for the day only."
    if ticket.kind in WAITING_KINDS and tif is TimeInForce.IMMEDIATE_OR_CANCEL:
        yield "time_in_force", f"{_kind(ticket)} waits for its trigger and cannot be immediate-or-cancel."
    if ticket.outside_hours and ticket.kind not in EXTENDED_KINDS:
        yield "outside_hours", f"{_kind(ticket)} is for regular hours only: give a limit price instead."


def _good_till_problems(ticket: OrderTicket, now: datetime) -> Found:
    till = ticket.good_till
    is_wanted = ticket.time_in_force is TimeInForce.GOOD_TILL_DATE
    if till is None:
        if is_wanted:
            yield "good_till", "Say until when the order is good."
    elif not is_wanted:
        yield "good_till", "Only a good-till-date order has a date on which it ends."
    elif till.tzinfo is None:
        yield "good_till", "The date needs its time zone."
    elif till <= now:
        yield "good_till", "The date on which the order ends has passed."
    elif till > now + LONGEST_LIFE:
        yield "good_till", "An order can be good for a year at most."


def _group_problems(ticket: OrderTicket) -> Found:
    """The group's name travels on the wire, where control characters part the fields."""
    name = ticket.oca_group
    if len(name) > LONGEST_GROUP:
        yield "oca_group", f"The group's name can have {LONGEST_GROUP} characters at most."
    if name and not (name.isascii() and name.isprintable()):
        yield "oca_group", "The group's name can have plain letters, digits and signs only."


def _number_problem(value: Decimal, words: str) -> str | None:
    """Why `value` cannot be a quantity or a price, or None; safe for every Decimal there is."""
    if not value.is_finite():
        return f"The {words} is not a number."
    if value <= 0:
        return f"The {words} must be above zero."
    if value.adjusted() >= DIGITS:
        return f"The {words} is too large: it stays below 10^12."
    return None


def _off_step(value: Decimal, step: Decimal) -> str | None:
    """The nearest values that `step` allows, in words; None when `value` is one of them.

    Raises ValueError when the contract's own step is not above zero.
    """
    if step <= 0:
        raise ValueError(f"a contract cannot move in steps of {step}")
    below, above = nearest_steps(value, step)
    if below == value:
        return None
    return f"the nearest are {below:f} and {above:f}" if below else f"the nearest is {above:f}"


def _kind(ticket: OrderTicket) -> str:
    words = KIND_WORDS[ticket.kind]
    return words[0].upper() + words[1:]
