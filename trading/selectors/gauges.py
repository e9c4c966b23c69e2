"""How trading stands, in figures for a monitor: gateways, orders, differences, fills, and stops."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min

from trading.engine.metrics import Gauge
from trading.engine.records import FINAL_STATES, OrderState
from trading.models import Difference, Execution, Gateway, KillSwitch, Order
from trading.selectors.modes import takes_orders

# How long ago something was, by the column that tells it.
AGES = {
    "heartbeat_age_seconds": ("heartbeat_at", "Seconds since the daemon of a gateway was heard of."),
    "tick_age_seconds": ("last_tick_at", "Seconds since a gateway told a price."),
    "comparison_age_seconds": ("reconciled_at", "Seconds since book and broker were last compared."),
}


def trading_gauges(now: datetime) -> list[Gauge]:
    """All of them, of all gateways; none names an account or a person."""
    gateways = list(Gateway.objects.filter(is_enabled=True).order_by("name"))
    return [
        *(gauge for gateway in gateways for gauge in _of_gateway(gateway, now)),
        *_of_orders(gateways),
        *_of_differences(gateways),
        *_of_fills(now),
        _of_stops(),
    ]


def _of_gateway(gateway: Gateway, now: datetime) -> Iterator[Gauge]:
    labels = {"gateway": gateway.name, "environment": gateway.environment}
    yield Gauge(
        name="gateway_takes_orders",
        words="Whether orders are sent through a gateway now (1) or wait (0).",
        value=int(takes_orders(gateway, now)),
        labels=labels,
    )
    for name, (column, words) in AGES.items():
        moment: datetime | None = getattr(gateway, column)
        if moment is not None:
            yield Gauge(name=name, words=words, value=_seconds(now - moment), labels=labels)


def _of_orders(gateways: list[Gateway]) -> Iterator[Gauge]:
    """Open orders by gateway and state; a state without orders is told too, so that it can be watched."""
    rows = Order.objects.exclude(state__in=FINAL_STATES).order_by()
    counted = rows.values_list("account__gateway__name", "state").annotate(count=Count("pk"))
    counts = {(name, state): count for name, state, count in counted}
    for gateway in gateways:
        for state in OrderState:
            if not state.is_final:
                yield Gauge(
                    name="open_orders",
                    words="Orders to which something may still happen.",
                    value=counts.get((gateway.name, state.value), 0),
                    labels={"gateway": gateway.name, "state": state.value},
                )


def _of_differences(gateways: list[Gateway]) -> Iterator[Gauge]:
    rows = Difference.objects.filter(closed_at__isnull=True).order_by()
    counts = dict(rows.values_list("account__gateway__name").annotate(count=Count("pk")))
    for gateway in gateways:
        yield Gauge(
            name="open_differences",
            words="Differences between book and broker that nobody has settled.",
            value=counts.get(gateway.name, 0),
            labels={"gateway": gateway.name},
        )


def _of_fills(now: datetime) -> Iterator[Gauge]:
    waiting = Execution.objects.filter(transaction__isnull=True, quantity__gt=0)
    found = waiting.aggregate(count=Count("pk"), oldest=Min("created_at"))
    yield Gauge(name="unbooked_fills", words="Fills that the ledger lacks.", value=found["count"], labels={})
    age = timedelta(0) if found["oldest"] is None else now - found["oldest"]
    yield Gauge(
        name="unbooked_fill_age_seconds",
        words="Seconds since the oldest fill was told that the ledger lacks.",
        value=_seconds(age),
        labels={},
    )


def _of_stops() -> Gauge:
    return Gauge(
        name="kill_switches_engaged",
        words="Stops that two operators have not lifted.",
        value=KillSwitch.objects.filter(lifted_at__isnull=True).count(),
        labels={},
    )


def _seconds(span: timedelta) -> int:
    return max(int(span.total_seconds()), 0)
