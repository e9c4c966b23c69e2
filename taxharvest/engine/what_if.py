"""A sale that is only thought of: what each choice of lots would bring, and what would be washed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from common.errors import InvalidInput
from common.identifiers import derived_uuid
from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import day_text
from portfolios.engine.lot_selections import selection_problems
from portfolios.engine.onward import BookSoFar, Followed
from portfolios.engine.policies import TaxRules
from portfolios.engine.records import (
    Book,
    DisposalRecord,
    LotChoice,
    LotRecord,
    PortfolioRecord,
    ReliefMethod,
    TaxOwner,
    Term,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from portfolios.engine.relief.minimum_tax import Rates, minimum_tax
from portfolios.engine.relief.registry import RELIEF
from portfolios.engine.relief.sales import Relief
from portfolios.engine.relief_words import RELIEF_WORDS
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.savings import MarginalRates

ZERO = Decimal(0)
SPECIFIC = "specific"
SPECIFIC_LABEL = "Specific lots"
RATE_PARTS = 10_000  # `Rates` counts in ten-thousandths
# Behind every row of its day.
LAST_SEQUENCE = 2**62


class Verdict(StrEnum):
    """What the wash-sale rule says of the sale."""

    NO_LOSS = "no_loss"
    CLEAR = "clear"
    PARTLY_WASHED = "partly_washed"
    WASHED = "washed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSale:
    """Shares that might be sold: `price` for one in `currency`, `multiplier` shares in one unit, fees on top.

    `fx_rate` is units of the account's base currency for one of `currency`, None where it is not known.
    `lots` are shares named for it, by undivided lot; empty where none are named.
    """

    portfolio_id: UUID
    instrument_id: UUID
    day: date
    quantity: Decimal
    price: Decimal
    currency: str
    fees: Decimal = ZERO
    multiplier: Decimal = Decimal(1)
    fx_rate: Decimal | None = None
    lots: tuple[LotChoice, ...] = ()

    @property
    def amount(self) -> Decimal:
        """What the sale would bring, net of fees, in `currency`."""
        return quantize(ARITHMETIC.multiply(self.quantity * self.multiplier, self.price)) - self.fees


@dataclass(frozen=True, slots=True, kw_only=True)
class LotUse:
    """Shares that a choice takes from one undivided lot, in the base currency; None: not known."""

    lot_id: UUID | None
    acquired: date | None
    quantity: Decimal
    basis: Decimal | None
    gain: Decimal | None
    term: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class WashCause:
    """A purchase that would wash a part of the loss: its account, day, and how many of its shares.

    `sold` are the shares of the sale that it replaces and `disallowed` is their loss.
    """

    portfolio_id: UUID
    instrument_id: UUID
    transaction_id: UUID
    day: date
    shares: Decimal
    sold: Decimal
    disallowed: Decimal
    is_permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOutcome:
    """What one choice of lots would bring, in the base currency of the account.

    `short_gain` and `long_gain` are recognised, so a disallowed loss is not in them; None while a basis, a
    rate or a term is not known. `deferred` goes into the basis of the replacement, `lost` into none. `open`
    counts the shares whose loss would stand, and that a purchase until `open_until` would wash. `free_on` is
    the first day on which nothing bought so far would wash this sale, None where nothing does.
    """

    lots: tuple[LotUse, ...]
    proceeds: Decimal | None
    short_gain: Decimal | None
    long_gain: Decimal | None
    deferred: Decimal
    lost: Decimal
    causes: tuple[WashCause, ...]
    open: Decimal
    open_until: date | None
    free_on: date | None
    verdict: Verdict

    @property
    def disallowed(self) -> Decimal:
        """The part of the loss that would not count this year."""
        return self.deferred + self.lost


class LotStrategy(NamedTuple):
    """A choice of lots: its key (a relief method's value, or `specific`), name, outcome and tax.

    `tax` is negative for a saving and None where rates or gains are not known.
    """

    key: str
    label: str
    outcome: SaleOutcome
    tax: Decimal | None

    @property
    def after_tax(self) -> Decimal | None:
        """Proceeds less the tax on the sale."""
        proceeds = self.outcome.proceeds
        return None if proceeds is None or self.tax is None else proceeds - self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Every choice of lots for one sale. `recommended` is the key of the best one, empty where none is."""

    sale: PlannedSale
    strategies: tuple[LotStrategy, ...]
    open_lots: tuple[LotRecord, ...]
    recommended: str
    reason: str


@dataclass(frozen=True)
class SaleLedger:
    """The ledger rows that a sale depends on, with the accounts of the household and its rules."""

    rows: Sequence[TransactionRecord]
    portfolios: Mapping[UUID, PortfolioRecord]
    rules: TaxRules

    def until(self, day: date) -> "SaleLedger":
        """The same ledger as it stood at the end of `day`; itself, with its book, where no row is later."""
        if all(row.trade_date <= day for row in self.rows):
            return self
        return replace(self, rows=tuple(row for row in self.rows if row.trade_date <= day))

    @cached_property
    def so_far(self) -> BookSoFar:
        """The book of the ledger, which is walked once, whatever is put behind it."""
        return BookSoFar(self.rows, self.portfolios, self.rules)

    @property
    def book(self) -> Book:
        """What follows from the ledger without any sale that is only thought of."""
        return self.so_far.book

    def lots_of(self, portfolio_id: UUID, instrument_id: UUID) -> tuple[LotRecord, ...]:
        """The open lots held long in one account, in order of acquisition."""
        return tuple(
            lot
            for lot in self.book.lots
            if lot.portfolio_id == portfolio_id and lot.instrument_id == instrument_id and lot.quantity > 0
        )


def what_if(ledger: SaleLedger, sale: PlannedSale, rates: MarginalRates | None = None) -> WhatIf:
    """Each relief method's choice of lots for `sale`, and the named lots where there are any.

    The sale stands behind the last row of its day: later rows are not in the book, and every earlier sale
    keeps its lots. `rates` are the rates on the next dollar of gain, None where they are not known. Raises
    InvalidInput, naming the fields, for a sale that cannot be.
    """
    before = ledger.until(sale.day)
    lots = before.lots_of(sale.portfolio_id, sale.instrument_id)
    _check(sale, lots)
    account = ledger.portfolios[sale.portfolio_id]
    plain = replace(sale, lots=())
    outcomes = [
        (method.value, RELIEF_WORDS[method].label, sale_outcome(before, plain, relief))
        for method, relief in _reliefs(rates).items()
    ]
    if sale.lots:
        outcomes.append((SPECIFIC, SPECIFIC_LABEL, sale_outcome(before, sale)))
    strategies = [
        LotStrategy(key, label, outcome, tax_on(outcome, account, rates)) for key, label, outcome in outcomes
    ]
    recommended, reason = _recommended(strategies, account)
    return WhatIf(
        sale=sale, strategies=tuple(strategies), open_lots=lots, recommended=recommended, reason=reason
    )


def sale_outcome(before: SaleLedger, sale: PlannedSale, relief: Relief | None = None) -> SaleOutcome:
    """What `sale` would bring after the rows of `before`: its named lots, else those of `relief`.

    Without either, the account's own method chooses.
    """
    row, found = _followed(before, sale, relief)
    pieces = found.disposals
    causes = _causes(found, row.id)
    standing = sum((piece.quantity for piece in pieces if _is_standing_loss(piece)), ZERO)
    account = before.portfolios[sale.portfolio_id]
    still_open = standing if is_judged(account, sale.instrument_id, sale.day, before.rules) else ZERO
    return SaleOutcome(
        lots=_uses(pieces, before),
        proceeds=_known_sum(piece.proceeds_base for piece in pieces),
        short_gain=_recognised(pieces, Term.SHORT),
        long_gain=_recognised(pieces, Term.LONG),
        deferred=sum((cause.disallowed for cause in causes if not cause.is_permanent), ZERO),
        lost=sum((cause.disallowed for cause in causes if cause.is_permanent), ZERO),
        causes=causes,
        open=still_open,
        open_until=sale.day + timedelta(days=WINDOW) if still_open else None,
        free_on=_free_on(before, sale, relief, causes),
        verdict=_verdict(pieces, causes, standing),
    )


def is_judged(account: PortfolioRecord, instrument_id: UUID, day: date, rules: TaxRules) -> bool:
    """Whether the wash-sale rule looks at a loss of `day` at all.

    It does in taxable accounts of the couple that files, but not at what IRC 1256 covers, and at digital
    assets only from the day that the policy names.
    """
    if account.treatment is not Treatment.TAXABLE or account.owner is TaxOwner.OTHER:
        return False
    identity = rules.identities.get(instrument_id)
    if identity is None:
        return True
    first = rules.policy.digital_assets_from
    is_covered = not identity.is_digital_asset or (first is not None and first <= day)
    return is_covered and not identity.is_exempt


def _reliefs(rates: MarginalRates | None) -> dict[ReliefMethod, Relief]:
    """Every method; the least tax is counted with the person's own rates where they are known."""
    if rates is None:
        return dict(RELIEF)
    own = Rates(short=_parts(rates.short), long=_parts(rates.long))
    return {**RELIEF, ReliefMethod.MINIMUM_TAX: minimum_tax(own)}


def _parts(rate: Decimal) -> int:
    return int(quantize(rate * RATE_PARTS, Decimal(1)))


def tax_on(outcome: SaleOutcome, account: PortfolioRecord, rates: MarginalRates | None) -> Decimal | None:
    """The tax on the recognised gains at marginal rates; nothing where the account is not taxed.

    None where it is not known: no rates, an unknown gain, or an account of somebody who files apart.
    """
    if account.treatment is not Treatment.TAXABLE:
        return ZERO
    if rates is None or account.owner is TaxOwner.OTHER:
        return None
    if outcome.short_gain is None or outcome.long_gain is None:
        return None
    short = ARITHMETIC.multiply(outcome.short_gain, rates.short)
    return quantize(ARITHMETIC.add(short, ARITHMETIC.multiply(outcome.long_gain, rates.long)))


def _check(sale: PlannedSale, lots: Sequence[LotRecord]) -> None:
    """Raise InvalidInput when `sale` cannot be made out of the open `lots`."""
    faults: dict[str, list[str]] = {}
    held = sum((lot.quantity for lot in lots), ZERO)
    if sale.quantity <= 0:
        faults["quantity"] = ["Say how many shares, above zero."]
    elif sale.quantity > held:
        faults["quantity"] = [
            f"This account holds {_plain(held)} on {day_text(sale.day)}, not {_plain(sale.quantity)}."
        ]
    if sale.price <= 0:
        faults["price"] = ["The price is above zero."]
    if sale.fees < 0:
        faults["fees"] = ["Fees are never negative."]
    problems = lot_problems(sale, lots)
    if problems and "quantity" not in faults:
        faults["lots"] = problems
    if faults:
        first = next(iter(faults.values()))[0]
        raise InvalidInput(detail=first, code="impossible-sale", fields=faults)


def lot_problems(sale: PlannedSale, lots: Sequence[LotRecord]) -> list[str]:
    """What is wrong with the lots named for `sale`, a sentence each; `lots` are open in its position."""
    return selection_problems(
        sale.lots, sold=sale.quantity, open_now=_shares_by_root(lots), names=_names(lots)
    )


def _shares_by_root(lots: Iterable[LotRecord]) -> dict[UUID, Decimal]:
    shares: dict[UUID, Decimal] = {}
    for lot in lots:
        shares[lot.root_id] = shares.get(lot.root_id, ZERO) + lot.quantity
    return shares


def _names(lots: Iterable[LotRecord]) -> dict[UUID, str]:
    return {
        lot.root_id: f"of {day_text(lot.acquired)}" if lot.acquired else "of an unknown day" for lot in lots
    }


def _followed(
    before: SaleLedger, sale: PlannedSale, relief: Relief | None
) -> tuple[TransactionRecord, Followed]:
    row = TransactionRecord(
        id=derived_uuid(sale.portfolio_id, f"what-if:{sale.instrument_id}"),
        portfolio_id=sale.portfolio_id,
        kind=TransactionKind.SELL,
        trade_date=sale.day,
        sequence=LAST_SEQUENCE,
        instrument_id=sale.instrument_id,
        quantity=-sale.quantity,
        price=sale.price,
        amount=sale.amount,
        fees=sale.fees,
        currency=sale.currency,
        fx_rate=sale.fx_rate,
        lots=sale.lots,
    )
    reliefs = {} if relief is None else {row.id: relief}
    return row, before.so_far.after([row], reliefs)


def _causes(found: Followed, sale_id: UUID) -> tuple[WashCause, ...]:
    return tuple(
        WashCause(
            portfolio_id=wash.replacement_portfolio_id,
            instrument_id=wash.replacement_instrument_id,
            transaction_id=wash.replacement_id,
            day=wash.replaced_on,
            shares=wash.replacement_quantity,
            sold=wash.quantity,
            disallowed=wash.disallowed_base,
            is_permanent=wash.is_permanent,
        )
        for wash in found.washes
        if wash.sale_id == sale_id
    )


def _free_on(
    before: SaleLedger, sale: PlannedSale, relief: Relief | None, causes: Sequence[WashCause]
) -> date | None:
    """The first day on which nothing bought so far is within thirty days of the sale, by trying.

    Behind the purchases that wash it today may stand others, so each later day is asked anew.
    """
    day = None
    while causes:
        day = max(cause.day for cause in causes) + timedelta(days=WINDOW + 1)
        row, found = _followed(before, replace(sale, day=day), relief)
        causes = _causes(found, row.id)
    return day


def _is_standing_loss(piece: DisposalRecord) -> bool:
    return piece.gain_base is not None and piece.gain_base < 0 and not piece.disallowed_base


def _verdict(pieces: Sequence[DisposalRecord], causes: Sequence[WashCause], standing: Decimal) -> Verdict:
    if causes:
        return Verdict.PARTLY_WASHED if standing else Verdict.WASHED
    if standing:
        return Verdict.CLEAR
    return Verdict.UNKNOWN if any(piece.gain_base is None for piece in pieces) else Verdict.NO_LOSS


def _recognised(pieces: Sequence[DisposalRecord], term: Term) -> Decimal | None:
    """The recognised gain of one term; None while any piece may belong to it with an unknown amount."""
    if any(piece.term is Term.UNKNOWN for piece in pieces):
        return None
    return _known_sum(piece.recognised_base for piece in pieces if piece.term is term)


def _known_sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _uses(pieces: Sequence[DisposalRecord], before: SaleLedger) -> tuple[LotUse, ...]:
    """The pieces by undivided lot and term, as a person names lots."""
    roots = {lot.id: lot.root_id for lot in before.book.lots}
    # A part that the rule split off has an identifier of its own: its purchase tells the lot.
    by_purchase = {lot.transaction_id: lot.root_id for lot in before.book.lots}
    grouped: dict[tuple[UUID | None, Term], list[DisposalRecord]] = {}
    for piece in pieces:
        root = roots.get(piece.lot_id) if piece.lot_id else None
        if root is None and piece.acquisition_id is not None:
            root = by_purchase.get(piece.acquisition_id)
        grouped.setdefault((root, piece.term), []).append(piece)
    return tuple(
        LotUse(
            lot_id=root,
            acquired=parts[0].acquired,
            quantity=sum((part.quantity for part in parts), ZERO),
            basis=_known_sum(part.basis_base for part in parts),
            gain=_known_sum(part.gain_base for part in parts),
            term=term,
        )
        for (root, term), parts in grouped.items()
    )


def _recommended(strategies: Sequence[LotStrategy], account: PortfolioRecord) -> tuple[str, str]:
    """The choice with the lowest tax, then the smallest disallowed loss, then the account's own method.

    Of what is then still equal the least tax is named, which says what it is chosen for. Average basis is an
    election for the account (Reg. 1.1012-1(e)), so no single sale is advised to use it.
    """
    if account.treatment is not Treatment.TAXABLE:
        return "", "Sales in this account are not taxed, so the choice of lots changes no tax."
    known = [
        one for one in strategies if one.tax is not None and one.key in (*_ADVISED, account.relief.value)
    ]
    if not known:
        return "", "No choice is recommended: the tax is not known."
    order = (account.relief.value, SPECIFIC, ReliefMethod.MINIMUM_TAX.value)
    best = min(known, key=lambda one: (one.tax, one.outcome.disallowed, _place(one.key, order)))
    return best.key, _why(best, known, account)


def _place(key: str, order: Sequence[str]) -> int:
    return order.index(key) if key in order else len(order)


_ADVISED = (SPECIFIC, *(method.value for method in ReliefMethod if method is not ReliefMethod.AVERAGE))


def _why(best: LotStrategy, known: Sequence[LotStrategy], account: PortfolioRecord) -> str:
    taxes = {one.tax for one in known}
    if len(taxes) == 1:
        disallowed = {one.outcome.disallowed for one in known}
        if len(disallowed) == 1:
            return "Every choice of lots comes to the same tax."
        return "Every choice comes to the same tax; this one has the smallest disallowed loss."
    if best.key == account.relief.value:
        return "The account’s own method has the lowest tax: nothing needs to be named."
    return "The lowest tax of all choices. The broker must be told these lots until the settlement."


def _plain(value: Decimal) -> str:
    return f"{value.normalize(ARITHMETIC):f}"
