"""Buying in the browser: preview, confirm, and the fill that arrives by itself."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.cast import Cast
from tests.e2e.conftest import Opener

pytestmark = pytest.mark.browser
LONG = 60_000


def test_a_person_buys_and_sees_the_fill_reach_the_book(opened: Opener, cast: Cast) -> None:
    page = opened("/broker/", state=cast.session("demo"))
    expect(page.get_by_text("Orders are sent as they come.")).to_be_visible(timeout=LONG)
    page.goto("/trade/?q=AAPL")
    page.get_by_role("link", name="Buy AAPL").click()
    expect(page.locator('#main [data-live-field="badge"]')).to_contain_text("live", timeout=LONG)
    page.get_by_label("Shares").fill("2")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Buy 2 AAPL, at the market, day.")).to_be_visible(timeout=LONG)
    for tick in page.locator("[name=confirmed]").all():
        tick.check()
    page.get_by_role("button", name="Send 1 paper order").click()
    expect(page).to_have_url(re.compile(r"/orders/[0-9a-f-]{36}/$"), timeout=LONG)
    expect(page.get_by_role("link", name="booked, see its lots")).to_be_visible(timeout=LONG)
    expect(page.locator("#status")).to_contain_text("2 of 2 filled")
