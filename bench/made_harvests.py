"""Made accounts to be scanned: many households with lots at all ages, bulk-loaded; seeded."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import connection, transaction

from accounts.models import Household, HouseholdMember, TaxProfile
from common.bulk import copy_rows
from common.dates import weekdays
from common.identifiers import derived_uuid
from portfolios.models import Holding, Instrument, Lot, Portfolio, Price, Transaction
from taxharvest.models import HarvestPolicy, ReplacementPair

TODAY = date(2026, 6, 16)
INSTRUMENTS, YEARS, LOTS = 1_000, 4, 10
NOW = datetime(2026, 6, 16, 12, tzinfo=UTC)
CENT = Decimal("0.01")
# How far a fund leaves its kind on a day, in basis points.
OWN_STEP = 15
FUNDS, FAMILY, UNTOLD = 400, 8, 19
ROOT = uuid.UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000)


@dataclass(frozen=True, slots=True)
class _Quoted:
    id: uuid.UUID
    closes: dict[date, Decimal]


def market_make() -> list[_Quoted]:
    """A thousand instruments with four years of closes: walks with 16 to 40 % volatility a year, rising.

    Two funds follow each index. Eight funds of one kind move nearly alike, and those of another index among
    them may replace each other.
    """
    days = list(weekdays(TODAY - timedelta(days=365 * YEARS), TODAY - timedelta(days=1)))
    quoted = [_walk(number, days) for number in range(INSTRUMENTS)]
    with transaction.atomic():
        copy_rows(
            Instrument,
            (
                "id", "symbol", "name", "asset_class", "currency", "exchange", "conid", "isin", "cusip",
                "multiplier", "sector", "tracked_index", "underlying", "put_call", "created_at", "updated_at",
            ),
            (
                (one.id, f"H{number:03}", f"Made {number}", *_kind_of(number), "", "", NOW, NOW)
                for number, one in enumerate(quoted)
            ),
        )  # fmt: skip
        copy_rows(
            Price,
            ("id", "instrument_id", "day", "close", "currency", "source", "created_at"),
            (
                (derived_uuid(one.id, f"price:{day}"), one.id, day, close, "USD", "made", NOW)
                for one in quoted
                for day, close in one.closes.items()
            ),
        )
        ReplacementPair.objects.bulk_create(_pairs())
    return quoted


def _pairs() -> Iterator[ReplacementPair]:
    for number in range(FUNDS):
        others = range(number // FAMILY * FAMILY, (number // FAMILY + 1) * FAMILY)
        apart = [other for other in others if other // 2 != number // 2]
        for rank, other in enumerate(apart, start=1):
            yield ReplacementPair(
                asset_class=f"Kind {number // FAMILY}", symbol=f"H{number:03}", index=f"Index {number // 2}",
                other_symbol=f"H{other:03}", other_index=f"Index {other // 2}", rank=rank, tag="green",
                reason="Another index.", source="made", confidence="high",
            )  # fmt: skip


def _kind_of(number: int) -> tuple[Any, ...]:
    """Asset class to tracked index: funds first, all else are shares."""
    is_fund = number < FUNDS
    index = f"Index {number // 2}" if is_fund else ""
    return "fund" if is_fund else "stock", "USD", "", "", "", "", 1, "", index


def _walk(number: int, days: Sequence[date]) -> _Quoted:
    is_fund = number < FUNDS
    chance, own = Random(number // FAMILY if is_fund else number), Random(-number)  # noqa: S311 - a fixed walk
    step, close, closes = chance.randint(100, 250), Decimal(chance.randint(1_000, 6_000)) / 100, {}
    for day in days:
        points = round(chance.gauss(6, step) + (own.gauss(0, OWN_STEP) if is_fund else 0))
        close = max(CENT, (close * (1 + Decimal(points) / 10_000)).quantize(CENT))
        closes[day] = close
    return _Quoted(derived_uuid(ROOT, f"instrument:{number}"), closes)


def accounts_make(count: int, quoted: list[_Quoted], *, lots: int = LOTS, seed: int = 8949) -> None:
    """`count` enabled taxable accounts with `lots` open lots each, two accounts a household.

    Most was bought over the last four years, one purchase in twenty-five in the last thirty days. Every
    twentieth household told no income; the others earn 60,000 to 400,000 dollars.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # Everything refers to something that is copied beside it: there is nothing to look up.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for first in range(0, count, 5_000):
            _Chunk(range(first, min(first + 5_000, count)), quoted, lots, seed).write()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


class _Chunk:
    """Some thousand accounts, made in memory and copied table by table."""

    def __init__(self, numbers: range, quoted: list[_Quoted], lots: int, seed: int) -> None:
        self._numbers, self._quoted, self._lots, self._seed = numbers, quoted, lots, seed
        self._rows: dict[str, list[tuple[Any, ...]]] = {
            name: [] for name in ("households", "members", "profiles", "accounts", "policies", "holdings",
                                  "trades", "lots")
        }  # fmt: skip

    def write(self) -> None:
        for number in self._numbers:
            self._account(number)
        rows = self._rows
        stamps = ("created_at", "updated_at")
        copy_rows(Household, ("id", "name", "base_currency", *stamps), rows["households"])
        copy_rows(
            HouseholdMember,
            ("id", "household_id", "name", "relationship", "sees_all", *stamps),
            rows["members"],
        )
        copy_rows(
            TaxProfile,
            (
                "id", "household_id", "year", "filing_status", "ordinary_income", "state", "state_rate",
                "carryforward_short", "carryforward_long", *stamps,
            ),
            rows["profiles"],
        )  # fmt: skip
        copy_rows(
            Portfolio,
            (
                "id", "household_id", "holder_id", "name", "kind", "base_currency", "relief",
                "reinvests_dividends", *stamps,
            ),
            rows["accounts"],
        )  # fmt: skip
        copy_rows(
            HarvestPolicy,
            ("id", "portfolio_id", "is_enabled", "threshold", "least_benefit", "approves_itself", *stamps),
            rows["policies"],
        )
        copy_rows(
            Holding,
            (
                "id",
                "portfolio_id",
                "instrument_id",
                "quantity",
                "currency",
                "basis",
                "basis_base",
                "lot_count",
            ),
            rows["holdings"],
        )
        copy_rows(
            Transaction,
            (
                "id", "portfolio_id", "kind", "trade_date", "sequence", "instrument_id", "quantity", "price",
                "amount", "fees", "currency", "position_effect", "counter_currency", "order_ref", "source",
                "natural_key", "source_hash", "source_row", "note", "created_at",
            ),
            rows["trades"],
        )  # fmt: skip
        copy_rows(
            Lot,
            (
                "id", "root_id", "portfolio_id", "instrument_id", "transaction_id", "origin", "acquired",
                "holding_date", "quantity", "currency", "cost", "cost_base", "basis", "basis_base",
                "deferred_base",
            ),
            rows["lots"],
        )  # fmt: skip

    def _account(self, number: int) -> None:
        chance = Random(self._seed * 1_000_003 + number)  # noqa: S311 - a fixed account
        household = derived_uuid(ROOT, f"household:{number // 2}")
        member, account = derived_uuid(household, "member"), derived_uuid(household, f"account:{number % 2}")
        if number % 2 == 0:
            self._household(number // 2, household, member, chance)
        self._rows["accounts"].append(
            (account, household, member, f"Account {number}", "taxable", "USD", "fifo", False, NOW, NOW)
        )
        self._rows["policies"].append(
            (derived_uuid(account, "policy"), account, True, "option", 20, False, NOW, NOW)
        )
        self._positions(account, chance)

    def _household(self, number: int, household: uuid.UUID, member: uuid.UUID, chance: Random) -> None:
        self._rows["households"].append((household, f"Household {number}", "USD", NOW, NOW))
        self._rows["members"].append((member, household, "Made", "self", True, NOW, NOW))
        income = None if number % 20 == UNTOLD else chance.randint(60, 400) * 1000
        self._rows["profiles"].append(
            (derived_uuid(household, "profile"), household, TODAY.year, "single", income, "", "0.05", 0, 0,
             NOW, NOW)
        )  # fmt: skip

    def _positions(self, account: uuid.UUID, chance: Random) -> None:
        held = chance.sample(self._quoted, max(1, self._lots // 2))
        for place in range(self._lots):
            one = held[place % len(held)]
            back = chance.randint(1, 30) if chance.random() < 1 / 25 else chance.randint(31, 365 * YEARS - 9)
            self._lot(account, one, TODAY - timedelta(days=back), place, Decimal(chance.randint(1, 12)))
        for one in held:
            self._rows["holdings"].append(
                (derived_uuid(account, f"holding:{one.id}"), account, one.id, 1, "USD", None, None, 2)
            )

    def _lot(self, account: uuid.UUID, one: _Quoted, day: date, place: int, shares: Decimal) -> None:
        while day not in one.closes:
            day -= timedelta(days=1)
        price = one.closes[day]
        trade, cost = derived_uuid(account, f"trade:{place}"), shares * price
        lot = derived_uuid(trade, "lot")
        self._rows["trades"].append(
            (trade, account, "buy", day, place, one.id, shares, price, -cost, 0, "USD", "", "", "", "made",
             f"made:{place}", "", "{}", "", NOW)
        )  # fmt: skip
        self._rows["lots"].append(
            (lot, lot, account, one.id, trade, "buy", day, day, shares, "USD", cost, cost, cost, cost, 0)
        )
