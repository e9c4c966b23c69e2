"""Back-tests of harvesting: asked for within a quota, made once, told how far they are."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from common.audit import audit_record
from common.errors import Conflict
from common.models import AuditEvent
from common.throttling import TooManyAttempts
from common.transactions import write_transaction
from taxharvest.models import HarvestBacktest
from taxharvest.quant.backtest.assumptions import Assumptions, assumptions_read
from taxharvest.selectors.backtests import AT_WORK, is_at_work, lost_or

State = HarvestBacktest.State
# One back-test keeps a core busy for about a minute.
A_DAY = 12
AT_ONCE = 2
DAY = timedelta(days=1)
ASKED = "backtest.ask"
OUR_FAULT = "Something went wrong on our side while this back-test was made. Ask for it again."


@write_transaction
def backtest_ask(*, user: User, assumptions: Assumptions, now: datetime) -> tuple[HarvestBacktest, bool]:
    """The back-test with these assumptions, and whether it has to be made: enqueue it then.

    One that is done or being made is given as it is, whoever asked first. Raises TooManyAttempts when `user`
    has used up the quota, Conflict while the prices are not installed.
    """
    # Two requests at once of one person are counted one after the other.
    User.objects.select_for_update().get(pk=user.pk)
    digest = _digest(assumptions)
    found = HarvestBacktest.objects.select_for_update().filter(digest=digest).first()
    if found is not None and (found.state == State.DONE or is_at_work(found, now)):
        return found, False
    _check_quota(user, now)
    backtest, _ = HarvestBacktest.objects.update_or_create(
        digest=digest,
        defaults={
            "requested_by": user,
            "assumptions": assumptions.to_json(),
            "state": State.WAITING,
            "progress": 0,
            "words": "",
        },
    )
    detail = {"assumptions": backtest.assumptions}
    audit_record(actor_id=user.pk, action=ASKED, subject=backtest, detail=detail)
    return backtest, True


def backtest_run(*, backtest_id: UUID, now: datetime) -> bool:
    """Make a back-test that waits; False when there is nothing to do, because it is done or being made.

    Whatever goes wrong fails it in words, and is raised.
    """
    claimed = HarvestBacktest.objects.filter(lost_or((State.WAITING,), now), pk=backtest_id)
    if not claimed.update(state=State.RUNNING, progress=0, updated_at=now):
        return False
    backtest = HarvestBacktest.objects.get(pk=backtest_id)
    try:
        _make(backtest)
    except Exception:
        backtest_fail(backtest_id=backtest_id, reason=OUR_FAULT)
        raise
    return True


def backtest_make(*, assumptions: Assumptions) -> HarvestBacktest:
    """Make a back-test here and now, for the operator; one that is done is given as it is.

    Raises Conflict while the prices are not installed.
    """
    usual: dict[str, Any] = {"assumptions": assumptions.to_json()}
    backtest, _ = HarvestBacktest.objects.get_or_create(digest=_digest(assumptions), defaults=usual)
    if backtest.state != State.DONE:
        _make(backtest)
    return backtest


def backtest_fail(*, backtest_id: UUID, reason: str) -> None:
    """Say why a back-test did not come about; one that is done stays so."""
    HarvestBacktest.objects.filter(pk=backtest_id, state__in=AT_WORK).update(
        state=State.FAILED, words=reason, updated_at=timezone.now()
    )


def _make(backtest: HarvestBacktest) -> None:
    # Arrays are loaded where the work is done: pages import this module.
    from taxharvest.quant.backtest.report import report  # noqa: PLC0415

    def told(progress: int) -> None:
        HarvestBacktest.objects.filter(pk=backtest.pk).update(progress=progress, updated_at=timezone.now())

    backtest.result = report(assumptions_read(backtest.assumptions), told)
    backtest.state, backtest.progress, backtest.words = State.DONE, 100, ""
    backtest.finished_at = timezone.now()
    backtest.save()


def _digest(assumptions: Assumptions) -> str:
    try:
        return assumptions.digest()
    except LookupError as missing:
        raise Conflict(str(missing), code="prices-missing") from missing


def _check_quota(user: User, now: datetime) -> None:
    """Every asking that began work counts, of the same back-test again too."""
    own = HarvestBacktest.objects.filter(requested_by=user, state__in=AT_WORK).only("state", "updated_at")
    if sum(is_at_work(one, now) for one in own) >= AT_ONCE:
        raise TooManyAttempts(
            detail=f"{AT_ONCE} of your back-tests are being made. Wait until one is done.",
            code="backtests-at-work",
            retry_after=60,
        )
    asked = AuditEvent.objects.filter(actor=user, action=ASKED, created_at__gt=now - DAY)
    times = list(asked.order_by("created_at").values_list("created_at", flat=True))
    if len(times) >= A_DAY:
        raise TooManyAttempts(
            detail=f"You have asked for {A_DAY} back-tests within a day. Ask again tomorrow.",
            code="too-many-backtests",
            retry_after=max(1, int((times[0] + DAY - now).total_seconds())),
        )
