"""Orders: how many are accepted durably in a second, and how long one takes until the broker has it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import connections
from django.utils import timezone

from bench.made_houses import houses_make
from bench.order_desk import Address, Desk
from bench.process_tree import named, processor_seconds
from trading.engine.records import FINAL_STATES
from trading.models import Difference, Gateway, Order, RiskLimit
from wealthalloc.demo.gateway import paper_gateway_stand
from wealthalloc.demo.load import demo_load
from wealthalloc.demo.market import STOCKS
from wealthalloc.devstack.home import ROOT, home_folder
from wealthalloc.devstack.ports import LOOPBACK, port_free
from wealthalloc.devstack.product import healthy, serve_shape

Figure = TypeVar("Figure")
# An account moves out of ten stocks, half of them at a loss, and into ten others.
BOUGHT, SOLD = tuple(STOCKS)[:10], tuple(STOCKS)[10:]
# Bought and sold in turn, at a loss: each order meets all others of its household and the wash-sale rule.
ROUND_TRIP = SOLD[1:2]
HOUSES = 8
SENDERS = 8
SECONDS = 10.0
QUIET_RATE, QUIET_ORDERS = 4, 40
STEADY_RATE, STEADY_ORDERS = 20, 400
BASKET, BASKETS = 20, 20
PATIENCE = 120.0
PROGRAMS = ("web", "paper", "gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Orders that were accepted as fast as it goes; processor time is in milliseconds an order."""

    orders: int
    seconds: float
    web: float
    database: float

    @property
    def rate(self) -> float:
        """Orders a second."""
        return self.orders / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Median and 99th percentile, in milliseconds."""

    median: float
    last: float

    def __str__(self) -> str:
        return f"median {self.median:.0f} ms, p99 {self.last:.0f} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Orders at a fixed rate: until the answer, from the row to the lease, and until the broker's word.

    `busy` is the processor time of all processes, in milliseconds an order.
    """

    answered: Waits
    leased: Waits
    told: Waits
    busy: float


def measure() -> str:
    """Orders at two fixed rates, then as fast as it goes, in one account and in several."""
    port = port_free()
    os.environ["WEALTHALLOC_PAPER_PORT"] = str(port)
    settings.PAPER_GATEWAY_PORT = port  # read before it was chosen
    today = timezone.localdate()
    demo_load(today=today)
    gateway = paper_gateway_stand()
    if gateway is None:
        raise RuntimeError("No paper gateway stands.")
    houses = houses_make(gateway, held=SOLD, others=BOUGHT, count=HOUSES, today=today)
    RiskLimit.objects.create(
        account=None, account_rate=100_000, global_rate=100_000, duplicate_seconds=0,
        firm_capital=Decimal(10**11), order_notional=Decimal(10**8), day_notional=Decimal(10**11),
        # A machine that does all of it alone may fall behind; what is measured here is not that.
        quote_seconds=60, drop_copy_seconds=600,
    )  # fmt: skip
    with running(port) as (address, pids):
        _until(lambda: Gateway.objects.get().state == "ready")
        several = [Desk(address, house, BOUGHT, SOLD) for house in houses]
        for desk in several:
            _until(partial(_is_taken, desk))
        _drained()
        section = _section(several[:1], several, pids)
        return f"{section}\n\n{_round_trips(Desk(address, houses[0], ROUND_TRIP, ROUND_TRIP), pids)}"


def _round_trips(desk: Desk, pids: dict[str, list[int]]) -> str:
    """The worst that can be asked of the wash guard."""
    burst = _told(_burst([desk], pids))
    _drained()
    return (
        "The worst for the wash guard is one stock that is bought and sold at a loss in turn in one "
        "household: each order is held against every other one and the day's fills, going on from the book "
        f"of that stock. Then {burst.rate:.0f} orders a second are accepted, at {burst.web:.0f} ms of the "
        "web server's processor time each."
    )


def _section(one: list[Desk], several: list[Desk], pids: dict[str, list[int]]) -> str:
    left, right = (_column(desks, pids) for desks in (one, several))
    rows = [
        f"| {label} | {mine} | {theirs} |" for (label, mine), (_, theirs) in zip(left, right, strict=True)
    ]
    return "\n".join(
        (
            "## Orders",
            "",
            (
                "`POST /api/v1/trade` through the web server with two workers, while the daemon sends what "
                "is accepted to the paper gateway, all of it and the clients on one machine; PostgreSQL "
                "writes to disk first. Purchases of ten stocks and sales of ten others, a share at a time, "
                "half of the sales at a loss; the tax side of each is reckoned. Connections kept open; "
                f"{SENDERS} senders. The client sends the broker 45 messages a second at most, so that a "
                "burst waits there. Processor time of the web server and of PostgreSQL (the daemon's share "
                "of it included) by order."
            ),
            "",
            f"| what | one account | {len(several)} accounts, each with its own person |",
            "|---|---|---|",
            *rows,
        )
    )


def _column(desks: list[Desk], pids: dict[str, list[int]]) -> list[tuple[str, str]]:
    """What is measured of some desks: a label and a figure each."""
    quiet = _told(_paced(desks, QUIET_RATE, QUIET_ORDERS, pids))
    steady = _told(_paced(desks, STEADY_RATE, STEADY_ORDERS, pids))
    burst = _told(_burst(desks, pids))
    _drained()
    baskets = _told(_baskets(desks, pids))
    _drained()
    full = _told(_paced(desks, STEADY_RATE, STEADY_ORDERS, pids))
    count = Order.objects.count()
    return [
        (f"accepted, {SENDERS} senders", f"**{burst.rate:.0f}/s** ({burst.orders} in {burst.seconds:.0f} s)"),
        ("— processor time by order", f"web {burst.web:.1f} ms, PostgreSQL {burst.database:.1f} ms"),
        (f"accepted in baskets of {BASKET}", f"{baskets.rate:.0f}/s"),
        ("— processor time by order", f"web {baskets.web:.1f} ms, PostgreSQL {baskets.database:.1f} ms"),
        (f"POST to its answer, {STEADY_RATE}/s", str(steady.answered)),
        (f"POST to the broker's word, {STEADY_RATE}/s", f"**{steady.told}**"),
        ("— processor time of all processes by order", f"{steady.busy:.1f} ms"),
        ("the same after the bursts", f"{full.told} ({count} orders in the day)"),
        (f"row to lease, {QUIET_RATE}/s", str(quiet.leased)),
        (f"POST to the broker's word, {QUIET_RATE}/s", str(quiet.told)),
    ]


def _told(figure: Figure) -> Figure:
    """The figure, shown at once: the whole takes minutes."""
    print(f"  {figure}", file=sys.stderr, flush=True)
    return figure


@contextmanager
def running(paper_port: int) -> Iterator[tuple[Address, dict[str, list[int]]]]:
    """The web server, the paper gateway and the daemon; yields where the first listens, and the processes."""
    port = port_free()
    shape = serve_shape(home=home_folder(), port=port, paper=paper_port, workers=2)
    programs = [one for one in (*shape.serve, *shape.work) if one.name in PROGRAMS]
    pids = {"database": named("postgres", str(home_folder()))}
    with ExitStack() as stack:
        for program in programs:
            log = stack.enter_context((home_folder() / f"{program.name}.log").open("wb"))
            process = subprocess.Popen(
                program.command, cwd=ROOT, env={**os.environ, **program.environment}, stdout=log, stderr=log
            )
            stack.callback(process.wait, 20)
            stack.callback(process.terminate)
            pids[program.name] = [process.pid]
        try:
            _until(lambda: healthy(port))
            yield (LOOPBACK, port), pids
        except BaseException:
            _logs_show()
            raise


def _is_taken(desk: Desk) -> bool:
    """Whether a first order is accepted: nobody has watched the price until now."""
    try:
        desk.place(0, len(BOUGHT) + len(SOLD))
    except RuntimeError:
        return False
    return True


def _logs_show() -> None:
    """The last words of the programs, where a measurement failed."""
    for name in PROGRAMS:
        words = (home_folder() / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        print(f"--- {name}\n{words[-2000:]}", file=sys.stderr)
    for difference in Difference.objects.order_by("seen_at"):
        print(f"--- {difference.seen_at} {difference.closed_at} {difference}", file=sys.stderr)


def _burst(desks: Sequence[Desk], pids: dict[str, list[int]]) -> Burst:
    """Every sender sends its next order as soon as the last is answered."""
    until = time.monotonic() + SECONDS

    def send(sender: int) -> int:
        count = 0
        while time.monotonic() < until:
            desks[sender % len(desks)].place(count)
            count += 1
        return count

    return _measured(send, range(SENDERS), pids)


def _baskets(desks: Sequence[Desk], pids: dict[str, list[int]]) -> Burst:
    """A few baskets, from as many senders as there are workers."""

    def send(number: int) -> int:
        return len(desks[number % len(desks)].place(0, BASKET))

    return _measured(send, range(BASKETS), pids, senders=2)


def _measured(
    send: Callable[[int], int], numbers: Sequence[int], pids: dict[str, list[int]], senders: int = SENDERS
) -> Burst:
    began, web, database = time.monotonic(), _seconds(pids, "web"), _seconds(pids, "database")
    with ThreadPoolExecutor(senders) as threads:
        orders = sum(threads.map(send, numbers))
    seconds = time.monotonic() - began
    return Burst(
        orders=orders,
        seconds=seconds,
        web=1000 * (_seconds(pids, "web") - web) / orders,
        database=1000 * (_seconds(pids, "database") - database) / orders,
    )


def _paced(desks: Sequence[Desk], rate: int, count: int, pids: dict[str, list[int]]) -> Pace:
    """So many orders at a fixed rate; a late answer does not hold up the next order."""
    sent: dict[str, tuple[float, float]] = {}
    busy, began = _seconds(pids, *pids), time.time()

    def send(number: int) -> None:
        time.sleep(max(0.0, began + number / rate - time.time()))
        moment = time.time()
        (key,) = desks[number % len(desks)].place(number // len(desks))
        sent[key] = moment, time.time()

    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(send, range(count)))
    mine = Order.objects.filter(pk__in=list(sent))
    _until(lambda: not mine.filter(acknowledged_at__isnull=True).exists())
    busy = 1000 * (_seconds(pids, *pids) - busy) / count
    told = mine.values_list("pk", "created_at", "sent_at", "acknowledged_at")
    rows = [(sent[str(key)], *moments) for key, *moments in told if all(moments)]
    return Pace(
        answered=_waits([answered - moment for moment, answered in sent.values()]),
        leased=_waits([(leased - made).total_seconds() for _, made, leased, _ in rows]),
        told=_waits([word.timestamp() - moment for (moment, _), _, _, word in rows]),
        busy=busy,
    )


def _seconds(pids: dict[str, list[int]], *names: str) -> float:
    return processor_seconds(pid for name in names for pid in pids[name])


def _waits(seconds: Sequence[float]) -> Waits:
    ordered = [1000 * each for each in sorted(seconds)]
    return Waits(
        median=ordered[len(ordered) // 2], last=ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    )


def _drained() -> None:
    """Wait until the broker has ended every order: as long as there is progress."""
    left, since = _open_count(), time.monotonic()
    while left:
        time.sleep(0.2)
        now = _open_count()
        if now < left:
            left, since = now, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise TimeoutError(f"{left} orders do not end")
    connections.close_all()


def _open_count() -> int:
    return Order.objects.exclude(state__in=FINAL_STATES).count()


def _until(condition: Callable[[], object]) -> None:
    """Wait until something holds. Raises TimeoutError."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError(condition)
        time.sleep(0.1)
