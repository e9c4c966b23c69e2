"""Reading what statements say is there, and what the ledger adds up to on the same day."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Max, Sum

from portfolios.engine.records import TransactionKind
from portfolios.models import ImportRow, StatedBalance, Transaction


def cash_before(portfolio_id: UUID, day: date, without: Collection[UUID] = ()) -> dict[str, Decimal]:
    """Cash of a portfolio by currency, from the ledger rows dated before `day`, leaving out some rows."""
    totals: dict[str, Decimal] = {}
    rows = Transaction.objects.filter(portfolio_id=portfolio_id, trade_date__lt=day)
    # A row that was taken back and the row that takes it back cancel out, so both may count.
    left_out = Transaction.objects.filter(pk__in=list(without))
    rows = rows.exclude(pk__in=left_out.values("pk"))
    for amount, currency in (("amount", "currency"), ("counter_amount", "counter_currency")):
        sums = rows.exclude(**{currency: ""}).values_list(currency).annotate(total=Sum(amount))
        for code, total in sums:
            totals[code] = totals.get(code, Decimal(0)) + (total or Decimal(0))
    return totals


def latest_stated(portfolio_id: UUID) -> tuple[list[StatedBalance], list[StatedBalance]]:
    """The latest stated positions of a portfolio, and its latest stated cash: each of one day."""
    rows = StatedBalance.objects.filter(portfolio_id=portfolio_id)
    groups = []
    for is_cash in (False, True):
        kind = rows.filter(instrument__isnull=is_cash)
        last = kind.aggregate(last=Max("day"))["last"]
        groups.append(list(kind.filter(day=last).select_related("instrument").order_by("line", "id")))
    return groups[0], groups[1]


def omitted_symbols(portfolio_id: UUID) -> tuple[int, frozenset[str]]:
    """Rows that imports into a portfolio could not use, or did not: how many, and the symbols they name."""
    rows = ImportRow.objects.filter(
        run__stated_balances__portfolio_id=portfolio_id,
        status__in=(ImportRow.Status.WRONG, ImportRow.Status.LEFT_OUT),
    ).distinct()
    symbols: set[str] = set()
    count = 0
    for row in rows.values_list("row", flat=True)[:5000]:
        count += 1
        symbols.update(str(row[key]) for key in ("symbol", "Symbol", "SYMBOL") if row.get(key))
    return count, frozenset(symbols)


def opened_currencies(portfolio_id: UUID) -> set[str]:
    """Currencies whose starting cash the book of a portfolio has already."""
    rows = Transaction.objects.effective().filter(
        portfolio_id=portfolio_id, kind=TransactionKind.OPENING, instrument__isnull=True
    )
    return set(rows.values_list("currency", flat=True))
