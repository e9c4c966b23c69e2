"""A book that grows for minutes: what grew row by row equals a rebuild, and the process does not swell."""

import os
import random
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from portfolios.models import Disposal, Holding, Lot, Portfolio
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from portfolios.services.valuations import valuations_refresh
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory, buy, sell

SECONDS = float(os.environ.get("SOAK_SECONDS", "300"))
WARM_ROUNDS = 30
ALLOWED_GROWTH = 1.05
FIRST = date(2022, 1, 3)
PAGES = ("/dashboard/", "/portfolios/", "/transactions/", "/performance/", "/api/v1/dashboard")


def resident_kib() -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def stored(portfolio: Portfolio) -> list[list[tuple[object, ...]]]:
    models: tuple[type[Lot | Disposal | Holding], ...] = (Lot, Disposal, Holding)
    return [sorted(model.objects.filter(portfolio=portfolio).values_list(), key=str) for model in models]


@pytest.mark.soak
@pytest.mark.django_db
def test_a_growing_book_equals_its_rebuild_and_the_process_keeps_its_size() -> None:
    chance = random.Random(1222)
    member = MemberFactory()
    portfolio: Portfolio = PortfolioFactory(holder=member)
    client = Client()
    client.force_login(member.user)
    held: dict[str, int] = {}
    end, rounds, warm = time.monotonic() + SECONDS, 0, 0
    while time.monotonic() < end or rounds <= WARM_ROUNDS:
        rounds += 1
        symbol, day = f"S{chance.randrange(12)}", FIRST + timedelta(days=rounds // 4)
        shares = chance.randint(1, 30)
        if held.get(symbol, 0) > shares:
            row, change = sell(day, shares, f"{shares * 11}.05", symbol), -shares
        else:
            row, change = buy(day, shares, f"{shares * 10}.01", symbol), shares
        held[symbol] = held.get(symbol, 0) + change
        result = transactions_record(portfolio=portfolio, parsed=[row], source="soak")
        book_derive(household_id=portfolio.household_id, instrument_ids=result.instruments)
        for page in PAGES:
            assert client.get(page).status_code == 200
        if rounds == WARM_ROUNDS:
            warm = resident_kib()
        if rounds % 50 == 0:
            valuations_refresh(household_id=portfolio.household_id)
    grown, size = stored(portfolio), resident_kib()
    for model in (Lot, Disposal, Holding):
        model.objects.filter(portfolio=portfolio).delete()
    book_derive(household_id=portfolio.household_id)

    assert stored(portfolio) == grown
    assert {row.instrument.symbol: row.quantity for row in Holding.objects.filter(portfolio=portfolio)} == {
        symbol: Decimal(shares) for symbol, shares in held.items() if shares
    }
    assert size <= warm * ALLOWED_GROWTH, f"{warm} KiB after {WARM_ROUNDS} rounds, {size} KiB after {rounds}"
