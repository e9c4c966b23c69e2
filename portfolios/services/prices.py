"""Recording closes: one for each instrument and day, the newer word replacing the older one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from common.audit import event_record
from common.bulk import copy_rows
from common.identifiers import derived_uuid
from common.transactions import write_transaction
from portfolios.models import Holding, Price

BATCH = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """A close to record: what one unit cost as traded on `day`."""

    instrument_id: UUID
    day: date
    close: Decimal
    currency: str


@write_transaction
def prices_record(*, prices: Sequence[NewPrice], source: str) -> int:
    """Insert or replace closes; returns how many rows now stand as given.

    Several closes of one instrument and day: the last one wins. Valuations are not refreshed here.
    """
    latest = {(price.instrument_id, price.day): price for price in prices}
    rows = [
        Price(
            id=derived_uuid(price.instrument_id, f"price:{price.day.isoformat()}"),
            instrument_id=price.instrument_id,
            day=price.day,
            close=price.close,
            currency=price.currency,
            source=source[:60],
        )
        for price in latest.values()
    ]
    _write(rows)
    if rows:
        event_record(
            topic="prices.recorded",
            household_id=None,
            payload={"rows": len(rows), "source": source},
        )
    return len(rows)


def _write(rows: Sequence[Price]) -> None:
    """Insert or replace `rows`; the first closes of new instruments take the fast way in."""
    instruments = {row.instrument_id for row in rows}
    if not Price.objects.filter(instrument_id__in=instruments).exists():
        columns = ("id", "instrument_id", "day", "close", "currency", "source", "created_at")
        now = timezone.now()
        copy_rows(
            Price,
            columns,
            ((r.id, r.instrument_id, r.day, r.close, r.currency, r.source, now) for r in rows),
        )
        return
    Price.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["instrument", "day"],
        update_fields=["close", "currency", "source"],
    )


def households_holding(instrument_ids: Iterable[UUID]) -> list[UUID]:
    """Households that hold any of these instruments: whose valuations a new close changes."""
    held = Holding.objects.filter(instrument_id__in=list(instrument_ids))
    return list(held.values_list("portfolio__household_id", flat=True).distinct())
