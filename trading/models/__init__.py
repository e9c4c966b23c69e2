"""Tables of trading, by noun."""

from trading.models.controls import KillSwitch, Restriction, RiskLimit
from trading.models.gateways import BrokerAccount, Contract, Gateway
from trading.models.orders import Execution, Order, OrderEvent
from trading.models.syncs import Difference, SyncRun

__all__ = [
    "BrokerAccount",
    "Contract",
    "Difference",
    "Execution",
    "Gateway",
    "KillSwitch",
    "Order",
    "OrderEvent",
    "Restriction",
    "RiskLimit",
    "SyncRun",
]
