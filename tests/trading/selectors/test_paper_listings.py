"""What the paper exchange lists out of the book."""

from datetime import date
from decimal import Decimal

import pytest

from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, PriceFactory
from trading.selectors.paper_listings import ListedInstrument, paper_listings

pytestmark = pytest.mark.django_db

SINCE = date(2026, 3, 1)


def test_stocks_and_funds_with_closes_are_listed_by_symbol() -> None:
    fund = InstrumentFactory(
        symbol="FUND", asset_class="fund", name="A fund", exchange="ARCA", sector="Mixed", conid="77"
    )
    stock = InstrumentFactory(symbol="ACME")
    for day, close in ((date(2026, 3, 3), "11"), (date(2026, 3, 2), "10.5"), (date(2026, 2, 27), "9")):
        PriceFactory(instrument=stock, day=day, close=Decimal(close))
    PriceFactory(instrument=fund)

    assert paper_listings(since=SINCE) == [
        ListedInstrument(
            instrument_id=stock.pk,
            conid="",
            symbol="ACME",
            name="ACME",
            is_fund=False,
            exchange="",
            sector="",
            closes={date(2026, 3, 2): Decimal("10.5"), date(2026, 3, 3): Decimal(11)},
        ),
        ListedInstrument(
            instrument_id=fund.pk,
            conid="77",
            symbol="FUND",
            name="A fund",
            is_fund=True,
            exchange="ARCA",
            sector="Mixed",
            closes={date(2026, 3, 2): Decimal(10)},
        ),
    ]


def test_what_cannot_be_traded_in_dollars_is_not_listed() -> None:
    InstrumentFactory(symbol="NOPRICE")
    PriceFactory(instrument=InstrumentFactory(symbol="OLD"), day=date(2026, 2, 27))
    PriceFactory(instrument=InstrumentFactory(symbol="EURO", currency="EUR"), currency="EUR")
    PriceFactory(instrument=InstrumentFactory(symbol="ABROAD"), currency="EUR")
    PriceFactory(instrument=InstrumentFactory(symbol="OPT", asset_class="option", multiplier=100))
    PriceFactory(instrument=InstrumentFactory(symbol="IDX", asset_class="index"))

    assert paper_listings(since=SINCE) == []


def test_of_one_symbol_the_shared_instrument_is_listed_and_of_those_the_one_with_a_number() -> None:
    household = PortfolioFactory().household
    for owner, conid in ((household, "1"), (None, ""), (None, "3"), (None, "")):
        PriceFactory(instrument=InstrumentFactory(symbol="ACME", household=owner, conid=conid))

    assert [(each.symbol, each.conid) for each in paper_listings(since=SINCE)] == [("ACME", "3")]


def test_two_queries_find_everything(django_assert_num_queries: object) -> None:
    for _ in range(5):
        PriceFactory()

    with django_assert_num_queries(2):  # type: ignore[operator]
        assert len(paper_listings(since=SINCE)) == 5
