"""The life of a harvest proposal: made and renewed by scans, approved, put forward, dismissed, expired."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from common.errors import Conflict, DomainError, InvalidInput
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
from taxharvest.selectors.harvest_checks import plan_living_of
from taxharvest.services.approvals import (
    LIFE,
    Edits,
    FiguresMoved,
    approve_locked,
    harvest_approve,
    harvest_put_forward,
)
from taxharvest.services.harvest_rows import (
    LONGEST_WORDS,
    facts_of_harvest,
    harvest_audit,
    harvest_decided,
    harvest_lock,
    harvest_step,
    harvest_tell,
    harvest_tradable,
)
from trading.selectors.controls import exchange_day

__all__ = [
    "harvest_approve",
    "harvest_dismiss",
    "harvest_propose",
    "harvest_put_forward",
    "harvests_expire",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a scan says of one position."""

    candidate: Candidate
    judgement: Judgement
    replacement: Replacement | None
    scan: HarvestScan | None


# A position that somebody set aside is left alone for a week, unless its loss has grown by a quarter.
REST = timedelta(days=7)
GROWN = Decimal("1.25")


@write_transaction
def harvest_propose(
    *,
    candidate: Candidate,
    judgement: Judgement,
    replacement: Replacement | None,
    scan: HarvestScan | None,
    now: datetime,
) -> TaxHarvest:
    """Create the one living proposal of a position, or renew it; the same figures change nothing.

    One that an adviser put forward keeps its lots and its replacement and gets the new price alone. A
    position that is being traded, or was set aside lately, gets none: its row comes back as it stands. What
    the owner's limits allow is approved without asking.
    """
    standing = _standing(candidate, now)
    if standing is not None:
        return standing
    found = Found(candidate=candidate, judgement=judgement, replacement=replacement, scan=scan)
    harvest = _living(candidate)
    if harvest is None:
        harvest = _created(found, now)
    elif harvest.state == ProposalState.PROPOSED:
        _put_at_price(harvest, candidate, now)
    else:
        _renewed(harvest, found, now)
    if harvest.state == ProposalState.OPEN:
        _approve_itself(harvest, now)
    return harvest


@write_transaction
def harvest_dismiss(user: User, harvest_id: UUID, *, reason: str, now: datetime) -> TaxHarvest:
    """Set a proposal aside, with the reason; done twice it changes nothing.

    Raises NotFound for one that is not the user's to decide about, InvalidInput without a reason, and
    Conflict when somebody has decided otherwise.
    """
    words = reason.strip()
    if not words:
        sentence = "Say why, in a word or two: it is kept with the proposal."
        raise InvalidInput(sentence, code="invalid-input", fields={"reason": [sentence]})
    harvest_tradable(user, harvest_id)
    harvest = harvest_lock(harvest_id)
    if harvest.state == ProposalState.DISMISSED:
        return harvest
    if not ProposalState(harvest.state).is_living:
        state = harvest.get_state_display().lower()
        raise Conflict(f"The proposal is {state} already.", code="harvest-settled")
    harvest_step(harvest, ProposalState.DISMISSED)
    harvest_decided(harvest, user, now, words)
    harvest.save()
    harvest_audit(harvest, "dismiss", user, reason=harvest.reason)
    harvest_tell(harvest)
    return harvest


@write_transaction
def harvests_expire(now: datetime) -> int:
    """End living proposals whose time is over; returns how many."""
    rows = TaxHarvest.objects.select_for_update(of=("self",)).filter(
        state__in=TaxHarvest.LIVING, expires_at__lte=now
    )
    harvests = list(rows.select_related("portfolio", "instrument").order_by("pk"))
    for harvest in harvests:
        harvest_step(harvest, ProposalState.EXPIRED)
        harvest.reason = "Nobody decided in time."
        harvest.save()
        harvest_audit(harvest, "expire", None)
        harvest_tell(harvest)
    return len(harvests)


def _standing(candidate: Candidate, now: datetime) -> TaxHarvest | None:
    """A row that stands against a new proposal: under way, or set aside lately with no larger loss since."""
    plan = plan_living_of(candidate.portfolio_id, candidate.instrument_id)
    if plan is not None:
        return plan.harvest
    mine = TaxHarvest.objects.filter(
        portfolio_id=candidate.portfolio_id, instrument_id=candidate.instrument_id
    )
    dismissed: TaxHarvest | None = (
        mine.filter(state=ProposalState.DISMISSED, decided_at__gt=now - REST).order_by("-decided_at").first()
    )
    if dismissed is None or _loss(candidate) > dismissed.loss * GROWN:
        return None
    return dismissed


def _living(candidate: Candidate) -> TaxHarvest | None:
    rows = TaxHarvest.objects.select_for_update(of=("self",)).select_related("portfolio", "instrument")
    found: TaxHarvest | None = rows.filter(
        portfolio_id=candidate.portfolio_id,
        instrument_id=candidate.instrument_id,
        state__in=TaxHarvest.LIVING,
    ).first()
    return found


def _created(found: Found, now: datetime) -> TaxHarvest:
    candidate, scan = found.candidate, found.scan
    harvest = TaxHarvest(portfolio_id=candidate.portfolio_id, instrument_id=candidate.instrument_id)
    _figures_put(harvest, found)
    harvest.scan, harvest.expires_at = scan, now + LIFE
    try:
        with transaction.atomic():
            harvest.save(force_insert=True)
    except IntegrityError:
        # Another scan was faster: its row is as good, and the next one renews it.
        theirs = _living(candidate)
        if theirs is None:
            raise
        return theirs
    harvest_audit(harvest, "create", None, loss=f"{harvest.loss:f}", scan=str(scan.pk) if scan else "")
    harvest_tell(harvest)
    return harvest


def _renewed(harvest: TaxHarvest, found: Found, now: datetime) -> None:
    before = _said(harvest)
    _figures_put(harvest, found)
    harvest.scan, harvest.expires_at = found.scan, now + LIFE
    if _said(harvest) != before:
        harvest.version += 1
        harvest_tell(harvest)
    harvest.save()


def _put_at_price(harvest: TaxHarvest, candidate: Candidate, now: datetime) -> None:
    """What an adviser put forward, at the price of the scan: its lots and its replacement stay."""
    if candidate.price == harvest.price:
        harvest.expires_at = now + LIFE
        harvest.save()
        return
    facts = at_price(facts_of_harvest(harvest), candidate.price)
    if facts.loss <= 0:
        return
    harvest.price, harvest.price_as_of = candidate.price, candidate.price_day
    harvest.lots = lots_written(facts.lots)
    harvest.short_loss = sum((lot.loss for lot in facts.lots if lot.term != "long"), Decimal(0))
    harvest.long_loss = facts.loss - harvest.short_loss
    harvest.benefit_low, harvest.benefit_high = facts.benefit_low, facts.benefit_high
    harvest.expires_at = now + LIFE
    harvest.version += 1
    harvest.save()
    harvest_tell(harvest)


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


def _said(harvest: TaxHarvest) -> tuple[Any, ...]:
    """What a person decides by."""
    return (
        harvest.price, harvest.lots, harvest.replacement, harvest.benefit_low, harvest.benefit_high,
        harvest.costs, harvest.washed,
    )  # fmt: skip


def _loss(candidate: Candidate) -> Decimal:
    return candidate.short_loss + candidate.long_loss


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
    if objection and found.approves_itself:
        harvest.figures = {**harvest.figures, "not_automatic": objection[:LONGEST_WORDS]}
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
