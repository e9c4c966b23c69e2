"""One client's conversation: bytes come in, messages are left to be written; no sockets and no clock."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from trading.papergateway import account_desk, market_desk, order_desk, replies
from trading.papergateway import requests as asked
from trading.papergateway.place_order import PlaceOrder
from trading.papergateway.replies import NO_ID
from trading.papergateway.session import Hub, Session, Turn
from trading.papergateway.wire import (
    BadField,
    BadFrame,
    FrameReader,
    Message,
    check_hello,
    fields_of,
)

CLIENT_IN_USE, UNKNOWN_REQUEST, BAD_LENGTH, UNREADABLE = 326, 505, 507, 320
LARGEST_CLIENT_ID = 2**31 - 1
FARMS = (
    (2104, "Market data farm connection is OK:usfarm"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefil"),
)

logger = logging.getLogger(__name__)


def _tell_time(turn: Turn, _: asked.TimeAsk) -> None:
    turn.session.tell(replies.current_time(turn.now))


def _end_stream(turn: Turn, request: asked.CancelStream) -> None:
    turn.session.streams.pop(request.req_id, None)


def _ignore(_: Turn, __: asked.Ignored) -> None:
    """Nothing is answered."""


HANDLERS: dict[type, Callable[[Turn, Any], None]] = {
    PlaceOrder: order_desk.place,
    asked.CancelOrder: order_desk.cancel,
    asked.GlobalCancel: order_desk.cancel_all,
    asked.OpenOrdersAsk: order_desk.tell_open_orders,
    asked.CompletedOrdersAsk: order_desk.tell_completed_orders,
    asked.ExecutionsAsk: order_desk.tell_executions,
    asked.NextIdAsk: order_desk.tell_next_id,
    asked.AutoBind: order_desk.bind_manual_orders,
    asked.ContractDetailsAsk: market_desk.tell_contract_details,
    asked.MatchingSymbolsAsk: market_desk.tell_matching_symbols,
    asked.MarketRuleAsk: market_desk.tell_market_rule,
    asked.OptionParametersAsk: market_desk.tell_option_parameters,
    asked.MarketDataType: market_desk.set_data_kind,
    asked.MarketDataAsk: market_desk.begin_quotes,
    asked.TickByTickAsk: market_desk.begin_ticks,
    asked.DepthAsk: market_desk.refuse_depth,
    asked.HistoryAsk: market_desk.tell_history,
    asked.HeadTimestampAsk: market_desk.tell_head_timestamp,
    asked.RealTimeBarsAsk: market_desk.begin_real_time_bars,
    asked.AccountsAsk: account_desk.tell_accounts,
    asked.AccountUpdatesAsk: account_desk.follow_account,
    asked.AccountMultiAsk: account_desk.follow_account_multi,
    asked.AccountSummaryAsk: account_desk.follow_summary,
    asked.PositionsAsk: account_desk.follow_positions,
    asked.ProfitAsk: account_desk.follow_gains,
    asked.TimeAsk: _tell_time,
    asked.CancelStream: _end_stream,
    asked.Ignored: _ignore,
}


class Conversation:
    """What is said with one client, from its first bytes on.

    `receive` takes bytes and `pulse` lets streams go on; `session.take()` gives what is to be written.
    Nothing that a client sends makes either of them raise.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.session = Session()
        self._reader = FrameReader()
        self._is_greeted = False

    def receive(self, data: bytes, now: datetime) -> None:
        """Take bytes of the client, whatever the pieces they come in."""
        try:
            for payload in self._reader.feed(data):
                if self.session.is_over or self.hub.is_dying:
                    return
                self._hear(payload, now)
        except BadFrame as error:
            logger.info("A client sent what cannot be read: %s", error)
            if self._is_greeted:
                self.session.refuse(NO_ID, BAD_LENGTH, f"Bad Message Length: {error}")
            self.session.is_over = True

    def pulse(self, now: datetime) -> None:
        """Let everything that the client follows go on."""
        if not self.hub.faults.is_link_lost:
            for stream in list(self.session.streams.values()):
                self.session.tell(*stream.pulse(now))

    def end(self) -> None:
        """Leave the hub: the connection is gone."""
        self.session.is_over = True
        if (
            self.session.client_id is not None
            and self.hub.sessions.get(self.session.client_id) is self.session
        ):
            del self.hub.sessions[self.session.client_id]

    def _hear(self, payload: bytes, now: datetime) -> None:
        if not self._is_greeted:
            check_hello(payload)
            self._is_greeted = True
            self.session.tell(replies.hello(now))
            return
        try:
            fields = fields_of(payload)
            if not self.hub.faults.silences(fields[0], asked.request_number(fields)):
                self._answer(fields, now)
        except BadField as error:
            self.session.refuse(NO_ID, UNREADABLE, f"Error reading request. {error}")

    def _answer(self, fields: Message, now: datetime) -> None:
        try:
            request = asked.read_request(fields)
        except asked.UnknownRequest as unknown:
            self.session.refuse(
                NO_ID, UNKNOWN_REQUEST, f"Fatal Error: Unknown message id {unknown.kind[:20]}"
            )
            return
        except BadField as error:
            number = asked.request_number(fields)
            self.session.refuse(number, UNREADABLE, f"Error reading request. {error}")
            return
        if isinstance(request, asked.StartApi):
            self._start(request.client_id)
        elif self.session.client_id is not None:
            HANDLERS[type(request)](Turn(hub=self.hub, session=self.session, now=now), request)

    def _start(self, client_id: int) -> None:
        """Let the client in under its number, unless somebody else speaks under it."""
        if self.session.client_id is not None:
            return
        if not 0 <= client_id <= LARGEST_CLIENT_ID or client_id in self.hub.sessions:
            words = "Unable to connect as the client id is already in use. Retry with a unique client id."
            self.session.refuse(NO_ID, CLIENT_IN_USE, words)
            self.session.is_over = True
            return
        self.session.client_id = client_id
        self.hub.sessions[client_id] = self.session
        self.session.tell(
            replies.managed_accounts(self.hub.book.accounts),
            replies.next_valid_id(self.hub.next_order_id(client_id)),
            *(replies.error(NO_ID, code, words) for code, words in FARMS),
        )
