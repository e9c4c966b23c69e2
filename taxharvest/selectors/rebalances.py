"""Rebalancings that were asked for, as pages and the API show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Viewer
from common.errors import NotFound
from portfolios.models import CashBalance, Portfolio
from taxharvest.models import Rebalance
from taxharvest.selectors.rebalance_facts import portfolios_open

# Figures of a plan that are amounts or fractions; the rest of a stored plan is told as it is.
FIGURES = frozenset(
    {
        "quantity", "price", "value", "cost", "short_gain", "long_gain", "gain", "washed", "tax", "amount",
        "target", "band", "before", "after", "sold", "bought", "drift", "tracking_error", "tracking_now",
        "year_tax_low", "year_tax_high", "count",
    }
)  # fmt: skip
GREEDY, CONVEX = "greedy", "convex"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceShown:
    """A rebalancing with its plans, figures as decimals and days as days; empty while there are none."""

    row: Rebalance
    plans: Mapping[str, Mapping[str, Any]]
    difference: Mapping[str, Any]
    result: Mapping[str, Any]

    @property
    def is_at_work(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.row.state in {Rebalance.State.WAITING, Rebalance.State.RUNNING}


def rebalance_list(user: Viewer) -> QuerySet[Rebalance]:
    """The rebalancings of a household whose accounts `user` sees all of, newest first."""
    rows: QuerySet[Rebalance] = Rebalance.objects.visible_to(user)
    return rows.select_related("requested_by").order_by("-created_at", "-id")


def rebalance_get(user: Viewer, rebalance_id: UUID) -> RebalanceShown:
    """One of them. Raises NotFound for any other."""
    row = rebalance_list(user).filter(pk=rebalance_id).first()
    if row is None:
        raise NotFound("There is no such rebalancing.", code="not-found")
    return rebalance_shown(row)


def rebalance_shown(row: Rebalance) -> RebalanceShown:
    """A stored rebalancing as it is shown."""
    result = _read(row.result or {})
    return RebalanceShown(
        row=row,
        plans={name: result[name] for name in (GREEDY, CONVEX) if result.get(name)},
        difference=result.get("difference") or {},
        result=result,
    )


def _read(node: Any, name: str = "") -> Any:
    """The stored text as decimals and days, by the name of what it stands under."""
    if isinstance(node, Mapping):
        return {key: _read(value, key) for key, value in node.items()}
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [_read(value, name) for value in node]
    if name in FIGURES and node is not None:
        return Decimal(str(node))
    if name == "acquired" and node is not None:
        return date.fromisoformat(node)
    return node


def accounts_to_trade(household_id: UUID) -> list[tuple[Portfolio, Decimal]]:
    """The accounts that a rebalancing may trade in, with their cash in their own currency. Two queries."""
    rows = portfolios_open(household_id)
    balances = CashBalance.objects.filter(portfolio__in=rows)
    cash = {(row.portfolio_id, row.currency): row.amount for row in balances}
    return [(row, cash.get((row.pk, row.base_currency), Decimal(0))) for row in rows]
