"""The greedy plan: sell what stands above its target by the least tax, then buy what stands below."""

from decimal import Decimal

from portfolios.engine.figures import amount_text
from taxharvest.engine.rebalance.buying import buy_up, investable
from taxharvest.engine.rebalance.desk import Desk
from taxharvest.engine.rebalance.records import Constraint, Plan, RebalanceFacts
from taxharvest.engine.rebalance.selling import Place, cash_raise, sell_down

ZERO = Decimal(0)
GREEDY = "greedy"


def greedy_plan(facts: RebalanceFacts) -> Plan:
    """The plan for these facts.

    Money that must leave an account is raised there. What has left its band is brought back to its target;
    what is inside its band is sold only where a purchase that is due needs the money. Nothing is bought and
    sold at once, no account's cash goes below zero by a purchase, and what binds is told.
    """
    desk = Desk(facts)
    cash_raise(desk)
    if not is_due(desk):
        desk.note("Targets", ZERO, Constraint.NOT_DUE, "Every target is inside its band: nothing is due.")
        return desk.plan(GREEDY)
    excess = excesses(desk)
    due = {place: amount for place, amount in excess.items() if _is_outside(desk, place, amount)}
    sell_down(desk, due)
    _fund(desk, {place: amount for place, amount in excess.items() if place not in due})
    _note_left(desk, due)
    buy_up(desk, lacks(desk))
    return desk.plan(GREEDY)


def is_due(desk: Desk) -> bool:
    """Whether anything calls for trades: a target outside its band, money in or out, cash to be invested."""
    facts = desk.facts
    outside = any(
        abs(desk.value_of(place) - desk.goal_of(place)) > target.band * desk.wealth
        for place, target in enumerate(facts.targets)
    )
    has_flow = any(account.flow for account in facts.accounts)
    sells = facts.wish.sells_untargeted and desk.value_of(None) > 0
    # Idle cash is due from one hundredth of the wealth on: less would trade on every dividend.
    has_cash = facts.wish.invests_cash and investable(desk) > desk.wealth / 100
    return outside or has_flow or sells or has_cash


def excesses(desk: Desk) -> dict[Place, Decimal]:
    """By how much each place stands above its target; what has none, where it is to be sold."""
    places = range(len(desk.facts.targets))
    over: dict[Place, Decimal] = {place: desk.value_of(place) - desk.goal_of(place) for place in places}
    if desk.facts.wish.sells_untargeted:
        over[None] = desk.value_of(None)
    return {place: amount for place, amount in over.items() if amount > 0}


def lacks(desk: Desk) -> dict[int, Decimal]:
    """By how much each place stands below its target."""
    places = range(len(desk.facts.targets))
    under = {place: desk.goal_of(place) - desk.value_of(place) for place in places}
    return {place: amount for place, amount in under.items() if amount > 0}


def _is_outside(desk: Desk, place: Place, amount: Decimal) -> bool:
    return place is None or amount > desk.facts.targets[place].band * desk.wealth


def _fund(desk: Desk, excess: dict[Place, Decimal]) -> None:
    """Sell of what is inside its band as much as purchases that are due lack."""
    targets = desk.facts.targets
    due = sum(
        (amount for place, amount in lacks(desk).items() if amount > targets[place].band * desk.wealth), ZERO
    )
    short = due - investable(desk)
    if short > 0 and excess:
        sell_down(desk, excess, short)


def _note_left(desk: Desk, due: dict[Place, Decimal]) -> None:
    """Say which targets are still above their band, where nothing said why yet."""
    for place in due:
        if place is None:
            continue
        left = desk.value_of(place) - desk.goal_of(place)
        if left <= desk.facts.targets[place].band * desk.wealth or _is_told(desk, place):
            continue
        words = (
            f"{desk.key_of(place)} stays {amount_text(left, desk.facts.currency)} above its target: "
            "what is left of it cannot be sold in the accounts chosen."
        )
        desk.note(desk.key_of(place), left, Constraint.NOT_TRADED, words)


def _is_told(desk: Desk, place: int) -> bool:
    symbols = {asset.symbol for asset in desk.facts.assets if asset.target == place}
    return any(one.subject in symbols or one.subject == desk.key_of(place) for one in desk.not_done)
