"""The state of one pass over a ledger, and the two gates through which lots are opened and closed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from common.identifiers import derived_uuid
from common.money import ARITHMETIC
from portfolios.engine.holding import term_of
from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.records import (
    DisposalCause,
    DisposalRecord,
    FindingKind,
    FindingRecord,
    LotOrigin,
    PortfolioRecord,
    Term,
    TransactionRecord,
)
from portfolios.engine.relief.registry import RELIEF
from portfolios.engine.units import apportion, divide, to_decimal, to_decimals


class Money(NamedTuple):
    """An amount in units of 1e-8 of its own currency, and in the portfolio's (None: no rate)."""

    currency: str
    own: int
    base: int | None

    def shared(self, weights: Sequence[int]) -> list["Money"]:
        """Parts in proportion to `weights`, which add up to this amount in both currencies."""
        currency = self.currency
        owns = apportion(self.own, weights)
        if self.base is None:
            return [Money(currency, own, None) for own in owns]
        bases = owns if self.base == self.own else apportion(self.base, weights)
        return [Money(currency, own, base) for own, base in zip(owns, bases, strict=True)]


class Position:
    """One instrument in one portfolio while the ledger is walked."""

    __slots__ = ("disposals", "instrument_id", "longs", "movements", "portfolio", "relief", "shorts")

    def __init__(self, portfolio: PortfolioRecord, instrument_id: UUID) -> None:
        self.portfolio = portfolio
        self.instrument_id = instrument_id
        self.relief = RELIEF[portfolio.relief]
        self.longs = LotQueue()
        self.shorts = LotQueue()
        self.disposals: list[DisposalRecord] = []
        self.movements: list[tuple[date, int]] = []

    def side(self, *, is_short: bool) -> LotQueue:
        """The lots held short, or those held long."""
        return self.shorts if is_short else self.longs

    def take(self, row: TransactionRecord, quantity: int, *, is_short: bool = False) -> list[OpenLot]:
        """Pieces of this side's lots for `row`, by the portfolio's relief method."""
        queue = self.shorts if is_short else self.longs
        return queue.take(quantity, self.relief(queue, row))

    def move(self, day: date, units: int) -> None:
        """Notes that the position changed by `units` on `day`; days come in order."""
        movements = self.movements
        if movements and movements[-1][0] == day:
            movements[-1] = (day, movements[-1][1] + units)
        elif units:
            movements.append((day, units))


class Walk:
    """What is known so far: positions, and the questions that came up."""

    def __init__(self, portfolios: Mapping[UUID, PortfolioRecord]) -> None:
        self.portfolios = portfolios
        self.positions: dict[tuple[UUID, UUID], Position] = {}
        self.findings: list[FindingRecord] = []
        self._rows_without_rate: set[UUID] = set()

    def position(self, portfolio_id: UUID, instrument_id: UUID) -> Position:
        """The position, empty when it is met for the first time. Raises KeyError on an unknown portfolio."""
        key = (portfolio_id, instrument_id)
        found = self.positions.get(key)
        if found is None:
            found = self.positions[key] = Position(self.portfolios[portfolio_id], instrument_id)
        return found

    def money(self, position: Position, row: TransactionRecord, units: int) -> Money:
        """`units` of the row's currency, with their worth in the base currency at the row's rate."""
        currency = row.currency
        if currency == position.portfolio.base_currency:
            return Money(currency, units, units)
        if row.fx_rate is not None:
            numerator, denominator = row.fx_rate.as_integer_ratio()
            return Money(currency, units, divide(units * numerator, denominator))
        if units == 0:
            return Money(currency, 0, 0)
        if row.id not in self._rows_without_rate:
            self._rows_without_rate.add(row.id)
            base = position.portfolio.base_currency
            self.note(
                FindingKind.RATE_MISSING,
                row,
                f"No rate from {currency} to {base} is known for {row.trade_date}: "
                f"amounts in {base} are left open.",
            )
        return Money(currency, units, None)

    def open(
        self,
        position: Position,
        row: TransactionRecord,
        quantity: int,
        cost: Money | None,
        origin: LotOrigin,
        *,
        acquired: date | None,
        is_short: bool = False,
        label: str = "lot",
    ) -> None:
        """Opens a lot of `quantity` at `cost` (for a short lot the proceeds; None: not known)."""
        own, base = (None, None) if cost is None else (cost.own, cost.base)
        lot = OpenLot(
            derived_uuid(row.id, label),
            row.id,
            origin,
            acquired,
            acquired,
            quantity,
            row.currency,
            own,
            base,
            own,
            base,
        )
        (position.shorts if is_short else position.longs).add(lot)

    def close(
        self,
        position: Position,
        row: TransactionRecord,
        quantity: int,
        money: Money,
        *,
        is_short: bool = False,
        cause: DisposalCause = DisposalCause.SALE,
    ) -> int:
        """Closes lots for `money`: proceeds of a long position, cost of covering a short one.

        Returns the part of `quantity` for which there was no lot: it becomes a disposal whose basis is not
        known, and the position does not change by it. A row calls this once at most.
        """
        pieces = position.take(row, quantity, is_short=is_short)
        if len(pieces) == 1 and pieces[0].quantity == quantity:
            self.dispose(position, row, pieces[0], money, is_short=is_short, cause=cause)
            return 0
        weights = [piece.quantity for piece in pieces]
        missing = quantity - sum(weights)
        shares = money.shared([*weights, missing])
        for number, piece in enumerate(pieces):
            self.dispose(position, row, piece, shares[number], number=number, is_short=is_short, cause=cause)
        if missing:
            piece = unknown_piece(row, missing)
            self.dispose(position, row, piece, shares[-1], number=len(pieces), is_short=is_short, cause=cause)
        return missing

    def dispose(
        self,
        position: Position,
        row: TransactionRecord,
        piece: OpenLot,
        money: Money,
        *,
        number: int = 0,
        is_short: bool = False,
        cause: DisposalCause = DisposalCause.SALE,
    ) -> None:
        """Records that `piece` was closed for `money`; `number` tells the disposals of one row apart."""
        basis = piece.basis
        if piece.currency != money.currency and basis is not None:
            basis = None
            self._note_currencies(row, piece)
        proceeds, proceeds_base, cost, cost_base = money.own, money.base, basis, piece.basis_base
        term = term_of(piece.holding_date, row.trade_date)
        if is_short:
            # IRC 1233: what is bought to cover is delivered at once, so it was not held for any time.
            term = Term.SHORT
            proceeds_base, cost_base = cost_base, proceeds_base
            proceeds, cost = (0, None) if basis is None else (basis, money.own)
        money_in, money_in_base = to_decimals(proceeds, proceeds_base)
        money_out, money_out_base = to_decimals(cost, cost_base)
        position.disposals.append(
            DisposalRecord(
                id=derived_uuid(row.id, f"disposal-{number}"),
                portfolio_id=position.portfolio.id,
                instrument_id=position.instrument_id,
                transaction_id=row.id,
                lot_id=None if piece.id == row.id else piece.id,
                acquired=piece.acquired,
                holding_date=piece.holding_date,
                disposed=row.trade_date,
                quantity=to_decimal(piece.quantity),
                currency=money.currency,
                proceeds=money_in,
                proceeds_base=money_in_base,
                basis=money_out,
                basis_base=money_out_base,
                term=term,
                is_short_sale=is_short,
                cause=cause,
            )
        )

    def note(
        self, kind: FindingKind, row: TransactionRecord, detail: str, *, instrument_id: UUID | None = None
    ) -> None:
        """Adds a finding about `row`, on its own instrument unless another one is named."""
        self.findings.append(
            FindingRecord(
                kind=kind,
                portfolio_id=row.portfolio_id,
                instrument_id=instrument_id or row.instrument_id,
                transaction_id=row.id,
                day=row.trade_date,
                detail=detail,
            )
        )

    def unusable(self, row: TransactionRecord, reason: str) -> None:
        """Notes that `row` is left out of the book, and why."""
        self.note(FindingKind.ROW_UNUSABLE, row, f"Left out of the book: {reason}.")

    def _note_currencies(self, row: TransactionRecord, piece: OpenLot) -> None:
        self.note(
            FindingKind.BASIS_UNKNOWN,
            row,
            f"What was acquired in {piece.currency} was disposed of in {row.currency}: "
            "the gain is known in the base currency only.",
        )


def unknown_piece(row: TransactionRecord, quantity: int) -> OpenLot:
    """A stand-in for lots that the book does not know; it carries the row's identifier."""
    return OpenLot(
        row.id, row.id, LotOrigin.OPENING, None, None, quantity, row.currency, None, None, None, None
    )


def plain(units: int) -> str:
    """A quantity as a person writes it: no trailing zeros, no exponent."""
    return f"{to_decimal(units).normalize(ARITHMETIC):f}"
