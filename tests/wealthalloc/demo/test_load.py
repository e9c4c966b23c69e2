"""The demo household: the same story every time, with what the pages have to show."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Household, User
from portfolios.models import Disposal, Finding, Holding, Lot, Portfolio, Price, Transaction, Valuation
from wealthalloc.demo.household import EMAIL, PASSWORD
from wealthalloc.demo.load import demo_load, demo_sessions
from wealthalloc.demo.market import demo_market
from wealthalloc.demo.story import tell_story

TODAY = date(2026, 3, 17)


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo, loaded once for this module and rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo_load(today=TODAY)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def loaded(told: None, db: None) -> None:
    """The demo as it was loaded, whatever the test does to it."""


def test_the_same_day_tells_the_same_story() -> None:
    market = demo_market(demo_sessions(TODAY - timedelta(days=1)))

    assert tell_story(market) == tell_story(market)


@pytest.mark.usefixtures("loaded")
def test_two_spouses_hold_four_accounts_and_sign_in_with_the_printed_password() -> None:
    household = Household.objects.get()
    kinds = sorted(Portfolio.objects.values_list("kind", flat=True))

    assert [member.name for member in household.members.order_by("name")] == ["Elena Okafor", "Marcus Okafor"]
    assert kinds == ["roth", "spouse_taxable", "taxable", "taxable"]
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)


@pytest.mark.usefixtures("loaded")
def test_three_years_hold_about_four_hundred_rows_on_twenty_stocks_and_eight_funds() -> None:
    kinds = Counter(Transaction.objects.values_list("kind", flat=True))
    traded = Counter(
        Transaction.objects.filter(instrument__isnull=False)
        .values_list("instrument__symbol", "instrument__asset_class")
        .distinct()
    )
    classes = Counter(asset_class for _, asset_class in traded)
    first = Transaction.objects.earliest("trade_date").trade_date

    assert 380 <= sum(kinds.values()) <= 480
    assert classes == {"stock": 20, "fund": 8}
    assert (kinds["split"], kinds["transfer_in"], kinds["transfer_out"]) == (1, 1, 1)
    assert timedelta(days=3 * 365 - 10) <= TODAY - first <= timedelta(days=3 * 365 + 10)


@pytest.mark.usefixtures("loaded")
def test_there_are_gains_losses_and_dividends_and_no_questions() -> None:
    gains = [gain for gain in Disposal.objects.values_list("gain_base", flat=True) if gain is not None]

    assert min(gains) < 0 < max(gains)
    assert Transaction.objects.filter(kind="dividend").exists()
    assert Finding.objects.count() == 0


@pytest.mark.usefixtures("loaded")
def test_prices_end_on_the_last_session_before_today_and_every_day_has_a_value() -> None:
    assert Price.objects.latest("day").day == date(2026, 3, 16)
    assert Valuation.objects.filter(value__isnull=True).count() == 0
    assert Valuation.objects.latest("day").day == date(2026, 3, 16)


@pytest.mark.usefixtures("loaded")
def test_the_transfer_keeps_the_dates_of_its_lots() -> None:
    account = Portfolio.objects.get(name="Elena, Taxable")
    transfer = Transaction.objects.get(kind="transfer_in")
    lots = Lot.objects.filter(portfolio=account, instrument__symbol="JNJ")

    assert sum(lot.quantity for lot in lots) == transfer.quantity == 60
    assert all(lot.acquired and lot.acquired < transfer.trade_date for lot in lots)


@pytest.mark.usefixtures("loaded")
def test_the_trap_is_a_loss_that_the_spouse_bought_back_within_thirty_days() -> None:
    sale = Disposal.objects.filter(instrument__symbol="VLUE").get()
    rebuy = Transaction.objects.get(instrument__symbol="VLUE", portfolio__kind="spouse_taxable")

    assert sale.gain_base is not None
    assert sale.gain_base < Decimal(-1000)
    assert timedelta(0) < rebuy.trade_date - sale.disposed <= timedelta(days=30)
    assert rebuy.quantity == 25


@pytest.mark.usefixtures("loaded")
def test_loading_again_on_the_same_day_changes_nothing() -> None:
    before = list(Transaction.objects.order_by("id").values_list("id", flat=True))

    summary = demo_load(today=TODAY)

    assert summary.was_loaded
    assert list(Transaction.objects.order_by("id").values_list("id", flat=True)) == before


@pytest.mark.usefixtures("loaded")
def test_the_next_day_moves_the_whole_story_on() -> None:
    summary = demo_load(today=TODAY + timedelta(days=1))

    assert not summary.was_loaded
    assert Price.objects.latest("day").day == TODAY
    assert (Household.objects.count(), Holding.objects.exists()) == (1, True)


@pytest.mark.usefixtures("loaded")
def test_a_demo_that_somebody_added_to_is_left_alone() -> None:
    row = Transaction.objects.first()
    assert row is not None
    Transaction.objects.bulk_create(
        [Transaction(portfolio=row.portfolio, kind="deposit", trade_date=TODAY, currency="USD", source="csv",
                     natural_key="mine", source_hash="", amount=1)]
    )  # fmt: skip

    assert demo_load(today=TODAY + timedelta(days=1)).was_loaded
    assert not demo_load(today=TODAY + timedelta(days=1), fresh=True).was_loaded
    assert not Transaction.objects.filter(source="csv").exists()
