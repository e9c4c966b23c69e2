"""Opening an exchange: numbers of contracts, accounts old and new, and what stays listed."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.trading.papergateway.exchange.paper_market import ACME, CONTRACTS, GLOBEX, MONDAY, NOW, order
from trading.papergateway.exchange.book import PaperAccount
from trading.papergateway.exchange.records import PaperPosition
from trading.papergateway.opening import LONGEST_PAST, Listed, book_open, contract_number, state_of

D = Decimal
TODAY = date(2026, 11, 25)
ALICE = PaperAccount(name="DU100", cash=D(1000))
BOB = PaperAccount(name="DU200", cash=D(2000), is_margin=True)
LISTINGS = [Listed(contract=each, closes={MONDAY: D(10)}) for each in CONTRACTS]
SOME, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("conid", ["265598", "1", "2147483647"])
def test_the_brokers_number_is_kept_where_it_is_known(conid: str) -> None:
    assert contract_number(SOME, conid) == int(conid)


@pytest.mark.parametrize("conid", ["", "0", "2147483648", "-5", "x7", "٣"])
def test_a_number_follows_from_the_instrument_where_it_is_not(conid: str) -> None:
    number = contract_number(SOME, conid)

    assert number == contract_number(SOME) == 1_561_206_402
    assert number != contract_number(OTHER)
    assert 1_500_000_000 <= contract_number(OTHER) < 2_000_000_000


def test_accounts_open_with_their_cash_and_positions() -> None:
    held = PaperPosition(account="DU100", con_id=ACME, quantity=D(10), average_cost=D(9))
    book = book_open(listings=LISTINGS, accounts=[ALICE, BOB], positions=[held], today=TODAY)

    assert book.accounts == ("DU100", "DU200")
    assert (book.cash("DU100"), book.cash("DU200")) == (D(1000), D(2000))
    assert list(book.positions()) == [held]
    assert [each.con_id for each in book.contracts()] == [each.con_id for each in CONTRACTS]


def test_a_kept_state_goes_on_and_new_accounts_join_it() -> None:
    first = book_open(listings=LISTINGS, accounts=[ALICE], today=TODAY)
    first.set_price(ACME, D(10), NOW)
    first.place(order(1, quantity="5"), NOW)
    again = book_open(
        listings=LISTINGS,
        accounts=[PaperAccount(name="DU100", cash=D(7)), BOB],
        positions=[
            PaperPosition(account="DU100", con_id=GLOBEX, quantity=D(5), average_cost=D(1)),
            PaperPosition(account="DU200", con_id=GLOBEX, quantity=D(5), average_cost=D(1)),
        ],
        today=TODAY,
        state=state_of(first),
    )

    assert again.cash("DU100") == first.cash("DU100") == D("949.45")
    assert again.cash("DU200") == D(2000)
    assert [(each.account, each.con_id) for each in again.positions()] == [("DU100", ACME), ("DU200", GLOBEX)]
    assert again.next_order_id(7) == 2


def test_what_was_listed_stays_listed() -> None:
    first = book_open(listings=LISTINGS, accounts=[ALICE], today=TODAY)
    again = book_open(listings=LISTINGS[1:], accounts=[], today=TODAY, state=state_of(first))

    assert {each.con_id: each for each in again.contracts()} == {each.con_id: each for each in CONTRACTS}
    assert again.quote(ACME, NOW).last is not None


def test_the_calendar_reaches_from_the_first_close_into_next_year() -> None:
    book = book_open(listings=LISTINGS, accounts=[ALICE], today=TODAY)
    assert book.calendar.sessions[0].day == TODAY - timedelta(days=30)
    assert book.calendar.sessions[-1].day >= date(2027, 12, 29)

    old = [Listed(contract=CONTRACTS[0], closes={date(1990, 1, 2): D(1)})]
    book = book_open(listings=old, accounts=[ALICE], today=TODAY)
    assert book.calendar.sessions[0].day - (TODAY - LONGEST_PAST) < timedelta(days=5)
