"""The first quarter of an hour: sign up, import a statement, see what the statement says."""

import html
import os
import re
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.cast import Cast
from tests.e2e.conftest import Opener, Seat
from tests.e2e.people import REVIEW, account_make, confirm, sign_up, upload

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
OWN = ROOT / "tests" / "fixtures" / "statements"
SAMPLES = Path(os.environ.get("WEALTHALLOC_FLEX_SAMPLES") or ROOT.parent / "shared" / "data" / "flex")
FILES = [OWN / "month.xml", *sorted(SAMPLES.glob("*.xml"))]

Positions = dict[str, Decimal]


def stated(file: Path) -> dict[str, Positions]:
    """Account -> symbol -> quantity, read from the text alone: not by any parser of the product."""
    text = re.sub(r"<!--.*?-->", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    accounts: dict[str, Positions] = {}
    for statement in re.split(r"(?=<FlexStatement\s)", text)[1:]:
        head = attributes(re.match(r"<FlexStatement\s[^>]*>", statement).group())  # type: ignore[union-attr] # split there
        held = accounts.setdefault(head["accountId"], {})
        for element in re.findall(r"<OpenPosition\s[^>]*>", statement):
            values = attributes(element)
            if values.get("levelOfDetail", "SUMMARY") == "SUMMARY":
                symbol = " ".join(values["symbol"].split())
                held[symbol] = held.get(symbol, Decimal(0)) + Decimal(values["position"].replace(",", ""))
    return accounts


def attributes(element: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in re.findall(r'(\w+)="([^"]*)"', element)}


def shown(page: Page) -> Positions:
    """What the table of holdings of a portfolio shows."""
    rows = page.locator("#holdings tbody tr[data-href]")
    found = {}
    for row in rows.all():
        symbol = " ".join(row.locator("th a").inner_text().split())
        text = row.locator("td[data-label=shares]").inner_text()
        found[symbol] = Decimal(text.replace("−", "-").replace(",", ""))
    return found


def portfolios_of(page: Page) -> list[str]:
    """Addresses of the portfolios of whoever is signed in."""
    page.goto("/portfolios/")
    links = page.locator("main a[href^='/portfolios/']").evaluate_all(
        "links => links.map(one => one.getAttribute('href'))"
    )
    return sorted({link for link in links if re.fullmatch(r"/portfolios/[0-9a-f-]{36}/", link)})


def test_the_door_of_the_statement_leads_through_signing_up_to_the_upload(opened: Opener) -> None:
    page = opened("/")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Take the tour", "Import my statement"])
    sign_up(page, "first.use@example.test", "First Use")
    expect(page.get_by_role("heading", level=1)).to_have_text("Import a statement")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_book_holds_what_the_statement_says(seat: Seat, file: Path) -> None:
    page = seat("nobody")
    imported(page, file, f"{file.stem}@example.test")
    held = [positions for positions in stated(file).values() if positions]
    books = books_of(page)
    if held:
        assert [book for book in books if book] == held


def imported(page: Page, file: Path, address: str) -> None:
    """A new person brings the statement in."""
    account_make(page, address, "First Use")
    upload(page, file)
    confirm(page)


def books_of(page: Page) -> list[Positions]:
    """What each portfolio of whoever is signed in holds."""
    books = []
    for address in portfolios_of(page):
        page.goto(address)
        books.append(shown(page))
    return books


def test_a_second_import_of_a_statement_adds_nothing(seat: Seat) -> None:
    page, file = seat("nobody"), OWN / "month.xml"
    imported(page, file, "twice@example.test")
    books = books_of(page)

    upload(page, file)
    expect(page).to_have_url(REVIEW)
    expect(page.locator(".page-lead")).to_contain_text(
        re.compile(r"rows read: 0 new, \d[\d,]* already in the book")
    )
    expect(page.get_by_text("This very file was imported before")).to_be_visible()
    confirm(page)
    expect(
        page.get_by_text(re.compile(r"^[\d,]+ rows read, 0 new, [\d,]+ already in the book\.$"))
    ).to_be_visible()
    assert books_of(page) == books
    assert any(books)


def test_a_file_that_breaks_off_is_named_with_its_line_and_the_remedy(opened: Opener) -> None:
    page = opened(None)
    account_make(page, "cut@example.test", "Cut Short")
    whole = (OWN / "month.xml").read_bytes()
    cut = whole[: whole.index(b"<OpenPositions>")]
    upload(page, {"name": "cut.xml", "mimeType": "text/xml", "buffer": cut})
    expect(page).to_have_url(REVIEW)
    problems = page.locator("section", has=page.get_by_role("heading", name="Not understood"))
    expect(problems.get_by_role("listitem")).to_have_text(
        "Line 22, XML: the file ends here, in the middle of <FlexStatement> inside <FlexStatements> inside "
        "<FlexQueryResponse>; what stands before was read"
    )
    expect(problems).to_contain_text("What to do: get cut.xml from the broker once more")
    assert portfolios_of(page) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("picture.xml", b"\x89PNG\r\n\x1a\n" + bytes(64), "picture.xml: "),
        ("empty.csv", b"", "empty.csv: "),
        (
            "bomb.xml",
            b'<?xml version="1.0"?>\n<!DOCTYPE f [<!ENTITY a "aaaaaaaaaa">]>\n<FlexQueryResponse/>',
            "bomb.xml: line 2",
        ),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_refused_in_words_and_changes_nothing(
    opened: Opener, cast: Cast, name: str, content: bytes, words: str
) -> None:
    page = opened("/imports/new/", state=cast.session("newcomer"))
    upload(page, {"name": name, "mimeType": "application/octet-stream", "buffer": content})
    expect(page.get_by_text(words).first).to_be_visible()
    assert portfolios_of(page) == []
