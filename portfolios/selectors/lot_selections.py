"""The lots that a sale can take, as they stood when it was made, and which of them were named for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import takewhile
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.book import derive_book
from portfolios.engine.figures import day_text
from portfolios.engine.holding import long_from
from portfolios.engine.ledger import closure, effective
from portfolios.engine.lot_selections import selection_deadline
from portfolios.engine.records import LotRecord, PositionEffect, TransactionKind
from portfolios.models import LotSelection, Transaction
from portfolios.selectors.facts import (
    EXCHANGE_ZONE,
    instrument_link_pairs,
    lot_choices,
    portfolio_records,
    tax_rules,
    transaction_records,
)

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosableLot:
    """An undivided lot as it stood before the sale. `basis` is None where it is not known, in `currency`.

    `is_long` says whether its shares were held for more than a year on the day of the sale; None: not known.
    """

    lot_id: UUID
    acquired: date | None
    quantity: Decimal
    currency: str
    basis: Decimal | None
    is_long: bool | None

    @property
    def basis_per_share(self) -> Decimal | None:
        """Basis of one share."""
        return None if self.basis is None else quantize(ARITHMETIC.divide(self.basis, self.quantity))


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLots:
    """A sale with the lots it can take. `refusal` says why none can be named, empty while they can.

    `chosen` holds what was named, by lot; empty while the account's method decides. `sold` is positive.
    """

    sale: Transaction
    sold: Decimal
    deadline: date
    refusal: str
    lots: tuple[ChoosableLot, ...]
    chosen: Mapping[UUID, Decimal]
    newest: LotSelection | None

    @property
    def is_open(self) -> bool:
        """Whether lots can still be named."""
        return not self.refusal


def takes_lots(sale: Transaction) -> bool:
    """Whether a ledger row is a sale out of a position: one for which lots can be named at all."""
    is_sale = sale.kind == TransactionKind.SELL and sale.instrument_id is not None and sale.quantity < 0
    return is_sale and sale.position_effect != PositionEffect.OPEN and sale.reverses_id is None


def choosing_ends(sale: Transaction, now: datetime) -> date | None:
    """The last day on which lots can be named for `sale`; None when that is past, or it takes none."""
    deadline = selection_deadline(sale.trade_date, sale.settle_date)
    is_open = takes_lots(sale) and now.astimezone(EXCHANGE_ZONE).date() <= deadline
    return deadline if is_open else None


def sale_lots(sale: Transaction, now: datetime) -> SaleLots:
    """The lots that were open in the account just before `sale`, and the choice that counts for it.

    `now` says whether the settlement has passed; days are those of the exchange.
    """
    chosen = lot_choices([sale.portfolio_id], [sale.instrument_id]) if sale.instrument_id else {}
    return SaleLots(
        sale=sale,
        sold=-sale.quantity,
        deadline=selection_deadline(sale.trade_date, sale.settle_date),
        refusal=_refusal(sale, now),
        lots=_undivided(_open_before(sale), sale.trade_date) if takes_lots(sale) else (),
        chosen={choice.lot_id: choice.quantity for choice in chosen.get(sale.pk, ())},
        newest=sale.lot_selections.order_by("-chosen_at", "-id").select_related("chosen_by").first(),
    )


def _refusal(sale: Transaction, now: datetime) -> str:
    if not takes_lots(sale):
        return "Lots are named for a sale out of a position; this row is none."
    if Transaction.objects.filter(reverses=sale).exists():
        return "This sale was taken back, so it takes no lots."
    if choosing_ends(sale, now) is None:
        deadline = selection_deadline(sale.trade_date, sale.settle_date)
        return (
            f"This sale settled on {day_text(deadline)}. Shares are named by the settlement at the latest "
            "(Reg. 1.1012-1(c)(8)); since then its lots stay."
        )
    return ""


def _open_before(sale: Transaction) -> list[LotRecord]:
    """The open lots of the account just before `sale`, from all of the ledger that they depend on."""
    household_id, instrument_id = sale.portfolio.household_id, sale.instrument_id
    if instrument_id is None:
        return []
    portfolios, rules = portfolio_records(household_id), tax_rules(household_id)
    part = closure([instrument_id], instrument_link_pairs(portfolios, rules))
    rows, _ = effective(transaction_records(portfolios, part))
    before = list(takewhile(lambda row: row.id != sale.pk, rows))
    return [
        lot
        for lot in derive_book(before, portfolios, rules).lots
        if lot.portfolio_id == sale.portfolio_id and lot.instrument_id == instrument_id and lot.quantity > 0
    ]


def _undivided(lots: list[LotRecord], sold_on: date) -> tuple[ChoosableLot, ...]:
    """The lots with the parts of a divided one put together: a part is not chosen by itself."""
    parts: dict[UUID, list[LotRecord]] = {}
    for lot in lots:
        parts.setdefault(lot.root_id, []).append(lot)
    whole = [_whole(lot_id, pieces, sold_on) for lot_id, pieces in parts.items()]
    return tuple(sorted(whole, key=lambda lot: (lot.acquired or date.min, lot.lot_id.int)))


def _whole(lot_id: UUID, pieces: list[LotRecord], sold_on: date) -> ChoosableLot:
    known = [piece.basis for piece in pieces if piece.basis is not None]
    terms = {
        None if piece.holding_date is None else long_from(piece.holding_date) <= sold_on for piece in pieces
    }
    return ChoosableLot(
        lot_id=lot_id,
        acquired=pieces[0].acquired,
        quantity=sum((piece.quantity for piece in pieces), ZERO),
        currency=pieces[0].currency,
        basis=sum(known, ZERO) if len(known) == len(pieces) else None,
        is_long=terms.pop() if len(terms) == 1 else None,
    )
