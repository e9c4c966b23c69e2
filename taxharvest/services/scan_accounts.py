"""Looking through accounts: what each has under water, judged one by one, and why the rest was not."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from common.errors import InvalidInput
from portfolios.engine.figures import UnavailableError, amount_text
from portfolios.engine.records import LotChoice
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.harvest.benefit import Decision, Judgement, judge, ripe_part
from taxharvest.engine.harvest.candidates import Candidate
from taxharvest.engine.harvest.replacements import Replacement, ReplacementPart, Tag
from taxharvest.engine.harvest.scanning import (
    AccountFacts,
    Skip,
    cannot_be_worth,
    candidate_of,
    clear_outcome,
    is_tied,
    look_at,
    part_words,
)
from taxharvest.engine.what_if import PlannedSale, SaleOutcome, sale_outcome
from taxharvest.models import ScannedAccount
from taxharvest.selectors.harvest_terms import DOLLAR, TermsBook
from taxharvest.selectors.ledgers import sale_ledger
from taxharvest.selectors.replacements import replacement_for
from taxharvest.selectors.scan_accounts import (
    PolicyFacts,
    account_facts,
    bought_lately,
    policies_of,
    ties_between,
)
from taxharvest.selectors.underwater import Unjudged, UnderwaterPosition, underwater
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
        self._day = day
        self._terms = TermsBook(day)

    def look(self, portfolio_ids: Sequence[UUID]) -> Iterator[AccountLook]:
        """What there is to say of each account, in the order of a scan. Reads only."""
        accounts = account_facts(portfolio_ids)
        looks = {key: look_at(account, self._day) for key, account in accounts.items()}
        chosen = [key for key, look in looks.items() if look.is_open]
        found = underwater(chosen, self._day)
        batch = _Batch(self._day, self._terms, found.positions, policies_of(chosen))
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


class _Batch:
    """The positions under water of one batch, with everything that judging them needs, read in sets."""

    def __init__(
        self,
        day: date,
        terms: TermsBook,
        positions: Sequence[UnderwaterPosition],
        policies: dict[UUID, PolicyFacts],
    ) -> None:
        self._day, self._terms, self._policies = day, terms, policies
        self.positions: defaultdict[UUID, list[UnderwaterPosition]] = defaultdict(list)
        for one in positions:
            self.positions[one.portfolio_id].append(one)
        worth = [one for one in positions if self._may_be_worth(one)]
        terms.read(worth)
        households = {one.household_id for one in worth}
        self._bought = bought_lately(households, day - timedelta(days=WINDOW), day)
        names = {one.instrument_id for one in worth}.union(*self._bought.values())
        self._ties = ties_between(names) if self._bought else {}
        self._blocked: dict[UUID, Collection[UUID]] = {}

    def decide(self, position: UnderwaterPosition) -> Decided:
        """Judge one position."""
        if not self._may_be_worth(position):
            return Decided(position=position, decision=Decision.TOO_SMALL, words=self._too_small(position))
        if position.base_currency != DOLLAR:
            words = f"Taxes are reckoned in US dollars, and this account is kept in {position.base_currency}."
            return Decided(position=position, decision=Decision.UNJUDGED, words=words)
        try:
            return self._judged(position)
        except (InvalidInput, UnavailableError) as refusal:
            return Decided(position=position, decision=Decision.UNJUDGED, words=str(refusal))

    def _may_be_worth(self, position: UnderwaterPosition) -> bool:
        return not cannot_be_worth(position.loss, self._policies[position.portfolio_id].least_benefit)

    def _too_small(self, position: UnderwaterPosition) -> str:
        least = self._policies[position.portfolio_id].least_benefit
        return (
            f"A loss of {amount_text(position.loss, position.base_currency)} cannot be worth the "
            f"{amount_text(least, position.base_currency)} that the policy asks for, at any tax rate."
        )

    def _judged(self, position: UnderwaterPosition) -> Decided:
        outcome = self._outcome(position)
        candidate = candidate_of(
            position.lots,
            outcome,
            portfolio_id=position.portfolio_id,
            instrument_id=position.instrument_id,
            symbol=position.symbol,
            currency=position.base_currency,
            day=self._day,
            price=position.unit_value,
            price_day=position.price_day,
        )
        terms = self._terms.terms(position, self._policies[position.portfolio_id])
        candidate = ripe_part(candidate, terms)
        judgement, chosen = judge(candidate, terms, PERFECT), None
        if judgement.decision is Decision.PROPOSE:
            chosen = next(iter(self._replacements(position, candidate)), None)
            judgement = judge(candidate, terms, chosen)
        return Decided(
            position=position,
            decision=judgement.decision,
            words=judgement.words,
            candidate=candidate,
            judgement=judgement,
            replacement=chosen,
        )

    def _outcome(self, position: UnderwaterPosition) -> SaleOutcome:
        """What the wash-sale rule says; the household's book is derived only where it could say anything."""
        bought = self._bought.get(position.household_id, set())
        if not bought or not is_tied(position.instrument_id, bought, self._ties):
            return clear_outcome(position.lots, self._day)
        before = sale_ledger(position.household_id, [position.instrument_id]).until(self._day)
        return sale_outcome(before, _sale(position, self._day))

    def _replacements(self, position: UnderwaterPosition, candidate: Candidate) -> Sequence[Replacement]:
        household = position.household_id
        if household not in self._blocked:
            self._blocked[household] = blocked_symbols(household, self._day)
        return replacement_for(household, candidate, self._day, blocked=self._blocked[household])


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


def _outcome(
    account: AccountFacts, reason: Skip, unjudged: Sequence[Unjudged]
) -> ScannedAccount.Outcome:
    if reason is Skip.NONE:
        return ScannedAccount.Outcome.SCANNED
    unseen = {one.instrument_id for one in unjudged if one.reason is Skip.NO_PRICE}
    unseen |= account.doubtful.keys()
    if account.positions and len(unseen) >= account.positions:
        return ScannedAccount.Outcome.SKIPPED
    return ScannedAccount.Outcome.PARTLY
