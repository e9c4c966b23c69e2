"""The risk report of one account of fifty holdings: time of the whole and of its parts."""

import time
from collections.abc import Callable
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.made_household import LAST, household_make
from mlrecs.quant.risk.report import risk_report
from mlrecs.selectors.risk_facts import risk_facts
from mlrecs.services.risk_reports import risk_measure
from portfolios.models import Instrument, Portfolio, Price

ROUNDS = 9
# The aim for one account, from reading its closes to keeping its report.
AIM = 300


def measure() -> str:
    """A table of the parts: facts from the database, figures from the facts, and all with keeping it."""
    user = household_make(email="risk@example.com")
    portfolio = Portfolio.objects.visible_to(user).get()
    _index(portfolio)
    facts = risk_facts(portfolio, LAST)
    with CaptureQueriesContext(connection) as queries:
        risk_measure(portfolio_id=portfolio.pk, day=LAST)
    rows = [
        ("facts, from the database", lambda: risk_facts(portfolio, LAST)),
        ("figures, from the facts", lambda: risk_report(facts)),
        ("the whole, kept", lambda: risk_measure(portfolio_id=portfolio.pk, day=LAST)),
    ]
    lines = [
        "## Risk report",
        "",
        (
            f"One account of {len(facts.holdings)} holdings and an index, {len(facts.table.days)} days of "
            f"closes: {len(queries)} queries. The best and the median of {ROUNDS}; the aim for the whole is "
            f"{AIM} ms."
        ),
        "",
        "| part | processor time, best, ms | time passed, best, ms | time passed, median, ms |",
        "|---|---|---|---|",
    ]
    lines += [f"| {name} | {_figures(work)} |" for name, work in rows]
    return "\n".join(lines)


def _index(portfolio: Portfolio) -> None:
    """An index whose closes are those of the first holding."""
    first = Instrument.objects.get(symbol="B00", household=portfolio.household)
    index = Instrument.objects.create(
        household=portfolio.household, symbol="IDX", asset_class=Instrument.AssetClass.INDEX, currency="USD"
    )
    Price.objects.bulk_create(
        Price(instrument=index, day=row.day, close=row.close, currency="USD", source="made")
        for row in Price.objects.filter(instrument=first)
    )


def _figures(work: Callable[[], object]) -> str:
    own, passed = [], []
    for _ in range(ROUNDS):
        started, clock = time.process_time(), time.perf_counter()
        work()
        own.append(1000 * (time.process_time() - started))
        passed.append(1000 * (time.perf_counter() - clock))
    return f"{min(own):.0f} | {min(passed):.0f} | {median(passed):.0f}"
