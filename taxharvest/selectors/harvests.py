"""Harvest proposals as a person may see them: what waits for a decision, what was refused and why."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Viewer
from common.errors import DomainError, NotFound
from portfolios.engine.figures import amount_text, day_text
from portfolios.engine.records import LotChoice
from portfolios.models import Instrument, Portfolio
from portfolios.selectors.scopes import Scope
from taxharvest.engine.harvest.arithmetic import FigureLine, line_read
from taxharvest.engine.harvest.benefit import Decision
from taxharvest.engine.harvest.outlook import Prospect, if_nothing_is_done, risks
from taxharvest.engine.harvest.proposals import (
    ProposedLot,
    ReplacementChoice,
    lots_read,
    replacement_read,
)
from taxharvest.models import HarvestAlert, HarvestPlan, TaxHarvest
from taxharvest.selectors.order_taxes import order_tax_look
from taxharvest.selectors.people import people_unseen, sees_taxes_of
from taxharvest.selectors.scan_coverage import Coverage, coverage_of, last_looks
from trading.engine.records import Side

ZERO = Decimal(0)
DECISIONS: Mapping[str, str] = {
    Decision.WASHED: "Would be washed",
    Decision.WAIT: "Better to wait",
    Decision.TOO_SMALL: "Too small",
    Decision.NO_REPLACEMENT: "Nothing to hold instead",
    Decision.UNJUDGED: "Not judged",
}
# Refused ones in this order: what may change soon first.
ORDER = (Decision.WASHED, Decision.NO_REPLACEMENT, Decision.UNJUDGED, Decision.WAIT, Decision.TOO_SMALL)
HIDDEN = "What it is worth rests on the household’s tax profile, which is not yours to see."
DECIDED = (
    TaxHarvest.State.APPROVED,
    TaxHarvest.State.HARVESTED,
    TaxHarvest.State.STOPPED,
    TaxHarvest.State.DISMISSED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestLine:
    """A proposal in a list. Benefits are None for who may not see the household's taxes.

    `unknown` are symbols of a replacement that the book does not know yet, so that nothing can be bought.
    """

    harvest: TaxHarvest
    account: str
    symbol: str
    name: str
    replacement: tuple[ReplacementChoice, ...]
    unknown: tuple[str, ...]
    benefit_low: Decimal | None
    benefit_high: Decimal | None
    plan_id: UUID | None

    @property
    def is_range(self) -> bool:
        """Whether the benefit is known as a range alone."""
        return self.benefit_low != self.benefit_high

    @property
    def bought(self) -> str:
        """What is bought instead, by symbol."""
        return ", ".join(part.symbol for part in self.replacement)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A position under water that the last scan did not propose, with the reason to the share."""

    portfolio_id: UUID
    account: str
    instrument_id: UUID
    symbol: str
    currency: str
    shares: Decimal
    loss: Decimal
    decision: Decision
    label: str
    sentences: tuple[str, ...]
    free_on: date | None
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestInbox:
    """Everything about harvesting in one scope: what to decide, what was refused, and what was looked at."""

    scope: Scope
    proposals: tuple[HarvestLine, ...]
    refused: tuple[RefusedLine, ...]
    decided: tuple[HarvestLine, ...]
    coverage: Coverage
    alerts: tuple[HarvestAlert, ...]
    sees_taxes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of the replacement: correlation and tracking error from `sample` days of own closes."""

    symbols: tuple[str, ...]
    tag: str
    reason: str
    correlation: Decimal | None
    tracking_error: Decimal | None
    sample: int
    source: str
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestReport:
    """One proposal with everything that a person decides by.

    `lines` is the arithmetic, empty for who may not see the household's taxes (`reason` then says so).
    `verdict` says in words what the wash-sale rule would do today, `traps` what is still to come.
    """

    line: HarvestLine
    lots: tuple[ProposedLot, ...]
    lines: tuple[FigureLine, ...]
    deferral: Decimal | None
    rate_difference: Decimal | None
    option_value: Decimal | None
    words: str
    reason: str
    unknown: tuple[str, ...]
    evidence: Evidence | None
    verdict: str
    first_free: date | None
    traps: tuple[str, ...]
    drift: Decimal | None
    risks: tuple[str, ...]
    if_nothing: tuple[str, ...]

    @property
    def value(self) -> Decimal:
        """What the lots are worth at the price of the proposal."""
        return sum((lot.value for lot in self.lots), ZERO)


def harvest_inbox(user: Viewer, scope: Scope) -> HarvestInbox:
    """What there is to decide and to know in the accounts of `scope`, most money first."""
    settled = harvest_rows(user, scope, DECIDED).order_by("-decided_at", "-id")[:20]
    sees_taxes = sees_taxes_of(user, scope.household_id)
    alerts = HarvestAlert.objects.visible_to(user).filter(
        portfolio_id__in=scope.portfolio_ids, closed_at__isnull=True
    )
    return HarvestInbox(
        scope=scope,
        proposals=tuple(harvest_lines(user, scope)),
        refused=tuple(refused_lines(user, scope, sees_taxes=sees_taxes)),
        decided=tuple(_line(row, sees_taxes) for row in settled),
        coverage=coverage_of(scope),
        alerts=tuple(alerts.order_by("-at_stake", "seen_at", "pk")),
        sees_taxes=sees_taxes,
    )


def harvest_rows(user: Viewer, scope: Scope, states: Collection[str]) -> QuerySet[TaxHarvest]:
    """The proposals in the accounts of `scope` in these states, as far as `user` may see them."""
    rows: QuerySet[TaxHarvest] = TaxHarvest.objects.visible_to(user).filter(
        portfolio_id__in=scope.portfolio_ids, state__in=states
    )
    return rows.select_related("portfolio", "instrument", "plan")


def harvest_lines(user: Viewer, scope: Scope) -> list[HarvestLine]:
    """The proposals of `scope` that wait for a decision, largest loss first."""
    sees_taxes = sees_taxes_of(user, scope.household_id)
    lines = [_line(row, sees_taxes) for row in harvest_rows(user, scope, TaxHarvest.LIVING)]
    return sorted(lines, key=_by_loss)


def harvest_report(user: Viewer, harvest_id: UUID, day: date) -> HarvestReport:
    """One proposal as it stands on `day`. Raises NotFound for one that `user` may not see."""
    rows = TaxHarvest.objects.visible_to(user).select_related("portfolio", "instrument", "plan")
    harvest = rows.filter(pk=harvest_id).first()
    if harvest is None:
        raise NotFound("There is no such proposal.", code="not-found")
    return report_of(harvest, day, sees_taxes=sees_taxes_of(user, harvest.portfolio.household_id))


def report_of(harvest: TaxHarvest, day: date, *, sees_taxes: bool) -> HarvestReport:
    """The report of a proposal that somebody may see; what its taxes tell only with `sees_taxes`."""
    figures = harvest.figures
    lots = lots_read(harvest.lots)
    line = _line(harvest, sees_taxes)
    evidence = _evidence(figures.get("replacement"), line)
    verdict, first_free, traps = _wash_now(harvest, lots, day)
    prospect = Prospect(
        symbol=line.symbol,
        currency=harvest.currency,
        lots=lots,
        price=harvest.price,
        quantity=harvest.quantity,
        expires_at=harvest.expires_at,
        replacement=line.bought or "what is bought instead",
        tag=evidence.tag if evidence else "",
        tracking_error=evidence.tracking_error if evidence else None,
        sample=evidence.sample if evidence else 0,
        unseen=people_unseen(harvest.portfolio.household_id),
    )
    return HarvestReport(
        line=line,
        lots=lots,
        lines=tuple(line_read(kept) for kept in figures.get("lines", ())) if sees_taxes else (),
        deferral=_figure(figures, "deferral", sees_taxes),
        rate_difference=_figure(figures, "rate_difference", sees_taxes),
        option_value=_figure(figures, "option_value", sees_taxes),
        words=figures.get("words", "") if sees_taxes else "",
        reason="" if sees_taxes else HIDDEN,
        unknown=tuple(figures.get("unknown", ())) if sees_taxes else (),
        evidence=evidence,
        verdict=verdict,
        first_free=first_free,
        traps=traps,
        drift=prospect.drift,
        risks=tuple(risks(prospect, traps)),
        if_nothing=tuple(if_nothing_is_done(prospect, day)),
    )


def refused_lines(user: Viewer, scope: Scope, *, sees_taxes: bool) -> list[RefusedLine]:
    """What the last scan of each account of `scope` found under water and did not propose."""
    kept = [
        (row, decision)
        for row in last_looks(scope.portfolio_ids)
        for decision in row.decisions
        if decision["decision"] in DECISIONS
    ]
    people = _People(user, scope, [decision for _, decision in kept])
    lines = [
        RefusedLine(
            portfolio_id=row.portfolio_id,
            account=scope.names[row.portfolio_id],
            instrument_id=UUID(decision["instrument"]),
            symbol=decision["symbol"],
            currency=decision["currency"],
            shares=Decimal(decision["shares"]),
            loss=Decimal(decision["loss"]),
            decision=Decision(decision["decision"]),
            label=DECISIONS[decision["decision"]],
            sentences=tuple(_sentences(decision, people, sees_taxes=sees_taxes)),
            free_on=_day(decision.get("free_on")),
            day=row.scan.day,
        )
        for row, decision in kept
    ]
    return sorted(lines, key=lambda line: (ORDER.index(line.decision), -line.loss, line.symbol))


def _sentences(decision: Mapping[str, Any], people: "_People", *, sees_taxes: bool) -> Iterable[str]:
    """Why a position was refused: for a washed one, purchase by purchase, to the share."""
    causes = decision.get("causes", ())
    if not causes:
        # The words of a judgement tell what the loss is worth, and so what the household earns.
        is_told = sees_taxes or decision["decision"] not in {Decision.WAIT, Decision.TOO_SMALL}
        yield decision["words"] if is_told else HIDDEN
        return
    currency, shares = decision["currency"], Decimal(decision["shares"])
    for cause in _together(causes):
        fate = "lost for good" if cause["is_permanent"] else "deferred into the basis of what was bought"
        yield (
            f"{_plain(cause['sold'])} of {_plain(shares)} shares would be washed by "
            f"{people.purchase(cause)}: {amount_text(cause['disallowed'], currency)} {fate}."
        )
    if decision.get("free_on"):
        free = day_text(date.fromisoformat(decision["free_on"]))
        yield f"From {free} on, nothing bought so far washes it."


def _together(causes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The matches of one purchase as one cause: the rule matches lot by lot."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for cause in causes:
        key = (cause["portfolio"], cause["instrument"], cause["day"], str(cause["is_permanent"]))
        one = found.setdefault(key, dict(cause) | {"shares": ZERO, "sold": ZERO, "disallowed": ZERO})
        for name in ("shares", "sold", "disallowed"):
            one[name] += Decimal(cause[name])
    return list(found.values())


class _People:
    """Whose purchase it was, as far as `user` may see the account it was made in."""

    def __init__(self, user: Viewer, scope: Scope, decisions: Iterable[Mapping[str, Any]]) -> None:
        causes = [cause for decision in decisions for cause in decision.get("causes", ())]
        visible = Portfolio.objects.visible_to(user).filter(household_id=scope.household_id)
        self._accounts: dict[str, tuple[str, str]] = {}
        if causes:
            rows = visible.values_list("pk", "name", "holder__name")
            self._accounts = {str(key): (name, holder) for key, name, holder in rows}
        instruments = {cause["instrument"] for cause in causes}
        symbols = Instrument.objects.filter(pk__in=instruments).values_list("pk", "symbol")
        self._symbols = {str(key): symbol for key, symbol in symbols}

    def purchase(self, cause: Mapping[str, Any]) -> str:
        """The purchase in words: by whom, how much of what, when, and in which account."""
        what = f"{_plain(cause['shares'])} {self._symbols.get(cause['instrument'], 'shares')}"
        day = day_text(date.fromisoformat(cause["day"]))
        if cause["portfolio"] not in self._accounts:
            return f"a purchase of {what} on {day} elsewhere in the household"
        account, holder = self._accounts[cause["portfolio"]]
        return f"{_possessive(holder.split()[0])} purchase of {what} on {day} in {account}"


def _possessive(name: str) -> str:
    return f"{name}’" if name.endswith("s") else f"{name}’s"


def _wash_now(
    harvest: TaxHarvest, lots: Sequence[ProposedLot], day: date
) -> tuple[str, date | None, tuple[str, ...]]:
    """What the rule says today of selling these lots, and what is planned that would wash them."""
    if harvest.state not in TaxHarvest.LIVING:
        return "", None, ()
    try:
        look = order_tax_look(
            portfolio_id=harvest.portfolio_id,
            instrument_id=harvest.instrument_id,
            side=Side.SELL,
            quantity=sum((lot.quantity for lot in lots), ZERO),
            price=harvest.price,
            day=day,
            lots=[LotChoice(lot_id=lot.lot_id, quantity=lot.quantity) for lot in lots],
        )
    except DomainError as refusal:
        return str(refusal), None, ()
    clear = "Clear: nothing that was bought in the last thirty days, in any account, washes this loss."
    return look.wash_words or clear, look.first_free, tuple(trap.words for trap in look.traps)


def _line(harvest: TaxHarvest, sees_taxes: bool) -> HarvestLine:  # noqa: FBT001 - of a map
    plan: HarvestPlan | None = getattr(harvest, "plan", None)
    return HarvestLine(
        harvest=harvest,
        account=harvest.portfolio.name,
        symbol=harvest.instrument.symbol,
        name=harvest.instrument.name,
        replacement=replacement_read(harvest.replacement),
        unknown=_unknown(harvest),
        benefit_low=harvest.benefit_low if sees_taxes else None,
        benefit_high=harvest.benefit_high if sees_taxes else None,
        plan_id=None if plan is None else plan.pk,
    )


def _unknown(harvest: TaxHarvest) -> tuple[str, ...]:
    named = harvest.figures.get("replacement", {}).get("symbols", ())
    known = {part["symbol"] for part in harvest.replacement}
    return () if known else tuple(named)


def _by_loss(line: HarvestLine) -> tuple[Decimal, str]:
    return -line.harvest.loss, line.symbol


def _evidence(kept: Mapping[str, Any] | None, line: HarvestLine) -> Evidence | None:
    """What is known of the replacement that was proposed; nothing is of one that a person chose instead."""
    chosen = {part.symbol for part in line.replacement}
    if kept is None or (chosen and chosen != set(kept["symbols"])):
        return None
    return Evidence(
        symbols=tuple(kept["symbols"]),
        tag=kept["tag"],
        reason=kept["reason"],
        correlation=_number(kept["correlation"]),
        tracking_error=_number(kept["tracking_error"]),
        sample=kept["sample"],
        source=kept["source"],
        confidence=kept["confidence"],
    )


def _figure(figures: Mapping[str, Any], name: str, is_told: bool) -> Decimal | None:  # noqa: FBT001 - a gate
    return _number(figures.get(name)) if is_told else None


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return None if not text else date.fromisoformat(text)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"
