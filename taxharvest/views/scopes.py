"""What a page's address says about whose tax year it shows, and which."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from common.errors import NotFound
from portfolios.selectors.scopes import Scope, scope_of
from taxharvest.selectors.tax_years import OLDEST

YEAR_DIGITS = 4


def household_scope(request: HttpRequest) -> Scope | None:
    """All accounts one may see of the household that the address names, else of one's own.

    None for somebody without any household. Raises NotFound for one that cannot be read or seen.
    """
    return scope_of(request.user, household_id=_household_id(request))


def household_scope_needed(request: HttpRequest) -> Scope:
    """As `household_scope`; raises NotFound for somebody who has no household at all."""
    scope = household_scope(request)
    if scope is None:
        raise NotFound("There is no household to show.", code="not-found")
    return scope


def year_shown(request: HttpRequest) -> int:
    """The year in the address, else the current one. Raises NotFound for one that has not begun."""
    text = request.GET.get("year", "")
    if not text:
        return today().year
    is_year = len(text) == YEAR_DIGITS and text.isascii() and text.isdecimal()
    return year_reached(int(text)) if is_year else _no_year()


def year_reached(year: int) -> int:
    """`year`; raises NotFound for one that has not begun or that no book reaches back to."""
    return year if OLDEST <= year <= today().year else _no_year()


def query_of(request: HttpRequest) -> str:
    """The household of the address as the end of a link; empty for one's own."""
    household_id = _household_id(request)
    return f"?household={household_id}" if household_id else ""


def today() -> date:
    """The current day in the zone of the server."""
    return timezone.localdate()


def _household_id(request: HttpRequest) -> UUID | None:
    text = request.GET.get("household", "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is nothing by that identifier.", code="not-found") from None


def _no_year() -> int:
    raise NotFound("There is no such tax year.", code="not-found")
