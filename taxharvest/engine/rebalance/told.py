"""A plan as it is stored and shown: plain text for amounts, so that nothing is rounded on the way."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from common.money import ARITHMETIC, cents, quantize
from taxharvest.engine.income_range import TaxRange
from taxharvest.engine.rebalance.records import CONSTRAINT_LABELS, LotTaken, Plan, PlannedTrade

ZERO = Decimal(0)


def plan_json(
    plan: Plan, *, year_tax: TaxRange | None = None, tracking: Decimal | None = None
) -> dict[str, Any]:
    """A plan; `year_tax` is what it changes of the return, `tracking` its tracking error a year."""
    sold = sum((one.value for one in plan.trades if one.lots), ZERO)
    bought = sum((one.value for one in plan.trades if not one.lots), ZERO)
    return {
        "name": plan.name,
        "trades": [_trade(one) for one in plan.trades],
        "not_done": [
            {
                "subject": one.subject,
                "amount": _money(one.amount),
                "constraint": one.constraint.value,
                "label": CONSTRAINT_LABELS[one.constraint],
                "words": one.words,
            }
            for one in plan.not_done
        ],
        "outcomes": [
            {
                "key": one.key,
                "kind": one.kind,
                "target": _plain(one.target),
                "band": _plain(one.band),
                "before": _plain(one.before),
                "after": _plain(one.after),
            }
            for one in plan.outcomes
        ],
        "cash_after": {str(key): _money(amount) for key, amount in plan.cash_after.items()},
        "count": len(plan.trades),
        "sold": _money(sold),
        "bought": _money(bought),
        "short_gain": _money(plan.short_gain),
        "long_gain": _money(plan.long_gain),
        "washed": _money(plan.washed),
        "tax": _money(plan.tax),
        "cost": _money(plan.cost),
        "drift": _plain(plan.drift),
        "tracking_error": None if tracking is None else _plain(tracking),
        "year_tax_low": None if year_tax is None else _money(year_tax.lowest),
        "year_tax_high": None if year_tax is None else _money(year_tax.highest),
    }


def difference_json(greedy: Mapping[str, Any], convex: Mapping[str, Any]) -> dict[str, str | None]:
    """The convex plan less the greedy one, figure by figure; None where one is not known."""
    names = ("count", "sold", "bought", "short_gain", "long_gain", "tax", "cost", "drift", "tracking_error")
    return {name: _less(convex[name], greedy[name]) for name in names}


def _less(more: Any, less: Any) -> str | None:
    return None if more is None or less is None else _plain(Decimal(str(more)) - Decimal(str(less)))


def _trade(trade: PlannedTrade) -> dict[str, Any]:
    return {
        "account_id": str(trade.account_id),
        "account": trade.account,
        "instrument_id": str(trade.asset_id),
        "symbol": trade.symbol,
        "side": trade.side.value,
        "quantity": _plain(trade.quantity),
        "price": _plain(trade.price),
        "value": _money(trade.value),
        "cost": _money(trade.cost),
        "short_gain": _money(trade.short_gain),
        "long_gain": _money(trade.long_gain),
        "washed": _money(trade.washed),
        "tax": _money(trade.tax),
        "words": trade.words,
        "lots": [_lot(lot) for lot in trade.lots],
    }


def _lot(lot: LotTaken) -> dict[str, Any]:
    return {
        "lot_id": str(lot.lot_id),
        "acquired": lot.acquired.isoformat() if lot.acquired else None,
        "quantity": _plain(lot.quantity),
        "is_long": lot.is_long,
        "gain": None if lot.gain is None else _money(lot.gain),
        "washed": _money(lot.washed),
        "tax": _money(lot.tax),
    }


def _money(amount: Decimal) -> str:
    # Adding zero takes the sign from a negative zero.
    return f"{cents(amount) + ZERO:f}"


def _plain(value: Decimal) -> str:
    return f"{quantize(value).normalize(ARITHMETIC) + ZERO:f}"
