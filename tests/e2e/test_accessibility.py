"""Every page by the axe rules, in light and dark, on a phone and on a desk, with a quiet console."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.architecture.route_walk import routes_found
from tests.e2e.axe import violations
from tests.e2e.cast import Cast
from tests.e2e.conftest import Opener, Seat
from tests.e2e.pages import NOT_PAGES, PAGES, Shown, is_foreign

pytestmark = pytest.mark.browser

LOOKS = (("light", 1440), ("light", 390), ("dark", 390), ("dark", 1440))


def test_every_route_is_a_page_of_this_suite_or_named_as_none() -> None:
    routes = {name for name in routes_found() if not is_foreign(name)}
    pages = {shown.route for shown in PAGES} - {"404", "style_guide"}  # the second exists in a demo only
    assert pages & set(NOT_PAGES) == set()
    assert routes == pages | set(NOT_PAGES)


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_the_axe_rules_find_nothing_in_light_and_dark_on_phone_and_desk(
    seat: Seat, cast: Cast, shown: Shown
) -> None:
    page = seat(shown.who)
    response = page.goto(shown.find(page.request, cast))
    assert response is not None
    assert response.status == shown.status
    found = [
        problem
        for theme, width in LOOKS
        for problem in problems(page, theme, width, has_been_light=theme == "dark")
    ]
    assert found == []


def problems(page: Page, theme: Any, width: int, *, has_been_light: bool = False) -> list[str]:
    """What is wrong with a page in a theme and at a width, a line for each.

    Of a page that `has_been_light` at this width only the colours are asked in the dark.
    """
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    root = page.locator("html")
    if root.get_attribute("data-theme") is not None:
        expect(root).to_have_attribute("data-theme", "wealth" if theme == "light" else "wealth-dark")
    expect(page.locator("[data-chart]:visible:not([data-state])")).to_have_count(0)
    # A page moves by a line when its fonts arrive, and what is measured moves with it.
    page.evaluate("document.fonts.ready.then(() => true)")
    found = violations(page, colours_alone=has_been_light)
    lines = [f"{theme} {width} {line}" for line in found]
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return lines + ([f"{theme} {width} is {wider} px wider than the screen"] if wider > 0 else [])


def test_an_open_explanation_an_open_palette_and_the_sheet_of_keys_pass_the_axe_rules(
    opened: Opener, cast: Cast
) -> None:
    page = opened("/dashboard/", state=cast.session("demo"))
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("a")
    assert problems(page, "light", 1440) + problems(page, "dark", 390) == []
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert problems(page, "light", 1440) + problems(page, "dark", 390) == []
    page.keyboard.press("Escape")
    page.locator("main a[href^='/why/']").first.click()
    expect(page.locator("#pane")).to_be_visible()
    assert problems(page, "light", 1440) + problems(page, "dark", 390) == []


def test_every_explanation_that_the_pages_offer_opens(opened: Opener, cast: Cast) -> None:
    page = opened("/dashboard/", state=cast.session("demo"))
    links: set[str] = set()
    for path in ("/dashboard/", "/performance/", "/allocation/"):
        page.goto(path)
        links |= set(
            page.locator("a[href^='/why/']").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        )
    figures = {link.split("/")[2]: link for link in sorted(links)}
    assert len(figures) >= 15
    assert {figure: page.request.get(link).status for figure, link in figures.items()} == dict.fromkeys(
        figures, 200
    )


def test_the_documentation_of_the_api_breaks_no_content_policy(opened: Opener) -> None:
    page = opened("/api/v1/docs/")
    expect(page.get_by_text("/api/v1/dashboard").first).to_be_visible()
