"""Judging orders before they are kept: contracts, quotes, the book and the tax book against all controls."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from common.build import build_digest
from common.errors import Conflict, DomainError, InvalidInput, NotFound
from common.idempotency import KeyTaken
from common.money import ARITHMETIC
from portfolios.selectors.exchange_rates import rate_between
from portfolios.selectors.portfolios import instrument_known
from trading.engine.controls.facts import (
    AccountFacts,
    ControlFacts,
    Intent,
    RecentOrder,
    SentOrder,
    TradeRestriction,
)
from trading.engine.controls.pricing import LIMITED_KINDS, notional, reference_price, reservation
from trading.engine.controls.run import controls_run
from trading.engine.records import ContractFacts, OrderTicket, Quote, Side
from trading.engine.tax_looks import OrderBefore, TaxLook, circumstances_of, wash_facts
from trading.engine.tickets import ticket_problems
from trading.engine.trade_requests import (
    OrderJudged,
    OrderWanted,
    TradeRequest,
    field_of,
    request_problems,
)
from trading.models import BrokerAccount, Contract, Order
from trading.selectors.controls import (
    day_begins,
    day_trades,
    exchange_day,
    gateway_state,
    repetitions,
    restrictions_reaching,
)
from trading.selectors.live import quote_of_entry, quotes_told
from trading.selectors.locked_facts import Ask, LockedFacts, group_of, locked_facts
from trading.selectors.orders import Placed, orders_placed
from trading.selectors.request_facts import accounts_named
from trading.selectors.standing_facts import AccountLimits, StandingFacts, standing_facts
from trading.selectors.tax_looks import tax_look
from trading.selectors.tickets import contract_facts
from trading.services.market_hours import is_market_open
from trading.services.questions import GatewaySilent, question_ask

logger = logging.getLogger(__name__)
ZERO = Decimal(0)
# A quote as young as this is not asked for again before the controls look at its age.
FRESH = timedelta(seconds=5)
QUOTE_WAIT = 3.0
# Longer than any transaction takes from its order to its end, and by more than clocks differ.
MEANWHILE = timedelta(seconds=30)
CONTRACT_WAIT = 5.0
# The broker's fixed price for stocks in the United States: by the share, and at least this much an order.
COMMISSION_PER_SHARE, LEAST_COMMISSION = Decimal("0.005"), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An order with everything that does not depend on other orders in flight.

    `named` is the row of the contract, with its instrument. `price` is what the tax book reckons with, and
    `tax` the tax side of the order, None where it cannot be told; `placed` are the orders of its household
    `since` a moment that were there before it was looked at.
    """

    wanted: OrderWanted
    account: BrokerAccount
    may_trade: bool
    named: Contract
    contract: ContractFacts
    average_volume: Decimal | None
    rate: Decimal | None
    limits: AccountLimits
    restrictions: tuple[TradeRestriction, ...]
    quote: Quote | None = None
    price: Decimal | None = None
    tax: TaxLook | None = None
    since: datetime
    placed: Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Who asks, when, and what is the same for every order of the request.

    `accounts` are those that the request names, by portfolio, where somebody has looked them up already; each
    with its tradability. `standing` is what is known of all that the request names, where somebody has just
    read it. `key` is that of the request, so that an answer kept under it is noticed.
    """

    user: User
    request: TradeRequest
    signed_in_at: datetime | None
    now: datetime
    accounts: Mapping[UUID, BrokerAccount] | None = None
    standing: StandingFacts | None = None
    key: str = ""


@dataclass(slots=True)
class Running:
    """One account while the orders of a request are judged one after the other, each as if kept."""

    facts: LockedFacts
    intents: tuple[Intent, ...]
    sent: tuple[SentOrder, ...]
    reserved: Decimal = ZERO
    notional: Decimal = ZERO
    own: Order | None = None


def orders_prepare(sitting: Sitting) -> list[Prepared]:
    """Everything about the orders that need not wait for their accounts; done outside of any transaction.

    Raises NotFound for what is not the user's to see, and InvalidInput naming every field that is wrong.
    """
    if problems := request_problems(sitting.request):
        raise InvalidInput("Some values cannot be used.", code="invalid-input", fields=problems)
    prepared = _prepared(sitting)
    problems = {}
    for place, one in enumerate(prepared):
        for field, sentences in ticket_problems(one.wanted.ticket, one.contract, sitting.now).items():
            problems[field_of(sitting.request, place, field)] = sentences
    if problems:
        raise InvalidInput("Some values cannot be used.", code="invalid-input", fields=problems)
    quoted = with_quotes(prepared, sitting.now)
    return [
        _with_tax(one, sitting.now, orders_before(quoted[:place], sitting.now))
        for place, one in enumerate(quoted)
    ]


def quote_now(account: BrokerAccount, symbol: str, now: datetime) -> Quote | None:
    """The newest quote of a symbol: one that is told already and young, else asked of the account's gateway.

    It may wait for the gateway's answer, so no row is to be locked meanwhile. None where nobody knows one.
    """
    return _newest(account, symbol, quotes_told([symbol]).get(symbol), now)


def with_quotes(prepared: Sequence[Prepared], now: datetime) -> list[Prepared]:
    """The orders with the newest quotes of their own gateways, which are asked for what nobody watches.

    What another gateway tells of the same symbol is no price to go by: one may be on paper, the other not.
    """
    told = quotes_told([one.contract.symbol for one in prepared])
    found: dict[tuple[UUID, str], Quote | None] = {}
    for one in prepared:
        key = one.account.gateway_id, one.contract.symbol
        if key not in found:
            found[key] = _newest(one.account, one.contract.symbol, told.get(one.contract.symbol), now)
    return [replace(one, quote=found[one.account.gateway_id, one.contract.symbol]) for one in prepared]


def _newest(account: BrokerAccount, symbol: str, told: Quote | None, now: datetime) -> Quote | None:
    """What is told, while it is of the account's own gateway and young; else what that gateway answers."""
    known = told if told is not None and told.gateway in {"", str(account.gateway_id)} else None
    if known is not None and now - known.as_of <= FRESH:
        return known
    return _quote_asked(account, symbol) or known


def orders_judge(
    sitting: Sitting, prepared: Sequence[Prepared], order_ids: Sequence[UUID], *, own: Order | None = None
) -> tuple[OrderJudged, ...]:
    """All controls over every order, each judged as if those before it were kept.

    Called with the accounts' rows locked when the orders are to be kept. `own` is the order that is changed:
    what it holds back is its own to use. Raises KeyTaken when an answer is kept under the sitting's key.
    """
    desks = _desks(sitting, prepared, own)
    judged: list[OrderJudged] = []
    for place, (one, order_id) in enumerate(zip(prepared, order_ids, strict=True)):
        desk = desks[one.account.pk]
        verdict = _judged(sitting, desk, prepared, place, order_id)
        desk.reserved += verdict.reserved or ZERO
        desk.notional += verdict.notional or ZERO
        judged.append(verdict)
    return tuple(judged)


def _prepared(sitting: Sitting) -> list[Prepared]:
    """The orders with their accounts and contracts, and the limits and restrictions that hold for them."""
    request, today = sitting.request, exchange_day(sitting.now)
    accounts = _accounts(sitting)
    named = [(accounts[wanted.portfolio_id], wanted.instrument_id) for wanted in request.orders]
    keys = [key for _, key in named]
    standing = sitting.standing
    if standing is None or not standing.covers(keys):
        standing = standing_facts([account for account, _ in named], keys)
    since = sitting.now - MEANWHILE
    placed = orders_placed({account.portfolio.household_id for account, _ in named}, since=since)
    prepared = []
    for wanted, (account, key) in zip(request.orders, named, strict=True):
        row = standing.contract_of(account, key) or _contract_asked(account, key)
        rate = rate_between(sitting.user, account.portfolio_id, row.currency, account.currency, today)
        prepared.append(
            Prepared(
                wanted=wanted,
                account=account,
                may_trade=_may_trade(account),
                named=row,
                contract=contract_facts(row),
                average_volume=row.average_volume,
                rate=rate,
                limits=standing.limits[account.pk],
                restrictions=restrictions_reaching(standing.restrictions, account, key, today),
                since=since,
                placed=placed,
            )
        )
    return prepared


def _accounts(sitting: Sitting) -> Mapping[UUID, BrokerAccount]:
    """The accounts that the request names. Raises NotFound unless its sender may see all of them."""
    named = {wanted.portfolio_id for wanted in sitting.request.orders}
    found = accounts_named(sitting.user, named) if sitting.accounts is None else sitting.accounts
    if named - found.keys():
        raise NotFound("There is no such account at a broker.", code="not-found")
    return found


def _may_trade(account: BrokerAccount) -> bool:
    """Whether the person may trade in the account, and it is open to that at all."""
    is_open = account.may_trade and account.portfolio.closed_on is None
    takes_orders = account.gateway.is_enabled and not account.gateway.is_read_only
    return account.is_tradable and is_open and takes_orders


def _contract_asked(account: BrokerAccount, instrument_id: UUID) -> Contract:
    """What the broker calls an instrument that is not known yet; the gateway's daemon keeps the answer."""
    instrument = instrument_known(account.portfolio.household_id, instrument_id)
    question = {
        "instrument_id": str(instrument_id), "symbol": instrument.symbol, "currency": instrument.currency,
    }  # fmt: skip
    _gateway_ask(account, "contract", question, seconds=CONTRACT_WAIT)
    found = standing_facts([account], [instrument_id]).contract_of(account, instrument_id)
    if found is not None:
        return found
    sentence = f"The broker does not know {instrument.symbol}."
    raise InvalidInput(sentence, code="unknown-instrument", fields={"instrument": [sentence]})


def _quote_asked(account: BrokerAccount, symbol: str) -> Quote | None:
    """A quote from the gateway; None when it has none, so that the controls refuse for want of one."""
    try:
        answer = _gateway_ask(account, "quote", {"symbol": symbol}, seconds=QUOTE_WAIT)
    except Conflict:
        return None
    return quote_of_entry(answer)


def _gateway_ask(account: BrokerAccount, kind: str, content: Mapping[str, Any], *, seconds: float) -> Any:
    """Ask the daemon of the account's gateway. Raises GatewaySilent at once where none is alive to answer."""
    held_until = account.gateway.held_until
    if held_until is None or held_until < timezone.now():
        raise GatewaySilent
    return question_ask(account.gateway_id, kind, content, seconds=seconds)


def _desks(sitting: Sitting, prepared: Sequence[Prepared], own: Order | None) -> dict[UUID, Running]:
    """The accounts of the request as they stand among the orders in flight."""
    accounts = {one.account.pk: one.account for one in prepared}
    return {key: _running(sitting, account, prepared, own) for key, account in accounts.items()}


def _running(
    sitting: Sitting, account: BrokerAccount, prepared: Sequence[Prepared], own: Order | None
) -> Running:
    mine = [one for one in prepared if one.account.pk == account.pk]
    span = timedelta(seconds=mine[0].limits.limits.duplicate_seconds)
    facts = locked_facts(
        Ask(
            account=account,
            instrument_ids=sorted({one.wanted.instrument_id for one in mine}),
            day=day_begins(sitting.now),
            since=sitting.now - span,
            now=sitting.now,
            user_id=sitting.user.pk,
            key=sitting.key,
        )
    )
    if facts.is_key_used and sitting.key:
        raise KeyTaken
    # Rarely is there one; then it is looked at closely.
    intents, sent = repetitions(account) if facts.suspects else ((), ())
    return Running(facts=facts, intents=intents, sent=sent, own=own)


def _judged(
    sitting: Sitting, desk: Running, prepared: Sequence[Prepared], place: int, order_id: UUID
) -> OrderJudged:
    one, gateway = prepared[place], prepared[place].account.gateway
    limits, locked, tax = one.limits.limits, desk.facts, one.tax
    facts = ControlFacts(
        order_id=order_id,
        now=sitting.now,
        today=exchange_day(sitting.now),
        is_live=gateway.is_live,
        ticket=one.wanted.ticket,
        contract=one.contract,
        account=_account(sitting, desk, prepared, place),
        quote=one.quote,
        firm_exposure=locked.all_reserved + locked.all_bought + desk.reserved,
        average_volume=one.average_volume,
        wash=None if tax is None else wash_facts(tax),
        may_trade=one.may_trade,
        signed_in_at=sitting.signed_in_at,
        compared_at=gateway.reconciled_at,
        gateway=gateway_state(gateway, sitting.now),
        is_reconciled=gateway.reconciled_at is not None,
        builds=frozenset({*locked.builds, build_digest(), gateway.build} - {""}),
        rate=one.rate,
        expected_commission=_commission(one.wanted.ticket),
        strategy=sitting.request.origin,
        recent_orders=_recent(sitting, desk, prepared, place),
        account_sends=locked.account_sends,
        global_sends=locked.global_sends,
        intents=desk.intents,
        sent=desk.sent,
        restrictions=one.restrictions,
        kill_switches=locked.switches,
        drift=locked.drift,
        is_market_open=is_market_open(sitting.now),
        confirmed=sitting.request.confirmed,
    )
    return OrderJudged(
        wanted=one.wanted,
        contract=one.contract,
        quote=one.quote,
        verdicts=controls_run(facts, limits),
        price=one.price,
        notional=notional(facts, limits),
        reserved=reservation(facts, limits),
        tax=tax,
    )


def _account(sitting: Sitting, desk: Running, prepared: Sequence[Prepared], place: int) -> AccountFacts:
    """The account as this order finds it, those before it counted in and the one it replaces left out."""
    one, own, locked = prepared[place], desk.own, desk.facts
    account, key, ticket = one.account, one.wanted.instrument_id, one.wanted.ticket
    count, is_opened = day_trades(account, key, sitting.now) if account.has_margin else (0, False)
    # What has filled of a sale is gone from the account, and is part of what the order was to sell.
    filled = one.wanted.filled if ticket.side is Side.SELL else ZERO
    reserved = locked.reserved + locked.bought_since + desk.reserved
    return AccountFacts(
        id=account.pk,
        currency=account.currency,
        buying_power=account.buying_power,
        reserved=reserved - (own.reserved if own else ZERO),
        day_notional=locked.day_notional + desk.notional - (own.notional if own else ZERO),
        held=locked.held.get(key, ZERO) + filled + _bought_by_parent(sitting.request, one.wanted, own),
        open_sells=_on_sale(desk, prepared, place),
        equity=account.net_liquidation,
        has_margin=account.has_margin,
        can_borrow=one.limits.can_borrow,
        day_trades=count,
        would_day_trade=is_opened and ticket.side is Side.SELL,
    )


def _bought_by_parent(request: TradeRequest, wanted: OrderWanted, own: Order | None) -> Decimal:
    """Shares that the order it waits for will have bought."""
    if wanted.parent is not None:
        parent = request.orders[wanted.parent].ticket
        return parent.quantity if parent.side is Side.BUY else ZERO
    if own is not None and own.parent is not None and own.parent.side == Side.BUY:
        left: Decimal = own.parent.quantity - own.parent.filled
        return left
    return ZERO


def _on_sale(desk: Running, prepared: Sequence[Prepared], place: int) -> Decimal:
    """What other orders sell of the position, at the broker and earlier in the request.

    Of orders that end each other only one can fill: they count once, and those that this one ends not at all.
    """
    one = prepared[place]
    key = (one.account.pk, one.wanted.instrument_id)
    groups = dict(desk.facts.on_sale.get(one.wanted.instrument_id, {}))
    for index, other in enumerate(prepared[:place]):
        ticket = other.wanted.ticket
        if (other.account.pk, other.wanted.instrument_id) == key and ticket.side is Side.SELL:
            group = _group(index, other.wanted)
            groups[group] = max(groups.get(group, ZERO), ticket.quantity)
    groups.pop(group_of(desk.own) if desk.own is not None else _group(place, one.wanted), None)
    return sum(groups.values(), ZERO)


def _group(place: int, wanted: OrderWanted) -> str:
    """What orders share of which only one can fill, named as `group_of` names it of orders that are kept."""
    if wanted.ticket.oca_group:
        return f"group:{wanted.ticket.oca_group}"
    return f"asked:{place}" if wanted.parent is None else f"asked after:{wanted.parent}"


def _recent(
    sitting: Sitting, desk: Running, prepared: Sequence[Prepared], place: int
) -> tuple[RecentOrder, ...]:
    one = prepared[place]
    if desk.own is not None:
        return ()  # a change repeats its own order by nature
    kept = tuple(
        order.under(one.account.pk, one.contract.con_id)
        for order in desk.facts.recent
        if order.instrument_id == one.wanted.instrument_id
    )
    before = tuple(
        RecentOrder(
            id=other.account.pk,  # not kept yet, so it has no key of its own
            account_id=other.account.pk,
            con_id=other.contract.con_id,
            placed_at=sitting.now,
            ticket=other.wanted.ticket,
        )
        for other in prepared[:place]
    )
    return kept + before


def _reckoned_price(ticket: OrderTicket, quote: Quote | None) -> Decimal | None:
    """The price that the tax book reckons with: the limit if there is one, else where the market stands."""
    if ticket.kind in LIMITED_KINDS and ticket.limit_price is not None:
        return ticket.limit_price
    return reference_price(quote)


def _commission(ticket: OrderTicket) -> Decimal:
    return max(ARITHMETIC.multiply(ticket.quantity, COMMISSION_PER_SHARE), LEAST_COMMISSION)


def orders_before(prepared: Sequence[Prepared], now: datetime) -> tuple[OrderBefore, ...]:
    """These orders as the tax look of one behind them sees them; those without a price are left out."""
    found = []
    for one in prepared:
        ticket, price = one.wanted.ticket, _reckoned_price(one.wanted.ticket, one.quote)
        if price is not None:
            around = circumstances_of(ticket, price, exchange_day(now))
            found.append(
                OrderBefore(
                    portfolio_id=one.account.portfolio_id,
                    instrument_id=one.wanted.instrument_id,
                    side=ticket.side,
                    quantity=ticket.quantity,
                    price=price,
                    **({"last_day": exchange_day(now)} | around),
                )
            )
    return tuple(found)


def _with_tax(one: Prepared, now: datetime, before: Sequence[OrderBefore]) -> Prepared:
    """The order with its price, and its tax side at that price, behind the orders of the request `before` it.

    Raises InvalidInput naming `lots` that cannot be sold.
    """
    price = _reckoned_price(one.wanted.ticket, one.quote)
    return replace(one, price=price, tax=_tax(one, price, exchange_day(now), before))


def looked_again(sitting: Sitting, prepared: Sequence[Prepared]) -> Sequence[Prepared]:
    """The orders as they are, looked at anew where the household has placed one the other way meanwhile.

    Called under the lock of the household's accounts: a sale at a loss and a purchase of the same that come
    in together are seen by whichever is second. What has no tie to an order was not looked at the first time
    and need not be the second.
    """
    households = {one.account.portfolio.household_id for one in prepared}
    placed = orders_placed(households, since=prepared[0].since)
    new = {key for key, count in placed.items() if count > prepared[0].placed.get(key, 0)}
    if not new:
        return prepared
    return [
        _with_tax(one, sitting.now, orders_before(prepared[:place], sitting.now))
        if _is_touched(one, new)
        else one
        for place, one in enumerate(prepared)
    ]


def _is_touched(one: Prepared, new: Collection[tuple[UUID, Side, UUID]]) -> bool:
    """Whether something tied to the order was ordered the other way; so it may be where no tie is told."""
    household_id, other = one.account.portfolio.household_id, one.wanted.ticket.side.other
    against = {instrument_id for key, side, instrument_id in new if (key, side) == (household_id, other)}
    tied = None if one.tax is None else one.tax.tied
    return bool(against) and (tied is None or not tied.isdisjoint(against))


def _tax(
    one: Prepared, price: Decimal | None, day: date, before: Sequence[OrderBefore] = ()
) -> TaxLook | None:
    """The tax side of the order; None where it cannot be told, which the wash-sale control asks about."""
    if price is None:
        return None
    try:
        look = tax_look(
            portfolio_id=one.account.portfolio_id,
            instrument_id=one.wanted.instrument_id,
            side=one.wanted.ticket.side,
            quantity=one.wanted.ticket.quantity - one.wanted.filled,
            price=price,
            day=day,
            lots=one.wanted.lots,
            before=before,
            **circumstances_of(one.wanted.ticket, price, day),
        )
        # The tax and the gain together tell the household's rate, which is not everybody's to know.
        return look if one.account.sees_taxes else replace(look, tax=None)
    except DomainError:
        raise
    except Exception:
        logger.exception("the tax side of an order could not be told")
        return None
