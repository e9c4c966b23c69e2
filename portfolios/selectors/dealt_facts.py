"""The wash-sale rules of many households at once, each among what its own ledger names."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Q

from portfolios.engine.identities import InstrumentTraits, identities_of
from portfolios.engine.options import option_terms
from portfolios.engine.policies import TaxRules, WashMode, WashPolicy
from portfolios.models import IdentityMember, Instrument, TaxPolicy, Transaction
from portfolios.selectors.facts import TRAITS


def dealt_rules(household_ids: Collection[UUID]) -> dict[UUID, TaxRules]:
    """`tax_rules` of each household for what its ledger names and what shares a symbol with any of it.

    An option's underlying does. The same for these, and much less to read where operators keep many shared
    instruments. Five queries for all households.
    """
    policies = {row.household_id: row.policy for row in TaxPolicy.objects.filter(household__in=household_ids)}
    groups, traits = _Groups(household_ids), _dealt_traits(household_ids)
    rules = {}
    for key in household_ids:
        policy = policies.get(key, WashPolicy())
        known = [groups.joined(key, one) for one in traits[key]]
        identities = MappingProxyType(identities_of(known, policy, key))
        rules[key] = TaxRules(mode=WashMode.TAXPAYER, policy=policy, identities=identities)
    return rules


class _Groups:
    """The households' own groups and the shared ones, by instrument; of several the oldest counts."""

    def __init__(self, household_ids: Collection[UUID]) -> None:
        rows = IdentityMember.objects.filter(
            Q(group__household__in=household_ids) | Q(group__household__isnull=True)
        ).order_by("group__created_at", "group_id")
        self._groups: dict[tuple[UUID | None, UUID], UUID] = {}
        for owner, instrument_id, group_id in rows.values_list(
            "group__household_id", "instrument_id", "group_id"
        ):
            self._groups.setdefault((owner, instrument_id), group_id)

    def joined(self, household_id: UUID, values: dict[str, Any]) -> InstrumentTraits:
        """An instrument as a household sees it, with its groups."""
        key = values["id"]
        return InstrumentTraits(
            own_group=self._groups.get((household_id, key)),
            shared_group=self._groups.get((None, key)),
            **values,
        )


def _dealt_traits(household_ids: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """What each household has dealt in, by itself and by symbol, as far as it may be held in lots."""
    dealt = _dealt(household_ids)
    symbols = _symbols(dealt)
    rows = (
        Instrument.objects.filter(Q(household__isnull=True) | Q(household__in=household_ids))
        .filter(Q(pk__in=set().union(*dealt.values())) | Q(symbol__in=set().union(*symbols.values())))
        .exclude(asset_class__in=(Instrument.AssetClass.CURRENCY, Instrument.AssetClass.CASH))
    )
    found: dict[UUID, list[dict[str, Any]]] = {key: [] for key in household_ids}
    for owner, *values in rows.values_list("household_id", *TRAITS):
        fields = dict(zip(TRAITS, values, strict=True))
        fields |= {"multiplier": int(fields["multiplier"]), "is_own": owner is not None}
        for key in household_ids if owner is None else (owner,):
            if fields["id"] in dealt[key] or fields["symbol"] in symbols[key]:
                found[key].append(fields)
    return found


def _dealt(household_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The instruments that the ledger of each household names."""
    found: dict[UUID, set[UUID]] = {key: set() for key in household_ids}
    rows = Transaction.objects.filter(portfolio__household__in=household_ids)
    columns = ("portfolio__household_id", "instrument_id", "counterpart_id")
    for key, *instruments in rows.values_list(*columns).distinct():
        found[key].update(one for one in instruments if one is not None)
    return found


def _symbols(dealt: Mapping[UUID, Collection[UUID]]) -> dict[UUID, set[str]]:
    """The symbols that go with what each household has dealt in, as written and in capitals."""
    rows = Instrument.objects.filter(pk__in=set().union(*dealt.values()))
    words = {key: _words(*named) for key, *named in rows.values_list("id", "symbol", "underlying")}
    return {key: {word for one in held for word in words[one]} for key, held in dealt.items()}


def _words(symbol: str, underlying: str) -> set[str]:
    terms = option_terms(symbol)
    words = {symbol, underlying, "" if terms is None else terms.underlying} - {""}
    return words | {word.upper() for word in words}
