"""Scenarios on holdings that can be reckoned by hand; the table of crashes is what the closes say."""

from collections import defaultdict
from decimal import Decimal
from statistics import median
from uuid import UUID

import pytest

from mlrecs.engine.risk_facts import Held
from mlrecs.engine.scenarios import CRASHES, SHOCKS, Shock, replay, sector_key, sector_shocks, shock
from tests.mlrecs.universe import closes
from wealthalloc.demo.market import STOCKS

CRASH = {crash.key: crash for crash in CRASHES}
SHOCK = {one.key: one for one in SHOCKS}


def held(number: int, weight: str, sector: str = "", asset_class: str = "stock", name: str = "") -> Held:
    return Held(
        instrument_id=UUID(int=number),
        symbol=f"S{number}",
        name=name,
        asset_class=asset_class,
        sector=sector,
        tracked_index="",
        weight=Decimal(weight),
    )


BANK = held(1, "0.5", sector="Financial")
BOND = held(2, "0.3", asset_class="fund", name="US Treasury fund")
SHIP = held(3, "0.2", sector="Shipping")
BETAS = {BANK.instrument_id: Decimal("1.5"), SHIP.instrument_id: Decimal("0.5")}


def test_a_crash_moves_each_holding_by_the_nearest_thing_that_is_known() -> None:
    found = replay(CRASH["2008"], [BANK, BOND, SHIP], BETAS, {})

    assert [(line.symbol, line.move, line.effect, line.basis) for line in found.lines] == [
        ("S1", Decimal("-0.785"), Decimal("-0.3925"), "its sector then"),
        ("S3", Decimal("-0.284"), Decimal("-0.0568"), "index × beta 0.50"),
        ("S2", Decimal("0.108"), Decimal("0.0324"), "yield change × duration 6"),
    ]
    assert found.effect == Decimal("-0.4169")
    assert found.words == "S&P 500 −56.8 % from 2007-10-09 to 2009-03-09"


def test_own_closes_come_before_the_sector() -> None:
    found = replay(CRASH["2008"], [BANK], BETAS, {BANK.instrument_id: Decimal("-0.1")})

    assert [(line.effect, line.basis) for line in found.lines] == [(Decimal("-0.05"), "own closes")]


def test_what_nothing_is_known_of_is_named_and_left_out() -> None:
    found = replay(CRASH["1987"], [BANK, SHIP], {BANK.instrument_id: Decimal(1)}, {})

    assert (found.effect, found.unmoved) == (Decimal("-0.1025"), ("S3",))


def test_nothing_loses_more_than_everything() -> None:
    found = replay(CRASH["2000"], [SHIP], {SHIP.instrument_id: Decimal(9)}, {})

    assert found.effect == Decimal("-0.2")


@pytest.mark.parametrize(
    ("key", "effect"),
    [("equity-20", "-0.17"), ("rates+2", "-0.036"), ("rates-1", "0.018"), ("equity-10", "-0.085")],
)
def test_plain_shocks(key: str, effect: str) -> None:
    assert shock(SHOCK[key], [BANK, BOND, SHIP], BETAS).effect == Decimal(effect)


def test_the_heaviest_sectors_are_shocked_alone() -> None:
    many = [BANK, SHIP, held(4, "0.25", "Shipping"), held(5, "0.1", "Mines"), held(6, "0.05", "Air"), BOND]
    shocks = list(sector_shocks(many))

    assert [one.sector for one in shocks] == ["Financial", "Shipping", "Mines"]
    assert shock(shocks[1], many, {}).effect == Decimal("-0.1125")
    assert shock(Shock(key="x", kind="sector", label="", sector="None"), many, {}).lines == ()


def test_sectors_of_brokers_are_those_of_the_table() -> None:
    names = ("Technology", " Financial", "Consumer, Non-cyclical", "Energy", "Shipping")

    assert [sector_key(name) for name in names] == [
        "information technology", "financials", "consumer staples", "energy", "shipping",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["2000", "2008", "2020", "2022"])
def test_the_table_of_crashes_is_what_the_closes_say(key: str) -> None:
    crash = CRASH[key]
    days, symbols, table = closes()
    index_days, _, index = closes("sp500_index.csv.gz")
    start, end = days.index(crash.first.isoformat()), days.index(crash.last.isoformat())
    low, high = index_days.index(crash.first.isoformat()), index_days.index(crash.last.isoformat())
    by_sector: defaultdict[str, list[float]] = defaultdict(list)
    for place, symbol in enumerate(symbols):
        by_sector[sector_key(STOCKS[symbol][1])].append(table[end, place] / table[start, place] - 1)

    assert round(Decimal(index[high, 0] / index[low, 0] - 1), 3) == pytest.approx(
        crash.market, abs=Decimal("0.001")
    )
    assert {name: round(median(moves), 3) + 0 for name, moves in by_sector.items()} == {
        name: float(move) for name, move in crash.sectors.items()
    }
