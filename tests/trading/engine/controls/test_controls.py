"""Each control at its boundaries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.engine.controls.control_facts import (
    ACCOUNT,
    NOW,
    ORDER,
    SOUND,
    TICKET,
    of_kind,
    with_account,
    with_quote,
    with_ticket,
)
from trading.engine.controls.authority import authority_judged
from trading.engine.controls.buying_power import buying_power_judged
from trading.engine.controls.day_trades import day_trade_judged
from trading.engine.controls.drop_copy import drop_copy_judged
from trading.engine.controls.duplicates import duplicate_judged
from trading.engine.controls.facts import (
    ControlFacts,
    KillSwitch,
    ParentFacts,
    RecentOrder,
    SwitchScope,
    TradeRestriction,
    WashFacts,
)
from trading.engine.controls.firm_capital import firm_capital_judged
from trading.engine.controls.kill_switches import (
    OrderAction,
    kill_switch_judged,
    rearming_refusal,
    stopping_switch,
)
from trading.engine.controls.limits import DEFAULT_LIMITS, ControlLimits
from trading.engine.controls.order_rate import rate_judged
from trading.engine.controls.order_size import notional_judged, quantity_judged
from trading.engine.controls.quote_quality import collar_judged, quote_age_judged
from trading.engine.controls.readiness import readiness_judged
from trading.engine.controls.repetition import repetition_judged
from trading.engine.controls.restrictions import restriction_judged, wash_sale_judged
from trading.engine.controls.short_sales import short_sale_judged
from trading.engine.controls.verdicts import Finding, Outcome
from trading.engine.link import GatewayState
from trading.engine.records import OrderKind, PriceSource, Side

PASS, WARN, ASK, DENY = Outcome.PASS, Outcome.WARN, Outcome.ASK, Outcome.DENY
Judge = Callable[[ControlFacts, ControlLimits], Finding]
SALE = with_ticket(side=Side.SELL)
SECOND = timedelta(seconds=1)


def finding(judge: Judge, facts: ControlFacts, **limits: Any) -> tuple[Outcome, str]:
    """How a control judges, and its sentence."""
    found = judge(facts, replace(DEFAULT_LIMITS, **limits))
    return found.outcome, found.sentence


def outcome(judge: Judge, facts: ControlFacts, **limits: Any) -> Outcome:
    """How a control judges."""
    return finding(judge, facts, **limits)[0]


# 1 Buying power


def test_an_order_of_all_the_buying_power_passes_and_a_cent_more_does_not() -> None:
    exact = with_account(buying_power=Decimal(1500), reserved=Decimal(500))

    assert finding(buying_power_judged, exact) == (PASS, "1,000.00 USD is reserved of 1,000.00 USD.")
    assert finding(buying_power_judged, with_account(exact, reserved=Decimal("500.01"))) == (
        DENY,
        "The order needs 1,000.00 USD; 999.99 USD is free.",
    )


def test_a_share_of_the_buying_power_can_be_kept_back() -> None:
    facts = with_account(buying_power=Decimal(2000))

    assert outcome(buying_power_judged, facts, buying_power_share=Decimal("0.5")) is PASS
    assert outcome(buying_power_judged, facts, buying_power_share=Decimal("0.49")) is DENY


def test_buying_power_that_is_not_known_is_none() -> None:
    unknown = with_account(buying_power=None)

    assert finding(buying_power_judged, unknown) == (
        DENY,
        "The broker has not told the account's buying power.",
    )
    assert outcome(buying_power_judged, with_account(SALE, buying_power=None)) is PASS


def test_an_order_without_a_price_reserves_nothing_that_is_known() -> None:
    assert finding(buying_power_judged, replace(SOUND, rate=None)) == (
        DENY,
        "What the order needs cannot be said: it has no price to go by.",
    )


def test_two_hundred_orders_never_reserve_more_than_there_is() -> None:
    reserved, accepted = Decimal(0), 0
    for _ in range(200):
        if outcome(buying_power_judged, with_account(reserved=reserved)) is PASS:
            reserved += Decimal(1000)
            accepted += 1

    assert (accepted, reserved) == (50, Decimal(50_000))


@given(power=st.decimals("0", "100000", places=2), reserved=st.decimals("0", "100000", places=2))
def test_an_order_passes_exactly_when_its_money_is_free(power: Decimal, reserved: Decimal) -> None:
    facts = with_account(buying_power=power, reserved=reserved)

    assert (outcome(buying_power_judged, facts) is PASS) == (power - reserved >= 1000)


# 2 Firm capital


def test_the_firm_stays_at_or_below_its_threshold() -> None:
    facts = replace(SOUND, firm_exposure=Decimal(999_000))

    assert outcome(firm_capital_judged, facts) is PASS
    assert finding(firm_capital_judged, replace(facts, firm_exposure=Decimal("999000.01"))) == (
        DENY,
        "The order would pass the capital threshold of the whole firm.",
    )
    assert outcome(firm_capital_judged, replace(SALE, firm_exposure=Decimal(1_000_000))) is PASS


def test_a_threshold_that_is_passed_already_halts_everything() -> None:
    found = firm_capital_judged(replace(SALE, firm_exposure=Decimal("1000000.01")), DEFAULT_LIMITS)

    assert (found.outcome, found.should_halt) == (DENY, True)


def test_what_all_accounts_have_committed_is_told_to_none_of_them() -> None:
    for exposure in ("900000", "999999", "1000000.01"):
        facts = replace(SOUND, firm_exposure=Decimal(exposure))
        assert set(dict(firm_capital_judged(facts, DEFAULT_LIMITS).figures)) <= {"added"}
    busy = replace(SOUND, global_sends=(NOW,) * 50)
    assert rate_judged(busy, DEFAULT_LIMITS).figures == ()


def test_what_cannot_be_priced_cannot_be_added_to_the_firm() -> None:
    assert outcome(firm_capital_judged, replace(SOUND, rate=None)) is DENY


# 3 and 4 Quantity and notional


@pytest.mark.parametrize(
    ("quantity", "volume", "expected"),
    [
        ("10000", "1000000", PASS),
        ("10000.0001", "1000000", DENY),
        ("10000", "200000", PASS),
        ("10000", "199999", DENY),
        ("10", None, ASK),
        ("10001", None, DENY),
        ("0", "1000000", DENY),
        ("-1", "1000000", DENY),
        ("NaN", "1000000", DENY),
        ("Infinity", "1000000", DENY),
    ],
)
def test_a_quantity_is_within_its_limits(quantity: str, volume: str | None, expected: Outcome) -> None:
    facts = replace(
        with_ticket(quantity=Decimal(quantity)), average_volume=Decimal(volume) if volume else None
    )

    assert outcome(quantity_judged, facts) is expected


def test_the_sentences_about_quantity_name_the_limit() -> None:
    many = with_ticket(quantity=Decimal(10_001))
    thin = replace(SOUND, average_volume=Decimal(100))

    assert finding(quantity_judged, many) == (DENY, "An order can have 10,000 shares at most.")
    assert finding(quantity_judged, thin) == (
        DENY,
        "The order is more than 5.0% of what is traded on an average day.",
    )
    assert finding(quantity_judged, replace(SOUND, average_volume=None)) == (
        ASK,
        "How much of ACME is traded on a day is not known: is the quantity meant?",
    )


@pytest.mark.parametrize(("quantity", "expected"), [("1000", PASS), ("1000.0001", DENY)])
def test_an_order_is_worth_a_hundred_thousand_at_most(quantity: str, expected: Outcome) -> None:
    assert outcome(notional_judged, with_ticket(quantity=Decimal(quantity))) is expected


@pytest.mark.parametrize(("day", "expected"), [("499000", PASS), ("499000.01", DENY)])
def test_the_orders_of_a_day_are_worth_half_a_million_at_most(day: str, expected: Outcome) -> None:
    assert outcome(notional_judged, with_account(day_notional=Decimal(day))) is expected


def test_the_sentences_about_worth_name_the_limit() -> None:
    assert finding(notional_judged, with_ticket(quantity=Decimal(2_000))) == (
        DENY,
        "The order is worth 200,000.00 USD; 100,000.00 USD is the most for one.",
    )
    assert finding(notional_judged, with_account(day_notional=Decimal(500_000))) == (
        DENY,
        "With it, today's orders would be worth 501,000.00 USD; 500,000.00 USD is the most for a day.",
    )
    assert outcome(notional_judged, replace(SOUND, rate=None)) is DENY


@given(quantity=st.decimals("0.01", "3000", places=2), price=st.decimals("1", "500", places=2))
def test_the_limit_of_an_order_holds_to_the_last_cent(quantity: Decimal, price: Decimal) -> None:
    facts = with_ticket(quantity=quantity, limit_price=price)

    assert (outcome(notional_judged, facts) is PASS) == (quantity * price <= 100_000)


# 5 Price collar


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("100.00", PASS),
        ("105.00", PASS),
        ("105.01", WARN),
        ("110.00", WARN),
        ("110.01", DENY),
        ("95.00", PASS),
        ("94.99", WARN),
        ("90.00", WARN),
        ("89.99", ASK),
        ("1000.00", DENY),
    ],
)
def test_a_limit_keeps_near_the_market(limit: str, expected: Outcome) -> None:
    assert outcome(collar_judged, with_ticket(limit_price=Decimal(limit))) is expected


def test_a_limit_far_away_is_told_how_far() -> None:
    assert finding(collar_judged, with_ticket(limit_price=Decimal(112))) == (
        DENY,
        "The limit is 12.0% above the market at 100.00: more than 10% is taken for a mistake.",
    )
    assert finding(collar_judged, with_ticket(limit_price=Decimal(93))) == (
        WARN,
        "The limit is 7.0% below the market at 100.00.",
    )


def test_a_limit_that_only_waits_far_away_is_asked_about() -> None:
    words = "The limit is 12.0% {} the market at 100.00: is it meant to wait there?"
    assert finding(collar_judged, with_ticket(limit_price=Decimal(88))) == (ASK, words.format("below"))
    sale = with_ticket(SALE, limit_price=Decimal(112))
    assert finding(collar_judged, sale) == (ASK, words.format("above"))
    assert outcome(collar_judged, with_ticket(SALE, limit_price=Decimal(88))) is DENY


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bid": "NaN"}, "the quote has a price that cannot be"),
        ({"ask": "0"}, "the quote has a price that cannot be"),
        ({"last": "-5"}, "the quote has a price that cannot be"),
        ({"bid": "101"}, "the bid is above the offer"),
        ({"bid": None, "ask": None, "last": None}, "the quote has no price"),
        ({"bid": None, "last": None}, "the quote has no market"),
    ],
)
@pytest.mark.parametrize("facts", [SOUND, of_kind(OrderKind.MARKET)])
def test_a_market_that_cannot_be_is_not_traded_on(
    facts: ControlFacts, changes: dict[str, str | None], words: str
) -> None:
    prices: dict[str, Any] = {name: price and Decimal(price) for name, price in changes.items()}

    assert finding(collar_judged, with_quote(facts, **prices)) == (
        DENY,
        f"The price cannot be judged: {words}.",
    )
    assert finding(collar_judged, replace(facts, quote=None)) == (
        DENY,
        "The price cannot be judged: there is no quote.",
    )


@pytest.mark.parametrize(
    ("close", "expected"),
    [
        ("10", DENY),
        ("49.99", DENY),
        ("50", PASS),
        ("200", PASS),
        ("200.01", DENY),
        (None, PASS),
        ("NaN", PASS),
    ],
)
def test_a_market_that_has_leapt_is_not_believed(close: str | None, expected: Outcome) -> None:
    facts = with_quote(of_kind(OrderKind.MARKET), close=close and Decimal(close))

    assert outcome(collar_judged, facts) is expected


def test_a_stop_limit_is_held_against_its_trigger() -> None:
    facts = of_kind(OrderKind.STOP_LIMIT, limit_price=Decimal(122), stop_price=Decimal(120))

    assert outcome(collar_judged, facts) is PASS
    assert outcome(collar_judged, with_ticket(facts, limit_price=Decimal(140))) is DENY


def test_a_limit_order_without_its_limit_is_denied() -> None:
    assert finding(collar_judged, of_kind(OrderKind.LIMIT)) == (
        DENY,
        "The order has no limit price to judge.",
    )


# 6 Quote age


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), PASS),
        (timedelta(seconds=15), PASS),
        (timedelta(seconds=15, microseconds=1), DENY),
        (timedelta(days=1), DENY),
        (-timedelta(seconds=5), PASS),
        (-timedelta(seconds=5, microseconds=1), DENY),
        (-timedelta(hours=1), DENY),
    ],
)
def test_a_quote_is_fresh_and_not_from_the_future(age: timedelta, expected: Outcome) -> None:
    assert outcome(quote_age_judged, with_quote(as_of=NOW - age)) is expected


def test_an_old_quote_is_told_its_age() -> None:
    assert finding(quote_age_judged, with_quote(as_of=NOW - timedelta(days=1, seconds=2))) == (
        DENY,
        "The quote is 86402 seconds old.",
    )


def test_outside_of_trading_hours_the_market_is_said_to_be_closed() -> None:
    facts = replace(with_quote(as_of=NOW - timedelta(days=1)), is_market_open=False)
    assert finding(quote_age_judged, facts) == (
        DENY,
        f"The market is closed: ACME was last quoted on {NOW - timedelta(days=1):%d %B at %H:%M} UTC.",
    )


def test_nothing_is_sent_without_a_market() -> None:
    assert finding(quote_age_judged, replace(SOUND, quote=None)) == (DENY, "There is no quote of ACME.")
    assert finding(quote_age_judged, with_quote(is_halted=True)) == (DENY, "Trading in ACME is halted.")


def test_an_order_on_a_price_that_is_not_live_waits_for_a_yes() -> None:
    facts = with_quote(source=PriceSource.MASSIVE)

    for is_live in (True, False):
        assert finding(quote_age_judged, replace(facts, is_live=is_live)) == (
            ASK,
            "The price is not live, it comes from Massive: send the order all the same?",
        )


# 7 Duplicates

TWIN = RecentOrder(id=UUID(int=9), account_id=ACCOUNT, con_id=7, placed_at=NOW - SECOND, ticket=TICKET)


def duplicate(**changes: Any) -> Outcome:
    """How an order is judged beside a recent one."""
    return outcome(duplicate_judged, replace(SOUND, recent_orders=(replace(TWIN, **changes),)))


def test_the_same_order_twice_is_asked_about() -> None:
    assert finding(duplicate_judged, replace(SOUND, recent_orders=(TWIN,))) == (
        ASK,
        "The same order was placed within 10 seconds: is this a second one?",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ORDER},
        {"account_id": UUID(int=3)},
        {"con_id": 8},
        {"placed_at": NOW - 10 * SECOND},
        {"placed_at": NOW + 10 * SECOND},
        {"ticket": replace(TICKET, side=Side.SELL)},
        {"ticket": replace(TICKET, quantity=Decimal(11))},
        {"ticket": replace(TICKET, limit_price=Decimal("100.01"))},
        {"ticket": replace(TICKET, kind=OrderKind.LIMIT_ON_CLOSE)},
    ],
)
def test_another_order_is_no_duplicate(changes: dict[str, Any]) -> None:
    assert duplicate(**changes) is PASS


def test_a_duplicate_is_found_however_the_figures_are_written() -> None:
    assert duplicate(ticket=replace(TICKET, quantity=Decimal("10.0"))) is ASK
    assert duplicate(placed_at=NOW - timedelta(seconds=9, microseconds=999_999)) is ASK
    assert duplicate(placed_at=NOW + SECOND) is ASK


def test_of_a_thousand_repetitions_one_goes_without_a_question() -> None:
    placed: tuple[RecentOrder, ...] = ()
    for number in range(1000):
        facts = replace(SOUND, order_id=UUID(int=100 + number), recent_orders=placed)
        if outcome(duplicate_judged, facts) is PASS:
            placed += (replace(TWIN, id=facts.order_id, placed_at=NOW),)

    assert len(placed) == 1


# 8 Rate


@pytest.mark.parametrize(
    ("own", "together", "expected"),
    [(4, 49, PASS), (5, 5, DENY), (0, 50, DENY)],
)
def test_orders_are_counted_by_the_second(own: int, together: int, expected: Outcome) -> None:
    facts = replace(SOUND, account_sends=(NOW,) * own, global_sends=(NOW,) * together)

    assert outcome(rate_judged, facts) is expected


def test_what_is_a_second_ago_does_not_count() -> None:
    facts = replace(SOUND, account_sends=(NOW - SECOND,) * 9, global_sends=(NOW - SECOND,) * 99)

    assert outcome(rate_judged, facts) is PASS


def test_a_burst_lets_exactly_the_rate_through() -> None:
    sends: tuple[Any, ...] = ()
    for step in range(100):
        facts = replace(SOUND, now=NOW + step * timedelta(milliseconds=9), account_sends=sends)
        if outcome(rate_judged, facts) is PASS:
            sends += (facts.now,)

    assert len(sends) == 5


# 9 Repetition


@pytest.mark.parametrize(
    ("filled", "still_open", "expected"), [(50, 40, PASS), (50, 41, DENY), (91, 0, DENY)]
)
def test_pieces_stay_within_the_whole(filled: int, still_open: int, expected: Outcome) -> None:
    parent = ParentFacts(quantity=Decimal(100), filled=Decimal(filled), open=Decimal(still_open))
    found = repetition_judged(replace(SOUND, parent=parent), DEFAULT_LIMITS)

    assert (found.outcome, found.should_halt) == (expected, expected is DENY)


def test_a_worker_that_loops_sends_the_whole_and_not_a_share_more() -> None:
    parent, sent = ParentFacts(quantity=Decimal(35), filled=Decimal(0), open=Decimal(0)), 0
    for _ in range(1000):
        if repetition_judged(replace(SOUND, parent=parent), DEFAULT_LIMITS).should_halt:
            break
        parent, sent = replace(parent, open=parent.open + TICKET.quantity), sent + 1

    assert sent == 3


# 10 Restrictions, wash sales, day trades, short sales

WINDOW = TradeRestriction(
    side=Side.BUY, reason="harvested at a loss.", begins=date(2026, 2, 1), ends=date(2026, 3, 3)
)


def restricted(facts: ControlFacts = SOUND, **changes: Any) -> tuple[Outcome, str]:
    """How an order is judged under one restriction."""
    return finding(restriction_judged, replace(facts, restrictions=(replace(WINDOW, **changes),)))


def test_a_window_without_purchases_denies_a_purchase_to_its_last_day() -> None:
    assert restricted() == (DENY, "ACME must not be bought until 3 Mar 2026: harvested at a loss.")
    assert restricted(ends=date(2026, 3, 2))[0] is DENY
    assert restricted(ends=date(2026, 3, 1)) == (PASS, "Nothing restricts it.")
    assert restricted(begins=date(2026, 3, 2))[0] is DENY
    assert restricted(begins=date(2026, 3, 3))[0] is PASS
    assert restricted(SALE)[0] is PASS


def test_a_restriction_may_have_no_end_and_no_side() -> None:
    words = restricted(SALE, side=None, begins=None, ends=None, reason="insider list.")

    assert words == (DENY, "ACME must not be sold: insider list.")


def test_a_soft_restriction_asks() -> None:
    soft = replace(WINDOW, is_hard=False)

    assert restricted(is_hard=False) == (
        ASK,
        "ACME should not be bought until 3 Mar 2026: harvested at a loss.",
    )
    assert outcome(restriction_judged, replace(SOUND, restrictions=(soft, WINDOW))) is DENY


def test_a_wash_sale_is_for_the_person_to_decide() -> None:
    washes = WashFacts(words="It would defer a loss of 120.00 USD.", deferred=Decimal(120))

    assert finding(wash_sale_judged, replace(SOUND, wash=washes)) == (
        ASK,
        "It would defer a loss of 120.00 USD.",
    )
    assert finding(wash_sale_judged, SOUND) == (PASS, "It washes no loss of the household.")
    assert finding(wash_sale_judged, replace(SOUND, wash=None)) == (
        ASK,
        "The wash-sale rule was not checked for this order.",
    )


def test_a_household_that_blocks_is_told_the_first_free_day_or_what_to_stop() -> None:
    washes = WashFacts(words="It would wash 12.00 USD.", is_blocked=True, first_free=date(2026, 4, 2))

    assert finding(wash_sale_judged, replace(SOUND, wash=washes)) == (
        DENY,
        "It would wash 12.00 USD. The household blocks this. It may go from 2 Apr 2026 on.",
    )
    assert finding(wash_sale_judged, replace(SOUND, wash=replace(washes, first_free=None))) == (
        DENY,
        "It would wash 12.00 USD. The household blocks this. It may go once that is cancelled or paused.",
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"day_trades": 1}, PASS),
        ({"day_trades": 2}, WARN),
        ({"day_trades": 3}, DENY),
        ({"day_trades": 9}, DENY),
        ({"day_trades": 3, "equity": Decimal(25_000)}, PASS),
        ({"day_trades": 3, "equity": Decimal("24999.99")}, DENY),
        ({"day_trades": 3, "equity": None}, DENY),
        ({"day_trades": 3, "has_margin": False}, PASS),
        ({"day_trades": 3, "would_day_trade": False}, PASS),
    ],
)
def test_day_trades_on_margin_are_counted(changes: dict[str, Any], expected: Outcome) -> None:
    facts: dict[str, Any] = {"has_margin": True, "would_day_trade": True, "equity": Decimal(5_000)}

    assert outcome(day_trade_judged, with_account(**(facts | changes))) is expected


@pytest.mark.parametrize(
    ("changes", "shortable", "expected"),
    [
        ({}, None, PASS),
        ({"held": Decimal(10)}, None, PASS),
        ({"held": Decimal(9)}, Decimal(100), DENY),
        ({"held": Decimal(9), "can_borrow": True}, None, DENY),
        ({"held": Decimal(8), "can_borrow": True}, Decimal(1), DENY),
        ({"held": Decimal(8), "can_borrow": True}, Decimal(2), WARN),
        ({"open_sells": Decimal(11)}, None, DENY),
    ],
)
def test_what_is_not_held_needs_a_lender(
    changes: dict[str, Any], shortable: Decimal | None, expected: Outcome
) -> None:
    facts = replace(with_account(SALE, **changes), shortable=shortable)

    assert outcome(short_sale_judged, facts) is expected


def test_a_purchase_sells_nothing_short() -> None:
    assert outcome(short_sale_judged, with_account(held=Decimal(-5))) is PASS


# 11 Kill switches


def switch(scope: SwitchScope, key: str = "") -> KillSwitch:
    """An engaged switch."""
    return KillSwitch(scope=scope, key=key, reason="drill.", engaged_at=NOW)


@pytest.mark.parametrize(
    ("engaged", "is_stopped"),
    [
        (switch(SwitchScope.GLOBAL), True),
        (switch(SwitchScope.ACCOUNT, str(ACCOUNT)), True),
        (switch(SwitchScope.ACCOUNT, str(ORDER)), False),
        (switch(SwitchScope.STRATEGY, "taxharvest"), True),
        (switch(SwitchScope.STRATEGY, "rebalance"), False),
    ],
)
def test_a_switch_stops_what_it_reaches(engaged: KillSwitch, is_stopped: bool) -> None:
    facts = replace(SOUND, strategy="taxharvest", kill_switches=(engaged,))

    assert finding(kill_switch_judged, facts) == (
        (DENY, "Trading is stopped: drill.") if is_stopped else (PASS, "No kill switch is engaged.")
    )


@pytest.mark.parametrize(
    ("action", "is_stopped"),
    [
        (OrderAction.PLACE, True),
        (OrderAction.CHANGE, True),
        (OrderAction.CANCEL, False),
        (OrderAction.QUERY, False),
    ],
)
def test_a_switch_lets_cancellations_and_questions_through(action: OrderAction, is_stopped: bool) -> None:
    engaged = switch(SwitchScope.GLOBAL)
    stopping = stopping_switch(action, [engaged], account_id=ACCOUNT, strategy="")

    assert stopping is (engaged if is_stopped else None)


def test_two_people_take_up_trading_again() -> None:
    alice, bob = UUID(int=1), UUID(int=2)

    assert rearming_refusal([alice, bob]) is None
    assert rearming_refusal([alice, alice]) == "Two people must agree before trading is taken up again."


# 12 Authority


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), PASS),
        (timedelta(seconds=300), PASS),
        (timedelta(seconds=301), DENY),
        (-timedelta(seconds=5), PASS),
        (-timedelta(seconds=6), DENY),
    ],
)
def test_real_money_asks_for_a_fresh_sign_in(age: timedelta, expected: Outcome) -> None:
    assert outcome(authority_judged, replace(SOUND, signed_in_at=NOW - age)) is expected


def test_nobody_trades_without_the_permission() -> None:
    assert finding(authority_judged, replace(SOUND, may_trade=False)) == (
        DENY,
        "You may not trade in this account.",
    )
    assert outcome(authority_judged, replace(SOUND, may_trade=False, is_live=False)) is DENY


def test_paper_asks_for_the_permission_alone() -> None:
    assert outcome(authority_judged, replace(SOUND, signed_in_at=None, is_live=False)) is PASS
    assert outcome(authority_judged, replace(SOUND, signed_in_at=None)) is DENY


# 13 Drop copy


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"compared_at": NOW - 60 * SECOND}, (PASS, "The broker's trades agree with the book.")),
        (
            {"compared_at": NOW - 61 * SECOND},
            (DENY, "The broker's trades were last compared with the book at 14:58:59 UTC."),
        ),
        (
            {"compared_at": None},
            (DENY, "The broker's trades have not been compared with the book yet."),
        ),
        (
            {"drift": ("one fill is missing.",)},
            (DENY, "The broker's trades differ from the book: one fill is missing."),
        ),
    ],
)
def test_the_brokers_trades_were_compared_lately(
    changes: dict[str, Any], expected: tuple[Outcome, str]
) -> None:
    assert finding(drop_copy_judged, replace(SOUND, **changes)) == expected


# 14 Readiness


@pytest.mark.parametrize("state", GatewayState)
def test_only_a_ready_gateway_is_sent_to(state: GatewayState) -> None:
    expected = PASS if state is GatewayState.READY else DENY

    assert outcome(readiness_judged, replace(SOUND, gateway=state)) is expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"is_reconciled": False}, "The book has not been reconciled with the broker since the start."),
        ({"builds": frozenset({"b1", "b2"})}, "The processes that trade run different builds."),
        ({"builds": frozenset()}, "It is not known which build trades."),
    ],
)
def test_what_is_not_in_order_does_not_trade(changes: dict[str, Any], sentence: str) -> None:
    assert finding(readiness_judged, replace(SOUND, **changes)) == (DENY, sentence)
