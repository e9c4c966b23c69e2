"""What of the broker's answers is new: a day's orders and fills are told again in every comparison."""

from collections.abc import Sequence
from uuid import UUID

from trading.engine.records import FINAL_STATES, BrokerOrder, ExecutionFacts
from trading.models import Execution, Order
from trading.selectors.orders import lives_of


def fills_news(gateway_id: UUID, told: Sequence[ExecutionFacts]) -> list[ExecutionFacts]:
    """The fills that are not stored in these words; in one query."""
    rows = Execution.objects.filter(
        account__gateway_id=gateway_id, exec_id__in={fill.exec_id for fill in told}
    )
    known = {
        (code, exec_id): (revision, commission)
        for code, exec_id, revision, commission in rows.values_list(
            "account__code", "exec_id", "revision", "commission"
        )
    }
    return [fill for fill in told if not _is_known(fill, known.get((fill.account, fill.exec_id)))]


def _is_known(fill: ExecutionFacts, stored: tuple[object, object] | None) -> bool:
    if stored is None:
        return False
    return stored == (fill.revision, fill.commission) or (
        fill.commission is None and stored[0] == fill.revision
    )


def orders_news(gateway_id: UUID, told: Sequence[BrokerOrder]) -> list[BrokerOrder]:
    """The orders of which the book does not know already that they ended so; in one query."""
    refs = {each.order_ref for each in told if each.order_ref and not each.is_open}
    rows = Order.objects.filter(account__gateway_id=gateway_id, pk__in=filter(_is_key, refs))
    over = {
        (str(row.pk), life.perm_id): life.told_filled
        for row in rows.filter(state__in=FINAL_STATES).only("lives")
        for life in lives_of(row)
        if life.has_ended
    }
    return [
        each
        for each in told
        if each.is_open or over.get((each.order_ref, each.perm_id), each.filled - 1) < each.filled
    ]


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
