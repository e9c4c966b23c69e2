"""The ledger as lists show it: every row in reach, a page at a time, and one row with all it led to."""

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Viewer
from common.errors import NotFound
from portfolios.models import Disposal, Finding, LedgerQuerySet, Lot, Portfolio, Transaction
from portfolios.selectors.lot_selections import takes_lots
from portfolios.selectors.washes import WashLine, wash_lines

ORDER = ("-trade_date", "-sequence", "-id")
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionPage:
    """Some rows of a list, and the cursor of the rows that follow, or None at its end."""

    rows: tuple[Transaction, ...]
    following: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A ledger row with its source, what took it back, what it opened and what it closed."""

    transaction: Transaction
    reversal: Transaction | None
    partners: tuple[Transaction, ...]
    lots: tuple[Lot, ...]
    disposals: tuple[Disposal, ...]
    findings: tuple[Finding, ...]
    washes: tuple[WashLine, ...]
    takes_lots: bool
    can_edit: bool


def transaction_list(user: Viewer) -> QuerySet[Transaction]:
    """Every ledger row that `user` may see, newest first, with its account and instrument."""
    return (
        Transaction.objects.visible_to(user)
        .select_related("portfolio", "instrument", "counterpart", "reversal")
        .order_by(*ORDER)
    )


def transaction_rows(portfolio_ids: Collection[UUID]) -> LedgerQuerySet:
    """Every ledger row of these accounts, newest first; the caller vouches for the accounts."""
    return (
        Transaction.objects.filter(portfolio_id__in=list(portfolio_ids))
        .select_related("portfolio", "instrument", "counterpart", "reversal")
        .order_by(*ORDER)
    )


def transaction_page(rows: QuerySet[Transaction], *, cursor: str = "", size: int = PAGE) -> TransactionPage:
    """The page of `rows` that follows `cursor`; a cursor that cannot be read starts from the first row."""
    place = _place_of(cursor)
    if place is not None:
        day, sequence, key = place
        rows = rows.filter(
            Q(trade_date__lt=day)
            | Q(trade_date=day, sequence__lt=sequence)
            | Q(trade_date=day, sequence=sequence, id__lt=key)
        )
    found = list(rows[: size + 1])
    more = len(found) > size
    return TransactionPage(rows=tuple(found[:size]), following=_cursor_of(found[size - 1]) if more else None)


def transaction_lineage(user: Viewer, transaction_id: UUID) -> Lineage:
    """One row with everything before and after it. Raises NotFound when it is not this viewer's to see."""
    row = (
        Transaction.objects.visible_to(user)
        .select_related("portfolio", "instrument", "counterpart", "import_run", "reverses", "created_by")
        .filter(pk=transaction_id)
        .first()
    )
    if row is None:
        raise NotFound("There is no such transaction.", code="not-found")
    partners = Transaction.objects.none()
    if row.transfer_id is not None:
        partners = (
            Transaction.objects.visible_to(user)
            .filter(transfer_id=row.transfer_id)
            .exclude(pk=row.pk)
            .select_related("portfolio")
        )
    return Lineage(
        transaction=row,
        reversal=Transaction.objects.filter(reverses=row).first(),
        partners=tuple(partners),
        lots=tuple(Lot.objects.filter(transaction=row).select_related("instrument", "portfolio")),
        disposals=tuple(
            Disposal.objects.filter(transaction=row).select_related("instrument").order_by("acquired", "id")
        ),
        findings=tuple(Finding.objects.filter(transaction=row)),
        washes=tuple(wash_lines(user, transaction_id=row.pk)),
        takes_lots=takes_lots(row),
        can_edit=Portfolio.objects.editable_by(user).filter(pk=row.portfolio_id).exists(),
    )


def _cursor_of(row: Transaction) -> str:
    text = f"{row.trade_date.isoformat()}|{row.sequence}|{row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place_of(cursor: str) -> tuple[date, int, UUID] | None:
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        day, sequence, key = text.split("|")
        return date.fromisoformat(day), int(sequence), UUID(key)
    except (ValueError, binascii.Error):
        return None
