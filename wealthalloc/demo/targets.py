"""What the demo household wants its wealth to consist of. The weights are made."""

from decimal import Decimal
from uuid import UUID

from portfolios.engine.targets import TargetKind, TargetRecord
from portfolios.services.targets import targets_set

# Kind, name, weight and band; a tenth is left for cash.
TARGETS = (
    (TargetKind.ASSET_CLASS, "stock", "0.35", "0.05"),
    (TargetKind.INSTRUMENT, "VOO", "0.20", "0.05"),
    (TargetKind.INSTRUMENT, "IVV", "0.10", "0.03"),
    (TargetKind.INSTRUMENT, "BND", "0.15", "0.03"),
    (TargetKind.INSTRUMENT, "QUAL", "0.10", "0.03"),
)


def targets_tell(*, actor_id: UUID, household_id: UUID) -> None:
    """Set the targets; telling them again changes nothing."""
    wanted = [
        TargetRecord(kind=kind, key=key, weight=Decimal(weight), band=Decimal(band))
        for kind, key, weight, band in TARGETS
    ]
    targets_set(household_id=household_id, targets=wanted, actor_id=actor_id)
