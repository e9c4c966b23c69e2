"""The lots that an order to sell can name, and what an account holds of an instrument."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from accounts.models import Viewer
from common.money import ARITHMETIC, quantize
from portfolios.engine.holding import long_from
from portfolios.models import Holding, Lot

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SellableLot:
    """An undivided lot. `basis` is in `currency`, None where it is not known.

    `long_on` is the first day on which a sale of all its parts is long-term, None where that is not known.
    """

    lot_id: UUID
    acquired: date | None
    quantity: Decimal
    currency: str
    basis: Decimal | None
    long_on: date | None

    @property
    def basis_per_share(self) -> Decimal | None:
        """Basis of one share."""
        return None if self.basis is None else quantize(ARITHMETIC.divide(self.basis, self.quantity))

    def is_long(self, day: date) -> bool:
        """Whether a sale on `day` would be long-term."""
        return self.long_on is not None and self.long_on <= day


def sellable_lots(user: Viewer, portfolio_id: UUID, instrument_id: UUID) -> list[SellableLot]:
    """The open lots of an account, oldest first; parts of a divided lot are put together."""
    rows = Lot.objects.visible_to(user).filter(portfolio_id=portfolio_id, instrument_id=instrument_id)
    parts: dict[UUID, list[Lot]] = {}
    for row in rows.filter(quantity__gt=0).order_by("acquired", "root_id", "id"):
        parts.setdefault(row.root_id, []).append(row)
    return [_whole(root, pieces) for root, pieces in parts.items()]


def shares_held(user: Viewer, portfolio_id: UUID, instrument_id: UUID) -> Decimal:
    """How many shares an account holds by the book; negative when it is short."""
    rows = Holding.objects.visible_to(user).filter(portfolio_id=portfolio_id, instrument_id=instrument_id)
    return rows.values_list("quantity", flat=True).first() or ZERO


def _whole(root: UUID, pieces: list[Lot]) -> SellableLot:
    bases = [piece.basis for piece in pieces]
    days = [piece.holding_date for piece in pieces]
    known = [day for day in days if day is not None]
    return SellableLot(
        lot_id=root,
        acquired=pieces[0].acquired,
        quantity=sum((piece.quantity for piece in pieces), ZERO),
        currency=pieces[0].currency,
        basis=None if None in bases else sum((basis for basis in bases if basis is not None), ZERO),
        long_on=long_from(max(known)) if len(known) == len(days) else None,
    )
