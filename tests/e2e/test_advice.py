"""Advice in the browser: each kind with its evidence, and one followed until its orders have filled."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.cast import Cast
from tests.e2e.conftest import Opener

pytestmark = pytest.mark.browser
LONG = 90_000
# The worker looks through every account of the demo when the product has started.
LOOK = 300_000
KINDS = ("risk", "diversification", "opportunity", "sentiment")
# The accounts that are traded on the paper gateway.
TRADED = re.compile(r"^Elena, (Taxable|Roth IRA):")


def test_advice_is_there_of_each_kind_and_is_followed_to_its_fills(opened: Opener, cast: Cast) -> None:
    page = opened("/insights/", state=cast.session("demo"))
    for kind in KINDS:
        evidence_shown(page, kind)
    page.goto("/broker/")
    expect(page.get_by_text("Orders are sent as they come.")).to_be_visible(timeout=LONG)
    page.goto("/insights/?kind=opportunity")
    waiting(page).filter(has_text=TRADED).first.click()
    advice = page.url
    sold, bought = (order_of(page, side) for side in ("Sell", "Buy"))
    before = held(page, advice)
    page.goto(advice)
    page.get_by_role("button", name="Accept, and see the basket").click()
    send_basket(page, "Sell")
    page.get_by_role("link", name="Go on to the purchases").click(timeout=LONG)
    send_basket(page, "Buy")
    expect(page.get_by_text("All of its orders have ended.")).to_be_visible(timeout=LONG)
    expect(page.locator("#decide").get_by_text("Filled", exact=True)).to_have_count(2)
    after = held(page, advice)
    assert before[sold] - after[sold] > 0
    assert after[bought] > before.get(bought, 0)


def evidence_shown(page: Page, kind: str) -> None:
    """The newest advice of a kind with everything that it is decided by; the page waits for the worker."""
    page.goto(f"/insights/?kind={kind}")
    link = waiting(page).first
    expect(link).to_be_visible(timeout=LOOK)
    link.click()
    numbers = page.locator("#reasons dd")
    expect(numbers.first).to_be_visible()
    assert numbers.count() >= 2
    for title in ("Why", "If you do nothing", "What limits it", "What it costs", "How sure"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()


def waiting(page: Page) -> Locator:
    """What waits for a decision."""
    return page.locator("#waiting article").get_by_role("link")


def order_of(page: Page, side: str) -> str:
    """The symbol that the advice would sell or buy first."""
    row = page.locator("#orders tbody").get_by_role("rowheader").filter(has_text=re.compile(f"^{side} "))
    return re.split(r"\s+", row.first.inner_text())[2]


def send_basket(page: Page, side: str) -> None:
    """Preview what was laid into the basket, confirm it, and send it; it leads back to the advice."""
    expect(page.get_by_role("heading", name="Basket", exact=True)).to_be_visible()
    page.get_by_role("button", name="Preview all").last.click()
    expect(page.get_by_role("rowheader", name=re.compile(f"^{side} "))).to_be_visible(timeout=LONG)
    for question in page.locator("[name=confirmed]").all():
        question.check()
    page.get_by_role("button", name=re.compile(r"^Send \d+ paper orders?$")).click()
    expect(page).to_have_url(re.compile(r"/insights/[0-9a-f-]{36}/$"), timeout=LONG)


def held(page: Page, advice: str) -> dict[str, Decimal]:
    """Shares by symbol in the account of the advice, as its page says."""
    page.goto(advice)
    account = page.get_by_role("heading", level=1).inner_text().partition(":")[0]
    page.goto("/portfolios/")
    page.get_by_role("link", name=account, exact=True).first.click()
    rows = page.get_by_role("row").filter(has=page.get_by_role("link", name="Trade"))
    expect(rows.first).to_be_visible()
    texts = [row.get_by_role("cell").first.inner_text() for row in rows.all()]
    names = [row.get_by_role("rowheader").inner_text().split("\n")[0] for row in rows.all()]
    return {
        name.strip(): Decimal(text.split("\n")[0].replace(",", ""))
        for name, text in zip(names, texts, strict=True)
    }
