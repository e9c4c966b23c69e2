"""Plain words for what trading knows: controls, states, steps of an order's life, sources of prices."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from common import formats
from trading.engine.controls.authority import NEEDED
from trading.engine.controls.verdicts import GRAVITY, Outcome
from trading.engine.maintenance import MaintenanceWindow
from trading.engine.records import OrderKind, OrderState, OrderTicket, PriceSource, TimeInForce
from trading.models import Execution, Gateway, Order, OrderEvent

CONTROL_WORDS = {
    "buying_power": "Buying power",
    "firm_capital": "Capital over all accounts",
    "quantity": "Size in shares",
    "notional": "Size in money",
    "price_collar": "Distance from the market",
    "quote_age": "Age and source of the price",
    "duplicate": "No duplicate",
    "order_rate": "Orders a second",
    "repetition": "Pieces of one order",
    "restriction": "No restriction",
    "wash_sale": "Wash-sale rule",
    "day_trade": "Day trades",
    "short_sale": "Short sales",
    "kill_switch": "Trading is not stopped",
    "authority": "Leave to trade",
    "drop_copy": "Compared with the broker",
    "readiness": "Gateway and programs ready",
}
STATE_WORDS = {
    OrderState.PENDING: "Recorded",
    OrderState.SENDING: "Being sent",
    OrderState.SUBMITTED: "Working",
    OrderState.PARTIALLY_FILLED: "Partly filled",
    OrderState.UNKNOWN: "Unknown",
    OrderState.FILLED: "Filled",
    OrderState.CANCELLED: "Cancelled",
    OrderState.REJECTED: "Rejected",
}
# state -> (kind of badge, icon)
STATE_BADGES = {
    OrderState.PENDING: ("plain", "clock"),
    OrderState.SENDING: ("plain", "clock"),
    OrderState.SUBMITTED: ("accent", "play"),
    OrderState.PARTIALLY_FILLED: ("accent", "play"),
    OrderState.UNKNOWN: ("warn", "circle-help"),
    OrderState.FILLED: ("ok", "circle-check"),
    OrderState.CANCELLED: ("outline", "ban"),
    OrderState.REJECTED: ("error", "circle-x"),
}
EVENT_WORDS = {
    "Accepted": "Accepted",
    "Leased": "Taken to be sent",
    "LeaseExpired": "Its sender went away",
    "RefusedLocally": "Refused before it was sent",
    "BrokerSaid": "The broker said how it stands",
    "BrokerRemarked": "The broker remarked",
    "Rejected": "Refused by the broker",
    "Executed": "Fills counted",
    "CancelWanted": "Cancellation wanted",
    "CancelSent": "Cancellation sent",
    "ChangeWanted": "Change wanted",
    "ChangeSent": "Change sent",
    "Expired": "Its time is over",
    "Doubted": "In doubt",
    "ProvenAbsent": "Not known to the broker",
    "SettledByHand": "Settled by an operator",
    "LotsNotNamed": "Lots could not be named",
}
TIF_WORDS = {
    TimeInForce.DAY: "day",
    TimeInForce.GOOD_TILL_CANCELLED: "until cancelled",
    TimeInForce.IMMEDIATE_OR_CANCEL: "immediate or cancel",
    TimeInForce.GOOD_TILL_DATE: "until",
}
SOURCE_WORDS = {
    PriceSource.IBKR_LIVE: "IBKR",
    PriceSource.IBKR_DELAYED: "IBKR, delayed",
    PriceSource.MASSIVE: "Massive",
    PriceSource.ALPHA_VANTAGE: "Alpha Vantage",
    PriceSource.LAST_CLOSE: "last close",
}
# state of a gateway -> (kind of badge, icon)
GATEWAY_BADGES = {
    Gateway.State.READY: ("ok", "circle-check"),
    Gateway.State.SYNCING: ("accent", "refresh-cw"),
    Gateway.State.CONNECTING: ("plain", "loader-circle"),
    Gateway.State.DEGRADED: ("warn", "triangle-alert"),
    Gateway.State.MAINTENANCE: ("warn", "pause"),
    Gateway.State.DOWN: ("error", "circle-x"),
}
ENDED = {OrderState.CANCELLED, OrderState.REJECTED}
EVERY_DAY = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlLine:
    """A control's verdict as a page tells it: its name, its sentence, an icon and how much it weighs.

    One that refuses for want of a password asks for it: it can be given, and is when the order is sent.
    """

    name: str
    title: str
    sentence: str
    outcome: Outcome
    needs_proof: bool = False

    @property
    def icon(self) -> str:
        """The icon beside it."""
        return {"pass": "check", "warn": "triangle-alert", "ask": "circle-help", "deny": "x"}[self.outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeStep:
    """A step of an order's life: `state` is reached, now, unknown, or empty while it lies ahead."""

    title: str
    words: str
    state: str = ""
    at: datetime | None = None


def control_lines(verdicts: Sequence[Any]) -> list[ControlLine]:
    """Verdicts, records or their JSON, what weighs most first."""
    lines = [_control_line(verdict) for verdict in verdicts]
    return sorted(lines, key=lambda line: -GRAVITY.index(line.outcome))


def ticket_sentence(ticket: OrderTicket, symbol: str) -> str:
    """What is sent, in one sentence: `Sell 40 MSFT, limit 512.40, day.`"""
    side = ticket.side.value.capitalize()
    return f"{side} {formats.shares(ticket.quantity)} {symbol}, {_kind(ticket)}, {_lasts(ticket)}."


def prices_words(ticket: OrderTicket) -> str:
    """The type of an order with its prices: `limit 512.40`."""
    return _kind(ticket)


def lasts_words(ticket: OrderTicket) -> str:
    """How long an order lives, in words."""
    return _lasts(ticket)


def life_of(order: Order, fills: Sequence[Execution]) -> list[LifeStep]:
    """The five points of an order's life, or fewer with how it ended."""
    state = OrderState(order.state)
    steps = [
        LifeStep(title="Recorded", words="with its key", state="reached", at=order.created_at),
        _step("Sent", "to the gateway, once", order.sent_at, is_now=state is OrderState.SENDING),
    ]
    if state is OrderState.UNKNOWN:
        unknown = "We are asking the broker. Do not send it again."
        return [*steps, LifeStep(title="Unknown", words=unknown, state="unknown", at=order.state_since)]
    working = _step("Working", "the broker has it", order.acknowledged_at, is_now=state in LIVING)
    if state in ENDED and not order.filled:
        passed = [step for step in (*steps, working) if step.state]
        return [*passed, LifeStep(title=STATE_WORDS[state], words="", state="reached", at=order.finished_at)]
    return [*steps, working, _filled(order, state, fills), _booked(state, fills)]


LIVING = {OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED}


def event_title(event: OrderEvent) -> str:
    """A line of history by its name in plain words, with the state that it led to."""
    title = EVENT_WORDS.get(event.kind, event.kind)
    if event.after and event.after != event.before:
        return f"{title}: {STATE_WORDS[OrderState(event.after)].lower()}"
    return title


def window_words(window: MaintenanceWindow) -> str:
    """`daily reset: Mon, Tue 00:15 to 01:45 New York`."""
    days = sorted(window.weekdays)
    named = "every day" if len(days) == EVERY_DAY else ", ".join(day.name[:3].capitalize() for day in days)
    zone = window.zone.rpartition("/")[2].replace("_", " ")
    return f"{window.name.capitalize()}: {named} {window.begins:%H:%M} to {window.ends:%H:%M}, {zone}"


def _control_line(verdict: Any) -> ControlLine:
    kept: dict[str, Any] = verdict if isinstance(verdict, dict) else asdict(verdict)
    name = str(kept["name"])
    needs_proof = dict(kept.get("figures") or {}).get("proof") == NEEDED
    return ControlLine(
        name=name,
        title=CONTROL_WORDS.get(name, name),
        sentence=str(kept["sentence"]),
        outcome=Outcome.ASK if needs_proof else Outcome(kept["outcome"]),
        needs_proof=needs_proof,
    )


def _kind(ticket: OrderTicket) -> str:
    limit, stop = _price(ticket.limit_price), _price(ticket.stop_price)
    words = {
        OrderKind.MARKET: "at the market",
        OrderKind.LIMIT: f"limit {limit}",
        OrderKind.STOP: f"stop {stop}",
        OrderKind.STOP_LIMIT: f"stop {stop}, limit {limit}",
        OrderKind.TRAILING_STOP: f"trailing stop {_trail(ticket)}",
        OrderKind.MARKET_ON_CLOSE: "at the close",
        OrderKind.LIMIT_ON_CLOSE: f"at the close, limit {limit}",
    }[ticket.kind]
    return f"{words}, also outside regular hours" if ticket.outside_hours else words


def _trail(ticket: OrderTicket) -> str:
    if ticket.trail_percent is not None:
        return f"{ticket.trail_percent.normalize():f} % away"
    return f"{_price(ticket.trail_amount)} away"


def _lasts(ticket: OrderTicket) -> str:
    words = TIF_WORDS[ticket.time_in_force]
    return f"{words} {formats.day(ticket.good_till)}" if ticket.good_till else words


def _price(price: Decimal | None) -> str:
    return "" if price is None else formats.price(price)


def _step(title: str, words: str, at: datetime | None, *, is_now: bool) -> LifeStep:
    return LifeStep(title=title, words=words, state="now" if is_now else "reached" if at else "", at=at)


def _filled(order: Order, state: OrderState, fills: Sequence[Execution]) -> LifeStep:
    quantity = f"{formats.shares(order.filled)} of {formats.shares(order.quantity)}"
    words = quantity if order.filled else "on the lots you chose" if order.lots else "in one or more pieces"
    title = "Filled" if state is not OrderState.CANCELLED else "Filled in part, rest cancelled"
    reached = "reached" if state.is_final else "now" if order.filled else ""
    return LifeStep(title=title, words=words, state=reached, at=fills[-1].executed_at if fills else None)


def _booked(state: OrderState, fills: Sequence[Execution]) -> LifeStep:
    booked = [fill for fill in fills if fill.transaction_id is not None]
    is_done = bool(fills) and len(booked) == len(fills) and state.is_final
    words = "lots and cash follow" if not booked else f"{len(booked)} of {len(fills)} fills"
    return LifeStep(title="In the book", words=words, state="reached" if is_done else "now" if booked else "")
