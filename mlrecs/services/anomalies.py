"""Anomalies: episodes of alarms and what the rules find in prices, told once, seen and muted by people."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from accounts.models import User
from common.audit import audit_record, event_record
from common.errors import InvalidInput, NotFound
from common.transactions import write_transaction
from mlrecs.engine.anomaly_words import severity_of, what_changed
from mlrecs.engine.episodes import Episode, PartDay, episodes_of
from mlrecs.engine.price_rules import Closes, PriceFinding, price_findings
from mlrecs.engine.score_records import part_read
from mlrecs.models import Anomaly, AnomalyScore
from mlrecs.selectors.anomaly_prices import closes_held
from mlrecs.selectors.scored_accounts import ScoredAccount
from portfolios.selectors.portfolios import portfolio_edit

# Findings that ended longer ago are history and are not looked at again.
LOOKED_AT = timedelta(days=120)
LONGEST_MUTE = timedelta(days=366)


def anomalies_follow(*, account: ScoredAccount | None, raising: Sequence[str]) -> int:
    """Bring the anomalies of an account, or of the market, to what its scores say; how many are new."""
    rows = list(
        AnomalyScore.objects.filter(Q(portfolio_id=account.id if account else None))
        .order_by("day")
        .only("day", *raising, "drivers")
    )
    new = 0
    for part in raising:
        days = [
            PartDay(day=row.day, ratio=ratio, drivers=part_read(row.drivers, part).drivers)
            for row in rows
            if (ratio := getattr(row, part)) is not None
        ]
        new += sum(_episode_keep(account, part, episode) for episode in episodes_of(days))
    return new


def prices_check(*, account: ScoredAccount, today: date) -> int:
    """Hold the closes of what an account holds against the rules; how many findings are new."""
    return sum(
        _finding_keep(account, instrument_id, finding)
        for instrument_id, series in closes_held(account, today).items()
        for finding in _findings(series, today)
    )


@write_transaction
def anomaly_acknowledge(*, anomaly_id: UUID, user: User, now: Any) -> Anomaly:
    """Note that somebody has looked at it. Raises NotFound for one that is not the user's to act on."""
    anomaly = _own(anomaly_id, user)
    if anomaly.acknowledged_at is None:
        anomaly.acknowledged_by, anomaly.acknowledged_at = user, now
        anomaly.save(update_fields=["acknowledged_by", "acknowledged_at", "updated_at"])
        audit_record(actor_id=user.pk, action="anomaly.acknowledge", subject=anomaly, detail={})
    return anomaly


@write_transaction
def anomaly_mute(*, anomaly_id: UUID, user: User, until: date, today: date) -> Anomaly:
    """Keep its kind quiet in this account, and for this instrument, through `until`; today or before unmutes.

    What comes meanwhile is still written down. Raises NotFound for one that is not the user's to act on,
    InvalidInput for longer than a year.
    """
    if until > today + LONGEST_MUTE:
        raise InvalidInput("A year is the longest.", fields={"until": ["Mute for a year at most."]})
    anomaly = _own(anomaly_id, user)
    anomaly.muted_until = until if until > today else None
    anomaly.save(update_fields=["muted_until", "updated_at"])
    detail = {"until": anomaly.muted_until.isoformat() if anomaly.muted_until else None}
    audit_record(actor_id=user.pk, action="anomaly.mute", subject=anomaly, detail=detail)
    return anomaly


def _findings(series: Closes, today: date) -> Iterable[PriceFinding]:
    return price_findings(series, since=today - LOOKED_AT)


def _episode_keep(account: ScoredAccount | None, part: str, episode: Episode) -> bool:
    peak = episode.peak
    told = {
        "severity": severity_of(peak.ratio),
        "ended": episode.ended,
        "words": what_changed(
            part=part, ratio=peak.ratio, before=episode.before, drivers=peak.drivers, day=peak.day
        )[:400],
        "drivers": [[driver.symbol, f"{driver.share:f}"] for driver in peak.drivers],
    }
    return _keep(account, None, part, episode.began, told)


def _finding_keep(account: ScoredAccount, instrument_id: UUID, finding: PriceFinding) -> bool:
    told = {"severity": finding.severity, "ended": finding.ended, "words": finding.words[:400]}
    return _keep(account, instrument_id, finding.kind, finding.began, told)


@write_transaction
def _keep(
    account: ScoredAccount | None, instrument_id: UUID | None, kind: str, began: date, told: dict[str, Any]
) -> bool:
    """Write down what is new and change what has grown; True when it is new. A mute of its kind covers it."""
    portfolio_id = account.id if account else None
    place = Q(portfolio_id=portfolio_id) & Q(instrument_id=instrument_id)
    same = Anomaly.objects.filter(place, kind=kind)
    present = same.filter(began=began).first()
    if present is not None:
        changed = [name for name, value in told.items() if getattr(present, name) != value]
        for name in changed:
            setattr(present, name, told[name])
        if changed:
            present.save(update_fields=[*changed, "updated_at"])
        return False
    muted = same.aggregate(until=Max("muted_until"))["until"]
    covers = muted is not None and muted >= began
    anomaly = Anomaly.objects.create(
        portfolio_id=portfolio_id,
        instrument_id=instrument_id,
        kind=kind,
        began=began,
        muted_until=muted if covers else None,
        **told,
    )
    if account is not None and not covers and told["ended"] is None:
        event_record(
            topic="anomaly.found",
            household_id=account.household_id,
            payload={"anomaly": str(anomaly.pk), "severity": anomaly.severity},
        )
    return True


def _own(anomaly_id: UUID, user: User) -> Anomaly:
    """An anomaly of an account that the user may act on; the market's are operators'."""
    anomaly: Anomaly | None = (
        Anomaly.objects.visible_to(user).filter(pk=anomaly_id).select_for_update(of=("self",)).first()
    )
    if anomaly is None or (anomaly.portfolio_id is None and not user.is_operator):
        raise NotFound("There is no such anomaly.", code="not-found")
    if anomaly.portfolio_id is not None:
        portfolio_edit(user, anomaly.portfolio_id)
    return anomaly
