"""The dashboard, page and API: queries asked, and time beside that of the smallest answer there is."""

import statistics
import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.made_household import household_make

WARM, ROUNDS = 10, 100
BASELINE = "/manifest.webmanifest"
PAGES = (
    ("Dashboard page", "/dashboard/"),
    ("`GET /api/v1/dashboard`", "/api/v1/dashboard"),
    ("Portfolio list", "/portfolios/"),
    ("Transactions page", "/transactions/"),
    ("Performance page", "/performance/"),
    ("Allocation page", "/allocation/"),
)


def measure() -> str:
    """A table for 50 holdings and 2,000 transactions."""
    client = Client()
    client.force_login(household_make(email="bench-pages@wealthalloc.test"))
    baseline = _median(client, BASELINE)
    lines = [
        "## Pages",
        "",
        (
            "One person, 50 holdings, 2,000 transactions, three years of closes. Time is that of the server "
            "for one answer (middleware, view, database, template), the median of "
            f"{ROUNDS} once warm. The baseline is the smallest answer of the same process, a static JSON "
            f"document through the same middleware: {baseline * 1000:.2f} ms."
        ),
        "",
        "| answer | queries | median, ms | times the baseline |",
        "|---|---|---|---|",
    ]
    for name, path in PAGES:
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        # Counted at once: the log of queries starts anew with every request.
        count = len(queries)
        median = _median(client, path)
        lines.append(f"| {name} | {count} | {median * 1000:.1f} | {median / baseline:.0f} |")
    return "\n".join(lines)


def _median(client: Client, path: str) -> float:
    times = []
    for number in range(WARM + ROUNDS):
        started = time.perf_counter()
        response = client.get(path)
        elapsed = time.perf_counter() - started
        if response.status_code != 200:  # noqa: PLR2004 - HTTP
            raise RuntimeError(f"{path} answered {response.status_code}")
        if number >= WARM:
            times.append(elapsed)
    return statistics.median(times)
