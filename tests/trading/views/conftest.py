"""A desk that trades with a plain tax book and no daemon, and the people in front of it."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories.accounts import GrantFactory, MemberFactory
from tests.trading.services.trading_desk import TradingDesk
from tests.trading.tax_looks import PATH
from trading.services import broker_search, previews


@pytest.fixture
def desk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> TradingDesk:
    settings.ORDER_TAX_LOOK = PATH
    for module in (previews, broker_search):
        monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)  # no daemon answers here
    return TradingDesk()


@pytest.fixture
def person(client: Client, desk: TradingDesk) -> Client:
    client.force_login(desk.user)
    return client


@pytest.fixture
def reader(desk: TradingDesk) -> Client:
    """Somebody with leave to look."""
    user = MemberFactory.create().user
    GrantFactory.create(household=desk.account.portfolio.household, grantee=user, scope="read")
    client = Client()
    client.force_login(user)
    return client
