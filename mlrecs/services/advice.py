"""Looking for advice, account by account: what suits first, then risk, diversification, opportunities."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.transactions import write_transaction
from mlrecs.engine.advice_words import (
    calibration,
    lean_advice,
    opportunity_advice,
    overlap_advice,
    risk_advice,
)
from mlrecs.engine.diversification import broad_fund, leans, overlap_of, spread_again
from mlrecs.engine.optimising import CappedGroup, RiskAnswer, RiskQuestion, ViewHeld
from mlrecs.engine.return_table import ReturnTable
from mlrecs.engine.suitability import Asset, Limits, Wanted, fitted_orders, violations
from mlrecs.models import AdviceRun, Recommendation
from mlrecs.selectors.advice_facts import (
    AdviceFacts,
    advice_facts,
    adviser_of,
    portfolio_advised,
    sale_taxes,
    sector_targets,
    views_held,
)
from mlrecs.selectors.evidence import evidence_newest, method_version
from mlrecs.selectors.risk_profiles import limits_held
from mlrecs.services.advice_costs import HALF_SPREAD, advice_costs
from mlrecs.services.recommendations import recommendation_put
from trading.selectors.controls import exchange_day

ZERO, ONE, TWO = Decimal(0), Decimal(1), Decimal(2)
Kind = Recommendation.Kind
LIFE = timedelta(days=14)
# A change that takes less than a twentieth off the risk is not worth telling.
WORTH_TELLING = Decimal("0.05")
OPPORTUNITY = Decimal("0.04")
LONGEST_WORDS = 300
# How often what the wash guard stops is left out before the advice is given up.
TRIES = 4
NO_PROFILE = "Nothing is advised before the questions about risk are answered."


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceTools:
    """What works on arrays, handed in by whoever may load them.

    `answer` optimises, `ranked` orders assets by a factor, `overlapping` finds funds that move as one.
    """

    answer: Callable[[RiskQuestion], RiskAnswer]
    ranked: Callable[[ReturnTable, str], Mapping[UUID, Decimal]]
    overlapping: Callable[[ReturnTable, Collection[UUID]], Mapping[tuple[UUID, UUID], str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """One look for advice in one account."""

    facts: AdviceFacts
    limits: Limits
    tools: AdviceTools
    evidence: Mapping[str, Any]
    data_until: date
    now: datetime


class NothingToSay(Exception):
    """Why nothing could be advised, in words for a person."""


def advice_look(portfolio_id: UUID, now: datetime, tools: AdviceTools) -> int:
    """Look for all kinds of advice in one account; returns how many new recommendations came of it.

    What stood against a kind is kept with its reason (`AdviceRun`), and what was advised before keeps
    standing. Without answers about risk nothing is advised at all.
    """
    portfolio = portfolio_advised(portfolio_id)
    if portfolio is None:
        return 0
    limits = limits_held(portfolio.household_id)
    facts = advice_facts(portfolio, exchange_day(now))
    found = 0
    for kind, look in LOOKS.items():
        try:
            desk = _desk(facts, limits, tools, now)
            made = look(desk)
        except NothingToSay as reason:
            run_note(portfolio, kind, now, words=str(reason))
        else:
            run_note(portfolio, kind, now, good_until=desk.data_until)
            found += made
    return found


@write_transaction
def run_note(
    portfolio: Any, kind: str, now: datetime, *, good_until: date | None = None, words: str = ""
) -> None:
    """Keep how the last look of a kind went; the day of the last good one stays."""
    values: dict[str, Any] = {"ran_at": now, "words": words[:LONGEST_WORDS]}
    if good_until is not None:
        values["good_until"] = good_until
    AdviceRun.objects.update_or_create(portfolio=portfolio, kind=kind, defaults=values)


def _desk(facts: AdviceFacts, limits: Limits | None, tools: AdviceTools, now: datetime) -> _Desk:
    if limits is None:
        raise NothingToSay(NO_PROFILE)
    if facts.data_until is None or facts.account.wealth <= 0 or not facts.held:
        raise NothingToSay("There is nothing in this account that can be looked at.")
    return _Desk(
        facts=facts,
        limits=limits,
        tools=tools,
        evidence=evidence_newest(),
        data_until=facts.data_until,
        now=now,
    )


def _risk(desk: _Desk) -> int:
    """The least tail loss within the limits; with views of the household, what they would make of it too."""
    found = _optimised(desk, {})
    views = {
        key: one
        for key, one in views_held(desk.facts.portfolio.household_id).items()
        if key in desk.facts.assets
    }
    return found + (_optimised(desk, views) if views else 0)


def _optimised(desk: _Desk, views: Mapping[UUID, ViewHeld]) -> int:
    question = _question(desk, views)
    answer = desk.tools.answer(question)
    if answer.reason or answer.now is None or answer.proposed is None:
        raise NothingToSay(answer.reason or "The optimiser found no answer.")
    gain = ONE - answer.proposed.tail / answer.now.tail if answer.now.tail > 0 else ZERO
    if not views and gain < WORTH_TELLING:
        return 0
    orders, costs = _ordered(desk, answer.weights)
    volatility = None if views else (answer.now.volatility, answer.proposed.volatility)
    if not _may_advise(desk, orders, volatility):
        return 0
    name = f"views:{desk.facts.portfolio.pk}" if views else f"risk:{desk.facts.portfolio.pk}"
    content = risk_advice(
        answer,
        symbols=question.names,
        account=desk.facts.portfolio.name,
        most_volatility=desk.limits.most_volatility,
        views=views,
        evidence=desk.evidence,
        orders=orders,
    )
    return _put(desk, Kind.RISK, name, (orders, costs), content, method=answer.method)


def _question(desk: _Desk, views: Mapping[UUID, ViewHeld]) -> RiskQuestion:
    """What the household holds anywhere or has a view of, within its limits; what is locked stays out."""
    facts, limits = desk.facts, desk.limits
    chosen = [
        one
        for one in facts.account.assets
        if not one.is_locked and (one.shares > 0 or one.key in facts.ours) and not _is_barred(one, limits)
    ]
    keys = [one.key for one in chosen]
    places = [facts.table.instrument_ids.index(key) for key in keys]
    return RiskQuestion(
        table=ReturnTable(
            days=facts.table.days,
            instrument_ids=tuple(keys),
            values=tuple(tuple(row[place] for place in places) for row in facts.table.values),
        ),
        names={one.key: one.symbol for one in chosen},
        held={one.key: facts.weight(one.key) for one in chosen},
        most={one.key: _most(one, facts, limits) for one in chosen},
        turnover=TWO * limits.most_exchanged,
        half_spread=HALF_SPREAD,
        groups=tuple(_groups(chosen, limits)),
        taxes=sale_taxes(facts),
        views=views,
    )


def _groups(chosen: Sequence[Asset], limits: Limits) -> list[CappedGroup]:
    """Sectors of shares, regions, and all that moves with the market."""
    found = [
        CappedGroup(
            name=sector,
            keys=frozenset(one.key for one in chosen if one.sector == sector and not one.is_fund),
            most=limits.most_sector,
        )
        for sector in sorted({one.sector for one in chosen if one.sector and not one.is_fund})
    ]
    equity = [one for one in chosen if one.is_equity]
    regions = sorted({one.region for one in equity if one.region}) if limits.most_region < ONE else []
    found += [
        CappedGroup(
            name=region,
            keys=frozenset(one.key for one in equity if one.region == region),
            most=limits.most_region,
        )
        for region in regions
    ]
    whole = CappedGroup(
        name="What moves with the market", keys=frozenset(one.key for one in equity), most=limits.most_equity
    )
    return [*found, whole]


def _most(asset: Asset, facts: AdviceFacts, limits: Limits) -> Decimal:
    """The cap of one asset: none for funds; what is excluded may be kept and not grow."""
    if asset.symbol.upper() in limits.excluded or asset.sector in limits.excluded_sectors:
        return facts.weight(asset.key)
    return ONE if asset.is_fund else limits.most_single


def _is_barred(asset: Asset, limits: Limits) -> bool:
    """Whether an asset that is not held must not be bought."""
    excluded = asset.symbol.upper() in limits.excluded or asset.sector in limits.excluded_sectors
    return excluded and asset.shares <= 0


def _diversification(desk: _Desk) -> int:
    """Each lean beyond its limit, and funds on the same thing."""
    facts = desk.facts
    found = 0
    for lean in leans(facts.account, desk.limits, sector_targets(facts.portfolio.household_id)):
        into = broad_fund(facts.account.assets, facts.indices, desk.limits)
        orders, costs = _ordered(desk, spread_again(facts.account, lean, into))
        if not _is_sold(orders) or not _may_advise(desk, orders):
            continue
        content = lean_advice(lean, facts.account, orders, facts.portfolio.name)
        found += _put(
            desk, Kind.DIVERSIFICATION, f"{lean.subject}:{facts.portfolio.pk}"[:120], (orders, costs), content
        )
    return found + _overlaps(desk)


def _overlaps(desk: _Desk) -> int:
    facts = desk.facts
    funds = [one.key for one in facts.held if one.is_fund and not one.is_locked]
    found = 0
    for pair, correlation in desk.tools.overlapping(facts.table, funds).items():
        kept, other = overlap_of(facts.account, pair)
        wanted = {other.key: ZERO, kept.key: facts.weight(kept.key) + facts.weight(other.key)}
        orders, costs = _ordered(desk, wanted)
        if not _is_sold(orders) or not _may_advise(desk, orders):
            continue
        content = overlap_advice((kept, other), correlation, facts.account, orders, facts.portfolio.name)
        subject = f"overlap:{kept.symbol}:{other.symbol}:{facts.portfolio.pk}"[:120]
        found += _put(desk, Kind.DIVERSIFICATION, subject, (orders, costs), content)
    return found


def _opportunity(desk: _Desk) -> int:
    """The best of a screen whose evidence clears its bar, in a small size; nothing where none does."""
    screens = desk.evidence.get("screens", {})
    if not screens:
        raise NothingToSay("The evidence for the screens has not been measured yet.")
    clear = [factor for factor, said in screens.items() if said["is_clear"]]
    if not clear:
        raise NothingToSay("No screen's evidence clears its bar, so none is shown.")
    return sum(_screened(desk, factor) for factor in clear)


def _screened(desk: _Desk, factor: str) -> int:
    facts = desk.facts
    ranks = desk.tools.ranked(facts.table, factor)
    assets = facts.assets
    fit = [
        assets[key]
        for key in ranks
        if assets[key].is_equity and not assets[key].is_locked and not _is_barred(assets[key], desk.limits)
    ]
    best = next((one for one in fit if facts.weight(one.key) < OPPORTUNITY / TWO), None)
    if best is None or fit.index(best) >= max(len(fit) // 3, 1):
        return 0
    orders, costs = _ordered(desk, _funded(desk, best, fit))
    if not any(one.shares > 0 for one in orders) or not _may_advise(desk, orders):
        return 0
    content = opportunity_advice(
        best,
        factor,
        place=fit.index(best) + 1,
        count=len(fit),
        score=ranks[best.key],
        evidence=desk.evidence,
        account=facts.account,
        orders=orders,
        name=facts.portfolio.name,
    )
    return _put(desk, Kind.OPPORTUNITY, f"{factor}:{facts.portfolio.pk}", (orders, costs), content)


def _funded(desk: _Desk, best: Asset, fit: Sequence[Asset]) -> dict[UUID, Decimal]:
    """A small position, paid from cash, and where there is too little from what ranks last and is held."""
    account = desk.facts.account
    free = account.cash / account.wealth - desk.limits.least_cash
    wanted = {best.key: desk.facts.weight(best.key) + OPPORTUNITY}
    last = next((one for one in reversed(fit) if one.shares > 0 and one.key != best.key), None)
    if free < OPPORTUNITY and last is not None:
        wanted[last.key] = max(desk.facts.weight(last.key) - (OPPORTUNITY - max(free, ZERO)), ZERO)
    return wanted


def _ordered(desk: _Desk, wanted: Mapping[UUID, Decimal]) -> tuple[tuple[Wanted, ...], dict[str, Any]]:
    """Orders towards the weights, and their costs; what the wash guard would not let pass is left alone."""
    portfolio = desk.facts.portfolio
    user = adviser_of(portfolio.household_id)
    account = desk.facts.account
    for _ in range(TRIES):
        orders = fitted_orders(account, wanted, desk.limits)
        costs = advice_costs(user, portfolio.pk, orders, desk.now)
        blocked = set(costs.pop("blocked"))
        if not blocked:
            return orders, costs
        assets = tuple(
            replace(one, is_locked=True) if one.symbol in blocked else one for one in account.assets
        )
        account = replace(account, assets=assets)
    return (), {}


def _may_advise(
    desk: _Desk, orders: Sequence[Wanted], volatility: tuple[Decimal, Decimal] | None = None
) -> bool:
    """Whether there is something to do and nothing of it breaks a limit."""
    return bool(orders) and not violations(desk.facts.account, orders, desk.limits, volatility)


def _is_sold(orders: Sequence[Wanted]) -> bool:
    """Whether anything is sold: what is locked cannot be, and buying alone spreads nothing."""
    return any(one.shares < 0 for one in orders)


def _put(
    desk: _Desk,
    kind: str,
    subject: str,
    ordered: tuple[Sequence[Wanted], Mapping[str, Any]],
    content: Mapping[str, Any],
    *,
    method: str = "",
) -> int:
    """Put it forward, with its orders and their costs."""
    orders, costs = ordered
    portfolio = desk.facts.portfolio
    row = recommendation_put(
        household=portfolio.household,
        portfolio=portfolio,
        kind=kind,
        subject=subject,
        costs=costs,
        orders=[_row(one, portfolio.pk) for one in orders],
        confidence=content["confidence"] if "confidence" in content else calibration(desk.evidence, method),
        data_until=desk.data_until,
        expires_at=desk.now + LIFE,
        now=desk.now,
        model=method_version(method) if method else None,
        **{name: value for name, value in content.items() if name != "confidence"},
    )
    return 0 if row is None else 1


def _row(wanted: Wanted, portfolio_id: UUID) -> dict[str, str]:
    """A row of a basket."""
    return {
        "portfolio": str(portfolio_id),
        "side": "buy" if wanted.shares > 0 else "sell",
        "symbol": wanted.asset.symbol,
        "instrument": str(wanted.asset.key),
        "quantity": f"{abs(wanted.shares):f}",
        "price": f"{wanted.asset.price:f}",
    }


LOOKS: Mapping[str, Callable[[_Desk], int]] = {
    Kind.RISK: _risk,
    Kind.DIVERSIFICATION: _diversification,
    Kind.OPPORTUNITY: _opportunity,
}
