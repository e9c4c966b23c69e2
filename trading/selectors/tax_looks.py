"""The tax side of an order, from the app above that knows taxes: it is named in the settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Viewer
from portfolios.engine.records import LotChoice
from portfolios.models import Portfolio
from trading.engine.records import Side
from trading.engine.tax_looks import OrderBefore, TaxLook, TrapKind, WashTrap

PAUSABLE = frozenset((TrapKind.RECURRING, TrapKind.REINVESTMENT))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrapShown:
    """Something planned that an order would clash with, and what the person may do about it."""

    trap: WashTrap
    may_pause: bool
    may_see_order: bool


class TaxLooker(Protocol):
    """What the app above answers: the tax side of an order at a price, on the whole household's book."""

    def __call__(
        self, *, portfolio_id: UUID, instrument_id: UUID, side: Side, quantity: Decimal, price: Decimal,
        day: date, lots: Sequence[LotChoice], last_day: date | None = ...,
        worst_price: Decimal | None = ..., before: Sequence[OrderBefore] = ...,
    ) -> TaxLook:  # fmt: skip
        """Raises InvalidInput naming `lots` when the named lots cannot be closed."""


def tax_look(
    *,
    portfolio_id: UUID,
    instrument_id: UUID,
    side: Side,
    quantity: Decimal,
    price: Decimal,
    day: date,
    lots: Sequence[LotChoice] = (),
    **circumstances: Any,
) -> TaxLook:
    """The tax side of an order. Trading stands below the tax app, so it is reached by its name.

    `circumstances` are those of `circumstances_of`, and `before`: the orders of the same request that stand
    before this one.

    Raises InvalidInput naming `lots` when the named lots cannot be closed.
    """
    looker = cast("TaxLooker", import_string(settings.ORDER_TAX_LOOK))
    return looker(
        portfolio_id=portfolio_id, instrument_id=instrument_id, side=side, quantity=quantity, price=price,
        day=day, lots=lots, **circumstances,
    )  # fmt: skip


def traps_shown(user: Viewer, look: TaxLook | None) -> list[TrapShown]:
    """The traps of a look, and which of them `user` may stop: nothing more is said of accounts unseen."""
    traps = look.traps if look else ()
    if not traps:
        return []
    accounts = {trap.portfolio_id for trap in traps}
    seen = set(Portfolio.objects.visible_to(user).filter(pk__in=accounts).values_list("pk", flat=True))
    kept = set(Portfolio.objects.editable_by(user).filter(pk__in=accounts).values_list("pk", flat=True))
    return [
        TrapShown(
            trap=trap,
            may_pause=trap.kind in PAUSABLE and trap.portfolio_id in kept,
            may_see_order=trap.kind is TrapKind.ORDER and trap.portfolio_id in seen,
        )
        for trap in traps
    ]
