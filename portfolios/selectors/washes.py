"""Wash sales as a person may see them: every match that touches an account of theirs, and no more of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from accounts.models import Viewer
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import TaxOwner, Treatment
from portfolios.models import Portfolio, WashSale
from portfolios.selectors.facts import TREATMENTS, owner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WashSide:
    """One side of a match. Of an account that the viewer may not see, neither account nor row is given."""

    account: str
    portfolio_id: UUID | None
    transaction_id: UUID | None
    instrument_id: UUID
    symbol: str
    day: date
    quantity: Decimal

    @property
    def is_visible(self) -> bool:
        """Whether the account is the viewer's to see."""
        return self.portfolio_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WashLine:
    """A match of shares sold at a loss with those that replaced them; see `WashRecord`.

    `currency` is the base currency of the loss. `is_plan` says that the replacement was bought in an account
    that is not taxed, `is_spouse` that it was bought by the other one of the couple.
    """

    id: UUID
    disposal_id: UUID
    loss: WashSide
    replacement: WashSide
    disallowed: Decimal
    currency: str
    is_permanent: bool
    days_tacked: int | None
    is_plan: bool = False
    is_spouse: bool = False


def wash_lines(
    user: Viewer,
    *,
    disposal_ids: Collection[UUID] | None = None,
    transaction_id: UUID | None = None,
    lot_id: UUID | None = None,
) -> list[WashLine]:
    """The matches that `user` may see, oldest first: all, or those of closed pieces, of a row or into a lot.

    A row's matches are those in which it is the sale or the replacement. Who sees one side only is shown the
    day and the shares of the other, since their own loss or basis follows from them, but not whose it is.
    """
    rows = WashSale.objects.visible_to(user)
    if disposal_ids is not None:
        rows = rows.filter(disposal_id__in=disposal_ids)
    if transaction_id is not None:
        rows = rows.filter(Q(sale_id=transaction_id) | Q(replacement_id=transaction_id))
    if lot_id is not None:
        rows = rows.filter(replacement_lot_id=lot_id)
    related = (
        "portfolio__holder", "instrument", "replacement_portfolio__holder", "replacement_instrument"
    )  # fmt: skip
    ordered = list(rows.select_related(*related).order_by("sold", "replaced_on", "id"))
    # Most rows were never washed: what the viewer sees is asked for only where there is something to show.
    mine = Portfolio.objects.visible_to(user).values_list("id", flat=True)
    seen = frozenset(mine) if ordered else frozenset()
    return [_line(row, seen) for row in ordered]


def _line(row: WashSale, seen: frozenset[UUID]) -> WashLine:
    loss_is_seen = row.portfolio_id in seen
    replacement_is_seen = row.replacement_portfolio_id in seen
    return WashLine(
        id=row.pk,
        disposal_id=row.disposal_id,
        loss=WashSide(
            account=row.portfolio.name if loss_is_seen else ELSEWHERE,
            portfolio_id=row.portfolio_id if loss_is_seen else None,
            transaction_id=row.sale_id if loss_is_seen else None,
            instrument_id=row.instrument_id,
            symbol=row.instrument.symbol,
            day=row.sold,
            quantity=row.quantity,
        ),
        replacement=WashSide(
            account=row.replacement_portfolio.name if replacement_is_seen else ELSEWHERE,
            portfolio_id=row.replacement_portfolio_id if replacement_is_seen else None,
            transaction_id=row.replacement_id if replacement_is_seen else None,
            instrument_id=row.replacement_instrument_id,
            symbol=row.replacement_instrument.symbol,
            day=row.replaced_on,
            quantity=row.replacement_quantity,
        ),
        disallowed=row.disallowed_base,
        currency=row.portfolio.base_currency,
        is_permanent=row.is_permanent,
        days_tacked=row.days_tacked,
        is_plan=TREATMENTS[row.replacement_portfolio.kind] is not Treatment.TAXABLE,
        is_spouse=_owner(row.portfolio) is not _owner(row.replacement_portfolio),
    )


def _owner(portfolio: Portfolio) -> TaxOwner:
    return owner_of(portfolio.kind, portfolio.holder.relationship)
