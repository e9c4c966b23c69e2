"""The running product, people signed into it, and browsers that fail when anything complains."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.people import demo_enter, sign_up
from tests.e2e.product import Product, product_running
from tests.e2e.watch import Complaints

# A loaded machine is slow, not wrong.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)

Opener = Callable[..., Page]


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
    """Opens a page of the product in a browser of its own: `opened("/dashboard/", state=demo)`."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: str = "/",
        *,
        state: Any = None,
        width: int = 1440,
        theme: str = "light",
        script: bool = True,
        strict: bool = True,
    ) -> Page:
        context = browser.new_context(
            base_url=product.url,
            storage_state=state,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        if strict:
            complaints.watch(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def demo(browser: Browser, product: Product) -> Any:
    """The session of somebody who took the tour."""
    return _session(browser, product, demo_enter)


@pytest.fixture(scope="session")
def newcomer(browser: Browser, product: Product) -> Any:
    """The session of somebody who has just signed up and has nothing."""
    return _session(browser, product, lambda page: sign_up(page, "newcomer@example.test", "New Comer"))


@pytest.fixture
def somebody(browser: Browser, product: Product) -> Callable[[], Any]:
    """Signs a new person up, as often as it is called, and gives the session."""
    return lambda: _session(browser, product, lambda page: sign_up(page, next(ADDRESSES), "Some Body"))


ADDRESSES = (f"person{number}@example.test" for number in itertools.count(1))


def _session(browser: Browser, product: Product, enter: Callable[[Page], None]) -> Any:
    context = browser.new_context(base_url=product.url)
    context.set_default_timeout(PATIENCE)
    enter(context.new_page())
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="session")
def statements() -> Path:
    """The product's own small statements."""
    return Path(__file__).parent.parent / "fixtures" / "statements"
