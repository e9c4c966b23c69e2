"""Cash and buying power of accounts, as the broker says them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from common.money import quantize
from common.transactions import write_transaction
from trading.engine.records import AccountValue
from trading.models import BrokerAccount

TAGS = {"TotalCashValue": "cash", "BuyingPower": "buying_power", "NetLiquidation": "net_liquidation"}


@write_transaction
def account_values_record(*, gateway_id: UUID, told: Sequence[AccountValue], now: datetime) -> None:
    """Keep what the broker said of the gateway's accounts; a line that is no amount is left out."""
    for account in BrokerAccount.objects.select_for_update().filter(gateway_id=gateway_id).order_by("pk"):
        lines = [line for line in told if line.account == account.code and line.tag in TAGS]
        amounts = {TAGS[line.tag]: amount_of(line) for line in lines}
        known = {name: amount for name, amount in amounts.items() if amount is not None}
        if known:
            for name, amount in known.items():
                setattr(account, name, amount)
            account.values_at = now
            account.save(update_fields=[*known, "values_at", "updated_at"])


def amount_of(line: AccountValue) -> Decimal | None:
    """The amount of a line; None when it holds none."""
    try:
        amount = Decimal(line.value)
    except InvalidOperation:
        return None
    return quantize(amount) if amount.is_finite() else None
