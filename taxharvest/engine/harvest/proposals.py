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

    `price` of a share and all amounts are in the account's currency. Losses are positive; the benefit is
    before `costs`.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoLimits:
    """How far the owner lets harvests go without asking; an empty limit allows none.

    `most_loss` is in the account's currency, `most_tracking_error` a fraction a year.
    """

    approves_itself: bool
    most_loss: Decimal | None
    most_a_day: int | None
    most_tracking_error: Decimal | None


def lots_chosen(
    lots: Sequence[ProposedLot],
    *,
    chosen: Mapping[UUID, Decimal] | None = None,
    share: Decimal | None = None,
    step: Decimal = ONE,
) -> tuple[ProposedLot, ...]:
    """The lots to be sold: all, the shares named for some of them, or a share of each (a fraction).

    Shares are whole multiples of `step`, as the broker takes them: what is over stays. Raises InvalidInput
    naming `lots` or `share` for what cannot be sold.
    """
    if chosen is not None:
        wanted = [(lot, chosen.get(lot.lot_id, ZERO)) for lot in lots]
        _check_chosen(lots, chosen)
    else:
        part = _share_checked(share)
        wanted = [(lot, ARITHMETIC.multiply(lot.quantity, part)) for lot in lots]
        if part < ONE:
            wanted = [(lot, _down(shares, step)) for lot, shares in wanted]
    kept = _trimmed([(lot, quantize(shares)) for lot, shares in wanted if shares > 0], step)
    if not kept:
        raise _refusal("lots", "Nothing is left to sell: choose at least one whole share.")
    return tuple(_part(lot, shares) for lot, shares in kept)


def part_of(facts: ProposalFacts, lots: Sequence[ProposedLot]) -> ProposalFacts:
    """The proposal for some of its lots: benefit and costs are theirs in proportion to the loss.

    Lots that gain by now have neither.
    """
    kept = replace(facts, lots=tuple(lots))
    part = ARITHMETIC.divide(max(kept.loss, ZERO), facts.loss) if facts.loss else ONE
    return replace(
        kept,
        benefit_low=quantize(ARITHMETIC.multiply(facts.benefit_low, part)),
        benefit_high=quantize(ARITHMETIC.multiply(facts.benefit_high, part)),
        costs=quantize(ARITHMETIC.multiply(facts.costs, part)),
    )


def at_price(facts: ProposalFacts, price: Decimal) -> ProposalFacts:
    """The proposal at another price of a share: its losses exactly, its benefit in proportion to them.

    Value moves with the price, so an exchange rate that moved since is not in it. What the benefit will be
    exactly the next scan judges.
    """
    ratio = ARITHMETIC.divide(price, facts.price)
    lots = tuple(_revalued(lot, ratio) for lot in facts.lots)
    after = replace(facts, price=price, lots=lots)
    if facts.loss <= 0:
        return replace(after, benefit_low=ZERO, benefit_high=ZERO)
    grown = ARITHMETIC.divide(after.loss, facts.loss)
    return replace(
        after,
        benefit_low=quantize(ARITHMETIC.multiply(facts.benefit_low, grown)),
        benefit_high=quantize(ARITHMETIC.multiply(facts.benefit_high, grown)),
    )


def price_objection(facts: ProposalFacts, price: Decimal, tolerance: Decimal = TOLERANCE) -> str:
    """Why the proposal does not hold at `price`, in a sentence; empty when it does."""
    moved = ARITHMETIC.divide(price, facts.price) - ONE
    now = at_price(facts, price)
    if now.loss <= 0:
        return f"At {_plain(price)} there is no loss left to take."
    if now.benefit_high <= now.costs:
        return f"At {_plain(price)} the harvest would cost more than it saves."
    if abs(moved) > tolerance:
        direction = "risen" if moved > 0 else "fallen"
        return (
            f"The price has {direction} by {abs(moved):.1%} since this was worked out, "
            f"from {_plain(facts.price)} to {_plain(price)}."
        )
    return ""


def shown_objection(shown: Decimal, price: Decimal, tolerance: Decimal = TOLERANCE) -> str:
    """Why somebody who was shown a price is asked again at `price`, in a sentence; empty when it holds."""
    moved = ARITHMETIC.divide(price, shown) - ONE if shown > 0 else ONE
    if abs(moved) <= tolerance:
        return ""
    direction = "risen" if moved > 0 else "fallen"
    return (
        f"The price has {direction} by {abs(moved):.1%} since you looked, "
        f"from {_plain(shown)} to {_plain(price)}."
    )


def price_floor(price: Decimal, tick: Decimal, tolerance: Decimal = TOLERANCE) -> Decimal:
    """The least that may be got for a share that was approved at `price`, on the grid of ticks above."""
    least = ARITHMETIC.multiply(price, ONE - tolerance)
    steps = ARITHMETIC.divide(least, tick).to_integral_value(rounding=ROUND_CEILING)
    return quantize(ARITHMETIC.multiply(steps, tick))


def replacement_problems(parts: Sequence[ReplacementChoice], refused: Mapping[UUID, str]) -> list[str]:
    """What is wrong with a replacement, a sentence each; `refused` says why an instrument is not taken.

    No part at all means that the proceeds stay in cash.
    """
    problems = [refused[part.instrument_id] for part in parts if part.instrument_id in refused]
    if len({part.instrument_id for part in parts}) < len(parts):
        problems.append("Name each replacement once.")
    if any(part.share <= 0 for part in parts):
        problems.append("Every part of the replacement is above zero.")
    total = sum((part.share for part in parts), ZERO)
    if parts and abs(total - ONE) > SHARE_SLACK:
        problems.append(f"The parts of the replacement come to {total:.2%}, not to the whole.")
    return list(dict.fromkeys(problems))


# Thirds do not add up to one in any number of places.
SHARE_SLACK = Decimal("0.0001")


def auto_objection(
    facts: ProposalFacts, limits: AutoLimits, *, approved_today: int, tracking_error: Decimal | None
) -> str:
    """Why a person is asked about the harvest, in a sentence; empty when the owner's limits let it go."""
    most_loss, most_a_day, most_error = limits.most_loss, limits.most_a_day, limits.most_tracking_error
    if not limits.approves_itself:
        return "Harvests of this account are asked about."
    if most_loss is None or most_a_day is None or most_error is None:
        return "A limit of the automatic approval is not set, so everything is asked about."
    if tracking_error is None:
        return "The tracking error of the replacement is not known."
    objections = (
        (facts.loss > most_loss, f"The loss of {facts.loss:,.2f} is above the limit of {most_loss:,.2f}."),
        (
            approved_today >= most_a_day,
            f"{approved_today} of today were approved already, the limit of a day.",
        ),
        (
            tracking_error > most_error,
            f"The replacement’s tracking error of {tracking_error:.2%} a year is above {most_error:.2%}.",
        ),
    )
    return next((words for is_beyond, words in objections if is_beyond), "")


def lots_written(lots: Sequence[ProposedLot]) -> list[dict[str, str]]:
    """Lots as a row of the table keeps them."""
    return [
        {
            "lot_id": str(lot.lot_id),
            "acquired": lot.acquired,
            "quantity": f"{lot.quantity:f}",
            "basis": f"{lot.basis:f}",
            "loss": f"{lot.loss:f}",
            "term": lot.term,
        }
        for lot in lots
    ]


def lots_read(rows: Sequence[Mapping[str, Any]]) -> tuple[ProposedLot, ...]:
    """Lots from a row of the table."""
    return tuple(
        ProposedLot(
            lot_id=UUID(row["lot_id"]),
            acquired=row["acquired"],
            quantity=Decimal(row["quantity"]),
            basis=Decimal(row["basis"]),
            loss=Decimal(row["loss"]),
            term=row["term"],
        )
        for row in rows
    )


def replacement_written(parts: Sequence[ReplacementChoice]) -> list[dict[str, str]]:
    """A replacement as a row of the table keeps it."""
    return [
        {
            "instrument_id": str(part.instrument_id),
            "symbol": part.symbol,
            "share": f"{part.share:f}",
            "tag": part.tag,
            "reason": part.reason,
        }
        for part in parts
    ]


def replacement_read(rows: Sequence[Mapping[str, Any]]) -> tuple[ReplacementChoice, ...]:
    """A replacement from a row of the table; parts that the book does not know are left out."""
    return tuple(
        ReplacementChoice(
            instrument_id=UUID(row["instrument_id"]),
            symbol=row["symbol"],
            share=Decimal(row["share"]),
            tag=row.get("tag", ""),
            reason=row.get("reason", ""),
        )
        for row in rows
        if row.get("instrument_id")
    )


def _check_chosen(lots: Sequence[ProposedLot], chosen: Mapping[UUID, Decimal]) -> None:
    proposed = {lot.lot_id: lot.quantity for lot in lots}
    for lot_id, shares in chosen.items():
        if lot_id not in proposed:
            raise _refusal("lots", "One of the lots is not part of this proposal.")
        if shares < 0 or shares > proposed[lot_id]:
            raise _refusal(
                "lots", f"This lot offers {_plain(proposed[lot_id])} shares, not {_plain(shares)}."
            )


def _share_checked(share: Decimal | None) -> Decimal:
    part = ONE if share is None else share
    if not ZERO < part <= ONE:
        raise _refusal("share", "The share to sell is above zero and at most the whole.")
    return part


def _trimmed(
    wanted: Sequence[tuple[ProposedLot, Decimal]], step: Decimal
) -> list[tuple[ProposedLot, Decimal]]:
    """The shares of each lot with the total brought down to whole steps, from the last lots upwards."""
    total = sum((shares for _, shares in wanted), ZERO)
    over = total - _down(total, step)
    kept: list[tuple[ProposedLot, Decimal]] = []
    for lot, shares in reversed(wanted):
        cut = min(over, shares)
        over -= cut
        if shares > cut:
            kept.append((lot, shares - cut))
    return kept[::-1]


def _down(shares: Decimal, step: Decimal) -> Decimal:
    whole = ARITHMETIC.divide(shares, step).to_integral_value(rounding=ROUND_FLOOR)
    return ARITHMETIC.multiply(whole, step)


def _part(lot: ProposedLot, shares: Decimal) -> ProposedLot:
    if shares == lot.quantity:
        return lot
    ratio = ARITHMETIC.divide(shares, lot.quantity)
    return replace(
        lot,
        quantity=shares,
        basis=quantize(ARITHMETIC.multiply(lot.basis, ratio)),
        loss=quantize(ARITHMETIC.multiply(lot.loss, ratio)),
    )


def _revalued(lot: ProposedLot, ratio: Decimal) -> ProposedLot:
    return replace(lot, loss=quantize(lot.basis - ARITHMETIC.multiply(lot.value, ratio)))


def _plain(value: Decimal) -> str:
    return f"{value.normalize(ARITHMETIC):f}"


def _refusal(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="invalid-input", fields={field: [sentence]})
