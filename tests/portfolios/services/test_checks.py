"""The book is held against its statements; findings come, go, and can be dismissed."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import User
from common.errors import InvalidInput
from common.models import AuditEvent
from portfolios.engine.records import InstrumentFacts, ParsedTransaction, TransactionKind
from portfolios.models import Finding, FindingDismissal, ImportRun, Instrument, Portfolio, StatedBalance
from portfolios.selectors.imports import finding_count, finding_groups
from portfolios.services.book import book_derive
from portfolios.services.checks import balances_check, finding_dismiss, finding_restore
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory

pytestmark = pytest.mark.django_db
ACME = InstrumentFacts(symbol="ACME", currency="USD")


@pytest.fixture
def owner() -> User:
    user: User = MemberFactory().user
    return user


@pytest.fixture
def portfolio(owner: User) -> Portfolio:
    account: Portfolio = PortfolioFactory(holder=owner.memberships.get())
    return account


def record(portfolio: Portfolio, key: str, quantity: str, amount: str, day: date) -> None:
    """A purchase or a sale of ACME."""
    kind = TransactionKind.BUY if Decimal(quantity) > 0 else TransactionKind.SELL
    row = ParsedTransaction(
        natural_key=key,
        line=1,
        section="Trades",
        row={},
        kind=kind,
        trade_date=day,
        instrument=ACME,
        quantity=Decimal(quantity),
        amount=Decimal(amount),
        currency="USD",
    )
    transactions_record(portfolio=portfolio, parsed=[row], source="test")
    book_derive(household_id=portfolio.household_id)


def state(portfolio: Portfolio, owner: User, *, held: str, cash: str, day: date) -> None:
    """What a statement says is there."""
    run = ImportRun.objects.create(
        household=portfolio.household,
        created_by=owner,
        file_name="s.xml",
        file_size=1,
        file_digest="0",
        state=ImportRun.State.DONE,
    )
    shared = {"portfolio": portfolio, "import_run": run, "day": day, "currency": "USD"}
    instrument = Instrument.objects.get(symbol="ACME")
    StatedBalance.objects.create(instrument=instrument, quantity=Decimal(held), **shared)
    StatedBalance.objects.create(quantity=Decimal(cash), **shared)


def test_a_book_that_agrees_has_no_findings(owner: User, portfolio: Portfolio) -> None:
    record(portfolio, "a", "10", "-100", date(2025, 1, 6))
    state(portfolio, owner, held="10", cash="-100", day=date(2025, 1, 31))
    assert balances_check(household_id=portfolio.household_id) == 0
    assert Finding.objects.count() == 0


def test_a_difference_is_a_finding_with_its_amount_and_goes_when_it_is_mended(
    owner: User, portfolio: Portfolio
) -> None:
    record(portfolio, "a", "10", "-100", date(2025, 1, 6))
    state(portfolio, owner, held="13", cash="-136", day=date(2025, 1, 31))
    assert balances_check(household_id=portfolio.household_id) == 2
    position = Finding.objects.get(kind="position_differs")
    assert position.detail == (
        "ACME is incomplete, difference −3: the statement gives 13 on 31 Jan 2025, the book 10. "
        "Likely cause: a purchase or a transfer in is missing: import the statement that covers it."
    )
    money = Finding.objects.get(kind="cash_differs")
    assert money.detail.startswith(
        "Cash on 31 Jan 2025 is incomplete, difference 36.00 USD (statement −136.00, book −100.00;"
    )
    record(portfolio, "b", "3", "-36", date(2025, 1, 20))
    assert balances_check(household_id=portfolio.household_id) == 0
    assert Finding.objects.filter(kind__in=("position_differs", "cash_differs")).count() == 0


def test_rows_after_the_day_of_the_statement_do_not_count(owner: User, portfolio: Portfolio) -> None:
    record(portfolio, "a", "10", "-100", date(2025, 1, 6))
    state(portfolio, owner, held="10", cash="-100", day=date(2025, 1, 31))
    record(portfolio, "b", "-4", "48", date(2025, 2, 3))
    assert balances_check(household_id=portfolio.household_id) == 0


def test_only_the_latest_statement_is_held_against_the_book(owner: User, portfolio: Portfolio) -> None:
    record(portfolio, "a", "10", "-100", date(2025, 1, 6))
    state(portfolio, owner, held="99", cash="0", day=date(2025, 1, 31))
    state(portfolio, owner, held="10", cash="-100", day=date(2025, 2, 28))
    assert balances_check(household_id=portfolio.household_id) == 0


def test_a_finding_that_stays_keeps_its_dismissal(owner: User, portfolio: Portfolio) -> None:
    record(portfolio, "a", "10", "-100", date(2025, 1, 6))
    state(portfolio, owner, held="13", cash="-100", day=date(2025, 1, 31))
    balances_check(household_id=portfolio.household_id)
    finding = Finding.objects.get()
    with pytest.raises(InvalidInput, match="Say why this is all right"):
        finding_dismiss(finding=finding, reason="  ", actor_id=owner.pk)
    finding_dismiss(finding=finding, reason="Given away", actor_id=owner.pk)
    book_derive(household_id=portfolio.household_id)
    balances_check(household_id=portfolio.household_id)
    assert Finding.objects.get().pk == finding.pk
    assert finding_count(owner) == 0
    groups, dismissed = finding_groups(owner)
    assert groups == []
    assert [view.dismissal.reason for view in dismissed if view.dismissal] == ["Given away"]
    finding_restore(finding=finding, actor_id=owner.pk)
    finding_restore(finding=finding, actor_id=owner.pk)
    assert (finding_count(owner), FindingDismissal.objects.count()) == (1, 0)
    assert sorted(AuditEvent.objects.values_list("action", flat=True)) == [
        "finding.dismiss",
        "finding.restore",
    ]
