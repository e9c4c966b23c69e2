"""Jobs that ask brokers: which gateways and accounts they reach, and when they try again."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from celery.exceptions import Retry

from tests.factories.trading import BrokerAccountFactory, GatewayFactory
from trading import tasks
from trading.models import Gateway
from wealthalloc.celery import app

pytestmark = pytest.mark.django_db
State = Gateway.State


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], int]]:
    """Gateways that were synced, with their accounts and the days of history."""
    calls: list[tuple[str, list[str], int]] = []

    def sync(*, gateway: Gateway, accounts: list[Any], history_days: int, **_: Any) -> None:
        calls.append((gateway.name, [account.code for account in accounts], history_days))

    monkeypatch.setattr(tasks, "gateway_sync", sync)
    return calls


def test_gateways_whose_daemon_is_connected_are_asked(synced: list[Any]) -> None:
    up = GatewayFactory.create(name="up", state=State.READY)
    GatewayFactory.create(name="down", state=State.DOWN)
    GatewayFactory.create(name="off", state=State.READY, is_enabled=False)
    for code in ("U2", "U1"):
        BrokerAccountFactory.create(gateway=up, code=code)
    tasks.sync_gateways()
    tasks.sync_histories()
    assert synced == [("up", ["U1", "U2"], 0), ("up", ["U1", "U2"], 10)]


def test_a_gateway_that_went_down_meanwhile_is_left_alone(synced: list[Any]) -> None:
    tasks.sync_gateway(str(GatewayFactory.create(state=State.MAINTENANCE).pk))
    assert synced == []


def test_every_account_with_a_query_has_its_statement_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[UUID] = []

    def fetch(*, account_id: UUID, **_: Any) -> tuple[object, int]:
        asked.append(account_id)
        return SimpleNamespace(), 0

    monkeypatch.setattr(tasks, "statement_fetch", fetch)
    account = BrokerAccountFactory.create(flex_query="987", flex_token="secret")
    BrokerAccountFactory.create()
    tasks.fetch_statements()
    assert asked == [account.pk]


@pytest.mark.parametrize(("retries", "again"), [(0, True), (2, True), (3, False)])
def test_a_statement_that_is_not_ready_is_asked_for_again_four_times_in_all(
    monkeypatch: pytest.MonkeyPatch, retries: int, again: bool
) -> None:
    waits: list[tuple[int, str]] = []

    def retry(*, countdown: int, queue: str) -> Retry:
        waits.append((countdown, queue))
        return Retry()

    monkeypatch.setattr(tasks, "statement_fetch", lambda **_: (SimpleNamespace(), 600))
    monkeypatch.setattr(tasks.fetch_statement, "retry", retry)
    task: Any = tasks.fetch_statement
    task.push_request(retries=retries)
    try:
        if again:
            with pytest.raises(Retry):
                task.run(str(GatewayFactory.create().pk))
        else:
            task.run(str(GatewayFactory.create().pk))
    finally:
        task.pop_request()
    assert waits == ([(600, "sync")] if again else [])


def test_the_schedule_names_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {"trading.sync_gateways", "trading.sync_histories", "trading.fetch_statements"} <= named
    assert "trading.lapse_orders" in named
    assert named <= set(app.tasks)
