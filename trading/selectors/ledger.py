"""Where fills stand in the ledger of the book, whoever told of them first."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from uuid import UUID

from portfolios.engine.records import ParsedTransaction
from portfolios.models import Transaction
from trading.models import Execution

LedgerRow = Transaction
# Files write prices with fewer digits than the API at times; no exchange has a smaller step.
PRICE_TOLERANCE = Decimal("0.000001")


def transaction_of_key(portfolio_id: UUID, natural_key: str) -> LedgerRow | None:
    """The ledger row with this natural key."""
    rows = Transaction.objects.filter(portfolio_id=portfolio_id, natural_key=natural_key)
    return rows.select_related("portfolio").first()


def transactions_of_keys(portfolio_id: UUID, natural_keys: Collection[str]) -> dict[str, LedgerRow]:
    """The ledger rows with these natural keys, by key."""
    rows = Transaction.objects.filter(portfolio_id=portfolio_id, natural_key__in=list(natural_keys))
    return {row.natural_key: row for row in rows.select_related("portfolio")}


def statement_trades(portfolio_id: UUID, instrument_ids: Collection[UUID]) -> set[tuple[UUID, date]]:
    """On which days a statement told trades in these instruments: what may stand for a fill of that day."""
    rows = Transaction.objects.filter(
        portfolio_id=portfolio_id, instrument_id__in=instrument_ids, import_run__isnull=False
    )
    return {
        (key, day)
        for key, day in rows.order_by().values_list("instrument_id", "trade_date").distinct()
        if key
    }


def statement_row_of(row: Execution, parsed: ParsedTransaction, keys: Collection[str]) -> LedgerRow | None:
    """The row of a statement that tells this fill: under one of its `keys`, else by what it says.

    By what it says only a row counts that names no other execution, that stands for no other fill, and that
    has the day, the instrument, the quantity and the price of this one; a file that numbers nothing, or that
    corrected the trade under a number of its own.
    """
    ledger = Transaction.objects.filter(portfolio_id=row.portfolio_id).select_related("portfolio")
    named: LedgerRow | None = ledger.filter(natural_key__in=keys).first()
    if named is not None:
        return named
    told = Execution.objects.filter(transaction__isnull=False, portfolio_id=row.portfolio_id)
    alike = (
        ledger.effective()
        .filter(
            instrument_id=row.instrument_id,
            trade_date=parsed.trade_date,
            kind=parsed.kind,
            quantity=parsed.quantity,
            import_run__isnull=False,
        )
        .exclude(natural_key__contains=":exec:")
        .exclude(pk__in=told.exclude(pk=row.pk).values("transaction_id"))
    )
    return next((one for one in alike.order_by("pk") if is_price_alike(one, row.price)), None)


def is_price_alike(row: LedgerRow, price: Decimal) -> bool:
    """Whether the ledger row has this price, as far as its source tells one."""
    return row.price is None or abs(row.price - price) <= PRICE_TOLERANCE


def is_taken_back(row: LedgerRow) -> bool:
    """Whether a later row of the ledger reverses this one."""
    return Transaction.objects.filter(reverses=row).exists()


def execution_keys_known(portfolio_id: UUID, keys: Collection[str]) -> set[str]:
    """Those of `keys` under which the ledger has a row."""
    rows = Transaction.objects.filter(portfolio_id=portfolio_id, natural_key__in=list(keys))
    return set(rows.values_list("natural_key", flat=True))
