"""The running product, people signed into it, and browsers that fail when anything complains."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.cast import Cast
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
        if path is not None:
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def cast(browser: Browser, product: Product) -> Cast:
    """Everybody whose session a page may be seen with."""
    return Cast(browser=browser, product=product)
