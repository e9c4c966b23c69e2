"""All controls over one order, in their order; what cannot be judged is denied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trading.engine.controls.authority import authority_judged
from trading.engine.controls.buying_power import NAME as BUYING_POWER
from trading.engine.controls.buying_power import buying_power_judged
from trading.engine.controls.day_trades import day_trade_judged
from trading.engine.controls.drop_copy import drop_copy_judged
from trading.engine.controls.duplicates import duplicate_judged
from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.firm_capital import firm_capital_judged
from trading.engine.controls.kill_switches import kill_switch_judged
from trading.engine.controls.limits import DEFAULT_LIMITS, ControlLimits
from trading.engine.controls.order_rate import rate_judged
from trading.engine.controls.order_size import notional_judged, quantity_judged
from trading.engine.controls.quote_quality import collar_judged, quote_age_judged
from trading.engine.controls.readiness import readiness_judged
from trading.engine.controls.repetition import repetition_judged
from trading.engine.controls.restrictions import restriction_judged, wash_sale_judged
from trading.engine.controls.short_sales import short_sale_judged
from trading.engine.controls.verdicts import Finding, Outcome, Verdict, denied


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control: its number in the list that operators know, its name, and how it judges."""

    number: int
    name: str
    judge: Callable[[ControlFacts, ControlLimits], Finding]


CONTROLS = (
    Control(number=1, name=BUYING_POWER, judge=buying_power_judged),
    Control(number=2, name="firm_capital", judge=firm_capital_judged),
    Control(number=3, name="quantity", judge=quantity_judged),
    Control(number=4, name="notional", judge=notional_judged),
    Control(number=5, name="price_collar", judge=collar_judged),
    Control(number=6, name="quote_age", judge=quote_age_judged),
    Control(number=7, name="duplicate", judge=duplicate_judged),
    Control(number=8, name="order_rate", judge=rate_judged),
    Control(number=9, name="repetition", judge=repetition_judged),
    Control(number=10, name="restriction", judge=restriction_judged),
    Control(number=10, name="wash_sale", judge=wash_sale_judged),
    Control(number=10, name="day_trade", judge=day_trade_judged),
    Control(number=10, name="short_sale", judge=short_sale_judged),
    Control(number=11, name="kill_switch", judge=kill_switch_judged),
    Control(number=12, name="authority", judge=authority_judged),
    Control(number=13, name="drop_copy", judge=drop_copy_judged),
    Control(number=14, name="readiness", judge=readiness_judged),
)


def controls_run(
    facts: ControlFacts, limits: ControlLimits = DEFAULT_LIMITS, controls: Sequence[Control] = CONTROLS
) -> tuple[Verdict, ...]:
    """The verdict of every control, in their order; none is left out because another denied.

    What a person was asked and has confirmed becomes a warning. A control that fails denies.
    """
    return tuple(_verdict(control, facts, limits) for control in controls)


def _verdict(control: Control, facts: ControlFacts, limits: ControlLimits) -> Verdict:
    finding = _finding(control, facts, limits)
    is_confirmed = finding.outcome is Outcome.ASK and control.name in facts.confirmed
    return Verdict(
        number=control.number,
        name=control.name,
        outcome=Outcome.WARN if is_confirmed else finding.outcome,
        sentence=f"{finding.sentence} Confirmed." if is_confirmed else finding.sentence,
        figures=finding.figures,
        should_halt=finding.should_halt,
    )


def _finding(control: Control, facts: ControlFacts, limits: ControlLimits) -> Finding:
    try:
        return control.judge(facts, limits)
    except Exception as error:  # noqa: BLE001 (a control that fails in any way must deny)
        return denied(
            f"The control “{control.name.replace('_', ' ')}” could not judge the order, so it is denied.",
            error=type(error).__name__,
        )
