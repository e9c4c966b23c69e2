"""The dashboard's figures, against a book reckoned by hand, and when they are computed anew."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import User
from portfolios.engine.records import FindingKind, TransactionKind
from portfolios.models import Disposal, Finding, FindingDismissal, ImportRun, Price
from portfolios.selectors.cash_income import realised_between
from portfolios.selectors.dashboard import Dashboard, InboxKind, dashboard_of
from portfolios.selectors.scopes import scope_of
from portfolios.services.ledger import transactions_record
from portfolios.services.prices import NewPrice, prices_record
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory, buy, parsed
from tests.portfolios.small_book import DAYS, LAST, SmallBook, derive, seen, small_book

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 9)


def board_of(user: User, interval: str = "all", today: date = TODAY) -> Dashboard:
    scope = scope_of(user)
    assert scope is not None
    board = dashboard_of(user, scope, interval=interval, today=today)
    assert board is not None
    return board


def test_value_gain_and_returns_since_the_first_entry() -> None:
    board = board_of(small_book().user)
    assert seen(board.as_of, board.value.value, board.cash.value) == (LAST, 10_122, 9_202)
    assert seen(board.change.value, board.flows.value, board.gain.value) == (10_122, 10_000, 122)
    assert board.twr.value == Decimal("0.0122")


def test_one_day_compares_the_last_close_with_the_one_before() -> None:
    board = board_of(small_book().user, "1d")
    assert seen(board.change.value, board.flows.value, board.gain.value) == (10, 0, 10)


def test_realised_gains_dividends_and_allocation() -> None:
    board = board_of(small_book().user)
    assert seen(board.realised.short, board.realised.short_count, board.realised.long) == (40, 1, 0)
    assert seen(board.income.dividends, board.income.payments, board.income.fees) == (12, 1, 0)
    slices = [(part.label, part.value, part.weight) for part in board.allocation.slices]
    assert slices == [seen("Cash", 9_202, Decimal("0.9091")), ("Stocks", 920, Decimal("0.0909"))]


def test_a_missing_price_leaves_the_value_out_and_names_what_lacks() -> None:
    book = small_book()
    Price.objects.filter(instrument=book.beta).delete()
    derive(book.portfolio)
    board = board_of(book.user)
    assert board.value.value is None
    assert "BETA" in board.value.reason
    assert board.twr.value is None
    assert board.twr.reason


def test_the_kept_dashboard_gives_way_to_a_new_one_after_a_write() -> None:
    book = small_book()
    assert board_of(book.user).value.value == 10_122
    deposit = parsed(TransactionKind.DEPOSIT, LAST, amount=Decimal(78))
    transactions_record(portfolio=book.portfolio, parsed=[deposit], source="test")
    derive(book.portfolio)
    assert board_of(book.user).value.value == 10_200


def test_a_new_close_shows_once_values_are_refreshed() -> None:
    book = small_book()
    board_of(book.user)
    price = NewPrice(instrument_id=book.beta.pk, day=LAST, close=Decimal(60), currency="USD")
    prices_record(prices=[price], source="test")
    derive(book.portfolio)
    assert board_of(book.user).value.value == 10_222


def test_the_kept_dashboard_of_one_viewer_is_not_shown_to_one_who_sees_less() -> None:
    book = small_book()
    other = PortfolioFactory(
        holder=MemberFactory(household=book.portfolio.household, sees_all=False),
        household=book.portfolio.household,
        name="Bob, Taxable",
    )
    rows = [parsed(TransactionKind.DEPOSIT, LAST, amount=Decimal(500))]
    transactions_record(portfolio=other, parsed=rows, source="test")
    derive(other)
    assert other.holder.user is not None
    assert board_of(book.user).value.value == 10_622
    assert board_of(other.holder.user).value.value == 500


def test_a_finding_waits_until_somebody_dismisses_it() -> None:
    book = small_book()
    finding = Finding.objects.create(
        portfolio=book.portfolio, kind=FindingKind.CASH_DIFFERS, detail="Cash differs by 4.00", day=LAST
    )
    board = board_of(book.user)
    assert [(row.kind, row.key, row.reason) for row in board.inbox] == [
        (InboxKind.FINDING, finding.pk, "Ann, Taxable: Cash differs by 4.00")
    ]
    assert board.finding_count == 1
    FindingDismissal.objects.create(
        portfolio=book.portfolio, finding_id=finding.pk, reason="known", dismissed_by=book.user
    )
    assert board_of(book.user).inbox == ()


def test_an_import_that_waits_for_review_comes_first() -> None:
    book = small_book()
    Finding.objects.create(portfolio=book.portfolio, kind=FindingKind.CASH_DIFFERS, detail="x", day=LAST)
    ImportRun.objects.create(
        household=book.portfolio.household,
        created_by=book.user,
        state=ImportRun.State.REVIEW,
        file_name="march.xml",
        file_size=1,
        file_digest="0" * 64,
    )
    assert [row.title for row in board_of(book.user).inbox] == [
        "march.xml waits for your review",
        "Cash differs from the statement",
    ]


@pytest.mark.parametrize(
    ("today", "titles"),
    [
        (date(2026, 1, 20), []),  # 14 days before 3 Feb 2027 less a year: still more than a month away
        (date(2027, 1, 4), ["6 ACME turn long-term in 30 days"]),
        (date(2027, 2, 2), ["6 ACME turn long-term in 1 day", "5 BETA turn long-term in 2 days"]),
        (date(2027, 2, 4), []),
    ],
)
def test_a_lot_is_announced_in_the_last_month_before_it_turns_long(today: date, titles: list[str]) -> None:
    rows = board_of(small_book().user, today=today).inbox
    assert [row.title for row in rows if row.kind is InboxKind.LONG_TERM] == titles


def test_a_lot_of_an_ira_is_not_announced() -> None:
    book = small_book()
    ira = PortfolioFactory(holder=book.portfolio.holder, name="Ann, IRA", kind="ira")
    transactions_record(portfolio=ira, parsed=[buy(date(2026, 1, 20), 3, "300")], source="test")
    derive(ira)
    rows: list[str] = [row.title for row in board_of(book.user, today=date(2027, 1, 19)).inbox]
    assert "3 ACME turn long-term in 2 days" not in rows


def test_a_household_without_a_valuation_has_no_dashboard() -> None:
    portfolio = PortfolioFactory()
    user = portfolio.holder.user
    assert user is not None
    scope = scope_of(user)
    assert scope is not None
    assert dashboard_of(user, scope, interval=None, today=TODAY) is None


def test_the_small_book_is_what_its_table_says() -> None:
    book: SmallBook = small_book()
    assert book.portfolio.valuations.order_by("day").values_list("value", flat=True)[:5].count() == 5
    values = list(book.portfolio.valuations.order_by("day").values_list("value", flat=True))
    assert values == [10_000, 10_000, 10_100, 10_112, 10_122]


def test_what_was_realised_leaves_washed_losses_out() -> None:
    book = small_book()
    Disposal.objects.filter(portfolio=book.portfolio).update(
        gain_base=Decimal(-40), disallowed_base=Decimal(30), recognised_base=Decimal(-10)
    )
    scope = scope_of(book.user)
    assert scope is not None

    found = realised_between(scope, DAYS[0], LAST)

    assert seen(found.short, found.short_count, found.long, found.unknown) == (-10, 1, 0, 0)
