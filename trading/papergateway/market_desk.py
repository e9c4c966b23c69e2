"""What clients ask of the market: listings, rules, quotes and bars."""

from trading.papergateway import replies
from trading.papergateway.bar_streams import (
    QUOTE_KINDS,
    TRADE_KINDS,
    BarForm,
    HistoryStream,
    RealTimeBarStream,
    history,
    history_message,
)
from trading.papergateway.exchange.records import PaperContract
from trading.papergateway.fields import ContractAsk, names
from trading.papergateway.moments import bar_seconds, duration, moment
from trading.papergateway.quote_streams import (
    DELAYED,
    DELAYED_FROZEN,
    QuoteStream,
    TickByTickStream,
    kind_told,
)
from trading.papergateway.replies import NO_ID
from trading.papergateway.requests import (
    ContractDetailsAsk,
    DepthAsk,
    HeadTimestampAsk,
    HistoryAsk,
    MarketDataAsk,
    MarketDataType,
    MarketRuleAsk,
    MatchingSymbolsAsk,
    OptionParametersAsk,
    RealTimeBarsAsk,
    TickByTickAsk,
)
from trading.papergateway.session import NO_CONTRACT, NO_DEFINITION, VALIDATION, Stream, Turn, invalid
from trading.papergateway.wire import BadField

TOO_MANY_TICKERS, HISTORY_FAILED, DUPLICATE_TICKER, NOT_SUBSCRIBED = 101, 162, 322, 354
NO_DEPTH, SHOWING_DELAYED, NO_DELAYED = 10092, 10167, 10168
LINES_AT_MOST = 100
BARS_AT_MOST = 20_000
HISTORY_WORDS = "Historical Market Data Service error message:"
# The generic ticks of a stock; two of them are served, the others bring nothing.
STOCK_GENERIC_TICKS = frozenset(
    names(
        "100 101 104 105 106 107 162 165 166 221 225 232 233 236 258 292 293 294 295 318 375 411 456 459 460 "
        "499 506 511 512 513 514 515 516 517 545 577 586 587 588 595 614 619 623 mdoff"
    )
)


def contract_of(turn: Turn, req_id: int, ask: ContractAsk) -> PaperContract | None:
    """The one listing that a request means; where there is none, the request is refused."""
    contract = turn.hub.listings.only(ask)
    if contract is None:
        turn.session.refuse(req_id, NO_CONTRACT, NO_DEFINITION)
    return contract


# --- Listings --------------------------------------------------------------------------------------


def tell_contract_details(turn: Turn, request: ContractDetailsAsk) -> None:
    """Every listing that a description fits."""
    found = turn.hub.listings.fitting(request.contract)
    if not found:
        turn.session.refuse(request.req_id, NO_CONTRACT, NO_DEFINITION)
        return
    for contract in found:
        facts = turn.hub.listings.facts(contract, turn.hub.book.calendar, turn.now)
        turn.session.tell(replies.contract_details(request.req_id, contract, facts))
    turn.session.tell(replies.contract_details_end(request.req_id))


def tell_matching_symbols(turn: Turn, request: MatchingSymbolsAsk) -> None:
    """Listings whose symbol or name begins with a pattern."""
    turn.session.tell(replies.symbol_samples(request.req_id, turn.hub.listings.matching(request.pattern)))


def tell_market_rule(turn: Turn, request: MarketRuleAsk) -> None:
    """The steps of a rule."""
    steps = turn.hub.listings.rule(request.rule_id)
    if steps is None:
        turn.session.refuse(NO_ID, VALIDATION, invalid(f"Invalid market rule {request.rule_id}"))
    else:
        turn.session.tell(replies.market_rule(request.rule_id, steps))


def tell_option_parameters(turn: Turn, request: OptionParametersAsk) -> None:
    """Nothing has options here."""
    turn.session.tell(replies.option_parameters_end(request.req_id))


# --- Quotes ----------------------------------------------------------------------------------------


def set_data_kind(turn: Turn, request: MarketDataType) -> None:
    """Remember which kind of data the client wants in what it asks for next."""
    if request.kind in {1, 2, 3, 4}:
        turn.session.data_kind = request.kind
    else:
        turn.session.refuse(NO_ID, VALIDATION, invalid(f"Invalid market data type {request.kind}"))


def begin_quotes(turn: Turn, request: MarketDataAsk) -> None:
    """Begin to stream the quotes of a contract, or tell them once."""
    unknown = [tick for tick in request.generic_ticks if tick.partition(":")[0] not in STOCK_GENERIC_TICKS]
    if unknown:
        turn.session.refuse(
            request.req_id, VALIDATION, invalid(f"Incorrect generic tick list of {unknown[0]}")
        )
        return
    contract = contract_of(turn, request.req_id, request.contract)
    kind = None if contract is None else _kind_for(turn, request.req_id)
    if contract is None or kind is None or not _has_room(turn, request):
        return
    stream = QuoteStream(turn.hub, request.req_id, contract, kind=kind, generic_ticks=request.generic_ticks)
    turn.session.tell(replies.tick_request_parameters(request.req_id, contract.min_tick))
    turn.session.tell(replies.market_data_type(request.req_id, kind), *stream.pulse(turn.now))
    if request.is_snapshot:
        turn.session.tell(replies.tick_snapshot_end(request.req_id))
    else:
        turn.session.streams[request.req_id] = stream


def _kind_for(turn: Turn, req_id: int) -> int | None:
    """The kind of data that the client is shown; None when it is refused."""
    kind = kind_told(turn.hub, turn.session.data_kind, turn.now)
    if kind is None and turn.session.data_kind in {DELAYED, DELAYED_FROZEN}:
        turn.session.refuse(
            req_id, NO_DELAYED, "Requested market data is not subscribed. Delayed market data is not enabled."
        )
    elif kind is None:
        turn.session.refuse(
            req_id,
            NOT_SUBSCRIBED,
            "Requested market data is not subscribed. Delayed market data is available.",
        )
    elif kind in {DELAYED, DELAYED_FROZEN}:
        turn.session.refuse(
            req_id,
            SHOWING_DELAYED,
            "Requested market data is not subscribed. Displaying delayed market data.",
        )
    return kind


def _has_room(turn: Turn, request: MarketDataAsk) -> bool:
    lines = sum(isinstance(stream, QuoteStream) for stream in turn.session.streams.values())
    if request.req_id in turn.session.streams:
        turn.session.refuse(
            request.req_id, DUPLICATE_TICKER, "Error processing request.-'b' : cause - Duplicate ticker id"
        )
        return False
    if lines >= LINES_AT_MOST:
        turn.session.refuse(request.req_id, TOO_MANY_TICKERS, "Max number of tickers has been reached")
        return False
    return True


def begin_ticks(turn: Turn, request: TickByTickAsk) -> None:
    """Begin to stream trades or quotes one by one."""
    contract = contract_of(turn, request.req_id, request.contract)
    kind = TickByTickStream.KINDS.get(request.kind)
    if contract is not None and kind is None:
        turn.session.refuse(
            request.req_id, VALIDATION, invalid(f"Invalid tick-by-tick type {request.kind[:20]}")
        )
    elif contract is not None and kind is not None:
        _begin(turn, request.req_id, TickByTickStream(turn.hub, request.req_id, contract, kind))


def refuse_depth(turn: Turn, request: DepthAsk) -> None:
    """There is no book by price level."""
    turn.session.refuse(
        request.req_id,
        NO_DEPTH,
        "Deep market data is not supported for this combination of security type/exchange",
    )


def _begin(turn: Turn, req_id: int, stream: Stream) -> None:
    turn.session.streams[req_id] = stream
    turn.session.tell(*stream.pulse(turn.now))


# --- Bars ------------------------------------------------------------------------------------------


def tell_history(turn: Turn, request: HistoryAsk) -> None:
    """Bars of the past; where asked for, the newest of them goes on being told."""
    contract = contract_of(turn, request.req_id, request.contract)
    if contract is None:
        return
    try:
        form, until = _form(request), moment(request.end) if request.end else turn.now
    except BadField as error:
        turn.session.refuse(request.req_id, VALIDATION, invalid(str(error)))
        return
    bars = history(turn.hub, contract, form, min(until, turn.now))
    if not bars:
        turn.session.refuse(
            request.req_id,
            HISTORY_FAILED,
            f"{HISTORY_WORDS}HMDS query returned no data: {contract.symbol}@SMART Trades",
        )
        return
    turn.session.tell(history_message(request.req_id, form, until, bars))
    if request.keeps_up_to_date:
        _begin(turn, request.req_id, HistoryStream(turn.hub, request.req_id, contract, form))


def _form(request: HistoryAsk) -> BarForm:
    """How the bars are asked for. Raises BadField where they cannot be told so."""
    if request.keeps_up_to_date and request.end:
        raise BadField("a history that is kept up to date has no end")
    if request.what not in TRADE_KINDS | QUOTE_KINDS:
        raise BadField(f"no data of {request.what[:20]}")
    many, unit = duration(request.duration)
    form = BarForm(
        size_seconds=bar_seconds(request.bar_size),
        many=many,
        unit=unit,
        what=request.what,
        is_epoch=request.is_epoch,
    )
    if form.bars_at_most > BARS_AT_MOST:
        raise BadField(f"more than {BARS_AT_MOST} bars")
    return form


def tell_head_timestamp(turn: Turn, request: HeadTimestampAsk) -> None:
    """When the history of a contract begins: with the first session that the exchange knows."""
    if contract_of(turn, request.req_id, request.contract) is not None:
        begins = turn.hub.book.calendar.sessions[0].opens
        turn.session.tell(replies.head_timestamp(request.req_id, begins, is_epoch=request.is_epoch))


def begin_real_time_bars(turn: Turn, request: RealTimeBarsAsk) -> None:
    """Begin to stream bars of five seconds."""
    contract = contract_of(turn, request.req_id, request.contract)
    if contract is not None and request.what not in {"TRADES"} | QUOTE_KINDS:
        turn.session.refuse(request.req_id, VALIDATION, invalid(f"no data of {request.what[:20]}"))
    elif contract is not None:
        stream = RealTimeBarStream(turn.hub, request.req_id, contract, request.what, turn.now)
        _begin(turn, request.req_id, stream)
