"""What scans propose, written in sets: new proposals, renewed ones, and what the owner's limits approve."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from common.errors import DomainError
from common.rewriting import rewrite_rows
from common.transactions import write_transaction
from taxharvest.engine.harvest.arithmetic import line_kept
from taxharvest.engine.harvest.benefit import Judgement
from taxharvest.engine.harvest.candidates import Candidate
from taxharvest.engine.harvest.proposals import (
    AutoLimits,
    ProposalState,
    ProposedLot,
    ReplacementChoice,
    at_price,
    auto_objection,
    lots_written,
    replacement_written,
)
from taxharvest.engine.harvest.replacements import Replacement
from taxharvest.models import HarvestPolicy, HarvestScan, TaxHarvest
from taxharvest.selectors.harvest_checks import plans_living
from taxharvest.services.approvals import LIFE, Edits, FiguresMoved, approve_locked
from taxharvest.services.harvest_rows import (
    LONGEST_WORDS,
    facts_of_harvest,
    harvest_line,
    harvests_note,
    harvests_tell,
)
from trading.selectors.controls import exchange_day

Position = tuple[UUID, UUID]

# A position that somebody set aside is left alone for a week, unless its loss has grown by a quarter.
REST = timedelta(days=7)
GROWN = Decimal("1.25")
# What a scan works out anew of a proposal, beside the day that it is of.
FIGURES = (
    "currency", "quantity", "price", "price_as_of", "price_source", "short_loss", "long_loss", "washed",
    "benefit_low", "benefit_high", "costs", "tracking_error", "lots", "replacement", "figures",
)  # fmt: skip
# What a person decides by.
SAID = ("price", "lots", "replacement", "benefit_low", "benefit_high", "costs", "washed")
# Why a proposal was not approved without asking; no scan works it out.
NOT_AUTOMATIC = "not_automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a scan says of one position."""

    candidate: Candidate
    judgement: Judgement
    replacement: Replacement | None

    @property
    def position(self) -> Position:
        """The account and the instrument."""
        return self.candidate.portfolio_id, self.candidate.instrument_id

    @property
    def loss(self) -> Decimal:
        """The loss that would count."""
        return self.candidate.short_loss + self.candidate.long_loss


@write_transaction
def harvests_propose(found: Sequence[Found], *, scan: HarvestScan | None, now: datetime) -> list[TaxHarvest]:
    """Create the one living proposal of each position, or renew it; the same figures change nothing.

    One that an adviser put forward keeps its lots and its replacement and gets the new price alone. A
    position that is being traded, or was set aside lately, gets none: its row comes back as it stands. What
    the owner's limits allow is approved without asking. All are of one day, each position once. It takes a
    handful of statements for all of them, and some more for each that may approve itself.
    """
    if not found:
        return []
    rows = _Rows(found, now)
    fresh = [one for one in found if one.position not in rows.standing]
    made = _created([one for one in fresh if one.position not in rows.living], scan, now)
    renewed = [(rows.living[one.position], one) for one in fresh if one.position in rows.living]
    _put_at_price([pair for pair in renewed if pair[0].state == ProposalState.PROPOSED], now)
    _renewed([pair for pair in renewed if pair[0].state == ProposalState.OPEN], scan, now)
    _approve_themselves([*made.values(), *(harvest for harvest, _ in renewed)], now)
    return [
        rows.standing.get(one.position) or rows.living.get(one.position) or made[one.position]
        for one in found
    ]


def harvest_propose(
    *,
    candidate: Candidate,
    judgement: Judgement,
    replacement: Replacement | None,
    scan: HarvestScan | None,
    now: datetime,
) -> TaxHarvest:
    """`harvests_propose` for one position."""
    found = Found(candidate=candidate, judgement=judgement, replacement=replacement)
    return harvests_propose([found], scan=scan, now=now)[0]


class _Rows:
    """The proposals that there are of some positions, the living ones locked: two queries."""

    def __init__(self, found: Sequence[Found], now: datetime) -> None:
        self.living: dict[Position, TaxHarvest] = {}
        dismissed: dict[Position, TaxHarvest] = {}
        lately = Q(state=ProposalState.DISMISSED, decided_at__gt=now - REST)
        for row in _locked(found, Q(state__in=TaxHarvest.LIVING) | lately):
            position = (row.portfolio_id, row.instrument_id)
            if row.state != ProposalState.DISMISSED:
                self.living[position] = row
                continue
            newest = max(dismissed.get(position, row), row, key=lambda one: one.decided_at or now)
            dismissed[position] = newest
        # Once no living row can be approved any more: else a plan might begin behind this look.
        plans = plans_living({one.candidate.portfolio_id for one in found})
        # Rows that stand against a new proposal: under way, or set aside with no larger loss since.
        self.standing = {
            one.position: dismissed[one.position]
            for one in found
            if one.position in dismissed and one.loss <= dismissed[one.position].loss * GROWN
        } | {position: plan.harvest for position, plan in plans.items()}


def _locked(found: Collection[Found], chosen: Q) -> Iterator[TaxHarvest]:
    """The chosen rows of some positions, locked in one order. One query."""
    positions = {one.position for one in found}
    rows = TaxHarvest.objects.select_for_update(of=("self",)).select_related("portfolio", "instrument")
    of_accounts = rows.filter(
        chosen,
        portfolio_id__in={portfolio_id for portfolio_id, _ in positions},
        instrument_id__in={instrument_id for _, instrument_id in positions},
    )
    for row in of_accounts.order_by("pk"):
        if (row.portfolio_id, row.instrument_id) in positions:
            yield row


def _created(found: Sequence[Found], scan: HarvestScan | None, now: datetime) -> dict[Position, TaxHarvest]:
    """New proposals by position. Where another scan was faster its row is as good; the next one renews it."""
    if not found:
        return {}
    fresh = [_new(one, scan, now) for one in found]
    TaxHarvest.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = {
        (row.portfolio_id, row.instrument_id): row for row in _locked(found, Q(state__in=TaxHarvest.LIVING))
    }
    ours = {row.pk for row in fresh}
    made = [row for row in rows.values() if row.pk in ours]
    text = str(scan.pk) if scan else ""
    harvests_note([harvest_line(row, "create", None, loss=f"{row.loss:f}", scan=text) for row in made])
    harvests_tell(made)
    return rows


def _new(one: Found, scan: HarvestScan | None, now: datetime) -> TaxHarvest:
    portfolio_id, instrument_id = one.position
    harvest = TaxHarvest(portfolio_id=portfolio_id, instrument_id=instrument_id)
    _figures_put(harvest, one)
    harvest.scan, harvest.expires_at = scan, now + LIFE
    return harvest


def _renewed(pairs: Sequence[tuple[TaxHarvest, Found]], scan: HarvestScan | None, now: datetime) -> None:
    """Put the figures of the scan onto open proposals; those that say the same only live on."""
    if not pairs:
        return
    same, changed, told = [], [], []
    for harvest, one in pairs:
        before = _values(harvest, FIGURES)
        _figures_put(harvest, one)
        harvest.scan, harvest.expires_at = scan, now + LIFE
        if _is_same(before, _values(harvest, FIGURES)):
            harvest.figures = before["figures"]
            same.append(harvest)
            continue
        changed.append(harvest)
        if any(before[name] != getattr(harvest, name) for name in SAID):
            harvest.version += 1
            told.append(harvest)
    _live_on(same, scan=scan, day=pairs[0][1].candidate.day, expires_at=now + LIFE)
    rewrite_rows(changed)
    harvests_tell(told)


def _live_on(harvests: Sequence[TaxHarvest], **columns: Any) -> None:
    """Write the same columns of some proposals, most often that they live on. No statement without any."""
    if harvests:
        keys = [harvest.pk for harvest in harvests]
        TaxHarvest.objects.filter(pk__in=keys).update(updated_at=timezone.now(), **columns)


def _put_at_price(pairs: Sequence[tuple[TaxHarvest, Found]], now: datetime) -> None:
    """What an adviser put forward, at the price of the scan: its lots and its replacement stay."""
    same, changed = [], []
    for harvest, one in pairs:
        if one.candidate.price == harvest.price:
            same.append(harvest)
        elif _is_put(harvest, one.candidate):
            changed.append(harvest)
        else:
            # There is no loss left in it: it lives no longer than it would.
            continue
        harvest.expires_at = now + LIFE
    _live_on(same, expires_at=now + LIFE)
    rewrite_rows(changed)
    harvests_tell(changed)


def _is_put(harvest: TaxHarvest, candidate: Candidate) -> bool:
    """Put the price of `candidate` onto a proposal, unless no loss is left at it."""
    facts = at_price(facts_of_harvest(harvest), candidate.price)
    if facts.loss <= 0:
        return False
    harvest.price, harvest.price_as_of = candidate.price, candidate.price_day
    harvest.lots = lots_written(facts.lots)
    harvest.short_loss = sum((lot.loss for lot in facts.lots if lot.term != "long"), Decimal(0))
    harvest.long_loss = facts.loss - harvest.short_loss
    harvest.benefit_low, harvest.benefit_high = facts.benefit_low, facts.benefit_high
    harvest.version += 1
    return True


def _figures_put(harvest: TaxHarvest, found: Found) -> None:
    candidate, judgement, replacement = found.candidate, found.judgement, found.replacement
    harvest.day, harvest.currency = candidate.day, candidate.currency
    harvest.quantity, harvest.price = candidate.quantity, candidate.price
    harvest.price_as_of, harvest.price_source = candidate.price_day, "close"
    harvest.short_loss, harvest.long_loss = candidate.short_loss, candidate.long_loss
    harvest.washed = candidate.washed
    harvest.benefit_low, harvest.benefit_high = judgement.benefit_low, judgement.benefit_high
    harvest.costs = judgement.costs
    harvest.tracking_error = None if replacement is None else replacement.tracking_error
    harvest.lots = lots_written(_lots(candidate))
    harvest.replacement = replacement_written(_parts(replacement))
    harvest.figures = _figures(judgement, replacement)


def _lots(candidate: Candidate) -> list[ProposedLot]:
    return [
        ProposedLot(
            lot_id=lot.lot_id,
            acquired=lot.acquired.isoformat(),
            quantity=lot.quantity,
            basis=lot.basis,
            loss=lot.loss,
            term=lot.term_on(candidate.day).value,
        )
        for lot in candidate.lots
    ]


def _parts(replacement: Replacement | None) -> list[ReplacementChoice]:
    """The parts that the book knows: of another nothing can be bought before it is taken up."""
    if replacement is None:
        return []
    return [
        ReplacementChoice(
            instrument_id=part.instrument_id,
            symbol=part.symbol,
            share=part.share,
            tag=replacement.tag.value,
            reason=replacement.reason,
        )
        for part in replacement.parts
        if part.instrument_id is not None
    ]


def _figures(judgement: Judgement, replacement: Replacement | None) -> dict[str, Any]:
    """The whole arithmetic as text: what the detail page shows of the judgement and of the replacement."""
    kept: dict[str, Any] = {
        "decision": judgement.decision.value,
        "words": judgement.words,
        "deferral": f"{judgement.deferral:f}",
        "rate_difference": f"{judgement.rate_difference:f}",
        "option_value": f"{judgement.option_value:f}",
        "unknown": list(judgement.unknown),
        "lines": [line_kept(line) for line in judgement.lines],
    }
    if replacement is not None:
        correlation, error = replacement.correlation, replacement.tracking_error
        kept["replacement"] = {
            "symbols": list(replacement.symbols),
            "tag": replacement.tag.value,
            "reason": replacement.reason,
            "correlation": None if correlation is None else f"{correlation:f}",
            "tracking_error": None if error is None else f"{error:f}",
            "sample": replacement.sample,
            "source": replacement.source,
            "confidence": replacement.confidence,
        }
    return kept


def _values(harvest: TaxHarvest, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(harvest, name) for name in names}


def _is_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a scan worked out what was there; why it was not approved without asking is none of it."""
    figures = {name: value for name, value in before["figures"].items() if name != NOT_AUTOMATIC}
    return {**before, "figures": figures} == after


def _approve_themselves(harvests: Sequence[TaxHarvest], now: datetime) -> None:
    """Approve what the owners' limits allow. One query tells which accounts have any."""
    candidates = [one for one in harvests if one.state == ProposalState.OPEN and one.replacement]
    if not candidates:
        return
    limited = HarvestPolicy.objects.filter(
        portfolio__in={one.portfolio_id for one in candidates},
        is_enabled=True,
        approves_itself=True,
        set_by__isnull=False,
    )
    accounts = set(limited.values_list("portfolio_id", flat=True))
    for harvest in candidates:
        if harvest.portfolio_id in accounts:
            _approve_itself(harvest, now)


def _approve_itself(harvest: TaxHarvest, now: datetime) -> None:
    """Approve in the name of the owner who set the limits, when all of them allow it; else it stays open."""
    policy = HarvestPolicy.objects.select_for_update(of=("self",)).filter(portfolio=harvest.portfolio_id)
    found = policy.select_related("set_by").first()
    if found is None or not found.is_enabled or found.set_by is None or not harvest.replacement:
        return
    day = exchange_day(now)
    lately = TaxHarvest.objects.filter(
        portfolio=harvest.portfolio_id, approved_itself=True, decided_at__gt=now - timedelta(days=2)
    )
    moments = lately.exclude(decided_at=None).values_list("decided_at", flat=True)
    limits = AutoLimits(
        approves_itself=found.approves_itself,
        most_loss=found.most_loss,
        most_a_day=found.most_a_day,
        most_tracking_error=found.most_tracking_error,
    )
    objection = auto_objection(
        facts_of_harvest(harvest),
        limits,
        approved_today=sum(exchange_day(moment) == day for moment in moments),
        tracking_error=harvest.tracking_error,
    )
    if not objection:
        objection = _approved_for(found.set_by, harvest, now)
    figures = {**harvest.figures, NOT_AUTOMATIC: objection[:LONGEST_WORDS]}
    if objection and found.approves_itself and figures != harvest.figures:
        harvest.figures = figures
        harvest.save(update_fields=["figures", "updated_at"])


def _approved_for(owner: User, harvest: TaxHarvest, now: datetime) -> str:
    """Why the harvest was not approved; empty when it was. A refusal leaves nothing behind."""
    if not TaxHarvest.objects.tradable_by(owner).filter(pk=harvest.pk).exists():
        return "Whoever set the limits may not trade in this account any more."
    kept = {field.attname: getattr(harvest, field.attname) for field in harvest._meta.concrete_fields}
    try:
        with transaction.atomic():
            approve_locked(owner, harvest, Edits(), now, is_automatic=True)
    except (DomainError, FiguresMoved) as refusal:
        for name, value in kept.items():
            setattr(harvest, name, value)
        return str(refusal)
    return ""
