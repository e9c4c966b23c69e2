"""Pages that move: live prices in the table of holdings, and news that pages hear."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import override_settings
from playwright.sync_api import expect

from tests.e2e.cast import Cast
from tests.e2e.conftest import Opener
from tests.e2e.people import account_make
from tests.e2e.product import Product
from trading.services.live_prices import prices_publish
from wealthalloc.devstack.known import server_url

pytestmark = pytest.mark.browser


def tick(product: Product, symbol: str, price: str, *, delayed: bool = False) -> None:
    """A price as the gateway would tell it."""
    entry = {
        "symbol": symbol,
        "price": price,
        "change": "1.00",
        "as_of": datetime.now(UTC).isoformat(),
        "source": "ibkr_delayed" if delayed else "ibkr",
        "delayed": delayed,
    }
    with override_settings(REDIS_URL=server_url(product.home, "valkey")):
        prices_publish([entry])


def test_a_price_that_is_told_changes_the_page_and_says_how_fresh_it_is(
    opened: Opener, cast: Cast, product: Product
) -> None:
    page = opened("/portfolios/", state=cast.session("demo"))
    symbol = page.locator("[data-live-price]").first.get_attribute("data-live-price") or ""
    row = page.locator("tr", has=page.locator(f'[data-live-price="{symbol}"]')).first
    price = row.locator("[data-live-price]:not([data-live-field])")
    book = row.locator(".cell-amount > .num").inner_text()
    tick(product, symbol, "1234.5")

    expect(price).to_have_text("1,234.50")
    expect(row.locator("[data-live-field=badge]")).to_have_text("live · IBKR")
    value = row.locator("[data-live-field=value]")
    units = Decimal(value.get_attribute("data-live-units") or "")
    expect(value).to_have_text(f"now {units * Decimal('1234.5'):,.2f}")
    expect(row.locator(".cell-amount > .num")).to_have_text(book)
    expect(page.locator("[data-live-total]")).to_contain_text("now ")
    expect(page.locator("[data-live-legend]")).to_be_visible()

    tick(product, symbol, "0.1234", delayed=True)
    expect(price).to_have_text("0.1234")
    expect(row.locator("[data-live-field=badge]")).to_contain_text("delayed · IBKR")


def test_what_happens_in_one_window_is_heard_in_another(opened: Opener, cast: Cast) -> None:
    page = opened(None)
    account_make(page, cast.address("listener"), "List Ener")
    page.goto("/portfolios/")
    page.evaluate(
        "document.body.addEventListener('portfolio-changed', (event) => {"
        " document.body.dataset.heard = event.detail.topic; })"
    )
    other = page.context.new_page()
    other.goto("/portfolios/new/")
    other.get_by_label("Name").fill("Second")
    other.get_by_role("button", name="Open the account").click()

    expect(page.locator("body")).to_have_attribute("data-heard", "portfolio.created")
