"""Control 13: no order while the broker's own account of the trades is unread or differs from ours."""

from datetime import timedelta

from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.verdicts import Finding, denied, passed


def drop_copy_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """The last comparison is fresh, and it found no difference (SEC Rule 15c3-5(c)(2)(iv))."""
    if facts.compared_at is None:
        return denied("The broker's trades have not been compared with the book yet.")
    age = facts.now - facts.compared_at
    if age > timedelta(seconds=limits.drop_copy_seconds):
        return denied(
            f"The broker's trades were last compared with the book at {facts.compared_at:%H:%M:%S} UTC.",
            compared_at=facts.compared_at,
        )
    if facts.drift:
        return denied(
            f"The broker's trades differ from the book: {facts.drift[0]}",
            differences=len(facts.drift),
            compared_at=facts.compared_at,
        )
    return passed("The broker's trades agree with the book.", compared_at=facts.compared_at)
