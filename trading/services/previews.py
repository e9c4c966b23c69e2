"""How an order would go before anybody sends it: judged by us, reckoned by the broker where it answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from accounts.models import User
from common.errors import DomainError
from common.money import ARITHMETIC, quantize
from common.throttling import Limit, attempt_count
from trading.engine.controls.authority import NEEDED
from trading.engine.controls.verdicts import Outcome
from trading.engine.question_words import ticket_told, what_if_read
from trading.engine.records import Side, WhatIf
from trading.engine.trade_requests import OrderJudged, TradeRequest
from trading.models import BrokerAccount
from trading.selectors.modes import takes_orders
from trading.services.acceptance import trade_preview
from trading.services.questions import question_ask

WAIT_SECONDS = 3.0
# The broker reckons this many orders of a request; a basket waits for nobody.
MOST_ASKED = 3
PREVIEWS = Limit(name="order-previews", attempts=120, seconds=60)
NOT_READY = "The gateway takes no orders now, so the broker was not asked."
TOO_MANY = "The broker is asked about the first three orders of a request."
UNREADABLE = "The broker's answer could not be read."


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One order before it is sent.

    `amount` is what it costs or brings without commission, in the instrument's currency. `broker` is what the
    broker says of commission and margin, None with the reason in `silence`.
    """

    judged: OrderJudged
    account: BrokerAccount
    amount: Decimal | None
    broker: WhatIf | None
    silence: str

    @property
    def total(self) -> Decimal | None:
        """What leaves the account, or comes in, with the commission; None where a part is not known."""
        if self.amount is None or self.broker is None or self.broker.commission is None:
            return None
        is_buy = self.judged.wanted.ticket.side is Side.BUY
        return self.amount + self.broker.commission if is_buy else self.amount - self.broker.commission


def previews(
    user: User,
    request: TradeRequest,
    *,
    signed_in_at: datetime | None,
    now: datetime,
    accounts: Mapping[UUID, BrokerAccount] | None = None,
) -> tuple[Preview, ...]:
    """Every order of a request as it would go now; nothing is kept.

    Raises what `trade_preview` raises, and TooManyAttempts: each may wait for a gateway.
    """
    attempt_count(PREVIEWS, str(user.pk))
    judged = trade_preview(user, request, signed_in_at=signed_in_at, now=now, accounts=accounts)
    accounts = accounts or _accounts(one.wanted.portfolio_id for one in judged)
    return tuple(
        _preview(one, accounts[one.wanted.portfolio_id], place, now) for place, one in enumerate(judged)
    )


def what_if_question(account: BrokerAccount, judged: OrderJudged) -> dict[str, Any]:
    """The order as the daemon is asked about it: the account's number, the contract's, and the ticket."""
    told = ticket_told(judged.wanted.ticket)
    return {"account": account.code, "con_id": judged.contract.con_id, **told}


def _accounts(portfolio_ids: Iterable[UUID]) -> Mapping[UUID, BrokerAccount]:
    rows = BrokerAccount.objects.filter(portfolio__in=set(portfolio_ids))
    return {row.portfolio_id: row for row in rows.select_related("gateway", "portfolio")}


def _preview(judged: OrderJudged, account: BrokerAccount, place: int, now: datetime) -> Preview:
    broker, silence = (None, TOO_MANY) if place >= MOST_ASKED else _asked(judged, account, now)
    amount = None
    if judged.price is not None:
        amount = quantize(ARITHMETIC.multiply(judged.price, judged.wanted.ticket.quantity))
    return Preview(judged=judged, account=account, amount=amount, broker=broker, silence=silence)


def _asked(judged: OrderJudged, account: BrokerAccount, now: datetime) -> tuple[WhatIf | None, str]:
    """What the broker says, or why it says nothing: a preview never fails for want of it."""
    if _is_refused(judged):
        return None, "An order that is refused is not shown to the broker."
    if not takes_orders(account.gateway, now):
        return None, NOT_READY
    try:
        answer = question_ask(
            account.gateway_id, "what_if", what_if_question(account, judged), seconds=WAIT_SECONDS
        )
        return what_if_read(answer), ""
    except DomainError as refusal:
        return None, refusal.detail
    except RedisError:
        return None, "The gateway cannot be asked now."
    except (KeyError, ValueError, TypeError, InvalidOperation):
        return None, UNREADABLE


def _is_refused(judged: OrderJudged) -> bool:
    """Whether a control refuses the order for more than a password that is asked for when it is sent."""
    denials = (verdict for verdict in judged.verdicts if verdict.outcome is Outcome.DENY)
    return any(dict(verdict.figures).get("proof") != NEEDED for verdict in denials)
