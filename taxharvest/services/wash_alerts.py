"""The watch after loss sales: what washed a loss, or would, becomes an alert with the money at stake."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.core.cache import cache

from accounts.models import User
from common.audit import audit_record, event_record
from common.errors import NotFound
from common.transactions import write_transaction
from portfolios.services.ledger import household_lock
from taxharvest.models import HarvestAlert
from taxharvest.selectors.wash_alerts import (
    KINDS,
    AlertFact,
    alert_facts,
    households_changed,
    households_watched,
)
from trading.selectors.controls import exchange_day

CURSOR_KEY = "wash-alerts:seen-until"
# Events are written inside transactions that may end after a later one: so far back is looked again.
OVERLAP = timedelta(minutes=5)
# Without a cursor (the cache was emptied) as much is looked through again as one night's look covers.
FIRST_LOOK = timedelta(days=1)
NEVER = Decimal(-1)


@write_transaction
def alerts_refresh(household_id: UUID, now: datetime) -> int:
    """Make the alerts of a household's watch what its book and its plans say; returns how many stand.

    An alert is raised once and kept up to date while it stands. It is closed by itself when it does not hold
    any more, as when the order was cancelled. One that a person closed comes back only with more at stake.
    """
    household_lock(household_id)
    facts = {(str(one.kind), one.subject): one for one in alert_facts(household_id, exchange_day(now))}
    rows = HarvestAlert.objects.filter(household_id=household_id, kind__in=KINDS)
    standing = {(row.kind, row.subject): row for row in rows.filter(closed_at__isnull=True)}
    changes = [_kept(row, facts.get(key), now) for key, row in standing.items()]
    settled = _settled(rows.filter(closed_by__isnull=False))
    for key, fact in facts.items():
        if key not in standing and fact.is_fresh and fact.at_stake > settled.get(key, NEVER):
            _raise(household_id, fact, now)
            changes.append(True)
    if any(changes):
        event_record(topic="alerts.changed", household_id=household_id, payload={})
    return rows.filter(closed_at__isnull=True).count()


def alerts_follow(now: datetime) -> int:
    """Look at every household of which the outbox tells news; returns how many there were.

    The outbox is written with the change itself, so nothing that is booked or ordered passes unseen. Looking
    twice does no harm: where the last look ended is only kept to look at less.
    """
    since = (cache.get(CURSOR_KEY) or now - FIRST_LOOK) - OVERLAP
    households = households_changed(since)
    for household_id in households:
        alerts_refresh(household_id, now)
    cache.set(CURSOR_KEY, now, None)
    return len(households)


def alerts_nightly(now: datetime) -> int:
    """Look at every household with a loss in the window or an alert that stands; returns how many."""
    households = households_watched(exchange_day(now))
    for household_id in households:
        alerts_refresh(household_id, now)
    return len(households)


@write_transaction
def alert_close(user: User, alert_id: UUID, *, now: datetime) -> HarvestAlert:
    """Note that somebody has looked at it; closing it again changes nothing.

    Raises NotFound for an alert of a household whose accounts `user` does not see all of.
    """
    alert: HarvestAlert | None = (
        HarvestAlert.objects.visible_to(user).select_for_update().filter(pk=alert_id).first()
    )
    if alert is None:
        raise NotFound("There is no such alert.", code="not-found")
    if alert.closed_at is None:
        alert.closed_at, alert.closed_by = now, user
        alert.save(update_fields=["closed_at", "closed_by", "updated_at"])
        audit_record(actor_id=user.pk, action="harvest_alert.close", subject=alert, detail=_detail(alert))
        event_record(topic="alerts.changed", household_id=alert.household_id, payload={})
    return alert


def _kept(row: HarvestAlert, fact: AlertFact | None, now: datetime) -> bool:
    """Bring a standing alert up to date, or close it; returns whether anything changed."""
    if fact is None:
        row.closed_at = now
        row.save(update_fields=["closed_at", "updated_at"])
        audit_record(actor_id=None, action="harvest_alert.lapse", subject=row, detail=_detail(row))
        return True
    told = (fact.at_stake, fact.words[:400], fact.harvest_id)
    if told == (row.at_stake, row.words, row.harvest_id):
        return False
    row.at_stake, row.words, row.harvest_id = told
    row.save(update_fields=["at_stake", "words", "harvest", "updated_at"])
    return True


def _settled(rows: Iterable[HarvestAlert]) -> dict[tuple[str, str], Decimal]:
    """The most that was at stake when a person closed it, by kind and subject."""
    most: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        key = (row.kind, row.subject)
        most[key] = max(most.get(key, NEVER), row.at_stake)
    return most


def _raise(household_id: UUID, fact: AlertFact, now: datetime) -> None:
    alert = HarvestAlert.objects.create(
        household_id=household_id,
        portfolio_id=fact.portfolio_id,
        harvest_id=fact.harvest_id,
        kind=fact.kind,
        subject=fact.subject,
        at_stake=fact.at_stake,
        currency=fact.currency,
        words=fact.words[:400],
        seen_at=now,
    )
    audit_record(actor_id=None, action="harvest_alert.raise", subject=alert, detail=_detail(alert))


def _detail(alert: HarvestAlert) -> dict[str, str]:
    return {"kind": alert.kind, "subject": alert.subject, "at_stake": f"{alert.at_stake:f}"}
