"""Workers are killed at every statement and commit of a plan: no leg is placed twice, and none forgotten."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from taxharvest.models import HarvestPlan, TaxHarvest
from tests.taxharvest.harvest_desk import FastBroker, HarvestDesk, harvest_desk
from tests.trading.services.trading_desk import NO_TAXES
from trading.engine.records import OrderState, Side
from trading.models import Order, Restriction
from wealthalloc.devstack.home import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

KILLS, SOAK_KILLS = 200, 2000
# A plan is advanced again until it watches its window; with so many kills it needs no more than this.
MOST_RUNS = 120
SHARES = Decimal(6)
# Between two runs so much time goes by for the plan, so that what is tried again is.
SECONDS = 30


@dataclass(slots=True)
class Workers:
    """The fork server, how its workers ended, and the most points that one of them passed."""

    process: "subprocess.Popen[str]"
    counts: Path
    ended: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    seconds: int = 0

    def run(self, kind: str = "none", number: int = 0, *, is_before: bool = True) -> int:
        """A worker, killed at that point when it comes to it; how it ended."""
        wanted: dict[str, Any] = {
            "kind": kind, "number": number, "is_before": is_before, "seconds": self.seconds,
            "database": connection.settings_dict["NAME"], "counts": str(self.counts),
        }  # fmt: skip
        self.seconds += SECONDS
        code = int(self._told(wanted)["code"])
        self.ended[code] += 1
        if code == 0:
            for name, count in json.loads(self.counts.read_text(encoding="utf-8")).items():
                self.points[name] = max(self.points[name], count)
        else:
            self.kinds[kind] += 1
        return code

    def _told(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("no pipe")
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        words: dict[str, Any] = json.loads(self.process.stdout.readline())
        return words


@pytest.fixture
def desk(transactional_db: None, settings: Settings) -> HarvestDesk:
    """Enough shares for many plans, each of which sells a few."""
    settings.ORDER_TAX_LOOK = NO_TAXES
    return harvest_desk(times=40)


@pytest.fixture
def workers(desk: HarvestDesk, tmp_path: Path) -> Iterator[Workers]:
    """A server that forks workers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.taxharvest.services.plan_crash_server"],
        cwd=ROOT, env={**os.environ, "DJANGO_SETTINGS_MODULE": "wealthalloc.settings.test"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        yield Workers(process, tmp_path / "counts")
        if process.stdin is not None:
            process.stdin.close()
        process.wait(10)


def test_two_hundred_kills_place_no_leg_twice_and_forget_none(desk: HarvestDesk, workers: Workers) -> None:
    kill_until(KILLS, desk, workers, random.Random(7))


@pytest.mark.soak
def test_two_thousand_kills_place_no_leg_twice_and_forget_none(desk: HarvestDesk, workers: Workers) -> None:
    kill_until(SOAK_KILLS, desk, workers, random.Random(11))


def kill_until(kills: int, desk: HarvestDesk, workers: Workers, chance: random.Random) -> None:
    """Carry out plans, killing a worker in nearly every run, until so many were killed."""
    broker = FastBroker(desk.account)
    plans = 0
    while workers.ended[-signal.SIGKILL] < kills:
        plan = approved(desk, chance, key=f"k{plans}")
        refused = plans % 3 == 2
        if refused:
            broker.refusals["GLBX"] = 1
        carry_out(plan, broker, workers, chance)
        check(plan, refused=refused)
        plans += 1
    assert set(workers.ended) == {0, -signal.SIGKILL}
    assert Order.objects.count() == sum(plan.legs.exclude(order=None).count() for plan in all_plans())
    sys.stdout.write(
        f"{workers.ended[-signal.SIGKILL]} kills ({dict(workers.kinds)}) over {plans} plans, "
        f"points of one run at most {dict(workers.points)}\n"
    )


def approved(desk: HarvestDesk, chance: random.Random, *, key: str) -> HarvestPlan:
    """A plan that sells a few shares and buys two funds for them."""
    harvest = desk.proposal(shares={"GLBX": "0.6", "INIT": "0.4"})
    lots = [lot for lot in desk.lots() if lot.quantity >= SHARES]
    return desk.approve(harvest, key=key, lots={chance.choice(lots).root_id: SHARES})


def carry_out(plan: HarvestPlan, broker: FastBroker, workers: Workers, chance: random.Random) -> None:
    """Run workers, killed at random points, until the plan watches; the broker works between some of them."""
    for _ in range(MOST_RUNS):
        if chance.random() < 0.4:
            broker.work()
        kind = chance.choice(("statement", "commit"))
        most = chance.choice((12, 30, 60)) if kind == "statement" else chance.choice((2, 6))
        workers.run(kind, chance.randint(1, most), is_before=chance.random() < 0.5)
        plan.refresh_from_db()
        if plan.state == HarvestPlan.State.WATCHING:
            return
    pytest.fail(f"the plan is still {plan.state}: {plan.words}")


def check(plan: HarvestPlan, *, refused: bool) -> None:
    """One order for each leg, all of them in the plan, and the window set once."""
    legs = list(plan.legs.select_related("order", "instrument"))
    orders = list(Order.objects.filter(origin="harvest", origin_id=plan.pk))
    assert Counter(leg.order_id for leg in legs) == Counter(order.pk for order in orders)
    symbols = Counter(leg.instrument.symbol for leg in legs)
    assert symbols == {"ACME": 1, "GLBX": 2 if refused else 1, "INIT": 1}
    (sale,) = (order for order in orders if order.side == Side.SELL)
    assert (sale.state, sale.filled) == (OrderState.FILLED, SHARES)
    # Six at 100 less a dollar: 359.40 buy 7 GLBX at 50.50 or better, 239.60 buy 11 INIT at 20.20 or better.
    bought = Counter({leg.instrument.symbol: leg.filled for leg in legs if leg.role == "buy" and leg.filled})
    assert bought == {"GLBX": Decimal(7), "INIT": Decimal(11)}
    assert TaxHarvest.objects.get(plan=plan).state == TaxHarvest.State.HARVESTED
    assert Restriction.objects.filter(instrument=plan.harvest.instrument, origin="harvest").count() == 1


def all_plans() -> list[HarvestPlan]:
    """Every plan of the run."""
    return list(HarvestPlan.objects.all())
