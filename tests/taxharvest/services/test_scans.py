"""Scans: what is looked through, what is written down, and what happens twice or not at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.errors import NotFound
from portfolios.models import Instrument, Lot, Price
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from taxharvest.engine.harvest.replacements import Replacement, ReplacementPart
from taxharvest.models import HarvestAlert, HarvestPolicy, HarvestScan, ScannedAccount, TaxHarvest
from taxharvest.selectors.harvests import harvest_report
from taxharvest.selectors.scan_accounts import account_batches, accounts_due, scan_ranges
from taxharvest.services import scan_accounts
from taxharvest.services import scans as scans_module
from taxharvest.services.proposing import Found
from taxharvest.services.scan_alerts import coverage_check
from taxharvest.services.scans import (
    scan_ask,
    scan_close,
    scan_expect,
    scan_open,
    scan_range,
    scan_run,
    scans_unfinished,
)
from tests.factories.accounts import MemberFactory, UserFactory
from tests.factories.portfolios import PortfolioFactory, buy
from tests.factories.trading import BrokerAccountFactory
from tests.taxharvest.scan_book import FakeDesk, scan_book
from tests.taxharvest.wash_book import WashBook, ago
from trading.models import Difference

pytestmark = pytest.mark.django_db
NIGHTLY, DEMAND = HarvestScan.Cause.NIGHTLY, HarvestScan.Cause.DEMAND
TODAY = ago(0)
NOW = timezone.now()


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> WashBook:
    return scan_book(monkeypatch)


def outcomes() -> dict[str, tuple[str, str]]:
    rows = ScannedAccount.objects.values_list("portfolio__name", "outcome", "reason")
    return {name: (outcome, reason) for name, outcome, reason in rows}


def test_a_scan_proposes_what_is_worth_it_and_says_of_every_account_what_it_did(book: WashBook) -> None:
    report = scan_run(cause=NIGHTLY, day=TODAY, now=NOW)

    assert (report.accounts, report.scanned, report.skipped, report.failed) == (2, 1, 1, 0)
    assert (report.candidates, report.proposals) == (3, 1)
    assert outcomes() == {"Ann, Taxable": ("scanned", ""), "Ben, IRA": ("skipped", "not_taxable")}
    harvest = TaxHarvest.objects.get()
    assert (harvest.instrument.symbol, harvest.quantity, harvest.short_loss) == ("DELTA", 100, 4000)
    assert harvest.scan_id == report.scan_id
    scan = HarvestScan.objects.get()
    assert (scan.state, scan.accounts, scan.scanned, scan.skipped) == ("done", 2, 1, 1)
    assert (scan.candidates, scan.proposals, scan.finished_at) == (3, 1, NOW)


def test_a_loss_that_a_spouse_would_wash_is_refused_to_the_share(book: WashBook) -> None:
    scan_run(cause=NIGHTLY, day=TODAY, now=NOW)

    decisions = {one["symbol"]: one for one in ScannedAccount.objects.get(outcome="scanned").decisions}
    acme = decisions["ACME"]
    assert (acme["decision"], acme["shares"], acme["washed"]) == ("washed", "10.00000000", "24.00000000")
    assert [(one["portfolio"], one["sold"], one["is_permanent"]) for one in acme["causes"]] == [
        (str(book.ira.pk), "6.00000000", True)
    ]
    assert acme["free_on"] == (ago(14) + timedelta(days=31)).isoformat()


def test_a_night_that_finds_what_stood_writes_it_with_a_few_statements(
    book: WashBook, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    scan_run(cause=NIGHTLY, day=TODAY - timedelta(days=1), now=NOW - timedelta(days=1))
    scan = scan_open(cause=NIGHTLY, day=TODAY, now=NOW)
    looks = list(scan_accounts.AccountScanner(TODAY).look(list(accounts_due().values_list("pk", flat=True))))

    # Two savepoints and their ends; the rows of the accounts; what stands, what is traded, what lives on, who
    # approves without asking; the count.
    with django_assert_num_queries(10):
        scans_module._accounts_record(scan=scan, looks=looks, now=NOW)

    assert TaxHarvest.objects.get().scan_id == scan.pk
    assert ScannedAccount.objects.filter(scan=scan).count() == 2


def test_the_same_night_is_scanned_once(book: WashBook) -> None:
    first = scan_run(cause=NIGHTLY, day=TODAY, now=NOW)
    second = scan_run(cause=NIGHTLY, day=TODAY, now=NOW)

    assert first == second
    assert (HarvestScan.objects.count(), TaxHarvest.objects.count()) == (1, 1)
    assert ScannedAccount.objects.count() == 2


def test_a_scan_that_was_killed_goes_on_where_it_stood(
    book: WashBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans_module, "BATCH", 1)
    scan = scan_open(cause=NIGHTLY, day=TODAY, now=NOW)
    looked: list[str] = []

    def killed(look: scan_accounts.AccountLook) -> None:
        if looked:
            raise KeyboardInterrupt
        looked.append(look.account.name)

    with pytest.raises(KeyboardInterrupt):
        scan_range(scan=scan, due=accounts_due(), now=NOW, told=killed)
    left: list[str] = []
    assert [one.pk for one in scans_unfinished(NOW + timedelta(hours=1))] == [scan.pk]

    report = scan_run(cause=NIGHTLY, day=TODAY, now=NOW, told=lambda look: left.append(look.account.name))

    assert len(looked) == len(left) == 1
    assert {*looked, *left} == {"Ann, Taxable", "Ben, IRA"}
    assert (report.scanned, report.skipped) == (1, 1)
    assert scans_unfinished(NOW + timedelta(hours=1)) == []


def test_a_scan_is_not_over_before_its_last_part_is(book: WashBook) -> None:
    scan = scan_open(cause=NIGHTLY, day=TODAY, now=NOW)
    scan_expect(scan, 2)

    scan_close(scan_id=scan.pk, now=NOW)
    assert HarvestScan.objects.get().state == "running"

    scan_range(scan=scan, due=accounts_due(), now=NOW)
    scan_close(scan_id=scan.pk, now=NOW)
    assert HarvestScan.objects.get().state == "done"


def test_a_dry_run_judges_and_writes_nothing(book: WashBook) -> None:
    told: list[str] = []
    report = scan_run(
        cause=NIGHTLY, day=TODAY, now=NOW, is_dry_run=True, told=lambda look: told.append(look.account.name)
    )

    assert (report.scan_id, report.proposals, sorted(told)) == (None, 1, ["Ann, Taxable", "Ben, IRA"])
    assert not HarvestScan.objects.exists()
    assert not TaxHarvest.objects.exists()


def test_one_account_alone_can_be_scanned_and_one_that_is_not_there_is_refused(book: WashBook) -> None:
    report = scan_run(cause=DEMAND, day=TODAY, now=NOW, portfolio_id=book.taxable.pk)

    assert (report.accounts, report.scanned) == (1, 1)
    assert HarvestScan.objects.get().household_id == book.taxable.household_id
    with pytest.raises(NotFound):
        scan_run(cause=DEMAND, day=TODAY, now=NOW, portfolio_id=book.acme.pk)


def test_an_account_that_fails_does_not_stop_the_others(
    book: WashBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the judge is away")

    monkeypatch.setattr(scan_accounts, "judge", broken)
    report = scan_run(cause=NIGHTLY, day=TODAY, now=NOW)

    assert (report.scanned, report.skipped, report.failed) == (0, 2, 1)
    assert outcomes()["Ann, Taxable"] == ("skipped", "failed")
    assert HarvestScan.objects.get().words == "1 accounts could not be looked through."


def test_a_proposal_that_cannot_be_written_fails_its_account_alone(
    book: WashBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(found: Sequence[Found], **_: Any) -> None:
        if found:
            raise RuntimeError("no pen")

    monkeypatch.setattr(scans_module, "harvests_propose", broken)

    assert scan_run(cause=NIGHTLY, day=TODAY, now=NOW).failed == 1
    assert outcomes()["Ann, Taxable"] == ("skipped", "failed")


def test_nothing_is_harvested_on_data_that_is_not_known_to_be_right(book: WashBook) -> None:
    Lot.objects.filter(portfolio=book.taxable, instrument=book.acme).update(basis_base=None)
    Price.objects.filter(instrument=book.beta).delete()

    scan_run(cause=NIGHTLY, day=TODAY, now=NOW)

    row = ScannedAccount.objects.get(portfolio=book.taxable)
    assert (row.outcome, row.reason) == ("partly", "missing_basis")
    assert row.words == "A basis or its day is not known: ACME. No usable price: BETA."
    assert [one["symbol"] for one in row.decisions] == ["DELTA"]


def test_a_member_of_the_household_without_an_account_changes_nothing(book: WashBook) -> None:
    MemberFactory(household=book.taxable.household, relationship="spouse", user=None, name="Cy")
    MemberFactory(household=book.taxable.household, relationship="dependant", user=None, name="Di")

    report = scan_run(cause=NIGHTLY, day=TODAY, now=NOW)

    assert (report.accounts, report.scanned, report.skipped, report.failed) == (2, 1, 1, 0)
    assert TaxHarvest.objects.count() == 1
    # Of the dependant nothing is said: their purchases do not count.
    said = harvest_report(book.ann, TaxHarvest.objects.get().pk, TODAY).risks
    assert said[-1].startswith("The book has no account of one person of the household")
    assert coverage_check(day=TODAY, now=NOW) == 0


def test_a_position_that_broker_and_book_dispute_is_left_out_and_a_dispute_about_cash_stops_the_account(
    book: WashBook,
) -> None:
    account = BrokerAccountFactory(portfolio=book.taxable)
    delta = Instrument.objects.get(symbol="DELTA", household=book.taxable.household)
    dispute = Difference.objects.create(
        account=account, portfolio=book.taxable, kind="position", subject="DELTA", instrument=delta,
        words="The broker holds 90 DELTA.", seen_at=NOW,
    )  # fmt: skip

    partly = scan_run(cause=DEMAND, day=TODAY, now=NOW, portfolio_id=book.taxable.pk)
    row = ScannedAccount.objects.get(scan_id=partly.scan_id)
    assert (row.outcome, row.reason, partly.proposals) == ("partly", "differences", 0)

    Difference.objects.filter(pk=dispute.pk).update(instrument=None, kind="cash", words="Cash differs.")
    whole = scan_run(cause=DEMAND, day=TODAY, now=NOW, portfolio_id=book.taxable.pk)
    row = ScannedAccount.objects.get(scan_id=whole.scan_id)
    assert (row.outcome, row.reason, row.words) == ("skipped", "differences", "Cash differs.")


def test_two_positions_of_a_household_do_not_undo_each_other(
    book: WashBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = PortfolioFactory(holder=book.taxable.holder, household=book.taxable.household, name="Ann, 2")
    HarvestPolicy.objects.create(portfolio=other, is_enabled=True, threshold="any_loss")
    transactions_record(portfolio=other, parsed=[buy(ago(90), 10, "5000", symbol="GAMMA")], source="gamma")
    book_derive(household_id=book.taxable.household_id)
    gamma = Instrument.objects.get(symbol="GAMMA", household=book.taxable.household)
    Price.objects.create(instrument=gamma, day=ago(1), close=400, currency="USD", source="test")
    Instrument.objects.filter(symbol="GAMMA", household=None).delete()
    monkeypatch.setattr(FakeDesk, "__init__", lambda self, *_, **__: setattr(self, "gamma", gamma))

    scan_run(cause=NIGHTLY, day=TODAY, now=NOW)

    # DELTA has lost more, and nothing but GAMMA can be held instead: so GAMMA itself is not sold.
    assert [row.instrument.symbol for row in TaxHarvest.objects.all()] == ["DELTA"]
    (decision,) = ScannedAccount.objects.get(portfolio=other).decisions
    assert (decision["decision"], decision["words"]) == ("wait", scan_accounts.BOUGHT_INSTEAD)


def test_a_member_asks_for_a_scan_and_asking_again_changes_nothing(book: WashBook) -> None:
    household = book.taxable.household_id
    first = scan_ask(book.ann, household, day=TODAY, now=NOW)
    again = scan_ask(book.ben, household, day=TODAY, now=NOW + timedelta(minutes=9))
    later = scan_ask(book.ann, household, day=TODAY, now=NOW + timedelta(minutes=11))

    assert first.pk == again.pk != later.pk
    for stranger in (UserFactory(), MemberFactory().user):
        with pytest.raises(NotFound):
            scan_ask(stranger, household, day=TODAY, now=NOW)


def test_the_ranges_of_a_scan_divide_no_household_and_leave_nobody_out(book: WashBook) -> None:
    for _ in range(3):
        holder = MemberFactory()
        for _ in range(2):
            portfolio = PortfolioFactory(holder=holder)
            HarvestPolicy.objects.create(portfolio=portfolio, is_enabled=True)
    due = accounts_due()
    ranges = scan_ranges(due, size=3)
    found = [
        place
        for after, until in ranges
        for batch in account_batches(due, size=2, after=after, until=until)
        for place in batch
    ]

    assert [place.portfolio_id for place in found] == list(due.values_list("pk", flat=True))
    assert len(ranges) == 2
    assert scan_ranges(accounts_due(household_id=MemberFactory().household_id)) == []


def test_an_account_that_no_scan_reached_on_a_market_day_is_told_of_once_until_it_is_scanned(
    book: WashBook,
) -> None:
    assert coverage_check(day=TODAY, now=NOW) == 1
    assert coverage_check(day=TODAY, now=NOW) == 1
    alert = HarvestAlert.objects.get()
    assert (alert.kind, alert.portfolio, alert.closed_at) == ("not_scanned", book.taxable, None)
    assert alert.words.endswith("No scan reached it.")

    scan_run(cause=NIGHTLY, day=TODAY, now=NOW)
    assert coverage_check(day=TODAY, now=NOW) == 0
    assert HarvestAlert.objects.get().closed_at == NOW


def test_an_account_that_was_skipped_is_told_of_with_the_reason_and_a_new_one_is_not(book: WashBook) -> None:
    account = BrokerAccountFactory(portfolio=book.taxable)
    type(account).objects.filter(pk=account.pk).update(
        created_at=datetime(2020, 1, 2, tzinfo=UTC), values_at=None
    )
    type(account.gateway).objects.update(reconciled_at=None)
    new = PortfolioFactory(holder=book.taxable.holder, household=book.taxable.household)
    HarvestPolicy.objects.create(portfolio=new, is_enabled=True)
    scan_run(cause=NIGHTLY, day=TODAY, now=NOW)

    assert coverage_check(day=TODAY, now=NOW) == 1
    assert "The broker was last asked on" in HarvestAlert.objects.get().words


def test_a_replacement_that_the_book_knows_goes_before_a_better_one_that_it_does_not(
    book: WashBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = FakeDesk.offers

    def with_stranger(self: FakeDesk, *_: Any, **facts: Any) -> tuple[Replacement, ...]:
        known = offers(self, **facts)
        part = ReplacementPart(instrument_id=None, symbol="STRANGER", share=Decimal(1))
        return (replace(known[0], parts=(part,)), *known)

    monkeypatch.setattr(FakeDesk, "offers", with_stranger)
    scan_run(cause=NIGHTLY, day=TODAY, now=NOW)

    assert [part["symbol"] for part in TaxHarvest.objects.get().replacement] == ["GAMMA"]
