"""What all tests share: profiles of the random search, and the browser with its arguments."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import Playwright
from pytest_django import Settings

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A loaded machine is slow, not wrong: no deadlines. CI repeats the same cases so that red means a change.
hypothesis.settings.register_profile("dev", max_examples=50, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
hypothesis.settings.register_profile("fuzz", max_examples=5000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests come last: the browser keeps an event loop running in which others could not start."""
    browser = [item for item in items if item.get_closest_marker("browser")]
    others = [item for item in items if not item.get_closest_marker("browser")]
    if os.environ.get("BROWSER_TESTS") == "0":
        config.hook.pytest_deselected(items=browser)
        browser = []
    items[:] = others + browser


@pytest.fixture
def alone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders are judged without a tax book, and no daemon is there to be asked."""
    from tests.trading.services.trading_desk import NO_TAXES, silent  # noqa: PLC0415 - models come later

    settings.ORDER_TAX_LOOK = NO_TAXES
    monkeypatch.setattr("trading.services.judging.question_ask", silent)


@pytest.fixture(scope="session")
def playwright(django_db_setup: None, playwright: Playwright) -> Iterator[Playwright]:
    """The browser tool, begun after the database was made and ended before it goes.

    Rows may be made in a browser test: the loop that Django sees there is the browser's, not ours.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield playwright


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium that CHROMIUM names or PATH holds; without one, the browser tool's own download."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    arguments = {**browser_type_launch_args, "args": CHROMIUM_ARGUMENTS, "headless": True}
    return arguments | ({"executable_path": path} if path else {})
