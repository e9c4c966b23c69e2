"""The running product, people signed into it, and browsers that fail when anything complains."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.cast import Cast
from tests.e2e.product import Product, product_running
from tests.e2e.watch import POLICY, Complaints

# A loaded machine is slow, not wrong.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)

Opener = Callable[..., Page]
Seat = Callable[[str], Page]


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The demo, started once for all tests of this process."""
    with product_running(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Everything that the browser complained about; a test that leaves any fails."""
    found = Complaints()
    yield found
    assert found.words == []


@pytest.fixture
def opened(browser: Browser, product: Product, complaints: Complaints) -> Iterator[Opener]:
    """Opens a page in a browser of its own: `opened("/dashboard/", state=cast.session("demo"))`."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: str | None = "/",
        *,
        state: Any = None,
        width: int = 1440,
        theme: str = "light",
        script: bool = True,
        strict: bool = True,
    ) -> Page:
        context = context_made(
            browser, product, state, width=width, dark=theme == "dark", java_script_enabled=script
        )
        contexts.append(context)
        page = context.new_page()
        if strict:
            complaints.watch(page)
        if path is not None:
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def context_made(
    browser: Browser, product: Product, state: Any, *, width: int = 1440, dark: bool = False, **more: Any
) -> BrowserContext:
    """A browser of its own, with the stored session `state`."""
    context = browser.new_context(
        base_url=product.url,
        storage_state=state,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        accept_downloads=True,
        **more,
    )
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture(scope="session")
def seats() -> dict[str, Page]:
    """The pages that stay open from test to test, by person."""
    return {}


@pytest.fixture
def seat(
    browser: Browser, product: Product, cast: Cast, complaints: Complaints, seats: dict[str, Page]
) -> Iterator[Seat]:
    """The open page of a person, light and wide: what it fetched for one test, the next need not fetch.

    For tests that change nothing for the one who sits there. Nobody's may be used to sign up: it is nobody's
    again after the test.
    """
    taken: list[Page] = []

    def sit(who: str) -> Page:
        if who not in seats:
            seats[who] = context_made(browser, product, cast.session(who)).new_page()
            seats[who].add_init_script(POLICY)
        page = seats[who]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1440, "height": 900})
        complaints.listen(page)
        taken.append(page)
        return page

    yield sit
    for page in taken:
        page.goto("about:blank")
        complaints.unlisten(page)
        if page is seats.get("nobody"):
            page.context.clear_cookies()


@pytest.fixture(scope="session")
def cast(browser: Browser, product: Product) -> Cast:
    """Everybody whose session a page may be seen with."""
    return Cast(browser=browser, product=product)
