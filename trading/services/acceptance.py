"""Accepting orders: controls, reservation, order and news in one transaction, and once for a key."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import partial
from time import monotonic
from typing import Any
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from common.audit import audit_record
from common.build import build_digest
from common.errors import Unprocessable
from common.idempotency import Answer, digest_of, key_answer, key_answered, key_claim
from common.identifiers import uuid7
from common.money import ARITHMETIC, UNIT
from common.transactions import write_transaction
from trading.engine.controls.verdicts import Outcome, Verdict
from trading.engine.records import OrderTicket
from trading.engine.trade_requests import OrderJudged, TradeRequest
from trading.models import BrokerAccount, Order
from trading.services.judging import Prepared, Sitting, orders_judge, orders_prepare
from trading.services.kill_switches import kill_switch_engage
from trading.services.nudges import nudge
from trading.services.order_steps import history_add, order_tell

CREATED = 201
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
) -> Answer:
    """Accept all orders of `request` once; the same key with the same `content` gets the same answer again.

    Raises NotFound, InvalidInput by field, TradeRefused with every verdict, and Conflict when the gateway
    cannot be asked what it calls an instrument.
    """
    digest = digest_of("trade", content)
    if (earlier := key_answered(user_id=user.pk, key=key, digest=digest)) is not None:
        return earlier
    sitting, prepared = _prepared(Sitting(user=user, request=request, signed_in_at=signed_in_at, now=now))
    try:
        return _accept(sitting, prepared, key=key, digest=digest, render=render)
    except TradeRefused as refused:
        refusal_note(sitting, prepared, refused)
        raise


def trade_preview(
    user: User, request: TradeRequest, *, signed_in_at: datetime | None, now: datetime
) -> tuple[OrderJudged, ...]:
    """How the orders would be judged now; nothing is kept.

    Raises NotFound, InvalidInput by field, and Conflict as `trade` does.
    """
    sitting, prepared = _prepared(Sitting(user=user, request=request, signed_in_at=signed_in_at, now=now))
    return orders_judge(sitting, prepared, [uuid4() for _ in prepared])


def _prepared(sitting: Sitting) -> tuple[Sitting, list[Prepared]]:
    """The orders prepared, and the sitting at the moment when they are.

    Asking a gateway for many quotes takes seconds: by the clock of the request they would be of the future.
    """
    begun = monotonic()
    prepared = orders_prepare(sitting)
    waited = timedelta(seconds=int(monotonic() - begun))
    return replace(sitting, now=sitting.now + waited), prepared


def accounts_lock(prepared: Sequence[Prepared]) -> None:
    """Lock the accounts of these orders, always in the same order: reservations are made one at a time."""
    keys = {one.account.pk for one in prepared}
    list(BrokerAccount.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))


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
def _accept(
    sitting: Sitting, prepared: Sequence[Prepared], *, key: str, digest: str, render: Render
) -> Answer:
    earlier = key_claim(user_id=sitting.user.pk, key=key, digest=digest)
    if earlier is not None:
        return earlier
    accounts_lock(prepared)
    ids = [uuid7() for _ in prepared]
    judged = orders_judge(sitting, prepared, ids)
    refuse_if_against(judged)
    orders: list[Order] = []
    for place, one in enumerate(judged):
        parent = None if one.wanted.parent is None else orders[one.wanted.parent]
        basket = ids[0] if len(ids) > 1 else None
        order = _order(sitting, prepared[place].account, one, pk=ids[place], parent=parent, basket_id=basket)
        orders.append(_keep(sitting, order))
    answer = Answer(status=CREATED, body=render(orders))
    key_answer(user_id=sitting.user.pk, key=key, answer=answer)
    for gateway_id in {one.account.gateway_id for one in prepared}:
        transaction.on_commit(partial(nudge, gateway_id))
    return answer


def _order(sitting: Sitting, account: BrokerAccount, judged: OrderJudged, **columns: Any) -> Order:
    ticket, quote = judged.wanted.ticket, judged.quote
    per_share = reserved_per_share(judged.reserved or Decimal(0), ticket.quantity)
    return Order(
        account=account,
        portfolio=account.portfolio,
        instrument_id=judged.wanted.instrument_id,
        placed_by=sitting.user,
        origin=sitting.request.origin,
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


def _keep(sitting: Sitting, order: Order) -> Order:
    order.save(force_insert=True)
    history_add(
        order, kind="Accepted", now=sitting.now, words="All controls let it through.",
        actor_id=sitting.user.pk,
    )  # fmt: skip
    audit_record(
        actor_id=sitting.user.pk,
        action="order.place",
        subject=order,
        detail={"account": str(order.account_id), "side": order.side, "quantity": f"{order.quantity:f}"},
    )
    order_tell(order)
    return order


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
