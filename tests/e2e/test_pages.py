"""What the pages do when somebody uses them, with script and without."""

import csv
import io
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.cast import STATEMENTS, Cast
from tests.e2e.conftest import Opener
from tests.e2e.pages import WHAT_IF
from tests.e2e.people import REVIEW, RUN, account_make, confirm, demo_enter, sign_in, sign_up, upload
from tests.e2e.product import DEMO_LOGIN, DEMO_PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def demo(cast: Cast) -> Any:
    return cast.session("demo")


def account_open(page: Page, name: str) -> None:
    page.goto("/portfolios/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def downloaded(page: Page, link: str) -> list[list[str]]:
    with page.expect_download() as loading:
        page.get_by_role("link", name=link).click()
    return list(csv.reader(io.StringIO(loading.value.path().read_text(encoding="utf-8-sig"))))


def test_an_interval_of_the_dashboard_replaces_its_part_alone(opened: Opener, demo: Any) -> None:
    page = opened("/dashboard/", state=demo)
    before = page.locator("#value .soft").first.inner_text()
    page.evaluate("window.isSamePage = true")
    page.locator("#value .segments a", has_text="1Y").click()
    expect(page).to_have_url(re.compile("interval=1y"))
    expect(page.locator("#value .segments a[aria-current]", has_text="1Y")).to_be_visible()
    expect(page.locator("#value [data-chart]")).to_have_attribute("data-state", "drawn")
    assert page.locator("#value .soft").first.inner_text() != before
    assert page.evaluate("window.isSamePage") is True
    page.reload()
    expect(page.locator("#value .segments a[aria-current]", has_text="1Y")).to_be_visible()


def test_the_chart_of_the_dashboard_is_a_table_too_with_the_value_of_the_headline(
    opened: Opener, demo: Any
) -> None:
    page = opened("/dashboard/", state=demo)
    expect(page.locator("#value [data-chart]")).to_have_attribute("data-state", "drawn")
    page.get_by_role("button", name="Show as table").click()
    newest = page.locator("#value-chart-table tbody tr").first
    headline = re.sub(r"\s", "", page.locator(".headline").inner_text())
    assert headline.startswith("$")
    expect(newest).to_contain_text(headline)


def test_a_filter_of_the_ledger_stands_in_the_address_and_in_the_export(opened: Opener, demo: Any) -> None:
    page = opened("/transactions/", state=demo)
    page.get_by_label("Kind").select_option("dividend")
    expect(page).to_have_url(re.compile("kind=dividend"))
    expect(page.get_by_role("heading", name="Matching rows")).to_be_visible()
    shown = page.locator("table[data-rows] tbody th a").all_inner_texts()
    assert shown
    assert all(text.startswith("Dividend") for text in shown)
    rows = downloaded(page, "Export CSV")
    header = next(row for row in rows if "kind" in row)
    kinds = {row[header.index("kind")] for row in rows[rows.index(header) + 1 :] if len(row) == len(header)}
    assert {kind.lower() for kind in kinds} == {"dividend"}
    page.reload()
    assert page.locator("table[data-rows] tbody th a").all_inner_texts() == shown


def test_a_transaction_entered_by_hand_moves_the_holding_and_its_reversal_moves_it_back(
    opened: Opener,
) -> None:
    page = opened(None)
    account_make(page, "byhand@example.test", "By Hand")
    account_open(page, "Kept by hand")
    account = page.url
    page.goto("/transactions/new/")
    page.get_by_label("What happened").select_option("buy")
    page.get_by_label("Day").fill("2026-03-02")
    page.get_by_role("textbox", name="Symbol").fill("ACME")
    page.locator("#id_quantity").fill("10")
    page.get_by_label("Price of one").fill("12.50")
    page.get_by_label("Fees").fill("1.50")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Buy ACME")
    row = page.url
    page.goto(account)
    held = page.locator("#holdings tbody tr[data-href]")
    expect(held).to_have_count(1)
    expect(held.locator("td[data-label=shares]")).to_have_text("10")

    page.goto(row)
    page.locator("#take-back input[type=text], #take-back textarea").first.fill("typed twice")
    page.get_by_role("button", name="Reverse this row").click()
    expect(page.locator("main")).to_contain_text("Taken back by a reversal: typed twice")
    expect(page.get_by_role("button", name="Reverse this row")).to_have_count(0)
    page.goto(account)
    expect(page.locator("#holdings tbody tr[data-href]")).to_have_count(0)
    page.goto("/transactions/")
    expect(page.locator("table[data-rows] tbody tr")).to_have_count(2)


def test_a_form_that_is_wrong_keeps_what_was_typed_and_leads_to_the_field(opened: Opener) -> None:
    page = opened(None)
    account_make(page, "wrong@example.test", "Wro Ng")
    account_open(page, "Errors")
    page.goto("/transactions/new/")
    page.get_by_label("What happened").select_option("buy")
    page.get_by_role("textbox", name="Symbol").fill("ACME")
    page.get_by_label("Price of one").fill("12.5")
    page.get_by_role("button", name="Record it").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page.get_by_role("textbox", name="Symbol")).to_have_value("ACME")
    expect(page.get_by_label("Price of one")).to_have_value("12.5")
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.matches('main input, main select')")


def test_a_sale_that_cannot_be_reckoned_says_why_beside_the_form(
    opened: Opener, cast: Cast, demo: Any
) -> None:
    page = opened("/tax/what-if/", state=demo)
    page.goto(WHAT_IF(page.request, cast))
    page.get_by_label("Price of one").fill("much")
    page.get_by_role("button", name="Reckon", exact=True).click()

    expect(page.locator("#outcome .error-summary")).to_contain_text("Price of one: Enter a number.")
    expect(page.locator("#toasts")).to_be_empty()


def test_a_csv_file_is_mapped_by_hand_reviewed_and_imported_and_its_meanings_are_kept(
    opened: Opener,
) -> None:
    page = opened(None)
    account_make(page, "mapping@example.test", "Map Ping")
    text = (
        "When;Was;Wertpapier;Stück;Kurs;Betrag\n"
        "03.02.2026;Kauf;ACME;10;12,50;-125,00\n"
        "04.02.2026;Einlage;;;;1.000,00\n"
    )
    file = {"name": "bank.csv", "mimeType": "text/csv", "buffer": text.encode()}
    upload(page, file)  # type: ignore[arg-type] # a file in memory
    expect(page).to_have_url(re.compile("/columns/$"))
    for header, meaning in (
        ("When", "date"),
        ("Was", "kind"),
        ("Wertpapier", "symbol"),
        ("Stück", "quantity"),
        ("Kurs", "price"),
        ("Betrag", "amount"),
    ):
        page.get_by_label(f"Meaning of “{header}”").select_option(meaning)
    page.get_by_role("button", name="Look again with these columns").click()
    page.get_by_label("“Kauf” means").select_option("buy")
    page.get_by_label("“Einlage” means").select_option("deposit")
    page.get_by_label("Dates are written as").select_option("DD/MM/YYYY")
    page.get_by_label("Decimal mark").select_option(label="1.234,50")
    page.locator("#id_currency").fill("EUR")
    page.get_by_label("Keep these meanings as").fill("My bank")
    page.get_by_role("button", name="Read the rows").click()
    expect(page).to_have_url(REVIEW)
    expect(page.locator("main")).to_contain_text("2 rows read: 2 new, 0 already in the book")
    page.get_by_label("Goes into").select_option("new")
    name = page.get_by_label("Name of the new portfolio")
    if not name.is_visible():
        page.get_by_text("When it is a new portfolio").click()
    name.fill("The bank")
    page.get_by_label("Base currency").fill("EUR")
    confirm(page)
    page.goto("/transactions/")
    expect(page.locator("table[data-rows] tbody th a")).to_have_text(["Deposit", "Buy ACME"])

    upload(page, file)  # type: ignore[arg-type] # a file in memory
    expect(page).to_have_url(re.compile("/columns/$"))
    expect(page.get_by_label("Use saved meanings")).to_contain_text("My bank")


def test_an_account_is_opened_renamed_closed_and_opened_again(opened: Opener) -> None:
    page = opened(None)
    account_make(page, "accounts@example.test", "Ac Counts")
    account_open(page, "First name")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("Name").fill("Second name")
    page.get_by_role("button", name="Save the account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Second name")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_role("button", name="Close the account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("closed")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_role("button", name="Open the account again").click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("closed")


def test_a_finding_is_suppressed_with_a_reason_and_taken_back(opened: Opener) -> None:
    page = opened(None)
    account_make(page, "findings@example.test", "Fin Dings")
    upload(page, STATEMENTS / "month.xml")
    confirm(page, openings=False)
    page.goto("/data-check/")
    findings = page.locator("article[id^=finding]")
    first = findings.first
    identity = first.get_attribute("id")
    first.locator("summary").click()
    first.get_by_label("Why is this all right?").fill("the broker says so")
    first.get_by_role("button", name="Suppress with this reason").click()
    one = page.locator(f"#{identity}")
    expect(one).to_contain_text("“the broker says so”")
    one.get_by_role("button", name="Take back").click()
    expect(page.locator(f"#{identity} summary")).to_be_visible()
    expect(page.get_by_text("the broker says so")).to_have_count(0)


def test_a_changed_setting_is_kept_and_said(opened: Opener) -> None:
    page = opened(None)
    account_make(page, "settings@example.test", "Set Tings")
    page.goto("/settings/")
    page.locator("#profile_name").fill("Settled")
    page.locator("#profile_time_zone").select_option("Europe/Zurich")
    page.get_by_role("button", name="Save your profile").click()
    expect(page.locator(".toast")).to_be_visible()
    page.reload()
    expect(page.locator("#profile_name")).to_have_value("Settled")
    expect(page.locator("#profile_time_zone")).to_have_value("Europe/Zurich")


def test_the_chosen_theme_is_remembered_and_there_before_the_first_paint(opened: Opener, demo: Any) -> None:
    page = opened("/settings/", state=demo)
    page.locator("#device-theme").select_option("dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "wealth-dark")
    page.goto("/portfolios/", wait_until="commit")
    page.wait_for_function("document.body !== null")
    assert page.evaluate("document.documentElement.dataset.theme") == "wealth-dark"


def test_without_script_somebody_signs_in_and_reads_the_dashboard(opened: Opener) -> None:
    page = opened(script=False)
    sign_in(page, DEMO_LOGIN, DEMO_PASSWORD)
    expect(page).to_have_url(re.compile("/dashboard/$"))
    expect(page.locator(".headline")).to_contain_text("$")
    page.locator("#value .segments a", has_text="1Y").click()
    expect(page.locator("#value .segments a[aria-current]", has_text="1Y")).to_be_visible()
    page.locator("#value a.why[href*='/why/gain/']").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".arithmetic dt").first).to_be_visible()


def test_without_script_the_ledger_is_filtered_and_read_to_its_end(opened: Opener) -> None:
    page = opened(script=False)
    demo_enter(page)
    page.goto("/transactions/")
    seen = set(page.locator("table[data-rows] tbody th a").evaluate_all("all => all.map(one => one.href)"))
    first = len(seen)
    while (more := page.get_by_role("link", name="Load more")).count():
        with page.expect_navigation():
            more.click()
        fresh = set(
            page.locator("table[data-rows] tbody th a").evaluate_all("all => all.map(one => one.href)")
        )
        assert fresh
        assert not fresh & seen
        seen |= fresh
    assert len(seen) > 3 * first
    page.goto("/transactions/")
    page.get_by_label("Kind").select_option("dividend")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("kind=dividend"))


def test_without_script_a_statement_is_imported(opened: Opener) -> None:
    page = opened(script=False)
    sign_up(page, "noscript@example.test", "No Script")
    upload(page, STATEMENTS / "month.xml")
    expect(page).to_have_url(RUN)
    until(page, "review/")
    page.locator("input[name=openings][value=add]").check()
    page.get_by_role("button", name=re.compile("^Import [0-9]+ row")).click()
    until(page, "", "rows read, ")
    page.goto("/portfolios/")
    expect(page.locator("main")).to_contain_text("U88")


def until(page: Page, tail: str, words: str = "") -> None:
    """Look again, as the page without script asks, until the import stands here."""
    for _ in range(60):
        if page.url.endswith(tail) and (not words or page.get_by_text(words).count()):
            return
        again = page.get_by_role("link", name="Look again")
        if again.count():
            again.click()
        page.wait_for_timeout(500)
    raise AssertionError(f"{page.url} never came to {tail or words}")
