"""Closed pieces of lots while the ledger is walked: what the wash-sale rule may still change, and records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from common.identifiers import derived_uuid, following_uuid
from common.records import maker_of
from portfolios.engine.holding import term_of
from portfolios.engine.lots import OpenLot
from portfolios.engine.records import (
    DisposalCause,
    DisposalRecord,
    LotOrigin,
    Term,
    TransactionRecord,
    WashRecord,
)
from portfolios.engine.units import apportion, divide, plus, to_decimal, to_decimals

NOTHING = to_decimal(0)
# Pairs of one disposal are numbered above these places, which count the disposals of a row.
PAIRS = 24
_make_disposal = maker_of(DisposalRecord)
_make_wash = maker_of(WashRecord)


@dataclass(slots=True)
class Match:
    """Shares of a loss that were replaced: `sold` of them, as of the sale, by `bought` of another lot."""

    portfolio_id: UUID
    instrument_id: UUID
    transaction_id: UUID
    lot_id: UUID
    acquired: date
    sold: int
    bought: int
    loss: int
    is_permanent: bool
    days: int | None


@dataclass(slots=True)
class Closing:
    """A piece of a lot that `row` closed. Amounts are units of 1e-8, in `currency` and in the base currency.

    For a short position `proceeds` and `basis` have changed sides already. `held_until` ends the holding
    period: the day of the row, or for a delivery the day on which the short sale was entered (IRC 1233).
    """

    portfolio_id: UUID
    instrument_id: UUID
    row: TransactionRecord
    piece: OpenLot
    quantity: int
    currency: str
    proceeds: int
    proceeds_base: int | None
    basis: int | None
    basis_base: int | None
    holding_date: date | None
    held_until: date
    is_short: bool
    cause: DisposalCause
    matches: list[Match] | tuple[()] = ()

    def wash(self, match: Match) -> None:
        """Adds shares of the loss that were replaced."""
        if self.matches:
            self.matches.append(match)
        else:
            self.matches = [match]

    @property
    def loss(self) -> int:
        """The loss in the base currency, 0 for a gain or while either side is not known."""
        basis, proceeds = self.basis_base, self.proceeds_base
        if basis is None or proceeds is None or basis <= proceeds:
            return 0
        return basis - proceeds

    def divide(self, quantity: int) -> "Closing":
        """The first `quantity` of it as a closing of its own; this one keeps the rest."""
        whole, rest = self.quantity, self.quantity - quantity
        part = replace(self, piece=self.piece.split_off(quantity), matches=())
        part.quantity, self.quantity = quantity, rest
        for name in ("proceeds", "proceeds_base", "basis", "basis_base"):
            amount = getattr(self, name)
            share = None if amount is None else divide(amount * quantity, whole)
            setattr(part, name, share)
            setattr(self, name, None if amount is None else amount - share)
        return part

    def take_up(self, loss: int, days: int | None, *, is_base_currency: bool = True) -> None:
        """Adds a deferred loss to shares that are sold already, as a lot takes it up while it is open."""
        piece = self.piece
        piece.holding_date = self.holding_date
        piece.take_up(loss, days, is_base_currency=is_base_currency)
        self.holding_date = piece.holding_date
        if is_base_currency:
            self.basis = plus(self.basis, loss)
        self.basis_base = plus(self.basis_base, loss)

    def judge_gift(self) -> None:
        """Settles which of a gift's two bases counts (IRC 1015(a), Reg. 1.1015-1(a)).

        Sold below the market value at the gift, that value is the basis and the holding period starts with
        the gift. Between it and the donor's basis there is neither gain nor loss.
        """
        low, high, proceeds = self.piece.loss_basis, self.basis_base, self.proceeds_base
        if low is None or high is None or proceeds is None or proceeds >= high:
            return
        in_base = self.basis == self.basis_base and self.proceeds == proceeds
        self.basis_base = max(low, proceeds)
        self.basis = self.basis_base if in_base else None
        if proceeds < low:
            self.holding_date = self.piece.given

    def forget_basis(self) -> None:
        """Marks the basis as not known, in both currencies."""
        self.basis = self.basis_base = None


def closed_records(closings: Iterable[Closing]) -> tuple[list[DisposalRecord], list[WashRecord]]:
    """What was closed of one position, and the pairs of sold and replacing shares, in order.

    A closing that is partly washed gives two disposals, the unwashed part first. The identifiers of what one
    row closed follow each other, an even one for what counts and an odd one for what is washed.
    """
    disposals: list[DisposalRecord] = []
    washes: list[WashRecord] = []
    row = first = None
    number = 0
    for closing in closings:
        if first is None or closing.row is not row:
            row = closing.row
            first, number = derived_uuid(row.id, "disposal"), 0
        if closing.matches:
            disposals.extend(_washed(closing, first, number))
            washes.extend(_pairs(closing, disposals[-1].id))
        else:
            disposals.append(_record(closing, following_uuid(first, number)))
        number += 2
    return disposals, washes


def _pairs(closing: Closing, disposal_id: UUID) -> list[WashRecord]:
    row = closing.row
    return [
        _make_wash(
            following_uuid(disposal_id, number << PAIRS),
            disposal_id,
            closing.portfolio_id,
            closing.instrument_id,
            row.id,
            row.trade_date,
            to_decimal(match.sold),
            match.portfolio_id,
            match.instrument_id,
            match.transaction_id,
            match.lot_id,
            match.acquired,
            to_decimal(match.bought),
            to_decimal(match.loss),
            match.is_permanent,
            match.days,
        )
        for number, match in enumerate(closing.matches, 1)
    ]


def _washed(closing: Closing, first: UUID, number: int) -> list[DisposalRecord]:
    """The part whose loss counts, if there is one, and the part whose loss does not."""
    sold = disallowed = permanent = 0
    for match in closing.matches:
        sold += match.sold
        disallowed += match.loss
        permanent += match.loss if match.is_permanent else 0
    washed_id = following_uuid(first, number + 1)
    rest = closing.quantity - sold
    if not rest:
        return [_record(closing, washed_id, disallowed=disallowed, permanent=permanent)]
    weights = (rest, sold)
    kept, gone = apportion(closing.proceeds, weights)
    kept_base, gone_base = apportion(closing.proceeds_base or 0, weights)
    basis, basis_base = closing.basis, closing.basis_base or 0
    own: Sequence[int | None]
    if basis == basis_base and kept == kept_base:
        # Rounded so that the washed part loses exactly what was disallowed.
        own = (closing.basis or 0) - gone - disallowed, gone + disallowed
    else:
        own = (None, None) if basis is None else apportion(basis, weights)
    return [
        _record(
            closing,
            following_uuid(first, number),
            quantity=rest,
            amounts=(kept, kept_base, own[0], basis_base - gone_base - disallowed),
        ),
        _record(
            closing,
            washed_id,
            quantity=sold,
            amounts=(gone, gone_base, own[1], gone_base + disallowed),
            disallowed=disallowed,
            permanent=permanent,
        ),
    ]


def _record(
    closing: Closing,
    disposal_id: UUID,
    *,
    quantity: int | None = None,
    amounts: tuple[Any, Any, Any, Any] | None = None,
    disallowed: int = 0,
    permanent: int = 0,
) -> DisposalRecord:
    row, piece = closing.row, closing.piece
    proceeds, proceeds_base, basis, basis_base = amounts or (
        closing.proceeds,
        closing.proceeds_base,
        closing.basis,
        closing.basis_base,
    )
    money_in, money_in_base = to_decimals(proceeds, proceeds_base)
    money_out, money_out_base = to_decimals(basis, basis_base)
    is_known = piece.root_id != row.id
    return _make_disposal(
        disposal_id,
        closing.portfolio_id,
        closing.instrument_id,
        row.id,
        piece.root_id if is_known else None,
        piece.acquired,
        closing.holding_date,
        row.trade_date,
        to_decimal(closing.quantity if quantity is None else quantity),
        closing.currency,
        money_in,
        money_in_base,
        money_out,
        money_out_base,
        _term(closing),
        closing.is_short,
        closing.cause,
        to_decimal(disallowed) if disallowed else NOTHING,
        to_decimal(permanent) if permanent else NOTHING,
        piece.origin if is_known else None,
        piece.transaction_id if is_known else None,
    )


def _term(closing: Closing) -> Term:
    if closing.is_short:
        # IRC 1233: what is bought to cover is delivered at once, so it was not held for any time.
        return Term.SHORT
    if closing.piece.origin is LotOrigin.INHERITANCE:
        return Term.LONG  # IRC 1223(9)
    return term_of(closing.holding_date, closing.held_until)
