"""What the page of an approval shows: what would be traded, what may be bought, what speaks against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from common.errors import InvalidInput
from common.money import ARITHMETIC, quantize
from portfolios.selectors.portfolios import instruments_known
from taxharvest.engine.harvest.proposals import (
    ProposalFacts,
    ProposedLot,
    ReplacementChoice,
    at_price,
    lots_chosen,
    part_of,
    price_floor,
    price_objection,
    replacement_read,
)
from taxharvest.engine.harvest.replacements import Replacement
from taxharvest.models import TaxHarvest
from taxharvest.selectors.harvest_checks import (
    PriceNow,
    broker_account_of,
    harvest_obstacles,
    may_put_forward,
    price_now,
    wash_objection,
)
from taxharvest.selectors.people import sees_taxes_of
from taxharvest.selectors.replacements import replacement_for
from taxharvest.selectors.wash_guard import blocked_symbols
from trading.engine.records import Quote
from trading.models import BrokerAccount
from trading.selectors.controls import exchange_day

MOST_OFFERED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that may be bought instead, under a key of the form; no parts: the proceeds stay in cash."""

    key: str
    name: str
    tag: str
    reason: str
    parts: tuple[ReplacementChoice, ...]

    @property
    def words(self) -> str:
        """What is bought and why, as it is offered."""
        tag = f"{self.tag}: " if self.tag else ""
        return f"{self.name}, {tag}{self.reason}" if self.reason else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSheet:
    """A proposal as it would be traded now.

    `part` holds the chosen lots at the price of the proposal. `floor` is the least that would be taken for a
    share and `proceeds` what all would bring at the price of now, in the instrument's currency; None without
    a price. `obstacles` say why it cannot be approved now. Benefits are for who sees the household's taxes.
    """

    harvest: TaxHarvest
    account: BrokerAccount | None
    lots: tuple[ProposedLot, ...]
    part: ProposalFacts | None
    price: PriceNow | None
    floor: Decimal | None
    proceeds: Decimal | None
    obstacles: tuple[str, ...]
    may_approve: bool
    may_put_forward: bool
    sees_taxes: bool


def approval_sheet(
    user: User,
    harvest: TaxHarvest,
    facts: ProposalFacts,
    chosen: Mapping[UUID, Decimal],
    now: datetime,
    *,
    quote: Quote | None = None,
) -> ApprovalSheet:
    """The sheet of a proposal for the shares chosen of its lots, at `quote` where there is one.

    Nothing is kept.
    """
    account = broker_account_of(harvest.portfolio_id)
    price = price_now(user, harvest, now, quote)
    part, problem = _part(facts, chosen)
    obstacles = [problem] if problem else []
    if price is None:
        obstacles.append(f"There is no price of {harvest.instrument.symbol} to go by now.")
    if part is not None:
        obstacles += harvest_obstacles(harvest, part.lots, account, now)
    if part is not None and price is not None:
        obstacles += _market_obstacles(harvest, part, price, now)
    floor = (
        None if price is None else price_floor(ARITHMETIC.divide(facts.price, price.per_quoted), price.tick)
    )
    return ApprovalSheet(
        harvest=harvest,
        account=account,
        lots=facts.lots,
        part=part,
        price=price,
        floor=floor,
        proceeds=_proceeds(part, price),
        obstacles=tuple(dict.fromkeys(obstacles)),
        may_approve=TaxHarvest.objects.tradable_by(user).filter(pk=harvest.pk).exists(),
        may_put_forward=may_put_forward(user, harvest.portfolio_id),
        sees_taxes=sees_taxes_of(user, harvest.portfolio.household_id),
    )


def offers_of(harvest: TaxHarvest, now: datetime) -> tuple[Offer, ...]:
    """What may be bought instead: what was proposed first, other offers of the table, and cash at the end."""
    proposed = replacement_read(harvest.replacement)
    offers = [_proposed(proposed)] if proposed else []
    household_id = harvest.portfolio.household_id
    day = exchange_day(now)
    found = replacement_for(
        household_id,
        harvest.instrument.symbol,
        day,
        blocked=blocked_symbols(household_id, day),
        makes_baskets=False,
    )
    names = {offer.name for offer in offers}
    others = [_offer(one) for one in found]
    offers += [one for one in others if one is not None and one.name not in names][:MOST_OFFERED]
    cash = Offer(
        key="cash", name="Cash", tag="", reason="The proceeds stay in cash, out of the market.", parts=()
    )
    return (*offers, cash)


def replacement_named(household_id: UUID, symbol: str) -> tuple[ReplacementChoice, ...]:
    """All of the proceeds into an instrument that the household knows by `symbol`. Raises InvalidInput."""
    wanted = symbol.strip().upper()
    found = instruments_known(household_id).filter(symbol__iexact=wanted).order_by("household_id").first()
    if found is None:
        sentence = f"There is no instrument called {wanted[:20]}."
        raise InvalidInput(sentence, code="invalid-replacement", fields={"symbol": [sentence]})
    return (
        ReplacementChoice(
            instrument_id=found.pk, symbol=found.symbol, share=Decimal(1), reason="Chosen by hand."
        ),
    )


def _part(facts: ProposalFacts, chosen: Mapping[UUID, Decimal]) -> tuple[ProposalFacts | None, str]:
    try:
        return part_of(facts, lots_chosen(facts.lots, chosen=chosen)), ""
    except InvalidInput as refusal:
        return None, refusal.detail


def _market_obstacles(harvest: TaxHarvest, part: ProposalFacts, price: PriceNow, now: datetime) -> list[str]:
    """What the market of now and the wash-sale rule say; figures that moved are asked about on approval."""
    found = []
    if at_price(part, price.price).loss <= 0:
        found.append(price_objection(part, price.price))
    try:
        found.append(wash_objection(harvest, part.lots, price, now))
    except InvalidInput as refusal:
        found.append(refusal.detail)
    return [words for words in found if words]


def _proceeds(part: ProposalFacts | None, price: PriceNow | None) -> Decimal | None:
    if part is None or price is None:
        return None
    return quantize(ARITHMETIC.multiply(part.quantity, price.quoted))


def _proposed(parts: Sequence[ReplacementChoice]) -> Offer:
    first = parts[0]
    return Offer(key="proposed", name=_name(parts), tag=first.tag, reason=first.reason, parts=tuple(parts))


def _offer(found: Replacement) -> Offer | None:
    """An offer of the table whose every part the book knows."""
    parts = tuple(
        ReplacementChoice(
            instrument_id=part.instrument_id,
            symbol=part.symbol,
            share=part.share,
            tag=found.tag.value,
            reason=found.reason,
        )
        for part in found.parts
        if part.instrument_id is not None
    )
    if len(parts) < len(found.parts):
        return None
    name = _name(parts)
    return Offer(key=name, name=name, tag=found.tag.value, reason=found.reason, parts=parts)


def _name(parts: Sequence[ReplacementChoice]) -> str:
    if len(parts) == 1:
        return parts[0].symbol
    return ", ".join(f"{part.symbol} {part.share:.0%}" for part in parts)
