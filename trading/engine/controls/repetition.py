"""Control 9: what is at the broker stays within what was approved, however often a program repeats itself."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from trading.engine.controls.facts import ControlFacts, Intent, SentOrder
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.verdicts import Finding, halted, passed


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalBreach:
    """Something at the broker that nobody approved; `approved` is 0 when the order is not known at all."""

    order_ref: str
    approved: Decimal
    sent: Decimal
    sentence: str


def sent_within_approval(intents: Sequence[Intent], sent: Sequence[SentOrder]) -> tuple[ApprovalBreach, ...]:
    """Every way in which `sent` goes beyond `intents`, in the order in which it was sent.

    All lives of an order count together: what they filled and what they may still fill is no more than was
    approved. This is the comparison whose absence let 212 orders become four million executions (SEC
    Release 34-70694).
    """
    approved = {str(intent.order_id): intent for intent in intents}
    by_order: defaultdict[str, list[SentOrder]] = defaultdict(list)
    for life in sent:
        by_order[life.order_ref].append(life)
    breaches = (_breach(ref, approved.get(ref), lives) for ref, lives in by_order.items())
    return tuple(breach for breach in breaches if breach is not None)


def _breach(order_ref: str, intent: Intent | None, lives: Sequence[SentOrder]) -> ApprovalBreach | None:
    total = sum((life.filled + life.open for life in lives), Decimal(0))
    approved = intent.quantity if intent is not None else Decimal(0)
    if intent is None:
        sentence = "An order is at the broker that nobody approved."
    elif any(_terms(life) != _terms(intent) for life in lives):
        sentence = "An order is at the broker on another account, instrument or side than was approved."
    elif total > approved:
        sentence = f"{total:f} shares were sent where {approved:f} were approved."
    else:
        return None
    return ApprovalBreach(order_ref=order_ref, approved=approved, sent=total, sentence=sentence)


def _terms(order: Intent | SentOrder) -> tuple[object, ...]:
    return order.account, order.con_id, order.side


def repetition_judged(facts: ControlFacts, _limits: ControlLimits) -> Finding:
    """No order while others go beyond their approval, and no piece beyond the whole it belongs to."""
    breaches = sent_within_approval(facts.intents, facts.sent)
    if breaches:
        return halted(
            f"{breaches[0].sentence} Trading stops until somebody has looked.",
            breaches=len(breaches),
            order=breaches[0].order_ref,
        )
    parent = facts.parent
    if parent is None:
        return passed("What is at the broker is what was approved.")
    total = parent.filled + parent.open + facts.ticket.quantity
    if total > parent.quantity:
        return halted(
            f"Its pieces would come to {total:f} of {parent.quantity:f} shares. Trading stops.",
            pieces=total,
            whole=parent.quantity,
        )
    return passed("The pieces stay within the whole.", pieces=total, whole=parent.quantity)
