"""A monitor reads how trading stands: printed, or from a file that is replaced as a whole."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.factories.trading import BrokerAccountFactory, GatewayFactory, OrderFactory
from trading.engine.records import OrderState
from trading.models import Difference, Execution
from trading.services.kill_switches import kill_switch_engage

pytestmark = pytest.mark.django_db


def figures(text: str) -> dict[str, int]:
    """The figures by their name and labels, without the product's own prefix."""
    lines = [line.removeprefix("wealthalloc_trading_") for line in text.splitlines() if line[0] != "#"]
    return {name: int(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def told() -> dict[str, int]:
    """What the command prints."""
    out = StringIO()
    call_command("trading_metrics", stdout=out)
    return figures(out.getvalue())


def test_a_gateway_is_told_with_its_ages_its_orders_and_its_differences() -> None:
    now = timezone.now()
    gateway = GatewayFactory.create(
        name="paper-ann", state="ready", held_until=now + timedelta(minutes=1),
        heartbeat_at=now - timedelta(seconds=40), reconciled_at=now - timedelta(seconds=20),
        last_tick_at=None,
    )  # fmt: skip
    GatewayFactory.create(name="off", is_enabled=False)
    account = BrokerAccountFactory.create(gateway=gateway)
    for state in (OrderState.UNKNOWN, OrderState.UNKNOWN, OrderState.SUBMITTED, OrderState.FILLED):
        OrderFactory.create(account=account, state=state)
    Difference.objects.create(
        account=account, portfolio=account.portfolio, kind="cash", subject="USD", words="-", seen_at=now
    )
    found = told()
    by_gateway = 'gateway="paper-ann"'
    assert found[f'gateway_takes_orders{{environment="paper",{by_gateway}}}'] == 1
    assert 40 <= found[f'heartbeat_age_seconds{{environment="paper",{by_gateway}}}'] <= 100
    assert 20 <= found[f'comparison_age_seconds{{environment="paper",{by_gateway}}}'] <= 80
    assert found[f'open_orders{{{by_gateway},state="unknown"}}'] == 2
    assert found[f'open_orders{{{by_gateway},state="submitted"}}'] == 1
    assert found[f'open_orders{{{by_gateway},state="pending"}}'] == 0
    assert found[f"open_differences{{{by_gateway}}}"] == 1
    assert not any("tick_age" in name or 'state="filled"' in name for name in found)
    assert not any('"off"' in name for name in found)


def test_fills_that_wait_and_stops_that_stand_are_told() -> None:
    assert told() == {"kill_switches_engaged": 0, "unbooked_fill_age_seconds": 0, "unbooked_fills": 0}
    order = OrderFactory.create()
    fill = Execution.objects.create(
        account=order.account, portfolio=order.portfolio, order=order, instrument=order.instrument,
        exec_id="0001", side="buy", quantity=Decimal(1), price=Decimal(1), currency="USD",
        executed_at=timezone.now(),
    )  # fmt: skip
    Execution.objects.filter(pk=fill.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    kill_switch_engage(account=None, reason="Odd fills.", now=timezone.now(), actor=None)
    found = told()
    assert (found["unbooked_fills"], found["kill_switches_engaged"]) == (1, 1)
    assert 300 <= found["unbooked_fill_age_seconds"] <= 360


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "trading.prom"
    out.write_text("older", encoding="utf-8")
    call_command("trading_metrics", out=out)
    assert figures(out.read_text(encoding="utf-8"))["kill_switches_engaged"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["trading.prom"]
