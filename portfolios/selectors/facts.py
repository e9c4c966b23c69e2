"""Rows of the book as records, read in sets: what the rules are given."""

from collections.abc import Collection, Iterator
from uuid import UUID

from django.db.models import Q

from portfolios.engine.records import (
    PortfolioRecord,
    PositionEffect,
    ReliefMethod,
    TransactionKind,
    TransactionRecord,
)
from portfolios.models import Portfolio, Transaction

COLUMNS = (
    "id", "portfolio_id", "kind", "trade_date", "sequence", "instrument_id", "quantity", "price", "amount",
    "fees", "currency", "fx_rate", "position_effect", "ratio_new", "ratio_old", "counterpart_id",
    "counter_quantity", "counter_amount", "counter_currency", "basis_fraction", "cost", "acquired",
    "transfer_id", "reverses_id",
)  # fmt: skip


def portfolio_records(household_id: UUID) -> dict[UUID, PortfolioRecord]:
    """Every account of a household, as the rules need it."""
    rows = Portfolio.objects.filter(household_id=household_id).values_list("id", "base_currency", "relief")
    return {
        pk: PortfolioRecord(id=pk, base_currency=currency, relief=ReliefMethod(relief))
        for pk, currency, relief in rows
    }


def transaction_records(
    portfolio_ids: Collection[UUID], instrument_ids: Collection[UUID] | None = None
) -> Iterator[TransactionRecord]:
    """Ledger rows of these portfolios, all of them or those that touch some instruments, as records."""
    rows = Transaction.objects.filter(portfolio_id__in=portfolio_ids)
    if instrument_ids is not None:
        rows = rows.filter(Q(instrument_id__in=instrument_ids) | Q(counterpart_id__in=instrument_ids))
    kinds = {kind.value: kind for kind in TransactionKind}
    effects = {effect.value: effect for effect in PositionEffect}
    for values in rows.values_list(*COLUMNS).iterator(chunk_size=5000):
        fields = dict(zip(COLUMNS, values, strict=True))
        fields["kind"] = kinds[fields["kind"]]
        fields["position_effect"] = effects[fields["position_effect"]]
        yield TransactionRecord(**fields)


def instrument_link_pairs(portfolio_ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """Pairs of instruments that a corporate action ties together: their lots must be derived together."""
    rows = Transaction.objects.filter(
        portfolio_id__in=portfolio_ids, instrument__isnull=False, counterpart__isnull=False
    )
    return list(rows.values_list("instrument_id", "counterpart_id").distinct())
