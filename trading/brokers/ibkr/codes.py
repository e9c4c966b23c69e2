"""What the broker's error codes mean: one table, because neither package's own idea of them is safe.

Both packages take some of these for the end of an order that lives on (10349, 161, 10147 and others); here
no code ever ends an order. What a code may do is refuse an order that the broker had never taken.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class CodeKind(StrEnum):
    """What follows from a code."""

    INFO = "info"
    CONNECTIVITY = "connectivity"
    REQUEST_FAILED = "request_failed"
    DATA_REFUSED = "data_refused"
    """No live market data for a contract; delayed data or another source may have it."""
    ORDER_WARNING = "order_warning"
    """Words about an order that stands."""
    ACTION_REFUSED = "action_refused"
    """A change or a cancellation came to nothing, or a number was in use: the order must be asked for."""
    ORDER_REJECTED = "order_rejected"


_CODES: dict[CodeKind, tuple[int, ...]] = {
    CodeKind.INFO: (
        202,  # cancelled, with the reason: the order's own message says so as well, and that one counts
        165,  # the history server's own news
        2100, 2107, 2108, 2119, 2137, 2150, 2152, 2168, 2169,
        10090,  # part of the data is not subscribed to, the rest comes
        10167,  # delayed data is shown instead
    ),
    CodeKind.CONNECTIVITY: (
        1100, 1101, 1102, 1300,
        2103, 2104, 2105, 2106, 2110, 2157, 2158,
        326, 502, 503, 504, 505, 507,
    ),
    CodeKind.REQUEST_FAILED: (
        100, 102, 162, 166, 200, 300, 320, 321, 322, 323, 366, 420, 10182, 10187,
    ),
    CodeKind.DATA_REFUSED: (101, 354, 10089, 10168, 10186, 10197),
    CodeKind.ORDER_WARNING: (383, 399, 404, 434, 451, 481, 492, 2109, 2148, 2161, 10349),
    CodeKind.ACTION_REFUSED: (
        103, 104, 105, 106, 107, 110, 111, 135, 136, 161, 329, 10147, 10148, 10149,
    ),
    CodeKind.ORDER_REJECTED: (201, 203, 460, 463, 10268),
}  # fmt: skip
KINDS: Mapping[int, CodeKind] = MappingProxyType(
    {code: kind for kind, codes in _CODES.items() for code in codes}
)

REJECTED = 201
CANCELLED = 202
DUPLICATE_ORDER_ID = 103
TOO_MANY_MESSAGES = 100
NO_HISTORY = 162
UNKNOWN_CONTRACT = 200
NOT_CONNECTED = 504
CONNECTION_REFUSED = frozenset({326, 502, 503, 507})
LINK_LOST = 1100
DATA_LOST = 1101
DATA_LINE_LIMIT = 101
DELAYED_SHOWN = 10167

# The broker's checks of a request refuse what it never took; on an order that lives they speak of its change.
# 463 is left out: it has come about orders that lived.
_NEVER_TAKEN = frozenset({200, 203, 321, 460, 10268})
# Said of a change, the order goes on as it was before.
_CHANGE_REFUSED = frozenset({103, 104, 105, 110, 134, 201, 321, 329, 10147, 10148, 10149})
_WARNINGS = range(2000, 3000)


def kind_of(code: int) -> CodeKind:
    """What follows from `code`; of those not in the table, 2000 to 2999 are news and the rest failures."""
    if code in KINDS:
        return KINDS[code]
    return CodeKind.INFO if code in _WARNINGS else CodeKind.REQUEST_FAILED


def ends_request(code: int) -> bool:
    """Whether a question that was answered with `code` gets no other answer."""
    return kind_of(code) not in {CodeKind.INFO, CodeKind.CONNECTIVITY, CodeKind.ORDER_WARNING}


def refuses_change(code: int) -> bool:
    """Whether a change that was asked for did not happen, by `code`."""
    return code in _CHANGE_REFUSED


def rejects_order(code: int, *, is_taken: bool, is_changed: bool) -> bool:
    """Whether an order surely does not live after `code`.

    `is_taken` says that the broker had told the order as working before; `is_changed` that a change of it was
    sent, so that the words may be about the change while the order stands as it was.
    """
    if code == REJECTED:
        return not is_changed
    return code in _NEVER_TAKEN and not is_taken and not is_changed
