"""The command that serves a paper gateway: what it opens, what it says, what it refuses."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.factories.portfolios import InstrumentFactory, PriceFactory
from tests.factories.trading import BrokerAccountFactory, GatewayFactory
from trading.management.commands import papergateway
from trading.papergateway.exchange.book import PaperBook
from trading.papergateway.journal import Journal
from trading.papergateway.running import Ports

pytestmark = pytest.mark.django_db


@pytest.fixture
def _priced() -> None:
    """Two stocks with closes of last week."""
    day = timezone.localdate() - timedelta(days=7)
    PriceFactory(instrument=InstrumentFactory(symbol="ACME", conid="1001"), day=day, close=Decimal(100))
    PriceFactory(instrument=InstrumentFactory(symbol="GLBX", asset_class="fund", exchange="ARCA"), day=day)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[PaperBook, Ports, Journal | None]]:
    """What the command would serve; it ends at once instead."""
    seen: list[tuple[PaperBook, Ports, Journal | None]] = []

    async def serve(
        book: PaperBook,
        ports: Ports,
        *,
        journal: Journal | None,
        on_start: Callable[[Ports], None],
        on_death: Any,
    ) -> None:
        seen.append((book, ports, journal))
        on_start(Ports(host=ports.host, port=4711, control=None if ports.control is None else 4712))

    monkeypatch.setattr(papergateway, "serve", serve)
    return seen


def run(*arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("papergateway", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("_priced")
def test_the_command_opens_an_exchange_of_the_book_and_says_where(
    served: list[tuple[PaperBook, Ports, Journal | None]],
) -> None:
    said = run(
        "--account", "DU100:5000", "--account", "DU200:2500.50:margin", "--control", "0", "--seed", "9"
    )

    assert said == (
        "Paper gateway on 127.0.0.1:4711, control on port 4712: 2 contracts, accounts DU100, DU200.\n"
    )
    ((book, ports, journal),) = served
    assert ports == Ports(host="127.0.0.1", port=4002, control=0)
    assert journal is None
    assert (book.cash("DU100"), book.cash("DU200")) == (Decimal(5000), Decimal("2500.50"))
    first, second = book.contracts()
    assert (first.con_id, first.symbol, first.stock_type, first.primary_exchange) == (
        1001,
        "ACME",
        "COMMON",
        "NASDAQ",
    )
    assert (second.symbol, second.stock_type, second.primary_exchange) == ("GLBX", "ETF", "ARCA")
    assert book.close(1001, timezone.localdate() - timedelta(days=7)) in {None, Decimal(100)}


@pytest.mark.usefixtures("_priced")
def test_a_state_is_gone_on_with_and_needs_no_accounts(
    served: list[tuple[PaperBook, Ports, Journal | None]], tmp_path: Path
) -> None:
    path = tmp_path / "state"
    row = {
        "name": "DU100",
        "opening_cash": "7",
        "cash": "7",
        "is_margin": False,
        "currency": "USD",
        "realised": "0",
    }
    counter = {"perm_id": 5, "fill": 0, "clock": None}
    path.write_text(json.dumps({"account:DU100": row, "counter:book": counter}) + "\n")

    assert run("--state", str(path)) == "Paper gateway on 127.0.0.1:4711: 2 contracts, accounts DU100.\n"
    assert served[0][0].cash("DU100") == Decimal(7)
    Journal(path).close()


@pytest.mark.usefixtures("_priced", "served")
@pytest.mark.parametrize(
    "words", ["DU100", "DU100:", "DU100:much", "DU100:-1", ":5", "DU 1:5", "DU1:5:cash", "DU1:NaN"]
)
def test_an_account_that_makes_no_sense_is_refused(words: str) -> None:
    with pytest.raises(CommandError, match="--account"):
        run("--account", words)


@pytest.mark.usefixtures("_priced", "served")
def test_without_an_account_nobody_could_trade() -> None:
    with pytest.raises(CommandError, match="name an account"):
        run()


@pytest.mark.usefixtures("served")
def test_without_prices_nothing_could_be_traded() -> None:
    with pytest.raises(CommandError, match="no stock or fund in USD has a price"):
        run("--account", "DU100:5000")


@pytest.mark.usefixtures("_priced", "served")
def test_a_state_that_is_in_use_or_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello\n")
    with pytest.raises(CommandError, match="no journal of a paper exchange"):
        run("--state", str(tmp_path / "text"), "--account", "DU100:5000")
    journal = Journal(tmp_path / "held")
    with pytest.raises(CommandError, match="in use by another gateway"):
        run("--state", str(tmp_path / "held"), "--account", "DU100:5000")
    journal.close()


@pytest.mark.usefixtures("_priced")
def test_a_port_that_is_taken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(*_: Any, **__: Any) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(papergateway, "serve", serve)
    with pytest.raises(CommandError, match=r"127\.0\.0\.1:4002: Address already in use"):
        run("--account", "DU100:5000")


@pytest.mark.usefixtures("_priced")
def test_something_may_be_listed_that_the_book_does_not_know(
    served: list[tuple[PaperBook, Ports, Journal | None]],
) -> None:
    beside = ("--list", "nwtl:48.20:Northwind Tools", "--list", "ACME:1:Not this one")
    said = run("--account", "DU100:5000", *beside)
    run("--account", "DU100:5000", *beside)
    assert "3 contracts" in said
    first, again = ({each.symbol: each for each in book.contracts()} for book, _, _ in served)
    assert (first["NWTL"].name, first["NWTL"].primary_exchange) == ("Northwind Tools", "NASDAQ")
    assert first["NWTL"].con_id == again["NWTL"].con_id
    assert first["ACME"].con_id == 1001


@pytest.mark.usefixtures("_priced")
@pytest.mark.parametrize(
    "words", ["NWTL", "NWTL:many:Tools", "NWTL:0:Tools", "NW TL:5:Tools", "NWTL:NaN:Tools"]
)
def test_a_listing_that_cannot_be_read_is_refused(
    words: str, served: list[tuple[PaperBook, Ports, Journal | None]]
) -> None:
    with pytest.raises(CommandError, match="--list"):
        run("--account", "DU100:5000", "--list", words)
    assert served == []


def test_a_gateway_of_an_empty_house_opens_once_the_book_has_accounts_and_prices(
    served: list[tuple[PaperBook, Ports, Journal | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            gateway = GatewayFactory.create(name="paper")
            BrokerAccountFactory.create(gateway=gateway, code="DU300")
        if len(looks) == 3:
            day = timezone.localdate() - timedelta(days=7)
            PriceFactory(instrument=InstrumentFactory(symbol="ACME"), day=day, close=Decimal(100))

    monkeypatch.setattr("trading.management.commands.papergateway.time.sleep", sleep)
    monkeypatch.setattr("trading.management.commands.papergateway.connection.close", lambda: None)
    said = run("--gateway", "paper")
    assert looks == [5, 5, 5]
    assert "1 contracts, accounts DU300." in said
