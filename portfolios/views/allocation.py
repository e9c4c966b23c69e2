"""The allocation page: how the value is spread, by one property at a time."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from common.formats import compact
from common.htmx import page_or_part
from portfolios.engine.allocation import Allocation, AllocationBy
from portfolios.selectors.allocation import allocation_of
from portfolios.selectors.valuations import account_values, last_day_of
from portfolios.views.exports import csv_response
from portfolios.views.scopes import scope_from, scope_needed

WORDS = {
    AllocationBy.ASSET_CLASS: "Class",
    AllocationBy.SECTOR: "Sector",
    AllocationBy.CURRENCY: "Currency",
    AllocationBy.ACCOUNT: "Account",
    AllocationBy.INSTRUMENT: "Instrument",
}
RING = 6


@login_required
@require_GET
def allocation(request: HttpRequest) -> HttpResponse:
    """The slices with their values and weights, as a ring with its table."""
    scope = scope_from(request)
    values = {} if scope is None else account_values(scope)
    as_of = last_day_of(values.values())
    by = _by(request)
    spread = None if scope is None or as_of is None else allocation_of(scope, as_of, by)
    context = {
        "scope": scope,
        "as_of": as_of,
        "by": by.value,
        "word": WORDS[by],
        "choices": [(key.value, word) for key, word in WORDS.items()],
        "allocation": spread,
        "ring": _ring(spread),
        "centre": "" if spread is None else compact(spread.total, spread.currency),
    }
    return page_or_part(request, "portfolios/allocation.html", context, part="spread")


@login_required
@require_GET
def allocation_export(request: HttpRequest) -> StreamingHttpResponse:
    """The allocation as CSV, with a row for each part of a slice."""
    scope = scope_needed(request)
    as_of = last_day_of(account_values(scope).values())
    by = _by(request)
    spread = None if as_of is None else allocation_of(scope, as_of, by)
    rows = (
        ()
        if spread is None
        else (
            (part.label, one.name, one.account, one.value, part.value, part.weight, spread.currency)
            for part in spread.slices
            for one in part.parts
        )
    )
    return csv_response(
        "allocation",
        about=[
            f"WealthAlloc allocation of {scope.label} by {WORDS[by].lower()}",
            f"prices up to {as_of or 'none'}",
        ],
        now=timezone.now(),
        header=("slice", "part", "account", "value", "slice_value", "slice_weight", "currency"),
        rows=rows,
    )


def _by(request: HttpRequest) -> AllocationBy:
    text = request.GET.get("by", "")
    return AllocationBy(text) if text in {key.value for key in AllocationBy} else AllocationBy.ASSET_CLASS


def _ring(spread: Allocation | None) -> list[dict[str, object]]:
    """The largest slices of the ring and the rest as one; weights below zero have no place in a ring."""
    if spread is None:
        return []
    known = [part for part in spread.slices if part.weight is not None and part.weight > 0]
    ring: list[dict[str, object]] = [{"label": part.label, "fraction": part.weight} for part in known[:RING]]
    rest = sum(float(part.weight or 0) for part in known[RING:])
    if rest:
        ring[-1:] = [
            {"label": "other", "fraction": rest + float(known[RING - 1].weight or 0)},
        ]
    return ring
