"""The lives of an order at the broker: one for each durable number that it got there."""

from dataclasses import dataclass, replace
from decimal import Decimal

ZERO = Decimal(0)
# A broker may speak of an order before it has a durable number.
UNNUMBERED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLife:
    """An order as the broker numbers it; `told_filled` is the highest fill that its messages claimed.

    A changed order on a broken link has become a second live order under a second number, while a cancel
    reached only one of them: so each is followed by itself. A life that ended never begins again.
    """

    perm_id: int
    has_ended: bool = False
    told_filled: Decimal = ZERO


OrderLives = tuple[OrderLife, ...]


def meant_life(lives: OrderLives, perm_id: int) -> OrderLife:
    """The life that words about `perm_id` are about; one that has not begun when nothing is known of it.

    An unnumbered life gets the first number that is told; words without a number belong to the only life
    there is. Raises ValueError when there are several.
    """
    if perm_id == UNNUMBERED and lives:
        (only,) = lives
        return only
    known = {life.perm_id: life for life in lives}
    before = known.get(perm_id) or known.get(UNNUMBERED) or OrderLife(perm_id=perm_id)
    return replace(before, perm_id=perm_id)


def with_life(
    lives: OrderLives, perm_id: int, *, has_ended: bool = False, told_filled: Decimal = ZERO
) -> OrderLives:
    """`lives` after the broker spoke of `perm_id`; errors as of `meant_life`."""
    before = meant_life(lives, perm_id)
    after = replace(
        before,
        has_ended=before.has_ended or has_ended,
        told_filled=max(before.told_filled, told_filled),
    )
    others = [life for life in lives if life.perm_id not in {UNNUMBERED, before.perm_id}]
    return tuple(sorted([*others, after], key=lambda life: life.perm_id))


def all_ended(lives: OrderLives) -> OrderLives:
    """`lives`, none of which goes on."""
    return tuple(replace(life, has_ended=True) for life in lives)


def open_perm_ids(lives: OrderLives) -> tuple[int, ...]:
    """Numbers under which the broker may still hold the order."""
    return tuple(life.perm_id for life in lives if not life.has_ended)


def told_filled(lives: OrderLives) -> Decimal:
    """How much the broker's messages claim was filled, over all lives."""
    return sum((life.told_filled for life in lives), ZERO)
