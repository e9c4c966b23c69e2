"""A file that tells a known event differently, or one that was taken back: never dropped without a word."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from portfolios.models import CashBalance, Finding, Holding, ImportRow, ImportRun, Portfolio, Transaction
from portfolios.services.entries import transaction_take_back
from portfolios.services.import_jobs import import_commit, import_read
from portfolios.services.imports import AccountChoice, import_confirm, import_upload
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory
from tests.factories.statements import ACCOUNT, cash, deposit, flex, january, part, position, trade, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    user: User = MemberFactory().user
    return user


@pytest.fixture
def portfolio(owner: User) -> Portfolio:
    account: Portfolio = PortfolioFactory(holder=owner.memberships.get())
    return account


def bring_in(owner: User, portfolio: Portfolio, data: bytes, *, adopts_openings: bool = False) -> ImportRun:
    """Upload, read, confirm and commit a file of one account."""
    run = import_upload(user=owner, file=upload(data), file_name="statement.xml", portfolio_id=portfolio.pk)
    run = import_read(run_id=run.pk)
    choice = AccountChoice(number=ACCOUNT, portfolio_id=portfolio.pk)
    import_confirm(user=owner, run=run, choices=[choice], adopts_openings=adopts_openings)
    return import_commit(run_id=run.pk)


def left_out(run: ImportRun) -> list[str]:
    """The reasons of rows that were left out."""
    return list(run.rows.filter(status=ImportRow.Status.LEFT_OUT).values_list("reason", flat=True))


def corrected(suffix: str, **changes: str) -> bytes:
    """January's purchase, as an execution with that correction suffix."""
    row = trade(1, "BUY", 10, "10", "2025-01-06", ibExecID=f"0000e1a2.00000001.01.{suffix}", **changes)
    return flex(part(first="2025-01-06", last="2025-01-06", Trades=[row]))


def test_a_correction_that_comes_in_a_later_file_is_left_out_with_what_differs(
    owner: User, portfolio: Portfolio
) -> None:
    bring_in(owner, portfolio, corrected("01"))

    run = bring_in(owner, portfolio, corrected("02", proceeds="-110", netCash="-111", tradePrice="11"))

    (reason,) = left_out(run)
    assert reason.startswith("The file says amount -111, the book has -101. Take the row of the book back")
    assert (run.rows_new, run.rows_known, Transaction.objects.count()) == (0, 0, 1)


def test_the_same_execution_under_a_new_suffix_is_known_when_nothing_differs(
    owner: User, portfolio: Portfolio
) -> None:
    bring_in(owner, portfolio, corrected("01"))

    run = bring_in(owner, portfolio, corrected("02"))

    assert (left_out(run), run.rows_known) == ([], 1)


def test_a_row_that_was_taken_back_by_hand_stays_out_and_the_import_says_so(
    owner: User, portfolio: Portfolio
) -> None:
    bring_in(owner, portfolio, january())
    sale = Transaction.objects.get(kind="sell")
    transaction_take_back(transaction=sale, reason="entered twice", actor_id=owner.pk)

    run = bring_in(owner, portfolio, january())

    assert left_out(run) == [
        "Taken back in the book by hand, so it stays out. Enter it by hand to have it back."
    ]
    assert Holding.objects.get().quantity == 10
    assert run.rows_known == 2


def test_a_file_of_nothing_but_money_changes_the_cash(owner: User, portfolio: Portfolio) -> None:
    rows = [deposit(1, "500", "2025-01-03")]

    bring_in(owner, portfolio, flex(part(first="2025-01-02", last="2025-01-31", CashTransactions=rows)))

    assert CashBalance.objects.get(portfolio=portfolio, currency="USD").amount == 500


def test_an_opening_that_was_taken_back_by_hand_stays_out_and_the_review_says_so(
    owner: User, portfolio: Portfolio, client: Client
) -> None:
    data = flex(
        part(
            first="2025-01-02",
            last="2025-01-31",
            OpenPositions=[position("20", "160", "2025-01-31")],
            CashReport=[cash("150", "150", "2025-01-31")],
        )
    )
    bring_in(owner, portfolio, data, adopts_openings=True)
    for opening in Transaction.objects.filter(kind="opening"):
        transaction_take_back(transaction=opening, reason="not mine", actor_id=owner.pk)

    run = import_upload(user=owner, file=upload(data), file_name="again.xml", portfolio_id=portfolio.pk)
    run = import_read(run_id=run.pk)
    client.force_login(owner)
    page = client.get(reverse("portfolios:import_review", args=[run.pk])).content.decode()

    (account,) = run.accounts
    assert (account["opening_count"], account["opening_cash"], account["withheld"]) == (
        0,
        [],
        ["ACME", "USD cash"],
    )
    assert "so it stays out: ACME, USD cash. Enter it by hand to have it back." in page
    assert "What was there before" not in page
    choice = AccountChoice(number=ACCOUNT, portfolio_id=portfolio.pk)
    import_confirm(user=owner, run=run, choices=[choice], adopts_openings=True)
    import_commit(run_id=run.pk)
    assert not Transaction.objects.effective().exists()
    kinds = Finding.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["cash_differs", "position_differs"]
