"""What clients ask: one record a kind of request, read from the fields of a frame."""

from collections.abc import Callable
from dataclasses import dataclass

from trading.papergateway.fields import ContractAsk, Fields
from trading.papergateway.place_order import PlaceOrder, read_place_order
from trading.papergateway.wire import BadField, Message

EPOCH_FORM = 2
# Requests that begin with their own number, and those that have a version before it.
UNVERSIONED = {"3", "20", "78", "81", "87", "92", "94", "97"}
NUMBERED = UNVERSIONED | {"1", "4", "7", "9", "10", "50", "62", "76"}


class UnknownRequest(Exception):
    """A kind of request that is not served here."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class StartApi:
    """71: the number under which a client speaks."""

    client_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDataAsk:
    """1: quotes of a contract from now on, or once as a snapshot."""

    req_id: int
    contract: ContractAsk
    generic_ticks: tuple[str, ...]
    is_snapshot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelStream:
    """2, 25, 51, 63, 77, 90, 93, 95, 98: an end to what a request began; nothing is answered."""

    req_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthAsk:
    """10: the book of a contract by price level."""

    req_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """4: an end to an order of this client."""

    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalCancel:
    """58: an end to every order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrdersAsk:
    """5 and 16: the live orders of this client, or of all."""

    is_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoBind:
    """15: whether orders that people enter by hand come to client 0."""

    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedOrdersAsk:
    """99: the orders that ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionsAsk:
    """7: fills, of those fields that are not empty."""

    req_id: int
    client_id: int
    account: str
    since: str
    symbol: str
    kind: str
    exchange: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextIdAsk:
    """8: the lowest number for the next order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsAsk:
    """17: the accounts of the login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAsk:
    """49: what time it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """14, 11, 23: taken note of and not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDetailsAsk:
    """9: every listing that a description fits."""

    req_id: int
    contract: ContractAsk


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingSymbolsAsk:
    """81: listings whose symbol or name begins with a pattern."""

    req_id: int
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionParametersAsk:
    """78: the options on something."""

    req_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRuleAsk:
    """91: the steps in which prices move."""

    rule_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDataType:
    """59: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen."""

    kind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdatesAsk:
    """6: the values and positions of one account from now on, or an end to them."""

    is_on: bool
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMultiAsk:
    """76: the values of one account from now on, beside those of others."""

    req_id: int
    account: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummaryAsk:
    """62: named values of every account."""

    req_id: int
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionsAsk:
    """61 and 64: the positions of every account from now on, or an end to them."""

    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitAsk:
    """92 and 94: what an account gained, or what it gained with one contract (`con_id`)."""

    req_id: int
    account: str
    con_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryAsk:
    """20: bars that end at a time (now when empty), or go on being told."""

    req_id: int
    contract: ContractAsk
    end: str
    bar_size: str
    duration: str
    what: str
    is_epoch: bool
    keeps_up_to_date: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadTimestampAsk:
    """87: when the history of a contract begins."""

    req_id: int
    contract: ContractAsk
    is_epoch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTimeBarsAsk:
    """50: bars of five seconds from now on."""

    req_id: int
    contract: ContractAsk
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TickByTickAsk:
    """97: every trade (Last, AllLast), every change of the quote (BidAsk) or of its middle (MidPoint)."""

    req_id: int
    contract: ContractAsk
    kind: str


Request = (
    StartApi | MarketDataAsk | CancelStream | DepthAsk | CancelOrder | GlobalCancel | OpenOrdersAsk | AutoBind
    | CompletedOrdersAsk | ExecutionsAsk | NextIdAsk | AccountsAsk | TimeAsk | Ignored | ContractDetailsAsk
    | MatchingSymbolsAsk | OptionParametersAsk | MarketRuleAsk | MarketDataType | AccountUpdatesAsk
    | AccountMultiAsk | AccountSummaryAsk | PositionsAsk | ProfitAsk | HistoryAsk | HeadTimestampAsk
    | RealTimeBarsAsk | TickByTickAsk | PlaceOrder
)  # fmt: skip


def request_number(fields: Message) -> int:
    """The number that a client gave its request or order, as far as it can be told; -1 where not."""
    at = 1 if fields[:1] and fields[0] in UNVERSIONED else 2
    try:
        return int(fields[at]) if fields[0] in NUMBERED else -1
    except (IndexError, ValueError):
        return -1


def read_request(fields: Message) -> Request:
    """The request in a frame. Raises UnknownRequest for a kind not served here, BadField for a broken one."""
    if not fields:
        raise BadField("no fields")
    kind, *rest = fields
    reader = READERS.get(kind)
    if reader is None:
        raise UnknownRequest(kind)
    held = Fields(tuple(rest))
    request = reader(held)
    held.end()
    return request


def _start_api(fields: Fields) -> StartApi:
    fields.skip(1)
    client_id = fields.integer()
    fields.skip(1)
    return StartApi(client_id=client_id)


def _market_data(fields: Fields) -> MarketDataAsk:
    fields.skip(1)
    req_id, contract = fields.integer(), ContractAsk.read(fields)
    _skip_legs(fields, contract)
    if fields.flag():  # a delta-neutral contract
        fields.skip(3)
    generic = tuple(word for word in fields.text().split(",") if word)
    is_snapshot = fields.flag()
    fields.skip(2)  # regulatory snapshot, options
    return MarketDataAsk(req_id=req_id, contract=contract, generic_ticks=generic, is_snapshot=is_snapshot)


def _skip_legs(fields: Fields, contract: ContractAsk) -> None:
    if contract.kind == "BAG":
        fields.skip(4 * fields.count())


def _versioned_cancel(fields: Fields) -> CancelStream:
    fields.skip(1)
    return CancelStream(req_id=fields.integer())


def _cancel(fields: Fields) -> CancelStream:
    return CancelStream(req_id=fields.integer())


def _depth(fields: Fields) -> DepthAsk:
    fields.skip(1)
    req_id = fields.integer()
    fields.skip(15)  # the contract, rows, whether smart, options
    return DepthAsk(req_id=req_id)


def _cancel_order(fields: Fields) -> CancelOrder:
    fields.skip(1)
    order_id = fields.integer()
    fields.skip(1)  # when a person cancelled by hand
    return CancelOrder(order_id=order_id)


def _global_cancel(fields: Fields) -> GlobalCancel:
    fields.skip(1)
    return GlobalCancel()


def _open_orders(fields: Fields) -> OpenOrdersAsk:
    fields.skip(1)
    return OpenOrdersAsk(is_all=False)


def _all_open_orders(fields: Fields) -> OpenOrdersAsk:
    fields.skip(1)
    return OpenOrdersAsk(is_all=True)


def _auto_bind(fields: Fields) -> AutoBind:
    fields.skip(1)
    return AutoBind(is_on=fields.flag())


def _completed_orders(fields: Fields) -> CompletedOrdersAsk:
    fields.flag()
    return CompletedOrdersAsk()


def _executions(fields: Fields) -> ExecutionsAsk:
    fields.skip(1)
    return ExecutionsAsk(
        req_id=fields.integer(),
        client_id=fields.integer(),
        account=fields.text(),
        since=fields.text(),
        symbol=fields.text(),
        kind=fields.text(),
        exchange=fields.text(),
        side=fields.text(),
    )


def _next_id(fields: Fields) -> NextIdAsk:
    fields.skip(2)
    return NextIdAsk()


def _accounts(fields: Fields) -> AccountsAsk:
    fields.skip(1)
    return AccountsAsk()


def _time(fields: Fields) -> TimeAsk:
    fields.skip(1)
    return TimeAsk()


def _log_level(fields: Fields) -> Ignored:
    fields.skip(2)
    return Ignored()


def _cancel_depth(fields: Fields) -> Ignored:
    fields.skip(3)
    return Ignored()


def _contract_details(fields: Fields) -> ContractDetailsAsk:
    fields.skip(1)
    request = ContractDetailsAsk(req_id=fields.integer(), contract=ContractAsk.read(fields))
    fields.skip(4)  # expired ones, kind and number of a security id, issuer
    return request


def _matching_symbols(fields: Fields) -> MatchingSymbolsAsk:
    return MatchingSymbolsAsk(req_id=fields.integer(), pattern=fields.text())


def _option_parameters(fields: Fields) -> OptionParametersAsk:
    req_id = fields.integer()
    fields.skip(4)
    return OptionParametersAsk(req_id=req_id)


def _market_rule(fields: Fields) -> MarketRuleAsk:
    return MarketRuleAsk(rule_id=fields.integer())


def _market_data_type(fields: Fields) -> MarketDataType:
    fields.skip(1)
    return MarketDataType(kind=fields.integer())


def _account_updates(fields: Fields) -> AccountUpdatesAsk:
    fields.skip(1)
    return AccountUpdatesAsk(is_on=fields.flag(), account=fields.text())


def _account_multi(fields: Fields) -> AccountMultiAsk:
    fields.skip(1)
    request = AccountMultiAsk(req_id=fields.integer(), account=fields.text(), model=fields.text())
    fields.skip(1)  # whether only the ledger
    return request


def _account_summary(fields: Fields) -> AccountSummaryAsk:
    fields.skip(1)
    req_id = fields.integer()
    fields.skip(1)  # the group; there is one, of all accounts
    return AccountSummaryAsk(req_id=req_id, tags=tuple(tag for tag in fields.text().split(",") if tag))


def _positions(fields: Fields) -> PositionsAsk:
    fields.skip(1)
    return PositionsAsk(is_on=True)


def _cancel_positions(fields: Fields) -> PositionsAsk:
    fields.skip(1)
    return PositionsAsk(is_on=False)


def _profit(fields: Fields) -> ProfitAsk:
    req_id, account = fields.integer(), fields.text()
    fields.skip(1)
    return ProfitAsk(req_id=req_id, account=account, con_id=None)


def _profit_single(fields: Fields) -> ProfitAsk:
    req_id, account = fields.integer(), fields.text()
    fields.skip(1)
    return ProfitAsk(req_id=req_id, account=account, con_id=fields.integer())


def _history(fields: Fields) -> HistoryAsk:
    req_id, contract = fields.integer(), ContractAsk.read(fields)
    fields.skip(1)  # expired contracts
    end, bar_size, duration = fields.text(), fields.text(), fields.text()
    fields.flag()  # whether only regular hours; there are no others
    what, form = fields.text(), fields.integer()
    _skip_legs(fields, contract)
    keeps = fields.flag()
    fields.skip(1)
    return HistoryAsk(
        req_id=req_id,
        contract=contract,
        end=end,
        bar_size=bar_size,
        duration=duration,
        what=what,
        is_epoch=form == EPOCH_FORM,
        keeps_up_to_date=keeps,
    )


def _head_timestamp(fields: Fields) -> HeadTimestampAsk:
    req_id, contract = fields.integer(), ContractAsk.read(fields)
    fields.skip(3)  # expired ones, regular hours, what to show
    return HeadTimestampAsk(req_id=req_id, contract=contract, is_epoch=fields.integer() == EPOCH_FORM)


def _real_time_bars(fields: Fields) -> RealTimeBarsAsk:
    fields.skip(1)
    req_id, contract = fields.integer(), ContractAsk.read(fields)
    fields.skip(1)  # the size; it is five seconds whatever is asked
    what = fields.text()
    fields.skip(2)  # regular hours, options
    return RealTimeBarsAsk(req_id=req_id, contract=contract, what=what)


def _tick_by_tick(fields: Fields) -> TickByTickAsk:
    request = TickByTickAsk(req_id=fields.integer(), contract=ContractAsk.read(fields), kind=fields.text())
    fields.skip(2)  # ticks of the past, whether sizes matter
    return request


READERS: dict[str, Callable[[Fields], Request]] = {
    "1": _market_data,
    "2": _versioned_cancel,
    "3": read_place_order,
    "4": _cancel_order,
    "5": _open_orders,
    "6": _account_updates,
    "7": _executions,
    "8": _next_id,
    "9": _contract_details,
    "10": _depth,
    "11": _cancel_depth,
    "14": _log_level,
    "15": _auto_bind,
    "16": _all_open_orders,
    "17": _accounts,
    "20": _history,
    "23": _versioned_cancel,
    "25": _versioned_cancel,
    "49": _time,
    "50": _real_time_bars,
    "51": _versioned_cancel,
    "58": _global_cancel,
    "59": _market_data_type,
    "61": _positions,
    "62": _account_summary,
    "63": _versioned_cancel,
    "64": _cancel_positions,
    "71": _start_api,
    "76": _account_multi,
    "77": _versioned_cancel,
    "78": _option_parameters,
    "81": _matching_symbols,
    "87": _head_timestamp,
    "90": _cancel,
    "91": _market_rule,
    "92": _profit,
    "93": _cancel,
    "94": _profit_single,
    "95": _cancel,
    "97": _tick_by_tick,
    "98": _cancel,
    "99": _completed_orders,
}
