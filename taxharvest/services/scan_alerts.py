"""Alerts about accounts that were not scanned on a market day: opened, renewed and closed."""

from datetime import UTC, date, datetime, time

from common.transactions import write_transaction
from portfolios.engine.figures import day_text
from taxharvest.models import HarvestAlert
from taxharvest.selectors.scan_coverage import Missed, accounts_looked_at, accounts_missed

KIND = HarvestAlert.Kind.NOT_SCANNED


@write_transaction
def coverage_check(*, day: date, now: datetime) -> int:
    """Alert about each enabled account that no scan of the market day `day` looked through.

    An alert is one an account for as long as it stands; it closes once a scan has looked through it. Accounts
    that were enabled on the day itself are not due yet. Returns how many alerts stand.
    """
    standing = HarvestAlert.objects.filter(kind=KIND, closed_at__isnull=True)
    looked_at = accounts_looked_at(day, list(standing.values_list("portfolio_id", flat=True)))
    standing.filter(portfolio_id__in=looked_at).update(closed_at=now)
    known = {alert.portfolio_id: alert for alert in standing.all()}
    for missed in accounts_missed(day, datetime.combine(day, time(), UTC)):
        alert = known.get(missed.portfolio_id)
        if alert is None:
            alert = HarvestAlert(
                household_id=missed.household_id,
                portfolio_id=missed.portfolio_id,
                kind=KIND,
                subject=str(missed.portfolio_id),
            )
        alert.words, alert.seen_at = _words(missed, day), now
        alert.save()
    return standing.count()


def _words(missed: Missed, day: date) -> str:
    why = missed.words or "No scan reached it."
    return f"{missed.name} was not scanned for losses on {day_text(day)}. {why}"[:400]
