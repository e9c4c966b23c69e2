"""Owning a gateway: one daemon at a time, and no write of one that was overtaken."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from common.errors import Conflict
from common.transactions import write_transaction
from trading.models import BrokerAccount, Gateway
from trading.services.account_news import accounts_tell

HOLD_SECONDS = 15


class FencedOut(Conflict):
    """Another daemon took the gateway over: whatever this one wanted to write must not count."""

    def __init__(self) -> None:
        super().__init__("Another daemon owns this gateway now.", code="fenced-out")


@write_transaction
def gateway_take(*, gateway_id: UUID, holder: str, now: datetime) -> int | None:
    """Own the gateway from `now` on and return the new epoch; None while another daemon holds it."""
    free = Q(held_until__isnull=True) | Q(held_until__lt=now) | Q(holder=holder)
    taken = (
        Gateway.objects.filter(free, pk=gateway_id, is_enabled=True)
        .update(holder=holder, epoch=F("epoch") + 1, held_until=now + timedelta(seconds=HOLD_SECONDS))
    )  # fmt: skip
    return Gateway.objects.values_list("epoch", flat=True).get(pk=gateway_id) if taken else None


@write_transaction
def gateway_beat(*, gateway_id: UUID, epoch: int, now: datetime, **facts: Any) -> None:
    """Say that the daemon lives, with whatever else it knows by now. Raises FencedOut when overtaken."""
    held_until = now + timedelta(seconds=HOLD_SECONDS)
    beat = Gateway.objects.filter(pk=gateway_id, epoch=epoch, is_enabled=True).update(
        heartbeat_at=now, held_until=held_until, **facts
    )
    if not beat:
        raise FencedOut


@write_transaction
def gateway_state_set(
    *, gateway_id: UUID, epoch: int, state: Gateway.State, words: str, now: datetime, **facts: Any
) -> None:
    """Note where the connection stands, and tell the pages. Raises FencedOut when overtaken."""
    gateway_beat(
        gateway_id=gateway_id, epoch=epoch, now=now, state=state, words=words[:300], state_since=now, **facts
    )
    _tell(gateway_id, state)


@write_transaction
def gateway_release(*, gateway_id: UUID, epoch: int, now: datetime) -> None:
    """Give the gateway up at an orderly end, so that the next daemon need not wait."""
    released = Gateway.objects.filter(pk=gateway_id, epoch=epoch).update(
        held_until=None, holder="", state=Gateway.State.DOWN, words="The daemon was stopped.", state_since=now
    )
    if released:
        _tell(gateway_id, Gateway.State.DOWN)


def gateway_fence(gateway_id: UUID, epoch: int) -> Gateway:
    """The gateway's row, locked until the transaction ends. Raises FencedOut when overtaken."""
    gateway = Gateway.objects.select_for_update(no_key=True).filter(pk=gateway_id, epoch=epoch).first()
    if gateway is None:
        raise FencedOut
    return gateway


def _tell(gateway_id: UUID, state: Gateway.State) -> None:
    accounts = BrokerAccount.objects.filter(gateway_id=gateway_id)
    accounts_tell("gateway.state", accounts, {"gateway": str(gateway_id), "state": state.value})
