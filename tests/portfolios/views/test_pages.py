"""The reading pages of the book: what they show, to whom, whole or in part."""

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Grant
from portfolios.engine.records import TransactionKind
from portfolios.models import Portfolio, Price, Transaction
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import GrantFactory, UserFactory
from tests.factories.portfolios import parsed, stock
from tests.portfolios.small_book import LAST, SmallBook, derive, small_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> SmallBook:
    return small_book()


@pytest.fixture
def person(client: Client, book: SmallBook) -> Client:
    client.force_login(book.user)
    return client


def text(client: Client, name: str, *args: Any, query: str = "", **headers: str) -> str:
    response = client.get(f"{reverse(name, args=args)}{query}", headers=headers)
    assert response.status_code == 200, response.status_code
    return " ".join(response.content.decode().split())


def rows_of(response: Any) -> list[list[str]]:
    assert isinstance(response, StreamingHttpResponse)
    body = b"".join(response).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body)))


def reading_pages(book: SmallBook) -> list[str]:
    row = Transaction.objects.filter(portfolio=book.portfolio).first()
    assert row is not None
    return [
        reverse("portfolios:portfolio_detail", args=[book.portfolio.pk]),
        reverse("portfolios:portfolio_change", args=[book.portfolio.pk]),
        reverse("portfolios:holdings_export", args=[book.portfolio.pk]),
        reverse("portfolios:holding_detail", args=[book.acme.pk]),
        reverse("portfolios:holding_prices", args=[book.acme.pk]),
        reverse("portfolios:lots_export", args=[book.acme.pk]),
        reverse("portfolios:transaction_detail", args=[row.pk]),
        f"{reverse('portfolios:performance')}?portfolio={book.portfolio.pk}",
        f"{reverse('portfolios:allocation')}?household={book.portfolio.household_id}",
        f"{reverse('portfolios:why', args=['twr'])}?portfolio={book.portfolio.pk}",
    ]


def test_nobody_reads_a_page_without_signing_in(client: Client, book: SmallBook) -> None:
    for address in reading_pages(book):
        response = client.get(address)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("account_login"))


def test_what_belongs_to_somebody_else_is_not_found(client: Client, book: SmallBook) -> None:
    client.force_login(small_book("Stranger").user)
    for address in reading_pages(book):
        assert client.get(address).status_code == 404, address


def test_a_reader_by_grant_sees_the_pages_but_may_change_nothing(client: Client, book: SmallBook) -> None:
    reader = UserFactory()
    GrantFactory(household=book.portfolio.household, grantee=reader, scope=Grant.Scope.READ)
    client.force_login(reader)
    row = Transaction.objects.get(portfolio=book.portfolio, kind=TransactionKind.SELL)
    page = text(client, "portfolios:transaction_detail", row.pk)
    assert "Reverse this row" not in page
    undo = reverse("portfolios:transaction_undo", args=[row.pk])
    assert client.post(undo, {"reason": "no"}).status_code == 404
    assert client.get(reverse("portfolios:portfolio_change", args=[book.portfolio.pk])).status_code == 404
    assert client.post(reverse("portfolios:portfolio_end", args=[book.portfolio.pk])).status_code == 404
    assert not Transaction.objects.filter(reverses=row).exists()


def test_the_list_of_accounts_and_one_account_show_value_and_holdings(
    person: Client, book: SmallBook
) -> None:
    accounts = text(person, "portfolios:portfolio_list")
    assert "$10,122.00" in accounts
    assert "Ann, Taxable" in accounts
    detail = text(person, "portfolios:portfolio_detail", book.portfolio.pk)
    for shown in ("720.00", "+120.00", "−50.00", "9,202.00", "10,122.00"):
        assert shown in detail


def test_holdings_are_sorted_as_the_address_says(person: Client, book: SmallBook) -> None:
    def order(query: str) -> bool:
        page = text(person, "portfolios:portfolio_detail", book.portfolio.pk, query=query)
        return page.index(">ACME</a>") < page.index(">BETA</a>")

    assert order("") is True  # the largest first
    assert order("?sort=value") is False
    assert order("?sort=-symbol") is False


def test_a_part_of_a_page_comes_without_the_page_around_it(person: Client, book: SmallBook) -> None:
    part = text(
        person, "portfolios:portfolio_detail", book.portfolio.pk, query="?sort=gain", **{"HX-Request": "true"}
    )
    assert part.startswith('<section class="section" id="holdings">')
    assert "<html" not in part


def test_holdings_are_exported_with_plain_numbers_under_a_line_that_says_what_they_are(
    person: Client, book: SmallBook
) -> None:
    lines = rows_of(person.get(reverse("portfolios:holdings_export", args=[book.portfolio.pk])))
    assert lines[0][:2] == ["WealthAlloc holdings of Ann, Taxable", "prices up to 2026-02-06"]
    assert lines[1][:2] == ["symbol", "name"]
    acme = dict(zip(lines[1], lines[2], strict=True))
    assert (acme["symbol"], acme["quantity"], acme["value"], acme["unrealised_gain"]) == (
        "ACME",
        "6",
        "720",
        "120",
    )
    assert (acme["price_day"], acme["price_state"], acme["currency"]) == ("2026-02-06", "close", "USD")


def test_the_page_of_a_holding_has_its_ladder_with_clock_and_source(person: Client, book: SmallBook) -> None:
    page = text(person, "portfolios:holding_detail", book.acme.pk)
    for shown in ("Lot ladder", "2 Feb 2026", "3 Feb 2027", "600.00", "+120.00", "test, line"):
        assert shown in page
    closed = page[page.index("Closed lots") :]
    assert "+40.00" in closed


def test_the_price_chart_marks_purchases_and_the_average_basis(person: Client, book: SmallBook) -> None:
    data = person.get(reverse("portfolios:holding_prices", args=[book.acme.pk])).json()
    assert [float(value) for value in data["series"][0]["values"]] == [100, 100, 110, 110, 120]
    assert data["events"] == [{"day": "2026-02-02", "label": "10", "kind": "lot"}]
    assert float(data["series"][1]["values"][0]) == 100


def test_a_lot_without_a_basis_says_so_and_shows_no_gain(person: Client, book: SmallBook) -> None:
    opening = parsed(TransactionKind.OPENING, LAST, instrument=stock(), quantity=Decimal(3))
    transactions_record(portfolio=book.portfolio, parsed=[opening], source="test")
    derive(book.portfolio)
    page = text(person, "portfolios:holding_detail", book.acme.pk)
    assert "basis unknown" in page
    assert "day unknown" in page


def test_the_ledger_is_filtered_by_its_address_and_exports_exactly_that(
    person: Client, book: SmallBook
) -> None:
    page = text(person, "portfolios:transaction_list", query="?kind=buy&symbol=beta")
    assert "Buy BETA" in page
    assert "Sell ACME" not in page
    lines = rows_of(person.get(f"{reverse('portfolios:transactions_export')}?kind=buy&symbol=beta"))
    assert lines[0][:2] == [
        f"WealthAlloc transactions of {book.portfolio.household.name}",
        "filter: kind buy, symbol beta",
    ]
    assert len(lines) == 3
    row = dict(zip(lines[1], lines[2], strict=True))
    assert (row["trade_date"], row["symbol"], row["quantity"], row["amount"]) == (
        "2026-02-03",
        "BETA",
        "5",
        "-250",
    )


def test_text_that_a_spreadsheet_would_run_is_exported_as_text(person: Client, book: SmallBook) -> None:
    row = parsed(TransactionKind.FEE, LAST, amount=Decimal(-1), note="=HYPERLINK(1)")
    transactions_record(portfolio=book.portfolio, parsed=[row], source="test")
    lines = rows_of(person.get(f"{reverse('portfolios:transactions_export')}?kind=fee"))
    assert lines[2][-1] == "'=HYPERLINK(1)"


def test_a_filter_that_matches_nothing_says_that_it_is_the_filter(person: Client) -> None:
    assert "No transaction matches this filter." in text(
        person, "portfolios:transaction_list", query="?q=nowhere"
    )


def test_more_rows_come_by_a_link_that_needs_no_script(person: Client, book: SmallBook) -> None:
    fees = [parsed(TransactionKind.FEE, LAST, amount=Decimal(-1)) for _ in range(60)]
    transactions_record(portfolio=book.portfolio, parsed=fees, source="test")
    response = person.get(reverse("portfolios:transaction_list"))
    assert len(response.context["page"].rows) == 50
    rest = person.get(reverse("portfolios:transaction_list") + response.context["following"])
    assert len(rest.context["page"].rows) == 15


def test_a_row_shows_its_source_row_and_can_be_taken_back_with_a_reason(
    person: Client, book: SmallBook
) -> None:
    row = Transaction.objects.get(portfolio=book.portfolio, kind=TransactionKind.SELL)
    page = text(person, "portfolios:transaction_detail", row.pk)
    assert "The row as it was read" in page
    undo = reverse("portfolios:transaction_undo", args=[row.pk])
    refused = person.post(undo, {"reason": ""})
    assert refused.status_code == 422
    assert not Transaction.objects.filter(reverses=row).exists()
    assert person.post(undo, {"reason": "Entered twice"}).status_code == 303
    assert "Entered twice" in text(person, "portfolios:transaction_detail", row.pk)


def test_a_transaction_is_entered_by_hand_and_refusals_stand_beside_their_fields(
    person: Client, book: SmallBook
) -> None:
    address = reverse("portfolios:transaction_new")
    form = {
        "entry_id": str(uuid4()),
        "portfolio": str(book.portfolio.pk),
        "kind": "sell",
        "trade_date": "2026-02-06",
        "symbol": "ACME",
        "quantity": "7",
        "price": "120",
        "currency": "usd",
    }
    refused = person.post(address, form)
    assert refused.status_code == 422
    assert "holds 6 of ACME" in refused.content.decode()
    assert person.post(address, form | {"quantity": "6"}).status_code == 303
    assert Transaction.objects.get(source="manual").amount == 720


def test_an_account_is_opened_changed_and_closed_in_the_browser(person: Client, book: SmallBook) -> None:
    form = {
        "name": "Ann, IRA",
        "kind": "ira",
        "holder": str(book.portfolio.holder_id),
        "base_currency": "usd",
        "relief": "fifo",
    }
    assert person.post(reverse("portfolios:portfolio_new"), form).status_code == 303
    opened = Portfolio.objects.get(name="Ann, IRA")
    again = person.post(reverse("portfolios:portfolio_new"), form)
    assert again.status_code == 422
    change = reverse("portfolios:portfolio_change", args=[opened.pk])
    assert person.post(change, form | {"name": "Ann, Roth", "kind": "roth"}).status_code == 303
    assert person.post(reverse("portfolios:portfolio_end", args=[opened.pk])).status_code == 303
    opened.refresh_from_db()
    assert (opened.name, opened.kind, opened.closed_on is not None) == ("Ann, Roth", "roth", True)


def test_performance_shows_figures_sources_of_gain_and_missing_prices(
    person: Client, book: SmallBook
) -> None:
    page = text(person, "portfolios:performance", query="?interval=all")
    for shown in ("+1.22", "+172.00", "−50.00", "+122.00"):
        assert shown in page
    assert "This needs at least 20 daily returns" in page  # volatility: not available, and why
    Price.objects.filter(instrument=book.beta).delete()
    derive(book.portfolio)
    broken = text(person, "portfolios:performance", query="?interval=all")
    assert "no usable price for BETA" in broken
    assert "no close was ever known" in broken


def test_allocation_by_each_property_adds_up_and_unknown_is_a_word(person: Client) -> None:
    by_sector = text(person, "portfolios:allocation", query="?by=sector")
    assert "unknown" in by_sector
    assert "10,122.00" in by_sector
    lines = rows_of(person.get(f"{reverse('portfolios:allocation_export')}?by=instrument"))
    assert [row[0] for row in lines[2:]] == ["USD cash", "ACME", "BETA"]


def test_arithmetic_is_a_pane_by_script_and_a_page_without(person: Client, book: SmallBook) -> None:
    query = f"?interval=all&portfolio={book.portfolio.pk}"
    page = text(person, "portfolios:why", "gain", query=query)
    assert "<html" in page
    assert "$122.00" in page
    pane = text(person, "portfolios:why", "gain", query=query, **{"HX-Request": "true"})
    assert "<html" not in pane
    assert 'id="pane-title"' in pane
    assert person.get(reverse("portfolios:why", args=["luck"])).status_code == 404


def test_the_value_chart_has_flows_facts_and_gaps_for_days_without_a_value(
    person: Client, book: SmallBook
) -> None:
    Price.objects.filter(instrument=book.beta, day=LAST).update(day="2020-01-01")
    Price.objects.filter(instrument=book.beta).exclude(day="2020-01-01").delete()
    derive(book.portfolio)
    data = person.get(f"{reverse('portfolios:value_series')}?interval=all").json()
    assert data["days"] == ["2026-02-02", "2026-02-03", "2026-02-04", "2026-02-05", "2026-02-06"]
    assert data["series"][0]["values"] == ["10000.00", None, None, None, None]
    assert data["facts"]["2026-02-03"] == [["Deposits, withdrawals", "none"]]


def test_the_growth_and_drawdown_charts_follow_the_time_weighted_return(person: Client) -> None:
    growth = person.get(f"{reverse('portfolios:growth_series')}?interval=all").json()
    assert growth["series"][0]["values"][-1] == "0.012200"
    falls = person.get(f"{reverse('portfolios:drawdown_series')}?interval=all").json()
    assert falls["series"][0]["values"][-1] == "0.000000"


def test_a_lot_and_a_closed_piece_lead_to_their_ledger_rows(person: Client, book: SmallBook) -> None:
    lot = book.portfolio.lots.get(instrument=book.acme)
    piece = book.portfolio.disposals.get()
    for name, row in (("lot_source", lot), ("disposal_source", piece)):
        response = person.get(reverse(f"portfolios:{name}", args=[row.pk]))
        expected = reverse("portfolios:transaction_detail", args=[row.transaction_id])
        assert (response.status_code, response["Location"]) == (302, expected)


def test_another_kind_or_holder_of_an_account_derives_the_book_again(
    person: Client, book: SmallBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived: list[Any] = []
    monkeypatch.setattr(
        "portfolios.views.portfolios.book_derive", lambda *, household_id: derived.append(household_id)
    )
    monkeypatch.setattr("portfolios.views.portfolios.valuations_refresh", lambda **_: None)
    address = reverse("portfolios:portfolio_change", args=[book.portfolio.pk])
    fields = {
        "name": "Renamed",
        "kind": "taxable",
        "holder": str(book.portfolio.holder_id),
        "base_currency": "USD",
        "relief": "fifo",
    }

    person.post(address, fields)
    assert derived == []
    person.post(address, fields | {"kind": "ira"})
    person.post(address, fields | {"kind": "ira", "relief": "hifo"})

    assert derived == [book.portfolio.household_id] * 2
