"""What a request to trade names: accounts, instruments and contracts, read once for all of its orders."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Upper

from accounts.models import User
from common.errors import NotFound
from portfolios.models import Instrument
from trading.models import BrokerAccount, Contract
from trading.selectors.desk import instrument_of_symbol

Accounts = Mapping[UUID, BrokerAccount]
# Sealed or long, and of no use to an order.
LEFT_OUT = ("flex_query", "flex_token", "flex_until")


def accounts_named(user: User, portfolio_ids: Collection[UUID]) -> dict[UUID, BrokerAccount]:
    """The accounts of these portfolios that `user` may see, by portfolio, each with its tradability.

    Those of one's own household come by one join; what is seen by a grant alone is asked for besides.
    """
    found = _own(user, portfolio_ids)
    missing = set(portfolio_ids) - found.keys()
    if missing:
        rows = BrokerAccount.objects.visible_to(user).with_tradability(user).filter(portfolio_id__in=missing)
        found |= {row.portfolio_id: row for row in rows.select_related("gateway", "portfolio")}
    return found


def tradable_accounts(user: User, portfolio_ids: Collection[UUID]) -> dict[UUID, BrokerAccount]:
    """The accounts of these portfolios. Raises NotFound unless `user` may trade in all of them."""
    found = accounts_named(user, portfolio_ids)
    if set(portfolio_ids) - found.keys() or not all(account.is_tradable for account in found.values()):
        raise NotFound("There is no such account at a broker.", code="not-found")
    return found


def instruments_of_symbols(user: User, wanted: Iterable[tuple[BrokerAccount, str]]) -> dict[str, UUID]:
    """The instrument that each symbol means in its account; a symbol that means none is left out.

    One of the household's own comes before one that all share. Whoever does not see all of the household is
    asked about one by one: an instrument of an account that they do not see is none to them.
    """
    pairs = {symbol.strip(): account for account, symbol in wanted}
    whole = {symbol: account for symbol, account in pairs.items() if account.sees_taxes}
    found = _known(whole)
    for symbol in pairs.keys() - whole.keys():
        try:
            found[symbol] = instrument_of_symbol(user, symbol)
        except NotFound:
            continue
    return found


def contracts_known(wanted: Collection[tuple[BrokerAccount, UUID]]) -> dict[tuple[UUID, UUID], Contract]:
    """What is known of these instruments at the accounts' gateways, by gateway and instrument.

    Only of instruments that the account's household may deal in.
    """
    households = {account.portfolio.household_id for account, _ in wanted}
    rows = Contract.objects.filter(
        Q(instrument__household__isnull=True) | Q(instrument__household_id__in=households),
        gateway_id__in={account.gateway_id for account, _ in wanted},
        instrument_id__in={instrument_id for _, instrument_id in wanted},
    )
    stored = {(row.gateway_id, row.instrument_id): row for row in rows.select_related("instrument")}
    return {
        (account.gateway_id, key): stored[account.gateway_id, key]
        for account, key in wanted
        if (account.gateway_id, key) in stored
        and stored[account.gateway_id, key].instrument.household_id in {None, account.portfolio.household_id}
    }


def _own(user: User, portfolio_ids: Collection[UUID]) -> dict[UUID, BrokerAccount]:
    """Accounts of one's own household that a member sees: all of them, or those that they hold.

    A part of `Portfolio.objects.visible_to` without its questions about grants.
    """
    members = "portfolio__household__members"
    sees = Q(**{f"{members}__sees_all": True}) | Q(**{f"{members}__pk": F("portfolio__holder_id")})
    rows = (
        BrokerAccount.objects.filter(sees, portfolio_id__in=portfolio_ids, **{f"{members}__user": user})
        .annotate(sees_taxes=F(f"{members}__sees_all"))
        .select_related("gateway", "portfolio")
        .defer(*LEFT_OUT)
    )
    found = {row.portfolio_id: row for row in rows}
    for row in found.values():
        row.is_tradable = True
    return found


def _known(pairs: Mapping[str, BrokerAccount]) -> dict[str, UUID]:
    """The oldest instrument of each symbol, the household's own first. A user is of one household only."""
    if not pairs:
        return {}
    household_id = next(iter(pairs.values())).portfolio.household_id
    rows = Instrument.objects.known_to(household_id).alias(capitals=Upper("symbol"))
    rows = rows.filter(capitals__in={symbol.upper() for symbol in pairs}).order_by("household_id", "pk")
    keys: dict[str, UUID] = {}
    for key, symbol in rows.values_list("pk", "symbol"):
        keys.setdefault(symbol.upper(), key)
    return {symbol: keys[symbol.upper()] for symbol in pairs if symbol.upper() in keys}
