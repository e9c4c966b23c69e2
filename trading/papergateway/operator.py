"""What an operator can do to a running gateway: every fault, the market's hooks, and the words for both."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from trading.papergateway import replies
from trading.papergateway.faults import LINK_BACK_EMPTY, LINK_LOST, LINK_WORDS, MISLEADING, Faults
from trading.papergateway.order_desk import publish
from trading.papergateway.quote_streams import QuoteStream
from trading.papergateway.replies import NO_ID
from trading.papergateway.server import PaperGateway

Command = Mapping[str, Any]


class Operator:
    """The hands on a gateway. `perform` takes the same verbs as words, as the control channel sends them."""

    def __init__(self, gateway: PaperGateway) -> None:
        self.gateway = gateway
        self.hub = gateway.hub

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.hub.faults

    def clear(self) -> None:
        """End every fault."""
        self.hub.faults = Faults()
        self.gateway.settle()

    # Connections --------------------------------------------------------------------------------------

    def link(self, code: int) -> None:
        """Say that the way to the market is lost (1100), is back without its data (1101), or with it (1102).

        While it is lost nothing is streamed, and what happens to orders is not told, then or later.
        """
        self.hub.faults.is_link_lost = code == LINK_LOST
        for session in self.hub.sessions.values():
            session.tell(replies.error(NO_ID, code, LINK_WORDS[code]))
            if code == LINK_BACK_EMPTY:
                session.streams = {
                    key: each for key, each in session.streams.items() if not isinstance(each, QuoteStream)
                }
        self.gateway.settle()

    def notice(self, client_id: int, number: int, code: int, words: str = "") -> None:
        """Send a client words about an order or a request."""
        session = self.hub.sessions.get(client_id)
        if session is not None:
            session.tell(replies.error(number, code, words or MISLEADING.get(code, "Message.")))
        self.gateway.settle()

    def release(self) -> None:
        """Tell what a fault held back, and hold back no more."""
        self.hub.faults.withheld.clear()
        for session in self.hub.sessions.values():
            session.tell(*session.late)
            session.late.clear()
        self.gateway.settle()

    # The market ---------------------------------------------------------------------------------------

    def set_price(
        self,
        symbol: str,
        price: Decimal,
        *,
        bid: Decimal | None = None,
        ask: Decimal | None = None,
        size: Decimal | None = None,
    ) -> None:
        """Hold the price of a contract. Raises ValueError for a symbol that is not listed."""
        con_id = self._number(symbol)
        events = self.hub.book.set_price(con_id, price, self.gateway.clock(), bid=bid, ask=ask, size=size)
        publish(self.hub, events)
        self.gateway.settle()

    def release_price(self, symbol: str) -> None:
        """Let a held price go. Raises ValueError for a symbol that is not listed."""
        publish(self.hub, self.hub.book.release_price(self._number(symbol), self.gateway.clock()))
        self.gateway.settle()

    def halt(self, symbol: str, *, is_halted: bool = True) -> None:
        """Halt a contract, or let it trade again. Raises ValueError for a symbol that is not listed."""
        verb = self.hub.book.halt if is_halted else self.hub.book.resume
        publish(self.hub, verb(self._number(symbol), self.gateway.clock()))
        self.gateway.settle()

    def correct(self, exec_id: str, *, quantity: Decimal | None = None, price: Decimal | None = None) -> None:
        """Tell a fill anew, under its next number. Raises ValueError where that cannot be."""
        publish(self.hub, self.hub.book.correct_execution(exec_id, quantity=quantity, price=price))
        self.gateway.settle()

    def _number(self, symbol: str) -> int:
        for contract in self.hub.book.contracts():
            if contract.symbol == symbol:
                return contract.con_id
        raise ValueError(f"{symbol} is not listed")

    # Words --------------------------------------------------------------------------------------------

    def perform(self, command: Command) -> dict[str, Any]:
        """Do what {"do": verb, ...} says, and tell how things stand. Raises ValueError for other words."""
        verb = VERBS.get(str(command.get("do", "")))
        if verb is None:
            raise ValueError(f"no such command; there are: {', '.join(sorted(VERBS))}")
        try:
            verb(self, command)
        except (KeyError, TypeError, InvalidOperation) as error:
            raise ValueError(f"the command lacks or misuses {error}") from error
        return {
            "clients": sorted(self.hub.sessions),
            "open_orders": len(self.hub.book.open_orders()),
            "fills": len(self.hub.book.executions(None)),
        }


def _decimal(command: Command, name: str) -> Decimal | None:
    return None if command.get(name) is None else Decimal(str(command[name]))


def _price(operator: Operator, command: Command) -> None:
    operator.set_price(
        command["symbol"],
        Decimal(str(command["price"])),
        bid=_decimal(command, "bid"),
        ask=_decimal(command, "ask"),
        size=_decimal(command, "size"),
    )


def _correct(operator: Operator, command: Command) -> None:
    operator.correct(
        command["exec_id"], quantity=_decimal(command, "quantity"), price=_decimal(command, "price")
    )


def _mute(operator: Operator, command: Command) -> None:
    operator.faults.muted_kinds = _words(command.get("kinds", ()))
    operator.faults.muted_numbers = {int(each) for each in command.get("numbers", ())}


def _words(values: Iterable[object]) -> set[str]:
    return {str(each) for each in values}


def _notice(operator: Operator, command: Command) -> None:
    """With an order's number, words about it now; without, words about the next order that is placed."""
    code = int(command["code"])
    if "order_id" in command:
        words = str(command.get("words", ""))
        operator.notice(int(command.get("client_id", 0)), int(command["order_id"]), code, words)
    else:
        operator.faults.notices.append(code)


def _data(operator: Operator, command: Command) -> None:
    operator.faults.has_live_data = bool(command.get("live", True))
    operator.faults.has_delayed_data = bool(command.get("delayed", True))


def _link(operator: Operator, command: Command) -> None:
    if command["code"] not in LINK_WORDS:
        raise ValueError(f"a link has the codes {', '.join(map(str, LINK_WORDS))}")
    operator.link(command["code"])


def _set(
    name: str, kind: Callable[[Any], Any], key: str, default: object
) -> Callable[[Operator, Command], None]:
    """A verb that sets one fault from one word of the command."""

    def verb(operator: Operator, command: Command) -> None:
        setattr(operator.faults, name, kind(command.get(key, default)))

    return verb


VERBS: dict[str, Callable[[Operator, Command], None]] = {
    "status": lambda _, __: None,
    "clear": lambda operator, _: operator.clear(),
    "drop": lambda operator, _: operator.gateway.drop_all(),
    "half_open": _set("is_half_open", bool, "on", default=True),
    "mute": _mute,
    "stall": lambda operator, command: operator.gateway.stall(float(command["seconds"])),
    "truncate": _set("truncated_frames", int, "count", 1),
    "garbage": _set("garbage_frames", int, "count", 1),
    "link": _link,
    "restart": lambda operator, command: operator.gateway.restart(
        rollback=int(command.get("rollback", 0)), seconds=float(command.get("seconds", 0))
    ),
    "duplicate": _set("duplicated", _words, "kinds", ("3", "11")),
    "withhold": _set("withheld", _words, "kinds", ("3", "11")),
    "release": lambda operator, _: operator.release(),
    "reverse": _set("is_reversed", bool, "on", default=True),
    "lose": _set("lost_orders", int, "count", 1),
    "die": _set("deadly_orders", int, "count", 1),
    "unset_what_if": _set("tells_unset_what_if", bool, "on", default=True),
    "data": _data,
    "notice": _notice,
    "correct": _correct,
    "price": _price,
    "release_price": lambda operator, command: operator.release_price(command["symbol"]),
    "halt": lambda operator, command: operator.halt(command["symbol"]),
    "resume": lambda operator, command: operator.halt(command["symbol"], is_halted=False),
}
