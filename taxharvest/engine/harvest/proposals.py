"""The life of a proposal: its states, the steps between them, and whether it still holds at a new price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.errors import InvalidInput
from common.money import ARITHMETIC, quantize

ZERO, ONE = Decimal(0), Decimal(1)
# A price that has moved by more than this since it was approved is asked about anew.
TOLERANCE = Decimal("0.02")


class ProposalState(StrEnum):
    """Where a proposal stands; the words are those of its table."""

    OPEN = "open"
    PROPOSED = "proposed"
    APPROVED = "approved"
    HARVESTED = "harvested"
    STOPPED = "stopped"
    DISMISSED = "dismissed"
    EXPIRED = "expired"

    @property
    def is_living(self) -> bool:
        """Whether somebody may still decide about it."""
        return self in {ProposalState.OPEN, ProposalState.PROPOSED}


# A stopped or expired proposal does not come back: the next scan makes another.
STEPS: Mapping[ProposalState, frozenset[ProposalState]] = {
    ProposalState.OPEN: frozenset(
        {
            ProposalState.PROPOSED,
            ProposalState.APPROVED,
            ProposalState.DISMISSED,
            ProposalState.EXPIRED,
        }
    ),
    ProposalState.PROPOSED: frozenset(
        {ProposalState.OPEN, ProposalState.APPROVED, ProposalState.DISMISSED, ProposalState.EXPIRED}
    ),
    ProposalState.APPROVED: frozenset({ProposalState.HARVESTED, ProposalState.STOPPED}),
    ProposalState.HARVESTED: frozenset(),
    ProposalState.STOPPED: frozenset(),
    ProposalState.DISMISSED: frozenset(),
    ProposalState.EXPIRED: frozenset(),
}


class UnlawfulProposalStep(Exception):
    """A step that cannot happen to a proposal in its state."""


def proposal_step(before: ProposalState, after: ProposalState) -> ProposalState:
    """`after`, when the step may be taken. Raises UnlawfulProposalStep when it cannot happen."""
    if after not in STEPS[before]:
        raise UnlawfulProposalStep(f"a proposal that is {before.value} cannot become {after.value}")
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedLot:
    """Shares of one lot to be sold at a loss. Amounts in the account's currency; `loss` is positive."""

    lot_id: UUID
    acquired: str
    quantity: Decimal
    basis: Decimal
    loss: Decimal
    term: str

    @property
    def value(self) -> Decimal:
        """What the shares were worth at the price of the proposal."""
        return self.basis - self.loss


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementChoice:
    """A part of the proceeds and what it buys; the shares of all parts add up to one."""

    instrument_id: UUID
    symbol: str
    share: Decimal
    tag: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFacts:
    """A proposal as far as it is decided about.

    `price` is per share in the instrument's currency, amounts are in the account's. Losses are positive.
    """

    state: ProposalState
    version: int
    expires_at: datetime
    price: Decimal
    lots: tuple[ProposedLot, ...]
    benefit_low: Decimal
    benefit_high: Decimal
    costs: Decimal

    @property
    def quantity(self) -> Decimal:
        """Shares of all lots."""
        return sum((lot.quantity for lot in self.lots), ZERO)

    @property
    def loss(self) -> Decimal:
        """The whole loss, positive."""
        return sum((lot.loss for lot in self.lots), ZERO)
