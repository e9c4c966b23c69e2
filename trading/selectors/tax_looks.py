"""The tax side of an order, from the app above that knows taxes: it is named in the settings."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from portfolios.engine.records import LotChoice
from trading.engine.records import Side
from trading.engine.tax_looks import OrderBefore, TaxLook


class TaxLooker(Protocol):
    """What the app above answers: the tax side of an order at a price, on the whole household's book."""

    def __call__(
        self, *, portfolio_id: UUID, instrument_id: UUID, side: Side, quantity: Decimal, price: Decimal,
        day: date, lots: Sequence[LotChoice], last_day: date | None = ...,
        before: Sequence[OrderBefore] = ...,
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

    `circumstances` may hold `last_day`, the last one on which the order may fill (None: open-ended; the day
    itself where it is not said), and `before`, the orders of the same request that stand before it.

    Raises InvalidInput naming `lots` when the named lots cannot be closed.
    """
    looker = cast("TaxLooker", import_string(settings.ORDER_TAX_LOOK))
    return looker(
        portfolio_id=portfolio_id, instrument_id=instrument_id, side=side, quantity=quantity, price=price,
        day=day, lots=lots, **circumstances,
    )  # fmt: skip
