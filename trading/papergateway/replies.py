"""What the gateway answers: one function a kind of message, each giving its fields in the wire's order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from trading.papergateway.exchange.records import PaperBar, PaperContract, PaperPosition
from trading.papergateway.wire import SERVER_VERSION, Message, Value, escaped, message

EASTERN = ZoneInfo("US/Eastern")
NO_ID = -1
SMART = "SMART"
ORDER_TYPES = "LMT,LOC,MKT,MOC,OCA,STP,STPLMT,TRAIL,WHATIF"
PRICE_SIZE_VERSION = 6
# Flags of a price tick: an order at it may be filled at once.
CAN_EXECUTE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFacts:
    """What the details of a contract tell beside it: the rule of its steps, its hours in the wire's words."""

    market_rule: int
    trading_hours: str
    liquid_hours: str


def eastern(at: datetime) -> str:
    """A time as executions, orders and bars tell it."""
    return f"{at.astimezone(EASTERN):%Y%m%d %H:%M:%S} US/Eastern"


def trading_class(contract: PaperContract) -> str:
    """The class of a listing: NMS on Nasdaq, the symbol elsewhere."""
    return "NMS" if contract.primary_exchange == "NASDAQ" else contract.symbol


def contract_fields(contract: PaperContract, exchange: str = SMART, right: str = "") -> tuple[Value, ...]:
    """The eleven fields of a contract in an answer."""
    return (
        contract.con_id,
        contract.symbol,
        contract.kind,
        "",
        0,
        right,
        "",
        exchange,
        contract.currency,
        contract.symbol,
        trading_class(contract),
    )


# --- The session -----------------------------------------------------------------------------------


def hello(now: datetime) -> Message:
    """The first message, which alone has two fields: version and time."""
    return message(SERVER_VERSION, eastern(now))


def managed_accounts(accounts: Sequence[str]) -> Message:
    """15: the accounts of the login."""
    return message(15, 1, ",".join(accounts))


def next_valid_id(order_id: int) -> Message:
    """9: the lowest number for the next order."""
    return message(9, 1, order_id)


def error(number: int, code: int, words: str, advanced: str = "") -> Message:
    """4: words about a request or an order, or about none (-1)."""
    return message(4, 2, number, code, words, advanced)


def current_time(now: datetime) -> Message:
    """49: the time, in seconds since 1970."""
    return message(49, 1, int(now.timestamp()))


# --- Contracts -------------------------------------------------------------------------------------


def contract_details(req_id: int, contract: PaperContract, facts: ListingFacts) -> Message:
    """10: a listing with everything that is told of it."""
    name = trading_class(contract)
    identity = (contract.symbol, contract.kind, "", 0, "", SMART, contract.currency, contract.symbol)
    market = (name, name, contract.con_id, contract.min_tick, "", ORDER_TYPES)
    venues = (f"{SMART},{contract.primary_exchange}", 1, 0, escaped(contract.name))
    industry = (contract.primary_exchange, "", contract.sector, "", "")
    hours = ("US/Eastern", facts.trading_hours, facts.liquid_hours, "", "", 0)
    rules = (1, "", "", f"{facts.market_rule},{facts.market_rule}", "", contract.stock_type)
    sizes = (contract.size_increment, contract.size_increment, Decimal(100))
    return message(10, req_id, *identity, *market, *venues, *industry, *hours, *rules, *sizes)


def contract_details_end(req_id: int) -> Message:
    """52: no more listings."""
    return message(52, 1, req_id)


def symbol_samples(req_id: int, contracts: Sequence[PaperContract]) -> Message:
    """79: listings that fit a pattern."""
    rows: list[Value] = []
    for contract in contracts:
        venue = contract.primary_exchange
        rows += [
            contract.con_id,
            contract.symbol,
            contract.kind,
            venue,
            contract.currency,
            0,
            contract.name,
            "",
        ]
    return message(79, req_id, len(contracts), *rows)


def market_rule(rule_id: int, steps: Sequence[tuple[Decimal, Decimal]]) -> Message:
    """93: from which price on prices move in which steps."""
    return message(93, rule_id, len(steps), *(part for step in steps for part in step))


def option_parameters_end(req_id: int) -> Message:
    """76: no more options."""
    return message(76, req_id)


# --- Quotes ----------------------------------------------------------------------------------------


def tick_request_parameters(req_id: int, min_tick: Decimal) -> Message:
    """81: how the quotes that begin here are made."""
    return message(81, req_id, min_tick, "9c0001", 3)


def market_data_type(req_id: int, kind: int) -> Message:
    """58: whether the quotes that follow are live (1), frozen (2), delayed (3) or both of these (4)."""
    return message(58, 1, req_id, kind)


def tick_price(
    req_id: int, tick: int, price: Decimal, size: Decimal, *, can_execute: bool = False
) -> Message:
    """1: a price, with the size there; -1 says that there is none any more."""
    return message(1, PRICE_SIZE_VERSION, req_id, tick, price, size, CAN_EXECUTE if can_execute else 0)


def tick_size(req_id: int, tick: int, size: Decimal) -> Message:
    """2: a size or a volume."""
    return message(2, PRICE_SIZE_VERSION, req_id, tick, size)


def tick_generic(req_id: int, tick: int, value: Decimal) -> Message:
    """45: a number of another kind."""
    return message(45, PRICE_SIZE_VERSION, req_id, tick, value)


def tick_string(req_id: int, tick: int, value: str) -> Message:
    """46: words of another kind."""
    return message(46, PRICE_SIZE_VERSION, req_id, tick, value)


def tick_snapshot_end(req_id: int) -> Message:
    """57: the snapshot is complete."""
    return message(57, 1, req_id)


def tick_by_tick_last(
    req_id: int, kind: int, at: datetime, *, price: Decimal, size: Decimal, venue: str
) -> Message:
    """99, kinds 1 and 2: a trade."""
    return message(99, req_id, kind, int(at.timestamp()), price, size, 0, venue, "")


def tick_by_tick_quote(
    req_id: int, at: datetime, *, bid: Decimal, ask: Decimal, bid_size: Decimal, ask_size: Decimal
) -> Message:
    """99, kind 3: a change of the quote."""
    return message(99, req_id, 3, int(at.timestamp()), bid, ask, bid_size, ask_size, 0)


def tick_by_tick_middle(req_id: int, at: datetime, middle: Decimal) -> Message:
    """99, kind 4: a change of the middle of the quote."""
    return message(99, req_id, 4, int(at.timestamp()), middle)


# --- Bars ------------------------------------------------------------------------------------------

# A bar as it is told: its date in the form that was asked for, and the bar.
DatedBar = tuple[str, PaperBar]


def historical_data(req_id: int, first: str, last: str, bars: Sequence[DatedBar]) -> Message:
    """17: bars, oldest first; there is no message that ends them."""
    rows: list[Value] = []
    for date, bar in bars:
        rows += [date, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.average, bar.count]
    return message(17, req_id, first, last, len(bars), *rows)


def historical_update(req_id: int, date: str, bar: PaperBar) -> Message:
    """90: the newest bar as it stands; here the close comes before the high and the low."""
    prices = (bar.open, bar.close, bar.high, bar.low)
    return message(90, req_id, bar.count, date, *prices, bar.average, bar.volume)


def real_time_bar(req_id: int, bar: PaperBar) -> Message:
    """50: a bar of five seconds."""
    prices = (bar.open, bar.high, bar.low, bar.close)
    return message(50, 3, req_id, int(bar.begins.timestamp()), *prices, bar.volume, bar.average, bar.count)


def head_timestamp(req_id: int, begins: datetime, *, is_epoch: bool) -> Message:
    """88: when the history begins."""
    words = str(int(begins.timestamp())) if is_epoch else f"{begins.astimezone(UTC):%Y%m%d-%H:%M:%S}"
    return message(88, req_id, words)


# --- Accounts --------------------------------------------------------------------------------------


def account_value(tag: str, value: Value, currency: str, account: str) -> Message:
    """6: one value of an account."""
    return message(6, 2, tag, value, currency, account)


def portfolio_value(
    contract: PaperContract,
    position: PaperPosition,
    *,
    price: Decimal,
    unrealised: Decimal,
    realised: Decimal,
) -> Message:
    """7: one position of an account and what it is worth."""
    identity = (contract.con_id, contract.symbol, contract.kind, "", 0, "0", "", contract.primary_exchange)
    names = (contract.currency, contract.symbol, trading_class(contract))
    worth = (position.quantity, price, position.quantity * price, position.average_cost)
    return message(7, 8, *identity, *names, *worth, unrealised, realised, position.account)


def account_time(now: datetime) -> Message:
    """8: when the values of an account were made."""
    return message(8, 1, f"{now.astimezone(EASTERN):%H:%M}")


def account_download_end(account: str) -> Message:
    """54: the values of an account are complete."""
    return message(54, 1, account)


def account_summary(req_id: int, account: str, tag: str, value: Value, currency: str) -> Message:
    """63: one value of one account."""
    return message(63, 1, req_id, account, tag, value, currency)


def account_summary_end(req_id: int) -> Message:
    """64: the summary is complete."""
    return message(64, 1, req_id)


def account_multi(req_id: int, account: str, tag: str, value: Value, currency: str) -> Message:
    """73: one value of an account that is watched beside others."""
    return message(73, 1, req_id, account, "", tag, value, currency)


def account_multi_end(req_id: int) -> Message:
    """74: its values are complete."""
    return message(74, 1, req_id)


def position(contract: PaperContract, held: PaperPosition) -> Message:
    """61: one position of one account."""
    place = contract_fields(contract, contract.primary_exchange)
    return message(61, 3, held.account, *place, held.quantity, held.average_cost)


def position_end() -> Message:
    """62: the positions are complete."""
    return message(62, 1)


def profit(req_id: int, daily: Decimal, unrealised: Decimal, realised: Decimal) -> Message:
    """94: what an account gained today, on what it holds, and by what it closed."""
    return message(94, req_id, daily, unrealised, realised)


def profit_single(
    req_id: int, quantity: Decimal, *, daily: Decimal, unrealised: Decimal, realised: Decimal, value: Value
) -> Message:
    """95: the same of one position."""
    return message(95, req_id, quantity, daily, unrealised, realised, value)
