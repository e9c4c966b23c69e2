"""What the broker says of accounts, kept beside them: cash, buying power, worth."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.transactions import write_transaction
from trading.engine.account_values import account_figures
from trading.engine.records import AccountValue
from trading.models import BrokerAccount


@write_transaction
def account_values_record(*, gateway_id: UUID, told: Sequence[AccountValue], now: datetime) -> int:
    """Keep the figures of the gateway's accounts as of `now`; returns how many accounts were told of.

    A figure that was not told this time is kept as it was.
    """
    figures = account_figures(told)
    rows = BrokerAccount.objects.select_for_update().filter(gateway_id=gateway_id, code__in=figures)
    for row in rows:
        said = figures[row.code]
        for name in ("cash", "buying_power", "net_liquidation", "currency"):
            value = getattr(said, name)
            if value is not None and value != "":
                setattr(row, name, value)
        row.values_at = now
        row.save(
            update_fields=["cash", "buying_power", "net_liquidation", "currency", "values_at", "updated_at"]
        )
    return len(rows)
