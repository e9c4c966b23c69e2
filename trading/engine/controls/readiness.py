"""Control 14: what is not known to be in order is taken to be out of order."""

from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.verdicts import Finding, denied, passed


def readiness_judged(facts: ControlFacts, _limits: ControlLimits) -> Finding:
    """The gateway is ready, the start was reconciled, and all processes that trade run one build.

    Of eight servers one ran older code on the day of SEC Release 34-70694: a mixed fleet does not trade.
    """
    if not facts.gateway.takes_orders:
        return denied(f"The broker's gateway is not ready: {facts.gateway.value}.", gateway=facts.gateway)
    if not facts.is_reconciled:
        return denied("The book has not been reconciled with the broker since the start.")
    if len(facts.builds) != 1:
        return denied(
            "The processes that trade run different builds."
            if facts.builds
            else "It is not known which build trades.",
            builds=", ".join(sorted(facts.builds)),
        )
    return passed("Gateway, book and builds are in order.", builds=next(iter(facts.builds)))
