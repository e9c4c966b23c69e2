"""Judging orders before they are kept: contracts, quotes, the book and the tax book against all controls."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from common.errors import Conflict, DomainError, InvalidInput, NotFound
from common.money import ARITHMETIC
from portfolios.selectors.exchange_rates import rate_between
from portfolios.selectors.portfolios import instrument_known, instruments_known
from trading.engine.controls.facts import AccountFacts, ControlFacts, RecentOrder
from trading.engine.controls.limits import ControlLimits
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
    AccountLimits,
    TradingFacts,
    account_facts,
    exchange_day,
    gateway_state,
    limits_of,
    recent_orders,
    restrictions_of,
    trading_facts,
)
from trading.selectors.live import quote_of_entry, quotes_told
from trading.selectors.tax_looks import tax_look
from trading.selectors.tickets import contract_facts
from trading.services.questions import GatewaySilent, question_ask

logger = logging.getLogger(__name__)
ZERO = Decimal(0)
# A quote as young as this is not asked for again before the controls look at its age.
FRESH = timedelta(seconds=5)
QUOTE_WAIT = 3.0
CONTRACT_WAIT = 5.0
# The broker's fixed price for stocks in the United States: by the share, and at least this much an order.
COMMISSION_PER_SHARE, LEAST_COMMISSION = Decimal("0.005"), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An order whose account, instrument, contract and quote are known."""

    wanted: OrderWanted
    account: BrokerAccount
    may_trade: bool
    sees_taxes: bool
    contract: ContractFacts
    average_volume: Decimal | None
    quote: Quote | None
    rate: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Who asks, when, and what is the same for every order of the request."""

    user: User
    request: TradeRequest
    signed_in_at: datetime | None
    now: datetime


@dataclass(slots=True)
class Running:
    """One account while the orders of a request are judged one after the other, each as if kept."""

    facts: TradingFacts
    limits: AccountLimits
    account: BrokerAccount
    reserved: Decimal = ZERO
    notional: Decimal = ZERO
    own: Order | None = None


def orders_prepare(sitting: Sitting) -> list[Prepared]:
    """Find account, instrument, contract and a fresh quote of every order; done outside of any transaction.

    Raises NotFound for what is not the user's to see, and InvalidInput naming every field that is wrong.
    """
    if problems := request_problems(sitting.request):
        raise InvalidInput("Some values cannot be used.", code="invalid-input", fields=problems)
    accounts = _accounts(sitting)
    prepared: list[Prepared] = []
    problems = {}
    for place, wanted in enumerate(sitting.request.orders):
        one = _prepared(sitting, wanted, accounts)
        for field, sentences in ticket_problems(wanted.ticket, one.contract, sitting.now).items():
            problems[field_of(sitting.request, place, field)] = sentences
        prepared.append(one)
    if problems:
        raise InvalidInput("Some values cannot be used.", code="invalid-input", fields=problems)
    return with_quotes(prepared, sitting.now)


def with_quotes(prepared: Sequence[Prepared], now: datetime) -> list[Prepared]:
    """The orders with the newest quotes: those that nobody watches are asked of the gateway."""
    told = quotes_told([one.contract.symbol for one in prepared])
    for one in prepared:
        symbol = one.contract.symbol
        is_fresh = symbol in told and now - told[symbol].as_of <= FRESH
        if not is_fresh and (quote := _quote_asked(one)) is not None:
            told[symbol] = quote
    return [replace(one, quote=told.get(one.contract.symbol)) for one in prepared]


def orders_judge(
    sitting: Sitting, prepared: Sequence[Prepared], order_ids: Sequence[UUID], *, own: Order | None = None
) -> tuple[OrderJudged, ...]:
    """All controls over every order, each judged as if those before it were kept.

    Called with the accounts' rows locked when the orders are to be kept. `own` is the order that is changed:
    what it holds back is its own to use. Raises InvalidInput naming `lots` that cannot be sold.
    """
    desks: dict[UUID, Running] = {}
    judged: list[OrderJudged] = []
    for place, (one, order_id) in enumerate(zip(prepared, order_ids, strict=True)):
        desk = desks.get(one.account.pk) or _running(one.account, sitting.now, own)
        desks[one.account.pk] = desk
        verdict = _judged(sitting, desk, prepared, place, order_id)
        desk.reserved += verdict.reserved or ZERO
        desk.notional += verdict.notional or ZERO
        judged.append(verdict)
    return tuple(judged)


def _accounts(sitting: Sitting) -> dict[UUID, BrokerAccount]:
    """The accounts that the request names and its sender may see, by portfolio, each with `is_tradable`."""
    named = {wanted.portfolio_id for wanted in sitting.request.orders}
    rows = BrokerAccount.objects.visible_to(sitting.user).with_tradability(sitting.user)
    return {
        row.portfolio_id: row
        for row in rows.filter(portfolio_id__in=named).select_related("gateway", "portfolio")
    }


def _prepared(sitting: Sitting, wanted: OrderWanted, accounts: Mapping[UUID, BrokerAccount]) -> Prepared:
    account = accounts.get(wanted.portfolio_id)
    if account is None:
        raise NotFound("There is no such account at a broker.", code="not-found")
    row = _contract(account, wanted.instrument_id)
    contract = contract_facts(row)
    return Prepared(
        wanted=wanted,
        account=account,
        may_trade=account.is_tradable and account.may_trade and not account.gateway.is_read_only,
        sees_taxes=account.sees_taxes,
        contract=contract,
        average_volume=row.average_volume,
        quote=None,
        rate=rate_between(
            sitting.user, account.portfolio_id, contract.currency, account.currency, exchange_day(sitting.now)
        ),
    )


def _contract(account: BrokerAccount, instrument_id: UUID) -> Contract:
    """What the broker calls the instrument; asked once, and kept by the gateway's daemon."""
    known = Contract.objects.filter(gateway_id=account.gateway_id, instrument_id=instrument_id)
    known = known.filter(instrument__in=instruments_known(account.portfolio.household_id))
    if (found := known.first()) is not None:
        return found
    instrument = instrument_known(account.portfolio.household_id, instrument_id)
    question = {
        "instrument_id": str(instrument_id), "symbol": instrument.symbol, "currency": instrument.currency,
    }  # fmt: skip
    _gateway_ask(account, "contract", question, seconds=CONTRACT_WAIT)
    if (found := known.first()) is not None:
        return found
    sentence = f"The broker does not know {instrument.symbol}."
    raise InvalidInput(sentence, code="unknown-instrument", fields={"instrument": [sentence]})


def _quote_asked(one: Prepared) -> Quote | None:
    """A quote from the gateway; None when it has none, so that the controls refuse for want of one."""
    try:
        answer = _gateway_ask(one.account, "quote", {"symbol": one.contract.symbol}, seconds=QUOTE_WAIT)
    except Conflict:
        return None
    return quote_of_entry(answer)


def _gateway_ask(account: BrokerAccount, kind: str, content: Mapping[str, Any], *, seconds: float) -> Any:
    """Ask the daemon of the account's gateway. Raises GatewaySilent at once where none is alive to answer."""
    held_until = account.gateway.held_until
    if held_until is None or held_until < timezone.now():
        raise GatewaySilent
    return question_ask(account.gateway_id, kind, content, seconds=seconds)


def _running(account: BrokerAccount, now: datetime, own: Order | None) -> Running:
    return Running(facts=trading_facts(account, now), limits=limits_of(account.pk), account=account, own=own)


def _judged(
    sitting: Sitting, desk: Running, prepared: Sequence[Prepared], place: int, order_id: UUID
) -> OrderJudged:
    one = prepared[place]
    limits = desk.limits.limits
    price = _reckoned_price(one.wanted.ticket, one.quote)
    tax = _tax(one, price, exchange_day(sitting.now), orders_before(prepared[:place], sitting.now))
    facts = ControlFacts(
        order_id=order_id,
        now=sitting.now,
        today=exchange_day(sitting.now),
        is_live=one.account.gateway.is_live,
        ticket=one.wanted.ticket,
        contract=one.contract,
        account=_account(sitting, desk, prepared, place),
        quote=one.quote,
        firm_exposure=desk.facts.firm_exposure + desk.reserved,
        average_volume=one.average_volume,
        wash=None if tax is None else wash_facts(tax),
        may_trade=one.may_trade,
        signed_in_at=sitting.signed_in_at,
        compared_at=one.account.gateway.reconciled_at,
        gateway=gateway_state(one.account.gateway, sitting.now),
        is_reconciled=one.account.gateway.reconciled_at is not None,
        builds=desk.facts.builds,
        rate=one.rate,
        expected_commission=_commission(one.wanted.ticket),
        strategy=sitting.request.origin,
        recent_orders=_recent(sitting, desk, prepared, place, limits),
        account_sends=desk.facts.account_sends,
        global_sends=desk.facts.global_sends,
        intents=desk.facts.intents,
        sent=desk.facts.sent,
        restrictions=restrictions_of(one.account, one.wanted.instrument_id, exchange_day(sitting.now)),
        kill_switches=desk.facts.switches,
        drift=desk.facts.drift,
        confirmed=sitting.request.confirmed,
    )
    return OrderJudged(
        wanted=one.wanted,
        contract=one.contract,
        quote=one.quote,
        verdicts=controls_run(facts, limits),
        price=price,
        notional=notional(facts, limits),
        reserved=reservation(facts, limits),
        tax=tax,
    )


def _account(sitting: Sitting, desk: Running, prepared: Sequence[Prepared], place: int) -> AccountFacts:
    """The account as this order finds it, those before it counted in and the one it replaces left out."""
    one, own = prepared[place], desk.own
    facts = account_facts(
        desk.account,
        one.wanted.instrument_id,
        desk.facts,
        can_borrow=desk.limits.can_borrow,
        now=sitting.now,
        besides=None if own is None else own.pk,
    )
    return replace(
        facts,
        reserved=facts.reserved + desk.reserved - (own.reserved if own else ZERO),
        day_notional=facts.day_notional + desk.notional - (own.notional if own else ZERO),
        held=facts.held + _bought_by_parent(sitting.request, one.wanted, own),
        open_sells=facts.open_sells + _sold_before(prepared, place),
        would_day_trade=facts.would_day_trade and one.wanted.ticket.side is Side.SELL,
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


def _sold_before(prepared: Sequence[Prepared], place: int) -> Decimal:
    """What earlier orders of the request sell of the same position; of a group that cancels itself, one."""
    one = prepared[place]
    key = (one.account.pk, one.wanted.instrument_id)
    groups: dict[object, Decimal] = {}
    for index, other in enumerate(prepared[:place]):
        ticket = other.wanted.ticket
        if (other.account.pk, other.wanted.instrument_id) != key or ticket.side is Side.BUY:
            continue
        group = _group(index, other.wanted)
        if group != _group(place, one.wanted):
            groups[group] = max(groups.get(group, ZERO), ticket.quantity)
    return sum(groups.values(), ZERO)


def _group(place: int, wanted: OrderWanted) -> object:
    """What orders share of which only one can fill."""
    return wanted.ticket.oca_group or (("parent", wanted.parent) if wanted.parent is not None else place)


def _recent(
    sitting: Sitting, desk: Running, prepared: Sequence[Prepared], place: int, limits: ControlLimits
) -> tuple[RecentOrder, ...]:
    one = prepared[place]
    since = sitting.now - timedelta(seconds=limits.duplicate_seconds)
    if desk.own is not None:
        return ()  # a change repeats its own order by nature
    kept = recent_orders(desk.account, one.wanted.instrument_id, one.contract.con_id, since=since)
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
            quantity=one.wanted.ticket.quantity,
            price=price,
            day=day,
            lots=one.wanted.lots,
            before=before,
            **circumstances_of(one.wanted.ticket, price, day),
        )
        # The tax and the gain together tell the household's rate, which is not everybody's to know.
        return look if one.sees_taxes else replace(look, tax=None)
    except DomainError:
        raise
    except Exception:
        logger.exception("the tax side of an order could not be told")
        return None
