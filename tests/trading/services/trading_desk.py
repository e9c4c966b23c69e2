"""An account that is ready to trade, for tests of acceptance: gateway, contract, quote and tax look."""

import json
from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from common.build import build_digest
from common.valkey import valkey
from portfolios.models import Holding, Instrument
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import InstrumentFactory
from tests.factories.trading import BrokerAccountFactory, GatewayFactory
from trading.engine.records import OrderKind, OrderTicket, Side
from trading.engine.tax_looks import TaxLook
from trading.engine.trade_requests import OrderWanted, TradeRequest
from trading.models import BrokerAccount, Contract, Gateway
from trading.selectors.live import QUOTES_HASH
from trading.services.questions import GatewaySilent

NO_TAXES = "tests.trading.services.trading_desk.no_taxes"


def no_taxes(**_order: object) -> TaxLook:
    """A tax book that has nothing to say."""
    return TaxLook(currency="USD")


def silent(*_question: object, **_patience: object) -> dict[str, Any]:
    """No daemon is there to be asked: what is known already is all there is."""
    raise GatewaySilent


class TradingDesk:
    """A person who may trade in one account, with 10,000 of buying power and ACME quoted 99 to 101."""

    def __init__(self, *, buying_power: str = "10000", symbol: str = "ACME") -> None:
        now = timezone.now()
        gateway: Gateway = GatewayFactory.create(
            state="ready", held_until=now + timedelta(hours=1), reconciled_at=now, build=build_digest()
        )
        self.account: BrokerAccount = BrokerAccountFactory.create(
            gateway=gateway, buying_power=Decimal(buying_power), net_liquidation=Decimal(buying_power),
            values_at=now,
        )  # fmt: skip
        member = MemberFactory.create(household=self.account.portfolio.household, sees_all=True)
        self.user: User = member.user
        self.instrument: Instrument = InstrumentFactory.create(symbol=symbol, currency="USD")
        Contract.objects.create(
            gateway=gateway, instrument=self.instrument, con_id=4815, symbol=symbol, currency="USD",
            average_volume=Decimal(1_000_000),
        )  # fmt: skip
        self.quote()

    def quote(
        self, *, bid: str = "99", ask: str = "101", age: float = 0, source: str = "ibkr", gateway: str = ""
    ) -> None:
        """Tell a quote that is so many seconds old."""
        as_of = timezone.now() - timedelta(seconds=age)
        entry: dict[str, Any] = {
            "symbol": self.instrument.symbol, "price": "100", "bid": bid, "ask": ask, "change": "1",
            "as_of": as_of.isoformat(), "source": source, "delayed": source != "ibkr", "gateway": gateway,
        }  # fmt: skip
        valkey().hset(QUOTES_HASH, self.instrument.symbol, json.dumps(entry))

    def hold(self, quantity: str) -> None:
        """So many shares of ACME in the book."""
        Holding.objects.create(
            portfolio=self.account.portfolio, instrument=self.instrument, quantity=Decimal(quantity),
            currency="USD",
        )  # fmt: skip

    def wanted(self, quantity: str = "10", side: Side = Side.BUY, **ticket: Any) -> OrderWanted:
        """One order of this account."""
        return OrderWanted(
            portfolio_id=self.account.portfolio_id,
            instrument_id=self.instrument.pk,
            ticket=OrderTicket(side=side, quantity=Decimal(quantity), **ticket),
        )

    def buy(
        self, quantity: str = "10", *, limit: str | None = None, confirmed: Collection[str] = ()
    ) -> TradeRequest:
        """A request for one purchase."""
        ticket: dict[str, Any] = (
            {} if limit is None else {"kind": OrderKind.LIMIT, "limit_price": Decimal(limit)}
        )
        return TradeRequest(orders=(self.wanted(quantity, **ticket),), confirmed=frozenset(confirmed))
