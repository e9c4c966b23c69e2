"""A fill that came over the API and in statements is one row of the ledger, whoever told of it first."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from portfolios.models import CashBalance, Holding, ImportRow, ImportRun, Portfolio, Transaction
from portfolios.services.import_direct import import_direct
from tests.factories.accounts import MemberFactory, UserFactory
from tests.factories.portfolios import PortfolioFactory
from tests.factories.statements import ACCOUNT, flex, part, trade, upload
from tests.factories.trading import BrokerAccountFactory
from trading.engine.records import ExecutionFacts, Side
from trading.models import BrokerAccount, Execution
from trading.services.booking import account_book
from trading.services.reports import executions_record

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DAY = "20260302"
KEY = f"ibkr:{ACCOUNT}:exec:0000e1a2.00000001.01"
D = Decimal


@pytest.fixture
def owner() -> User:
    user: User = MemberFactory(user=UserFactory(email="owner@example.test")).user
    return user


@pytest.fixture
def account(owner: User) -> BrokerAccount:
    portfolio: Portfolio = PortfolioFactory(holder=owner.memberships.get(), name="Brokerage")
    made: BrokerAccount = BrokerAccountFactory.create(portfolio=portfolio, code=ACCOUNT)
    return made


def told(account: BrokerAccount, **changes: Any) -> None:
    """The API tells of ten ACME bought at 100 for a dollar, unless told otherwise, and the book follows."""
    facts: dict[str, Any] = {
        "exec_id": "0000e1a2.00000001.01",
        "revision": 1,
        "order_ref": "",
        "perm_id": 501,
        "account": ACCOUNT,
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
    fill = ExecutionFacts(**(facts | changes))
    executions_record(gateway_id=account.gateway_id, told=[fill], now=NOW)
    account_book(account_id=account.pk, now=NOW)


def imported(*trades: str, data: bytes = b"", name: str = "statement.xml") -> ImportRun:
    """A statement with these trades."""
    content = data or flex(part(first=DAY, last=DAY, Trades=list(trades)))
    return import_direct(
        file=upload(content, name), file_name=name, owner_email="owner@example.test",
        portfolio_name="Brokerage",
    ).run  # fmt: skip


def bought(count: int = 10, price: str = "100", **changes: Any) -> str:
    """The same fill as a statement tells it."""
    return trade(1, "BUY", count, price, DAY, **changes)


def standing() -> Transaction:
    """The row that stands for the only fill."""
    row = Execution.objects.get().transaction
    assert row is not None
    return row


def effective() -> list[tuple[str, Decimal, Decimal]]:
    """The rows that count: key, quantity and amount."""
    rows = Transaction.objects.effective().order_by("natural_key")
    return list(rows.values_list("natural_key", "quantity", "amount"))


def test_a_fill_from_the_api_is_known_to_a_later_statement(account: BrokerAccount) -> None:
    told(account)
    run = imported(bought())
    assert (run.rows_new, run.rows_known, run.rows_left_out) == (0, 1, 0)
    assert list(Transaction.objects.values_list("natural_key", "source")) == [(KEY, "trading")]
    assert CashBalance.objects.get().amount == D(-1001)


def test_a_fill_from_a_statement_stands_for_what_the_api_tells_later(account: BrokerAccount) -> None:
    imported(bought())
    told(account)
    row = Transaction.objects.get()
    assert (row.natural_key, row.source) == (KEY, "flex")
    assert Execution.objects.get().transaction == row
    assert Holding.objects.get().quantity == D(10)


def test_a_commission_that_comes_late_changes_no_row_of_a_statement(account: BrokerAccount) -> None:
    imported(bought(), trade(2, "BUY", 5, "100", DAY))
    told(account, commission=D("1.25"))
    told(account, commission=D("1.30"))
    assert Transaction.objects.count() == 2
    assert standing().fees == D(1)


def test_a_corrected_fill_is_known_to_a_statement_that_tells_the_correction(account: BrokerAccount) -> None:
    told(account)
    told(account, revision=2, quantity=D(8))
    run = imported(bought(8, ibExecID="0000e1a2.00000001.01.02"))
    assert (run.rows_new, run.rows_known, run.rows_left_out) == (0, 1, 0)
    assert effective() == [(f"{KEY}/1", D(8), D(-801))]
    assert Holding.objects.get().quantity == D(8)


def test_a_statement_from_before_the_correction_is_told_apart_and_not_booked(account: BrokerAccount) -> None:
    told(account)
    told(account, revision=2, quantity=D(8))
    run = imported(bought())
    assert (run.rows_new, run.rows_left_out) == (0, 1)
    assert ImportRow.objects.get(run=run, status="left_out").reason == (
        "The file says quantity 10, the book has 8; amount -1001, the book has -801. "
        "Take the row of the book back and enter it as it should be."
    )
    assert effective() == [(f"{KEY}/1", D(8), D(-801))]


def test_a_correction_over_the_api_replaces_the_row_of_an_earlier_statement(account: BrokerAccount) -> None:
    imported(bought())
    told(account)
    told(account, revision=2, price=D("99.5"))
    assert effective() == [(f"{KEY}/1", D(10), D(-996))]
    run = imported(bought(price="99.5", ibExecID="0000e1a2.00000001.01.02"))
    assert (run.rows_new, run.rows_known, run.rows_left_out) == (0, 1, 0)
    assert effective() == [(f"{KEY}/1", D(10), D(-996))]


def test_a_statement_that_was_first_and_wrong_gives_way_to_the_api(account: BrokerAccount) -> None:
    imported(bought())
    told(account, revision=2, quantity=D(7))
    assert effective() == [(f"{KEY}/1", D(7), D(-701))]


def cancelled() -> list[str]:
    """A trade, its cancellation and the right one, as a Flex statement tells a correction."""
    return [
        bought(),
        trade(
            1, "BUY", -10, "100", DAY, transactionType="TradeCancel", transactionID="9050",
            buySell="BUY (Ca.)", origTransactionID="9001", netCash="1001", proceeds="1000", ibCommission="1",
        ),
        bought(8, transactionType="TradeCorrect", transactionID="9051", ibExecID="0000e1a2.00000001.01.02"),
    ]  # fmt: skip


def test_a_correction_that_both_tell_counts_once_when_the_api_was_first(account: BrokerAccount) -> None:
    told(account)
    told(account, revision=2, quantity=D(8))
    run = imported(*cancelled())
    assert (run.rows_new, run.rows_known, run.rows_left_out) == (0, 3, 0)
    assert effective() == [(f"{KEY}/1", D(8), D(-801))]
    assert (Holding.objects.get().quantity, CashBalance.objects.get().amount) == (D(8), D(-801))


def test_a_correction_that_both_tell_counts_once_when_the_statement_was_first(account: BrokerAccount) -> None:
    told(account)
    imported(*cancelled())
    told(account, revision=2, quantity=D(8))
    assert effective() == [(f"ibkr:{ACCOUNT}:corrected:9051", D(8), D(-801))]
    assert standing().natural_key == f"ibkr:{ACCOUNT}:corrected:9051"
    assert (Holding.objects.get().quantity, CashBalance.objects.get().amount) == (D(8), D(-801))


def test_a_statement_that_busts_a_corrected_fill_takes_back_its_last_telling(account: BrokerAccount) -> None:
    told(account)
    told(account, revision=2, quantity=D(8))
    bust = trade(
        1, "BUY", -8, "100", DAY, transactionType="TradeCancel", transactionID="9050", buySell="BUY (Ca.)",
        netCash="801", proceeds="800", ibCommission="1", ibExecID="0000e1a2.00000001.01.02",
    )  # fmt: skip
    run = imported(bust)
    assert run.rows_new == 1
    assert effective() == []
    assert CashBalance.objects.get().amount == D(0)


def test_a_fill_that_the_broker_takes_back_leaves_nothing_behind(account: BrokerAccount) -> None:
    told(account)
    told(account, revision=2, quantity=D(0), commission=D(0))
    told(account, revision=2, quantity=D(0), commission=D(0))
    assert effective() == []
    assert (Transaction.objects.count(), CashBalance.objects.get().amount) == (2, D(0))


EXECUTIONS = (
    "ClientAccountID,Date,Type,Symbol,Quantity,Price,Commission,Amount,Currency,IBExecID\n"
    f"{ACCOUNT},2026-03-02,BUY,ACME,10,100,1,-1001,USD,0000e1a2.00000001.01.01\n"
).encode()
NAMELESS = (
    b"Date,Type,Symbol,Quantity,Price,Commission,Amount,Currency,IBExecID\n"
    b"2026-03-02,BUY,ACME,10,100,1,-1001,USD,0000e1a2.00000001.01.01\n"
)
ORDERS = (
    b"Date,Type,Symbol,Quantity,Price,Commission,Amount,Currency\n2026-03-02,BUY,ACME,%d,100,1,-1001,USD\n"
)


@pytest.mark.parametrize("data", [EXECUTIONS, NAMELESS, ORDERS % 10])
def test_a_fill_from_the_api_is_known_to_a_table_too(account: BrokerAccount, data: bytes) -> None:
    told(account)
    run = imported(data=data, name="trades.csv")
    assert (run.rows_new, run.rows_known, run.rows_wrong) == (0, 1, 0)
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize("data", [EXECUTIONS, NAMELESS, ORDERS % 10])
def test_a_row_of_a_table_stands_for_what_the_api_tells_later(account: BrokerAccount, data: bytes) -> None:
    assert imported(data=data, name="trades.csv").rows_new == 1
    told(account)
    assert Execution.objects.get().transaction == Transaction.objects.get()
    assert Holding.objects.get().quantity == D(10)


def test_rows_of_orders_are_known_when_their_fills_come_to_the_same(account: BrokerAccount) -> None:
    told(account)
    told(account, exec_id="0000e1a2.00000002.01", quantity=D(5))
    order = bought(15, levelOfDetail="ORDER", ibExecID="", transactionID="", tradeID="", ibOrderID="501")
    assert imported(order).rows_known == 1
    assert Transaction.objects.count() == 2


def test_rows_that_may_repeat_fills_in_part_stay_out_with_the_reason(account: BrokerAccount) -> None:
    told(account)
    run = imported(data=ORDERS % 12, name="trades.csv")
    assert (run.rows_new, run.rows_left_out) == (0, 1)
    assert ImportRow.objects.get(run=run, status="left_out").reason == (
        "The file says 12 in all, and the broker's fills of that day came to 10. "
        "Import a statement with single executions, which are told apart."
    )


def test_fills_of_another_day_leave_a_table_alone(account: BrokerAccount) -> None:
    told(account, executed_at=datetime(2026, 3, 3, 15, tzinfo=UTC))
    assert imported(data=ORDERS % 10, name="trades.csv").rows_new == 1
    days = list(Transaction.objects.order_by("trade_date").values_list("trade_date", flat=True))
    assert days == [date(2026, 3, 2), date(2026, 3, 3)]
