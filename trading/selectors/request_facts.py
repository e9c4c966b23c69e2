"""What a request to trade names: accounts and symbols, looked up once for all of its orders."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db import connection

from accounts.models import User
from common.errors import NotFound
from common.joined_rows import models_of, part_of
from portfolios.models import Portfolio
from trading.models import BrokerAccount, Gateway
from trading.selectors.desk import instrument_of_symbol
from trading.selectors.instruments import instruments_tradable
from trading.selectors.standing_facts import StandingFacts

Accounts = Mapping[UUID, BrokerAccount]
# Sealed or long, and of no use to an order.
LEFT_OUT = frozenset(("flex_query", "flex_token", "flex_until"))
OWN = """
SELECT {account}, {gateway}, {portfolio}, m.sees_all
FROM broker_accounts a JOIN gateway_states g ON g.id = a.gateway_id
    JOIN portfolios p ON p.id = a.portfolio_id
    JOIN household_members m ON m.household_id = p.household_id
WHERE a.portfolio_id = ANY(%s) AND m.user_id = %s AND (m.sees_all OR m.id = p.holder_id)
"""


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


def instruments_of_symbols(
    user: User, wanted: Iterable[tuple[BrokerAccount, str]], facts: StandingFacts
) -> dict[str, UUID]:
    """The instrument that each symbol means in its account; a symbol that means none is left out.

    One of the household's own comes before one that all share. Whoever does not see all of the household is
    asked about one by one: an instrument of an account that they do not see is none to them. `facts` cover
    the symbols.
    """
    found = {}
    for symbol, account in {symbol.strip(): account for account, symbol in wanted}.items():
        if not account.sees_taxes:
            key = _asked(user, symbol)
        else:
            instrument = facts.instrument_called(symbol, account.portfolio.household_id)
            key = None if instrument is None else instrument.pk
        if key is not None:
            found[symbol] = key
    return found


def refuse_unseen(user: User, wanted: Iterable[tuple[BrokerAccount, UUID]]) -> None:
    """Raises NotFound for an instrument that is named by its key and is none to `user`.

    Whoever sees all of the household sees all that it knows, which is looked at with the contract.
    """
    asked = {key for account, key in wanted if not account.sees_taxes}
    if asked and instruments_tradable(user).filter(pk__in=asked).count() < len(asked):
        raise NotFound("There is no such instrument.", code="not-found")


def _asked(user: User, symbol: str) -> UUID | None:
    try:
        return instrument_of_symbol(user, symbol)
    except NotFound:
        return None


def _own(user: User, portfolio_ids: Collection[UUID]) -> dict[UUID, BrokerAccount]:
    """Accounts of one's own household that a member sees: all of them, or those that they hold.

    A part of `Portfolio.objects.visible_to` without its questions about grants.
    """
    parts = part_of(BrokerAccount, "a", LEFT_OUT), part_of(Gateway, "g"), part_of(Portfolio, "p")
    account, gateway, portfolio = (part.columns for part in parts)
    with connection.cursor() as cursor:
        statement = OWN.format(account=account, gateway=gateway, portfolio=portfolio)
        cursor.execute(statement, [list(portfolio_ids), user.pk])
        rows = cursor.fetchall()
    found = {}
    for row in rows:
        one, one.gateway, one.portfolio = models_of(row, *parts)
        one.sees_taxes, one.is_tradable = row[-1], True
        found[one.portfolio_id] = one
    return found
