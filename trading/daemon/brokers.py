"""Which broker stands behind a gateway."""

from trading.brokers.base import Broker
from trading.brokers.ibkr.client import IbkrBroker
from trading.brokers.ibkr.wire import IbkrAddress
from trading.daemon.pace import Pace
from trading.models import Gateway


def broker_make(gateway: Gateway, pace: Pace) -> Broker:
    """A new connection to the gateway's broker, not opened yet."""
    return IbkrBroker(
        IbkrAddress(
            host=gateway.host,
            port=gateway.port,
            client_id=gateway.client_id,
            order_id_floor=gateway.order_id_floor,
            connect_seconds=pace.connect,
            answer_seconds=pace.answer,
        )
    )
