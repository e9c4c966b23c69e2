"""Looking through accounts: what each has under water, judged one by one, and why the rest was not."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from common.errors import InvalidInput
from portfolios.engine.figures import UnavailableError, amount_text
from portfolios.engine.records import LotChoice
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.harvest.benefit import Decision, HarvestTerms, Judgement, judge, ripe_part
from taxharvest.engine.harvest.candidates import Candidate
from taxharvest.engine.harvest.replacements import Replacement, ReplacementPart, Tag
from taxharvest.engine.harvest.scanning import (
    AccountFacts,
    Skip,
    candidate_of,
    cannot_be_worth,
    clear_outcome,
    is_tied,
    look_at,
    part_words,
)
from taxharvest.engine.what_if import PlannedSale, SaleOutcome, sale_outcome
from taxharvest.models import ScannedAccount
from taxharvest.selectors.dealt_ledgers import DealtLedgers
from taxharvest.selectors.harvest_terms import DOLLAR, TermsBook
from taxharvest.selectors.replacements import ReplacementDesk
from taxharvest.selectors.scan_accounts import (
    PolicyFacts,
    account_facts,
    bought_lately,
    policies_of,
    sellers_lately,
    ties_between,
)
from taxharvest.selectors.underwater import UnderwaterPosition, Unjudged, underwater
from taxharvest.selectors.wash_guard import blocked_symbols

log = logging.getLogger(__name__)

ZERO, ONE = Decimal(0), Decimal(1)
OUR_FAULT = "Something went wrong on our side while this account was looked through."
# Whether a loss is worth taking at all is asked with a replacement that costs nothing: only where it is, the
# real ones are looked for.
PERFECT = Replacement(
    parts=(ReplacementPart(instrument_id=None, symbol="", share=ONE),),
    tag=Tag.GREEN,
    reason="",
    correlation=ONE,
    tracking_error=ZERO,
    sample=0,
    source="",
    confidence="",
)


BOUGHT_INSTEAD = (
    "Another proposal of the household buys it instead of what it sells, which would wash this loss: decide "
    "about that one first."
)


class _Ideal(NamedTuple):
    """A position judged as if its replacement cost nothing."""

    candidate: Candidate
    terms: HarvestTerms
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided about one position, and why; without a candidate it was not judged to the end."""

    position: UnderwaterPosition
    decision: Decision
    words: str
    candidate: Candidate | None = None
    judgement: Judgement | None = None
    replacement: Replacement | None = None

    @property
    def is_proposed(self) -> bool:
        """Whether it is worth proposing."""
        return self.decision is Decision.PROPOSE


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLook:
    """What a scan found in one account."""

    account: AccountFacts
    outcome: ScannedAccount.Outcome
    reason: Skip
    words: str
    decided: tuple[Decided, ...] = ()

    @property
    def proposals(self) -> int:
        """How many positions are worth proposing."""
        return sum(one.is_proposed for one in self.decided)

    def failed(self, words: str) -> "AccountLook":
        """The same account as one that could not be looked through."""
        return AccountLook(
            account=self.account, outcome=ScannedAccount.Outcome.SKIPPED, reason=Skip.FAILED, words=words
        )


class AccountScanner:
    """Looks through accounts on one day, batch by batch; keeps what is the same for all of them."""

    def __init__(self, day: date) -> None:
        self._kept = _Kept(day)

    def look(self, portfolio_ids: Sequence[UUID]) -> Iterator[AccountLook]:
        """What there is to say of each account, in the order of a scan. Reads only."""
        day = self._kept.day
        accounts = account_facts(portfolio_ids)
        looks = {key: look_at(account, day) for key, account in accounts.items()}
        chosen = [key for key, look in looks.items() if look.is_open]
        found = underwater(chosen, day)
        batch = _Batch(self._kept, found.positions, policies_of(chosen))
        unjudged: defaultdict[UUID, list[Unjudged]] = defaultdict(list)
        for one in found.unjudged:
            unjudged[one.portfolio_id].append(one)
        for key, account in accounts.items():
            look = looks[key]
            if look.is_open:
                yield _looked(account, batch, unjudged[key])
            else:
                yield AccountLook(
                    account=account,
                    outcome=ScannedAccount.Outcome.SKIPPED,
                    reason=look.reason,
                    words=look.words,
                )


class _Kept:
    """What is the same for all batches of a scan: terms by instrument, and what may be held instead."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.terms = TermsBook(day)
        self._desk: ReplacementDesk | None = None

    def desk(self, household_ids: Collection[UUID]) -> ReplacementDesk:
        """What these households may hold instead; made when the first batch asks."""
        if self._desk is None:
            self._desk = ReplacementDesk(household_ids, self.day)
        else:
            self._desk.turn_to(household_ids)
        return self._desk


class _Batch:
    """The positions under water of one batch, with everything that judging them needs, read in sets."""

    def __init__(
        self, kept: _Kept, positions: Sequence[UnderwaterPosition], policies: dict[UUID, PolicyFacts]
    ) -> None:
        self._kept, self._day, self._policies = kept, kept.day, policies
        self.positions: defaultdict[UUID, list[UnderwaterPosition]] = defaultdict(list)
        for one in positions:
            self.positions[one.portfolio_id].append(one)
        worth = [one for one in positions if self._may_be_worth(one)]
        self._worth: defaultdict[UUID, list[UnderwaterPosition]] = defaultdict(list)
        for one in sorted(worth, key=lambda one: -one.loss):
            self._worth[one.household_id].append(one)
        kept.terms.read(worth)
        since = self._day - timedelta(days=WINDOW)
        self._bought = bought_lately(self._worth.keys(), since, self._day)
        self._sellers = sellers_lately(self._worth.keys(), since, self._day)
        self._ties = ties_between({one.instrument_id for one in worth}.union(*self._bought.values()))

    def decide(self, position: UnderwaterPosition) -> Decided:
        """What is decided about one position, with all others of its household in view."""
        if not self._may_be_worth(position):
            return Decided(position=position, decision=Decision.TOO_SMALL, words=self._too_small(position))
        if position.base_currency != DOLLAR:
            words = f"Taxes are reckoned in US dollars, and this account is kept in {position.base_currency}."
            return Decided(position=position, decision=Decision.UNJUDGED, words=words)
        try:
            return self._of(position.household_id).decide(position)
        except (InvalidInput, UnavailableError) as refusal:
            return Decided(position=position, decision=Decision.UNJUDGED, words=str(refusal))

    def ideal(self, position: UnderwaterPosition) -> _Ideal:
        """One position judged as if its replacement cost nothing. Raises UnavailableError or InvalidInput."""
        whole = candidate_of(
            position.lots,
            self._outcome(position),
            portfolio_id=position.portfolio_id,
            instrument_id=position.instrument_id,
            symbol=position.symbol,
            currency=position.base_currency,
            day=self._day,
            price=position.unit_value,
            price_day=position.price_day,
        )
        terms = self._kept.terms.terms(position, self._policies[position.portfolio_id])
        candidate = ripe_part(whole, terms)
        return _Ideal(candidate, terms, judge(candidate, terms, PERFECT))

    def blocked(self, household_id: UUID) -> Collection[UUID]:
        """What must not be bought now: nothing where nothing was sold lately, which most households tell."""
        return blocked_symbols(household_id, self._day) if household_id in self._sellers else frozenset()

    def is_tied(self, instrument_id: UUID, others: Collection[UUID]) -> bool:
        """Whether an instrument might be identical with any of the others."""
        self.read_ties({instrument_id, *others})
        return is_tied(instrument_id, others, self._ties)

    def read_ties(self, instrument_ids: Collection[UUID]) -> None:
        """Read what some instruments might be identical with, where it is unknown: two queries at most."""
        unread = {key for key in instrument_ids if key not in self._ties}
        if unread:
            self._ties |= ties_between(unread)

    @cached_property
    def desk(self) -> ReplacementDesk:
        """What may be held instead, of all households of the batch; most batches never ask."""
        return self._kept.desk(self._worth.keys())

    def _of(self, household_id: UUID) -> "_HouseholdDecisions":
        if household_id not in self._households:
            # What went wrong when all were weighed goes wrong again, where it is the household's alone.
            self._households[household_id] = self._weighed(household_id)
        return self._households[household_id]

    @cached_property
    def _households(self) -> dict[UUID, "_HouseholdDecisions"]:
        """Every household weighed, and closes and ties read at once of all that any would sell or buy."""
        found = {}
        for household_id in self._worth:
            with suppress(Exception):
                found[household_id] = self._weighed(household_id)
        symbols = {symbol for one in found.values() for symbol in one.symbols}
        if symbols:
            self.read_ties(self.desk.learn(symbols))
        return found

    def _weighed(self, household_id: UUID) -> "_HouseholdDecisions":
        return _HouseholdDecisions(self, household_id, self._worth[household_id])

    @cached_property
    def _ledgers(self) -> DealtLedgers:
        """The ledgers of all households of which purchases might wash a loss."""
        wanted: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for positions in self._worth.values():
            for one in positions:
                if self._may_be_washed(one):
                    wanted[one.household_id].add(one.instrument_id)
        return DealtLedgers(wanted)

    def _may_be_washed(self, position: UnderwaterPosition) -> bool:
        bought = self._bought.get(position.household_id, set())
        return bool(bought) and is_tied(position.instrument_id, bought, self._ties)

    def _may_be_worth(self, position: UnderwaterPosition) -> bool:
        return not cannot_be_worth(position.loss, self._policies[position.portfolio_id].least_benefit)

    def _too_small(self, position: UnderwaterPosition) -> str:
        least = self._policies[position.portfolio_id].least_benefit
        return (
            f"A loss of {amount_text(position.loss, position.base_currency)} cannot be worth the "
            f"{amount_text(least, position.base_currency)} that the policy asks for, at any tax rate."
        )

    def _outcome(self, position: UnderwaterPosition) -> SaleOutcome:
        """What the wash-sale rule says; the household's book is derived only where it could say anything."""
        if not self._may_be_washed(position):
            return clear_outcome(position.lots, self._day)
        before = self._ledgers.ledger(position.household_id, position.instrument_id).until(self._day)
        return sale_outcome(before, _sale(position, self._day))


class _HouseholdDecisions:
    """The decisions of one household: what one proposal buys must not wash what another one sells.

    The largest losses come first. A replacement that nobody in the household would like to sell at a loss is
    taken before one that somebody would.
    """

    def __init__(self, batch: _Batch, household_id: UUID, positions: Sequence[UnderwaterPosition]) -> None:
        self._batch, self._household_id = batch, household_id
        self._ideals: dict[tuple[UUID, UUID], _Ideal] = {}
        self._selling: set[UUID] = set()
        self._buying: set[UUID] = set()
        self._positions = positions
        # What cannot be judged is left to `decide`.
        for position in positions:
            with suppress(InvalidInput, UnavailableError):
                self._ideals[_key(position)] = batch.ideal(position)

    @property
    def symbols(self) -> set[str]:
        """What the household would sell if a replacement cost nothing."""
        return {
            one.candidate.symbol
            for one in self._ideals.values()
            if one.judgement.decision is Decision.PROPOSE
        }

    def decide(self, position: UnderwaterPosition) -> Decided:
        """The decision about one position. Raises UnavailableError or InvalidInput where there is none."""
        decided = self._decided.get(_key(position))
        return decided or self._judged(position, self._batch.ideal(position))

    @cached_property
    def _decided(self) -> dict[tuple[UUID, UUID], Decided]:
        """What is decided about every position that could be weighed, in order."""
        return {
            _key(position): self._judged(position, self._ideals[_key(position)])
            for position in self._positions
            if _key(position) in self._ideals
        }

    def _judged(self, position: UnderwaterPosition, ideal: _Ideal) -> Decided:
        judgement, chosen = ideal.judgement, None
        if judgement.decision is Decision.PROPOSE:
            if self._batch.is_tied(position.instrument_id, self._buying):
                return Decided(position=position, decision=Decision.WAIT, words=BOUGHT_INSTEAD)
            judgement, chosen = self._replaced(ideal)
            if judgement.decision is Decision.PROPOSE and chosen is not None:
                self._selling.add(position.instrument_id)
                self._buying |= _instruments(chosen)
        return Decided(
            position=position,
            decision=judgement.decision,
            words=judgement.words,
            candidate=ideal.candidate,
            judgement=judgement,
            replacement=chosen,
        )

    def _replaced(self, ideal: _Ideal) -> tuple[Judgement, Replacement | None]:
        """The judgement with the best replacement: first of those that nobody would sell, then of all."""
        judgement, chosen = self._with_best(ideal, self._wished)
        if judgement.decision is Decision.PROPOSE or self._wished <= {ideal.candidate.instrument_id}:
            return judgement, chosen
        return self._with_best(ideal, self._selling)

    def _with_best(self, ideal: _Ideal, sold: Collection[UUID]) -> tuple[Judgement, Replacement | None]:
        """Judged with the best offer of which no part might be identical with what is sold.

        One that the book knows goes before one whose closes and contract it lacks: that cannot be bought as
        it stands.
        """
        offers = self._batch.desk.offers(
            self._household_id,
            ideal.candidate.symbol,
            blocked={*self._blocked, *sold},
            instrument_id=ideal.candidate.instrument_id,
        )
        self._batch.read_ties({*sold, *(part for offer in offers for part in _instruments(offer))})
        apart = (
            offer
            for offer in offers
            if not any(self._batch.is_tied(part, sold) for part in _instruments(offer))
        )
        chosen = next(iter(sorted(apart, key=_is_strange)), None)
        return judge(ideal.candidate, ideal.terms, chosen), chosen

    @cached_property
    def _blocked(self) -> Collection[UUID]:
        return self._batch.blocked(self._household_id)

    @cached_property
    def _wished(self) -> set[UUID]:
        """What somebody in the household would sell at a loss if the replacement cost nothing."""
        return {
            one.candidate.instrument_id
            for one in self._ideals.values()
            if one.judgement.decision is Decision.PROPOSE
        }


def _key(position: UnderwaterPosition) -> tuple[UUID, UUID]:
    return position.portfolio_id, position.instrument_id


def _is_strange(replacement: Replacement) -> bool:
    return any(part.instrument_id is None for part in replacement.parts)


def _instruments(replacement: Replacement) -> set[UUID]:
    return {part.instrument_id for part in replacement.parts if part.instrument_id is not None}


def _sale(position: UnderwaterPosition, day: date) -> PlannedSale:
    return PlannedSale(
        portfolio_id=position.portfolio_id,
        instrument_id=position.instrument_id,
        day=day,
        quantity=sum((lot.quantity for lot in position.lots), ZERO),
        price=position.price,
        currency=position.currency,
        multiplier=position.multiplier,
        fx_rate=position.fx_rate,
        lots=tuple(LotChoice(lot_id=lot.lot_id, quantity=lot.quantity) for lot in position.lots),
    )


def _looked(account: AccountFacts, batch: _Batch, unjudged: Sequence[Unjudged]) -> AccountLook:
    """One account looked through; whatever goes wrong in it, the others are looked through all the same."""
    try:
        decided = tuple(
            batch.decide(position)
            for position in batch.positions[account.portfolio_id]
            if position.instrument_id not in account.doubtful
        )
    except Exception:
        log.exception("account %s could not be scanned", account.portfolio_id)
        return AccountLook(
            account=account, outcome=ScannedAccount.Outcome.SKIPPED, reason=Skip.FAILED, words=OUR_FAULT
        )
    reason, words = part_words(_reasons(account, unjudged))
    return AccountLook(
        account=account,
        outcome=_outcome(account, reason, unjudged),
        reason=reason,
        words=words,
        decided=decided,
    )


def _reasons(account: AccountFacts, unjudged: Sequence[Unjudged]) -> dict[Skip, set[str]]:
    reasons: defaultdict[Skip, set[str]] = defaultdict(set)
    for one in unjudged:
        reasons[one.reason].add(one.symbol)
    if account.doubtful:
        reasons[Skip.DIFFERENCES].update(account.doubtful.values())
    return reasons


def _outcome(account: AccountFacts, reason: Skip, unjudged: Sequence[Unjudged]) -> ScannedAccount.Outcome:
    if reason is Skip.NONE:
        return ScannedAccount.Outcome.SCANNED
    unseen = {one.instrument_id for one in unjudged if one.reason is Skip.NO_PRICE}
    unseen |= account.doubtful.keys()
    if account.positions and len(unseen) >= account.positions:
        return ScannedAccount.Outcome.SKIPPED
    return ScannedAccount.Outcome.PARTLY
