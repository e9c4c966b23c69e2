"""Night by night the statement of each account that has a Flex query comes into its own portfolio."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from accounts.models import ExternalAccount
from portfolios.models import Portfolio, Transaction
from tests.factories.accounts import MemberFactory, UserFactory
from tests.factories.portfolios import PortfolioFactory
from tests.factories.statements import ACCOUNT, deposit, flex, part, trade
from tests.factories.trading import BrokerAccountFactory
from tests.loopback import Loopback, Said, loopback
from tests.trading.brokers.flex_server import QUERY, TOKEN, accepted, in_turn, refused
from trading.brokers.ibkr.flex_service import FlexService
from trading.models import BrokerAccount, SyncRun
from trading.services.nightly_statements import accounts_with_statements, days_wanted, statement_fetch

pytestmark = pytest.mark.django_db
# Three in the morning in New York, on the third of April.
NOW = datetime(2026, 4, 3, 7, 0, tzinfo=UTC)
STATEMENT = part(
    first="20260401",
    last="20260402",
    CashTransactions=[deposit(1, "1000", "20260401")],
    Trades=[trade(1, "BUY", 10, "10", "20260402")],
)


@pytest.fixture
def account() -> BrokerAccount:
    member = MemberFactory(user=UserFactory(email="owner@example.test"))
    portfolio: Portfolio = PortfolioFactory(holder=member, name="Brokerage")
    made: BrokerAccount = BrokerAccountFactory.create(
        portfolio=portfolio, code=ACCOUNT, flex_query=QUERY, flex_token=TOKEN
    )
    return made


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback(in_turn(accepted(), Said(body=flex(STATEMENT)))) as running:
        yield running


def fetched(account: BrokerAccount, server: Loopback) -> tuple[SyncRun, int]:
    """The run of one night."""
    service = FlexService(server.address, sleep=lambda _: None)
    outcome, retry = statement_fetch(account_id=account.pk, now=NOW, service=service)
    return outcome.run, retry


def link() -> ExternalAccount:
    """What is known of the account outside."""
    return ExternalAccount.objects.get(account_number=ACCOUNT)


def test_a_statement_comes_into_the_portfolio_of_its_account(
    account: BrokerAccount, server: Loopback
) -> None:
    run, retry = fetched(account, server)
    assert (run.state, run.cause, retry) == ("done", "flex", 0)
    assert run.words == "2 rows of the statement new, 0 known."
    assert run.counts == {
        "rows_new": 2, "rows_known": 0, "rows_left_out": 0, "rows_wrong": 0, "findings": 0, "failures": [],
    }  # fmt: skip
    assert set(Transaction.objects.values_list("portfolio__name", flat=True)) == {"Brokerage"}
    account.refresh_from_db()
    assert account.flex_until == date(2026, 4, 2)
    assert (link().state, link().last_sync_at, link().last_error) == ("linked", NOW, "")
    asked = server.asked[0].parameters
    assert (asked["t"], asked["q"], asked["fd"], asked["td"]) == (TOKEN, QUERY, "20250403", "20260402")


def test_the_next_night_looks_again_at_the_last_days_only(account: BrokerAccount) -> None:
    account.flex_until = date(2026, 4, 1)
    assert days_wanted(account, NOW) == (date(2026, 3, 22), date(2026, 4, 2))
    account.flex_until = date(2026, 12, 24)
    assert days_wanted(account, NOW) == (date(2026, 4, 2), date(2026, 4, 2))


def test_a_statement_of_another_account_never_lands_in_this_portfolio(account: BrokerAccount) -> None:
    other = part(first="20260401", last="20260402", account="U9999999", CashTransactions=[])
    with loopback(in_turn(accepted(), Said(body=flex(STATEMENT, other)))) as server:
        run, retry = fetched(account, server)
    words = (
        "The Flex query tells of ••4321 and ••9999, not of ••4321 alone. Choose that account in the query."
    )
    assert (run.state, run.words, retry) == ("failed", f"••4321: {words}", 0)
    assert (link().state, link().last_error) == ("failing", words)
    assert not Transaction.objects.exists()
    account.refresh_from_db()
    assert account.flex_until is None


@pytest.mark.parametrize(("code", "retry", "state"), [(1012, 0, "failing"), (1018, 600, "manual")])
def test_a_refusal_says_whether_it_is_tried_again(
    account: BrokerAccount, code: int, retry: int, state: str
) -> None:
    with loopback(in_turn(refused(code))) as server:
        run, seconds = fetched(account, server)
    assert (run.state, seconds, link().state) == ("failed", retry, state)
    assert TOKEN not in run.words


def test_without_anybody_who_signs_in_nothing_is_imported(account: BrokerAccount, server: Loopback) -> None:
    account.portfolio.household.members.update(user=None)
    run, _ = fetched(account, server)
    assert run.words == "••4321: Nobody of the household can sign in, so nobody imports for it."
    assert server.asked == []


def test_only_accounts_with_query_and_token_take_part(account: BrokerAccount) -> None:
    BrokerAccountFactory.create(flex_query="5")
    BrokerAccountFactory.create(flex_token="secret")
    assert accounts_with_statements() == [account.pk]


def test_the_token_is_sealed_in_the_database(account: BrokerAccount) -> None:
    (stored,) = BrokerAccount.objects.filter(pk=account.pk).values_list("flex_token", flat=True)
    assert TOKEN not in str(stored)
    assert BrokerAccount.objects.get(pk=account.pk).flex_token == TOKEN
