"""Finding the instrument that a source means, and creating it for the household when there is none."""

from collections.abc import Iterable
from uuid import UUID

from common.audit import audit_record
from common.transactions import write_transaction
from portfolios.engine.options import option_terms
from portfolios.engine.records import InstrumentFacts
from portfolios.models import Instrument
from portfolios.services.index_funds import tracked_index


class InstrumentResolver:
    """Resolves what sources say about instruments to rows, for one household, with two queries in all.

    The strongest identifier wins: contract id, ISIN, CUSIP, then symbol with currency. An instrument that
    a household's file brings belongs to that household (see `Instrument`). Call `create_missing` with all
    facts first, then `resolve` each.
    """

    def __init__(self, household_id: UUID) -> None:
        self._household_id = household_id
        self._by_key: dict[tuple[str, ...], Instrument] = {}
        # Shared rows come first so that the household's own, read later, take precedence.
        known = Instrument.objects.known_to(household_id).order_by("household_id", "created_at")
        for instrument in sorted(known, key=lambda row: row.household_id is not None):
            self._remember(instrument)

    def create_missing(self, facts: Iterable[InstrumentFacts]) -> int:
        """Create rows for facts that resolve to nothing; returns how many."""
        created: list[Instrument] = []
        for fact in facts:
            if self._find(fact) is None:
                instrument = self._build(fact)
                self._remember(instrument)
                created.append(instrument)
        Instrument.objects.bulk_create(created, batch_size=1000)
        return len(created)

    def resolve(self, facts: InstrumentFacts) -> Instrument:
        """The row for `facts`; raises KeyError when `create_missing` has not seen them."""
        found = self._find(facts)
        if found is None:
            raise KeyError(facts.symbol)
        return found

    def _find(self, facts: InstrumentFacts) -> Instrument | None:
        for key in _keys(facts):
            found = self._by_key.get(key)
            # One symbol can be two contracts over time: a differing contract id overrules the symbol.
            if found is not None and not (facts.conid and found.conid and facts.conid != found.conid):
                return found
        return None

    def _remember(self, instrument: Instrument) -> None:
        for key in _keys(instrument):
            self._by_key[key] = instrument

    def _build(self, facts: InstrumentFacts) -> Instrument:
        terms = option_terms(facts.symbol) if facts.asset_class == Instrument.AssetClass.OPTION else None
        index = tracked_index(facts)
        return Instrument(
            household_id=self._household_id,
            symbol=facts.symbol[:60],
            name=facts.name[:200],
            # Brokers list exchange-traded funds among shares.
            asset_class=Instrument.AssetClass.FUND if index else facts.asset_class,
            currency=facts.currency,
            exchange=facts.exchange[:30],
            conid=facts.conid[:20],
            isin=facts.isin[:12],
            cusip=facts.cusip[:9],
            multiplier=facts.multiplier,
            sector=facts.sector[:60],
            tracked_index=index,
            underlying=(facts.underlying or (terms.underlying if terms else ""))[:60],
            put_call=facts.put_call or (terms.right if terms else ""),
        )


@write_transaction
def indices_name(instruments: Iterable[Instrument], *, actor_id: UUID | None) -> list[Instrument]:
    """Fill in the index of well-known funds that name none; returns those that changed, now funds.

    What an operator wrote stays. Books follow at their next derivation.
    """
    changed = []
    for instrument in instruments:
        index = tracked_index(instrument)
        if index and not instrument.tracked_index:
            instrument.tracked_index, instrument.asset_class = index, Instrument.AssetClass.FUND
            instrument.save(update_fields=["tracked_index", "asset_class"])
            detail = {"tracked_index": index}
            audit_record(actor_id=actor_id, action="instrument.name_index", subject=instrument, detail=detail)
            changed.append(instrument)
    return changed


def _keys(source: InstrumentFacts | Instrument) -> list[tuple[str, ...]]:
    """Lookup keys of an instrument, strongest first."""
    keys: list[tuple[str, ...]] = []
    if source.conid:
        keys.append(("conid", source.conid))
    if source.isin:
        keys.append(("isin", source.isin, source.currency))
    if source.cusip:
        keys.append(("cusip", source.cusip, source.currency))
    if source.symbol:
        keys.append(("symbol", source.symbol.upper(), source.currency))
    return keys
