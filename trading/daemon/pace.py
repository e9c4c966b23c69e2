"""How often the daemon does what, and how long it waits for what; seconds."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`beat` must stay well below the time for which a gateway is held. An order that the broker has not
    acknowledged after `acknowledge` is in doubt. Between two proofs of absence lie `quiet` seconds; an order
    that is absent is sent again within `resend` of its making, never later.
    """

    beat: float = 5.0
    poll: float = 1.0
    ping: float = 10.0
    answer: float = 10.0
    connect: float = 15.0
    acknowledge: float = 10.0
    compare: float = 20.0
    quiet: float = 2.0
    cancel_again: float = 10.0
    resend: float = 120.0
    book: float = 5.0
    gather: float = 0.5
    flush: float = 0.25
    look: float = 1.0
    linger: float = 60.0
    question: float = 4.0
    volume: float = 3.0
    volume_rest: float = 5.0
    first_retry: Decimal = Decimal(1)
    longest_retry: Decimal = Decimal(30)
    close: float = 1.5


# Questions before a gateway is called ready although an order is still in doubt.
SYNC_ROUNDS = 4
# Orders that are leased, and written, in one go.
BATCH = 20
# An order that is not written so soon after its lease is not written at all: the gateway may have another
# owner by now.
LEASE_SECONDS = 8.0
