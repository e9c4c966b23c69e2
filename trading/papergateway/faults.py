"""Faults on demand: what the gateway is to do wrong, and how that changes what clients are told."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from trading.papergateway.wire import Message

ORDER_STATUS, OPEN_ORDER, EXECUTION = "3", "5", "11"
# Codes that a client may take for the end of an order which lives on, with the broker's words.
MISLEADING = {
    10349: "Order TIF was set to DAY based on order preset.",
    161: "Cancel attempted when order is not in a cancellable state. Order permId =",
    10147: "OrderId that needs to be cancelled is not found.",
    10148: "OrderId that needs to be cancelled cannot be cancelled, state: PreSubmitted.",
    383: "The following order size exceeds the Size Limit.",
    451: "This order is not allowed to be transmitted without confirmation.",
    463: "You must enter a valid price.",
}
LINK_LOST, LINK_BACK_EMPTY, LINK_BACK = 1100, 1101, 1102
LINK_WORDS = {
    LINK_LOST: "Connectivity between IB and Trader Workstation has been lost.",
    LINK_BACK_EMPTY: "Connectivity between IB and Trader Workstation has been restored - data lost.",
    LINK_BACK: "Connectivity between IB and Trader Workstation has been restored - data maintained.",
}


@dataclass(slots=True)
class Faults:
    """The faults in force; each is off until a test or the control channel sets it.

    `muted_kinds` are kinds of requests (their number on the wire) and `muted_numbers` numbers of requests
    that are never answered. `duplicated`, `withheld` and `is_reversed` change how orders are told, by kind
    of message. The counts are of things still to come: orders that are lost before they reach the book,
    orders after which the gateway dies without an answer, frames that are cut short or made of garbage.
    """

    is_half_open: bool = False
    is_link_lost: bool = False
    has_live_data: bool = True
    has_delayed_data: bool = True
    tells_unset_what_if: bool = False
    is_reversed: bool = False
    order_id_rollback: int = 0
    lost_orders: int = 0
    deadly_orders: int = 0
    truncated_frames: int = 0
    garbage_frames: int = 0
    muted_kinds: set[str] = field(default_factory=set)
    muted_numbers: set[int] = field(default_factory=set)
    duplicated: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    # Codes to send about the next orders, right after each was taken.
    notices: deque[int] = field(default_factory=deque)

    def silences(self, kind: str, number: int) -> bool:
        """Whether a request is not to be answered."""
        return kind in self.muted_kinds or number in self.muted_numbers

    def retold(self, batch: Iterable[Message]) -> tuple[list[Message], list[Message]]:
        """What is told of one happening, and what is held back until later."""
        messages = [each for each in batch for _ in range(2 if each[0] in self.duplicated else 1)]
        if self.is_reversed:
            messages.reverse()
        told = [each for each in messages if each[0] not in self.withheld]
        return told, [each for each in messages if each[0] in self.withheld]

    def loses_order(self) -> bool:
        """Whether the order that comes now never reaches the book."""
        if not self.lost_orders:
            return False
        self.lost_orders -= 1
        return True

    def dies_after_order(self) -> bool:
        """Whether the order that comes now is the last thing the gateway does."""
        if not self.deadly_orders:
            return False
        self.deadly_orders -= 1
        return True

    def spoiled(self, data: bytes) -> bytes | None:
        """A frame as a fault leaves it; None when it leaves it alone. A cut frame ends the connection."""
        if self.truncated_frames:
            self.truncated_frames -= 1
            return data[: max(1, len(data) // 2)]
        if self.garbage_frames:
            self.garbage_frames -= 1
            return (12).to_bytes(4, "big") + b"\xff\xfe\0garbage\0\x80" + data
        return None
