"""Rows of the book as records, read in sets: what the rules are given."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.models import HouseholdMember
from portfolios.engine.identities import InstrumentTraits, identities_of, identity_links
from portfolios.engine.lot_selections import selection_deadline
from portfolios.engine.policies import TaxRules, WashMode, WashPolicy
from portfolios.engine.records import (
    LotChoice,
    PortfolioRecord,
    PositionEffect,
    ReliefMethod,
    TaxOwner,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from portfolios.models import IdentityMember, Instrument, LotSelection, Portfolio, TaxPolicy, Transaction

COLUMNS = (
    "id", "portfolio_id", "kind", "trade_date", "sequence", "instrument_id", "quantity", "price", "amount",
    "fees", "currency", "fx_rate", "position_effect", "ratio_new", "ratio_old", "counterpart_id",
    "counter_quantity", "counter_amount", "counter_currency", "basis_fraction", "cost", "acquired",
    "transfer_id", "reverses_id", "order_ref",
)  # fmt: skip
# Days of trading and settlement are those of the exchange.
EXCHANGE_ZONE = ZoneInfo("America/New_York")
TREATMENTS: Mapping[str, Treatment] = MappingProxyType(
    {
        Portfolio.Kind.TAXABLE: Treatment.TAXABLE,
        Portfolio.Kind.JOINT: Treatment.TAXABLE,
        Portfolio.Kind.SPOUSE_TAXABLE: Treatment.TAXABLE,
        Portfolio.Kind.IRA: Treatment.IRA,
        Portfolio.Kind.ROTH: Treatment.IRA,
        Portfolio.Kind.SPOUSE_IRA: Treatment.IRA,
        Portfolio.Kind.K401: Treatment.OTHER_PLAN,
        Portfolio.Kind.HSA: Treatment.OTHER_PLAN,
        Portfolio.Kind.PAPER: Treatment.SIMULATED,
    }
)
SPOUSE_KINDS = frozenset((Portfolio.Kind.SPOUSE_TAXABLE, Portfolio.Kind.SPOUSE_IRA))
TRAITS = ("id", "symbol", "asset_class", "currency", "tracked_index", "underlying", "put_call", "multiplier")


def portfolio_records(household_id: UUID) -> dict[UUID, PortfolioRecord]:
    """Every account of a household, as the rules need it."""
    return portfolio_records_of([household_id])[household_id]


def portfolio_records_of(household_ids: Collection[UUID]) -> dict[UUID, dict[UUID, PortfolioRecord]]:
    """Every account of each household. One query."""
    found: dict[UUID, dict[UUID, PortfolioRecord]] = {key: {} for key in household_ids}
    rows = Portfolio.objects.filter(household_id__in=list(household_ids))
    columns = ("household_id", "id", "base_currency", "relief", "kind", "holder__relationship")
    for household_id, pk, currency, relief, kind, relationship in rows.values_list(*columns):
        found[household_id][pk] = PortfolioRecord(
            id=pk,
            base_currency=currency,
            relief=ReliefMethod(relief),
            treatment=TREATMENTS[kind],
            owner=owner_of(kind, relationship),
        )
    return found


def owner_of(kind: str, relationship: str) -> TaxOwner:
    """Whose account it is, seen from the one who files: by its kind, then by who holds it.

    A joint account is the taxpayer's, whichever of the two is named as its holder.
    """
    if relationship == HouseholdMember.Relationship.DEPENDANT:
        return TaxOwner.OTHER
    if kind in SPOUSE_KINDS:
        return TaxOwner.SPOUSE
    is_spouse = relationship == HouseholdMember.Relationship.SPOUSE
    return TaxOwner.SPOUSE if is_spouse and kind != Portfolio.Kind.JOINT else TaxOwner.TAXPAYER


def transaction_records(
    portfolio_ids: Collection[UUID], instrument_ids: Collection[UUID] | None = None
) -> Iterator[TransactionRecord]:
    """Ledger rows of these portfolios, all of them or those that touch some instruments, as records."""
    rows = Transaction.objects.filter(portfolio_id__in=portfolio_ids)
    if instrument_ids is not None:
        rows = rows.filter(Q(instrument_id__in=instrument_ids) | Q(counterpart_id__in=instrument_ids))
    chosen = lot_choices(portfolio_ids, instrument_ids)
    kinds = {kind.value: kind for kind in TransactionKind}
    effects = {effect.value: effect for effect in PositionEffect}
    for values in rows.values_list(*COLUMNS).iterator(chunk_size=5000):
        fields = dict(zip(COLUMNS, values, strict=True))
        fields["kind"] = kinds[fields["kind"]]
        fields["position_effect"] = effects[fields["position_effect"]]
        if fields["id"] in chosen:
            fields["lots"] = chosen[fields["id"]]
        yield TransactionRecord(**fields)


def lot_choices(
    portfolio_ids: Collection[UUID], instrument_ids: Collection[UUID] | None = None
) -> dict[UUID, tuple[LotChoice, ...]]:
    """The lots that were named for sales, by sale: the newest choice made until the settlement."""
    rows = LotSelection.objects.filter(transaction__portfolio_id__in=portfolio_ids)
    if instrument_ids is not None:
        rows = rows.filter(transaction__instrument_id__in=instrument_ids)
    columns = (
        "transaction_id", "transaction__trade_date", "transaction__settle_date", "chosen_at", "lots"
    )  # fmt: skip
    chosen: dict[UUID, tuple[LotChoice, ...]] = {}
    for sale_id, traded, settled, moment, lots in rows.order_by("chosen_at", "id").values_list(*columns):
        if moment.astimezone(EXCHANGE_ZONE).date() <= selection_deadline(traded, settled):
            chosen[sale_id] = tuple(
                LotChoice(lot_id=UUID(lot["lot_id"]), quantity=Decimal(lot["quantity"])) for lot in lots
            )
    return chosen


def tax_rules(household_id: UUID, *, mode: WashMode = WashMode.TAXPAYER) -> TaxRules:
    """The wash-sale rules of a household: its policy, and what is identical with what among all it knows."""
    policy = wash_policy(household_id)
    identities = identities_of(instrument_traits(household_id), policy, household_id)
    return TaxRules(mode=mode, policy=policy, identities=MappingProxyType(identities))


def wash_policy(household_id: UUID) -> WashPolicy:
    """How a household reads the open points of the wash-sale rule; the defaults where it said nothing."""
    stored = TaxPolicy.objects.filter(household_id=household_id).first()
    return WashPolicy() if stored is None else stored.policy


def instrument_traits(household_id: UUID) -> list[InstrumentTraits]:
    """What the identities of a household's instruments follow from; shared instruments are among them."""
    groups = _identity_groups(household_id)
    rows = Instrument.objects.known_to(household_id).exclude(
        asset_class__in=(Instrument.AssetClass.CURRENCY, Instrument.AssetClass.CASH)
    )
    traits = []
    for owner, *values in rows.values_list("household_id", *TRAITS):
        fields = dict(zip(TRAITS, values, strict=True))
        own, shared = groups.get(fields["id"], (None, None))
        fields["multiplier"] = int(fields["multiplier"])
        traits.append(
            InstrumentTraits(is_own=owner is not None, own_group=own, shared_group=shared, **fields)
        )
    return traits


def instrument_link_pairs(
    portfolio_ids: Collection[UUID], rules: TaxRules | None = None
) -> list[tuple[UUID, UUID]]:
    """Pairs of instruments whose lots must be derived together.

    A corporate action ties its two sides; under `rules`, a wash sale may tie what is identical, and an option
    to what it is on.
    """
    rows = Transaction.objects.filter(
        portfolio_id__in=portfolio_ids, instrument__isnull=False, counterpart__isnull=False
    )
    pairs = list(rows.values_list("instrument_id", "counterpart_id").distinct())
    return pairs if rules is None else [*pairs, *identity_links(rules.identities)]


def _identity_groups(household_id: UUID) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    """The household's own group and the shared one of each instrument that has any; the older one counts."""
    rows = IdentityMember.objects.filter(
        Q(group__household_id=household_id) | Q(group__household__isnull=True)
    ).order_by("group__created_at", "group_id")
    groups: dict[UUID, tuple[UUID | None, UUID | None]] = {}
    for instrument_id, group_id, owner in rows.values_list(
        "instrument_id", "group_id", "group__household_id"
    ):
        own, shared = groups.get(instrument_id, (None, None))
        is_own = owner == household_id
        groups[instrument_id] = (own or group_id, shared) if is_own else (own, shared or group_id)
    return groups
