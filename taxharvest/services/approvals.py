"""Saying yes to a harvest: by whoever may trade in the account, once, and only while its figures hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from accounts.models import User
from common.errors import Conflict, InvalidInput, NotFound, Unprocessable
from common.idempotency import Answer, KeyTaken, digest_of, key_answered, key_keep
from common.money import ARITHMETIC
from common.transactions import write_transaction
from taxharvest.engine.harvest.plans import LegRole
from taxharvest.engine.harvest.proposals import (
    ProposalFacts,
    ProposalState,
    ProposedLot,
    ReplacementChoice,
    at_price,
    lots_chosen,
    lots_written,
    part_of,
    price_floor,
    price_objection,
    replacement_problems,
    replacement_read,
    replacement_written,
    shown_objection,
)
from taxharvest.models import HarvestLeg, HarvestPlan, HarvestPlanEvent, TaxHarvest
from taxharvest.selectors.harvest_checks import (
    PriceNow,
    broker_account_of,
    harvest_obstacles,
    may_put_forward,
    price_now,
    replacements_refused,
    wash_objection,
)
from taxharvest.services.harvest_rows import (
    facts_of_harvest,
    harvest_audit,
    harvest_decided,
    harvest_lock,
    harvest_step,
    harvest_tell,
    harvest_tradable,
    harvest_visible,
    plan_tell,
)
from trading.engine.controls.limits import DEFAULT_LIMITS
from trading.engine.records import Quote
from trading.models import BrokerAccount
from trading.services.judging import quote_now

CREATED = 201
# A proposal whose figures were worked out anew is open for as long as a scan's.
LIFE = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What a person changed of a proposal: shares by lot or a share of each, and what replaces it."""

    lots: Mapping[UUID, Decimal] | None = None
    share: Decimal | None = None
    replacement: Sequence[ReplacementChoice] | None = None

    def said(self) -> dict[str, Any]:
        """The edits as text, for the key of a request and for the audit trail."""
        lots, parts = self.lots, self.replacement
        return {
            "lots": None if lots is None else {str(key): f"{shares:f}" for key, shares in lots.items()},
            "share": None if self.share is None else f"{self.share:f}",
            "replacement": None if parts is None else replacement_written(parts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Where the market stands: what the gateway said when it was asked, and the price that a person saw."""

    quote: Quote | None = None
    shown: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What was approved in the end, by whom, and at which price it was looked at."""

    user: User
    lots: tuple[ProposedLot, ...]
    parts: tuple[ReplacementChoice, ...]
    price: PriceNow
    edits: Edits
    is_automatic: bool


NOBODY_LOOKED = Market()


class FiguresMoved(Exception):
    """The price is not the one that the figures were worked out at: nothing is traded on them."""

    def __init__(self, words: str, price: PriceNow) -> None:
        super().__init__(words)
        self.price = price


def live_quote(harvest: TaxHarvest, now: datetime) -> Quote | None:
    """What the gateway of the proposal's account quotes now; None where there is none, or it is silent.

    It may wait for the gateway, so it is asked before anything is locked.
    """
    account = broker_account_of(harvest.portfolio_id)
    if account is None:
        return None
    try:
        return quote_now(account, harvest.instrument.symbol, now)
    except RedisError:
        return None


def harvest_approve(
    user: User,
    harvest_id: UUID,
    *,
    version: int,
    lots: Mapping[UUID, Decimal] | None = None,
    share: Decimal | None = None,
    replacement: Sequence[ReplacementChoice] | None = None,
    shown: Decimal | None = None,
    key: str,
    now: datetime,
    signed_in_at: datetime | None = None,
) -> HarvestPlan:
    """Approve all of a proposal, the shares named of some lots, or a share of each; once for a key.

    `shown` is the price, in the instrument's currency, that the person saw beside the figures. Only who may
    trade in the account approves, never a grant. The plan that comes of it is carried out by `plans_advance`.
    Raises NotFound; InvalidInput by field; Conflict when somebody else was first, the proposal has expired,
    or its figures changed, which are then worked out anew and asked about again; Unprocessable when data is
    not known to be right, the loss would be washed, or a live account asks for a fresh sign-in. Nothing is
    traded in any of these cases.
    """
    harvest = harvest_tradable(user, harvest_id)
    edits = Edits(lots=lots, share=share, replacement=replacement)
    seen = [] if shown is None else [f"{shown:f}"]
    digest = digest_of("harvest.approve", [str(harvest_id), version, edits.said(), *seen])
    if (earlier := key_answered(user_id=user.pk, key=key, digest=digest)) is not None:
        return HarvestPlan.objects.get(pk=earlier.body["plan"])
    _refuse_unproven(harvest, signed_in_at, now)
    try:
        market = Market(quote=live_quote(harvest, now), shown=shown)
        return _approved_once(user, harvest_id, version, edits, market, key=key, digest=digest, now=now)
    except FiguresMoved as moved:
        harvest_ask_again(harvest_id, moved.price, now)
        sentence = f"{moved} The new figures are shown: approve those, or leave it."
        raise Conflict(sentence, code="figures-changed") from None
    except KeyTaken:
        raise Conflict("Another request with this key is under way.", code="key-in-use") from None


def harvest_put_forward(
    user: User,
    harvest_id: UUID,
    *,
    version: int,
    lots: Mapping[UUID, Decimal] | None = None,
    share: Decimal | None = None,
    replacement: Sequence[ReplacementChoice] | None = None,
    reason: str = "",
    now: datetime,
) -> TaxHarvest:
    """Propose a harvest to the owner of the account, with edits: the maker's half of maker and checker.

    An adviser needs a grant to propose or to manage. Raises NotFound, InvalidInput by field, Conflict.
    """
    harvest = harvest_proposable(user, harvest_id)
    edits = Edits(lots=lots, share=share, replacement=replacement)
    return _put_forward(user, harvest, version, edits, reason=reason, now=now)


def harvest_proposable(user: User, harvest_id: UUID) -> TaxHarvest:
    """A proposal that `user` may put forward: a member, or by a grant. Raises NotFound for any other."""
    harvest = harvest_visible(user, harvest_id)
    if not may_put_forward(user, harvest.portfolio_id):
        raise NotFound("There is no such proposal.", code="not-found")
    return harvest


@write_transaction
def harvest_ask_again(harvest_id: UUID, price: PriceNow, now: datetime) -> None:
    """Work a living proposal out anew at the price of now, so that a person is asked about those figures."""
    harvest = harvest_lock(harvest_id)
    if not ProposalState(harvest.state).is_living:
        return
    facts = at_price(facts_of_harvest(harvest), price.price)
    if facts.loss <= 0:
        harvest_step(harvest, ProposalState.EXPIRED)
        harvest.reason = "The price has risen: there is no loss left to take."
    else:
        figures_adopt(harvest, facts, price)
        harvest.expires_at = now + LIFE
        harvest.version += 1
    harvest.save()
    harvest_audit(harvest, "ask_again", None, price=f"{price.price:f}", source=price.source)
    harvest_tell(harvest)


def figures_adopt(harvest: TaxHarvest, facts: ProposalFacts, price: PriceNow) -> None:
    """Put worked-out figures onto a row that the caller has locked and saves."""
    harvest.price, harvest.price_source = facts.price, price.source
    harvest.price_as_of = price.day
    harvest.lots = lots_written(facts.lots)
    harvest.quantity = facts.quantity
    harvest.short_loss = sum((lot.loss for lot in facts.lots if lot.term != "long"), Decimal(0))
    harvest.long_loss = facts.loss - harvest.short_loss
    harvest.benefit_low, harvest.benefit_high = facts.benefit_low, facts.benefit_high
    harvest.figures = {**harvest.figures, "asked_again": {"price": f"{price.price:f}", "as_of": price.as_of}}


@write_transaction
def approve_locked(
    user: User,
    harvest: TaxHarvest,
    edits: Edits,
    now: datetime,
    *,
    market: Market = NOBODY_LOOKED,
    is_automatic: bool = False,
) -> HarvestPlan:
    """The plan of a proposal whose row is locked; raises as `harvest_approve` does, and FiguresMoved."""
    account = broker_account_of(harvest.portfolio_id)
    facts = facts_of_harvest(harvest)
    price = price_now(user, harvest, now, market.quote)
    if price is None:
        symbol = harvest.instrument.symbol
        raise Unprocessable(f"There is no price of {symbol} to go by now.", code="price-missing")
    lots = _lots(facts, edits)
    obstacles = harvest_obstacles(harvest, lots, account, now)
    if obstacles or account is None:
        raise Unprocessable(" ".join(obstacles), code="not-known-to-be-right")
    words = price_objection(part_of(facts, lots), price.price)
    if not words and market.shown is not None:
        words = shown_objection(market.shown, price.quoted)
    if words:
        raise FiguresMoved(words, price)
    parts = _replacement(harvest, edits, now)
    if words := wash_objection(harvest, lots, price, now):
        raise Unprocessable(words, code="would-be-washed")
    agreed = Agreed(user=user, lots=lots, parts=parts, price=price, edits=edits, is_automatic=is_automatic)
    plan = _plan_create(harvest, agreed, now)
    _decide(harvest, agreed, plan, now)
    return plan


@write_transaction
def _approved_once(
    user: User,
    harvest_id: UUID,
    version: int,
    edits: Edits,
    market: Market,
    *,
    key: str,
    digest: str,
    now: datetime,
) -> HarvestPlan:
    harvest = harvest_lock(harvest_id)
    # Under the lock the same request that was quicker has kept its answer.
    if (earlier := key_answered(user_id=user.pk, key=key, digest=digest)) is not None:
        return HarvestPlan.objects.get(pk=earlier.body["plan"])
    _refuse_undecidable(harvest, version, now)
    plan = approve_locked(user, harvest, edits, now, market=market)
    answer = Answer(status=CREATED, body={"plan": str(plan.pk)})
    key_keep(user_id=user.pk, key=key, digest=digest, answer=answer)
    return plan


@write_transaction
def _put_forward(
    user: User, seen: TaxHarvest, version: int, edits: Edits, *, reason: str, now: datetime
) -> TaxHarvest:
    harvest = harvest_lock(seen.pk)
    _refuse_undecidable(harvest, version, now)
    facts = facts_of_harvest(harvest)
    lots = _lots(facts, edits)
    parts = _replacement(harvest, edits, now)
    if harvest.state != ProposalState.PROPOSED:
        harvest_step(harvest, ProposalState.PROPOSED)
    else:
        harvest.version += 1
    _shrink(harvest, facts, lots)
    _keep_replacement(harvest, parts)
    harvest.proposed_by, harvest.reason = user, reason[:300]
    harvest.save()
    harvest_audit(harvest, "propose", user, quantity=f"{harvest.quantity:f}", edits=str(edits.said()))
    harvest_tell(harvest)
    return harvest


def _lots(facts: ProposalFacts, edits: Edits) -> tuple[ProposedLot, ...]:
    return lots_chosen(facts.lots, chosen=edits.lots, share=edits.share)


def _replacement(harvest: TaxHarvest, edits: Edits, now: datetime) -> tuple[ReplacementChoice, ...]:
    """What is to be bought; each part is judged again, whoever chose it. Raises InvalidInput."""
    chosen = edits.replacement
    parts = replacement_read(harvest.replacement) if chosen is None else tuple(chosen)
    if problems := replacement_problems(parts, replacements_refused(harvest, parts, now)):
        raise InvalidInput(problems[0], code="invalid-replacement", fields={"replacement": problems})
    return parts


def _keep_replacement(harvest: TaxHarvest, parts: Sequence[ReplacementChoice]) -> None:
    """What is bought instead; of what a person put together the tracking error is not known."""
    before = {(part.instrument_id, part.share) for part in replacement_read(harvest.replacement)}
    if {(part.instrument_id, part.share) for part in parts} != before:
        harvest.tracking_error = None
    harvest.replacement = replacement_written(parts)


def _shrink(harvest: TaxHarvest, facts: ProposalFacts, lots: Sequence[ProposedLot]) -> None:
    """Keep of a row only the lots that were chosen, with their part of the benefit."""
    kept = part_of(facts, lots)
    harvest.lots, harvest.quantity = lots_written(lots), kept.quantity
    harvest.short_loss = sum((lot.loss for lot in lots if lot.term != "long"), Decimal(0))
    harvest.long_loss = kept.loss - harvest.short_loss
    harvest.benefit_low, harvest.benefit_high = kept.benefit_low, kept.benefit_high
    harvest.costs = kept.costs


def _plan_create(harvest: TaxHarvest, agreed: Agreed, now: datetime) -> HarvestPlan:
    """The plan, with a leg that sells and one for each part that is bought."""
    price = agreed.price
    floor = price_floor(ARITHMETIC.divide(harvest.price, price.per_quoted), price.tick)
    plan = HarvestPlan.objects.create(
        harvest=harvest, portfolio=harvest.portfolio, state_since=now, price_limit=floor, words="Approved."
    )
    named = [{"lot_id": str(lot.lot_id), "quantity": f"{lot.quantity:f}"} for lot in agreed.lots]
    quantity = sum((lot.quantity for lot in agreed.lots), Decimal(0))
    sale = HarvestLeg(
        plan=plan, place=1, role=LegRole.SELL, instrument=harvest.instrument, quantity=quantity,
        lots=named, placed_by=agreed.user,
    )  # fmt: skip
    purchases = [
        HarvestLeg(
            plan=plan, place=place, role=LegRole.BUY, instrument_id=part.instrument_id, share=part.share,
            placed_by=agreed.user,
        )
        for place, part in enumerate(agreed.parts, start=2)
    ]  # fmt: skip
    HarvestLeg.objects.bulk_create([sale, *purchases])
    return plan


def _decide(harvest: TaxHarvest, agreed: Agreed, plan: HarvestPlan, now: datetime) -> None:
    """The row says who approved what, and so do the audit trail and the plan's own history."""
    _shrink(harvest, facts_of_harvest(harvest), agreed.lots)
    _keep_replacement(harvest, agreed.parts)
    harvest_step(harvest, ProposalState.APPROVED)
    harvest_decided(harvest, agreed.user, now, harvest.reason)
    harvest.approved_itself = agreed.is_automatic
    harvest.save()
    maker = {"proposed_by": str(harvest.proposed_by_id)} if harvest.proposed_by_id else {}
    action = "approve_itself" if agreed.is_automatic else "approve"
    harvest_audit(
        harvest, action, agreed.user, plan=str(plan.pk), quantity=f"{harvest.quantity:f}",
        edits=str(agreed.edits.said()), **maker,
    )  # fmt: skip
    words = "Approved within the limits that the owner set." if agreed.is_automatic else "Approved."
    HarvestPlanEvent.objects.create(
        plan=plan, at=now, kind="Approved", after=plan.state, words=words, actor=agreed.user, detail=maker
    )
    harvest_tell(harvest)
    plan_tell(plan)


def _refuse_undecidable(harvest: TaxHarvest, version: int, now: datetime) -> None:
    """Raises Conflict, in words, for a proposal about which nothing can be decided as it was seen."""
    state = ProposalState(harvest.state)
    if not state.is_living:
        raise Conflict(_settled_words(harvest), code="harvest-settled")
    if harvest.version != version:
        raise Conflict(
            "The proposal has changed since you opened it: look at its new figures, then decide.",
            code="harvest-changed",
        )
    if harvest.expires_at <= now:
        raise Conflict("The proposal has expired: the next scan looks again.", code="harvest-expired")


def _settled_words(harvest: TaxHarvest) -> str:
    if harvest.decided_by is None or harvest.decided_at is None:
        return f"The proposal is {harvest.get_state_display().lower()} already."
    who = (
        "It was approved without asking, within the limits"
        if harvest.approved_itself
        else (f"{harvest.decided_by} decided about it")
    )
    when = f"{harvest.decided_at:%-d %B %Y, %H:%M} UTC"
    return f"{who} on {when}: it is {harvest.get_state_display().lower()}. Nothing was done twice."


def _refuse_unproven(harvest: TaxHarvest, signed_in_at: datetime | None, now: datetime) -> None:
    account = broker_account_of(harvest.portfolio_id)
    if account is not None and not is_proven(account, signed_in_at, now):
        raise Unprocessable("Confirm who you are before a live account is traded.", code="proof-needed")


def is_proven(account: BrokerAccount, signed_in_at: datetime | None, now: datetime) -> bool:
    """Whether somebody may start trades of an account now: live ones ask for a sign-in of these minutes.

    What a plan places later stands on that proof, as the control of each order wants it (ASVS 7.5.3).
    """
    if not account.gateway.is_live:
        return True
    span = timedelta(seconds=DEFAULT_LIMITS.sign_in_seconds)
    return signed_in_at is not None and timedelta() <= now - signed_in_at <= span
