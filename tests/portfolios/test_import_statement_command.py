"""The command that imports a statement: what it prints, what it refuses, what it leaves alone."""

import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from portfolios.models import Finding, Holding, ImportRun, Portfolio, StatedBalance, Transaction
from portfolios.services.mappings import mapping_save
from tests.factories.accounts import MemberFactory, UserFactory
from tests.factories.statements import cash, deposit, flex, january, part, position, table, trade

pytestmark = pytest.mark.django_db

SAMPLES = Path(
    os.environ.get("WEALTHALLOC_FLEX_SAMPLES")
    or Path(__file__).resolve().parents[2].parent / "shared" / "data" / "flex"
)


@pytest.fixture
def owner() -> User:
    user: User = MemberFactory(user=UserFactory(email="owner@example.test")).user
    return user


def run(path: Path, **options: Any) -> str:
    """What the command prints."""
    out = StringIO()
    arguments = {"owner": "owner@example.test", "portfolio": "Brokerage"} | options
    call_command("import_statement", str(path), stdout=out, **arguments)
    return out.getvalue()


def written(folder: Path, data: bytes, name: str = "january.xml") -> Path:
    """A file on disk."""
    path = folder / name
    path.write_bytes(data)
    return path


def test_it_opens_the_portfolio_and_says_what_it_did(owner: User, tmp_path: Path) -> None:
    text = run(written(tmp_path, january()))
    assert "Opened the portfolio “Brokerage”." in text
    assert "january.xml: 3 rows read, 3 new, 0 already in the book." in text
    assert Holding.objects.get().portfolio.holder.user == owner


def test_a_second_time_adds_nothing(owner: User, tmp_path: Path) -> None:
    path = written(tmp_path, january())
    run(path)
    assert "3 rows read, 0 new, 3 already in the book." in run(path)
    assert Transaction.objects.filter(portfolio__household__members__user=owner).count() == 3


def test_a_dry_run_changes_nothing(owner: User, tmp_path: Path) -> None:
    text = run(written(tmp_path, january()), dry_run=True)
    assert "Would open the portfolio “Brokerage”." in text
    assert "3 rows read, 3 would be new, 0 already in the book." in text
    assert "Nothing was changed (dry run)." in text
    assert (Transaction.objects.count(), Portfolio.objects.count()) == (0, 0)
    assert owner.memberships.exists()


def test_openings_are_added_only_when_asked_for(owner: User, tmp_path: Path) -> None:
    data = flex(
        part(
            first="2025-01-02",
            last="2025-01-31",
            Trades=[trade(1, "BUY", 10, "10", "2025-01-06")],
            OpenPositions=[position("30", "261", "2025-01-31")],
            CashReport=[cash("150", "49", "2025-01-31")],
        )
    )
    path = written(tmp_path, data)
    text = run(path)
    assert "--adopt-openings adds them as opening positions" in text
    assert "check: ACME is incomplete, difference −20" in text
    assert Transaction.objects.filter(kind="opening").count() == 0
    text = run(path, adopt_openings=True)
    assert "2 opening positions and balances added" in text
    assert "check:" not in text
    assert Holding.objects.get(portfolio__household__members__user=owner).quantity == 30


def test_a_second_account_in_a_file_gets_a_portfolio_of_its_own(owner: User, tmp_path: Path) -> None:
    parts = [
        part(
            first="2025-01-02",
            last="2025-01-31",
            account=number,
            CashTransactions=[deposit(1, "5", "2025-01-03", accountId=number)],
        )
        for number in ("U1111111", "U2222222")
    ]
    path = written(tmp_path, flex(*parts))
    run(path)
    run(path)
    assert list(Portfolio.objects.order_by("name").values_list("name", flat=True)) == [
        "Brokerage",
        "Brokerage U2222222",
    ]
    assert Transaction.objects.count() == 2
    assert owner.is_active


def test_an_account_that_went_elsewhere_before_is_pointed_out(owner: User, tmp_path: Path) -> None:
    path = written(tmp_path, january())
    run(path)
    text = run(path, portfolio="Another")
    assert "Note: account U7654321 was imported into “Brokerage” before" in text
    assert Portfolio.objects.filter(household__members__user=owner).count() == 2


def test_an_unknown_owner_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"january\.xml: There is no active user with the address owner@"):
        run(written(tmp_path, january()))


def test_a_file_that_is_not_there_is_refused(owner: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"missing\.xml: cannot be opened"):
        run(tmp_path / "missing.xml")
    assert ImportRun.objects.filter(created_by=owner).count() == 0


def test_a_file_that_is_no_statement_is_refused_and_the_run_says_why(owner: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^january\.xml: "):
        run(written(tmp_path, b"<bank><nothing/></bank>"))
    failed = ImportRun.objects.get(created_by=owner)
    assert failed.state == ImportRun.State.FAILED
    assert failed.error.startswith("january.xml: ")


def test_a_csv_file_is_read_by_its_header(owner: User, tmp_path: Path) -> None:
    data = table("2025-01-06,Buy,ACME,10,10,1,-101,USD", "2025-01-20,Sell,ACME,-14,12,1,167,USD")
    text = run(written(tmp_path, data, "history.csv"))
    assert "history.csv: 1 rows read, 1 new, 0 already in the book." in text
    assert "line 3, quantity: Sells 14 ACME where 10 are held on 20 Jan 2025." in text.replace(
        ", CSV", ""
    ).replace(", Rows", "")
    assert Holding.objects.get(portfolio__household__members__user=owner).quantity == 10


def test_ambiguous_dates_are_never_guessed(owner: User, tmp_path: Path) -> None:
    path = written(tmp_path, table("03/04/2025,Buy,ACME,10,10,1,-101,USD"), "history.csv")
    with pytest.raises(CommandError, match="Say which with --date-format"):
        run(path)
    with pytest.raises(CommandError, match="“DMY” is not a format of dates"):
        run(path, date_format="DMY")
    assert Transaction.objects.count() == 0
    run(path, date_format="DD/MM/YYYY")
    assert str(Transaction.objects.get().trade_date) == "2025-04-03"
    assert owner.is_active


def test_a_saved_mapping_is_used_by_its_name(owner: User, tmp_path: Path) -> None:
    household = owner.memberships.get().household_id
    mapping_save(
        household_id=household,
        name="Odd",
        header="x",
        mapping={"columns": {"date": "D", "kind": "K", "amount": "A"}, "date_format": "DD/MM/YYYY",
                 "kinds": {"in": "deposit"}, "currency": "USD"},
        actor_id=owner.pk,
    )  # fmt: skip
    path = written(tmp_path, b"D,K,A\n03/04/2025,in,50\n", "odd.csv")
    with pytest.raises(CommandError, match=r"There is no saved mapping named “Other” \(saved: Odd\)"):
        run(path, mapping="Other")
    run(path, mapping="Odd")
    row = Transaction.objects.get()
    assert (row.kind, str(row.trade_date), row.amount) == ("deposit", "2025-04-03", 50)


if SAMPLES.is_dir():

    @pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.xml")), ids=lambda path: path.stem)
    def test_real_statements_agree_with_their_own_positions(owner: User, path: Path) -> None:
        first = run(path, adopt_openings=True)
        assert "0 already in the book" in first
        rows = Transaction.objects.count()
        assert rows > 0
        assert not Finding.objects.filter(kind="position_differs").exists()
        for stated in StatedBalance.objects.filter(instrument__isnull=False):
            held = Holding.objects.get(portfolio=stated.portfolio, instrument=stated.instrument)
            assert abs(held.quantity - stated.quantity) <= 0.0001
        assert ", 0 new," in run(path, adopt_openings=True)
        assert Transaction.objects.count() == rows
        assert owner.is_active
