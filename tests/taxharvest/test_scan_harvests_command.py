"""manage.py scan_harvests."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from taxharvest.models import HarvestScan, ScannedAccount, TaxHarvest
from taxharvest.services import scan_accounts
from tests.factories.portfolios import PortfolioFactory
from tests.taxharvest.scan_book import scan_book
from tests.taxharvest.wash_book import WashBook, ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> WashBook:
    return scan_book(monkeypatch)


def run(*arguments: str) -> str:
    printed = StringIO()
    call_command("scan_harvests", f"--day={ago(0)}", *arguments, stdout=printed)
    return printed.getvalue()


def test_it_tells_every_account_every_decision_and_the_sums(book: WashBook) -> None:
    printed = run()
    lines = printed.splitlines()
    assert "Ann, Taxable: scanned." in lines
    assert "  DELTA, 100 shares, loss 4,000.00 USD: propose." in printed
    assert "  ACME, 10 shares, loss 40.00 USD: washed." in printed
    ira = next(line for line in lines if line.startswith("Ben, IRA: skipped."))
    assert ira != "Ben, IRA: skipped."
    assert lines[-1] == (
        f"Scanned 1 of 2 accounts for {ago(0)}, skipped 1: 3 positions under water, 1 worth harvesting."
    )
    assert (HarvestScan.objects.get().cause, TaxHarvest.objects.count()) == ("nightly", 1)


def test_run_again_it_adds_nothing(book: WashBook) -> None:
    first = run()
    again = run()
    assert again.splitlines() == first.splitlines()[-1:]
    assert (HarvestScan.objects.count(), ScannedAccount.objects.count()) == (1, 2)
    assert TaxHarvest.objects.count() == 1


def test_a_dry_run_judges_and_writes_nothing(book: WashBook) -> None:
    printed = run("--dry-run")
    assert "DELTA, 100 shares, loss 4,000.00 USD: propose." in printed
    assert printed.splitlines()[-1].startswith("Would have scanned 1 of 2 accounts")
    assert not HarvestScan.objects.exists()
    assert not TaxHarvest.objects.exists()


def test_one_account_is_scanned_alone(book: WashBook) -> None:
    PortfolioFactory(holder=book.taxable.holder, name="Ann, other")
    printed = run("--portfolio", str(book.taxable.pk))
    assert "Ann, other" not in printed
    assert printed.splitlines()[-1].startswith("Scanned 1 of 1 accounts")
    assert HarvestScan.objects.get().cause == "demand"


def test_one_account_is_tried_without_writing(book: WashBook) -> None:
    assert "Would have scanned 1 of 1" in run("--portfolio", str(book.taxable.pk), "--dry-run")
    assert not HarvestScan.objects.exists()


def test_an_account_that_is_not_there_is_refused(book: WashBook) -> None:
    with pytest.raises(CommandError, match="account"):
        run("--portfolio", str(uuid4()))
    assert not HarvestScan.objects.exists()


def test_an_account_that_could_not_be_looked_through_ends_in_an_error(
    book: WashBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the judge is away")

    monkeypatch.setattr(scan_accounts, "judge", broken)
    with pytest.raises(CommandError, match="1 accounts could not be looked through; the log says why"):
        run()
