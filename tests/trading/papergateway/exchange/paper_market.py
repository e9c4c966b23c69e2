"""A small paper market for tests: two stocks, a fund of fractions, and accounts that trade them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from trading.papergateway.exchange.book import Listing, PaperAccount, PaperBook
from trading.papergateway.exchange.calendar import endless_sessions, new_york_sessions
from trading.papergateway.exchange.records import (
    CommissionReport,
    ExchangeEvent,
    ExecutionReport,
    OrderError,
    OrderReport,
    PaperContract,
    PaperOrder,
    PaperPosition,
)

D = Decimal
ACME, GLOBEX, FUND = 1001, 1002, 1003
CASH, MARGIN = "DU100", "DU200"
CLIENT = 7
CONTRACTS = (
    PaperContract(con_id=ACME, symbol="ACME", name="Acme Corp"),
    PaperContract(con_id=GLOBEX, symbol="GLBX", name="Globex Corp", primary_exchange="NYSE"),
    PaperContract(con_id=FUND, symbol="FUND", name="Fund of Fractions", size_increment=D("0.0001")),
)
# Monday to Wednesday are known; Thursday is Thanksgiving, Friday closes at one o'clock.
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
THANKSGIVING, FRIDAY = date(2026, 11, 26), date(2026, 11, 27)
CLOSES: Mapping[int, Mapping[date, Decimal]] = {
    ACME: {MONDAY: D("100.00"), TUESDAY: D("101.50")},
    GLOBEX: {MONDAY: D("40.00"), TUESDAY: D("39.20")},
    FUND: {MONDAY: D("20.00"), TUESDAY: D("20.10")},
}


def at(clock: str, day: date = WEDNESDAY) -> datetime:
    """A moment of UTC; New York is five hours behind in these days."""
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}").replace(tzinfo=UTC)


# Half past ten on Wednesday in New York.
NOW = at("15:30:00")


def paper_market(
    *,
    cash: str = "100000",
    held: Sequence[tuple[str, int, str, str]] = (),
    seed: int = 5,
    is_always_open: bool = False,
    prices: Mapping[int, str] | None = None,
    now: datetime = NOW,
) -> PaperBook:
    """A book with a cash and a margin account. `held` is account, contract, quantity and average cost.

    `prices` holds prices, so that bid and ask stand a cent away; None holds ACME at 100 and GLBX at 40.
    """
    if is_always_open:
        sessions = endless_sessions(MONDAY, date(2026, 12, 31))
    else:
        early = {FRIDAY: datetime.fromisoformat("2026-11-27T13:00").time()}
        sessions = new_york_sessions(MONDAY, date(2026, 12, 31), holidays=[THANKSGIVING], early_closes=early)
    book = PaperBook(
        Listing(
            contracts=CONTRACTS, closes=CLOSES, sessions=sessions, seed=seed, is_always_open=is_always_open
        ),
        [
            PaperAccount(name=CASH, cash=D(cash)),
            PaperAccount(name=MARGIN, cash=D(cash), is_margin=True),
        ],
        [
            PaperPosition(account=account, con_id=con_id, quantity=D(quantity), average_cost=D(cost))
            for account, con_id, quantity, cost in held
        ],
    )
    for con_id, price in ({ACME: "100", GLOBEX: "40"} if prices is None else prices).items():
        book.set_price(con_id, D(price), now)
    return book


def order(
    number: int, action: str = "BUY", quantity: str = "10", kind: str = "MKT", **more: Any
) -> PaperOrder:
    """An order of the cash account for ACME; prices may be written as text."""
    prices = ("limit_price", "aux_price", "trail_stop_price", "trailing_percent")
    fields: dict[str, Any] = {name: D(value) if name in prices else value for name, value in more.items()}
    plain = PaperOrder(
        client_id=CLIENT,
        order_id=number,
        account=CASH,
        con_id=ACME,
        action=action,
        quantity=D(quantity),
        order_type=kind,
    )
    return replace(plain, **fields)


def limit(number: int, price: str, action: str = "BUY", quantity: str = "10", **more: Any) -> PaperOrder:
    """A limit order."""
    return order(number, action, quantity, "LMT", limit_price=price, **more)


def fills(events: Iterable[ExchangeEvent]) -> list[tuple[int, Decimal, Decimal]]:
    """Number of the order, quantity and price of every fill that was told."""
    return [
        (event.order.order_id, event.quantity, event.price)
        for event in events
        if isinstance(event, ExecutionReport)
    ]


def statuses(events: Iterable[ExchangeEvent]) -> list[tuple[int, str]]:
    """Number and status of every order that was told."""
    return [(event.order.order_id, event.status) for event in events if isinstance(event, OrderReport)]


def codes(events: Iterable[ExchangeEvent]) -> list[tuple[int, int]]:
    """Number and code of everything else that was said of orders."""
    return [(event.order_id, event.code) for event in events if isinstance(event, OrderError)]


def commissions(events: Iterable[ExchangeEvent]) -> list[tuple[Decimal, Decimal | None]]:
    """Commission and gain of every fill that was told."""
    return [(event.commission, event.realised) for event in events if isinstance(event, CommissionReport)]


def status_of(book: PaperBook, number: int) -> str:
    """Where an order stands."""
    return report_of(book, number).status


def report_of(book: PaperBook, number: int) -> OrderReport:
    """An order as it stands, open or ended."""
    reports = [*book.open_orders(), *book.completed_orders()]
    return next(report for report in reports if report.order.order_id == number)
