"""What clients ask of accounts: values, summaries, positions and gains."""

from trading.papergateway import replies
from trading.papergateway.account_streams import AccountStream, LinesStream, PositionStream, ProfitStream
from trading.papergateway.replies import NO_ID
from trading.papergateway.requests import (
    AccountMultiAsk,
    AccountsAsk,
    AccountSummaryAsk,
    AccountUpdatesAsk,
    PositionsAsk,
    ProfitAsk,
)
from trading.papergateway.session import VALIDATION, StreamKey, Turn, invalid

TOO_MANY_SUMMARIES = 322
SUMMARIES_AT_MOST = 2
ACCOUNT, POSITIONS = "account", "positions"


def tell_accounts(turn: Turn, _: AccountsAsk) -> None:
    """The accounts of the login."""
    turn.session.tell(replies.managed_accounts(turn.hub.book.accounts))


def follow_account(turn: Turn, request: AccountUpdatesAsk) -> None:
    """Tell the values and positions of one account, and again when they change; or end that."""
    if not request.is_on:
        turn.session.streams.pop(ACCOUNT, None)
        return
    accounts = turn.hub.book.accounts
    account = request.account or accounts[0]
    if account not in accounts:
        _refuse_account(turn, NO_ID, account)
        return
    stream = AccountStream(turn.hub, account)
    turn.session.streams[ACCOUNT] = stream
    turn.session.tell(*stream.pulse(turn.now), replies.account_download_end(account))


def follow_account_multi(turn: Turn, request: AccountMultiAsk) -> None:
    """Tell the values of one account beside others."""
    accounts = turn.hub.book.accounts
    if request.account and request.account not in accounts:
        _refuse_account(turn, request.req_id, request.account)
        return
    wanted = [request.account] if request.account else accounts
    _begin_lines(turn, request.req_id, LinesStream(turn.hub, request.req_id, wanted, None))
    turn.session.tell(replies.account_multi_end(request.req_id))


def follow_summary(turn: Turn, request: AccountSummaryAsk) -> None:
    """Tell named values of every account."""
    others = [
        key
        for key, stream in turn.session.streams.items()
        if isinstance(stream, LinesStream) and stream.is_summary and key != request.req_id
    ]
    if len(others) >= SUMMARIES_AT_MOST:
        words = "Error processing request.-'b' : cause - Maximum number of account summary requests exceeded"
        turn.session.refuse(request.req_id, TOO_MANY_SUMMARIES, words)
        return
    stream = LinesStream(turn.hub, request.req_id, turn.hub.book.accounts, request.tags)
    _begin_lines(turn, request.req_id, stream)
    turn.session.tell(replies.account_summary_end(request.req_id))


def follow_positions(turn: Turn, request: PositionsAsk) -> None:
    """Tell the positions of every account, and again when they change; or end that."""
    if not request.is_on:
        turn.session.streams.pop(POSITIONS, None)
        return
    stream = PositionStream(turn.hub)
    turn.session.streams[POSITIONS] = stream
    turn.session.tell(*stream.pulse(turn.now), replies.position_end())


def follow_gains(turn: Turn, request: ProfitAsk) -> None:
    """Tell what an account gained, in all or with one contract, again and again."""
    if request.account not in turn.hub.book.accounts:
        _refuse_account(turn, request.req_id, request.account)
        return
    if request.con_id is not None and turn.hub.book.contract(request.con_id) is None:
        turn.session.refuse(request.req_id, VALIDATION, invalid(f"Invalid contract {request.con_id}"))
        return
    stream = ProfitStream(turn.hub, request.req_id, request.account, request.con_id)
    turn.session.streams[request.req_id] = stream
    turn.session.tell(*stream.pulse(turn.now))


def _begin_lines(turn: Turn, key: StreamKey, stream: LinesStream) -> None:
    turn.session.streams[key] = stream
    turn.session.tell(*stream.pulse(turn.now))


def _refuse_account(turn: Turn, number: int, account: str) -> None:
    turn.session.refuse(number, VALIDATION, invalid(f"Invalid account code '{account[:20]}'"))
