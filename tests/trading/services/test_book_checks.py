"""What counts as a difference, and when a task about one is closed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.errors import Conflict
from common.models import OutboxEvent
from portfolios.engine.records import TransactionKind
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import UserFactory
from tests.factories.portfolios import parsed, stock
from tests.factories.trading import BrokerAccountFactory
from trading.engine.records import AccountValue, BrokerPosition, ExecutionFacts, Side
from trading.models import BrokerAccount, Difference, Execution
from trading.services.book_checks import BrokerReading, book_compare
from trading.services.booking import account_book
from trading.services.differences import DifferenceNews, difference_settle, differences_record
from trading.services.reports import executions_record

pytestmark = pytest.mark.django_db
D = Decimal
NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)


@pytest.fixture
def account() -> BrokerAccount:
    made: BrokerAccount = BrokerAccountFactory.create(code="DU100")
    return made


def fill(**changes: Any) -> ExecutionFacts:
    """Ten ACME bought at 100 for a dollar."""
    facts: dict[str, Any] = {
        "exec_id": "0000e1a2.00000001.01",
        "revision": 1,
        "order_ref": "",
        "perm_id": 501,
        "account": "DU100",
        "con_id": 1001,
        "symbol": "ACME",
        "currency": "USD",
        "side": Side.BUY,
        "quantity": D(10),
        "price": D(100),
        "executed_at": NOW,
        "commission": D(1),
        "commission_currency": "USD",
    }
    return ExecutionFacts(**(facts | changes))


def held(quantity: str, con_id: int = 1001, symbol: str = "ACME") -> BrokerPosition:
    """Shares at the broker."""
    return BrokerPosition(
        account="DU100", con_id=con_id, symbol=symbol, quantity=D(quantity), average_cost=D(100)
    )


def cash(amount: str, currency: str = "USD", tag: str = "TotalCashValue") -> AccountValue:
    """Cash at the broker."""
    return AccountValue(account="DU100", tag=tag, value=amount, currency=currency)


def reading(
    *fills: ExecutionFacts, positions: tuple[BrokerPosition, ...] = (), values: tuple[AccountValue, ...] = ()
) -> BrokerReading:
    """What the broker said."""
    return BrokerReading(executions=fills, positions=positions, values=values or (cash("0"),))


def compared(account: BrokerAccount, said: BrokerReading, now: datetime = NOW) -> DifferenceNews:
    """The comparison, written down."""
    found = book_compare([account], said, now=now)
    return differences_record(accounts=[account], check=found, now=now)


def kinds(account: BrokerAccount, said: BrokerReading, now: datetime = NOW) -> list[tuple[str, str]]:
    """What a comparison finds."""
    return [(one.kind.value, one.subject) for one in book_compare([account], said, now=now).found]


def booked(account: BrokerAccount, *fills: ExecutionFacts) -> None:
    """Fills in the book."""
    executions_record(gateway_id=account.gateway_id, told=fills, now=NOW)
    account_book(account_id=account.pk, now=NOW)


def recorded(account: BrokerAccount, kind: TransactionKind, day: date = DAY, **facts: Any) -> None:
    """A row of the ledger that came otherwise."""
    transactions_record(portfolio=account.portfolio, parsed=[parsed(kind, day, **facts)], source="test")
    book_derive(household_id=account.portfolio.household_id)


def test_half_a_cent_is_no_difference_and_a_cent_is(account: BrokerAccount) -> None:
    recorded(account, TransactionKind.DEPOSIT, amount=D("100.0049"))
    assert kinds(account, reading(values=(cash("100"),))) == []
    assert kinds(account, reading(values=(cash("99.99"),))) == [("cash", "USD")]


def test_cash_is_compared_by_currency_where_the_broker_tells_it_so(account: BrokerAccount) -> None:
    recorded(account, TransactionKind.DEPOSIT, amount=D(100))
    recorded(account, TransactionKind.DEPOSIT, amount=D(50), currency="EUR")
    ledger = (cash("100", tag="CashBalance"), cash("40", "EUR", tag="CashBalance"), cash("143"))
    assert kinds(account, reading(values=ledger)) == [("cash", "EUR")]


def test_one_total_says_nothing_about_a_book_of_several_currencies(account: BrokerAccount) -> None:
    recorded(account, TransactionKind.DEPOSIT, amount=D(100))
    recorded(account, TransactionKind.DEPOSIT, amount=D(50), currency="EUR")
    assert kinds(account, reading(values=(cash("155"),))) == []


def test_a_fill_on_its_way_into_the_ledger_is_no_difference_for_a_minute(account: BrokerAccount) -> None:
    executions_record(gateway_id=account.gateway_id, told=[fill()], now=NOW)
    heard = Execution.objects.get().updated_at
    said = reading(fill(), positions=(held("10"),), values=(cash("-1001"),))
    assert kinds(account, said, heard + timedelta(seconds=59)) == []
    assert kinds(account, said, heard + timedelta(seconds=61)) == [("position", "ACME"), ("cash", "USD")]


def test_cash_says_nothing_while_a_commission_is_untold(account: BrokerAccount) -> None:
    assert compared(account, reading(values=(cash("7"),))).opened == 1
    waiting = fill(commission=None)
    executions_record(gateway_id=account.gateway_id, told=[waiting], now=NOW)
    news = compared(account, reading(waiting, positions=(held("10"),)), Execution.objects.get().updated_at)
    assert (news.opened, news.closed, [row.kind for row in news.standing]) == (0, 0, ["cash"])


def test_a_fill_that_a_statement_brought_is_not_missing(account: BrokerAccount) -> None:
    recorded(
        account, TransactionKind.BUY, natural_key="ibkr:DU100:exec:0000e1a2.00000001.01",
        instrument=stock(conid="1001"), quantity=D(10), price=D(100), amount=D(-1001),
    )  # fmt: skip
    said = reading(fill(), positions=(held("10"),), values=(cash("-1001"),))
    assert kinds(account, said) == []


def test_a_fill_of_today_that_the_broker_does_not_know_is_told_and_an_older_one_is_not(
    account: BrokerAccount,
) -> None:
    booked(account, fill())
    said = reading(positions=(held("10"),), values=(cash("-1001"),))
    assert kinds(account, said) == [("execution_not_at_broker", "0000e1a2.00000001.01")]
    assert kinds(account, said, NOW + timedelta(days=1)) == []


def test_a_missing_fill_closes_once_the_book_has_it_though_the_broker_tells_it_no_more(
    account: BrokerAccount,
) -> None:
    said = reading(fill(), positions=(held("10"),), values=(cash("-1001"),))
    assert compared(account, said).opened == 3
    row = Difference.objects.get(kind="execution")
    assert (row.ours, row.theirs) == (None, D(10))
    tomorrow = NOW + timedelta(days=1)
    silent = reading(positions=(held("10"),), values=(cash("-1001"),))
    assert [one.kind for one in compared(account, silent, tomorrow).standing] == [
        "cash", "execution", "position",
    ]  # fmt: skip
    recorded(
        account, TransactionKind.BUY, natural_key="ibkr:DU100:exec:0000e1a2.00000001.01",
        instrument=stock(conid="1001"), quantity=D(10), price=D(100), amount=D(-1001),
    )  # fmt: skip
    news = compared(account, silent, tomorrow)
    assert (news.opened, news.closed, news.standing) == (0, 3, ())
    row.refresh_from_db()
    assert (row.closed_at, row.closed_by) == (tomorrow, None)


def test_two_contracts_of_one_symbol_are_two_tasks(account: BrokerAccount) -> None:
    news = compared(account, reading(positions=(held("10"), held("1", 2002))))
    assert [row.subject for row in news.standing] == ["ACME", "ACME 2002"]


def test_figures_of_a_standing_task_follow_and_it_is_told_once(account: BrokerAccount) -> None:
    compared(account, reading(positions=(held("10"),)))
    news = compared(account, reading(positions=(held("12.5"),)), NOW + timedelta(hours=1))
    (row,) = news.standing
    assert (row.ours, row.theirs, row.seen_at) == (D(0), D("12.5"), NOW + timedelta(hours=1))
    assert row.words.startswith("The broker holds 12.5 of ACME, the book 0. ")
    compared(account, reading(), NOW + timedelta(hours=2))
    topics = OutboxEvent.objects.filter(topic__startswith="difference.").values_list("topic", flat=True)
    assert sorted(topics) == ["difference.closed", "difference.found"]


def test_a_settled_task_is_opened_again_while_it_still_differs(account: BrokerAccount) -> None:
    said = reading(positions=(held("10"),))
    (row,) = compared(account, said).standing
    actor = UserFactory.create()
    settled = difference_settle(difference=row, reason="A transfer in kind.", actor=actor, now=NOW)
    assert (settled.closed_by, settled.reason) == (actor, "A transfer in kind.")
    with pytest.raises(Conflict):
        difference_settle(difference=row, reason="Again.", actor=actor, now=NOW)
    assert compared(account, said).opened == 1
    assert Difference.objects.count() == 2
