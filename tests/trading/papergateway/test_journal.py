"""The state on disk: durable before anybody is told, whole after any death, held by one process."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ib_insync import IB, LimitOrder, MarketOrder, Stock

from tests.trading.papergateway.gateway_fixture import ALICE, HandClock, running_gateway, until
from trading.papergateway import server
from trading.papergateway.journal import Journal, JournalError

ROOT = Path(__file__).resolve().parents[3]
# A gateway in a process of its own, with an exchange that never closes.
PROCESS = """
import asyncio, os, sys
from datetime import datetime, UTC
from pathlib import Path
from tests.trading.papergateway.gateway_fixture import paper_book
from trading.papergateway.journal import Journal
from trading.papergateway.running import Ports, serve
journal = Journal(Path(sys.argv[1]))
book = paper_book(state=journal.read(), is_always_open=True, today=datetime.now(UTC).date())
asyncio.run(serve(
    book, Ports(host="127.0.0.1", port=0, control=0), journal=journal,
    on_start=lambda ports: print(ports.port, ports.control, flush=True), on_death=lambda: os._exit(137),
))
"""


def test_a_state_is_what_was_begun_with_and_every_change_laid_over_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "state")
    assert journal.read() == {}
    journal.begin({"a": {"n": 1}, "b": {"n": 2}})
    journal.append({"a": {"n": 3}, "c": {"n": 4}})
    journal.append({"b": None})
    journal.close()

    again = Journal(tmp_path / "deep" / "state")
    assert again.read() == {"a": {"n": 3}, "c": {"n": 4}}
    again.close()


def test_a_last_line_without_its_end_was_told_to_nobody_and_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b'{"a":{"n":1}}\n{"a":{"n":2}}\n{"a":{"n"')
    journal = Journal(path)
    assert journal.read() == {"a": {"n": 2}}
    journal.begin(journal.read())
    journal.close()

    assert path.read_bytes() == b'{"a":{"n":2}}\n'


@pytest.mark.parametrize("data", [b"not json\n", b"[1]\n", b'{"a":{"n":1}}\n\n'])
def test_another_file_is_not_taken_for_a_state(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "state").write_bytes(data)
    journal = Journal(tmp_path / "state")
    with pytest.raises(JournalError, match="no journal of a paper exchange"):
        journal.read()
    journal.close()

    assert (tmp_path / "state").read_bytes() == data


def test_a_file_is_held_by_one_gateway(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    with pytest.raises(JournalError, match="in use by another gateway"):
        Journal(tmp_path / "state")
    journal.close()

    Journal(tmp_path / "state").close()


def test_nothing_is_added_to_a_file_that_was_not_begun(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    with pytest.raises(JournalError, match="begun"):
        journal.append({"a": None})
    journal.close()


async def test_a_change_is_on_disk_before_its_client_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    append, write = Journal.append, server.Link.write

    def appending(journal: Journal, changes: dict[str, object]) -> None:
        append(journal, changes)  # type: ignore[arg-type]
        happened.append("kept")

    def writing(link: server.Link, data: bytes) -> None:
        if data[4:6] == b"5\0":
            happened.append("told")
        write(link, data)

    monkeypatch.setattr(Journal, "append", appending)
    monkeypatch.setattr(server.Link, "write", writing)
    async with running_gateway(journal=tmp_path / "state") as running:
        ib = IB()
        await ib.connectAsync("127.0.0.1", running.port, 1, timeout=2)
        (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
        trade = ib.placeOrder(acme, LimitOrder("BUY", 5, 99.5, account=ALICE))
        await until(lambda: trade.orderStatus.status == "Submitted")
        ib.disconnect()
        await until(lambda: not running.gateway.links)

    assert happened == ["kept", "told"]


async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    clock = HandClock()
    path = tmp_path / "state"
    async with running_gateway(journal=path, clock=clock) as running:
        ib = IB()
        await ib.connectAsync("127.0.0.1", running.port, 1, timeout=2)
        (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
        filled = ib.placeOrder(acme, MarketOrder("BUY", 5, account=ALICE, orderRef="filled"))
        waiting = ib.placeOrder(acme, LimitOrder("BUY", 5, 99.5, account=ALICE, orderRef="waiting"))
        await until(lambda: filled.orderStatus.status == "Filled" and waiting.orderStatus.permId)
        ib.disconnect()
        await until(lambda: not running.gateway.links)
        state = running.book.state()

    async with running_gateway(journal=path, clock=clock) as again:
        assert again.book.state() == state
        ib = IB()
        await ib.connectAsync("127.0.0.1", again.port, 1, timeout=2)
        assert [trade.order.permId for trade in ib.openTrades()] == [waiting.order.permId]
        assert [fill.execution.execId for fill in ib.fills()] == [filled.fills[0].execution.execId]
        assert [(each.account, each.position) for each in ib.positions()] == [(ALICE, 5.0)]
        assert ib.client.getReqId() > waiting.order.orderId
        ib.disconnect()
        await until(lambda: not again.gateway.links)


async def test_a_file_that_has_grown_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GROWTH_AT_MOST", 1)
    async with running_gateway(journal=tmp_path / "state") as running:
        running.operator.halt("ACME")
        running.operator.halt("ACME", is_halted=False)
        assert (tmp_path / "state").read_bytes().count(b"\n") == 1


def test_orders_of_which_a_client_was_told_survive_kill_9_and_a_crash_on_demand(tmp_path: Path) -> None:
    """A process is killed right after it told of an order; another dies before it tells; a third goes on."""
    state = tmp_path / "state"

    async def order(port: int, control: int, ref: str, *, is_told: bool) -> None:
        if not is_told:
            reader, writer = await asyncio.open_connection("127.0.0.1", control)
            writer.write(json.dumps({"do": "die"}).encode() + b"\n")
            assert json.loads(await reader.readline())["ok"] is True
            writer.close()
        ib = IB()
        await ib.connectAsync("127.0.0.1", port, 1, timeout=5)
        (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
        trade = ib.placeOrder(acme, LimitOrder("BUY", 5, 1.0, account=ALICE, orderRef=ref))
        await until(lambda: trade.orderStatus.permId if is_told else not ib.isConnected(), 5)
        ib.disconnect()
        await asyncio.sleep(0.01)

    async def refs(port: int) -> list[str]:
        ib = IB()
        await ib.connectAsync("127.0.0.1", port, 1, timeout=5)
        found = [trade.order.orderRef for trade in ib.openTrades()]
        ib.disconnect()
        await asyncio.sleep(0.01)
        return found

    first, ports = started(state)
    asyncio.run(order(*ports, "told", is_told=True))
    first.kill()
    assert first.wait(5) == -signal.SIGKILL
    second, ports = started(state)
    asyncio.run(order(*ports, "taken", is_told=False))
    assert second.wait(5) == 137
    third, ports = started(state)
    assert asyncio.run(refs(ports[0])) == ["told", "taken"]
    third.terminate()
    assert third.wait(5) == 0
    for process in (first, second, third):
        assert process.stdout is not None
        process.stdout.close()


def started(state: Path) -> tuple["subprocess.Popen[str]", tuple[int, int]]:
    """A gateway in its own process, and its two ports."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(state)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    found = re.fullmatch(r"(\d+) (\d+)\n", process.stdout.readline())
    assert found is not None
    return process, (int(found[1]), int(found[2]))
