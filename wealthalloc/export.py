"""Everything a person's household has in the book, as one archive of CSV files."""

import io
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Household, User
from accounts.selectors.households import household_of
from common.csv_files import rows_write
from common.errors import NotFound
from portfolios.models import CashBalance, Disposal, Holding, Lot, Portfolio, Transaction

# The archive is written to memory up to this size, and to a file of its own beyond it.
IN_MEMORY = 4 * 1024 * 1024

# Name of the file, the table, the order of its rows within an account, and its columns as the ORM names them;
# a column's heading is its name with dots, so that `instrument__symbol` reads `instrument.symbol`.
TABLES: tuple[tuple[str, Any, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "transactions",
        Transaction,
        ("trade_date", "sequence", "pk"),
        (
            "id",
            "portfolio__name",
            "kind",
            "trade_date",
            "executed_at",
            "settle_date",
            "instrument__symbol",
            "instrument__isin",
            "quantity",
            "price",
            "amount",
            "fees",
            "currency",
            "fx_rate",
            "position_effect",
            "ratio_new",
            "ratio_old",
            "counterpart__symbol",
            "counter_quantity",
            "counter_amount",
            "counter_currency",
            "basis_fraction",
            "cost",
            "acquired",
            "transfer_id",
            "order_ref",
            "reverses_id",
            "source",
            "source_line",
            "natural_key",
            "note",
            "created_at",
        ),
    ),
    (
        "lots",
        Lot,
        ("instrument__symbol", "acquired", "pk"),
        (
            "id",
            "root_id",
            "portfolio__name",
            "instrument__symbol",
            "origin",
            "acquired",
            "holding_date",
            "quantity",
            "currency",
            "cost",
            "cost_base",
            "basis",
            "basis_base",
            "deferred_base",
            "loss_basis_base",
            "transaction_id",
        ),
    ),
    (
        "disposals",
        Disposal,
        ("disposed", "instrument__symbol", "pk"),
        (
            "id",
            "portfolio__name",
            "instrument__symbol",
            "acquired",
            "holding_date",
            "disposed",
            "quantity",
            "currency",
            "proceeds",
            "proceeds_base",
            "basis",
            "basis_base",
            "gain_base",
            "disallowed_base",
            "permanent_base",
            "recognised_base",
            "term",
            "is_short_sale",
            "origin",
            "acquisition_id",
            "lot_id",
            "transaction_id",
        ),
    ),
    (
        "holdings",
        Holding,
        ("instrument__symbol", "pk"),
        (
            "portfolio__name",
            "instrument__symbol",
            "quantity",
            "currency",
            "basis",
            "basis_base",
            "lot_count",
        ),
    ),
    ("cash", CashBalance, ("currency",), ("portfolio__name", "currency", "amount")),
)
PORTFOLIO_COLUMNS = (
    "id",
    "name",
    "kind",
    "holder__name",
    "base_currency",
    "relief",
    "reinvests_dividends",
    "closed_on",
)


@login_required
@require_GET
def export_everything(request: HttpRequest) -> FileResponse:
    """The archive, as a download: the accounts of one's own household that one may see."""
    person = request.user
    household = household_of(person) if isinstance(person, User) else None
    if not isinstance(person, User) or household is None:
        raise NotFound("You belong to no household.", code="not-found")
    now = timezone.now()
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    archive_write(file, household=household, person=person, now=now)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"wealthalloc-{now:%Y-%m-%d}.zip")
    response["Cache-Control"] = "private, no-store"
    return response


def archive_write(file: Any, *, household: Household, person: User, now: datetime) -> None:
    """Write the archive of a household, as `person` sees it, into a binary `file`."""
    accounts = Portfolio.objects.visible_to(person).filter(household=household)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        counts = [_table(archive, "portfolios", PORTFOLIO_COLUMNS, accounts.order_by("name", "pk"))]
        for name, model, order, columns in TABLES:
            # `accounts` was already narrowed to what this person may see.
            rows = model.objects.visible_to(person).filter(portfolio__in=accounts)
            rows = rows.order_by("portfolio__name", "portfolio_id", *order)
            counts.append(_table(archive, name, columns, rows))
        archive.writestr("README.txt", _words(household, now, counts))


def _table(
    archive: zipfile.ZipFile, name: str, columns: Sequence[str], rows: QuerySet[Any]
) -> tuple[str, int]:
    with archive.open(f"{name}.csv", "w") as raw, io.TextIOWrapper(raw, "utf-8", newline="") as text:
        found: Iterable[Sequence[Any]] = rows.values_list(*columns).iterator(chunk_size=2000)
        count = rows_write(text, [column.replace("__", ".") for column in columns], found)
    return name, count


def _words(household: Household, now: datetime, counts: list[tuple[str, int]]) -> str:
    lines = [
        f"{household.name}, exported {now:%Y-%m-%d %H:%M} UTC.",
        "",
        *(f"{name}.csv: {count} rows" for name, count in counts),
        "",
        "Days and times are ISO 8601, times in UTC. Amounts are plain decimals in the currency beside them;",
        "columns that end in _base are in the account's base currency. An empty cell means not known.",
        "Text that a spreadsheet would run as a formula has an apostrophe in front.",
        "Lots, disposals, holdings and cash follow from the transactions.",
    ]
    return "\n".join(lines) + "\n"
