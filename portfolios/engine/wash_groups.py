"""What the wash-sale rule keeps while it walks: losses that wait, and shares that may replace others."""

from bisect import insort
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from portfolios.engine.closings import Closing
from portfolios.engine.lots import OpenLot, Purchase
from portfolios.engine.positions import Position
from portfolios.engine.units import divide

WINDOW = 30  # calendar days before and after the sale (IRC 1091(a))
# Brokers may book one split some days apart: the same ratio again within these days is the same split.
SAME_SPLIT = 10


@dataclass(slots=True)
class Candidate:
    """Shares that may replace others: an open lot or, where a policy has it, a piece that was sold.

    `day` is the ordinal of the purchase; `unit` is how many shares one unit replaces (a call: 100).
    """

    position: Position
    lot: OpenLot
    day: int
    unit: int = 1
    is_short: bool = False
    sale: "Loss | None" = None
    is_out: bool = False

    @property
    def is_gain(self) -> bool:
        """Whether it was sold at no loss, and washed none."""
        return self.sale is not None and not (self.sale.closing.loss or self.sale.closing.matches)

    @property
    def is_free(self) -> bool:
        """Whether it has shares left that replaced none."""
        lot = self.lot
        return (lot.is_open or self.sale is not None) and not (lot.is_spent or self.is_out)

    def shared_with(self, loss: "Loss") -> tuple[int, int]:
        """As many shares as both have: of the loss, as of its sale, and of these as they are now."""
        held, left, splits = self.lot.quantity, loss.left, loss.group.splits
        if self.unit == 1 and not splits:
            return (held, held) if held < left else (left, left)
        new, old = loss.group.ratio_since(loss, self.position.instrument_id) if splits else (1, 1)
        old *= self.unit
        available = divide(held * old, new)
        if available <= left:
            return available, held
        return left, max(divide(left * new, old), 1)


@dataclass(slots=True)
class Loss:
    """A loss, or what is left of it to match; `left` counts shares as of the sale.

    `splits_before` is how many splits of the group came before it.
    """

    group: "Group"
    position: Position
    closing: Closing
    day: int
    left: int
    amount: int
    splits_before: int = 0

    @property
    def purchase(self) -> Purchase | None:
        """What bought the shares that were sold."""
        return self.closing.piece.purchase

    def part(self, shares: int) -> int:
        """Takes `shares` out, and returns their part of the loss."""
        amount = self.amount if shares == self.left else divide(self.amount * shares, self.left)
        self.left -= shares
        self.amount -= amount
        return amount


@dataclass(slots=True)
class Split:
    """A split of an instrument: `new` shares for each `old`, and which accounts told of it."""

    instrument_id: UUID
    day: int
    new: int
    old: int
    told_by: set[UUID]

    def is_told_again(self, portfolio_id: UUID, day: int, new: int, old: int) -> bool:
        """Whether another account's split is this one: about a percent and a few days apart at most."""
        difference = abs(new * self.old - self.new * old)
        is_near = day - self.day <= SAME_SPLIT and 100 * difference <= self.new * old
        return is_near and portfolio_id not in self.told_by


@dataclass(slots=True)
class Group:
    """What is substantially identical: losses that wait, by sale, and shares not yet used, by purchase."""

    positions: list[Position] = field(default_factory=list)
    losses: deque[Loss] = field(default_factory=deque)
    candidates: list[Candidate] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)

    def drop_done(self, day: int) -> None:
        """Forgets losses at the head that are matched, or whose window closed before `day`."""
        losses = self.losses
        while losses and (losses[0].day < day - WINDOW or not losses[0].left):
            losses.popleft()

    def add(self, candidate: Candidate) -> None:
        """Keeps shares that may replace what is sold at a loss later, in order of purchase."""
        candidates = self.candidates
        if not candidates or candidates[-1].day <= candidate.day:
            candidates.append(candidate)
        else:
            insort(candidates, candidate, key=purchase_day)

    def split(self, position: Position, day: int, new: int, old: int) -> None:
        """Notes a split, once, whichever accounts tell of it.

        Every account books a split for itself, perhaps some days apart and, for a stock dividend, with a
        ratio of its own rounding; an account that books one again tells of another split.
        """
        for told in reversed(self.splits):
            if told.instrument_id == position.instrument_id:
                if told.is_told_again(position.portfolio.id, day, new, old):
                    told.told_by.add(position.portfolio.id)
                    return
                break
        self.splits.append(Split(position.instrument_id, day, new, old, {position.portfolio.id}))

    def ratio_since(self, loss: Loss, instrument_id: UUID) -> tuple[int, int]:
        """What one share of `instrument_id` at the sale is now: so many for so many (share for share)."""
        new = old = 1
        for split in self.splits[loss.splits_before :]:
            if split.instrument_id == instrument_id:
                new, old = new * split.new, old * split.old
        return new, old


@dataclass(frozen=True, slots=True)
class Standing:
    """What a position means for the rule: where its losses look, and whose shares its purchases replace."""

    group: Group
    shorts: Group
    replaces: tuple[tuple[Group, int], ...]
    loses_from: date | None
    is_permanent: bool


def purchase_day(candidate: Candidate) -> int:
    """The ordinal of the day on which the shares were bought, to sort by."""
    return candidate.day
