"""Stopping trading takes one word, starting it again two operators."""

from datetime import UTC, datetime

import pytest

from common.errors import Conflict
from common.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.trading import BrokerAccountFactory
from trading.services.kill_switches import kill_switch_engage, kill_switch_lift

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_one_operator_alone_cannot_lift_a_stop() -> None:
    operator = UserFactory.create()
    switch = kill_switch_engage(account=None, reason="Odd fills.", now=NOW, actor=operator)
    assert kill_switch_lift(switch=switch, now=NOW, actor=operator).lifted_at is None
    with pytest.raises(Conflict, match="second operator"):
        kill_switch_lift(switch=switch, now=NOW, actor=operator)


def test_the_second_operator_lifts_it() -> None:
    switch = kill_switch_engage(account=None, reason="Odd fills.", now=NOW, actor=None)
    kill_switch_lift(switch=switch, now=NOW, actor=UserFactory.create())
    assert kill_switch_lift(switch=switch, now=NOW, actor=UserFactory.create()).lifted_at == NOW
    with pytest.raises(Conflict, match="lifted already"):
        kill_switch_lift(switch=switch, now=NOW, actor=UserFactory.create())


def test_a_stop_that_stands_is_not_put_twice() -> None:
    account = BrokerAccountFactory.create()
    first = kill_switch_engage(account=account, reason="Odd fills.", now=NOW, actor=None)
    assert kill_switch_engage(account=account, reason="Again.", now=NOW, actor=None) == first
    assert kill_switch_engage(account=None, reason="Everywhere.", now=NOW, actor=None) != first


def told() -> list[tuple[str, str]]:
    """Topic and account of what was put into the outbox about stops, in its order."""
    rows = OutboxEvent.objects.filter(topic__startswith="kill_switch.").order_by("created_at", "id")
    return [(row.topic, row.payload["portfolio"]) for row in rows]


def test_a_stop_of_an_account_is_told_to_it_alone_at_every_step() -> None:
    account, _ = BrokerAccountFactory.create(), BrokerAccountFactory.create()
    switch = kill_switch_engage(account=account, reason="Odd fills.", now=NOW, actor=None)
    kill_switch_lift(switch=switch, now=NOW, actor=UserFactory.create())
    kill_switch_lift(switch=switch, now=NOW, actor=UserFactory.create())
    here = str(account.portfolio_id)
    assert told() == [
        ("kill_switch.engaged", here),
        ("kill_switch.agreed", here),
        ("kill_switch.lifted", here),
    ]


def test_a_stop_of_everything_is_told_to_every_account() -> None:
    accounts = [BrokerAccountFactory.create(), BrokerAccountFactory.create()]
    kill_switch_engage(account=None, reason="Odd fills.", now=NOW, actor=None)
    assert {account for _, account in told()} == {str(one.portfolio_id) for one in accounts}
