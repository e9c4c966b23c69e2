"""Which instruments somebody may trade, and which instrument of ours a broker means."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import HouseholdMember, User
from common.errors import NotFound
from portfolios.engine.records import InstrumentFacts
from portfolios.models import Instrument, Transaction
from trading.engine.records import ContractFacts, ExecutionFacts
from trading.models import BrokerAccount, Contract


def instruments_tradable(user: User) -> QuerySet[Instrument]:
    """Instruments that `user` may see, and those of their own household that nobody has dealt in yet.

    The latter were taken over from a broker to be traded for the first time. One that an account which is
    hidden from `user` has dealt in stays hidden with it.
    """
    visible = Instrument.objects.visible_to(user).values("pk")
    own = HouseholdMember.objects.filter(household=OuterRef("household"), user=user)
    dealt = Transaction.objects.filter(Q(instrument=OuterRef("pk")) | Q(counterpart=OuterRef("pk")))
    return Instrument.objects.filter(Q(pk__in=visible) | (Exists(own) & ~Exists(dealt)))


def instrument_tradable(user: User, instrument_id: UUID) -> Instrument:
    """One of them. Raises NotFound for any other."""
    found = instruments_tradable(user).filter(pk=instrument_id).first()
    if found is None:
        raise NotFound("There is no such instrument.", code="not-found")
    return found


def has_page(user: User, instrument: Instrument) -> bool:
    """Whether the book has a page of the instrument for `user`: nothing that was never dealt in has one."""
    return Instrument.objects.visible_to(user).filter(pk=instrument.pk).exists()


def contracts_unknown(household_id: UUID, told: list[ContractFacts]) -> list[ContractFacts]:
    """Those of the broker's contracts that the household's book does not know, in their order."""
    rows = Instrument.objects.known_to(household_id)
    known = set(rows.exclude(conid="").values_list("conid", flat=True))
    symbols = set(rows.values_list("symbol", "currency"))
    return [
        each for each in told if str(each.con_id) not in known and (each.symbol, each.currency) not in symbols
    ]


def instrument_of_fill(account: BrokerAccount, fill: ExecutionFacts) -> UUID | None:
    """The instrument of a fill that no order of ours explains; None when the household knows none."""
    known = Contract.objects.filter(gateway_id=account.gateway_id, con_id=fill.con_id)
    known = known.filter(instrument__in=Instrument.objects.known_to(account.portfolio.household_id))
    found = known.values_list("instrument_id", flat=True).first()
    if found is not None:
        return found
    rows = Instrument.objects.known_to(account.portfolio.household_id).filter(currency=fill.currency)
    by_number = rows.filter(conid=str(fill.con_id)).values_list("pk", flat=True).first()
    own_first = rows.filter(symbol=fill.symbol).order_by("household_id").values_list("pk", flat=True)
    return by_number or own_first.first()


def facts_of_fill(fill: ExecutionFacts) -> InstrumentFacts:
    """What the fill says about its instrument."""
    return InstrumentFacts(symbol=fill.symbol, currency=fill.currency, conid=str(fill.con_id))


def facts_of_contract(contract: ContractFacts) -> InstrumentFacts:
    """What the broker's contract says about the instrument behind it."""
    return InstrumentFacts(
        symbol=contract.symbol,
        name=contract.name,
        currency=contract.currency,
        exchange=contract.primary_exchange,
        conid=str(contract.con_id),
    )
