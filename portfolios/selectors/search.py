"""Finding symbols and accounts by a few letters, among what a viewer may see."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, IntegerField, Q, Value, When

from accounts.models import Viewer
from portfolios.models import Instrument, Portfolio

LIMIT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that a search leads to: its key, its name and a word about it."""

    key: UUID
    label: str
    detail: str


def instruments_like(user: Viewer, text: str, *, limit: int = LIMIT) -> list[Found]:
    """Instruments whose symbol, name or ISIN holds `text`, those whose symbol begins with it first."""
    wanted = text.strip()
    if not wanted:
        return []
    rows = (
        Instrument.objects.visible_to(user)
        .filter(transactions__portfolio__in=Portfolio.objects.visible_to(user))
        .filter(Q(symbol__icontains=wanted) | Q(name__icontains=wanted) | Q(isin__iexact=wanted))
        .annotate(
            place=Case(
                When(symbol__iexact=wanted, then=Value(0)),
                When(symbol__istartswith=wanted, then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            )
        )
        .order_by("place", "symbol", "pk")
        .distinct()
    )
    return [Found(key=row.pk, label=row.symbol, detail=row.name) for row in rows[:limit]]


def accounts_like(user: Viewer, text: str, *, limit: int = LIMIT) -> list[Found]:
    """Accounts whose name, holder or broker holds `text`."""
    wanted = text.strip()
    if not wanted:
        return []
    rows = (
        Portfolio.objects.visible_to(user)
        .filter(
            Q(name__icontains=wanted)
            | Q(holder__name__icontains=wanted)
            | Q(external_account__provider__icontains=wanted)
        )
        .order_by("name", "pk")
    )
    return [Found(key=row.pk, label=row.name, detail=row.get_kind_display()) for row in rows[:limit]]
