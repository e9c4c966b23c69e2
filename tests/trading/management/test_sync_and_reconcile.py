"""sync_broker and reconcile against the paper gateway, by way of the real adapter and the questions."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portfolios.engine.records import TransactionKind
from portfolios.models import CashBalance, Holding, ImportRun, Lot, Portfolio, Price, Transaction
from portfolios.services.book import book_derive
from portfolios.services.import_direct import import_direct
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import PortfolioFactory, PriceFactory, parsed, stock
from tests.factories.statements import flex, part, trade, upload
from tests.factories.trading import BrokerAccountFactory
from tests.trading.papergateway.gateway_fixture import ALICE, call_in_loop
from tests.trading.sync_desk import SyncDesk, sync_desk
from trading.engine.records import OrderTicket, Side
from trading.models import BrokerAccount, Difference, Execution, SyncRun

pytestmark = pytest.mark.django_db
D = Decimal
DAY = date(2026, 11, 23)


@pytest.fixture
def account() -> BrokerAccount:
    """Alice's account, with the money in its book that it has at the broker."""
    portfolio: Portfolio = PortfolioFactory.create(name="Brokerage")
    made: BrokerAccount = BrokerAccountFactory.create(portfolio=portfolio, code=ALICE)
    paid_in(made, "100000")
    return made


@pytest.fixture
def desk(account: BrokerAccount) -> Iterator[SyncDesk]:
    with sync_desk(account.gateway_id) as running:
        yield running


def paid_in(account: BrokerAccount, amount: str) -> None:
    """Money that the book knows of."""
    row = parsed(TransactionKind.DEPOSIT, DAY, amount=D(amount))
    transactions_record(portfolio=account.portfolio, parsed=[row], source="test")
    book_derive(household_id=account.portfolio.household_id)


def bought(desk: SyncDesk, count: int = 10) -> None:
    """Alice buys ACME by market, by hand: no order of ours."""
    desk.place(OrderTicket(side=Side.BUY, quantity=D(count)), account=ALICE)


def ran(command: str, *words: str) -> str:
    """What a command says."""
    out = StringIO()
    call_command(command, *words, stdout=out, stderr=out)
    return out.getvalue()


def failed(command: str, *words: str) -> tuple[str, str]:
    """What a command says and the reason for which it exits non-zero."""
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command(command, *words, stdout=out, stderr=out)
    return out.getvalue(), str(error.value)


def test_a_fill_at_the_broker_becomes_a_lot_once_and_both_are_equal(
    account: BrokerAccount, desk: SyncDesk
) -> None:
    bought(desk)
    name = account.gateway.name
    said = ran("sync_broker")
    assert said.startswith(f"{name}: 1 fills read, 1 news, 1 booked; 1 positions, ")
    assert said.endswith(f"{name}: 0 differences, 0 new, 0 closed.\n")
    assert f"{name}: 1 fills read, 0 news, 0 booked; 1 positions, " in ran("sync_broker")
    assert (Execution.objects.count(), Lot.objects.get().cost) == (1, D("1001.10"))
    assert CashBalance.objects.get().amount == D("98998.90")
    account.refresh_from_db()
    assert (account.cash, account.currency) == (D("98998.90"), "USD")
    assert ran("reconcile") == f"{name} ••U100 “Brokerage”: equal\n"


def test_a_missing_fill_is_told_with_shares_and_cash_and_closes_after_the_sync(
    account: BrokerAccount, desk: SyncDesk
) -> None:
    bought(desk)
    said, reason = failed("reconcile")
    assert reason == "Book and broker differ."
    exec_id = desk.exec_ids()[0].rpartition(".")[0]
    assert said == (
        f"{account.gateway.name} {account} “Brokerage”: 3 differences\n"
        "  cash USD: book 100000, broker 98998.9. The broker has 98,998.90 USD, the book 100,000.00. Import "
        "a statement that reaches to today: interest, dividends, fees and deposits are told there.\n"
        f"  execution {exec_id}: book -, broker 10. A fill in ACME is missing in the book. It is fetched "
        "again by itself; if this stays, import the statement of that day.\n"
        "  position ACME: book 0, broker 10. The broker holds 10 of ACME, the book 0. Import the statement "
        "of the days that are missing; what no statement tells, a transfer or a corporate action, is entered "
        "by hand.\n"
    )
    assert not Execution.objects.exists()
    assert not Holding.objects.exists()
    ran("sync_broker")
    assert list(Difference.objects.values_list("reason", flat=True).distinct()) == [
        "Book and broker are equal again."
    ]
    assert not Difference.objects.filter(closed_at__isnull=True).exists()
    ran("reconcile")


@pytest.mark.usefixtures("desk")
def test_a_difference_stays_one_task_however_often_it_is_seen(account: BrokerAccount) -> None:
    paid_in(account, "250.25")
    failed("reconcile")
    said, _ = failed("reconcile", "--json", "--portfolio", "Brokerage")
    (row,) = json.loads(said)["gateways"][0]["accounts"][0]["differences"]
    assert {key: row[key] for key in ("kind", "subject", "book", "broker")} == {
        "kind": "cash",
        "subject": "USD",
        "book": "100250.25",
        "broker": "100000",
    }
    assert Difference.objects.count() == 1
    said = ran("sync_broker")
    assert f"{account.gateway.name}: 1 differences, 0 new, 0 closed.\n  {account} The broker has" in said
    assert CashBalance.objects.get().amount == D("100250.25")
    paid_in(account, "-250.25")
    ran("reconcile")
    assert Difference.objects.get().reason == "Book and broker are equal again."


@pytest.mark.usefixtures("account")
def test_a_correction_at_the_broker_is_booked_by_the_next_sync(desk: SyncDesk) -> None:
    bought(desk)
    ran("sync_broker")
    desk.correct(desk.exec_ids()[0], quantity=D(8))
    _, reason = failed("reconcile")
    assert reason == "Book and broker differ."
    ran("sync_broker")
    assert Holding.objects.get().quantity == D(8)
    assert Transaction.objects.effective().filter(kind="buy").count() == 1
    ran("reconcile")


def statement_of(desk: SyncDesk, account: BrokerAccount) -> ImportRun:
    """The Flex statement of Alice's purchase, as the night brings it."""
    day = "20261125"
    row = trade(
        1, "BUY", 10, "100.01", day, accountId=ALICE, ibExecID=desk.exec_ids()[0], ibCommission="-1",
        netCash="-1001.10", proceeds="-1000.10",
    )  # fmt: skip
    data = flex(part(first=day, last=day, account=ALICE, Trades=[row]))
    user = account.portfolio.holder.user
    email = user.email if user else ""
    return import_direct(
        file=upload(data), file_name="flex.xml", owner_email=email, portfolio_name="Brokerage"
    ).run


@pytest.mark.parametrize("is_api_first", [True, False])
def test_the_gateways_fill_and_the_statements_trade_are_one_row(
    account: BrokerAccount, desk: SyncDesk, is_api_first: bool
) -> None:
    bought(desk)
    if is_api_first:
        ran("sync_broker")
    run = statement_of(desk, account)
    assert (run.rows_new, run.rows_known, run.rows_left_out) == ((0, 1, 0) if is_api_first else (1, 0, 0))
    ran("reconcile")
    ran("sync_broker")
    assert Transaction.objects.filter(kind="buy").count() == 1
    assert Execution.objects.get().transaction == Transaction.objects.get(kind="buy")
    ran("reconcile")


@pytest.mark.usefixtures("desk")
def test_shares_that_only_the_book_has_are_told(account: BrokerAccount) -> None:
    row = parsed(
        TransactionKind.TRANSFER_IN, DAY, instrument=stock("OLDCO"), quantity=D(3), cost=D(30), amount=D(0)
    )
    transactions_record(portfolio=account.portfolio, parsed=[row], source="test")
    book_derive(household_id=account.portfolio.household_id)
    failed("reconcile")
    found = Difference.objects.get()
    assert (found.kind, found.subject, found.ours, found.theirs) == ("position", "OLDCO", D(3), D(0))
    assert found.instrument == Holding.objects.get().instrument


def test_a_silent_daemon_fails_the_run_and_says_so(
    account: BrokerAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trading.services.book_checks.SECONDS", 0.02)
    said, reason = failed("reconcile")
    assert reason == "The broker could not be asked, so nothing is known."
    silent = "The broker's gateway does not answer now. Try again shortly."
    assert said == f"{account.gateway.name}: {silent}\n"
    said, reason = failed("sync_broker")
    assert reason == "Not everything could be read or taken in."
    runs = SyncRun.objects.order_by("started_at").values_list("cause", "state", "words")
    assert list(runs) == [("reconcile", "failed", silent), ("sync_broker", "failed", silent)]
    assert not Difference.objects.exists()


def test_a_broker_that_does_not_answer_is_a_failure_in_words(account: BrokerAccount, desk: SyncDesk) -> None:
    call_in_loop(desk.paper, desk.paper.gateway.drop_all)
    said, reason = failed("reconcile")
    assert reason == "The broker could not be asked, so nothing is known."
    assert said.startswith(f"{account.gateway.name}: ")


@pytest.mark.usefixtures("desk")
def test_an_account_that_the_login_does_not_reach_is_not_compared(account: BrokerAccount) -> None:
    other = BrokerAccountFactory.create(gateway=account.gateway, code="DU999")
    said, _ = failed("reconcile")
    assert said == f"{account.gateway.name}: {other}: the gateway's login does not reach this account.\n"
    assert not Difference.objects.exists()


def test_closes_that_are_missing_are_filled_and_known_ones_stay(
    desk: SyncDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(desk)
    ran("sync_broker")
    instrument = Holding.objects.get().instrument
    PriceFactory.create(instrument=instrument, day=DAY, close=D("99.99"))
    monkeypatch.setattr("django.utils.timezone.now", desk.paper.clock)
    said = ran("sync_broker", "--history", "2")
    assert "2 daily bars read, 1 closes new." in said
    assert list(Price.objects.order_by("day").values_list("day", "close", "source")) == [
        (DAY, D("99.99"), "test"),
        (date(2026, 11, 24), D("101.50"), "ibkr"),
    ]


@pytest.mark.usefixtures("account")
def test_a_name_that_no_account_has_is_refused() -> None:
    assert failed("sync_broker", "--account", "U404")[1] == "No account at a broker is called U404."
    assert failed("reconcile", "--portfolio", "None")[1] == "No account at a broker is called None."
    assert failed("sync_broker", "--history", "-1")[1] == "--history: a number of days, such as 30."


def test_without_accounts_there_is_nothing_to_ask() -> None:
    assert failed("reconcile")[1] == (
        "No account is tied to a gateway yet: do that in the admin, at broker accounts."
    )
