"""One exchange rate of an account's book on a day."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from accounts.models import Viewer
from portfolios.selectors.rates import rates_between
from portfolios.selectors.scopes import scope_of


def rate_between(user: Viewer, portfolio_id: UUID, currency: str, base: str, day: date) -> Decimal | None:
    """Units of `base` for one of `currency` by the last rate known on `day`; None when none is known."""
    if currency == base:
        return Decimal(1)
    scope = scope_of(user, portfolio_ids=[portfolio_id])
    rate = None if scope is None else rates_between(scope).on_day(currency, base, day)
    return None if rate is None else rate.rate
