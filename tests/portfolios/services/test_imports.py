"""A file on its way into the book: what is added, what is not, and that nothing is added twice."""

import threading
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import Grant, User
from common.errors import Conflict, InvalidInput, NotFound
from common.models import AuditEvent, OutboxEvent
from portfolios.models import (
    ColumnMapping,
    Finding,
    Holding,
    ImportRow,
    ImportRun,
    Instrument,
    Lot,
    Portfolio,
    Price,
    StatedBalance,
    Transaction,
    Valuation,
)
from portfolios.services import import_jobs
from portfolios.services.import_jobs import import_commit, import_read
from portfolios.services.import_reading import sketch_read
from portfolios.services.imports import (
    AccountChoice,
    NewPortfolio,
    import_assign,
    import_cancel,
    import_confirm,
    import_map,
    import_upload,
)
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory
from tests.factories.portfolios import PortfolioFactory
from tests.factories.statements import (
    ACCOUNT,
    cash,
    deposit,
    flex,
    january,
    part,
    position,
    split,
    table,
    trade,
    upload,
)

pytestmark = pytest.mark.django_db
State = ImportRun.State


@pytest.fixture
def owner() -> User:
    user: User = MemberFactory().user
    return user


@pytest.fixture
def portfolio(owner: User) -> Portfolio:
    account: Portfolio = PortfolioFactory(holder=owner.memberships.get())
    return account


def read(
    owner: User, data: bytes, portfolio: Portfolio | None = None, name: str = "statement.xml"
) -> ImportRun:
    """Upload and read."""
    run = import_upload(
        user=owner, file=upload(data, name), file_name=name, portfolio_id=portfolio.pk if portfolio else None
    )
    return import_read(run_id=run.pk)


def confirm(owner: User, run: ImportRun, *, openings: bool | None = None) -> ImportRun:
    """Confirm with the accounts as proposed, and let the file in."""
    choices = [
        AccountChoice(number=account["number"], portfolio_id=run.account_map[account["number"]])
        for account in run.accounts
    ]
    adopts = run.adopts_openings if openings is None else openings
    import_confirm(user=owner, run=run, choices=choices, adopts_openings=adopts)
    return import_commit(run_id=run.pk)


def bring_in(owner: User, portfolio: Portfolio, data: bytes, **options: Any) -> ImportRun:
    """Upload, read, confirm, commit."""
    return confirm(owner, read(owner, data, portfolio), **options)


def statuses(run: ImportRun) -> dict[str, int]:
    """How many rows have each fate."""
    counts: dict[str, int] = {}
    for row in run.rows.all():
        counts[row.status] = counts.get(row.status, 0) + 1
    return counts


def test_a_flex_file_becomes_holdings_lots_cash_and_values(owner: User, portfolio: Portfolio) -> None:
    run = bring_in(owner, portfolio, january())
    assert (run.state, run.error) == (State.DONE, "")
    assert (run.rows_new, run.rows_known, run.rows_wrong) == (3, 0, 0)
    holding = Holding.objects.get()
    assert (holding.quantity, holding.basis) == (Decimal(6), Decimal("60.60"))
    assert portfolio.cash_balances.get().amount == Decimal(446)
    assert Finding.objects.count() == 0
    assert Valuation.objects.filter(portfolio=portfolio).exists()
    assert Price.objects.get(instrument__symbol="ACME").close == Decimal(12)


def test_the_same_file_again_adds_nothing(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, january())
    before = list(Transaction.objects.values_list("pk", flat=True))
    run = bring_in(owner, portfolio, january())
    assert (run.rows_new, run.rows_known) == (0, 3)
    assert list(Transaction.objects.values_list("pk", flat=True)) == before
    assert StatedBalance.objects.count() == 2


def test_an_overlapping_file_adds_only_what_is_new(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, january())
    overlap = flex(
        part(
            first="2025-01-15",
            last="2025-02-28",
            Trades=[trade(2, "SELL", 4, "12", "2025-01-20"), trade(3, "BUY", 5, "11", "2025-02-03")],
            OpenPositions=[position("11", "116.6", "2025-02-28")],
            CashReport=[cash("399", "390", "2025-02-28")],
        )
    )
    run = bring_in(owner, portfolio, overlap)
    assert (run.rows_new, run.rows_known) == (1, 1)
    assert Holding.objects.get().quantity == Decimal(11)
    assert Transaction.objects.filter(kind="opening").count() == 0
    assert Finding.objects.count() == 0


def test_reading_alone_leaves_the_book_as_it_was(owner: User, portfolio: Portfolio) -> None:
    run = read(owner, january(), portfolio)
    assert run.state == State.REVIEW
    assert run.account_map == {ACCOUNT: str(portfolio.pk)}
    assert statuses(run) == {"new": 3, "stated": 3}
    assert Transaction.objects.count() == 0
    assert Instrument.objects.count() == 0
    assert Portfolio.objects.count() == 1


def test_the_next_file_of_an_account_finds_its_portfolio(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, january())
    portfolio.refresh_from_db()
    assert portfolio.external_account is not None
    assert portfolio.external_account.account_number == ACCOUNT
    assert read(owner, january()).account_map == {ACCOUNT: str(portfolio.pk)}


def test_a_portfolio_of_another_account_is_not_proposed(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, january())
    other = flex(
        part(
            first="2025-01-02",
            last="2025-01-31",
            account="U9999999",
            CashTransactions=[deposit(5, "10", "2025-01-03", accountId="U9999999")],
        )
    )
    assert read(owner, other, portfolio).account_map == {}


def test_a_new_portfolio_is_opened_on_confirmation(owner: User) -> None:
    run = read(owner, january())
    new = NewPortfolio(name="At the broker", kind="taxable", base_currency="USD")
    import_confirm(
        user=owner, run=run, choices=[AccountChoice(number=ACCOUNT, new=new)], adopts_openings=False
    )
    run = import_commit(run_id=run.pk)
    assert run.state == State.DONE
    opened = Portfolio.objects.get()
    assert (opened.name, opened.holder.user) == ("At the broker", owner)
    assert Transaction.objects.filter(portfolio=opened).count() == 3


def test_two_accounts_go_where_they_are_sent_and_one_can_be_left_out(
    owner: User, portfolio: Portfolio
) -> None:
    second = part(
        first="2025-01-02",
        last="2025-01-31",
        account="U2222222",
        CashTransactions=[deposit(9, "25", "2025-01-08", accountId="U2222222")],
    )
    first = part(first="2025-01-02", last="2025-01-31", CashTransactions=[deposit(1, "500", "2025-01-03")])
    run = read(owner, flex(first, second), portfolio)
    assert run.account_map == {}
    choices = [AccountChoice(number=ACCOUNT, portfolio_id=portfolio.pk), AccountChoice(number="U2222222")]
    import_confirm(user=owner, run=run, choices=choices, adopts_openings=False)
    run = import_commit(run_id=run.pk)
    assert [row.amount for row in Transaction.objects.all()] == [Decimal(500)]
    left_out = run.rows.filter(status="left_out", natural_key__contains="U2222222").get()
    assert left_out.reason == "Account U2222222 is left out of this import."


def test_two_accounts_cannot_go_into_one_portfolio(owner: User, portfolio: Portfolio) -> None:
    parts = [
        part(
            first="2025-01-02",
            last="2025-01-31",
            account=number,
            CashTransactions=[deposit(1, "5", "2025-01-03", accountId=number)],
        )
        for number in ("U1111111", "U2222222")
    ]
    run = read(owner, flex(*parts))
    choices = [AccountChoice(number=number, portfolio_id=portfolio.pk) for number in ("U1111111", "U2222222")]
    with pytest.raises(InvalidInput, match="Two accounts of a file cannot go into one portfolio"):
        import_confirm(user=owner, run=run, choices=choices, adopts_openings=False)
    assert Transaction.objects.count() == 0


def test_an_undecided_account_is_asked_for(owner: User) -> None:
    run = read(owner, january())
    with pytest.raises(InvalidInput, match=f"Say where account {ACCOUNT} goes"):
        import_confirm(user=owner, run=run, choices=[], adopts_openings=False)


# --- Openings --------------------------------------------------------------------------------------


def with_earlier_position(**changes: Any) -> bytes:
    """Ten bought in the period, thirty held at the end: twenty were there before, with 50 in cash."""
    sections: dict[str, Any] = {
        "Trades": [trade(1, "BUY", 10, "10", "2025-01-06")],
        "OpenPositions": [position("30", "261", "2025-01-31")],
        "CashReport": [cash("150", "49", "2025-01-31")],
    }
    return flex(part(first="2025-01-02", last="2025-01-31", **(sections | changes)))


def test_what_was_held_before_becomes_an_opening_with_the_brokers_basis(
    owner: User, portfolio: Portfolio
) -> None:
    run = read(owner, with_earlier_position(), portfolio)
    assert run.adopts_openings is True
    assert run.accounts[0]["opening_count"] == 1
    confirm(owner, run)
    opening = Transaction.objects.get(kind="opening", instrument__isnull=False)
    # The broker's 261 for all thirty, less the 101 that the ten of the period cost.
    assert (opening.quantity, opening.cost, opening.trade_date) == (
        Decimal(20),
        Decimal(160),
        date(2025, 1, 1),
    )
    start = Transaction.objects.get(kind="opening", instrument__isnull=True)
    assert (start.amount, start.currency) == (Decimal(150), "USD")
    assert set(Finding.objects.values_list("kind", flat=True)) == {"acquired_unknown"}
    assert Holding.objects.get().basis == Decimal(261)


def test_openings_are_not_added_twice_by_an_overlapping_file(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, with_earlier_position())
    later = flex(
        part(
            first="2025-01-20",
            last="2025-02-28",
            Trades=[trade(7, "SELL", 5, "12", "2025-02-10")],
            OpenPositions=[position("25", "221", "2025-02-28")],
            CashReport=[cash("49", "108", "2025-02-28")],
        )
    )
    run = bring_in(owner, portfolio, later, openings=True)
    assert (run.rows_new, run.rows_known) == (1, 0)
    assert Transaction.objects.filter(kind="opening").count() == 2
    assert not Finding.objects.filter(kind__in=("position_differs", "cash_differs")).exists()


def test_an_earlier_file_replaces_the_openings_it_explains(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, with_earlier_position())
    december = flex(
        part(
            first="2024-12-01",
            last="2025-01-31",
            Trades=[
                trade(20, "BUY", 15, "8", "2024-12-10"),
                trade(1, "BUY", 10, "10", "2025-01-06"),
            ],
            OpenPositions=[position("30", "261", "2025-01-31")],
            CashReport=[cash("271", "49", "2025-01-31")],
        )
    )
    run = read(owner, december, portfolio)
    assert run.accounts[0]["replaces"] == "2025-01-01"
    assert run.adopts_openings is True
    confirm(owner, run)
    standing = Transaction.objects.effective().filter(kind="opening", instrument__isnull=False).get()
    assert (standing.quantity, standing.cost, standing.trade_date) == (
        Decimal(5),
        Decimal(39),
        date(2024, 11, 30),
    )
    assert Holding.objects.get().quantity == Decimal(30)
    assert portfolio.cash_balances.get().amount == Decimal(49)
    assert not Finding.objects.filter(kind__in=("position_differs", "cash_differs")).exists()


def test_openings_reach_back_through_a_split(owner: User, portfolio: Portfolio) -> None:
    data = flex(
        part(
            first="2025-01-02",
            last="2025-01-31",
            CorporateActions=[split("ACME", "1001", "20", "2025-01-10")],
            OpenPositions=[position("40", "160", "2025-01-31")],
        )
    )
    bring_in(owner, portfolio, data)
    opening = Transaction.objects.get(kind="opening")
    assert (opening.quantity, opening.cost) == (Decimal(20), Decimal(160))
    assert Holding.objects.get().quantity == Decimal(40)


def test_without_openings_the_book_is_incomplete_and_says_so(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, with_earlier_position(), openings=False)
    assert Holding.objects.get().quantity == Decimal(10)
    details = {finding.kind: finding.detail for finding in Finding.objects.all()}
    assert details["position_differs"] == (
        "ACME is incomplete, difference −20: the statement gives 30 on 31 Jan 2025, the book 10. "
        "Likely cause: the two stand in the ratio of a split: one is likely missing or counted twice."
    )
    assert "difference −150.00 USD (statement 49.00, book −101.00" in details["cash_differs"]
    assert "the statement began with this cash" in details["cash_differs"]


def test_openings_are_off_by_default_where_the_book_has_history(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, january())
    gap = flex(
        part(
            first="2025-03-01",
            last="2025-03-31",
            Trades=[trade(30, "BUY", 1, "10", "2025-03-03")],
            OpenPositions=[position("9", "99", "2025-03-31")],
        )
    )
    run = read(owner, gap, portfolio)
    assert run.accounts[0]["opening_count"] == 1
    assert run.adopts_openings is False


# --- One bad row, and stopping ---------------------------------------------------------------------


def test_one_bad_row_never_loses_the_rest(owner: User, portfolio: Portfolio) -> None:
    bad = trade(3, "BUY", 5, "10", "2025-01-21", quantity="abc")
    data = january(
        Trades=[trade(1, "BUY", 10, "10", "2025-01-06"), bad, trade(2, "SELL", 4, "12", "2025-01-20")]
    )
    run = bring_in(owner, portfolio, data)
    assert (run.rows_new, run.rows_wrong) == (3, 1)
    row = run.rows.get(status="wrong")
    assert (row.section, row.field, row.row["quantity"]) == ("Trades", "quantity", "abc")
    assert row.line == data.decode().split('quantity="abc"')[0].count("\n") + 1
    assert Holding.objects.get().quantity == Decimal(6)


@pytest.mark.django_db(transaction=True)
def test_a_failure_half_way_leaves_nothing(
    owner: User, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = read(owner, january(), portfolio)
    choices = [AccountChoice(number=ACCOUNT, portfolio_id=portfolio.pk)]
    import_confirm(user=owner, run=run, choices=choices, adopts_openings=False)

    def fail(**_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(import_jobs, "balances_check", fail)
    with pytest.raises(RuntimeError):
        import_commit(run_id=run.pk)
    assert (Transaction.objects.count(), Lot.objects.count(), StatedBalance.objects.count()) == (0, 0, 0)
    monkeypatch.undo()
    assert import_commit(run_id=run.pk).state == State.DONE
    assert Transaction.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_run_cancelled_while_it_is_imported_takes_everything_back(
    owner: User, portfolio: Portfolio
) -> None:
    run = read(owner, january(), portfolio)
    choices = [AccountChoice(number=ACCOUNT, portfolio_id=portfolio.pk)]
    import_confirm(user=owner, run=run, choices=choices, adopts_openings=False)

    def cancel() -> None:
        import_cancel(user=owner, run=ImportRun.objects.get(pk=run.pk))
        connection.close()

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "checking":
            # From elsewhere, as a person does it: the work itself is in a transaction of its own.
            somebody = threading.Thread(target=cancel)
            somebody.start()
            somebody.join()

    assert import_commit(run_id=run.pk, report=stop).state == State.CANCELLED
    assert (Transaction.objects.count(), Lot.objects.count(), Instrument.objects.count()) == (0, 0, 0)


def test_a_finished_run_cannot_be_cancelled(owner: User, portfolio: Portfolio) -> None:
    run = bring_in(owner, portfolio, january())
    with pytest.raises(Conflict, match="This import is “done” by now"):
        import_cancel(user=owner, run=run)


def test_a_job_that_is_delivered_twice_does_its_work_once(owner: User, portfolio: Portfolio) -> None:
    run = bring_in(owner, portfolio, january())
    assert import_commit(run_id=run.pk).state == State.DONE
    assert import_read(run_id=run.pk).state == State.DONE
    assert Transaction.objects.count() == 3


def test_what_happened_is_in_the_audit_trail_and_the_outbox(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, january())
    actions = list(AuditEvent.objects.filter(action__startswith="import.").values_list("action", flat=True))
    assert sorted(actions) == ["import.confirm", "import.done", "import.upload"]
    done = OutboxEvent.objects.get(topic="import.done")
    assert (done.payload["new"], done.payload["known"]) == (3, 0)


# --- Who may ---------------------------------------------------------------------------------------


def test_a_stranger_cannot_import_into_a_portfolio(owner: User, portfolio: Portfolio) -> None:
    stranger = MemberFactory().user
    with pytest.raises(NotFound):
        import_upload(user=stranger, file=upload(january()), file_name="x.xml", portfolio_id=portfolio.pk)
    run = read(stranger, january())
    with pytest.raises(NotFound):
        import_confirm(
            user=stranger,
            run=run,
            choices=[AccountChoice(number=ACCOUNT, portfolio_id=portfolio.pk)],
            adopts_openings=False,
        )
    assert Transaction.objects.count() == 0
    assert owner.is_active


def test_a_grant_that_ends_before_the_worker_starts_stops_the_import(
    owner: User, portfolio: Portfolio
) -> None:
    adviser = UserFactory(role="adviser")
    grant = GrantFactory(
        household=portfolio.household, grantee=adviser, granted_by=owner, scope=Grant.Scope.MANAGE
    )
    run = read(adviser, january(), portfolio)
    import_confirm(
        user=adviser,
        run=run,
        choices=[AccountChoice(number=ACCOUNT, portfolio_id=portfolio.pk)],
        adopts_openings=False,
    )
    grant.delete()
    run = import_commit(run_id=run.pk)
    assert run.state == State.FAILED
    assert run.error == (
        "statement.xml: A portfolio that was chosen for this file is closed, "
        "or no longer yours to record into."
    )
    assert Transaction.objects.count() == 0


def test_a_file_never_changes_what_another_household_sees(owner: User, portfolio: Portfolio) -> None:
    shared = Instrument.objects.create(symbol="ACME", currency="USD", conid="1001", name="Acme")
    bring_in(owner, portfolio, january())
    shared.refresh_from_db()
    assert shared.name == "Acme"
    assert Transaction.objects.filter(instrument=shared).count() == 2
    assert Price.objects.count() == 0


# --- CSV -------------------------------------------------------------------------------------------


def csv_run(owner: User, portfolio: Portfolio, data: bytes) -> ImportRun:
    """A CSV file, its columns as proposed, ready for review."""
    run = read(owner, data, portfolio, "history.csv")
    assert run.state == State.MAPPING
    import_map(user=owner, run=run, mapping=sketch_read(run=run).mapping)
    return import_read(run_id=run.pk)


def test_a_csv_file_waits_for_the_meaning_of_its_columns(owner: User, portfolio: Portfolio) -> None:
    data = table("2025-01-06,Buy,ACME,10,10,1,-101,USD", "2025-01-20,Sell,ACME,-4,12,1,47,USD")
    run = csv_run(owner, portfolio, data)
    assert (run.state, run.rows_new) == (State.REVIEW, 2)
    run = confirm(owner, run)
    assert Holding.objects.get().quantity == Decimal(6)
    assert portfolio.cash_balances.get().amount == Decimal(-54)


def test_a_mapping_is_kept_under_its_name(owner: User, portfolio: Portfolio) -> None:
    run = read(owner, table("2025-01-06,Buy,ACME,10,10,1,-101,USD"), portfolio, "history.csv")
    mapping = sketch_read(run=run).mapping
    import_map(user=owner, run=run, mapping=mapping, header="abc", save_as=" History ")
    saved = ColumnMapping.objects.get()
    assert (saved.name, saved.header, saved.mapping) == ("History", "abc", mapping.to_json())


def test_a_csv_sale_of_more_than_is_held_is_left_out_and_says_how_many_are_held(
    owner: User, portfolio: Portfolio
) -> None:
    data = table(
        "2025-01-06,Buy,ACME,10,10,1,-101,USD",
        "2025-01-20,Sell,ACME,-15,12,1,179,USD",
        "2025-01-21,Sell,ACME,-4,12,1,47,USD",
    )
    run = confirm(owner, csv_run(owner, portfolio, data))
    assert (run.rows_new, run.rows_wrong) == (2, 1)
    row = run.rows.get(status="wrong")
    assert (row.line, row.field) == (3, "quantity")
    assert row.reason == (
        "Sells 15 ACME where 10 are held on 20 Jan 2025. "
        "Import the purchase first, or mark the row as a short sale."
    )
    assert Holding.objects.get().quantity == Decimal(6)


def test_choosing_another_portfolio_looks_again(owner: User, portfolio: Portfolio) -> None:
    bring_in(owner, portfolio, january())
    other = PortfolioFactory(holder=portfolio.holder)
    run = read(owner, january(), portfolio)
    assert run.rows_known == 3
    import_assign(
        user=owner,
        run=run,
        choices=[AccountChoice(number=ACCOUNT, portfolio_id=other.pk)],
        adopts_openings=False,
    )
    run = import_read(run_id=run.pk)
    assert (run.state, run.rows_new, run.rows_known) == (State.REVIEW, 3, 0)


def test_an_import_row_of_an_unknown_run_is_nobodys() -> None:
    assert not ImportRow.objects.filter(run_id=uuid4()).exists()


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_household_at_once_add_each_row_once() -> None:
    owner = MemberFactory().user
    portfolio = PortfolioFactory(holder=owner.memberships.get())
    runs = [read(owner, january(), portfolio) for _ in range(2)]
    for run in runs:
        import_confirm(
            user=owner,
            run=run,
            choices=[AccountChoice(number=ACCOUNT, portfolio_id=portfolio.pk)],
            adopts_openings=False,
        )

    def work(run: ImportRun) -> None:
        try:
            import_commit(run_id=run.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Transaction.objects.count() == 3
    assert sorted(ImportRun.objects.values_list("rows_new", flat=True)) == [0, 3]
