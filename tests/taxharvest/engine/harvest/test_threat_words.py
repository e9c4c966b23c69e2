"""What the wash guard says of a threat: the money at stake, the reason, and what stops it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import Treatment
from taxharvest.engine.harvest.guard import Threat, order_threats
from taxharvest.engine.harvest.threat_words import threat_words, traps_of
from tests.portfolios.engine.ledger_rows import AWAY, HOME, buy
from tests.taxharvest.engine.harvest.guarded_ledger import (
    OLD,
    SYMBOLS,
    ledger,
    mine,
    trade,
)
from trading.engine.tax_looks import TrapKind


def words_of(found: tuple[Threat, ...]) -> str:
    return threat_words(found, HOME, SYMBOLS)


def test_the_words_say_what_is_at_stake_and_what_stops_it() -> None:
    found = order_threats(ledger(OLD, away=Treatment.IRA), mine("-10"), [trade("4", last=None)])

    assert words_of(found) == (
        "Still to come (IRC 1091): 16.00 USD of loss would be lost for good because of the open order to buy "
        f"4 ACME in {ELSEWHERE}. First cancel the order."
    )


def test_the_words_propose_pausing_a_plan_and_a_reinvestment() -> None:
    plan = trade("3", TrapKind.RECURRING, pace="monthly", first=date(2026, 12, 1), last=date(2026, 12, 1))
    dividend = trade("1", TrapKind.REINVESTMENT, portfolio_id=HOME, last=date(2026, 12, 15))

    said = words_of(order_threats(ledger(OLD), mine("-10"), [plan, dividend]))

    assert f"the monthly purchase of ACME in {ELSEWHERE}, due 1 Dec 2026" in said
    assert "the dividend of ACME that is reinvested in this account, expected by 15 Dec 2026" in said
    assert said.endswith("First pause the recurring purchase and pause the reinvestment of dividends.")


def test_the_words_of_a_request_and_of_a_fill_name_no_remedy() -> None:
    said = words_of(
        order_threats(ledger(OLD), mine("-10"), [trade("3", TrapKind.REQUEST), trade("2", TrapKind.FILL)])
    )

    assert f"the order before it to buy 3 ACME in {ELSEWHERE}" in said
    assert f"the fill that bought 2 ACME in {ELSEWHERE} just now" in said
    assert said.endswith("just now.")


def test_nothing_to_come_has_no_words_and_no_traps() -> None:
    assert words_of(()) == ""
    assert traps_of((), HOME, SYMBOLS) == ()


def test_a_plan_is_one_trap_however_often_it_comes() -> None:
    key = UUID(int=0xE << 80 | 7 << 76 | 2 << 62)
    days = [date(2026, 12, 1), date(2026, 12, 8)]
    plan = [trade("2", TrapKind.RECURRING, key=key, pace="weekly", first=day, last=day) for day in days]

    found = order_threats(ledger(OLD), mine("-10"), plan)

    assert len(found) == 2
    assert [(trap.kind, trap.key, trap.portfolio_id) for trap in traps_of(found, HOME, SYMBOLS)] == [
        (TrapKind.RECURRING, key, AWAY)
    ]


def test_an_order_that_would_wash_its_own_loss_is_no_trap_and_has_no_remedy() -> None:
    order = mine("-20", kind=TrapKind.ITSELF, rests=True, last=None)

    found = order_threats(ledger(OLD, buy("2026-11-20", "10", "140")), order, [])

    assert traps_of(found, HOME, SYMBOLS) == ()
    assert words_of(found) == (
        "Still to come (IRC 1091): 20.00 USD of loss would be deferred because of the order itself, should "
        "it fill in part, later or at a worse price."
    )


def test_beside_the_order_itself_the_others_are_traps() -> None:
    threats = order_threats(ledger(OLD), mine("-10"), [trade("4", last=None)])
    itself = replace(threats[0], trade=mine("-10", kind=TrapKind.ITSELF))

    assert [trap.kind for trap in traps_of([itself, *threats], HOME, SYMBOLS)] == [TrapKind.ORDER]
