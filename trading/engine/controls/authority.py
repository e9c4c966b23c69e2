"""Control 12: only those who may trade do, and real money asks them anew who they are."""

from datetime import timedelta

from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.verdicts import Finding, denied, passed

# What the figures say under `proof`.
NEEDED = "needed"


def authority_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """A permission always, and a fresh sign-in for a live order (SEC Rule 15c3-5(c)(2)(iii), ASVS 7.5.3).

    A sign-in in the future is a wrong clock, not a fresh one. Where only that proof is wanting, the figures
    say so under `proof`: the person can give it and send the same order again.
    """
    if not facts.may_trade:
        return denied("You may not trade in this account.")
    if not facts.is_live:
        return passed("A paper order needs the permission alone.")
    if facts.signed_in_at is None:
        return denied("Confirm who you are before a live order is sent.", proof=NEEDED)
    age = facts.now - facts.signed_in_at
    if not -timedelta(seconds=limits.clock_skew_seconds) <= age <= timedelta(seconds=limits.sign_in_seconds):
        return denied(
            "Confirm again who you are before a live order is sent.",
            signed_in_at=facts.signed_in_at,
            proof=NEEDED,
        )
    return passed("You may trade, and have confirmed who you are.", signed_in_at=facts.signed_in_at)
