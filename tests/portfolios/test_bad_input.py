"""Bad files of every kind: each gets an answer that names file, row and field, and nothing is lost."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common.errors import InvalidInput
from portfolios import tasks
from portfolios.engine.file_kinds import LARGEST_FILE
from portfolios.models import Finding, Holding, ImportRun, Portfolio, Transaction
from portfolios.services.import_jobs import import_commit, import_read
from portfolios.services.import_reading import sketch_read
from portfolios.services.imports import AccountChoice, import_confirm, import_map, import_upload
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory
from tests.factories.statements import flex, january, part, split, table, trade, upload

pytestmark = pytest.mark.django_db
State = ImportRun.State


@pytest.fixture
def owner() -> User:
    user: User = MemberFactory().user
    return user


@pytest.fixture
def portfolio(owner: User) -> Portfolio:
    """A portfolio with January in it: what must be kept."""
    account: Portfolio = PortfolioFactory(holder=owner.memberships.get())
    run = bring_in(owner, account, january(), "january.xml")
    assert run.state == State.DONE
    return account


def bring_in(owner: User, portfolio: Portfolio, data: bytes, name: str = "bad.xml") -> ImportRun:
    """The whole way, as far as the file lets it."""
    run = import_upload(user=owner, file=upload(data, name), file_name=name, portfolio_id=portfolio.pk)
    run = import_read(run_id=run.pk)
    if run.state == State.MAPPING:
        import_map(user=owner, run=run, mapping=sketch_read(run=run).mapping)
        run = import_read(run_id=run.pk)
    if run.state != State.REVIEW:
        return run
    choices = [AccountChoice(number=account["number"], portfolio_id=portfolio.pk) for account in run.accounts]
    import_confirm(user=owner, run=run, choices=choices, adopts_openings=False)
    return import_commit(run_id=run.pk)


def assert_january_is_kept(portfolio: Portfolio) -> None:
    """The rows and the position of January are as they were."""
    assert (
        Transaction.objects.filter(portfolio=portfolio, trade_date__month=1, trade_date__year=2025).count()
        >= 3
    )
    assert Holding.objects.get(portfolio=portfolio, instrument__symbol="ACME").quantity == Decimal(6)


def february(*trades: str) -> bytes:
    """A statement with these trades."""
    return flex(part(first="2025-02-03", last="2025-02-28", Trades=list(trades)))


def wrong(run: ImportRun) -> list[tuple[int, str, str]]:
    """Line, field and reason of the rows that were not understood."""
    return list(run.rows.filter(status="wrong").order_by("line").values_list("line", "field", "reason"))


# --- Files -----------------------------------------------------------------------------------------


def test_a_truncated_file_gives_what_was_read_before_the_cut(owner: User, portfolio: Portfolio) -> None:
    whole = february(trade(11, "BUY", 2, "10", "2025-02-04"), trade(12, "BUY", 3, "10", "2025-02-05"))
    run = bring_in(owner, portfolio, whole[: whole.index(b'tradeID="12"')])
    assert run.state == State.DONE
    assert run.rows_new == 1
    problems = wrong(run)
    assert problems
    cut = whole[: whole.index(b'tradeID="12"')].count(b"\n") + 1
    assert all(line >= cut and reason for line, _, reason in problems)
    assert Holding.objects.get(portfolio=portfolio).quantity == Decimal(8)


def test_a_file_of_more_than_100_megabytes_is_refused_by_its_size(owner: User, tmp_path: Path) -> None:
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.write(b"<FlexQueryResponse>")
        file.truncate(LARGEST_FILE + 1)
    with path.open("rb") as file, pytest.raises(InvalidInput, match="files up to 100 MB are read"):
        import_upload(user=owner, file=File(file), file_name="huge.xml")
    assert ImportRun.objects.count() == 0


def test_a_file_of_almost_100_megabytes_is_read_or_refused_in_words(
    owner: User, portfolio: Portfolio
) -> None:
    padding = b"<!-- " + b"x" * (LARGEST_FILE - 200_000) + b" -->"
    data = january().replace(b"</FlexStatements>", padding + b"</FlexStatements>")
    run = bring_in(owner, portfolio, data)
    assert run.state in {State.DONE, State.FAILED}
    assert (run.rows_new, run.rows_known) == (0, 3) or run.error.startswith("bad.xml: ")
    assert_january_is_kept(portfolio)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("nested", b"<FlexQueryResponse>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</FlexQueryResponse>"),
        (
            "bomb",
            (
                b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
                b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><FlexQueryResponse queryName="&c;"/>'
            ),
        ),
        (
            "outside",
            (
                b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
                b'<FlexQueryResponse queryName="&a;"/>'
            ),
        ),
        ("encoding", b'<?xml version="1.0" encoding="no-such-code"?><FlexQueryResponse/>'),
        ("other", b"<bank><row/></bank>"),
        ("binary", b"<" + bytes(range(256)) * 20),
        ("nothing", b"<FlexQueryResponse><FlexStatements/></FlexQueryResponse>"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_fails_with_its_name_and_the_reason(
    owner: User, portfolio: Portfolio, name: str, data: bytes
) -> None:
    run = bring_in(owner, portfolio, data, f"{name}.xml")
    assert run.state == State.FAILED
    assert run.error.startswith(f"{name}.xml: ")
    assert len(run.error) > len(name) + 20
    assert "root:" not in run.error
    assert_january_is_kept(portfolio)


def test_utf_16_and_latin_1_are_understood(owner: User, portfolio: Portfolio) -> None:
    text = february(trade(11, "BUY", 2, "10", "2025-02-04", description="Käse")).decode()
    utf16 = text.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    assert bring_in(owner, portfolio, utf16).rows_new == 1
    latin = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode("latin-1")
    assert bring_in(owner, portfolio, latin).rows_known == 1


# --- Rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", "NaN"),
        ("quantity", "1e400"),
        ("tradePrice", "Infinity"),
        ("netCash", "ten"),
        ("currency", "QQQ"),
        ("tradeDate", "2025-02-31"),
    ],
)
def test_a_value_that_makes_no_sense_is_reported_with_line_and_field(
    owner: User, portfolio: Portfolio, field: str, value: str
) -> None:
    broken = trade(12, "BUY", 3, "10", "2025-02-05", **{field: value})
    if field == "tradeDate":
        broken = trade(12, "BUY", 3, "10", value)
    data = february(trade(11, "BUY", 2, "10", "2025-02-04"), broken)
    run = bring_in(owner, portfolio, data)
    assert (run.state, run.rows_new) == (State.DONE, 1)
    ((line, named, reason),) = wrong(run)
    assert line == data.decode().split('tradeID="12"')[0].count("\n") + 1
    assert named == field or (field == "tradeDate" and named == "dateTime")
    assert value[:8] in reason
    assert Holding.objects.get(portfolio=portfolio).quantity == Decimal(8)


def test_a_flex_sale_of_more_than_is_held_is_recorded_and_questioned(
    owner: User, portfolio: Portfolio
) -> None:
    run = bring_in(owner, portfolio, february(trade(11, "SELL", 9, "10", "2025-02-04")))
    assert run.rows_new == 1
    finding = Finding.objects.get(kind="oversold")
    assert finding.day == date(2025, 2, 4)
    assert "3" in finding.detail
    assert not Holding.objects.filter(portfolio=portfolio, quantity__lt=0).exists()


def test_a_split_on_nothing_is_recorded_and_questioned(owner: User, portfolio: Portfolio) -> None:
    data = flex(
        part(first="2025-02-03", last="2025-02-28", CorporateActions=[split("NONE", "77", "0", "2025-02-10")])
    )
    run = bring_in(owner, portfolio, data)
    assert run.state == State.DONE
    assert run.rows_wrong == 1 or Finding.objects.filter(kind="no_position").exists()
    assert_january_is_kept(portfolio)


def test_an_execution_that_stands_twice_in_a_file_counts_once(owner: User, portfolio: Portfolio) -> None:
    row = trade(11, "BUY", 2, "10", "2025-02-04")
    run = bring_in(owner, portfolio, february(row, row))
    assert run.rows_new == 1
    assert run.rows.filter(section="Trades").count() == 2
    assert Holding.objects.get(portfolio=portfolio).quantity == Decimal(8)


# --- CSV -------------------------------------------------------------------------------------------

GOOD = "2025-02-04,Buy,ACME,2,10,1,-21,USD"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ('2025-02-05,Buy,ACME,"=HYPERLINK(""http://x"")",10,1,-11,USD', "Quantity"),
        ("2025-02-05,Buy,ACME,=1+1,10,1,-11,USD", "Quantity"),
        ("2025-02-05,Buy,ACME,NaN,10,1,-11,USD", "Quantity"),
        ("2025-02-05,Buy,ACME,1e400,10,1,-11,USD", "Quantity"),
        ("2025-02-05,Buy,ACME,1,10,1,-11,QQQ", "Currency"),
        ("05.Feb.x,Buy,ACME,1,10,1,-11,USD", "Date"),
        ("2025-02-30,Buy,ACME,1,10,1,-11,USD", "Date"),
    ],
)
def test_a_csv_row_that_makes_no_sense_is_reported_with_line_and_field(
    owner: User, portfolio: Portfolio, row: str, field: str
) -> None:
    run = bring_in(owner, portfolio, table(GOOD, row, GOOD.replace("02-04", "02-06")), "history.csv")
    assert (run.state, run.rows_new) == (State.DONE, 2)
    ((line, named, reason),) = wrong(run)
    assert (line, named.lower()) == (3, field.lower())
    assert reason
    assert Holding.objects.get(portfolio=portfolio, instrument__symbol="ACME").quantity == Decimal(10)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_understood(owner: User, portfolio: Portfolio, separator: str) -> None:
    run = bring_in(owner, portfolio, table(GOOD).replace(b",", separator.encode()), "history.csv")
    assert (run.state, run.rows_new) == (State.DONE, 1)


def test_a_column_that_is_not_there_is_named(owner: User, portfolio: Portfolio) -> None:
    run = import_upload(
        user=owner, file=upload(table(GOOD), "a.csv"), file_name="a.csv", portfolio_id=portfolio.pk
    )
    mapping = sketch_read(run=import_read(run_id=run.pk)).mapping
    other = import_upload(
        user=owner,
        file=upload(table(GOOD).replace(b"Quantity", b"Pieces"), "b.csv"),
        file_name="b.csv",
        portfolio_id=portfolio.pk,
    )
    import_read(run_id=other.pk)
    import_map(user=owner, run=other, mapping=mapping)
    other = import_read(run_id=other.pk)
    assert other.state == State.FAILED
    assert other.error.startswith("b.csv: ")
    assert "Quantity" in other.error
    assert_january_is_kept(portfolio)


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("YYYY-MM-DD", "2025-02-13"),
        ("YYYYMMDD", "20250213"),
        ("MM/DD/YYYY", "02/13/2025"),
        ("DD/MM/YYYY", "13/02/2025"),
        ("DD MMM YYYY", "13 Feb 2025"),
        ("MMM DD YYYY", '"Feb 13, 2025"'),
    ],
)
def test_dates_of_every_format_are_understood(
    owner: User, portfolio: Portfolio, form: str, written: str
) -> None:
    run = bring_in(owner, portfolio, table(GOOD.replace("2025-02-04", written)), "history.csv")
    assert run.rows_new == 1, form
    assert Transaction.objects.get(import_run=run).trade_date == date(2025, 2, 13)


@pytest.mark.parametrize(
    "data",
    [
        b"one\n",
        b"\x00\x01\x02\x03" * 50,
        b'"' * 999,
        b",,,,\n,,,,\n",
        "日付,種類\n2025,買\n".encode("shift_jis"),
    ],
)
def test_what_is_no_table_never_breaks_the_pages(
    client: Client, owner: User, portfolio: Portfolio, data: bytes
) -> None:
    client.force_login(owner)
    run = import_upload(
        user=owner, file=upload(data, "odd.csv"), file_name="odd.csv", portfolio_id=portfolio.pk
    )
    tasks.read_import(str(run.pk))
    answer = client.get(reverse("portfolios:import_mapping", args=[run.pk]))
    assert answer.status_code in {200, 302}
    sent: dict[str, Any] = {"date_format": "YYYY-MM-DD", "decimal_mark": ".", "amount_sign": "as_stated"}
    answer = client.post(reverse("portfolios:import_mapping", args=[run.pk]), sent)
    assert answer.status_code in {302, 422}
    assert client.get(reverse("portfolios:import_detail", args=[run.pk]), follow=True).status_code == 200
    assert_january_is_kept(portfolio)
