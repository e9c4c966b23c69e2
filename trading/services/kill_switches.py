"""The kill switch: anybody with authority stops trading at once, and it takes two operators to start it."""

from datetime import datetime

from accounts.models import User
from common.audit import audit_record
from common.errors import Conflict
from common.transactions import write_transaction
from trading.models import BrokerAccount, KillSwitch
from trading.services.account_news import accounts_tell


@write_transaction
def kill_switch_engage(
    *, account: BrokerAccount | None, reason: str, now: datetime, actor: User | None, origin: str = "person"
) -> KillSwitch:
    """Stop new orders and changes, everywhere or in one account; one that stands already stays as it is."""
    standing = KillSwitch.objects.filter(account=account, lifted_at__isnull=True).first()
    if standing is not None:
        return standing
    switch = KillSwitch.objects.create(
        account=account, origin=origin, reason=reason[:300], engaged_by=actor, engaged_at=now
    )
    actor_id = actor.pk if actor else None
    audit_record(
        actor_id=actor_id, action="kill_switch.engage", subject=switch, detail={"reason": reason[:300]}
    )
    _tell(switch, "kill_switch.engaged")
    return switch


@write_transaction
def kill_switch_lift(*, switch: KillSwitch, now: datetime, actor: User) -> KillSwitch:
    """Agree to lift a stop: the first operator's word is kept, the second one's lifts it.

    Raises Conflict when the same operator speaks twice, and when the stop is lifted already.
    """
    row = KillSwitch.objects.select_for_update().get(pk=switch.pk)
    if row.lifted_at is not None:
        raise Conflict("This stop was lifted already.", code="already-lifted")
    if row.first_lift_by_id == actor.pk:
        raise Conflict("A second operator must agree before trading starts again.", code="second-operator")
    if row.first_lift_by_id is None:
        row.first_lift_by, row.first_lift_at = actor, now
    else:
        row.lifted_by, row.lifted_at = actor, now
    row.save(update_fields=["first_lift_by", "first_lift_at", "lifted_by", "lifted_at", "updated_at"])
    action = "kill_switch.lift" if row.lifted_at else "kill_switch.agree"
    audit_record(actor_id=actor.pk, action=action, subject=row, detail={})
    _tell(row, "kill_switch.lifted" if row.lifted_at else "kill_switch.agreed")
    return row


def _tell(switch: KillSwitch, topic: str) -> None:
    """Tell every account that the stop reaches: its own, or all of them."""
    accounts = BrokerAccount.objects.all()
    reached = accounts if switch.account_id is None else accounts.filter(pk=switch.account_id)
    accounts_tell(topic, reached, {"stop": str(switch.pk)})
