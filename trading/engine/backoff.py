"""How long to wait before the next attempt to connect, so that many who lost a link do not return as one."""

from decimal import Decimal

FIRST = Decimal(1)
MOST = Decimal(60)
# Two to this power is beyond every sensible `most`; a larger one would only be slow.
MOST_DOUBLINGS = 32


def reconnect_delay(
    attempt: int, chance: Decimal, *, first: Decimal = FIRST, most: Decimal = MOST
) -> Decimal:
    """Seconds to wait before attempt number `attempt`, which counts from 1: full jitter.

    The span doubles with every attempt up to `most`, and `chance`, a random number from 0 (included) to 1
    (excluded), picks a moment of it. Raises ValueError outside these bounds.
    """
    if attempt < 1:
        raise ValueError(f"attempts count from 1, not from {attempt}")
    if not 0 <= chance < 1:
        raise ValueError(f"a chance lies between 0 and 1, not at {chance}")
    span = min(first * (1 << min(attempt - 1, MOST_DOUBLINGS)), most)
    return span * chance
