"""Pages of proposals and scans: what was found, what was refused and why, and how far a scan is."""

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from taxharvest.models import HarvestScan, ScannedAccount, TaxHarvest
from taxharvest.services.scans import scan_ask, scan_run
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory
from tests.taxharvest.scan_book import scan_book
from tests.taxharvest.wash_book import WashBook, ago

pytestmark = pytest.mark.django_db
INBOX = "/harvest/"


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> WashBook:
    return scan_book(monkeypatch)


@pytest.fixture
def scanned(book: WashBook) -> WashBook:
    """The book after its nightly scan: DELTA is proposed, ACME and BETA are not."""
    scan_run(cause=HarvestScan.Cause.NIGHTLY, day=ago(0), now=timezone.now())
    return book


@pytest.fixture
def ann(book: WashBook, client: Client) -> Client:
    client.force_login(book.ann)
    return client


def shown(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def read(page: str) -> str:
    """What a person reads of a page: its words without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def adviser_of(book: WashBook, scope: str) -> Client:
    adviser = UserFactory.create()
    GrantFactory.create(household=book.taxable.household, grantee=adviser, granted_by=book.ann, scope=scope)
    client = Client()
    client.force_login(adviser)
    return client


def test_before_any_scan_the_inbox_says_what_to_do(ann: Client) -> None:
    page = shown(ann, INBOX)
    for words in ("No scan has been made yet.", "No proposals yet.", "Scan now", "Harvest policy"):
        assert words in page


def test_somebody_without_a_household_finds_none(client: Client) -> None:
    client.force_login(UserFactory.create())
    assert "There is no household to look for losses in." in shown(client, INBOX)


def test_the_inbox_shows_what_is_proposed_and_what_was_refused_with_the_reason(
    ann: Client, scanned: WashBook
) -> None:
    page = shown(ann, INBOX)
    proposals, rest = page.split('id="refused"')
    for words in ("DELTA", "4,000.00", "GAMMA", "green", "clear"):
        assert words in proposals.lower() or words in proposals
    assert "1, largest loss first" in proposals
    refused = rest.split('id="accounts"')[0]
    assert "purchase of 6 ACME on" in refused
    assert "DELTA" not in refused
    accounts = rest.split('id="accounts"')[1]
    for words in ("Ann, Taxable", "Ben, IRA", "Scan coverage", "Target: 100 %."):
        assert words in accounts


def test_without_a_loss_worth_taking_the_inbox_says_so(ann: Client, scanned: WashBook) -> None:
    TaxHarvest.objects.all().delete()
    assert "Nothing to decide: no loss is worth taking now." in shown(ann, INBOX)


def test_what_was_decided_is_shown_with_its_reason(ann: Client, scanned: WashBook) -> None:
    TaxHarvest.objects.update(state="dismissed", reason="I keep it.", decided_at=timezone.now())
    decided = read(shown(ann, INBOX).split('id="decided"')[1])
    assert "100 DELTA" in decided
    assert "I keep it." in decided


def test_a_proposal_shows_lots_arithmetic_replacement_wash_check_and_outlook(
    ann: Client, scanned: WashBook
) -> None:
    harvest = TaxHarvest.objects.get()
    page = read(shown(ann, reverse("taxharvest:harvest", args=[harvest.pk])))
    for words in (
        "Sell 100 DELTA, buy GAMMA", "10,000.00", "6,000.00", "The arithmetic", "Household wash check",
        "What could go wrong", "If nothing is done", "Another company.", "0.90", "5.0 %", "700",
        "Review and approve",
    ):  # fmt: skip
        assert words in page, words


def test_a_household_without_an_income_reads_a_range_and_what_is_missing(
    ann: Client, scanned: WashBook
) -> None:
    harvest = TaxHarvest.objects.get()
    assert harvest.benefit_low < harvest.benefit_high
    page = shown(ann, reverse("taxharvest:harvest", args=[harvest.pk]))
    assert " to " in page.split("worth about")[1].split("before costs")[0]
    assert "income" in page.lower()


def test_who_sees_no_taxes_sees_no_benefit(scanned: WashBook) -> None:
    harvest = TaxHarvest.objects.get()
    client = adviser_of(scanned, "read")
    page = shown(client, INBOX, household=scanned.taxable.household_id)
    assert "not yours to see" in page
    assert "Scan now" not in page
    one = shown(client, reverse("taxharvest:harvest", args=[harvest.pk]))
    assert "worth about" not in one
    assert "Deciding is for the members of the household." in one


def test_an_adviser_is_led_to_propose(scanned: WashBook) -> None:
    harvest = TaxHarvest.objects.get()
    one = shown(adviser_of(scanned, "propose"), reverse("taxharvest:harvest", args=[harvest.pk]))
    assert "Review and propose" in one
    assert "Set aside" not in one


def test_a_stranger_finds_neither_proposal_nor_scan(scanned: WashBook, client: Client) -> None:
    client.force_login(MemberFactory.create().user)
    scan = HarvestScan.objects.get()
    HarvestScan.objects.update(household=scanned.taxable.household)
    for name, key in (("harvest", TaxHarvest.objects.get().pk), ("scan_progress", scan.pk)):
        assert client.get(reverse(f"taxharvest:{name}", args=[key])).status_code == 404


def test_a_scan_is_asked_for_and_shows_how_far_it_is(
    ann: Client, book: WashBook, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    begun: list[Any] = []
    monkeypatch.setattr("taxharvest.views.harvests.enqueue_scan", begun.append)
    with django_capture_on_commit_callbacks(execute=True):
        answer = ann.post(reverse("taxharvest:scan_now"))
    scan = HarvestScan.objects.get()
    assert (answer.status_code, answer["Location"], begun) == (303, INBOX, [scan.pk])
    HarvestScan.objects.update(accounts=2, scanned=1)
    progress = reverse("taxharvest:scan_progress", args=[scan.pk])
    page = shown(ann, INBOX)
    assert progress in page
    assert "Scan now" not in page
    assert "Looking for losses" in shown(ann, progress)


def test_a_scan_that_is_over_ends_the_polling(ann: Client, book: WashBook) -> None:
    scan = scan_ask(book.ann, book.taxable.household_id, day=ago(0), now=timezone.now())
    HarvestScan.objects.update(state="failed", words="The queue cannot be reached.")
    answer = ann.get(reverse("taxharvest:scan_progress", args=[scan.pk]))
    assert (answer.status_code, answer["HX-Redirect"]) == (286, INBOX)
    assert "The queue cannot be reached." in answer.content.decode()


def test_a_grant_begins_no_scan(book: WashBook) -> None:
    adviser = adviser_of(book, "manage")
    answer = adviser.post(f"{reverse('taxharvest:scan_now')}?household={book.taxable.household_id}")
    assert answer.status_code == 404
    assert not HarvestScan.objects.exists()


def test_the_card_of_the_dashboard_tells_what_waits_and_is_empty_without(
    ann: Client, scanned: WashBook
) -> None:
    card = reverse("taxharvest:harvest_card")
    assert "Sell 100 DELTA, buy GAMMA" in read(shown(ann, card))
    TaxHarvest.objects.all().delete()
    assert shown(ann, card).strip() == ""


def test_an_account_that_was_left_out_says_why(ann: Client, scanned: WashBook) -> None:
    ScannedAccount.objects.filter(portfolio=scanned.taxable).update(
        outcome="skipped", reason="stale", words="The last statement is of 3 May 2026."
    )
    assert "The last statement is of 3 May 2026." in shown(ann, INBOX)


def test_figures_of_harvests_are_those_of_the_household(ann: Client, scanned: WashBook) -> None:
    page = shown(ann, INBOX).split('id="figures"')[1]
    for words in ("Losses harvested", "Harvest sales later washed", "Proposals accepted"):
        assert words.lower() in page.lower(), words
    assert Decimal(TaxHarvest.objects.get().short_loss) == 4000
