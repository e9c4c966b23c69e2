"""The daemon is killed at every await, commit and socket write: nothing is sent twice, nothing is lost."""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.trading.daemon.crash_server import LATEST_SECONDS
from tests.trading.daemon.daemon_world import Household, assert_equal, household_make, is_booked
from tests.trading.papergateway.gateway_fixture import RunningGateway, threaded_gateway
from trading.engine.records import FINAL_STATES, OrderKind, OrderState, Side
from trading.models import Order, OrderEvent
from wealthalloc.devstack.home import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

SHARDS, KILLS_A_SHARD = 3, 102
SOAK_SHARDS = 30
# A whole recovery is checked after so many kills; the ones between begin where the one before was killed.
KILLS_A_RECOVERY = 34
RECOVERY_SECONDS = 40.0
ENDED_SECONDS = 30.0
# Points at the end of a run come while it only waits: they are left to the moments.
REACHED = 0.7
OPENING_SHARES = Decimal(200)
SETTLED_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Where a daemon is killed: before or after the so-many-th of a kind, or at a moment."""

    kind: str
    number: int
    is_before: bool
    seconds: float


@dataclass(slots=True)
class Crashing:
    """The fork server, and what came of its daemons."""

    process: "subprocess.Popen[str]"
    gateway: str
    counts: Path
    ended: Counter[int] = field(default_factory=Counter)
    child: int = 0

    def start(self, kill: Kill | None) -> int:
        """A daemon, killed at that point; its process number."""
        where = kill or Kill(kind="none", number=0, is_before=True, seconds=0)
        wanted = {
            **asdict(where),
            "gateway": self.gateway,
            "database": connection.settings_dict["NAME"],
            "counts": str(self.counts),
        }
        if self.process.stdin is None:
            raise RuntimeError("no pipe")
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        self.child = int(self._heard()["pid"])
        return self.child

    def late(self) -> int:
        """How many were killed at a moment, because their point did not come."""
        marks = self.counts.with_suffix(".late")
        return len(marks.read_text(encoding="utf-8")) if marks.exists() else 0

    def wait(self) -> int:
        """How the daemon ended: -9 when it was killed."""
        code = int(self._heard()["code"])
        self.ended[code] += 1
        return code

    def _heard(self) -> dict[str, Any]:
        if self.process.stdout is None:
            raise RuntimeError("no pipe")
        readable, _, _ = select.select([self.process.stdout], [], [], ENDED_SECONDS)
        if not readable:
            # Dies with the stacks of its threads: what it hangs on is in the words of the failure.
            os.kill(self.child, signal.SIGABRT)
            pytest.fail(f"daemon {self.child} does not end")
        words: dict[str, Any] = json.loads(self.process.stdout.readline())
        return words


@pytest.fixture
def paper() -> Iterator[RunningGateway]:
    """The broker: it lives on, whatever happens to daemons."""
    with threaded_gateway() as running:
        yield running


@pytest.fixture
def household(transactional_db: None, paper: RunningGateway) -> Household:
    """Rows for the paper gateway."""
    return household_make(paper.port)


@pytest.fixture
def crashing(household: Household, tmp_path: Path) -> Iterator[Crashing]:
    """A server that forks daemons of the household's gateway."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.trading.daemon.crash_server"],
        cwd=ROOT, env={**os.environ, "DJANGO_SETTINGS_MODULE": "wealthalloc.settings.test"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        yield Crashing(process, str(household.gateway.pk), tmp_path / "counts")
        if process.stdin is not None:
            process.stdin.close()
        process.wait(10)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_kill_doubles_or_loses_an_order(
    shard: int, paper: RunningGateway, household: Household, crashing: Crashing
) -> None:
    kill_and_recover(shard, KILLS_A_SHARD, paper, household, crashing)


@pytest.mark.soak
@pytest.mark.parametrize("shard", range(1000, 1000 + SOAK_SHARDS))
def test_no_kill_of_three_thousand_doubles_or_loses_an_order(
    shard: int, paper: RunningGateway, household: Household, crashing: Crashing
) -> None:
    kill_and_recover(shard, KILLS_A_SHARD, paper, household, crashing)


def kill_and_recover(
    seed: int, kills: int, paper: RunningGateway, household: Household, crashing: Crashing
) -> None:
    """Kill daemons at `kills` points while orders come in, and hold the broker's book against ours."""
    chance = random.Random(seed)
    sys.stdout.write(f"seed {seed}\n")
    household.order(quantity=OPENING_SHARES)
    recover(paper, household, crashing)
    points = json.loads(crashing.counts.read_text(encoding="utf-8"))
    places = kill_points(points, kills, chance)
    slowest = 0.0
    for number, place in enumerate(places, start=1):
        orders_come(household, chance)
        crashing.start(place)
        assert crashing.wait() == -signal.SIGKILL, place
        if number % KILLS_A_RECOVERY == 0:
            slowest = max(slowest, recover(paper, household, crashing))
    assert crashing.ended[-signal.SIGKILL] == kills
    assert slowest < SETTLED_SECONDS
    kinds = Counter(OrderEvent.objects.values_list("kind", flat=True))
    late = crashing.late()
    sys.stdout.write(
        f"{kills} kills, {late} of them at a moment, points of one run {points}, "
        f"slowest recovery {slowest:.2f} s, steps {dict(kinds)}\n"
    )


def kill_points(points: dict[str, int], kills: int, chance: random.Random) -> list[Kill]:
    """Points of all kinds, before and after, spread over a run; some at random moments."""
    places = []
    for index in range(kills):
        kind = ("await", "commit", "write", "await", "commit", "write", "moment")[index % 7]
        most = max(1, int(points.get(kind, 1) * REACHED))
        places.append(
            Kill(
                kind=kind,
                number=chance.randint(1, most),
                is_before=chance.random() < 0.5,
                seconds=chance.uniform(0.05, LATEST_SECONDS) if kind == "moment" else LATEST_SECONDS,
            )
        )
    chance.shuffle(places)
    return places


def orders_come(household: Household, chance: random.Random) -> None:
    """What people ask for while daemons die: a purchase, a sale, and an order that is to be cancelled."""
    kind = chance.choice(("buy", "sell", "cancel"))
    if kind == "buy":
        household.order(quantity=Decimal(3))
    elif kind == "sell":
        household.order(side=Side.BUY, instrument=household.globex, quantity=Decimal(2))
        household.order(side=Side.SELL, quantity=Decimal(1))
    else:
        order = household.order(kind=OrderKind.LIMIT, limit_price=Decimal(90), quantity=Decimal(1))
        Order.objects.filter(pk=order.pk).update(cancel_wanted_at=timezone.now())


def recover(paper: RunningGateway, household: Household, crashing: Crashing) -> float:
    """Let a daemon finish all that is left, and check every order against the broker's book; the seconds."""
    began = time.monotonic()
    pid = crashing.start(None)
    try:
        while not is_done(paper, household):
            assert time.monotonic() - began < RECOVERY_SECONDS, left(household)
            time.sleep(0.02)
        seconds = time.monotonic() - began
    finally:
        os.kill(pid, signal.SIGTERM)
        code = crashing.wait()
    assert code == 0
    check(paper, household)
    return seconds


def left(household: Household) -> list[tuple[str, str, int]]:
    """Orders that are not over, for the words of a failure."""
    waiting = [order for order in household.orders() if order.state not in FINAL_STATES]
    return [(order.state, order.words, order.absences) for order in waiting]


def is_done(paper: RunningGateway, household: Household) -> bool:
    """Whether nothing is on its way any more, and the ledger has caught up."""
    if Order.objects.exclude(state__in=FINAL_STATES).exists():
        return False
    return bool(is_booked(household, paper.book))


def check(paper: RunningGateway, household: Household) -> None:
    """Every order lived at most once at the broker, none was lost, and both sides hold the same."""
    lives = Counter(
        report.order.order_ref for report in (*paper.book.open_orders(), *paper.book.completed_orders())
    )
    for order in household.orders():
        assert lives[str(order.pk)] <= 1, f"sent twice: {order.pk}"
        if order.kind == OrderKind.MARKET:
            assert (order.state, lives[str(order.pk)]) == (OrderState.FILLED, 1), order.words
        else:
            assert order.state == OrderState.CANCELLED, order.words
    assert set(lives) <= {str(order.pk) for order in household.orders()}
    assert list(paper.book.open_orders()) == []
    assert_equal(household, paper.book)
