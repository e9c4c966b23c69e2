"""The page of all parts in a real browser: what stands still, what moves, and what the axe rules say."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.e2e.axe import violations
from wealthalloc.style_guide import style_guide


def _plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f'<!doctype html><link rel="icon" href="data:,"><title>at {request.path}</title>')


def _palette(request: HttpRequest) -> HttpResponse:
    items = [{"label": "VNQ", "detail": "Vanguard Real Estate ETF", "url": "/holding/", "icon": "chart-line"}]
    groups = [{"title": "Symbols", "items": items}] if request.GET.get("q", "").lower() in "vnq" else []
    return render(request, "components/palette_results.html", {"groups": groups})


urlpatterns = [
    path("", style_guide, name="style_guide"),
    path("palette/", _palette, name="palette"),
    path("holding/", _plain),
    path("home/", _plain, name="dashboard"),
    path("books/", include(([path("", _plain, name="portfolio_list")], "portfolios"))),
]

pytestmark = [pytest.mark.browser, pytest.mark.urls(__name__)]

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """The pages and their static files; nothing here asks the database, so no test waits for one."""
    server = LiveServer("127.0.0.1")
    yield server
    server.stop()


@pytest.fixture
def opened(server: LiveServer, browser: Browser) -> Iterator[Open]:
    """Opens the page at a size and a theme, and fails when the browser complained about anything."""
    complaints: list[str] = []

    def open_page(width: int = 1440, theme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(server.url)
        expect(page.locator("[data-chart]")).to_have_attribute("data-state", "drawn")
        # A page moves by a line when its fonts arrive, and what is measured moves with it.
        page.evaluate("document.fonts.ready.then(() => true)")
        return page

    yield open_page
    for context in browser.contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize(
    ("width", "theme"),
    [(390, "light"), (390, "dark"), (800, "light"), (1100, "light"), (1440, "light"), (1440, "dark")],
)
def test_the_axe_rules_find_nothing_and_nothing_is_wider_than_the_screen(
    opened: Open, width: int, theme: str
) -> None:
    page = opened(width, theme)
    # The light cases have the same widths.
    assert violations(page, colours_alone=theme == "dark") == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_theme_follows_the_device_until_it_is_chosen(opened: Open) -> None:
    page = opened(theme="dark")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "wealth-dark")
    page.get_by_role("button", name="Light or dark").click()
    expect(root).to_have_attribute("data-theme", "wealth")
    page.reload()
    expect(root).to_have_attribute("data-theme", "wealth")


def test_hidden_amounts_stay_hidden_and_percentages_readable(opened: Open) -> None:
    page = opened()
    amount = page.locator(".headline[data-amount]")
    page.keyboard.press("p")
    expect(page.locator("html")).to_have_class(re.compile("privacy"))
    assert amount.evaluate("one => getComputedStyle(one).color") == "rgba(0, 0, 0, 0)"
    assert amount.evaluate("one => getComputedStyle(one, '::after').content") == '"•••••"'
    page.reload()
    expect(page.locator("html")).to_have_class(re.compile("privacy"))
    expect(page.get_by_role("button", name="Hide amounts").first).to_have_attribute("aria-pressed", "true")


def test_the_palette_finds_pages_and_symbols_and_opens_them_by_keys(opened: Open) -> None:
    page = opened()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search symbol, account, page or action")
    expect(field).to_be_focused()
    page.keyboard.type("vn")
    expect(page.get_by_role("option", name="VNQ")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/holding/$"))


def test_escape_closes_the_palette_and_gives_the_focus_back(opened: Open) -> None:
    page = opened()
    opener = page.get_by_role("button", name="Search symbol, account, page")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(opener).to_be_focused()


def test_two_keys_jump_to_a_page(opened: Open) -> None:
    page = opened()
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile("/books/$"))


def test_keys_rest_inside_a_field(opened: Open) -> None:
    page = opened()
    page.get_by_label("Remark").focus()
    page.keyboard.type("gp?")
    expect(page.get_by_label("Remark")).to_have_value("gp?")
    expect(page.locator("#keys")).to_be_hidden()


def test_keys_can_be_switched_off(opened: Open) -> None:
    page = opened()
    page.evaluate("device.set('keys', 'off')")
    page.keyboard.press("p")
    page.keyboard.press("?")
    expect(page.locator("html")).not_to_have_class(re.compile("privacy"))
    expect(page.locator("#keys")).to_be_hidden()


def test_j_and_k_move_through_rows(opened: Open) -> None:
    page = opened()
    for key, day in (("j", "4 Sep 2026"), ("j", "9 Feb 2026"), ("k", "4 Sep 2026")):
        page.keyboard.press(key)
        expect(page.locator("tr.is-current th")).to_contain_text(day)


def test_a_form_with_errors_opens_on_what_is_to_be_mended(opened: Open) -> None:
    page = opened()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="Cost of the lot, USD").click()
    expect(page.get_by_label("Cost of the lot, USD")).to_be_focused()


def test_a_chart_is_read_by_keys_and_as_a_table(opened: Open) -> None:
    page = opened()
    chart = page.locator("[data-chart]")
    chart.focus()
    page.keyboard.press("End")
    expect(page.locator("#value-chart-day")).to_have_text(
        re.compile(r"^23 Nov 2026 \$950,360\.38, Target mix")
    )
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#value-chart-day")).to_have_text(re.compile(r"^20 Nov 2026 "))
    page.get_by_role("button", name="Show as table").click()
    rows = page.locator("#value-chart-table tbody tr")
    expect(rows.first).to_contain_text("23 Nov 2026")
    expect(page.locator("#value-chart-table")).to_contain_text("missing")


def test_a_toast_says_what_happened_and_an_error_stays(opened: Open) -> None:
    page = opened()
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('toast',"
        " {bubbles: true, detail: {level: 'error', message: 'Not saved.'}}))"
    )
    toast = page.locator(".toast", has_text="Not saved.")
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Close message").click()
    expect(toast).to_have_count(0)


def test_a_dialog_closes_by_its_safe_button(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="Open a dialog").click()
    dialog = page.get_by_role("dialog", name="Take back the import of 17 Dec?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Open a dialog")).to_be_focused()


def test_the_phone_has_four_places_and_the_rest_under_more(opened: Open) -> None:
    page = opened(390)
    expect(page.locator(".rail")).to_have_count(1)
    expect(page.locator(".frame > .rail")).to_be_hidden()
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("dialog", name="Menu")).to_be_visible()
