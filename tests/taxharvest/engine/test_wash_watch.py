"""The wash watch: what a sale or a purchase today would do, reckoned by hand."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from portfolios.engine.policies import Identity, TaxRules, WashPolicy
from portfolios.engine.records import (
    PortfolioRecord,
    PositionEffect,
    TaxOwner,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from taxharvest.engine.wash_watch import (
    BuyWarning,
    MarketPrice,
    SellWatch,
    if_bought_today,
    if_sold_today,
)
from taxharvest.engine.what_if import SaleLedger
from tests.portfolios.engine.ledger_rows import ACME, AWAY, BETA, HOME, buy, row, seen, sell

TODAY = date(2026, 11, 27)
CALL = UUID(int=0xB7)
CHILD = UUID(int=0xA7)
NO_RATES: Mapping[str, Decimal] = MappingProxyType({})
TEN = MarketPrice(close=Decimal(10), currency="USD", fx_rates=NO_RATES)


def ledger(
    *rows: TransactionRecord, away: Treatment = Treatment.TAXABLE, rules: TaxRules | None = None
) -> SaleLedger:
    """The rows, with HOME taxable, AWAY as told, and an account of a child."""
    return SaleLedger(
        rows=rows,
        portfolios={
            HOME: PortfolioRecord(id=HOME, base_currency="USD"),
            AWAY: PortfolioRecord(id=AWAY, base_currency="USD", treatment=away),
            CHILD: PortfolioRecord(id=CHILD, base_currency="USD", owner=TaxOwner.OTHER),
        },
        rules=rules or TaxRules(),
    )


def sold(book: SaleLedger, **prices: MarketPrice) -> SellWatch:
    """What selling today would do to HOME, at 10 a share unless told otherwise."""
    return if_sold_today(book, TODAY, {ACME: TEN, BETA: TEN} | {ACME: prices.get("acme", TEN)}, [HOME])


def bought(book: SaleLedger, day: date = TODAY) -> tuple[BuyWarning, ...]:
    """The losses of HOME that buying today would wash."""
    return if_bought_today(book, day, [HOME])


def recent(**facts: Any) -> TransactionRecord:
    """Six ACME bought on 13 November, in AWAY unless told otherwise."""
    return buy("2026-11-13", "6", "66", **({"portfolio_id": AWAY} | facts))


# --- If sold today -----------------------------------------------------------------------------------


def test_a_loss_lot_with_a_purchase_elsewhere_is_warned_of() -> None:
    (found,) = sold(ledger(buy("2026-03-02", "10", "140"), recent())).warnings

    assert (found.portfolio_id, found.instrument_id, found.currency) == (HOME, ACME, "USD")
    assert seen(found.shares, found.loss, found.washed_shares, found.at_stake) == (10, 40, 6, 24)
    assert found.outcome.free_on == date(2026, 12, 14)


def test_lots_that_gain_are_left_where_they_are() -> None:
    (found,) = sold(ledger(buy("2024-03-04", "10", "50"), buy("2026-03-02", "10", "140"), recent())).warnings

    assert seen(found.shares, found.loss) == (10, 40)


def test_a_position_without_a_loss_is_not_warned_of() -> None:
    assert sold(ledger(buy("2024-03-04", "10", "50"), recent())) == SellWatch(warnings=(), unjudged=())


def test_a_loss_lot_without_a_recent_purchase_is_clear() -> None:
    assert sold(ledger(buy("2026-03-02", "10", "140"))).warnings == ()


def test_a_purchase_of_thirty_one_days_ago_washes_nothing() -> None:
    old = buy("2026-10-27", "6", "66", portfolio_id=AWAY)
    just = buy("2026-10-28", "6", "66", portfolio_id=AWAY)

    assert sold(ledger(buy("2026-03-02", "10", "140"), old)).warnings == ()
    assert len(sold(ledger(buy("2026-03-02", "10", "140"), just)).warnings) == 1


def test_the_one_lot_bought_lately_washes_nothing_of_itself() -> None:
    assert sold(ledger(buy("2026-11-13", "10", "140"))).warnings == ()


def test_a_purchase_of_something_identical_counts_and_one_apart_does_not() -> None:
    same = TaxRules(identities={ACME: Identity(group=ACME), BETA: Identity(group=ACME)})
    rows = (buy("2026-03-02", "10", "140"), recent(instrument_id=BETA))

    assert sold(ledger(*rows)).warnings == ()
    (found,) = sold(ledger(*rows, rules=same)).warnings
    assert found.outcome.causes[0].instrument_id == BETA


def test_a_call_bought_lately_counts() -> None:
    rules = TaxRules(
        identities={
            ACME: Identity(group=ACME),
            CALL: Identity(group=CALL, replaces=ACME, shares_per_unit=100),
        }
    )
    book = ledger(
        buy("2026-03-02", "10", "140"), buy("2026-11-13", "1", "50", instrument_id=CALL), rules=rules
    )

    (found,) = sold(book).warnings

    assert seen(found.washed_shares, found.at_stake) == (10, 40)


def test_what_was_sold_again_counts_where_the_policy_says_so() -> None:
    rows = (
        buy("2026-03-02", "10", "140"),
        recent(),
        sell("2026-11-16", "6", "72", portfolio_id=AWAY),
    )

    assert sold(ledger(*rows)).warnings == ()
    loose = TaxRules(policy=WashPolicy(replacement_must_be_held=False))
    assert [one.washed_shares for one in sold(ledger(*rows, rules=loose)).warnings] == [6]


def test_without_price_rate_or_basis_a_position_is_named_as_not_judged() -> None:
    rows = (buy("2026-03-02", "10", "140"), recent())
    euro = MarketPrice(close=Decimal(10), currency="EUR", fx_rates=NO_RATES)
    unknown = row(TransactionKind.OPENING, "2026-11-13", quantity="3")

    assert sold(ledger(*rows), acme=euro) == SellWatch(warnings=(), unjudged=((HOME, ACME),))
    assert if_sold_today(ledger(*rows), TODAY, {}, [HOME]).unjudged == ((HOME, ACME),)
    assert sold(ledger(*rows, unknown)).unjudged == ((HOME, ACME),)


def test_a_foreign_price_is_taken_at_its_rate() -> None:
    euro = MarketPrice(close=Decimal(10), currency="EUR", fx_rates={"USD": Decimal("1.1")})

    (found,) = sold(ledger(buy("2026-03-02", "10", "140"), recent()), acme=euro).warnings

    assert seen(found.loss, found.at_stake) == (30, 18)


def test_positions_of_other_accounts_and_of_an_ira_are_not_looked_at() -> None:
    rows = (buy("2026-03-02", "10", "140", portfolio_id=AWAY), recent(portfolio_id=HOME))

    assert sold(ledger(*rows)).warnings == ()
    ira = ledger(*rows, away=Treatment.IRA)
    assert if_sold_today(ira, TODAY, {ACME: TEN}, [HOME, AWAY]).warnings == ()


def test_the_most_money_stands_first() -> None:
    book = ledger(
        buy("2026-03-02", "10", "140"),
        recent(),
        buy("2026-03-02", "10", "200", instrument_id=BETA),
        recent(instrument_id=BETA),
    )

    assert [seen(one.instrument_id, one.at_stake) for one in sold(book).warnings] == [(BETA, 60), (ACME, 24)]


# --- If bought today ---------------------------------------------------------------------------------


def loss(day: str = "2026-11-09", **facts: Any) -> tuple[TransactionRecord, ...]:
    """Ten ACME sold out of HOME at a loss of 4 each."""
    return buy("2026-03-02", "10", "140", **facts), sell(day, "10", "100", **facts)


def test_a_loss_of_the_last_thirty_days_can_still_be_washed() -> None:
    rows = loss()

    (found,) = bought(ledger(*rows))

    assert (found.portfolio_id, found.instrument_id, found.transaction_id) == (HOME, ACME, rows[1].id)
    assert seen(found.shares, found.loss, found.currency, found.sold) == (10, 40, "USD", date(2026, 11, 9))
    assert (found.free_on, found.days_left) == (date(2026, 12, 10), 13)
    assert (found.identical, found.options, found.reinvesting) == ((ACME,), (), ())


def test_what_a_purchase_has_washed_already_is_not_at_stake_again() -> None:
    (found,) = bought(ledger(*loss(), recent()))

    assert seen(found.shares, found.loss) == (4, 16)


def test_a_loss_washed_in_full_and_a_gain_are_not_in_the_list() -> None:
    whole = buy("2026-11-13", "10", "110", portfolio_id=AWAY)
    gain = (buy("2026-03-02", "10", "50"), sell("2026-11-09", "10", "100"))

    assert bought(ledger(*loss(), whole)) == ()
    assert bought(ledger(*gain)) == ()


def test_the_window_closes_after_thirty_days() -> None:
    assert [one.days_left for one in bought(ledger(*loss("2026-10-28")))] == [1]
    assert bought(ledger(*loss("2026-10-27"))) == ()


def test_a_short_sale_covered_at_a_loss_is_not_washed_by_a_purchase() -> None:
    short = sell("2026-10-05", "10", "100", position_effect=PositionEffect.OPEN)

    assert bought(ledger(short, buy("2026-11-09", "10", "140"))) == ()


def test_losses_of_other_accounts_and_of_a_child_are_not_looked_at() -> None:
    assert bought(ledger(*loss(portfolio_id=AWAY))) == ()
    assert if_bought_today(ledger(*loss(portfolio_id=CHILD)), TODAY, [HOME, CHILD]) == ()


def test_identical_instruments_and_calls_are_named() -> None:
    identities = {
        ACME: Identity(group=ACME),
        BETA: Identity(group=ACME),
        CALL: Identity(group=CALL, replaces=ACME, shares_per_unit=100),
    }

    (found,) = bought(ledger(*loss(), rules=TaxRules(identities=identities)))
    (without,) = bought(
        ledger(*loss(), rules=TaxRules(identities=identities, policy=WashPolicy(options_replace=False)))
    )

    assert (found.identical, found.options) == ((ACME, BETA), (CALL,))
    assert without.options == ()


def reinvested(day: str, portfolio_id: UUID = AWAY) -> TransactionRecord:
    """A dividend that bought one ACME."""
    return row(TransactionKind.REINVEST, day, quantity="1", amount="-10", portfolio_id=portfolio_id)


def test_a_plan_that_reinvests_dividends_of_it_is_warned_of() -> None:
    (found,) = bought(ledger(*loss(), reinvested("2026-09-01"), away=Treatment.IRA))
    (old,) = bought(ledger(*loss(), reinvested("2025-09-01")))
    (child,) = bought(ledger(*loss(), reinvested("2026-09-01", CHILD)))
    (gone,) = bought(
        ledger(*loss(), reinvested("2026-09-01"), sell("2026-09-02", "1", "10", portfolio_id=AWAY))
    )

    assert found.reinvesting == ((AWAY, ACME),)
    assert (old.reinvesting, child.reinvesting, gone.reinvesting) == ((), (), ())


def test_the_largest_loss_stands_first() -> None:
    book = ledger(*loss(), *(buy("2026-03-02", "9", "900"), sell("2026-11-16", "1", "10")))

    assert [one.loss for one in bought(book)] == [90, 40]
