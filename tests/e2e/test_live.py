"""Pages that move: live prices in the table of holdings, and news that pages hear."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

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


# The paper market tells its own prices over ours in a moment, so the row is read when ours stands in it.
WATCH = """([symbol, wanted]) => {
  const price = document.querySelector(`[data-live-price="${symbol}"]:not([data-live-field])`);
  const row = price.closest("tr");
  const text = (found) => (found ? found.innerText.trim() : "");
  window.caught = null;
  new MutationObserver(() => requestAnimationFrame(() => {
    if (window.caught || text(price) !== wanted) return;
    window.caught = {
      badge: text(row.querySelector("[data-live-field=badge]")),
      value: text(row.querySelector("[data-live-field=value]")),
      total: text(document.querySelector("[data-live-total]")),
    };
  })).observe(price, { childList: true, characterData: true, subtree: true });
}"""
TRIES = 60


def shown(page: Page, tell: Callable[[], None], symbol: str, wanted: str) -> dict[str, str]:
    """What the page says beside a price that `tell` tells, at the moment when it shows it."""
    page.evaluate(WATCH, [symbol, wanted])
    for _ in range(TRIES):
        tell()
        page.wait_for_timeout(250)
        caught: dict[str, str] | None = page.evaluate("window.caught")
        if caught:
            return caught
    raise AssertionError(f"{symbol} never showed {wanted}")


def test_a_price_that_is_told_changes_the_page_and_says_how_fresh_it_is(
    opened: Opener, cast: Cast, product: Product
) -> None:
    page = opened("/portfolios/", state=cast.session("demo"))
    symbol = page.locator("[data-live-price]").first.get_attribute("data-live-price") or ""
    row = page.locator("tr", has=page.locator(f'[data-live-price="{symbol}"]')).first
    book = row.locator(".cell-amount > .num").inner_text()
    units = Decimal(row.locator("[data-live-field=value]").get_attribute("data-live-units") or "")

    live = shown(page, lambda: tick(product, symbol, "1234.5"), symbol, "1,234.50")
    assert live["badge"] == "live · IBKR"
    assert live["value"] == f"now {units * Decimal('1234.5'):,.2f}"
    assert live["total"].startswith("now ")
    expect(row.locator(".cell-amount > .num")).to_have_text(book)
    expect(page.locator("[data-live-legend]")).to_be_visible()

    late = shown(page, lambda: tick(product, symbol, "0.1234", delayed=True), symbol, "0.1234")
    assert late["badge"].startswith("delayed · IBKR")


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
