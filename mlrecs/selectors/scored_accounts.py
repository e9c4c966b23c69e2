"""Which accounts are scored at night, where they hold their places, and what the market is made of."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Max, Q

from mlrecs.engine.training_wishes import FROZEN
from mlrecs.models import AnomalyScore, ModelVersion
from mlrecs.selectors.price_series import weights_of
from portfolios.models import Instrument, Portfolio

# Shared instruments with so many closes make up the market; fewer than these make none.
MARKET_DAYS = 500
MARKET_LEAST = 10
MARKET_MOST = 200
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredAccount:
    """An account that is scored."""

    id: UUID
    household_id: UUID
    name: str


def scored_accounts(portfolio_ids: Collection[UUID]) -> list[ScoredAccount]:
    """Accounts by their keys."""
    rows = Portfolio.objects.filter(pk__in=portfolio_ids).order_by("pk")
    return [
        ScoredAccount(id=key, household_id=household_id, name=name)
        for key, household_id, name in rows.values_list("pk", "household_id", "name")
    ]


def weights_held(account: ScoredAccount, on: date) -> dict[UUID, float]:
    """The weight of each position that an account is long in, for models: never money."""
    portfolio = Portfolio.objects.select_related("household").get(pk=account.id)
    return {key: float(share) for key, share in weights_of(portfolio, on).items() if share > 0}


def symbols_of(instrument_ids: Collection[UUID]) -> dict[UUID, str]:
    """The symbols of instruments by key."""
    return dict(Instrument.objects.filter(pk__in=instrument_ids).values_list("pk", "symbol"))


def instruments_named(household_id: UUID, symbols: Collection[str]) -> dict[UUID, str]:
    """The instruments that a household knows by these symbols: its own, and those that all know."""
    known = Q(household_id=household_id) | Q(household=None)
    rows = Instrument.objects.filter(known, symbol__in=symbols).order_by("household_id")
    named = {symbol: key for key, symbol in rows.values_list("pk", "symbol")}
    return {key: symbol for symbol, key in named.items()}


def accounts_scored() -> Iterator[list[UUID]]:
    """The open accounts that hold anything, in batches for workers."""
    rows = (
        Portfolio.objects.filter(closed_on__isnull=True, holdings__quantity__gt=0).distinct().order_by("pk")
    )
    keys = list(rows.values_list("pk", flat=True))
    yield from (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


def last_scored(portfolio_ids: list[UUID]) -> dict[UUID, date]:
    """The last day that was scored of each account that has one."""
    rows = AnomalyScore.objects.filter(portfolio_id__in=portfolio_ids).values("portfolio_id")
    return dict(rows.annotate(last=Max("day")).values_list("portfolio_id", "last"))


def market_last_scored() -> date | None:
    """The last day of the market's scores."""
    last: date | None = AnomalyScore.objects.filter(portfolio=None).aggregate(last=Max("day"))["last"]
    return last


def market_instruments() -> dict[UUID, str]:
    """Shared stocks with a long history, by key with their symbols; empty where there are too few."""
    rows = (
        Instrument.objects.filter(household=None, asset_class=Instrument.AssetClass.STOCK)
        .annotate(closes=Count("prices"))
        .filter(closes__gte=MARKET_DAYS)
        .order_by("-closes", "pk")
    )
    found = dict(rows.values_list("pk", "symbol")[:MARKET_MOST])
    return found if len(found) >= MARKET_LEAST else {}


def replay_models() -> list[ModelVersion]:
    """The nets of the replay, retired ones too: they had learnt from nothing after FROZEN."""
    rows = ModelVersion.objects.filter(household=None, weights__isnull=False, data_until__lte=FROZEN)
    champion = ModelVersion.Status.CHAMPION
    return sorted(rows.order_by("-created_at"), key=lambda one: one.status != champion)


def learned_models(household_id: UUID | None) -> list[ModelVersion]:
    """The nets that score beside the rules: a household's own before all's, champions first, then newest."""
    status = ModelVersion.Status
    rows = ModelVersion.objects.filter(
        Q(household=None) | Q(household_id=household_id),
        status__in=(status.CHAMPION, status.CHALLENGER),
        weights__isnull=False,
    )
    newest = rows.order_by("-created_at")
    return sorted(newest, key=lambda one: (one.household_id is None, one.status != status.CHAMPION))
