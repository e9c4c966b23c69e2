"""What a person asks of a rebalancing, as it is kept: the accounts, the money in and out, and the limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from taxharvest.engine.rebalance.records import Wish

ZERO = Decimal(0)


class Closeness(StrEnum):
    """How near to the targets the convex plan should stay, against tax and costs."""

    LOOSE = "loose"
    BALANCED = "balanced"
    CLOSE = "close"


# What a unit of active variance a year is worth, as a fraction of the wealth. At 20, a tracking error of 2 %
# is worth as much as a tax of 0.8 % of the wealth.
RISK_WEIGHTS: Mapping[Closeness, Decimal] = MappingProxyType(
    {Closeness.LOOSE: Decimal(5), Closeness.BALANCED: Decimal(20), Closeness.CLOSE: Decimal(100)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceWish:
    """The accounts that may trade, and by account the money put in (above zero) or taken out (below)."""

    accounts: tuple[UUID, ...]
    flows: Mapping[UUID, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    gain_budget: Decimal | None = None
    least_trade: Decimal = ZERO
    sells_untargeted: bool = False
    invests_cash: bool = True
    closeness: Closeness = Closeness.BALANCED

    @property
    def wish(self) -> Wish:
        """The same, as the plans take it."""
        return Wish(
            gain_budget=self.gain_budget,
            least_trade=self.least_trade,
            sells_untargeted=self.sells_untargeted,
            invests_cash=self.invests_cash,
            risk_weight=RISK_WEIGHTS[self.closeness],
        )


def wish_json(wish: RebalanceWish) -> dict[str, Any]:
    """The wish as it is stored; amounts are text."""
    return {
        "accounts": [str(key) for key in wish.accounts],
        "flows": {str(key): f"{amount:f}" for key, amount in wish.flows.items() if amount},
        "gain_budget": None if wish.gain_budget is None else f"{wish.gain_budget:f}",
        "least_trade": f"{wish.least_trade:f}",
        "sells_untargeted": wish.sells_untargeted,
        "invests_cash": wish.invests_cash,
        "closeness": wish.closeness.value,
    }


def wish_of(stored: Mapping[str, Any]) -> RebalanceWish:
    """A stored wish again."""
    budget = stored["gain_budget"]
    return RebalanceWish(
        accounts=tuple(UUID(key) for key in stored["accounts"]),
        flows={UUID(key): Decimal(amount) for key, amount in stored["flows"].items()},
        gain_budget=None if budget is None else Decimal(budget),
        least_trade=Decimal(stored["least_trade"]),
        sells_untargeted=stored["sells_untargeted"],
        invests_cash=stored["invests_cash"],
        closeness=Closeness(stored["closeness"]),
    )


def wish_problems(wish: RebalanceWish) -> dict[str, list[str]]:
    """What is wrong with a wish by itself, a sentence each, by field."""
    problems: dict[str, list[str]] = {}
    if not wish.accounts:
        problems["accounts"] = ["Choose one account at least."]
    if wish.gain_budget is not None and wish.gain_budget < 0:
        problems["gain_budget"] = ["A gain budget is zero or more."]
    if wish.least_trade < 0:
        problems["least_trade"] = ["The least size of a trade is zero or more."]
    if any(amount and key not in wish.accounts for key, amount in wish.flows.items()):
        problems["flows"] = ["Money goes in or out only of accounts that are chosen."]
    return problems
