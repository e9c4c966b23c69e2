"""Recommendations as pages and the API show them: what waits, what was decided, and what became of orders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from accounts.models import Household, HouseholdMember, User, Viewer
from common.errors import NotFound
from mlrecs.engine.looks import is_under_way
from mlrecs.models import AdviceRun, Recommendation
from mlrecs.selectors.evidence import evidence_newest
from trading.engine.records import FINAL_STATES, Side
from trading.models import BrokerAccount, Execution, Order
from trading.selectors.desk import accounts_tradable

LIVING = (Recommendation.State.OPEN, Recommendation.State.SNOOZED)
DECIDED_SHOWN = 20
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightInbox:
    """What a household is told: what waits, what is put off, what was decided lately, and the last looks.

    `is_looking` says that a worker is at it: more may come in a moment.
    """

    waiting: Sequence[Recommendation]
    snoozed: Sequence[Recommendation]
    decided: Sequence[Recommendation]
    runs: Sequence[AdviceRun]
    is_looking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """How many of one kind were put forward and what became of them. Nothing is optimised for it."""

    kind: str
    put: int
    accepted: int
    dismissed: int
    expired: int


def whole_household(user: Viewer) -> Household | None:
    """The household of which `user` sees all accounts; None for anybody else."""
    if not isinstance(user, User):
        return None
    rows = HouseholdMember.objects.filter(user=user, sees_all=True).select_related("household")
    member = rows.order_by("created_at").first()
    return None if member is None else member.household


def household_needed(user: Viewer) -> Household:
    """The same. Raises NotFound where there is none."""
    found = whole_household(user)
    if found is None:
        raise NotFound("Advice is for those who see all accounts of a household.", code="not-found")
    return found


def recommendations_of(
    user: Viewer, *, states: Collection[str] = LIVING, kind: str = ""
) -> QuerySet[Recommendation]:
    """Recommendations that `user` may see, the newest first."""
    rows = Recommendation.objects.visible_to(user).filter(state__in=states)
    if kind:
        rows = rows.filter(kind=kind)
    found: QuerySet[Recommendation] = rows.select_related("portfolio", "model", "decided_by").order_by(
        "-created_at", "-pk"
    )
    return found


def recommendation_seen(user: Viewer, recommendation_id: UUID) -> Recommendation:
    """One that `user` may see. Raises NotFound for any other."""
    rows = Recommendation.objects.visible_to(user).select_related("portfolio", "model", "decided_by")
    found: Recommendation | None = rows.filter(pk=recommendation_id).first()
    if found is None:
        raise NotFound("There is no such recommendation.", code="not-found")
    return found


def insight_inbox(user: User, household: Household, *, kind: str = "", now: datetime) -> InsightInbox:
    """The inbox of a household, of one kind or of all. What is over but not yet ended is left out."""
    living = [row for row in recommendations_of(user, kind=kind) if row.expires_at > now]
    decided = recommendations_of(user, states=_ended(), kind=kind).order_by("-decided_at")
    found = AdviceRun.objects.filter(portfolio__household=household).select_related("portfolio")
    runs = list(found.order_by("portfolio__name", "kind"))
    return InsightInbox(
        waiting=[row for row in living if _is_waiting(row, now)],
        snoozed=[row for row in living if not _is_waiting(row, now)],
        decided=list(decided[:DECIDED_SHOWN]),
        runs=[run for run in runs if run.ran_at is not None],
        is_looking=any(is_under_way(run.asked_at, run.ran_at, now) for run in runs),
    )


def orders_placed(recommendation: Recommendation) -> list[Order]:
    """The orders that came of a recommendation, in the order of the basket."""
    rows = Order.objects.filter(origin_id=recommendation.pk).select_related("instrument")
    return list(rows.order_by("created_at", "pk"))


def orders_left(recommendation: Recommendation, placed: Sequence[Order]) -> list[dict[str, str]]:
    """The orders to lay into a basket next: the sales, and once they were placed, the purchases.

    Purchases are paid from what the sales bring, and trading reserves for each without counting on it.
    """
    sent = {(str(order.instrument_id), str(order.side)) for order in placed}
    left = [one for one in recommendation.orders if (one["instrument"], one["side"]) not in sent]
    return [one for one in left if one["side"] == "sell"] or left


def traded_for(recommendation: Recommendation) -> tuple[Decimal, Decimal]:
    """What the sales of a recommendation brought and what its purchases cost so far, with commissions."""
    sums = {Side.SELL.value: ZERO, Side.BUY.value: ZERO}
    for order in orders_placed(recommendation):
        sums[order.side] += order.filled * (order.average_price or ZERO)
    fees = Execution.objects.filter(order__origin_id=recommendation.pk).values_list("side")
    paid = {side: fee or ZERO for side, fee in fees.annotate(fee=Sum("commission"))}
    return (
        sums[Side.SELL.value] - paid.get(Side.SELL.value, ZERO),
        sums[Side.BUY.value] + paid.get(Side.BUY.value, ZERO),
    )


def account_traded(user: User, portfolio_id: UUID | None) -> BrokerAccount | None:
    """The account at a broker in which `user` may send orders for a portfolio."""
    if portfolio_id is None:
        return None
    found: BrokerAccount | None = accounts_tradable(user).filter(portfolio_id=portfolio_id).first()
    return found


def is_at_rest(placed: Sequence[Order]) -> bool:
    """Whether none of the orders is under way any more."""
    return all(order.state in FINAL_STATES for order in placed)


def is_told_since(account: BrokerAccount, placed: Sequence[Order]) -> bool:
    """Whether the broker has told what may be spent since the last of the orders ended."""
    ends = [order.finished_at for order in placed if order.finished_at is not None]
    return not ends or (account.values_at is not None and account.values_at > max(ends))


def acceptance() -> list[Acceptance]:
    """What became of recommendations, by kind, over all households."""
    rows = Recommendation.objects.values_list("kind", "state").annotate(count=Count("pk"))
    counts: dict[str, dict[str, int]] = {}
    for kind, state, count in rows:
        counts.setdefault(kind, {})[state] = count
    return [
        Acceptance(
            kind=Recommendation.Kind(kind).label,
            put=sum(states.values()),
            accepted=states.get(Recommendation.State.ACCEPTED, 0),
            dismissed=states.get(Recommendation.State.DISMISSED, 0),
            expired=states.get(Recommendation.State.EXPIRED, 0),
        )
        for kind, states in sorted(counts.items())
    ]


def uplift_lines() -> list[dict[str, Any]]:
    """How each method fared against doing nothing and equal weights, from the newest measurement."""
    methods = evidence_newest().get("methods", {})
    return [{"method": name, **said} for name, said in methods.items()]


def _ended() -> list[str]:
    return [state for state in Recommendation.State.values if state not in LIVING]


def _is_waiting(row: Recommendation, now: datetime) -> bool:
    """Open, or put off until a moment that has come."""
    until = row.snoozed_until
    return row.state == Recommendation.State.OPEN or (until is not None and until <= now)
