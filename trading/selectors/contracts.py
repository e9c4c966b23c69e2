"""What a broker calls the symbols that are traded and shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from trading.engine.records import FINAL_STATES, ContractFacts
from trading.models import Contract, Order
from trading.selectors.tickets import contract_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownVolume:
    """A contract whose daily volume is not known, or was looked up long ago."""

    instrument_id: UUID
    contract: ContractFacts


def contract_without_volume(gateway_id: UUID, *, before: datetime) -> UnknownVolume | None:
    """The contract whose volume was never looked up, or the longest ago and before that moment."""
    rows = Contract.objects.filter(gateway_id=gateway_id)
    due = rows.filter(Q(volume_at__isnull=True) | Q(volume_at__lt=before))
    row = due.order_by(F("volume_at").asc(nulls_first=True), "pk").first()
    if row is None:
        return None
    return UnknownVolume(instrument_id=row.instrument_id, contract=contract_facts(row))


def contracts_of_symbols(gateway_id: UUID, symbols: Sequence[str]) -> dict[str, ContractFacts]:
    """What is known of the symbols at this gateway, by our symbol."""
    rows = Contract.objects.filter(gateway_id=gateway_id, instrument__symbol__in=symbols)
    return {row.instrument.symbol: contract_facts(row) for row in rows.select_related("instrument")}


def contract_of(gateway_id: UUID, *, instrument_id: UUID | None, con_id: int | None) -> ContractFacts | None:
    """The contract of an instrument, or with the broker's number; None when it is not known."""
    rows = Contract.objects.filter(gateway_id=gateway_id)
    rows = rows.filter(instrument_id=instrument_id) if instrument_id else rows.filter(con_id=con_id or 0)
    row = rows.first()
    return None if row is None else contract_facts(row)


def symbols_at_work(gateway_id: UUID) -> set[str]:
    """Symbols of orders that are not over."""
    rows = Order.objects.filter(account__gateway_id=gateway_id).exclude(state__in=FINAL_STATES)
    return set(rows.values_list("instrument__symbol", flat=True))
