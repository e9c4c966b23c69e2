"""Accepting orders: controls, reservation, order and news in one transaction, and once for a key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from accounts.models import User
from common.audit import audit_event, audit_record
from common.build import build_digest
from common.bulk import rows_insert
from common.errors import Conflict, InvalidInput, Unprocessable
from common.idempotency import Answer, KeyTaken, digest_of, key_answered, key_keep
from common.identifiers import uuid7
from common.money import ARITHMETIC, UNIT
from common.transactions import write_transaction
from trading.engine.controls.verdicts import Outcome, Verdict
from trading.engine.records import OrderTicket
from trading.engine.trade_requests import OrderJudged, TradeRequest, field_of
from trading.models import BrokerAccount, Order
from trading.selectors.orders import groups_spent
from trading.selectors.standing_facts import StandingFacts
from trading.services.firm_locks import firm_capital_lock
from trading.services.judging import Prepared, Sitting, looked_again, orders_judge, orders_prepare
from trading.services.kill_switches import kill_switch_engage
from trading.services.nudges import nudge
from trading.services.order_steps import history_line, order_news

CREATED = 201
# What the broker tells of an account, and what has to be as new as the lock.
TOLD = ("buying_power", "net_liquidation", "values_at")
LOCK = f"""
SELECT a.id, {", ".join(f"a.{name}" for name in TOLD)}
FROM broker_accounts a JOIN portfolios p ON p.id = a.portfolio_id
WHERE p.household_id = ANY(%s) ORDER BY a.id FOR NO KEY UPDATE OF a
"""  # noqa: S608 - names of ours
Render = Callable[[Sequence[Order]], dict[str, Any]]


class TradeRefused(Unprocessable):
    """A control denied, or asks what nobody has confirmed: nothing was kept. `judged` says it all."""

    def __init__(self, judged: Sequence[OrderJudged]) -> None:
        against = [verdict for one in judged for verdict in one.verdicts if _stands_against(verdict)]
        denied = [verdict for verdict in against if verdict.outcome is Outcome.DENY]
        super().__init__(
            detail=" ".join(dict.fromkeys(verdict.sentence for verdict in denied or against)),
            code="order-denied" if denied else "confirmation-needed",
        )
        self.judged = tuple(judged)

    @property
    def should_halt(self) -> str:
        """Why all trading must stop, empty when it need not."""
        verdicts = (verdict for one in self.judged for verdict in one.verdicts)
        return next((verdict.sentence for verdict in verdicts if verdict.should_halt), "")


def trade(
    user: User,
    request: TradeRequest,
    *,
    key: str,
    content: Any,
    render: Render,
    signed_in_at: datetime | None,
    now: datetime,
    accounts: Mapping[UUID, BrokerAccount] | None = None,
    standing: StandingFacts | None = None,
) -> Answer:
    """Accept all orders of `request` once; the same key with the same `content` gets the same answer again.

    `accounts` are those of the request, by portfolio, where the caller has looked them up for this user, and
    `standing` what is known of all that it names, where the caller has just read that.

    Raises NotFound, InvalidInput by field, TradeRefused with every verdict, and Conflict when the gateway
    cannot be asked what it calls an instrument.
    """
    digest = digest_of("trade", content)
    if (earlier := key_answered(user_id=user.pk, key=key, digest=digest)) is not None:
        return earlier
    sitting, prepared = _prepared(
        Sitting(
            user=user,
            request=request,
            signed_in_at=signed_in_at,
            now=now,
            accounts=accounts,
            standing=standing,
            key=key,
        )
    )
    try:
        return _accept(sitting, prepared, digest=digest, render=render)
    except TradeRefused as refused:
        refusal_note(sitting, prepared, refused)
        raise
    except KeyTaken:
        return _kept(user, key, digest)


def trade_preview(
    user: User,
    request: TradeRequest,
    *,
    signed_in_at: datetime | None,
    now: datetime,
    accounts: Mapping[UUID, BrokerAccount] | None = None,
) -> tuple[OrderJudged, ...]:
    """How the orders would be judged now; nothing is kept.

    Raises NotFound, InvalidInput by field, and Conflict as `trade` does.
    """
    sitting, prepared = _prepared(
        Sitting(user=user, request=request, signed_in_at=signed_in_at, now=now, accounts=accounts)
    )
    return orders_judge(sitting, prepared, [uuid4() for _ in prepared])


def _prepared(sitting: Sitting) -> tuple[Sitting, list[Prepared]]:
    """The orders prepared, and the sitting at the moment when they are.

    Asking a gateway for many quotes takes seconds: by the clock of the request they would be of the future.
    """
    begun = monotonic()
    prepared = orders_prepare(sitting)
    _refuse_spent_groups(sitting.request, prepared)
    waited = timedelta(seconds=int(monotonic() - begun))
    return replace(sitting, now=sitting.now + waited), prepared


def _refuse_spent_groups(request: TradeRequest, prepared: Sequence[Prepared]) -> None:
    """Raises InvalidInput by field for orders of a group in which another one has filled already."""
    named = [(one.account.pk, one.wanted.ticket.oca_group) for one in prepared]
    if not any(name for _, name in named):
        return
    spent = groups_spent([each for each in named if each[1]])
    sentence = "An order of this group has filled, which ended the group: give another name."
    fields = {
        field_of(request, place, "oca_group"): [sentence] for place, each in enumerate(named) if each in spent
    }
    if fields:
        raise InvalidInput(sentence, code="invalid-input", fields=fields)


def accounts_lock(prepared: Sequence[Prepared]) -> None:
    """Lock the accounts of these orders' households, always in the same order: one request at a time.

    Reservations are those of an account, and the wash-sale rule looks at all accounts of a household. The
    accounts get the broker's figures as they stand under the lock. Rows that only refer to the accounts, as
    fills do, may be written meanwhile.
    """
    accounts = {one.account.pk: one.account for one in prepared}
    households = {one.account.portfolio.household_id for one in prepared}
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(households)])
        for key, *figures in cursor.fetchall():
            if key in accounts:
                for name, figure in zip(TOLD, figures, strict=True):
                    setattr(accounts[key], name, figure)
    firm_capital_lock()


def refuse_if_against(judged: Sequence[OrderJudged]) -> None:
    """Raises TradeRefused unless every control lets every order through."""
    if any(_stands_against(verdict) for one in judged for verdict in one.verdicts):
        raise TradeRefused(judged)


@write_transaction
def refusal_note(sitting: Sitting, prepared: Sequence[Prepared], refused: TradeRefused) -> None:
    """Keep that orders were refused and by which controls, and stop trading where a control asks for it."""
    for one, judged in zip(prepared, refused.judged, strict=True):
        against = [verdict.name for verdict in judged.verdicts if _stands_against(verdict)]
        detail = {"controls": against, "side": one.wanted.ticket.side.value, "symbol": one.contract.symbol}
        audit_record(actor_id=sitting.user.pk, action="order.refuse", subject=one.account, detail=detail)
    if refused.should_halt:
        kill_switch_engage(
            account=None, reason=refused.should_halt, now=sitting.now, actor=None, origin="control"
        )


@write_transaction
def _accept(sitting: Sitting, prepared: Sequence[Prepared], *, digest: str, render: Render) -> Answer:
    """All that must happen together, in few statements: lock, look, judge, and write."""
    accounts_lock(prepared)
    prepared = looked_again(sitting, prepared)
    ids = [uuid7() for _ in prepared]
    judged = orders_judge(sitting, prepared, ids)
    refuse_if_against(judged)
    basket = ids[0] if len(ids) > 1 else None
    orders: list[Order] = []
    for one, verdict, pk in zip(prepared, judged, ids, strict=True):
        parent = None if one.wanted.parent is None else orders[one.wanted.parent]
        orders.append(_order(sitting, one, verdict, pk=pk, parent=parent, basket_id=basket))
    _keep(sitting, orders)
    answer = Answer(status=CREATED, body=render(orders))
    key_keep(user_id=sitting.user.pk, key=sitting.key, digest=digest, answer=answer)
    for gateway_id in {one.account.gateway_id for one in prepared}:
        transaction.on_commit(partial(nudge, gateway_id))
    return answer


def _kept(user: User, key: str, digest: str) -> Answer:
    """The answer of whoever was quicker with the same key."""
    earlier = key_answered(user_id=user.pk, key=key, digest=digest)
    if earlier is None:
        raise Conflict("The request with this key is still under way.", code="key-in-use")
    return earlier


def _order(sitting: Sitting, prepared: Prepared, judged: OrderJudged, **columns: Any) -> Order:
    ticket, quote = judged.wanted.ticket, judged.quote
    per_share = reserved_per_share(judged.reserved or Decimal(0), ticket.quantity)
    return Order(
        account=prepared.account,
        portfolio=prepared.account.portfolio,
        instrument=prepared.named.instrument,
        placed_by=sitting.user,
        origin=sitting.request.origin,
        origin_id=sitting.request.origin_id,
        **ticket_columns(ticket),
        lots=[{"lot_id": str(lot.lot_id), "quantity": f"{lot.quantity:f}"} for lot in judged.wanted.lots],
        currency=judged.contract.currency,
        reference_price=judged.price,
        reference_source=quote.source.value if quote else "",
        notional=judged.notional or Decimal(0),
        reserved_per_share=per_share,
        reserved=ARITHMETIC.multiply(per_share, ticket.quantity),
        verdicts=[verdict_json(verdict) for verdict in judged.verdicts],
        build=build_digest(),
        state_since=sitting.now,
        **columns,
    )


def _keep(sitting: Sitting, orders: Sequence[Order]) -> None:
    """The orders with their history, the audit trail and the news of them: one statement for any number."""
    actor_id, now = sitting.user.pk, sitting.now
    rows_insert(
        orders,
        [
            history_line(
                order, kind="Accepted", now=now, words="All controls let it through.", actor_id=actor_id
            )
            for order in orders
        ],
        [audit_event(**_placing(order, actor_id)) for order in orders],
        [order_news(order) for order in orders],
    )


def _placing(order: Order, actor_id: UUID) -> dict[str, Any]:
    return {
        "actor_id": actor_id,
        "action": "order.place",
        "subject": order,
        "detail": {
            "account": str(order.account_id), "side": order.side, "quantity": f"{order.quantity:f}",
        },
    }  # fmt: skip


def ticket_columns(ticket: OrderTicket) -> dict[str, Any]:
    """The columns of an order that come from its ticket."""
    return {
        "side": ticket.side.value,
        "quantity": ticket.quantity,
        "kind": ticket.kind.value,
        "time_in_force": ticket.time_in_force.value,
        "limit_price": ticket.limit_price,
        "stop_price": ticket.stop_price,
        "trail_amount": ticket.trail_amount,
        "trail_percent": ticket.trail_percent,
        "good_till": ticket.good_till,
        "outside_hours": ticket.outside_hours,
        "oca_group": ticket.oca_group,
    }


def reserved_per_share(reserved: Decimal, quantity: Decimal) -> Decimal:
    """What is held back for each share, rounded up so that all of them hold back enough."""
    exact = ARITHMETIC.divide(reserved, quantity)
    return exact.quantize(UNIT, rounding=ROUND_CEILING, context=ARITHMETIC)


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as it is kept with the order and shown."""
    return {
        "number": verdict.number,
        "name": verdict.name,
        "outcome": verdict.outcome.value,
        "sentence": verdict.sentence,
        "figures": dict(verdict.figures),
    }


def _stands_against(verdict: Verdict) -> bool:
    return verdict.outcome in {Outcome.ASK, Outcome.DENY}
