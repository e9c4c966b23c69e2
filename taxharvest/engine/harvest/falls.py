"""When a fall is large enough to look for losses at once, and not only in the next night."""

from decimal import Decimal

from common.money import ARITHMETIC

# A day's fall of the household's value, or of an index that one of its funds follows.
LARGE_FALL = Decimal("0.03")


def day_return(before: Decimal, after: Decimal, flow: Decimal = Decimal(0)) -> Decimal | None:
    """The change from one day to the next as a fraction, without what was paid in (positive) or taken out.

    None where there was nothing before.
    """
    if before <= 0:
        return None
    return ARITHMETIC.divide(after - flow - before, before)


def is_large_fall(change: Decimal | None) -> bool:
    """Whether a day's change is a fall of 3 % or more."""
    return change is not None and change <= -LARGE_FALL
