"""The tax side of an order: what a sale or a purchase would bring, as records and in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from common.identifiers import derived_uuid
from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import amount_text, day_text
from portfolios.engine.onward import Followed
from portfolios.engine.policies import PlanPurchases
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import (
    PortfolioRecord,
    TaxOwner,
    Term,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.harvest.guard import Threat, free_of
from taxharvest.engine.harvest.threat_words import threat_words, traps_of
from taxharvest.engine.what_if import LAST_SEQUENCE, LotUse, SaleLedger, SaleOutcome
from trading.engine.tax_looks import LotClosed, TaxLook

ZERO = Decimal(0)
HERE = "this account"
UNTAXED: Mapping[Treatment, str] = {
    Treatment.IRA: "Trades in a retirement account are not taxed.",
    Treatment.OTHER_PLAN: "Trades in a retirement or health savings account are not taxed.",
    Treatment.SIMULATED: "Trades in a simulated account are not taxed.",
}
DEPENDANT = "This account is a dependant’s: its gains are not on the household’s return."
PLAN_UNSETTLED = (
    "Something identical was sold at a loss in the 30 days before. No ruling says whether a purchase in a "
    "401(k) or HSA washes that loss; the book does not count it."
)
COVERS = "The account is short of this: the gain or loss of buying it back is not in this look."


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPurchase:
    """Shares that might be bought: `price` for one in `currency`, `multiplier` shares in one unit."""

    portfolio_id: UUID
    instrument_id: UUID
    day: date
    quantity: Decimal
    price: Decimal
    currency: str
    multiplier: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossReplaced:
    """Shares sold at a loss that a purchase would replace: `disallowed` of their loss would not count.

    It is in `currency`, the base currency of the account that took the loss.
    """

    portfolio_id: UUID
    instrument_id: UUID
    sold: date
    shares: Decimal
    disallowed: Decimal
    currency: str
    is_permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOutcome:
    """The losses that a purchase would wash, by day of sale.

    `free_on` is the first day on which it would wash none of what was sold so far; None: it washes none.
    """

    losses: tuple[LossReplaced, ...] = ()
    free_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesUsed:
    """The tax on a sale at the household's marginal rates, or None and the sentence that says why."""

    tax: Decimal | None
    reason: str = ""


def purchase_outcome(before: SaleLedger, purchase: PlannedPurchase) -> PurchaseOutcome:
    """The losses that `purchase` would wash, behind the last row of its day (IRC 1091(a)).

    `before` covers the whole household until the day of the purchase. What earlier purchases washed is not
    in it: every share that was sold is replaced once.
    """
    losses = found = _losses(before, purchase)
    day = None
    # Behind the losses that these shares would replace may stand later ones, so each day is asked anew.
    while found:
        day = max(loss.sold for loss in found) + timedelta(days=WINDOW + 1)
        found = _losses(before, replace(purchase, day=day))
    return PurchaseOutcome(losses=losses, free_on=day)


def sale_look(
    outcome: SaleOutcome,
    account: PortfolioRecord,
    symbols: Mapping[UUID, str],
    rates: RatesUsed,
    words: Sequence[str] = (),
    *,
    threats: Sequence[Threat] = (),
) -> TaxLook:
    """What a sale out of `account` would bring, for the person who orders it.

    `gain` is before the wash-sale rule and adds up the lots; `short_term` and `long_term` are recognised, so
    the two together are more than `gain` by `deferred`, which counts `lost` as well. A piece whose basis, day
    or term is not known is not among the lots: a sentence says so. `threats` are what is still to come.
    """
    closed = tuple(lot for use in outcome.lots for lot in _closed(use))
    gains = [use.gain for use in outcome.lots]
    known = [gain for gain in gains if gain is not None]
    return TaxLook(
        currency=account.base_currency,
        lots=closed,
        gain=sum(known, ZERO) if len(known) == len(gains) else None,
        short_term=outcome.short_gain,
        long_term=outcome.long_gain,
        tax=rates.tax,
        wash_words=_joined(
            _sale_words(outcome, account, symbols), threat_words(threats, account.id, symbols)
        ),
        deferred=outcome.disallowed,
        lost=outcome.lost,
        first_free=_first_free(outcome.free_on, threats),
        at_risk=_at_risk(threats, account.base_currency),
        traps=traps_of(threats, account.id, symbols),
        words=(
            *words,
            *_unknown_words(outcome),
            *account_words(account),
            *filter(None, (rates.reason,)),
            *standing_words(outcome),
        ),
    )


def purchase_look(
    outcome: PurchaseOutcome,
    account: PortfolioRecord,
    symbols: Mapping[UUID, str],
    words: Sequence[str] = (),
    *,
    threats: Sequence[Threat] = (),
) -> TaxLook:
    """Which losses a purchase in `account` would wash, for the person who orders it.

    Losses are counted in the account's currency or, when none is in it, in that of the losses. A sentence
    gives what further currencies hold: no rate is guessed for them. `threats` are sales at a loss that wait.
    """
    currencies = sorted({one.currency for one in outcome.losses} | {one.currency for one in threats})
    currency = account.base_currency
    if currencies and currency not in currencies:
        currency = currencies[0]
    counted = [loss for loss in outcome.losses if loss.currency == currency]
    return TaxLook(
        currency=currency,
        wash_words=_joined(
            _purchase_words(counted, account, symbols), threat_words(threats, account.id, symbols)
        ),
        deferred=sum((loss.disallowed for loss in counted), ZERO),
        lost=sum((loss.disallowed for loss in counted if loss.is_permanent), ZERO),
        first_free=_first_free(outcome.free_on, threats),
        at_risk=_at_risk(threats, currency),
        traps=traps_of(threats, account.id, symbols),
        words=(
            *words,
            *(
                _purchase_words([loss for loss in outcome.losses if loss.currency == other], account, symbols)
                for other in currencies
                if other != currency and any(loss.currency == other for loss in outcome.losses)
            ),
        ),
    )


def held_words(symbol: str, held: Decimal, ordered: Decimal) -> tuple[str, ...]:
    """That the book holds fewer shares than are to be sold, where it does."""
    if held >= ordered:
        return ()
    if not held:
        return (f"The book holds no {symbol} in this account, so there is no lot to close.",)
    counts = f"{_plain(held)} {symbol} in this account, not {_plain(ordered)}"
    return (f"The book holds {counts}: only those are in this look.",)


def account_words(account: PortfolioRecord) -> tuple[str, ...]:
    """Why trades of `account` change no tax of the household, where they do not."""
    if account.treatment is not Treatment.TAXABLE:
        return (UNTAXED[account.treatment],)
    return (DEPENDANT,) if account.owner is TaxOwner.OTHER else ()


def unsettled_words(before: SaleLedger, purchase: PlannedPurchase) -> tuple[str, ...]:
    """That a purchase in a 401(k) or HSA would wash a loss if it counted: Rev. Rul. 2008-5 speaks of IRAs."""
    policy = before.rules.policy
    account = before.portfolios[purchase.portfolio_id]
    if account.treatment is not Treatment.OTHER_PLAN or policy.plan_purchases is not PlanPurchases.WARN:
        return ()
    counted = replace(policy, plan_purchases=PlanPurchases.PERMANENT)
    asked = replace(before, rules=replace(before.rules, policy=counted))
    return (PLAN_UNSETTLED,) if _losses(asked, purchase) else ()


def standing_words(outcome: SaleOutcome) -> tuple[str, ...]:
    """Until when the loss that would stand can still be washed."""
    if outcome.open_until is None:
        return ()
    shares = f"{_plain(outcome.open)} share{'' if outcome.open == 1 else 's'}"
    where = "in any account of the household"
    until = day_text(outcome.open_until)
    return (f"The loss on {shares} stands unless something identical is bought, {where}, until {until}.",)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _first_free(booked: date | None, threats: Sequence[Threat]) -> date | None:
    """The first day clear of both; None as long as something planned may come on any day."""
    if not threats:
        return booked
    planned = free_of(threats)
    return planned if planned is None or booked is None else max(planned, booked)


def _at_risk(threats: Sequence[Threat], currency: str) -> Decimal:
    return sum((one.disallowed for one in threats if one.currency == currency), ZERO)


def _losses(before: SaleLedger, purchase: PlannedPurchase) -> tuple[LossReplaced, ...]:
    row, found = _followed(before, purchase)
    return tuple(
        LossReplaced(
            portfolio_id=wash.portfolio_id,
            instrument_id=wash.instrument_id,
            sold=wash.sold,
            shares=wash.quantity,
            disallowed=wash.disallowed_base,
            currency=before.portfolios[wash.portfolio_id].base_currency,
            is_permanent=wash.is_permanent,
        )
        for wash in sorted(found.washes, key=lambda wash: wash.sold)
        if wash.replacement_id == row.id
    )


def _followed(before: SaleLedger, purchase: PlannedPurchase) -> tuple[TransactionRecord, Followed]:
    units = ARITHMETIC.multiply(purchase.quantity, purchase.multiplier)
    row = TransactionRecord(
        id=derived_uuid(purchase.portfolio_id, f"order:{purchase.instrument_id}"),
        portfolio_id=purchase.portfolio_id,
        kind=TransactionKind.BUY,
        trade_date=purchase.day,
        sequence=LAST_SEQUENCE,
        instrument_id=purchase.instrument_id,
        quantity=purchase.quantity,
        price=purchase.price,
        amount=-quantize(ARITHMETIC.multiply(units, purchase.price)),
        currency=purchase.currency,
    )
    return row, before.so_far.after([row])


def _closed(use: LotUse) -> Iterable[LotClosed]:
    """The piece of a lot when everything about it is known."""
    if use.lot_id is None or use.acquired is None or use.term is Term.UNKNOWN:
        return
    if use.basis is not None and use.gain is not None:
        yield LotClosed(
            lot_id=use.lot_id,
            acquired=use.acquired,
            quantity=use.quantity,
            basis=use.basis,
            gain=use.gain,
            is_long_term=use.term is Term.LONG,
        )


def _unknown_words(outcome: SaleOutcome) -> Iterable[str]:
    if outcome.proceeds is None:
        yield "The rate of exchange into the account’s currency is not known, so the gain is not either."
        return
    shares = sum((use.quantity for use in outcome.lots if not tuple(_closed(use))), ZERO)
    if shares:
        yield (
            f"The basis or the holding period of {_plain(shares)} share{'' if shares == 1 else 's'} is not "
            "known, so the gain is not either."
        )


def _sale_words(outcome: SaleOutcome, account: PortfolioRecord, symbols: Mapping[UUID, str]) -> str:
    if not outcome.causes:
        return ""
    bought: dict[tuple[str, date, str], Decimal] = {}
    for cause in outcome.causes:
        key = (symbols[cause.instrument_id], cause.day, _place(cause.portfolio_id, account))
        bought[key] = bought.get(key, ZERO) + cause.shares
    fate = _fate(outcome.deferred, outcome.lost, account.base_currency)
    return f"Of this loss {fate} (IRC 1091), because of {_list(bought)} in the 30 days before, still held."


def _purchase_words(
    losses: Sequence[LossReplaced], account: PortfolioRecord, symbols: Mapping[UUID, str]
) -> str:
    if not losses:
        return ""
    sold: dict[tuple[str, date, str], Decimal] = {}
    for loss in losses:
        key = (symbols[loss.instrument_id], loss.sold, _place(loss.portfolio_id, account))
        sold[key] = sold.get(key, ZERO) + loss.shares
    lost = sum((loss.disallowed for loss in losses if loss.is_permanent), ZERO)
    deferred = sum((loss.disallowed for loss in losses if not loss.is_permanent), ZERO)
    fate = _fate(deferred, lost, losses[0].currency)
    return f"Of losses taken in the 30 days before {fate} (IRC 1091): {_list(sold)}."


def _place(portfolio_id: UUID, account: PortfolioRecord) -> str:
    return HERE if portfolio_id == account.id else ELSEWHERE


def _fate(deferred: Decimal, lost: Decimal, currency: str) -> str:
    parts = [
        f"{amount_text(amount, currency)} would be {word}"
        for amount, word in ((deferred, "deferred"), (lost, "lost for good"))
        if amount
    ]
    return " and ".join(parts)


def _list(shares: Mapping[tuple[str, date, str], Decimal]) -> str:
    return ", ".join(
        f"{_plain(count)} {symbol} of {day_text(day)} in {place}"
        for (symbol, day, place), count in shares.items()
    )


def _plain(value: Decimal) -> str:
    return f"{value.normalize(ARITHMETIC):f}"
