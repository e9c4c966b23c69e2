"""Everything a household has in the book, as one archive."""

import csv
import io
import zipfile
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import HouseholdMember
from portfolios.models import Portfolio
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory
from tests.factories.portfolios import PortfolioFactory, buy, sell

pytestmark = pytest.mark.django_db


def book(member: HouseholdMember, name: str, symbol: str = "ACME") -> Portfolio:
    """An account that bought ten and sold four."""
    account = PortfolioFactory(holder=member, household=member.household, name=name)
    rows = [buy(date(2026, 1, 5), 10, "1000", symbol), sell(date(2026, 2, 2), 4, "480.50", symbol)]
    transactions_record(portfolio=account, parsed=rows, source="csv", import_run_id=None, actor_id=None)
    book_derive(household_id=member.household_id)
    return account


def tables(client: Client) -> dict[str, list[dict[str, str]]]:
    """The archive, by table."""
    response = client.get(reverse("export_everything"))
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response)))
    return {
        name: list(csv.DictReader(io.StringIO(archive.read(name).decode()))) if name.endswith(".csv") else []
        for name in archive.namelist()
    }


def test_the_archive_holds_every_table_with_exact_numbers(client: Client) -> None:
    member = MemberFactory()
    book(member, "=Elena, Taxable")
    client.force_login(member.user)
    found = tables(client)
    assert sorted(found) == [
        "README.txt",
        "cash.csv",
        "disposals.csv",
        "holdings.csv",
        "lots.csv",
        "portfolios.csv",
        "transactions.csv",
    ]
    assert [
        (row["kind"], row["trade_date"], row["quantity"], row["amount"]) for row in found["transactions.csv"]
    ] == [
        ("buy", "2026-01-05", "10", "-1000"),
        ("sell", "2026-02-02", "-4", "480.5"),
    ]
    assert [(row["quantity"], row["basis"], row["acquired"]) for row in found["lots.csv"]] == [
        ("6", "600", "2026-01-05")
    ]
    assert [(row["proceeds"], row["basis"], row["term"]) for row in found["disposals.csv"]] == [
        ("480.5", "400", "short")
    ]
    assert [(row["instrument.symbol"], row["quantity"]) for row in found["holdings.csv"]] == [("ACME", "6")]
    assert [(row["currency"], row["amount"]) for row in found["cash.csv"]] == [("USD", "-519.5")]
    assert [row["name"] for row in found["portfolios.csv"]] == ["'=Elena, Taxable"]


def test_the_archive_holds_only_what_this_member_may_see(client: Client) -> None:
    elena = MemberFactory()
    marcus = MemberFactory(household=elena.household, sees_all=False)
    book(elena, "Hers", "HERS")
    book(marcus, "His", "HIS")
    granted = book(MemberFactory(), "Granted", "OTHER")
    GrantFactory(household=granted.household, grantee=marcus.user)
    client.force_login(marcus.user)
    found = tables(client)
    assert [row["name"] for row in found["portfolios.csv"]] == ["His"]
    assert {row["instrument.symbol"] for row in found["transactions.csv"]} == {"HIS"}


def test_without_a_household_there_is_nothing_to_take(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get(reverse("export_everything")).status_code == 404
