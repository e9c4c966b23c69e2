"""Finding at the broker what the book does not hold yet, and taking it over to be traded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import User
from common.audit import audit_record
from common.errors import DomainError, InvalidInput
from common.throttling import Limit, attempt_count
from common.transactions import write_transaction
from portfolios.services.instruments import InstrumentResolver
from trading.engine.question_words import contract_read
from trading.engine.records import ContractFacts
from trading.models import BrokerAccount
from trading.selectors.instruments import contracts_unknown, facts_of_contract
from trading.services.questions import GatewaySilent, question_ask

# The broker answers a search about once a second.
WAIT_SECONDS = 5.0
SHORTEST, SHOWN = 2, 8
SEARCHES = Limit(name="broker-searches", attempts=30, seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerFound:
    """What the broker knows for some letters and the book does not; `silence` says why it was not heard."""

    contracts: tuple[ContractFacts, ...] = ()
    silence: str = ""


def broker_search(
    user: User, accounts: Sequence[BrokerAccount], text: str
) -> tuple[BrokerAccount | None, BrokerFound]:
    """Ask the first gateway of these accounts whose daemon is alive; the account that was asked for.

    A search that the broker does not answer says so. Raises TooManyAttempts alone.
    """
    attempt_count(SEARCHES, str(user.pk))
    now = timezone.now()
    alive = [one for one in accounts if one.gateway.held_until and one.gateway.held_until >= now]
    if not alive:
        return None, BrokerFound(silence=GatewaySilent().detail)
    account = alive[0]
    try:
        answer = _asked(account, "search", {"pattern": text.strip()})
        told = [contract_read(each) for each in answer["found"]]
    except DomainError as refusal:
        return account, BrokerFound(silence=refusal.detail)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return account, BrokerFound(silence="The broker's answer could not be read.")
    unknown = contracts_unknown(account.portfolio.household_id, told)
    return account, BrokerFound(contracts=tuple(unknown[:SHOWN]))


def instrument_adopt(user: User, account: BrokerAccount, *, symbol: str, currency: str, con_id: int) -> UUID:
    """Take a contract of the broker's into the household's book, as the broker itself describes it.

    Nothing that the caller says is kept but what the broker confirms. Raises InvalidInput where it knows no
    such contract, Conflict where it does not answer.
    """
    answer = _asked(account, "contract", {"symbol": symbol, "currency": currency})
    facts = contract_read(answer)
    if facts.con_id != con_id:
        raise InvalidInput(
            f"The broker knows {symbol[:60]} as another contract now.", code="unknown-instrument"
        )
    return _adopted(user, account, facts)


@write_transaction
def _adopted(user: User, account: BrokerAccount, facts: ContractFacts) -> UUID:
    # Of two that take over the same contract the second finds it.
    BrokerAccount.objects.select_for_update().get(pk=account.pk)
    resolver = InstrumentResolver(account.portfolio.household_id)
    wanted = facts_of_contract(facts)
    if resolver.create_missing([wanted]):
        detail = {"symbol": facts.symbol, "contract": facts.con_id}
        audit_record(
            actor_id=user.pk, action="instrument.adopt", subject=resolver.resolve(wanted), detail=detail
        )
    instrument_id: UUID = resolver.resolve(wanted).pk
    return instrument_id


def _asked(account: BrokerAccount, kind: str, content: dict[str, str]) -> dict[str, Any]:
    try:
        return question_ask(account.gateway_id, kind, content, seconds=WAIT_SECONDS)
    except RedisError:
        raise GatewaySilent from None
