"""Without a mouse: import a file, ask why, find a page, move through rows, hide amounts."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.cast import STATEMENTS, Cast
from tests.e2e.conftest import Opener
from tests.e2e.people import REVIEW, sign_up

pytestmark = pytest.mark.browser

MOST_STEPS = 120


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as somebody without a mouse would."""
    for _ in range(MOST_STEPS):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by Tab")


@pytest.fixture
def demo(cast: Cast) -> Any:
    return cast.session("demo")


def test_a_statement_is_imported_by_keys_alone(opened: Opener) -> None:
    page = opened()
    sign_up(page, "keys@example.test", "Keys Only")
    chooser = page.locator("input[type=file]")
    tab_to(page, chooser)
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Space")
    choosing.value.set_files(STATEMENTS / "month.xml")
    tab_to(page, page.get_by_role("button", name="Read the file"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(REVIEW)
    tab_to(page, page.locator("input[name=openings]:checked"))
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=openings][value=none]")).to_be_checked()
    tab_to(page, page.get_by_role("button", name=re.compile("^Import [0-9]+ row")))
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("rows read, "))).to_be_visible()
    tab_to(page, page.get_by_role("link", name="See the book"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/dashboard/$"))


def test_the_arithmetic_of_a_figure_opens_by_enter_and_escape_gives_the_focus_back(
    opened: Opener, demo: Any
) -> None:
    page = opened("/dashboard/", state=demo)
    opener = page.locator("#value a.why[href*='/why/gain/']")
    tab_to(page, opener)
    page.keyboard.press("Enter")
    pane = page.locator("#pane")
    expect(pane).to_be_visible()
    expect(pane.locator("h2")).to_be_focused()
    expect(pane.locator(".arithmetic dt").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(pane).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_palette_opens_a_symbol_by_its_letters(opened: Opener, demo: Any) -> None:
    page = opened("/dashboard/", state=demo)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("AAPL")
    expect(page.get_by_role("option", name=re.compile("^AAPL"))).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/holdings/[0-9a-f-]+/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("AAPL")


def test_escape_closes_the_palette_with_letters_in_it_and_gives_the_focus_back(
    opened: Opener, demo: Any
) -> None:
    page = opened("/dashboard/", state=demo)
    opener = page.locator("#value a.why").first
    opener.focus()
    page.keyboard.press("Control+k")
    page.keyboard.type("aa")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_sheet_of_keys_opens_and_closes_by_keys(opened: Opener, demo: Any) -> None:
    page = opened("/transactions/", state=demo)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("d", "/dashboard/"),
        ("p", "/portfolios/"),
        ("a", "/transactions/"),
        ("f", "/performance/"),
        ("l", "/allocation/"),
        ("i", "/imports/"),
        ("c", "/data-check/"),
        ("s", "/settings/"),
    ],
)
def test_two_keys_go_to_a_page(opened: Opener, demo: Any, key: str, path: str) -> None:
    page = opened("/transactions/new/", state=demo)
    page.keyboard.press("g")
    page.keyboard.press(key)
    expect(page).to_have_url(re.compile(f"{path}$"))


def test_j_and_k_move_through_the_rows_and_enter_opens_one(opened: Opener, demo: Any) -> None:
    page = opened("/transactions/", state=demo)
    links = page.locator("table[data-rows] tbody th a")
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(links.nth(row)).to_be_focused()
    address = links.nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{address}$"))


def test_p_hides_the_amounts_of_every_page_and_shows_them_again(opened: Opener, demo: Any) -> None:
    page = opened("/dashboard/", state=demo)
    amount = page.locator(".headline[data-amount]")
    page.keyboard.press("p")
    assert amount.evaluate("one => getComputedStyle(one).color") == "rgba(0, 0, 0, 0)"
    page.goto("/portfolios/")
    expect(page.locator("html")).to_have_class(re.compile("privacy"))
    page.keyboard.press("p")
    expect(page.locator("html")).not_to_have_class(re.compile("privacy"))


def test_e_exports_the_table_of_the_page(opened: Opener, demo: Any) -> None:
    page = opened("/transactions/", state=demo)
    with page.expect_download() as loading:
        page.keyboard.press("e")
    assert loading.value.suggested_filename.endswith(".csv")


def test_single_keys_rest_inside_a_field(opened: Opener, demo: Any) -> None:
    page = opened("/transactions/new/", state=demo)
    field = page.get_by_label("Note")
    field.focus()
    page.keyboard.type("gdp?e")
    expect(field).to_have_value("gdp?e")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page).to_have_url(re.compile("/transactions/new/$"))


def test_single_keys_can_be_switched_off_in_the_settings(opened: Opener, cast: Cast) -> None:
    page = opened("/settings/", state=cast.session("newcomer"))
    page.get_by_label("Keyboard shortcuts").uncheck()
    page.goto("/portfolios/")
    page.keyboard.press("?")
    page.keyboard.press("p")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("html")).not_to_have_class(re.compile("privacy"))


def test_the_first_tab_offers_to_skip_to_the_content(opened: Opener, demo: Any) -> None:
    page = opened("/dashboard/", state=demo)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_every_focus_is_seen(opened: Opener, demo: Any) -> None:
    page = opened("/portfolios/", state=demo)
    unseen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => {
              const one = document.activeElement, look = getComputedStyle(one);
              const outlined = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0;
              return one === document.body || outlined || look.boxShadow !== "none";
            }"""
        )
        if not shown:
            unseen.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
    assert unseen == []
