"""Gateways, accounts at a broker and orders for tests."""

from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tests.factories.accounts import UserFactory
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory
from trading.engine.records import OrderKind, Side, TimeInForce
from trading.models import BrokerAccount, Gateway, Order


class GatewayFactory(DjangoModelFactory):
    """A paper gateway."""

    class Meta:
        model = Gateway

    name = factory.Sequence(lambda n: f"paper-{n}")
    port = factory.Sequence(lambda n: 4002 + n)


class BrokerAccountFactory(DjangoModelFactory):
    """An account behind a gateway, with a portfolio of its own."""

    class Meta:
        model = BrokerAccount

    gateway = factory.SubFactory(GatewayFactory)
    portfolio = factory.SubFactory(PortfolioFactory)
    code = factory.Sequence(lambda n: f"DU{n:07d}")


class OrderFactory(DjangoModelFactory):
    """A market order to buy ten shares, at 12.50 a share held back."""

    class Meta:
        model = Order

    account = factory.SubFactory(BrokerAccountFactory)
    portfolio = factory.SelfAttribute("account.portfolio")
    instrument = factory.SubFactory(InstrumentFactory)
    placed_by = factory.SubFactory(UserFactory)
    side = Side.BUY
    quantity = Decimal(10)
    kind = OrderKind.MARKET
    time_in_force = TimeInForce.DAY
    currency = "USD"
    reserved_per_share = Decimal("12.50")
    reserved = Decimal(125)
    state_since = factory.LazyFunction(timezone.now)
