"""Settling a difference between book and broker: somebody says why it may stand, and nothing is mended."""

from datetime import datetime
from uuid import UUID

from accounts.models import User
from common.audit import audit_record
from common.errors import Conflict, InvalidInput, NotFound
from common.transactions import write_transaction
from trading.models import Difference

LONGEST_REASON = 300


@write_transaction
def difference_settle(*, user: User, difference_id: UUID, reason: str, now: datetime) -> Difference:
    """Close a difference with a reason; book and broker stay as they are.

    A later comparison that still finds it opens it again. Raises NotFound for one in an account that is not
    the user's to trade in, InvalidInput without a reason, and Conflict for one that is closed.
    """
    row = Difference.objects.tradable_by(user).filter(pk=difference_id).first()
    if row is None:
        raise NotFound("There is no such difference.", code="not-found")
    row = Difference.objects.select_for_update().get(pk=row.pk)
    if row.closed_at is not None:
        raise Conflict("This difference is settled already.", code="already-settled")
    words = reason.strip()[:LONGEST_REASON]
    if not words:
        sentence = "Say why it is settled."
        raise InvalidInput(sentence, code="invalid-input", fields={"reason": [sentence]})
    row.closed_at, row.closed_by, row.reason = now, user, words
    row.save(update_fields=["closed_at", "closed_by", "reason", "updated_at"])
    audit_record(actor_id=user.pk, action="difference.settle", subject=row, detail={"reason": words})
    return row
