"""Opening a paper exchange: from listings, closes and accounts, and from what an earlier one left behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import blake2b
from uuid import UUID

from trading.papergateway.exchange.book import Listing, PaperAccount, PaperBook
from trading.papergateway.exchange.calendar import endless_sessions
from trading.papergateway.exchange.holidays import nyse_sessions
from trading.papergateway.exchange.records import PaperContract, PaperPosition
from trading.papergateway.exchange.store import Json, encode

# Numbers of contracts that have none of the broker's lie above those that the broker has given so far.
FIRST_OWN_NUMBER, OWN_NUMBERS = 1_500_000_000, 500_000_000
LARGEST_NUMBER = 2**31 - 1
# The calendar reaches so far back, and so far ahead of the day on which the exchange opens.
LONGEST_PAST, FUTURE = timedelta(days=3 * 365), timedelta(days=400)
CONTRACT = "contract:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A contract that is listed, and its closes by day."""

    contract: PaperContract
    closes: Mapping[date, Decimal] = field(default_factory=dict)


def contract_number(instrument_id: UUID, conid: str = "") -> int:
    """The number of a contract: the broker's, or one that follows from the instrument's id for good."""
    if conid.isascii() and conid.isdigit() and 0 < int(conid) <= LARGEST_NUMBER:
        return int(conid)
    digest = blake2b(instrument_id.bytes, digest_size=8).digest()
    return FIRST_OWN_NUMBER + int.from_bytes(digest) % OWN_NUMBERS


def book_open(
    *,
    listings: Sequence[Listed],
    accounts: Sequence[PaperAccount],
    today: date,
    positions: Sequence[PaperPosition] = (),
    state: Mapping[str, Json] | None = None,
    seed: int = 1,
    is_always_open: bool = False,
) -> PaperBook:
    """The exchange as it opens, or goes on where `state` left it.

    Accounts that the state knows keep their cash and positions; `accounts` and `positions` add new ones.
    Contracts that the state knows stay listed, whether or not they still are in `listings`.
    """
    state = state or {}
    listed = _with_known(listings, state)
    first = _first_day(listed, today)
    sessions = endless_sessions if is_always_open else nyse_sessions
    book = PaperBook(
        Listing(
            contracts=[each.contract for each in listed],
            closes={each.contract.con_id: each.closes for each in listed},
            sessions=sessions(first, today + FUTURE),
            seed=seed,
            is_always_open=is_always_open,
        ),
        accounts,
        positions,
    )
    if state:
        book.restore(_added(book.state(), state))
    return book


def state_of(book: PaperBook) -> dict[str, Json]:
    """Everything that opens the exchange again: its own state, and what is listed."""
    contracts = {f"{CONTRACT}{each.con_id}": encode(each) for each in book.contracts()}
    return contracts | book.state()


def _with_known(listings: Sequence[Listed], state: Mapping[str, Json]) -> list[Listed]:
    """What is listed, one of each number, and what the state knows beside it."""
    by_number = {each.contract.con_id: each for each in listings}
    known = (_contract(row) for name, row in state.items() if name.startswith(CONTRACT))
    for contract in known:
        by_number.setdefault(contract.con_id, Listed(contract=contract))
    return list(by_number.values())


def _contract(row: Json) -> PaperContract:
    steps = {name: Decimal(row[name]) for name in ("min_tick", "size_increment")}
    return PaperContract(**row | steps)


def _first_day(listed: Sequence[Listed], today: date) -> date:
    earliest = min((day for each in listed for day in each.closes), default=today - timedelta(days=30))
    return max(min(earliest, today - timedelta(days=30)), today - LONGEST_PAST)


def _added(fresh: Mapping[str, Json], kept: Mapping[str, Json]) -> dict[str, Json]:
    """A kept state with the accounts it does not know, and their positions."""
    new = {row["name"] for name, row in fresh.items() if name.startswith("account:") and name not in kept}
    added = {
        name: row
        for name, row in fresh.items()
        if (name.startswith("account:") and row["name"] in new)
        or (name.startswith("position:") and row["account"] in new)
    }
    return {name: row for name, row in kept.items() if not name.startswith(CONTRACT)} | added
