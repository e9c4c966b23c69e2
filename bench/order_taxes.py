"""The tax side of an order on the demo's book: queries, and time beside a read of one row."""

import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portfolios.models import Holding, Portfolio
from taxharvest.selectors.order_taxes import order_tax_look
from trading.engine.records import Side
from wealthalloc.demo.load import demo_load

ROUNDS = 9
PRICE = Decimal(20)


def measure() -> str:
    """A table by side: each position of the demo sold whole, and bought once more."""
    today = timezone.localdate()
    demo_load(today=today)
    looks: dict[str, list[tuple[float, int]]] = {}
    for holding in Holding.objects.all():
        for side in Side:
            washed, figures = _looked_at(holding, side, today)
            looks.setdefault(f"{side.value}, {'washes' if washed else 'washes nothing'}", []).append(figures)
    plain = _seconds(lambda: Portfolio.objects.filter(pk=holding.portfolio_id).values_list("name").get())
    lines = [
        "## The tax side of an order",
        "",
        (
            "`order_tax_look` on the demo's book: processor time of the process, the best of "
            f"{ROUNDS}, then the median over the positions. One read is `values_list().get()` of one row, "
            f"{1000 * plain:.2f} ms in the same run."
        ),
        "",
        "| order | positions | queries | median, ms | worst, ms | median in reads of one row |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in sorted(looks.items()):
        seconds = [one for one, _ in found]
        counts = sorted({count for _, count in found})
        lines.append(
            f"| {name} | {len(found)} | {counts[0]} to {counts[-1]} | {1000 * median(seconds):.1f} | "
            f"{1000 * max(seconds):.1f} | {median(seconds) / plain:.0f} |"
        )
    return "\n".join(lines)


def _looked_at(holding: Holding, side: Side, today: date) -> tuple[bool, tuple[float, int]]:
    def look() -> bool:
        found = order_tax_look(
            portfolio_id=holding.portfolio_id,
            instrument_id=holding.instrument_id,
            side=side,
            quantity=holding.quantity,
            price=PRICE,
            day=today,
            lots=(),
        )
        return bool(found.deferred)

    with CaptureQueriesContext(connection) as queries:
        washed = look()
    return washed, (_seconds(look), len(queries))


def _seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)
