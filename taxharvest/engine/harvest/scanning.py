"""What a scan may look through, and what cannot be washed at all: rules before anything is judged."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from common.money import ARITHMETIC
from portfolios.engine.figures import UnavailableError, day_text, list_text
from portfolios.engine.identities import InstrumentTraits, underlying_of
from portfolios.engine.records import TaxOwner, Term, Treatment
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.harvest.candidates import Candidate, LossLot
from taxharvest.engine.what_if import LotUse, SaleOutcome, Verdict

ZERO = Decimal(0)
# A broker's account that was not compared for longer than a weekend with a holiday.
SYNC_DAYS = 4
# Statements come by the month; one and a half without any is an old book.
STATEMENT_DAYS = 45
# No tax on a dollar of gain is above this: 37 % and 3.8 % federal, 14.8 % in the dearest city.
HIGHEST_RATE = Decimal("0.56")


NO_LOSSES = "Losses in this kind of account do not count (IRC 408, 401)."


class Skip(StrEnum):
    """Why an account, or a part of it, is not looked through."""

    NONE = ""
    DISABLED = "disabled"
    NOT_TAXABLE = "not_taxable"
    CLOSED = "closed"
    NO_PRICE = "no_price"
    STALE_SYNC = "stale_sync"
    MISSING_BASIS = "missing_basis"
    DIFFERENCES = "differences"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """An account before a scan: whose it is, whether it is harvested, and how far its book can be trusted.

    `compared_on` is the day on which book and broker were last compared, None without a broker;
    `stated_on` the day of its last statement, None without any. `differences` are open questions to the
    whole account, in words; `doubtful` the instruments, with their symbols, whose own position is in
    question. `positions` counts what it holds long.
    """

    portfolio_id: UUID
    household_id: UUID
    name: str
    base_currency: str
    treatment: Treatment
    owner: TaxOwner
    is_enabled: bool
    closed_on: date | None = None
    compared_on: date | None = None
    stated_on: date | None = None
    differences: tuple[str, ...] = ()
    doubtful: Mapping[UUID, str] = field(default_factory=dict)
    positions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Whether an account is looked through, and why not, as a person reads it."""

    reason: Skip = Skip.NONE
    words: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the account is looked through."""
        return self.reason is Skip.NONE


def look_at(account: AccountFacts, day: date) -> Look:
    """Whether `account` is looked through on `day`: the first reason against it, or none."""
    if account.closed_on is not None and account.closed_on <= day:
        return Look(reason=Skip.CLOSED, words=f"Closed on {day_text(account.closed_on)}.")
    if account.treatment is not Treatment.TAXABLE:
        return Look(reason=Skip.NOT_TAXABLE, words=NO_LOSSES)
    if account.owner is TaxOwner.OTHER:
        return Look(reason=Skip.NOT_TAXABLE, words="Its holder files a return of their own.")
    if not account.is_enabled:
        return Look(reason=Skip.DISABLED, words="Harvesting is not switched on for this account.")
    if account.differences:
        return Look(reason=Skip.DIFFERENCES, words=_cut(" ".join(account.differences)))
    return _freshness(account, day)


def _freshness(account: AccountFacts, day: date) -> Look:
    if account.compared_on is not None:
        if account.compared_on < day - timedelta(days=SYNC_DAYS):
            words = f"The broker was last asked on {day_text(account.compared_on)}."
            return Look(reason=Skip.STALE_SYNC, words=words)
        return Look()
    if account.stated_on is not None and account.stated_on < day - timedelta(days=STATEMENT_DAYS):
        words = f"The last statement in the book is of {day_text(account.stated_on)}."
        return Look(reason=Skip.STALE_SYNC, words=words)
    return Look()


def cannot_be_worth(loss: Decimal, least_benefit: Decimal) -> bool:
    """Whether a loss cannot be worth `least_benefit` to anybody: even at the highest rate there is."""
    return ARITHMETIC.multiply(loss, HIGHEST_RATE) < least_benefit


def ties_of(traits: InstrumentTraits) -> frozenset[str]:
    """Words that two instruments share when a purchase of one might wash a loss of the other.

    More than the rule ties (a household's own group may part what a shared one joins), never less: what
    shares none is not substantially identical under any policy.
    """
    words = {f"id:{traits.id}", f"symbol:{traits.symbol.strip().upper()}"}
    words |= {f"group:{group}" for group in (traits.own_group, traits.shared_group) if group is not None}
    if traits.tracked_index:
        words.add(f"index:{' '.join(traits.tracked_index.split()).casefold()}")
    underlying = underlying_of(traits) if traits.asset_class == "option" else ""
    return frozenset(words | ({f"symbol:{underlying}"} if underlying else set()))


def is_tied(instrument_id: UUID, bought: Iterable[UUID], ties: Mapping[UUID, Collection[str]]) -> bool:
    """Whether anything of `bought` might be identical with the instrument."""
    own = set(ties[instrument_id])
    return any(not own.isdisjoint(ties[other]) for other in bought)


def clear_outcome(lots: Collection[LossLot], day: date) -> SaleOutcome:
    """The outcome of selling these lots where nothing was bought that could wash any of them.

    The same as `sale_outcome` gives, without deriving the household's book.
    """
    uses = tuple(
        LotUse(
            lot_id=lot.lot_id,
            acquired=lot.acquired,
            quantity=lot.quantity,
            basis=lot.basis,
            gain=-lot.loss,
            term=lot.term_on(day),
        )
        for lot in lots
    )
    return SaleOutcome(
        lots=uses,
        proceeds=sum((lot.value for lot in lots), ZERO),
        short_gain=-sum((lot.loss for lot in lots if lot.term_on(day) is Term.SHORT), ZERO),
        long_gain=-sum((lot.loss for lot in lots if lot.term_on(day) is Term.LONG), ZERO),
        deferred=ZERO,
        lost=ZERO,
        causes=(),
        open=sum((lot.quantity for lot in lots), ZERO),
        open_until=day + timedelta(days=WINDOW),
        free_on=None,
        verdict=Verdict.CLEAR,
    )


def candidate_of(
    lots: tuple[LossLot, ...],
    outcome: SaleOutcome,
    *,
    portfolio_id: UUID,
    instrument_id: UUID,
    symbol: str,
    currency: str,
    day: date,
    price: Decimal,
    price_day: date,
) -> Candidate:
    """The candidate that these lots make, with what the book says of selling them.

    Raises UnavailableError where the outcome does not tell the gains.
    """
    if outcome.short_gain is None or outcome.long_gain is None:
        raise UnavailableError("A basis or a term of these lots is not known.")
    return Candidate(
        portfolio_id=portfolio_id,
        instrument_id=instrument_id,
        symbol=symbol,
        currency=currency,
        day=day,
        price=price,
        price_day=price_day,
        lots=lots,
        short_loss=max(-outcome.short_gain, ZERO),
        long_loss=max(-outcome.long_gain, ZERO),
        washed=outcome.disallowed,
        outcome=outcome,
    )


def part_words(reasons: Mapping[Skip, Collection[str]]) -> tuple[Skip, str]:
    """The gravest reason why a part of an account was not judged, and all of them in one sentence each."""
    order = (Skip.DIFFERENCES, Skip.MISSING_BASIS, Skip.NO_PRICE)
    sentences = {
        Skip.DIFFERENCES: "The position in {} is in question.",
        Skip.MISSING_BASIS: "A basis or its day is not known: {}.",
        Skip.NO_PRICE: "No usable price: {}.",
    }
    found = [reason for reason in order if reasons.get(reason)]
    if not found:
        return Skip.NONE, ""
    words = (sentences[reason].format(list_text(sorted(reasons[reason]))) for reason in found)
    return found[0], _cut(" ".join(words))


def _cut(words: str, most: int = 300) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
