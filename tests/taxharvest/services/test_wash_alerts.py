"""The watch after losses: what washed one, or is about to, and what became of it."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from common.errors import NotFound
from common.models import AuditEvent
from portfolios.models import RecurringPurchase
from portfolios.services.book import book_derive
from portfolios.services.ledger import transaction_reverse, transactions_record
from taxharvest.models import HarvestAlert
from taxharvest.selectors.wash_alerts import alert_count, alerts_open
from taxharvest.services.wash_alerts import (
    alert_close,
    alerts_follow,
    alerts_nightly,
    alerts_refresh,
)
from tests.factories.portfolios import PortfolioFactory, buy
from tests.factories.trading import BrokerAccountFactory, OrderFactory
from tests.portfolios.small_book import seen
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> WashBook:
    """The wash book, its IRA not reinvesting: one loss of which 40 was washed and 60 stands."""
    found = wash_book()
    found.ira.reinvestment_paused_on = ago(30)
    found.ira.save()
    return found


def now() -> datetime:
    return timezone.now()


def standing(book: WashBook) -> list[HarvestAlert]:
    """The alerts after a look at the household."""
    alerts_refresh(book.taxable.household_id, now())
    return alerts_open(book.ann, book.taxable.household_id)


def test_a_loss_that_was_washed_is_told_once_with_the_money(book: WashBook) -> None:
    (alert,) = standing(book)
    (again,) = standing(book)

    assert alert.pk == again.pk
    assert (alert.kind, alert.portfolio_id, alert.currency) == ("washed", book.taxable.pk, "USD")
    assert seen(alert.at_stake) == (40,)
    assert alert.words.startswith("4 BETA bought on ")
    assert alert.words.endswith("40.00 USD is deferred into what was bought.")
    assert AuditEvent.objects.filter(action="harvest_alert.raise", object_id=alert.pk).count() == 1


def test_a_purchase_in_the_ira_is_lost_for_good_and_comes_first(book: WashBook) -> None:
    bought = buy(ago(1), 5, "105", symbol="BETA")
    transactions_record(portfolio=book.ira, parsed=[bought], source="test")
    book_derive(household_id=book.ira.household_id)

    first, second = standing(book)

    assert seen(first.at_stake, second.at_stake) == (50, 40)
    assert "in Ben, IRA washed the loss on BETA of " in first.words
    assert first.words.endswith("50.00 USD is lost for good.")


def test_the_fills_of_one_order_are_one_alert_that_grows(book: WashBook) -> None:
    for number in (1, 2):
        fill = buy(ago(1), 1, "21", symbol="BETA", order_ref="one")
        transactions_record(portfolio=book.ira, parsed=[fill], source="test")
        book_derive(household_id=book.ira.household_id)
        grown = next(alert for alert in standing(book) if "Ben" in alert.words)
        assert seen(grown.at_stake) == (10 * number,)

    assert HarvestAlert.objects.count() == 2


def test_an_open_order_that_would_wash_is_told_and_gone_once_it_is_cancelled(book: WashBook) -> None:
    order = OrderFactory.create(
        account=BrokerAccountFactory.create(portfolio=book.ira), instrument=book.beta, kind="limit",
        limit_price=Decimal(20), quantity=Decimal(3), time_in_force="gtc",
    )  # fmt: skip
    warned = next(alert for alert in standing(book) if alert.kind == "would_wash")
    order.state = "cancelled"
    order.save()

    left = standing(book)

    assert seen(warned.at_stake) == (30,)
    assert warned.words.startswith("The open order to buy 3 BETA in Ben, IRA would wash the loss on BETA of ")
    assert [alert.kind for alert in left] == ["washed"]
    warned.refresh_from_db()
    assert (warned.closed_at is not None, warned.closed_by) == (True, None)


def test_a_planned_purchase_that_would_wash_is_told(book: WashBook) -> None:
    RecurringPurchase.objects.create(
        portfolio=book.ira, instrument=book.beta, amount=Decimal(42), currency="USD", next_on=ago(-3)
    )

    warned = next(alert for alert in standing(book) if alert.kind == "would_wash")

    assert seen(warned.at_stake) == (20,)
    assert warned.words.startswith("The monthly purchase of BETA in Ben, IRA, due ")


def test_what_a_person_closed_comes_back_only_with_more_at_stake(book: WashBook) -> None:
    (alert,) = standing(book)
    alert_close(book.ann, alert.pk, now=now())
    assert standing(book) == []

    HarvestAlert.objects.filter(pk=alert.pk).update(at_stake=Decimal(39))

    assert [seen(again.at_stake) for again in standing(book)] == [(40,)]


def test_closing_is_noted_and_for_those_who_see_the_household_whole(book: WashBook) -> None:
    (alert,) = standing(book)
    with pytest.raises(NotFound):
        alert_close(book.ben, alert.pk, now=now())

    alert_close(book.ann, alert.pk, now=now())
    alert_close(book.ann, alert.pk, now=now())

    assert alert_count(book.ann) == 0
    closed = AuditEvent.objects.get(action="harvest_alert.close")
    assert (closed.actor_id, closed.object_id) == (book.ann.pk, alert.pk)


def test_a_wash_that_was_taken_back_is_an_alert_no_more(book: WashBook) -> None:
    (alert,) = standing(book)
    replacement = book.taxable.transactions.get(trade_date=ago(5))
    transaction_reverse(transaction=replacement, reason="Entered twice.", actor_id=None)
    book_derive(household_id=book.taxable.household_id)

    assert standing(book) == []
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_old_washes_are_no_news() -> None:
    portfolio = PortfolioFactory(name="Old")
    rows = [buy(ago(300), 2, "40"), buy(ago(150), 1, "5")]
    transactions_record(portfolio=portfolio, parsed=rows, source="test")
    book_derive(household_id=portfolio.household_id)

    assert alerts_refresh(portfolio.household_id, now()) == 0


def test_the_outbox_leads_the_watch_to_households_that_changed(book: WashBook) -> None:
    cache.clear()

    assert alerts_follow(now()) == 1
    assert alert_count(book.ann) == 1


def test_the_night_looks_at_every_household_with_a_loss_in_the_window(book: WashBook) -> None:
    PortfolioFactory()

    assert alerts_nightly(now()) == 1
    assert alert_count(book.ann) == 1
