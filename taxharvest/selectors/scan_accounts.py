"""Accounts that a scan has to look at, in batches, with what is known of each before it is judged."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from portfolios.engine.identities import InstrumentTraits
from portfolios.engine.records import FindingKind
from portfolios.models import (
    Disposal,
    Finding,
    FindingDismissal,
    Holding,
    IdentityMember,
    Instrument,
    Portfolio,
    StatedBalance,
    Transaction,
)
from portfolios.selectors.facts import TREATMENTS, owner_of
from taxharvest.engine.harvest.scanning import AccountFacts, ties_of
from taxharvest.models import HarvestPolicy
from trading.engine.records import FINAL_STATES, Side
from trading.models import BrokerAccount, Difference, Execution, Order

# So many accounts are one task of a worker.
RANGE = 5_000
EXCHANGE_ZONE = ZoneInfo("America/New_York")
# Findings that put a position in question, or what was paid for it.
DOUBTS = (
    FindingKind.OVERSOLD,
    FindingKind.NO_POSITION,
    FindingKind.ALLOCATION_UNKNOWN,
    FindingKind.TRANSFER_UNMATCHED,
    FindingKind.POSITION_DIFFERS,
    FindingKind.LOTS_UNUSABLE,
    FindingKind.ROW_UNUSABLE,
)


class Place(NamedTuple):
    """Where an account stands in the order of a scan: by household, so that one's accounts come together."""

    household_id: UUID
    portfolio_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFacts:
    """What the policy of an enabled account asks of a harvest."""

    threshold: str
    least_benefit: Decimal


def accounts_due(
    *, household_id: UUID | None = None, portfolio_id: UUID | None = None
) -> QuerySet[Portfolio]:
    """The accounts of a scan: one account, those of a household, or those of all that harvest anywhere."""
    rows = Portfolio.objects.order_by("household_id", "id")
    if portfolio_id is not None:
        return rows.filter(pk=portfolio_id)
    if household_id is not None:
        return rows.filter(household_id=household_id)
    enabled = HarvestPolicy.objects.filter(is_enabled=True, portfolio__household=OuterRef("household"))
    return rows.filter(Exists(enabled))


def account_batches(
    due: QuerySet[Portfolio], *, size: int, after: Place | None = None, until: Place | None = None
) -> Iterator[list[Place]]:
    """The accounts of `due` in order, from behind `after` up to and with `until`, at most `size` at a time.

    The accounts of a household come together: what one of them buys may wash what another one sells.
    """
    while True:
        rows = due if after is None else due.filter(_behind(after))
        if until is not None:
            rows = rows.exclude(_behind(until))
        found = [Place(*row) for row in rows.values_list("household_id", "id")[:size]]
        batch = found if len(found) < size else _whole_households(found)
        if batch:
            yield batch
        if len(found) < size:
            return
        after = batch[-1]


def _whole_households(found: list[Place]) -> list[Place]:
    """Without the last household, which may go on; one that is larger than a batch is divided."""
    last = found[-1].household_id
    return [place for place in found if place.household_id != last] or found


def scan_ranges(due: QuerySet[Portfolio], size: int = RANGE) -> list[tuple[Place | None, Place | None]]:
    """`due` in ranges of about `size` accounts: from behind the first place up to and with the second.

    No household is divided between two ranges.
    """
    ends: list[Place] = []
    count, before = 0, None
    for row in due.values_list("household_id", "id").iterator(chunk_size=5000):
        place = Place(*row)
        if before is not None and count >= size and place.household_id != before.household_id:
            ends.append(before)
            count = 0
        count, before = count + 1, place
    starts = [None, *ends]
    return list(zip(starts, [*ends, None], strict=True)) if due.exists() else []


def _behind(place: Place) -> Q:
    later = Q(household_id=place.household_id, pk__gt=place.portfolio_id)
    return Q(household_id__gt=place.household_id) | later


def account_facts(portfolio_ids: Collection[UUID]) -> dict[UUID, AccountFacts]:
    """What is known of each account, in the order of a scan, by six queries for all of them."""
    chosen = list(portfolio_ids)
    compared, stated = _compared(chosen), _stated(chosen)
    questions, doubtful = _questions(chosen)
    positions = _positions(chosen)
    rows = Portfolio.objects.filter(pk__in=chosen).order_by("household_id", "id")
    columns = (
        "id", "household_id", "name", "base_currency", "kind", "holder__relationship", "closed_on",
        "harvest_policy__is_enabled",
    )  # fmt: skip
    return {
        key: AccountFacts(
            portfolio_id=key,
            household_id=household_id,
            name=name,
            base_currency=currency,
            treatment=TREATMENTS[kind],
            owner=owner_of(kind, relationship),
            is_enabled=bool(is_enabled),
            closed_on=closed_on,
            compared_on=compared.get(key),
            stated_on=stated.get(key),
            differences=tuple(questions.get(key, ())),
            doubtful=doubtful.get(key, {}),
            positions=positions.get(key, 0),
        )
        for key, household_id, name, currency, kind, relationship, closed_on, is_enabled in rows.values_list(
            *columns
        )
    }


def policies_of(portfolio_ids: Collection[UUID]) -> dict[UUID, PolicyFacts]:
    """What the policies of these accounts ask of a harvest, by account."""
    rows = HarvestPolicy.objects.filter(portfolio_id__in=list(portfolio_ids))
    return {
        key: PolicyFacts(threshold=threshold, least_benefit=least)
        for key, threshold, least in rows.values_list("portfolio_id", "threshold", "least_benefit")
    }


def _compared(chosen: list[UUID]) -> dict[UUID, date]:
    """The day on which book and broker were last compared; a new link counts from its own day."""
    rows = BrokerAccount.objects.filter(portfolio_id__in=chosen)
    columns = ("portfolio_id", "created_at", "values_at", "gateway__reconciled_at")
    return {key: _latest_day(moments) for key, *moments in rows.values_list(*columns)}


def _latest_day(moments: Collection[datetime | None]) -> date:
    latest = max(moment for moment in moments if moment is not None)
    return latest.astimezone(EXCHANGE_ZONE).date()


def _stated(chosen: list[UUID]) -> dict[UUID, date]:
    rows = StatedBalance.objects.filter(portfolio_id__in=chosen).order_by()
    return dict(rows.values_list("portfolio_id").annotate(last=Max("day")))


def _positions(chosen: list[UUID]) -> dict[UUID, int]:
    rows = Holding.objects.filter(portfolio_id__in=chosen, quantity__gt=0).order_by()
    return dict(rows.values_list("portfolio_id").annotate(count=Count("id")))


def _questions(chosen: list[UUID]) -> tuple[dict[UUID, list[str]], dict[UUID, dict[UUID, str]]]:
    """Open questions to whole accounts, and instruments in question, by account."""
    whole: defaultdict[UUID, list[str]] = defaultdict(list)
    parts: defaultdict[UUID, dict[UUID, str]] = defaultdict(dict)
    differing = Difference.objects.filter(portfolio_id__in=chosen, closed_at__isnull=True)
    columns = ("portfolio_id", "instrument_id", "instrument__symbol")
    for key, instrument_id, symbol, words in differing.values_list(*columns, "words"):
        if instrument_id is None:
            whole[key].append(words)
        else:
            parts[key][instrument_id] = symbol
    dismissed = FindingDismissal.objects.filter(finding_id=OuterRef("pk"))
    findings = Finding.objects.filter(portfolio_id__in=chosen, kind__in=DOUBTS).exclude(Exists(dismissed))
    for key, instrument_id, symbol in findings.values_list(*columns):
        if instrument_id is not None:
            parts[key][instrument_id] = symbol
    return dict(whole), dict(parts)


def bought_lately(household_ids: Collection[UUID], first: date, day: date) -> dict[UUID, set[UUID]]:
    """What each household acquired from `first` to `day`, in any account, whatever brought it there."""
    rows = Transaction.objects.filter(
        portfolio__household_id__in=list(household_ids),
        trade_date__gte=first,
        trade_date__lte=day,
        instrument__isnull=False,
    ).filter(Q(quantity__gt=0) | Q(counterpart__isnull=False))
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    columns = ("portfolio__household_id", "instrument_id", "counterpart_id")
    for household_id, *instruments in rows.values_list(*columns).distinct():
        found[household_id].update(key for key in instruments if key is not None)
    return dict(found)


def sellers_lately(household_ids: Collection[UUID], first: date, day: date) -> set[UUID]:
    """Households of which something was sold at a loss from `first` to `day`, or may be by an open order.

    Of all others no purchase can wash a loss now. What is booked, what waits, and what was filled but is not
    booked yet: three queries for all.
    """
    chosen = list(household_ids)
    losses = Disposal.objects.filter(
        portfolio__household_id__in=chosen, disposed__gte=first, disposed__lte=day, gain_base__lt=0
    )
    orders = Order.objects.filter(portfolio__household_id__in=chosen, side=Side.SELL).exclude(
        state__in=FINAL_STATES
    )
    fills = Execution.objects.filter(
        portfolio__household_id__in=chosen, side=Side.SELL, transaction__isnull=True
    )
    return {
        key
        for rows in (losses, orders, fills)
        for key in rows.order_by().values_list("portfolio__household_id", flat=True).distinct()
    }


def ties_between(instrument_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The ties of `ties_of` for each instrument; an instrument in several groups has the words of each."""
    chosen = list(instrument_ids)
    columns = ("id", "symbol", "asset_class", "tracked_index", "underlying", "put_call")
    ties: dict[UUID, frozenset[str]] = {}
    for values in Instrument.objects.filter(pk__in=chosen).values_list(*columns):
        traits = InstrumentTraits(**dict(zip(columns, values, strict=True)))
        ties[traits.id] = ties_of(traits)
    members = IdentityMember.objects.filter(instrument_id__in=chosen)
    for instrument_id, group_id in members.values_list("instrument_id", "group_id"):
        ties[instrument_id] |= {f"group:{group_id}"}
    return ties
