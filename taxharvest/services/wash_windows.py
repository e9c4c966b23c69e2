"""No-buy windows after loss sales, kept where the pre-trade controls look: as restrictions in the book."""

from datetime import date, timedelta
from uuid import UUID

from common.transactions import write_transaction
from portfolios.engine.figures import day_text
from portfolios.engine.wash_groups import WINDOW
from portfolios.selectors.facts import tax_rules
from portfolios.services.ledger import household_lock
from taxharvest.selectors.wash_guard import identical_with, is_blocking
from trading.engine.records import Side
from trading.models import Restriction

ORIGIN = "harvest"


@write_transaction
def harvest_windows_set(*, household_id: UUID, instrument_id: UUID, sold_on: date) -> int:
    """Keep everything identical with what was sold at a loss on `sold_on` from being bought for thirty days.

    One restriction for each instrument, in every account of the household; a sale that goes on filling on
    later days moves the end of the one that stands. Setting it again changes nothing. Returns how many
    restrictions stand.
    """
    household_lock(household_id)
    keys = identical_with(tax_rules(household_id), instrument_id)
    ends = sold_on + timedelta(days=WINDOW)
    is_hard = is_blocking(household_id)
    standing = _standing(household_id, keys, sold_on, ends)
    for key in keys:
        row = standing.get(key) or Restriction(
            household_id=household_id, instrument_id=key, origin=ORIGIN, side=Side.BUY
        )
        row.begins, row.ends = min(row.begins or sold_on, sold_on), max(row.ends or ends, ends)
        row.reason = f"sold at a loss on {day_text(row.ends - timedelta(days=WINDOW))} (IRC 1091)."
        row.is_hard = is_hard
        row.save()
    return len(keys)


def harvest_windows_harden(*, household_id: UUID, is_hard: bool, today: date) -> None:
    """Let the windows that have not ended deny, or only ask; called inside the caller's transaction."""
    open_now = Restriction.objects.filter(household_id=household_id, origin=ORIGIN, ends__gte=today)
    open_now.update(is_hard=is_hard)


def _standing(
    household_id: UUID, keys: tuple[UUID, ...], begins: date, ends: date
) -> dict[UUID, Restriction]:
    """The windows that touch these days, by instrument."""
    rows = Restriction.objects.filter(
        household_id=household_id,
        instrument_id__in=keys,
        origin=ORIGIN,
        side=Side.BUY,
        begins__lte=ends,
        ends__gte=begins,
    )
    return {row.instrument_id: row for row in rows.order_by("ends")}
