"""Orders: how many are accepted durably in a second, and how long one takes until the broker has it."""

import http.client
import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connections
from django.utils import timezone

from trading.models import BrokerAccount, Gateway, Order, RiskLimit
from wealthalloc.demo.gateway import paper_gateway_stand
from wealthalloc.demo.household import EMAIL, PASSWORD
from wealthalloc.demo.load import demo_load
from wealthalloc.devstack.home import ROOT, home_folder
from wealthalloc.devstack.ports import LOOPBACK, port_free
from wealthalloc.devstack.product import healthy, serve_shape

SYMBOL = "KO"
SENDERS = 8
SECONDS = 10.0
STEADY_RATE = 20
STEADY_ORDERS = 200
PATIENCE = 60.0
# What the paper market asks about on purpose: the same order again and again is the point here.
CONFIRMED = ["duplicate", "wash_sale", "quantity"]


def measure() -> str:
    """Orders a second from eight senders, then 20 a second and the time of each to the broker's word."""
    port = port_free()
    os.environ["WEALTHALLOC_PAPER_PORT"] = str(port)
    settings.PAPER_GATEWAY_PORT = port  # read before it was chosen
    demo_load(today=timezone.localdate())
    paper_gateway_stand()
    RiskLimit.objects.create(
        account=None, account_rate=100_000, global_rate=100_000, duplicate_seconds=0,
        firm_capital=Decimal(10**9), order_notional=Decimal(10**8), day_notional=Decimal(10**9),
    )  # fmt: skip
    with running(port) as address:
        _until(lambda: Gateway.objects.get().state == "ready")
        desk = Desk(address)
        desk.place(0)
        accepted, seconds = _burst(desk)
        _until(lambda: not Order.objects.exclude(state__in=["filled", "cancelled", "rejected"]).exists())
        first, second = _steady(desk)
    return "\n".join(
        (
            "## Orders",
            "",
            (
                "`POST /api/v1/trade` through the web server with two workers, while the daemon sends what "
                "is accepted to the paper gateway, all on one machine; PostgreSQL writes to disk first. "
                "Purchases and sales of one share in turn, in one account."
            ),
            "",
            "| what | figure |",
            "|---|---|",
            f"| accepted, {SENDERS} senders | {accepted / seconds:.0f}/s ({accepted} in {seconds:.0f} s) |",
            f"| POST to the broker's word, {STEADY_RATE}/s | median {first:.0f} ms, p99 {second:.0f} ms |",
        )
    )


class Desk:
    """A person who places orders over the API."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        told = self._post("/api/v1/auth/token", {"email": EMAIL, "password": PASSWORD}, {})
        self._access = told[1]["access"]
        account = BrokerAccount.objects.get()
        self._portfolio = str(account.portfolio_id)

    def place(self, number: int) -> str:
        """Place one order; returns its key. Raises RuntimeError when it is refused."""
        body = {
            "account": self._portfolio, "symbol": SYMBOL, "side": "sell" if number % 2 else "buy",
            "quantity": "1", "type": "market", "confirmed": CONFIRMED,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {self._access}", "Idempotency-Key": uuid4().hex}
        status, told = self._post("/api/v1/trade", body, headers)
        if status != http.client.CREATED:
            raise RuntimeError(f"{status}: {told}")
        return str(told["orders"][0]["id"])

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(*self._address, timeout=30)
        try:
            headers = {"Content-Type": "application/json", **headers}
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@contextmanager
def running(paper_port: int) -> Iterator[tuple[str, int]]:
    """The web server, the paper gateway and the daemon; yields where the web server listens."""
    port = port_free()
    shape = serve_shape(home=home_folder(), port=port, paper=paper_port, workers=2)
    programs = [one for one in (*shape.serve, *shape.work) if one.name in {"web", "paper", "gateway"}]
    with ExitStack() as stack:
        for program in programs:
            process = subprocess.Popen(
                program.command, cwd=ROOT, env={**os.environ, **program.environment},
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            stack.callback(process.wait, 10)
            stack.callback(process.terminate)
        _until(lambda: healthy(port))
        yield LOOPBACK, port


def _burst(desk: Desk) -> tuple[int, float]:
    """Orders accepted, and seconds, with every sender sending its next one as soon as it is answered."""
    began = time.monotonic()

    def send(sender: int) -> int:
        count = 0
        while time.monotonic() - began < SECONDS:
            desk.place(sender + count)
            count += 1
        connections.close_all()
        return count

    with ThreadPoolExecutor(SENDERS) as senders:
        counts = list(senders.map(send, range(SENDERS)))
    return sum(counts), time.monotonic() - began


def _steady(desk: Desk) -> tuple[float, float]:
    """Median and 99th percentile of the milliseconds from POST to the broker's first word."""
    sent: dict[str, float] = {}
    began = time.time()

    def send(number: int) -> None:
        time.sleep(max(0.0, began + number / STEADY_RATE - time.time()))
        moment = time.time()
        sent[desk.place(number)] = moment

    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(send, range(STEADY_ORDERS)))
    mine = Order.objects.filter(pk__in=list(sent))
    _until(lambda: not mine.filter(acknowledged_at__isnull=True).exists())
    told = mine.values_list("pk", "acknowledged_at")
    return _percentiles([1000 * (at.timestamp() - sent[str(key)]) for key, at in told if at])


def _percentiles(figures: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(figures)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]


def _until(condition: Any) -> None:
    """Wait until something holds. Raises TimeoutError."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError(condition)
        time.sleep(0.1)
