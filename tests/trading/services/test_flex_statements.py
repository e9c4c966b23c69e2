"""A fetched statement is imported like an uploaded one, and however often it comes, each row counts once."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from accounts.models import User
from portfolios.models import Finding, Holding, ImportRun, Transaction
from tests.factories.accounts import MemberFactory, UserFactory
from tests.factories.statements import cash, deposit, flex, part, position, trade
from tests.loopback import Loopback, loopback
from tests.trading.brokers.flex_server import QUERY, TOKEN, by_period, in_turn, refused
from trading.brokers.ibkr.flex_service import FlexService
from trading.services.flex_statements import FlexRefused, flex_import

pytestmark = pytest.mark.django_db
FIRST = part(
    first="20230101",
    last="20231231",
    CashTransactions=[deposit(1, "1000", "20230103")],
    Trades=[trade(1, "BUY", 10, "10", "20230105")],
    OpenPositions=[position("10", "101", "20231231")],
    CashReport=[cash("0", "899", "20231231")],
)
SECOND = part(
    first="20240101",
    last="20240331",
    Trades=[trade(2, "BUY", 5, "12", "20240110")],
    OpenPositions=[position("15", "162", "20240331")],
    CashReport=[cash("899", "838", "20240331")],
)
DAYS = (date(2023, 1, 1), date(2024, 3, 31))


@pytest.fixture
def owner() -> User:
    user: User = MemberFactory(user=UserFactory(email="owner@example.test")).user
    return user


@pytest.fixture
def server() -> Iterator[Loopback]:
    both = flex(FIRST, SECOND)
    with loopback(by_period({"20230101": flex(FIRST), "20240101": flex(SECOND), "whole": both})) as running:
        yield running


def service(server: Loopback) -> FlexService:
    return FlexService(server.address, sleep=lambda _: None)


def fetched(owner: User, server: Loopback, days: tuple[date, date] | None = None) -> ImportRun:
    first, last = days or (None, None)
    return flex_import(
        user=owner, portfolio_name="Brokerage", token=TOKEN, query=QUERY, first=first, last=last,
        service=service(server),
    ).run  # fmt: skip


def test_a_range_of_years_becomes_one_import_that_agrees_with_the_statements(
    owner: User, server: Loopback
) -> None:
    run = fetched(owner, server, DAYS)

    assert (run.state, run.rows_new, run.rows_known, run.rows_wrong) == (ImportRun.State.DONE, 3, 0, 0)
    assert run.file_name == "flex-987654-20230101-20240331.xml"
    holding = Holding.objects.get()
    assert (holding.quantity, holding.portfolio.name) == (Decimal(15), "Brokerage")
    assert not Finding.objects.filter(portfolio=holding.portfolio).exists()


def test_overlapping_statements_add_nothing_twice(owner: User, server: Loopback) -> None:
    fetched(owner, server, DAYS)
    before = list(Transaction.objects.order_by("pk").values_list("pk", "natural_key"))

    run = fetched(owner, server)

    assert (run.rows_new, run.rows_known) == (0, 3)
    assert list(Transaction.objects.order_by("pk").values_list("pk", "natural_key")) == before
    executions = sorted(key for _, key in before if ":exec:" in key)
    assert executions == [
        "ibkr:U7654321:exec:0000e1a2.00000001.01",
        "ibkr:U7654321:exec:0000e1a2.00000002.01",
    ]


def test_a_refusal_is_told_in_words_and_leaves_the_book_alone(owner: User) -> None:
    with loopback(in_turn(refused(1012))) as server, pytest.raises(FlexRefused) as failed:
        fetched(owner, server)

    assert failed.value.detail.startswith("The token has expired.")
    assert (failed.value.code, failed.value.needs_person, failed.value.retry_seconds) == (
        "flex-1012",
        True,
        0,
    )
    assert not ImportRun.objects.exists()


def test_a_service_that_is_busy_may_be_asked_again(owner: User) -> None:
    with loopback(in_turn(refused(1018))) as server, pytest.raises(FlexRefused) as failed:
        fetched(owner, server)
    assert (failed.value.code, failed.value.needs_person, failed.value.retry_seconds) == (
        "flex-1018",
        False,
        600,
    )
