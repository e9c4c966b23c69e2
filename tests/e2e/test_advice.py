"""Advice in the browser: an insight with its evidence, accepted through to a filled basket."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.cast import Cast
from tests.e2e.conftest import Opener

pytestmark = pytest.mark.browser
LONG = 90_000
# A worker measures advice before it looks for the first time.
LOOK_SECONDS = 420.0
TRADED = re.compile("Elena, (Taxable|Roth IRA):")


def test_an_insight_is_accepted_into_a_basket_that_fills(opened: Opener, cast: Cast) -> None:
    page = opened("/broker/", state=cast.session("demo"))
    expect(page.get_by_text("Orders are sent as they come.")).to_be_visible(timeout=LONG)
    insight(page).click()
    expect(page.get_by_role("heading", name="If you do nothing")).to_be_visible()
    expect(page.get_by_role("heading", name="How sure")).to_be_visible()
    page.get_by_role("button", name="Accept, and see the basket").click()
    expect(page.get_by_role("heading", name="Basket", exact=True)).to_be_visible()
    page.get_by_role("button", name="Preview all").last.click()
    expect(page.get_by_role("heading", name="After the basket")).to_be_visible(timeout=LONG)
    for tick in page.locator("[name=confirmed]").all():
        tick.check()
    page.get_by_role("button", name=re.compile(r"Send \d+ paper orders?")).click()
    expect(page).to_have_url(re.compile(r"/orders/"), timeout=LONG)
    expect(page.get_by_text(re.compile("filled", re.IGNORECASE)).first).to_be_visible(timeout=LONG)


def insight(page: Page) -> Locator:
    """The first one of an account that trades here, once the worker has looked."""
    end = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < end:
        page.goto("/insights/?kind=risk")
        found = page.get_by_role("link", name=TRADED)
        if found.count():
            return found.first
        page.wait_for_timeout(2000)
    raise AssertionError("no worker has looked for advice")
