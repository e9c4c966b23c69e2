"""The allocation page: how the value is spread, by one property at a time."""

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.csv_downloads import csv_response
from common.formats import compact
from common.htmx import page_or_part
from portfolios.engine.allocation import Allocation, AllocationBy, Slice
from portfolios.selectors.allocation import allocation_of
from portfolios.selectors.valuations import account_values, last_day_of
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
@require_safe
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
        "parts": [] if spread is None else _parts(spread, request),
        "ring": _ring(spread),
        "ring_label": f"Net value by {WORDS[by].lower()}; the table beside it has every part",
        "hidden": [("by", by.value)],
        "export_url": f"{reverse('portfolios:allocation_export')}?{request.GET.urlencode()}",
        "centre": "" if spread is None else compact(spread.total, spread.currency),
    }
    return page_or_part(request, "portfolios/allocation.html", context, part="spread")


@login_required
@require_safe
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


def _parts(spread: Allocation, request: HttpRequest) -> list[dict[str, object]]:
    """The slices with the page that each leads to, and the address of its arithmetic."""
    query = request.GET.copy()
    query["by"] = spread.by.value
    address = reverse("portfolios:why", args=["weight"])
    parts: list[dict[str, object]] = []
    for part in spread.slices:
        query["slice"] = part.key
        parts.append(
            {"slice": part, "url": _address(spread.by, part), "why": f"{address}?{query.urlencode()}"}
        )
    return parts


def _address(by: AllocationBy, part: Slice) -> str:
    if by is AllocationBy.ACCOUNT:
        return reverse("portfolios:portfolio_detail", args=[part.key])
    if by is AllocationBy.INSTRUMENT and part.parts[0].instrument_id is not None:
        return reverse("portfolios:holding_detail", args=[part.key])
    return ""


def _by(request: HttpRequest) -> AllocationBy:
    text = request.GET.get("by", "")
    return AllocationBy(text) if text in {key.value for key in AllocationBy} else AllocationBy.ASSET_CLASS


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPart:
    """A slice of the ring: its share of the whole."""

    label: str
    fraction: Decimal


def _ring(spread: Allocation | None) -> list[RingPart]:
    """The largest slices of the ring and the rest as one; weights below zero have no place in a ring."""
    if spread is None:
        return []
    known = [
        RingPart(label=part.label, fraction=part.weight)
        for part in spread.slices
        if part.weight is not None and part.weight > 0
    ]
    if len(known) <= RING:
        return known
    rest = sum((part.fraction for part in known[RING - 1 :]), Decimal(0))
    return [*known[: RING - 1], RingPart(label="Other", fraction=rest)]
