"""Keeping what the broker calls an instrument."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.money import quantize
from common.transactions import write_transaction
from trading.engine.records import ContractFacts
from trading.models import Contract


@write_transaction
def contract_keep(*, gateway_id: UUID, instrument_id: UUID, facts: ContractFacts) -> Contract:
    """Keep the broker's own words for the instrument, in the place of earlier ones."""
    contract, _ = Contract.objects.update_or_create(
        gateway_id=gateway_id,
        instrument_id=instrument_id,
        defaults={
            "con_id": facts.con_id,
            "symbol": facts.symbol[:60],
            "kind": facts.kind,
            "exchange": facts.exchange,
            "primary_exchange": facts.primary_exchange[:30],
            "currency": facts.currency,
            "name": facts.name[:200],
            "min_tick": facts.min_tick,
            "size_increment": facts.size_increment,
        },
    )
    return contract


@write_transaction
def contract_volume_keep(
    *, gateway_id: UUID, instrument_id: UUID, volume: Decimal | None, now: datetime
) -> None:
    """Keep how many shares of the instrument trade on a day, by the broker's bars.

    None says that the broker did not tell: an earlier figure stays, and is noted as looked up.
    """
    figure = {} if volume is None else {"average_volume": quantize(volume)}
    rows = Contract.objects.filter(gateway_id=gateway_id, instrument_id=instrument_id)
    rows.update(volume_at=now, **figure)
