"""Which closes of what is held are missing, and what the broker is asked for."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import PriceFactory, parsed, stock
from tests.factories.trading import BrokerAccountFactory
from trading.engine.records import ContractFacts
from trading.models import BrokerAccount, Contract
from trading.selectors.price_gaps import price_gaps

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 20)
D = Decimal


@pytest.fixture
def account() -> BrokerAccount:
    """Holds ACME, split on the tenth, and an option."""
    made: BrokerAccount = BrokerAccountFactory.create()
    acme = stock(conid="1001")
    option = stock("ACME  270115C00100000", asset_class="option")
    rows = [
        parsed(TransactionKind.BUY, date(2026, 1, 5), instrument=acme, quantity=D(10), amount=D(-100)),
        parsed(
            TransactionKind.SPLIT, date(2026, 3, 10), instrument=acme, ratio_new=D(2), ratio_old=D(1),
            amount=D(0),
        ),
        parsed(TransactionKind.BUY, date(2026, 1, 5), instrument=option, quantity=D(1), amount=D(-100)),
    ]  # fmt: skip
    transactions_record(portfolio=made.portfolio, parsed=rows, source="test")
    book_derive(household_id=made.portfolio.household_id)
    return made


def test_stocks_that_are_held_are_asked_for_since_their_last_split(account: BrokerAccount) -> None:
    acme = Instrument.objects.get(symbol="ACME")
    PriceFactory.create(instrument=acme, day=date(2026, 3, 12))
    PriceFactory.create(instrument=acme, day=date(2026, 2, 27))
    (gap,) = price_gaps([account], first=FIRST, last=LAST)
    assert (gap.instrument_id, gap.known_days, gap.first_day) == (
        acme.pk,
        frozenset({date(2026, 3, 12)}),
        date(2026, 3, 10),
    )
    assert gap.contract == ContractFacts(con_id=1001, symbol="ACME")


def test_what_the_gateway_called_an_instrument_comes_before_what_files_said(account: BrokerAccount) -> None:
    acme = Instrument.objects.get(symbol="ACME")
    Contract.objects.create(
        gateway=account.gateway, instrument=acme, con_id=7, symbol="ACM", primary_exchange="NYSE",
        currency="USD",
    )  # fmt: skip
    (gap,) = price_gaps([account], first=FIRST, last=LAST)
    assert gap.contract == ContractFacts(con_id=7, symbol="ACM", primary_exchange="NYSE")
