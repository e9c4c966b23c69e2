"""Orders at the gateway: taking them to the book, and telling their clients what becomes of them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import zip_longest

from trading.papergateway import order_replies, replies
from trading.papergateway.exchange.records import (
    CommissionReport,
    ExchangeEvent,
    ExecutionReport,
    MarginReport,
    OrderError,
    OrderReport,
    PaperContract,
    PaperOrder,
)
from trading.papergateway.faults import MISLEADING
from trading.papergateway.moments import moment
from trading.papergateway.place_order import PlaceOrder
from trading.papergateway.replies import NO_ID
from trading.papergateway.requests import (
    AutoBind,
    CancelOrder,
    CompletedOrdersAsk,
    ExecutionsAsk,
    GlobalCancel,
    NextIdAsk,
    OpenOrdersAsk,
)
from trading.papergateway.session import NO_CONTRACT, NO_DEFINITION, VALIDATION, Hub, Turn, invalid
from trading.papergateway.wire import BadField, Message

REJECTED, ACCOUNT_NEEDED = 201, 435
# What the broker makes of an OCA type that the client left open: reduce, without blocking.
OCA_TYPE = 3


class Refusal(Exception):
    """An order that is not taken to the book, with the code and words of the answer."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


# --- From clients to the book ----------------------------------------------------------------------


def place(turn: Turn, request: PlaceOrder) -> None:
    """Take an order, the change of one, or the question what one would do."""
    if turn.hub.faults.loses_order():
        return
    try:
        order = paper_order(turn, request)
    except Refusal as refusal:
        turn.session.refuse(request.order_id, refusal.code, refusal.words)
        return
    if request.is_what_if:
        _tell_what_if(turn, order)
        return
    turn.hub.is_dying = turn.hub.faults.dies_after_order()
    publish(turn.hub, turn.hub.book.place(order, turn.now))
    _mislead(turn, order)


def paper_order(turn: Turn, request: PlaceOrder) -> PaperOrder:
    """The order that a request means. Raises Refusal when it cannot be one."""
    contract = turn.hub.listings.only(request.contract)
    if contract is None:
        raise Refusal(NO_CONTRACT, NO_DEFINITION)
    if request.unserved:
        raise _rejection(turn, request, f"not served by the paper gateway: {', '.join(request.unserved)}")
    try:
        return _order(turn, request, contract)
    except BadField as error:
        raise _rejection(turn, request, str(error)) from error


def _order(turn: Turn, request: PlaceOrder, contract: PaperContract) -> PaperOrder:
    fields = request.fields
    return PaperOrder(
        client_id=turn.session.client_id or 0,
        order_id=request.order_id,
        account=_account(turn.hub, fields["account"]),
        con_id=contract.con_id,
        action=fields["action"],
        quantity=request.number("totalQuantity") or Decimal(0),
        order_type=fields["orderType"],
        limit_price=request.number("lmtPrice"),
        aux_price=request.number("auxPrice"),
        trail_stop_price=request.number("trailStopPrice"),
        trailing_percent=request.number("trailingPercent"),
        tif=fields["tif"] or "DAY",
        good_till=moment(fields["goodTillDate"]) if fields["goodTillDate"] else None,
        outside_rth=fields["outsideRth"] == "1",
        oca_group=fields["ocaGroup"],
        oca_type=int(request.number("ocaType") or OCA_TYPE),
        parent_id=int(request.number("parentId") or 0),
        transmit=fields["transmit"] == "1",
        order_ref=fields["orderRef"],
    )


def _account(hub: Hub, named: str) -> str:
    """The account of an order; it may be left open where there is one."""
    accounts = hub.book.accounts
    if not named and len(accounts) == 1:
        return accounts[0]
    if not named:
        raise Refusal(ACCOUNT_NEEDED, "You must specify an account.")
    if named not in accounts:
        raise Refusal(VALIDATION, invalid(f"Invalid account code '{named}'"))
    return named


def _rejection(turn: Turn, request: PlaceOrder, words: str) -> Refusal:
    """A refusal which says that the order does not live; of a change, one that leaves the order alone."""
    lives = any(
        (report.order.client_id, report.order.order_id) == (turn.session.client_id, request.order_id)
        for report in turn.hub.book.open_orders()
    )
    if lives:
        return Refusal(VALIDATION, invalid(words))
    return Refusal(REJECTED, f"Order rejected - reason:{words}")


def _tell_what_if(turn: Turn, order: PaperOrder) -> None:
    found = turn.hub.book.what_if(order, turn.now)
    if isinstance(found, OrderError):
        turn.session.refuse(order.order_id, found.code, found.words)
        return
    contract = turn.hub.listings[order.con_id]
    report = _what_if_report(found)
    if turn.hub.faults.tells_unset_what_if:
        turn.session.tell(order_replies.open_order(report, contract, is_what_if=True))
    turn.session.tell(order_replies.open_order(report, contract, margin=found, is_what_if=True))


def _what_if_report(margin: MarginReport) -> OrderReport:
    return OrderReport(
        order=margin.order,
        perm_id=0,
        parent_perm_id=0,
        status="PreSubmitted",
        filled=Decimal(0),
        remaining=margin.order.quantity,
        average_price=Decimal(0),
        last_fill_price=Decimal(0),
    )


def _mislead(turn: Turn, order: PaperOrder) -> None:
    """Send what a fault asks for: words that sound as if the order, which lives, had ended."""
    if turn.hub.faults.notices:
        code = turn.hub.faults.notices.popleft()
        turn.session.refuse(order.order_id, code, MISLEADING.get(code, "Order message."))


def cancel(turn: Turn, request: CancelOrder) -> None:
    """Take an order of this client out of the market."""
    publish(turn.hub, turn.hub.book.cancel(turn.session.client_id or 0, request.order_id, turn.now))


def cancel_all(turn: Turn, _: GlobalCancel) -> None:
    """Take every order out of the market, whoever placed it."""
    publish(turn.hub, turn.hub.book.cancel_all(turn.now))


# --- From the book to clients ----------------------------------------------------------------------


def publish(hub: Hub, events: Sequence[ExchangeEvent]) -> None:
    """Tell each client what happened to its orders, in the order in which it happened."""
    batches: dict[int, list[Message]] = {}
    owners: dict[str, int] = {}
    for event, following in zip_longest(events, events[1:]):
        if isinstance(event, ExecutionReport):
            owners[_base(event.exec_id)] = event.order.client_id
        client_id = _owner(hub, event, owners)
        if client_id is not None:
            batches.setdefault(client_id, []).extend(_messages(hub, event, following))
    for client_id, batch in batches.items():
        hub.tell_order(client_id, batch)
    if owners:
        hub.news += 1


def _owner(hub: Hub, event: ExchangeEvent, owners: dict[str, int]) -> int | None:
    if isinstance(event, OrderError):
        return event.client_id
    if not isinstance(event, CommissionReport):
        return event.order.client_id
    if _base(event.exec_id) in owners:
        return owners[_base(event.exec_id)]
    fills = (fill for fill, _ in hub.book.executions(None) if fill.exec_id == event.exec_id)
    return next((fill.order.client_id for fill in fills), None)


def _base(exec_id: str) -> str:
    """The id of a fill without the number of its telling."""
    return exec_id.rpartition(".")[0]


def _messages(hub: Hub, event: ExchangeEvent, following: ExchangeEvent | None) -> list[Message]:
    if isinstance(event, OrderError):
        return [replies.error(event.order_id, event.code, event.words)]
    if isinstance(event, CommissionReport):
        return [order_replies.commission_report(event)]
    contract = hub.listings[event.order.con_id]
    if isinstance(event, ExecutionReport):
        return [order_replies.execution_details(NO_ID, event, contract)]
    opened, status = order_replies.open_order(event, contract), order_replies.order_status(event)
    if not isinstance(following, CommissionReport):
        return [opened, status]
    # The commission is known a moment later; then the order is told again, without a status.
    free = order_replies.open_order(replace(event, commission=None), contract)
    return [free, status, opened]


# --- What clients ask about orders -----------------------------------------------------------------


def tell_open_orders(turn: Turn, request: OpenOrdersAsk) -> None:
    """The live orders of this client, or of all."""
    for report in turn.hub.book.open_orders():
        if request.is_all or report.order.client_id == turn.session.client_id:
            contract = turn.hub.listings[report.order.con_id]
            turn.session.tell(order_replies.open_order(report, contract), order_replies.order_status(report))
    turn.session.tell(order_replies.open_order_end())


def tell_completed_orders(turn: Turn, _: CompletedOrdersAsk) -> None:
    """The orders that ended, of all clients."""
    for report in turn.hub.book.completed_orders():
        turn.session.tell(order_replies.completed_order(report, turn.hub.listings[report.order.con_id]))
    turn.session.tell(order_replies.completed_orders_end())


def tell_executions(turn: Turn, request: ExecutionsAsk) -> None:
    """Fills that a filter lets through, then what they cost."""
    try:
        since = moment(request.since) if request.since else None
    except BadField as error:
        turn.session.refuse(request.req_id, VALIDATION, invalid(str(error)))
        return
    listings = turn.hub.listings
    found = [
        (fill, commission)
        for fill, commission in turn.hub.book.executions(since)
        if _passes(fill, request, listings[fill.order.con_id])
    ]
    for fill, _ in found:
        turn.session.tell(order_replies.execution_details(request.req_id, fill, listings[fill.order.con_id]))
    turn.session.tell(order_replies.execution_details_end(request.req_id))
    turn.session.tell(*(order_replies.commission_report(commission) for _, commission in found))


def _passes(fill: ExecutionReport, request: ExecutionsAsk, contract: PaperContract) -> bool:
    """Whether a fill is of what the filter names; empty fields name everything."""
    sides = {"BUY": {"BUY", "BOT"}, "SELL": {"SELL", "SLD", "SSHORT"}}
    return (
        request.client_id in {0, fill.order.client_id}
        and request.account in {"", fill.order.account}
        and request.symbol in {"", contract.symbol}
        and request.kind in {"", contract.kind}
        and request.exchange in {"", "SMART", fill.exchange}
        and (not request.side or request.side in sides.get(fill.order.action, set()))
    )


def tell_next_id(turn: Turn, _: NextIdAsk) -> None:
    """The lowest number for the client's next order."""
    turn.session.tell(replies.next_valid_id(turn.hub.next_order_id(turn.session.client_id or 0)))


def bind_manual_orders(turn: Turn, request: AutoBind) -> None:
    """Have orders that people enter by hand come to this client: lawful for client 0 alone."""
    if turn.session.client_id:
        turn.session.refuse(NO_ID, VALIDATION, invalid("only client 0 may bind orders"))
    else:
        turn.session.binds_manual_orders = request.is_on
