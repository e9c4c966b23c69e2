"""What seldom changes and every order needs: limits, restrictions, instruments and the broker's contracts.

Kept in memory for as long as none of the rows has changed; see `portfolios.selectors.household_facts`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Upper

from common.row_versions import row_versions
from portfolios.models import Instrument
from trading.engine.controls.limits import DEFAULT_LIMITS, ControlLimits, limits_with
from trading.models import BrokerAccount, Contract, Restriction, RiskLimit

KEPT = 1024

VERSIONS = """
WITH named AS MATERIALIZED (
    SELECT id, concat(xmin, ctid) AS version FROM instruments
    WHERE (household_id = ANY(%(households)s) OR household_id IS NULL)
        AND (id = ANY(%(ids)s) OR upper(symbol) = ANY(%(symbols)s))
)
SELECT md5(concat_ws('|',
    (SELECT string_agg(version, ',' ORDER BY id) FROM named),
    (SELECT string_agg(concat(c.xmin, c.ctid), ',' ORDER BY c.id)
        FROM broker_contracts c JOIN named ON named.id = c.instrument_id
        WHERE c.gateway_id = ANY(%(gateways)s)),
    (SELECT string_agg(concat(r.xmin, r.ctid), ',' ORDER BY r.id)
        FROM trade_restrictions r JOIN named ON named.id = r.instrument_id),
    (SELECT string_agg(concat(xmin, ctid), ',' ORDER BY id) FROM risk_limits
        WHERE account_id IS NULL OR account_id = ANY(%(accounts)s))
))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimits:
    """The limits of an account, its own in place of everybody's, and whether it may sell short."""

    limits: ControlLimits
    can_borrow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a request names: its accounts, and its instruments by key or by symbol in capitals."""

    accounts: tuple[UUID, ...]
    gateways: tuple[UUID, ...]
    households: tuple[UUID, ...]
    ids: tuple[UUID, ...]
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFacts:
    """What is known of the instruments that a request names, and what bounds its accounts.

    `instruments` are those that the households may deal in, their own first, each the oldest first.
    `contracts` go by gateway and instrument, `limits` by account.
    """

    instruments: tuple[Instrument, ...]
    contracts: Mapping[tuple[UUID, UUID], Contract]
    restrictions: tuple[Restriction, ...]
    limits: Mapping[UUID, AccountLimits]

    def covers(self, instrument_ids: Collection[UUID]) -> bool:
        """Whether all of these instruments were looked for, so that none of their restrictions is missing."""
        return {one.pk for one in self.instruments}.issuperset(instrument_ids)

    def instrument_called(self, symbol: str, household_id: UUID) -> Instrument | None:
        """The instrument that goes by a symbol in a household: one of its own before one that all share."""
        capitals = symbol.strip().upper()
        found = (one for one in self.instruments if one.symbol.upper() == capitals)
        return next((one for one in found if one.household_id in {None, household_id}), None)

    def contract_of(self, account: BrokerAccount, instrument_id: UUID) -> Contract | None:
        """What the broker behind an account calls an instrument that the account's household may deal in."""
        found = self.contracts.get((account.gateway_id, instrument_id))
        if found is None or found.instrument.household_id not in {None, account.portfolio.household_id}:
            return None
        return found


def standing_facts(
    accounts: Collection[BrokerAccount], ids: Iterable[UUID], symbols: Iterable[str] = ()
) -> StandingFacts:
    """The facts as the rows say now, in one statement when they are known already.

    Raises ValueError when a row holds what cannot be a limit.
    """
    named = Named(
        accounts=tuple(sorted({account.pk for account in accounts})),
        gateways=tuple(sorted({account.gateway_id for account in accounts})),
        households=tuple(sorted({account.portfolio.household_id for account in accounts})),
        ids=tuple(sorted(set(ids))),
        symbols=tuple(sorted({symbol.strip().upper() for symbol in symbols})),
    )
    versions = row_versions(VERSIONS, {name: list(values) for name, values in asdict(named).items()})
    return _read(named) if versions is None else _kept(named, versions)


@lru_cache(maxsize=KEPT)
def _kept(named: Named, _versions: str) -> StandingFacts:
    return _read(named)


def _read(named: Named) -> StandingFacts:
    known = Instrument.objects.filter(Q(household__isnull=True) | Q(household_id__in=named.households))
    chosen = known.alias(capitals=Upper("symbol")).filter(Q(pk__in=named.ids) | Q(capitals__in=named.symbols))
    # A household comes before none.
    instruments = tuple(chosen.order_by("household_id", "pk"))
    contracts = Contract.objects.filter(gateway_id__in=named.gateways, instrument__in=instruments)
    restrictions = Restriction.objects.filter(instrument__in=instruments).order_by("created_at")
    return StandingFacts(
        instruments=instruments,
        contracts={
            (row.gateway_id, row.instrument_id): row for row in contracts.select_related("instrument")
        },
        restrictions=tuple(restrictions),
        limits=limits_of(named.accounts),
    )


def limits_of(account_ids: Collection[UUID]) -> dict[UUID, AccountLimits]:
    """The limits that hold for accounts: each its own row, then everybody's, then the defaults.

    Raises ValueError when a row holds what cannot be a limit.
    """
    rows = list(RiskLimit.objects.filter(Q(account__isnull=True) | Q(account_id__in=account_ids)))
    shared = [row for row in rows if row.account_id is None]
    own = {row.account_id: row for row in rows if row.account_id is not None}
    return {key: _limits([*shared, *([own[key]] if key in own else [])]) for key in account_ids}


def _limits(rows: Iterable[RiskLimit]) -> AccountLimits:
    limits, can_borrow = DEFAULT_LIMITS, False
    for row in rows:
        limits = limits_with(row.given(), limits)
        can_borrow = can_borrow if row.can_borrow is None else row.can_borrow
    return AccountLimits(limits=limits, can_borrow=can_borrow)
