"""The state of one pass over a ledger, and the two gates through which lots are opened and closed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from uuid import UUID

from common.identifiers import derived_uuid
from common.money import ARITHMETIC
from portfolios.engine.closings import Closing
from portfolios.engine.figures import day_text
from portfolios.engine.lots import OpenLot, Purchase
from portfolios.engine.positions import Money, Position
from portfolios.engine.records import (
    DisposalCause,
    FindingKind,
    FindingRecord,
    LotOrigin,
    PortfolioRecord,
    ReliefMethod,
    TransactionRecord,
)
from portfolios.engine.relief.named import NamedLots, named_shortfall, take_named
from portfolios.engine.relief.registry import RELIEF
from portfolios.engine.relief.sales import Relief, Sale
from portfolios.engine.units import divide, to_decimal, to_units
from portfolios.engine.washsales import WashSales

# What came without a purchase never replaces shares sold at a loss: 1091(a) asks for a purchase or a fully
# taxable exchange.
NOT_BOUGHT = frozenset({LotOrigin.GIFT, LotOrigin.INHERITANCE, LotOrigin.SPIN_OFF, LotOrigin.MERGER})


class Walk:
    """What is known so far: positions, and the questions that came up."""

    def __init__(
        self,
        portfolios: Mapping[UUID, PortfolioRecord],
        washes: WashSales,
        named: Mapping[UUID, NamedLots] = MappingProxyType({}),
        reliefs: Mapping[UUID, Relief] = MappingProxyType({}),
    ) -> None:
        self.portfolios = portfolios
        self.washes = washes
        # By the numbers of the identifiers: these are hashed for every row.
        self.positions: dict[tuple[int, int], Position] = {}
        self.findings: list[FindingRecord] = []
        self._named = named
        self._reliefs = reliefs
        self._rows_without_rate: set[UUID] = set()

    def go_on(self, named: Mapping[UUID, NamedLots], reliefs: Mapping[UUID, Relief]) -> None:
        """Lets other choices of lots hold for the rows that follow."""
        self._named, self._reliefs = named, reliefs

    def prune(self) -> None:
        """Forgets what no later row can change: closings that nothing can wash any more, and questions."""
        self.findings.clear()
        waiting = self.washes.prune()
        for position in self.positions.values():
            position.movements.clear()
            if waiting is not None:
                position.closings = [one for one in position.closings if one.row.id in waiting]

    def position(self, portfolio_id: UUID, instrument_id: UUID) -> Position:
        """The position, empty when it is met for the first time. Raises KeyError on an unknown portfolio."""
        key = (portfolio_id.int, instrument_id.int)
        found = self.positions.get(key)
        if found is None:
            found = self.positions[key] = Position(self.portfolios[portfolio_id], instrument_id)
            self.washes.admit(found)
        return found

    def take(
        self, position: Position, row: TransactionRecord, quantity: int, *, is_short: bool = False
    ) -> list[OpenLot]:
        """Pieces of this side's lots for `row`: those named for it, else by the relief method.

        Short lots are covered in the order in which they were opened. Lots that are named and cannot be what
        is sold are a finding, and the account's method stands.
        """
        queue = position.side(is_short=is_short)
        if row.lots or (self._named and row.id in self._named):
            named = self._named.get(row.id) or [(lot.lot_id, to_units(lot.quantity)) for lot in row.lots]
            shortfall = named_shortfall(queue, named, quantity)
            if not shortfall:
                return take_named(queue, named)
            self.note(FindingKind.LOTS_UNUSABLE, row, f"Of the lots named for this sale {shortfall}.")
        method = position.portfolio.relief
        relief = self._reliefs.get(row.id) or RELIEF[method]
        if is_short or (method is ReliefMethod.FIFO and row.id not in self._reliefs):
            return queue.take(quantity, queue)
        return queue.take(quantity, relief(queue, self._sale(position, row, quantity)))

    def _sale(self, position: Position, row: TransactionRecord, quantity: int) -> Sale:
        free = self.washes.free_shares(position, row.trade_date)
        amount = self.money(position, row, to_units(row.amount)).base
        proceeds = None
        if amount is not None and row.quantity:
            proceeds = divide(amount * quantity, abs(to_units(row.quantity)))
        return Sale(day=row.trade_date, quantity=quantity, proceeds=proceeds, free=tuple(free))

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
                f"No rate from {currency} to {base} is known for {day_text(row.trade_date)}: "
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
    ) -> OpenLot:
        """Opens a lot of `quantity` at `cost` (for a short lot the proceeds; None: not known).

        What was bought, or is held from before the book and may have been bought, may replace shares that
        were sold at a loss.
        """
        own, base = (None, None) if cost is None else (cost.own, cost.base)
        lot_id = derived_uuid(row.id, label)
        is_bought = origin not in NOT_BOUGHT
        lot = OpenLot(
            lot_id,
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
            _purchase(row) if is_bought else None,
        )
        (position.shorts if is_short else position.longs).add(lot)
        if is_bought:
            self.washes.bought(position, lot, row.trade_date, is_short=is_short)
        return lot

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
        pieces = self.take(position, row, quantity, is_short=is_short)
        if len(pieces) == 1 and pieces[0].quantity == quantity:
            self.dispose(position, row, pieces[0], money, is_short=is_short, cause=cause)
            self.washes.settle(row)
            return 0
        weights = [piece.quantity for piece in pieces]
        missing = quantity - sum(weights)
        shares = money.shared([*weights, missing])
        for piece, share in zip(pieces, shares, strict=False):
            self.dispose(position, row, piece, share, is_short=is_short, cause=cause)
        if missing:
            piece = unknown_piece(row, missing)
            self.dispose(position, row, piece, shares[-1], is_short=is_short, cause=cause)
        self.washes.settle(row)
        return missing

    def dispose(
        self,
        position: Position,
        row: TransactionRecord,
        piece: OpenLot,
        money: Money,
        *,
        is_short: bool = False,
        cause: DisposalCause = DisposalCause.SALE,
        is_judged: bool = True,
    ) -> Closing:
        """Records that `piece` was closed for `money`.

        Unless `is_judged` is unset, the wash-sale rule hears of it as sold on the day of the row.
        """
        basis = piece.basis
        if piece.currency != money.currency and basis is not None:
            basis = None
            self._note_currencies(row, piece)
        proceeds, proceeds_base, basis_base = money.own, money.base, piece.basis_base
        if is_short:
            proceeds_base, basis_base = basis_base, proceeds_base
            proceeds, basis = (0, None) if basis is None else (basis, money.own)
        closing = Closing(
            position.portfolio.id,
            position.instrument_id,
            row,
            piece,
            piece.quantity,
            money.currency,
            proceeds,
            proceeds_base,
            basis,
            basis_base,
            piece.holding_date,
            row.trade_date,
            is_short,
            cause,
        )
        if piece.loss_basis is not None:
            closing.judge_gift()
        position.closings.append(closing)
        if is_judged:
            self.washes.closed(position, closing)
        return closing

    def successors(
        self, row: TransactionRecord, pieces: Iterable[OpenLot], origin: LotOrigin
    ) -> Iterator[OpenLot]:
        """The pieces as lots that `row` brought in; parts of one lot stay parts of one lot."""
        roots: dict[UUID, UUID] = {}
        for piece in pieces:
            root = roots.get(piece.root_id)
            if root is None:
                root = roots[piece.root_id] = derived_uuid(row.id, f"lot-{len(roots)}")
                yield piece.renamed(root, 0, row.id, origin)
            else:
                yield piece.renamed(root, self.washes.next_part(root), row.id, origin)

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


def _purchase(row: TransactionRecord) -> Purchase:
    return (row.portfolio_id.int, row.order_ref) if row.order_ref else row.id.int


def unknown_piece(row: TransactionRecord, quantity: int) -> OpenLot:
    """A stand-in for lots that the book does not know; it carries the row's identifier."""
    return OpenLot(
        row.id, row.id, LotOrigin.OPENING, None, None, quantity, row.currency, None, None, None, None
    )


def plain(units: int) -> str:
    """A quantity as a person writes it: no trailing zeros, no exponent."""
    return f"{to_decimal(units).normalize(ARITHMETIC):f}"
