"""What a page's address says about whose book it shows, over which interval, and against what."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Household, User
from accounts.selectors.households import membership_of
from common.errors import NotFound
from portfolios.selectors.intervals import Span, span_of
from portfolios.selectors.scopes import Scope, scope_of
from portfolios.selectors.valuations import account_values, last_day_of


def person_of(request: HttpRequest) -> User:
    """Who is signed in; pages behind `login_required` have somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def scope_from(request: HttpRequest) -> Scope | None:
    """The household or account that the address names, else all that is one's own.

    Raises NotFound for an identifier that cannot be read or is not this person's to see.
    """
    return scope_of(
        request.user,
        household_id=identifier(request, "household"),
        portfolio_ids=[key] if (key := identifier(request, "portfolio")) else [],
    )


def scope_needed(request: HttpRequest) -> Scope:
    """As `scope_from`; raises NotFound for somebody who has no household at all."""
    scope = scope_from(request)
    if scope is None:
        raise NotFound("There is no household to show.", code="not-found")
    return scope


def identifier(request: HttpRequest, parameter: str) -> UUID | None:
    """An identifier in the address, or None without one. Raises NotFound for one that cannot be read."""
    text = request.GET.get(parameter, "")
    if not text or text == "none":
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is nothing by that identifier.", code="not-found") from None


def last_day(scope: Scope) -> date:
    """The last valued day of a scope, or today when nothing was ever valued."""
    return last_day_of(account_values(scope).values()) or today()


def span_from(request: HttpRequest, last: date) -> Span:
    """The interval that the address names, up to `last`."""
    return span_of(request.GET.get("interval"), last)


def household_needed(request: HttpRequest) -> Household:
    """The household whose accounts this person sees all of; grants do not open its tax settings.

    Raises NotFound for everybody else.
    """
    membership = membership_of(person_of(request))
    if membership is None or not membership.sees_all:
        raise NotFound("You belong to no household whose tax settings you may see.", code="not-found")
    return membership.household


def today() -> date:
    """The current day in the zone of the server."""
    return timezone.localdate()
