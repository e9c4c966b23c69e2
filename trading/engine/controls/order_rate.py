"""Control 8: so many orders a second, of an account and of all together."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.verdicts import Finding, denied, passed

SPAN = timedelta(seconds=1)


def rate_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """Orders of the last second against both rates; the broker takes 50 messages a second."""
    own, all_together = _lately(facts.account_sends, facts.now), _lately(facts.global_sends, facts.now)
    if own >= limits.account_rate:
        return denied(
            "The account sends too many orders at once: try again in a second.",
            sent=own,
            most=limits.account_rate,
        )
    if all_together >= limits.global_rate:
        # How much others trade is not for this one to know.
        return denied("Too many orders are sent at once: try again in a second.")
    return passed("Not too many orders at once.", account=own)


def _lately(sends: Sequence[datetime], now: datetime) -> int:
    """Sends of the last second; those that a clock puts into the future are counted too."""
    return sum(sent > now - SPAN for sent in sends)
