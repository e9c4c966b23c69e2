"""manage.py papergateway: serve clients of the TWS API, with a paper exchange behind the wire."""

import asyncio
import os
import time
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from trading.papergateway.exchange.book import PaperAccount, PaperBook
from trading.papergateway.exchange.records import PaperContract, PaperPosition
from trading.papergateway.exchange.store import Json
from trading.papergateway.journal import Journal, JournalError
from trading.papergateway.opening import LONGEST_PAST, Listed, book_open, contract_number
from trading.papergateway.running import Ports, serve
from trading.selectors.paper_accounts import OpeningAccount, gateway_key, paper_accounts
from trading.selectors.paper_listings import ListedInstrument, paper_listings

LOOK_SECONDS = 5
# The status of a process that was killed.
KILLED = 137


class Command(BaseCommand):
    """Trade on paper: real clients, real protocol, invented market."""

    help = "Serve the TWS API on loopback, with a paper exchange of the book's instruments behind it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments of the command."""
        parser.add_argument("--host", default="127.0.0.1", help="whoever can reach it can trade on it")
        parser.add_argument("--port", type=int, default=4002)
        parser.add_argument("--state", type=Path, metavar="FILE", help="keep orders, fills and accounts here")
        parser.add_argument(
            "--state-folder",
            type=Path,
            metavar="FOLDER",
            help="keep them here, in a file for each gateway",
        )
        parser.add_argument(
            "--gateway", metavar="NAME", help="open the accounts behind this gateway with what the book holds"
        )
        parser.add_argument("--seed", type=int, default=1, help="another seed invents other prices")
        parser.add_argument("--control", type=int, metavar="PORT", help="take an operator's commands here")
        parser.add_argument("--always-open", action="store_true", help="trade at night and on holidays too")
        parser.add_argument(
            "--account",
            action="append",
            default=[],
            metavar="NAME:CASH[:margin]",
            help="an account and what it opens with; may be given several times",
        )

        parser.add_argument(
            "--list",
            action="append",
            default=[],
            dest="listed",
            metavar="SYMBOL:CLOSE:NAME",
            help="something to trade that the book does not know; may be given several times",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Open the exchange, say where it is, and serve until told to stop."""
        journal = None
        try:
            state = options["state"] or _state_file(options)
            journal = Journal(state) if state else None
            self._wait_for_book(options)
            book = self._book(options, journal.read() if journal else {})
            ports = Ports(host=options["host"], port=options["port"], control=options["control"])
            asyncio.run(serve(book, ports, journal=journal, on_start=self._announce(book), on_death=_die))
        except JournalError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['host']}:{options['port']}: {error.strerror}") from error
        finally:
            if journal is not None:
                journal.close()

    def _wait_for_book(self, options: dict[str, Any]) -> None:
        """A gateway of a house that is empty yet opens once the book has accounts and prices."""
        since = timezone.localdate() - LONGEST_PAST
        while options["gateway"] and not (paper_accounts(options["gateway"]) and paper_listings(since=since)):
            connection.close()
            time.sleep(LOOK_SECONDS)

    def _book(self, options: dict[str, Any], state: dict[str, Json]) -> PaperBook:
        today = timezone.localdate()
        accounts = [_account(words) for words in options["account"]]
        known_symbols = [_listed(each) for each in paper_listings(since=today - LONGEST_PAST)]
        listings = [*known_symbols, *_listed_beside(options["listed"], known_symbols, today)]
        known = [] if options["gateway"] is None else paper_accounts(options["gateway"])
        book = book_open(
            listings=listings,
            accounts=[*accounts, *(PaperAccount(name=each.code, cash=each.cash) for each in known)],
            positions=_positions(known, listings),
            today=today,
            state=state,
            seed=options["seed"],
            is_always_open=options["always_open"],
        )
        if not book.accounts:
            raise CommandError("Nobody could trade: name an account with --account NAME:CASH.")
        if not book.contracts():
            raise CommandError("Nothing could be traded: no stock or fund in USD has a price.")
        return book

    def _announce(self, book: PaperBook) -> Any:
        def announce(ports: Ports) -> None:
            control = "" if ports.control is None else f", control on port {ports.control}"
            self.stdout.write(
                f"Paper gateway on {ports.host}:{ports.port}{control}: {len(book.contracts())} contracts, "
                f"accounts {', '.join(book.accounts)}."
            )
            self.stdout.flush()

        return announce


def _account(words: str) -> PaperAccount:
    """The account in NAME:CASH or NAME:CASH:margin. Raises CommandError for other words."""
    name, _, rest = words.partition(":")
    cash, _, kind = rest.partition(":")
    try:
        amount = Decimal(cash)
    except InvalidOperation as error:
        raise CommandError(f"--account {words}: no amount of cash") from error
    if not name.isalnum() or not amount.is_finite() or amount < 0 or kind not in {"", "margin"}:
        raise CommandError(f"--account {words}: not NAME:CASH or NAME:CASH:margin")
    return PaperAccount(name=name, cash=amount, is_margin=bool(kind))


def _listed_beside(words: Sequence[str], known: Sequence[Listed], today: date) -> list[Listed]:
    """What is listed beside the book's instruments; a symbol that the book has is the book's."""
    taken = {each.contract.symbol for each in known}
    found = [_listed_by_hand(each, today) for each in words]
    return [each for each in found if each.contract.symbol not in taken]


def _listed_by_hand(words: str, today: date) -> Listed:
    """A listing in SYMBOL:CLOSE:NAME. Raises CommandError for other words."""
    symbol, _, rest = words.partition(":")
    close, _, name = rest.partition(":")
    try:
        amount = Decimal(close)
    except InvalidOperation as error:
        raise CommandError(f"--list {words}: no close") from error
    if not symbol.isalnum() or not amount.is_finite() or amount <= 0:
        raise CommandError(f"--list {words}: not SYMBOL:CLOSE:NAME")
    # The number follows from the symbol, so that it is the same after every restart.
    number = contract_number(uuid5(NAMESPACE_OID, symbol.upper()))
    contract = PaperContract(con_id=number, symbol=symbol.upper(), name=name, primary_exchange="NASDAQ")
    return Listed(contract=contract, closes={today - timedelta(days=1): amount})


def _state_file(options: dict[str, Any]) -> Path | None:
    """The file of a gateway's row: another row, of a book told anew, begins with another file."""
    folder, name = options["state_folder"], options["gateway"]
    if folder is None or name is None:
        return None
    return Path(folder) / f"{gateway_key(name)}.journal"


def _positions(accounts: Sequence[OpeningAccount], listings: Sequence[Listed]) -> list[PaperPosition]:
    """What the accounts hold of what is listed, under the exchange's numbers."""
    numbers = {each.contract.symbol: each.contract.con_id for each in listings}
    return [
        PaperPosition(
            account=account.code,
            con_id=numbers[held.symbol],
            quantity=held.quantity,
            average_cost=held.average_cost,
        )
        for account in accounts
        for held in account.held
        if held.symbol in numbers
    ]


def _listed(instrument: ListedInstrument) -> Listed:
    contract = PaperContract(
        con_id=contract_number(instrument.instrument_id, instrument.conid),
        symbol=instrument.symbol,
        name=instrument.name,
        stock_type="ETF" if instrument.is_fund else "COMMON",
        primary_exchange=instrument.exchange or "NASDAQ",
        sector=instrument.sector,
    )
    return Listed(contract=contract, closes=instrument.closes)


def _die() -> None:
    """End as a killed process does: nothing is tidied up."""
    os._exit(KILLED)
