"""Which instrument of ours a broker means."""

from uuid import UUID

from portfolios.engine.records import InstrumentFacts
from portfolios.models import Instrument
from trading.engine.records import ExecutionFacts
from trading.models import BrokerAccount, Contract


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
