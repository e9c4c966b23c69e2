"""Tables of harvesting, by noun."""

from taxharvest.models.alerts import HarvestAlert
from taxharvest.models.backtests import HarvestBacktest
from taxharvest.models.harvests import TaxHarvest
from taxharvest.models.plans import HarvestLeg, HarvestPlan, HarvestPlanEvent
from taxharvest.models.policies import HarvestPolicy, WashGuard
from taxharvest.models.rebalances import Rebalance
from taxharvest.models.replacements import ReplacementOverride, ReplacementPair
from taxharvest.models.scans import HarvestScan, ScannedAccount

__all__ = [
    "HarvestAlert",
    "HarvestBacktest",
    "HarvestLeg",
    "HarvestPlan",
    "HarvestPlanEvent",
    "HarvestPolicy",
    "HarvestScan",
    "Rebalance",
    "ReplacementOverride",
    "ReplacementPair",
    "ScannedAccount",
    "TaxHarvest",
    "WashGuard",
]
