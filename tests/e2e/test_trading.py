"""Trading in the browser: orders, brackets, baskets, real money, a stop, and a gateway that dies."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.cast import Cast
from tests.e2e.conftest import Opener
from tests.e2e.product import DEMO_PASSWORD, UNSET, Product
from wealthalloc.devstack.home import ROOT
from wealthalloc.devstack.known import server_url

pytestmark = pytest.mark.browser
LONG = 60_000
ORDER = re.compile(r"/orders/[0-9a-f-]{36}/$")


@contextmanager
def told(product: Product, before: str, after: str) -> Iterator[None]:
    """A fact of the running product that only an operator could change, and back again."""
    with psycopg.connect(server_url(product.home, "postgres") or "", autocommit=True) as database:
        database.execute(before)
        try:
            yield
        finally:
            database.execute(after)


@pytest.fixture
def desk(opened: Opener, cast: Cast) -> Page:
    """The demo's owner in front of a gateway that is ready."""
    page = opened("/broker/", state=cast.session("demo"))
    expect(page.get_by_text("Orders are sent as they come.")).to_be_visible(timeout=LONG)
    return page


def ticket(page: Page, symbol: str) -> None:
    """The ticket to buy something, once its price is live."""
    page.goto(f"/trade/?q={symbol}")
    page.get_by_role("link", name=f"Buy {symbol}").click()
    expect(page.locator('#main [data-live-field="badge"]')).to_contain_text("live", timeout=LONG)


def confirm(page: Page, words: str) -> None:
    """Answer what the controls ask, and send."""
    for tick in page.locator("[name=confirmed]").all():
        tick.check()
    page.get_by_role("button", name=words).click()


def test_a_person_buys_and_sees_the_fill_reach_the_book(desk: Page) -> None:
    ticket(desk, "AAPL")
    desk.get_by_label("Shares").fill("2")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_text("Buy 2 AAPL, at the market, day.")).to_be_visible(timeout=LONG)
    expect(desk.get_by_role("heading", name="After the order")).to_be_focused()
    confirm(desk, "Send 1 paper order")
    expect(desk).to_have_url(ORDER, timeout=LONG)
    expect(desk.get_by_role("link", name="booked, see its lots")).to_be_visible(timeout=LONG)
    expect(desk.locator("#status")).to_contain_text("2 of 2 filled")


def test_a_purchase_brings_its_exits_along(desk: Page) -> None:
    ticket(desk, "PEP")
    price = float(desk.locator(".quote").inner_text().replace(",", ""))
    desk.get_by_label("Order type").select_option("limit")
    expect(desk.get_by_label("Limit price")).to_be_visible()
    desk.get_by_label("Bracket").check()
    desk.get_by_label("Take the profit at").fill(f"{price * 1.04:.2f}")
    desk.get_by_label("Stop the loss at").fill(f"{price * 0.9:.2f}")
    desk.get_by_label("Limit price").fill(f"{price * 0.96:.2f}")
    desk.get_by_label("Shares").fill("1")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("heading", name="Then, once it has filled")).to_be_visible(timeout=LONG)
    confirm(desk, "Send 3 paper orders")
    expect(desk).to_have_url(ORDER, timeout=LONG)
    # In a window of its own: the page of the order asks how it stands, and is not to be cut off.
    other = desk.context.new_page()
    other.goto(desk.get_by_role("link", name="the others of it").get_attribute("href") or "")
    expect(other.locator("tbody tr", has_text="PEP")).to_have_count(3)
    expect(other.locator("tbody").get_by_text("Working")).to_have_count(3, timeout=LONG)


def test_several_orders_are_sent_together(desk: Page) -> None:
    desk.goto("/trade/basket/?symbol=KO&side=buy")
    row = desk.locator(".basket-row")
    row.nth(0).get_by_label("Shares").fill("1")
    row.nth(1).get_by_label("Symbol").fill("NOSUCH")
    row.nth(1).get_by_label("Shares").fill("2")
    desk.get_by_label("Shares").nth(1).press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("There is no instrument called NOSUCH.")
    row.nth(1).get_by_label("Symbol").fill("WMT")
    desk.get_by_role("button", name="Preview all").click()
    expect(desk.get_by_role("region", name="Orders of the basket")).to_contain_text("Buy 2 WMT", timeout=LONG)
    confirm(desk, "Send 2 paper orders")
    expect(desk.get_by_role("heading", name="Orders that were sent together")).to_be_visible(timeout=LONG)
    expect(desk.locator("tbody tr")).to_have_count(2)


def test_what_the_book_does_not_hold_is_found_at_the_broker_and_can_be_traded(desk: Page) -> None:
    desk.goto("/trade/")
    desk.get_by_label("Symbol or name").fill("northw")
    expect(desk.get_by_role("heading", name="At the broker")).to_be_visible(timeout=LONG)
    desk.get_by_role("button", name="Buy NWTL").click()
    expect(desk.get_by_role("heading", name="NWTL Northwind Tools (invented)")).to_be_visible(timeout=LONG)
    expect(desk.locator('#main [data-live-field="badge"]')).to_contain_text("live", timeout=LONG)
    desk.get_by_label("Shares").fill("3")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_text("Buy 3 NWTL, at the market, day.")).to_be_visible(timeout=LONG)


def test_real_money_is_named_on_every_page_and_asks_for_the_password(desk: Page, product: Product) -> None:
    environment = "UPDATE gateway_states SET environment = '{}'"
    with told(product, environment.format("live"), environment.format("paper")):
        for path in ("/dashboard/", "/portfolios/", "/trade/", "/settings/"):
            desk.goto(path)
            banner = desk.locator(".banner-live")
            expect(banner.locator(".tag")).to_have_text("Live")
            expect(banner).to_contain_text("Orders move real money")
        ticket(desk, "AAPL")
        desk.get_by_label("Shares").fill("1")
        desk.get_by_role("button", name="Preview").click()
        expect(desk.get_by_text("live: real money moves")).to_be_visible(timeout=LONG)
        expect(desk.get_by_text("Sending asks for your password first")).to_be_visible()
        confirm(desk, "Send 1 live order")
        expect(desk.get_by_role("heading", name="Your password, once more")).to_be_visible()
        desk.locator("main input[type=password]").fill("not this one")
        desk.locator("main button[type=submit]").click()
        expect(desk.get_by_text("Incorrect password.").first).to_be_visible()
        desk.locator("main input[type=password]").fill(DEMO_PASSWORD)
        desk.locator("main button[type=submit]").click()
        expect(desk).to_have_url(ORDER, timeout=LONG)
        expect(desk.locator("#status")).to_contain_text("1 of 1 filled", timeout=LONG)


def plug_pull(product: Product) -> None:
    """Kill the broker's gateway without a word; the launcher starts it again."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if "papergateway" in words and str(product.home / "paper") in words:
            os.kill(int(folder.name), signal.SIGKILL)
            return
    raise LookupError("no gateway runs in this demo")


def test_an_order_outlives_the_plug_of_the_gateway_and_book_and_broker_are_equal(
    desk: Page, product: Product
) -> None:
    ticket(desk, "XOM")
    desk.get_by_label("Shares").fill("4")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_text("Buy 4 XOM, at the market, day.")).to_be_visible(timeout=LONG)
    for tick in desk.locator("[name=confirmed]").all():
        tick.check()
    with psycopg.connect(server_url(product.home, "postgres") or "", autocommit=True) as database:
        before = orders_placed(database)
        desk.get_by_role("button", name="Send 1 paper order").click(no_wait_after=True)
        end = time.monotonic() + LONG / 1000
        while orders_placed(database) == before and time.monotonic() < end:
            time.sleep(0.002)
        plug_pull(product)
    expect(desk).to_have_url(ORDER, timeout=LONG)
    expect(desk.get_by_role("link", name="booked, see its lots")).to_be_visible(timeout=2 * LONG)
    expect(desk.locator("#status")).to_contain_text("4 of 4 filled")

    desk.goto("/broker/")
    expect(desk.get_by_text("Orders are sent as they come.")).to_be_visible(timeout=LONG)
    assert compared(product) == "equal"


def orders_placed(database: "psycopg.Connection[Any]") -> int:
    """How many orders were accepted so far."""
    row = database.execute("SELECT count(*) FROM orders").fetchone()
    return int(row[0]) if row else 0


def compared(product: Product) -> str:
    """What `manage.py reconcile` says of the account in which the demo trades."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    answer = subprocess.run(
        [sys.executable, "manage.py", "reconcile"],
        cwd=ROOT,
        env=environment | {"WEALTHALLOC_HOME": str(product.home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG / 1000,
    )
    return answer.stdout.rsplit(": ", 1)[-1].strip() or answer.stderr


def test_a_stop_reaches_pages_that_are_open(desk: Page, product: Product) -> None:
    with told(product, "SELECT 1", "DELETE FROM kill_switches"):
        other = desk.context.new_page()
        other.goto("/broker/")
        other.get_by_role("link", name="Stop trading in Elena, Taxable").click()
        other.get_by_label("Reason").fill("Trying the stop.")
        other.get_by_role("button", name="Stop trading in this account").click()
        expect(desk.locator(".banner-paused")).to_contain_text("Trying the stop.", timeout=LONG)
        expect(desk.locator("#list")).to_contain_text("In Elena, Taxable, trading is stopped.", timeout=LONG)
        expect(desk.get_by_role("row", name="Elena, Taxable")).to_contain_text("stopped")
