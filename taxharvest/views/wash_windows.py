"""The calendar of windows: what must not be bought, and what not be sold at a loss, by day."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.errors import NotFound
from common.htmx import page_or_part
from taxharvest.selectors.wash_windows import window_month
from taxharvest.selectors.what_if import household_scope
from taxharvest.views.what_if import identifier, person_of

# So many months around this one are looked at: before and after nothing is known that a window hangs on.
FURTHEST = 24


@login_required
@require_safe
def windows(request: HttpRequest) -> HttpResponse:
    """One month of windows, as weeks and as a list; `month` in the address says which (2026-11)."""
    user, today = person_of(request), timezone.localdate()
    scope = household_scope(user, portfolio_id=identifier(request, "portfolio"))
    month = window_month(user, scope, _month(request, today), today)
    context = {"month": month, "scope": scope, "today": today}
    return page_or_part(request, "taxharvest/wash_windows.html", context, part="month")


def _month(request: HttpRequest, today: date) -> date:
    """The first day of the month in the address, else of this one. Raises NotFound for one far away."""
    text = request.GET.get("month", "")
    try:
        first = date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    except ValueError:
        raise NotFound("There is no such month.", code="not-found") from None
    apart = 12 * (first.year - today.year) + first.month - today.month
    if abs(apart) > FURTHEST:
        raise NotFound("That month is too far away.", code="not-found")
    return first
