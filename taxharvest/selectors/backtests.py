"""Back-tests that were asked for: nothing of anybody's book is in them, so equal ones are shared."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.models import User, Viewer
from taxharvest.models import HarvestBacktest
from taxharvest.quant.backtest.assumptions import Assumptions

State = HarvestBacktest.State
AT_WORK = (State.WAITING, State.RUNNING)
# One that told nothing for so long has lost its worker.
LOST_AFTER = timedelta(minutes=30)


def backtest_of(assumptions: Assumptions) -> HarvestBacktest | None:
    """The back-test with these assumptions on today's code and prices, whoever asked for it; None if none.

    Raises LookupError while the package with the prices is not installed.
    """
    return HarvestBacktest.objects.filter(digest=assumptions.digest()).first()


def backtests_asked(user: Viewer) -> QuerySet[HarvestBacktest]:
    """Those that `user` asked for, newest first, without their results."""
    if not isinstance(user, User):
        return HarvestBacktest.objects.none()
    return HarvestBacktest.objects.filter(requested_by=user).defer("result").order_by("-id")


def backtest_with(digest: str) -> QuerySet[HarvestBacktest]:
    """The one with a digest, whoever asked for it, with its result."""
    return HarvestBacktest.objects.filter(digest=digest)


def is_at_work(backtest: HarvestBacktest, now: datetime) -> bool:
    """Whether a worker has it, or will."""
    return backtest.state in AT_WORK and backtest.updated_at > now - LOST_AFTER


def lost_or(states: Collection[str], now: datetime) -> Q:
    """Rows in one of `states`, and those whose worker was lost."""
    return Q(state__in=states) | Q(state__in=AT_WORK, updated_at__lte=now - LOST_AFTER)
