"""Advice as people read it: sentences, reasons with numbers, what binds, and what happens otherwise."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.formats import day, fixed
from mlrecs.engine.diversification import Lean
from mlrecs.engine.optimising import Point, RiskAnswer, ViewHeld
from mlrecs.engine.percentages import percent
from mlrecs.engine.reasons import Reason, ReasonCode
from mlrecs.engine.suitability import Account, Asset, Wanted, after, measured

ZERO, ONE = Decimal(0), Decimal(1)
SEVERAL = 3
METHODS = {
    "minimum_variance": "Least variance",
    "minimum_cvar": "Least tail loss",
    "risk_budget": "Equal risk",
    "hrp": "Hierarchical risk parity",
    "black_litterman": "Own views",
}
FACTORS = {
    "low_volatility": "low volatility",
    "momentum": "momentum",
    "value": "value",
    "quality": "quality",
}
RULE = (
    "This is a rule and no forecast: what it says of today's weights is certain, what prices will do is not."
)
SURVIVORS = "The twenty stocks it was measured on all still stood at the end, which flatters every result."


def risk_advice(
    answer: RiskAnswer,
    *,
    symbols: Mapping[UUID, str],
    account: str,
    most_volatility: Decimal,
    views: Mapping[UUID, ViewHeld],
    evidence: Mapping[str, Any],
    orders: Sequence[Wanted],
) -> dict[str, Any]:
    """What an optimiser's answer says. It must have `now` and `proposed`."""
    now, then = _points(answer)
    moved = _trades_words(orders)
    if views:
        title = f"{account}: what your market views would change"
        words = f"With your views, the most useful mix within your limits would {moved}."
    else:
        title = f"{account}: lose less on the worst days"
        words = (
            f"On the worst twentieth of days the account lost {percent(now.tail)} on average; with this "
            f"mix it would have been {percent(then.tail)}. To get there, {moved}."
        )
    return {
        "title": title[:160],
        "words": words[:600],
        "reasons": [*_risk_reasons(answer, symbols, most_volatility), *_view_reasons(views, symbols)],
        "figures": _risk_figures(answer, symbols),
        "binding": _binding_words(answer),
        "counterfactual": _risk_counterfactual(answer, symbols),
        "confidence": calibration(evidence, answer.method),
    }


def lean_advice(lean: Lean, account: Account, orders: Sequence[Wanted], name: str) -> dict[str, Any]:
    """What a name, a sector or a region that weighs too much says."""
    later = _weight_after(account, orders, lean.keys)
    return {
        "title": f"{name}: {lean.name} is {percent(lean.weight)} of it"[:160],
        "words": (
            f"{lean.name} weighs {percent(lean.weight)}, and at most {percent(lean.most, 0)} suits you. "
            f"To bring it to {percent(later)}, {_trades_words(orders)}."
        )[:600],
        "reasons": [
            Reason(
                code=lean.code,
                words=f"{lean.name} is {percent(lean.excess)} of the account beyond the limit.",
                figures={"weight": _text(lean.weight), "most": _text(lean.most), "after": _text(later)},
            )
        ],
        "figures": {"lines": _measured_lines(account, orders)},
        "binding": f"{lean.rule[:1].upper()}{lean.rule[1:]}."[:300],
        "counterfactual": (
            f"If you do nothing, {lean.name} stays at {percent(lean.weight)}: a fall of a quarter in it "
            f"would cost {percent(lean.weight / 4)} of the account, after the change {percent(later / 4)}."
        )[:400],
        "confidence": {"words": RULE},
    }


def overlap_advice(
    funds: tuple[Asset, Asset], correlation: str, account: Account, orders: Sequence[Wanted], name: str
) -> dict[str, Any]:
    """What two funds that move as one say: the one that would be kept, and the other."""
    kept, other = funds
    both = (kept.value + other.value) / account.wealth
    return {
        "title": f"{name}: {kept.symbol} and {other.symbol} are the same bet"[:160],
        "words": (
            f"Their daily returns correlate at {correlation}: together they are {percent(both)} of the "
            f"account and spread no more than one of them. To hold one, {_trades_words(orders)}."
        )[:600],
        "reasons": [
            Reason(
                code=ReasonCode.FUNDS_OVERLAP,
                words=f"{kept.symbol} and {other.symbol} move together on nearly all days.",
                figures={"correlation": correlation, "weight": _text(both)},
            )
        ],
        "figures": {"lines": _measured_lines(account, orders)},
        "binding": "No limit binds; it is looked at through returns, not through what the funds hold.",
        "counterfactual": (
            "If you do nothing, you keep two funds for one exposure: twice the lines to watch, and each can "
            "wash the other's losses where they count as the same."
        ),
        "confidence": {"words": RULE},
    }


def opportunity_advice(
    best: Asset,
    factor: str,
    *,
    place: int,
    count: int,
    score: Decimal,
    evidence: Mapping[str, Any],
    account: Account,
    orders: Sequence[Wanted],
    name: str,
) -> dict[str, Any]:
    """What a screen whose evidence is clear says of the asset that stands best in it."""
    said = evidence["screens"][factor]
    label = FACTORS[factor]
    later = _weight_after(account, orders, (best.key,))
    promise, figure = _promise(said)
    return {
        "title": f"{name}: {best.symbol} stands out for {label}"[:160],
        "words": (
            f"Of {count} shares and funds that you know, {best.symbol} is number {place} by {label}. "
            f"A position of {percent(later)} would mean to {_trades_words(orders)}."
        )[:600],
        "reasons": [
            Reason(
                code=ReasonCode.FACTOR_RANK,
                words=f"Number {place} of {count} by {label}.",
                figures={
                    "place": str(place),
                    "count": str(count),
                    "score": _text(score),
                    "factor": factor,
                },
            ),
            Reason(code=ReasonCode.FACTOR_EVIDENCE, words=promise, figures=figure),
        ],
        "figures": {"lines": _measured_lines(account, orders), "factor": factor},
        "binding": "A position from a screen is at most four hundredths of the account.",
        "counterfactual": (
            f"If you do nothing, the account keeps its mix, and {_cash_words(account)}. A position of this "
            "size changes its risk by little: nothing is lost by waiting."
        )[:400],
        "confidence": _screen_confidence(said, evidence),
    }


def calibration(evidence: Mapping[str, Any], method: str) -> dict[str, Any]:
    """How far a method's forecasts have come true, from the walk forward; said where it was not measured."""
    said = evidence.get("methods", {}).get(method)
    if said is None:
        return {"words": "How far such advice came true has not been measured.", "lines": []}
    steps, hits = int(said["steps"]), Decimal(said["hits"])
    low, middle, high = said["forecast"]
    calmer = said["less_tail_than_nothing"]
    more = said["more_than_nothing"]
    return {
        "words": (
            f"In {round(hits * steps)} of {steps} quarters {_span(evidence)} "
            f"the account moved less than if nothing had been done. {SURVIVORS}"
        ),
        "lines": [
            _line("Quarters that came out calmer", percent(hits, 0)),
            _line("Realised over expected volatility, median", _ratio(middle)),
            _line("The same, 10th to 90th percentile", f"{_ratio(low)} to {_ratio(high)}"),
            _line("Less tail loss than doing nothing", _interval(calmer)),
            _line("Less tail loss than equal weights", _interval(said["less_tail_than_equal"])),
            _line("More return a year than doing nothing", _interval(more)),
            _line("More return a year than equal weights", _interval(said["more_than_equal"])),
            _line("Deflated Sharpe ratio of that return", _ratio(said["deflated"])),
        ],
    }


def _points(answer: RiskAnswer) -> tuple[Point, Point]:
    if answer.now is None or answer.proposed is None:
        raise ValueError("An answer without its two portfolios has nothing to say.")
    return answer.now, answer.proposed


def _risk_reasons(
    answer: RiskAnswer, symbols: Mapping[UUID, str], most_volatility: Decimal
) -> Iterable[Reason]:
    now, then = _points(answer)
    if now.volatility > most_volatility:
        yield Reason(
            code=ReasonCode.RISK_BEYOND_PROFILE,
            words=(
                f"It moves by {percent(now.volatility)} a year; at most {percent(most_volatility, 0)} suits."
            ),
            figures={"volatility": _text(now.volatility), "most": _text(most_volatility)},
        )
    if then.tail < now.tail:
        yield Reason(
            code=ReasonCode.TAIL_CAN_FALL,
            words=f"The mean loss of the worst days falls from {percent(now.tail)} to {percent(then.tail)}.",
            figures={"now": _text(now.tail), "then": _text(then.tail)},
        )
    if then.volatility < now.volatility:
        yield Reason(
            code=ReasonCode.RISK_CAN_FALL,
            words=f"Volatility a year falls from {percent(now.volatility)} to {percent(then.volatility)}.",
            figures={"now": _text(now.volatility), "then": _text(then.volatility)},
        )
    largest = max(answer.shares_now, key=lambda key: answer.shares_now[key], default=None)
    if largest is not None:
        share, later = answer.shares_now[largest], answer.shares_then.get(largest, ZERO)
        yield Reason(
            code=ReasonCode.RISK_IN_ONE_PLACE,
            words=f"{symbols[largest]} makes {percent(share, 0)} of the risk, then {percent(later, 0)}.",
            figures={"symbol": symbols[largest], "now": _text(share), "then": _text(later)},
        )


def _view_reasons(views: Mapping[UUID, ViewHeld], symbols: Mapping[UUID, str]) -> Iterable[Reason]:
    for key, view in views.items():
        if key in symbols:
            more = "more" if view.beyond >= 0 else "less"
            yield Reason(
                code=ReasonCode.OWN_VIEW,
                words=(
                    f"You expect {percent(abs(view.beyond))} {more} a year of {symbols[key]} than the market "
                    "implies."
                ),
                figures={
                    "symbol": symbols[key],
                    "beyond": _text(view.beyond),
                    "confidence": _text(view.confidence),
                },
            )


def _risk_figures(answer: RiskAnswer, symbols: Mapping[UUID, str]) -> dict[str, Any]:
    now, then = _points(answer)
    return {
        "method": answer.method,
        "days": answer.days,
        "now": _point(now),
        "proposed": _point(then),
        "others": [_point(one) | {"name": METHODS.get(one.name, one.name)} for one in answer.others],
        "frontier": [_point(one) for one in answer.frontier],
        "risk": [
            {
                "symbol": symbols[key],
                "weight": _text(answer.weights[key]),
                "now": _text(answer.shares_now[key]),
                "then": _text(answer.shares_then[key]),
            }
            for key in sorted(answer.weights, key=lambda key: -answer.shares_now[key])
            if answer.shares_now[key] or answer.shares_then[key]
        ],
        "left_out": list(answer.left_out),
    }


def _binding_words(answer: RiskAnswer) -> str:
    words = "; ".join(answer.binding[:SEVERAL])
    said = f"{words[:1].upper()}{words[1:]}." if words else "No limit binds: less risk is not to be had here."
    relaxed = (
        " Your limits cannot be reached in one step; this goes a part of the way."
        if answer.is_relaxed
        else ""
    )
    return f"{said}{relaxed}"[:300]


def _risk_counterfactual(answer: RiskAnswer, symbols: Mapping[UUID, str]) -> str:
    now, _then = _points(answer)
    largest = max(answer.shares_now, key=lambda key: answer.shares_now[key], default=None)
    most = (
        f", and {symbols[largest]} keeps {percent(answer.shares_now[largest], 0)} of the risk"
        if largest
        else ""
    )
    return (
        f"If you do nothing, expect days in the worst twentieth to cost {percent(now.tail)} on average and a "
        f"volatility of {percent(now.volatility)} a year, as in the last {answer.days} days{most}."
    )[:400]


def _promise(said: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """What the evidence of a screen is, honestly: what it gives up too."""
    calmer, more = said["calmer"], said["more"]
    if said["promises"] == "calm":
        lost = Decimal(more[0])
        price = f"; it returned {percent(abs(lost))} {'less' if lost < 0 else 'more'} a year"
        words = f"Its third moved {percent(calmer[0])} less than equal weights out of sample{price}."
    else:
        words = f"Its third returned {percent(more[0])} more a year than equal weights out of sample."
    return words, {
        "calmer": _interval(calmer),
        "more": _interval(more),
        "deflated": said["deflated"],
        "days": str(said["days"]),
    }


def _screen_confidence(said: Mapping[str, Any], evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "words": f"Measured {_span(evidence)} net of cost. {SURVIVORS}",
        "lines": [
            _line("Less volatility than equal weights", _interval(said["calmer"])),
            _line("More return a year than equal weights", _interval(said["more"])),
            _line(_halves_label(said), " and ".join(_half(said, one) for one in said["halves"])),
            _line("Deflated Sharpe ratio of the excess", _ratio(said["deflated"])),
        ],
    }


def _halves_label(said: Mapping[str, Any]) -> str:
    what = "Less volatility" if said["promises"] == "calm" else "More return a day"
    return f"{what}, first half and second"


def _half(said: Mapping[str, Any], text: str) -> str:
    return percent(text, 1 if said["promises"] == "calm" else 2)


def _measured_lines(account: Account, orders: Sequence[Wanted]) -> list[dict[str, str]]:
    """Weights under each limit before and after, those that change."""
    before, later = measured(account), measured(after(account, orders))
    lines = [
        {
            "kind": kind,
            "name": name or "moves with the market",
            "now": _text(before.get((kind, name), ZERO)),
            "then": _text(later.get((kind, name), ZERO)),
        }
        for kind, name in sorted({*before, *later})
        if _text(before.get((kind, name), ZERO)) != _text(later.get((kind, name), ZERO))
    ]
    cash = {"kind": "cash", "name": "cash", "now": _text(account.cash / account.wealth)}
    return [*lines, cash | {"then": _text(after(account, orders).cash / account.wealth)}]


def _weight_after(account: Account, orders: Sequence[Wanted], keys: Iterable[UUID]) -> Decimal:
    wanted = set(keys)
    later = after(account, orders)
    return sum((one.value for one in later.assets if one.key in wanted), ZERO) / later.wealth


def _trades_words(orders: Sequence[Wanted]) -> str:
    """What would be sold and bought, in a few words."""
    sold = [one.asset.symbol for one in orders if one.shares < 0]
    bought = [one.asset.symbol for one in orders if one.shares > 0]
    parts = [f"sell {_listed(sold)}"] if sold else []
    parts += [f"buy {_listed(bought)}"] if bought else []
    return " and ".join(parts) or "change nothing"


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:SEVERAL])
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _cash_words(account: Account) -> str:
    return f"{percent(account.cash / account.wealth)} of it lies in cash"


def _point(one: Point) -> dict[str, str]:
    return {
        "name": one.name,
        "volatility": _text(one.volatility),
        "growth": _text(one.growth),
        "tail": _text(one.tail),
        "turnover": _text(one.turnover),
    }


def _interval(three: Sequence[str]) -> str:
    value, low, high = three
    return f"{percent(value)} ({percent(low)} to {percent(high)})"


def _span(evidence: Mapping[str, Any]) -> str:
    first, last = (day(date.fromisoformat(evidence[name])) for name in ("from", "until"))
    return f"from {first} to {last}"


def _ratio(text: str) -> str:
    return fixed(Decimal(text), 2)


def _line(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _text(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.0001')):f}"
