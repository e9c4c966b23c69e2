"""The tax side of an order: what it would bring and what it would wash, reckoned by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from portfolios.engine.policies import Identity, PlanPurchases, TaxRules, WashPolicy
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import (
    LotChoice,
    PortfolioRecord,
    TaxOwner,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from taxharvest.engine.harvest.guard import Threat
from taxharvest.engine.order_taxes import (
    DEPENDANT,
    PLAN_UNSETTLED,
    LossReplaced,
    PlannedPurchase,
    RatesUsed,
    account_words,
    held_words,
    purchase_look,
    purchase_outcome,
    sale_look,
    standing_words,
    unsettled_words,
)
from taxharvest.engine.savings import MarginalRates
from taxharvest.engine.what_if import PlannedSale, SaleLedger, sale_outcome, tax_on
from tests.portfolios.engine.ledger_rows import ACME, AWAY, BETA, CORE, EUROPE, HOME, buy, row, seen, sell
from tests.taxharvest.engine.harvest.guarded_ledger import trade
from trading.engine.tax_looks import TaxLook, TrapKind

TODAY = date(2026, 11, 27)
RATES = MarginalRates(short=Decimal("0.24"), long=Decimal("0.15"))
SYMBOLS = {ACME: "ACME", BETA: "BETA", CORE: "CORE"}
DEFERRED = "Of losses taken in the 30 days before"


def ledger(
    *rows: TransactionRecord,
    away: Treatment = Treatment.TAXABLE,
    rules: TaxRules | None = None,
    **home: Any,
) -> SaleLedger:
    """The rows, with HOME taxable and AWAY as told."""
    portfolios = {
        HOME: PortfolioRecord(id=HOME, base_currency="USD", **home),
        AWAY: PortfolioRecord(id=AWAY, base_currency="USD", treatment=away),
        EUROPE: PortfolioRecord(id=EUROPE, base_currency="EUR"),
    }
    return SaleLedger(rows=rows, portfolios=portfolios, rules=rules or TaxRules())


def loss_of_forty(day: str = "2026-11-20", **facts: Any) -> tuple[TransactionRecord, ...]:
    """Ten ACME that cost 140, sold for 100 on `day`."""
    return buy("2026-01-05", "10", "140", **facts), sell(day, "10", "100", **facts)


def bought(portfolio_id: UUID = HOME, quantity: str = "10", **facts: Any) -> PlannedPurchase:
    """A purchase of ACME today."""
    values: dict[str, Any] = {
        "portfolio_id": portfolio_id,
        "instrument_id": ACME,
        "day": TODAY,
        "quantity": Decimal(quantity),
        "price": Decimal(11),
        "currency": "USD",
    }
    return PlannedPurchase(**(values | facts))


def buying(before: SaleLedger, purchase: PlannedPurchase) -> TaxLook:
    """The look at a purchase."""
    return purchase_look(
        purchase_outcome(before, purchase), before.portfolios[purchase.portfolio_id], SYMBOLS
    )


def selling(before: SaleLedger, quantity: str = "10", price: str = "10", **facts: Any) -> TaxLook:
    """The look at a sale of ACME out of HOME today, taxed at the rates of this file."""
    values: dict[str, Any] = {"portfolio_id": HOME, "instrument_id": ACME, "day": TODAY, "currency": "USD"}
    sale = PlannedSale(quantity=Decimal(quantity), price=Decimal(price), **(values | facts))
    outcome = sale_outcome(before, sale)
    account = before.portfolios[sale.portfolio_id]
    return sale_look(outcome, account, SYMBOLS, RatesUsed(tax=tax_on(outcome, account, RATES)))


def test_a_purchase_defers_as_much_of_a_fresh_loss_as_it_replaces() -> None:
    before = ledger(*loss_of_forty())

    whole, part = buying(before, bought(AWAY)), buying(before, bought(AWAY, "4"))

    assert seen(whole.deferred, whole.lost, whole.first_free) == (40, 0, date(2026, 12, 21))
    assert seen(part.deferred, part.lost, part.first_free) == (16, 0, date(2026, 12, 21))
    assert part.wash_words == (
        "Of losses taken in the 30 days before 16.00 USD would be deferred (IRC 1091): "
        f"4 ACME of 20 Nov 2026 in {ELSEWHERE}."
    )
    assert (part.lots, part.gain, part.tax, part.words) == ((), None, None, ())


def test_an_ira_loses_the_loss_for_good_and_the_deferred_amount_counts_it() -> None:
    look = buying(ledger(*loss_of_forty(), away=Treatment.IRA), bought(AWAY, "4"))

    assert seen(look.deferred, look.lost) == (16, 16)
    assert "16.00 USD would be lost for good (IRC 1091)" in look.wash_words


def test_the_last_day_of_the_window_washes_and_the_next_is_free() -> None:
    before = ledger(*loss_of_forty("2026-10-28"))

    last = buying(before, bought())
    free = buying(before, bought(day=TODAY + timedelta(days=1)))

    assert seen(last.deferred, last.first_free) == (40, date(2026, 11, 28))
    assert seen(free.deferred, free.first_free, free.wash_words) == (0, None, "")


def test_what_was_washed_before_is_not_washed_again() -> None:
    before = ledger(*loss_of_forty(), buy("2026-11-23", "6", "66"))

    look = buying(before, bought())

    assert seen(look.deferred, look.wash_words) == (
        16,
        f"{DEFERRED} 16.00 USD would be deferred (IRC 1091): 4 ACME of 20 Nov 2026 in this account.",
    )


def test_the_first_free_day_waits_for_every_loss_that_such_a_purchase_would_meet() -> None:
    early = buy("2026-01-05", "20", "280"), sell("2026-10-30", "10", "100")
    before = ledger(*early, sell("2026-11-20", "10", "100"))

    look = buying(before, bought())

    assert seen(look.deferred, look.first_free) == (40, date(2026, 12, 21))
    assert look.wash_words.endswith(": 10 ACME of 30 Oct 2026 in this account.")


def test_several_losses_are_listed_and_those_of_one_day_added_up() -> None:
    before = ledger(
        buy("2026-01-05", "10", "140"),
        sell("2026-11-18", "5", "50"),
        sell("2026-11-18", "5", "50"),
        *loss_of_forty(portfolio_id=AWAY),
    )

    look = buying(before, bought(quantity="20"))

    assert look.deferred == 80
    assert look.wash_words.endswith(
        f": 10 ACME of 18 Nov 2026 in this account, 10 ACME of 20 Nov 2026 in {ELSEWHERE}."
    )


def test_losses_in_another_currency_are_told_apart_or_counted_in_their_own() -> None:
    abroad = loss_of_forty("2026-11-21", portfolio_id=EUROPE, currency="EUR")
    alone = buying(ledger(*abroad), bought())
    both = buying(ledger(*loss_of_forty(), *abroad), bought(quantity="20"))

    assert seen(alone.currency, alone.deferred, alone.words) == ("EUR", 40, ())
    assert seen(both.currency, both.deferred) == ("USD", 40)
    assert both.words == (
        f"{DEFERRED} 40.00 EUR would be deferred (IRC 1091): 10 ACME of 21 Nov 2026 in {ELSEWHERE}.",
    )


def rules(identities: Mapping[UUID, Identity], **policy: Any) -> TaxRules:
    """Rules with these identities and policies."""
    return TaxRules(policy=WashPolicy(**policy), identities=MappingProxyType(dict(identities)))


def test_a_call_defers_the_loss_on_the_shares_it_is_for() -> None:
    known = {ACME: Identity(group=ACME), CORE: Identity(group=CORE, replaces=ACME, shares_per_unit=100)}
    before = ledger(*loss_of_forty(), rules=rules(known))

    look = buying(before, bought(AWAY, "1", instrument_id=CORE, multiplier=Decimal(100)))

    assert seen(look.deferred, look.lost) == (40, 0)


def test_a_sale_shows_its_lots_and_taxes_what_counts() -> None:
    before = ledger(buy("2024-03-04", "10", "80"), buy("2026-06-01", "10", "140"))

    look = selling(before, "15")

    assert [seen(lot.acquired, lot.quantity, lot.basis, lot.gain, lot.is_long_term) for lot in look.lots] == [
        (date(2024, 3, 4), 10, 80, 20, True),
        (date(2026, 6, 1), 5, 70, -20, False),
    ]
    assert seen(look.currency, look.gain, look.short_term, look.long_term) == ("USD", 0, -20, 20)
    assert (look.tax, look.wash_words, look.first_free) == (Decimal("-1.8"), "", None)
    assert look.words[0] == (
        "The loss on 5 shares stands unless something identical is bought, in any account of the household, "
        "until 27 Dec 2026."
    )


def test_a_sale_after_purchases_says_what_is_deferred_lost_and_free_when() -> None:
    here = buy("2026-01-05", "10", "140"), buy("2026-11-17", "2", "22")
    before = ledger(*here, buy("2026-11-20", "3", "33", portfolio_id=AWAY), away=Treatment.IRA)

    look = selling(before)

    assert seen(look.gain, look.short_term, look.long_term, look.tax) == (-40, -20, 0, Decimal("-4.8"))
    assert seen(look.deferred, look.lost, look.first_free) == (20, 12, date(2026, 12, 21))
    assert look.wash_words == (
        "Of this loss 8.00 USD would be deferred and 12.00 USD would be lost for good (IRC 1091), because of "
        f"2 ACME of 17 Nov 2026 in this account, 3 ACME of 20 Nov 2026 in {ELSEWHERE} in the 30 days before, "
        "still held."
    )


def test_parts_of_lots_that_one_purchase_replaces_are_one_cause() -> None:
    before = ledger(buy("2026-01-05", "5", "70"), buy("2026-01-06", "5", "70"), buy("2026-11-17", "8", "88"))

    look = selling(before)

    assert seen(look.deferred, look.lost) == (32, 0)
    assert "because of 8 ACME of 17 Nov 2026 in this account in" in look.wash_words


def test_named_lots_are_the_ones_that_are_closed() -> None:
    older, newer = buy("2024-03-04", "10", "80"), buy("2026-06-01", "10", "140")
    before = ledger(older, newer)
    second = before.lots_of(HOME, ACME)[1].root_id

    look = selling(before, lots=(LotChoice(lot_id=second, quantity=Decimal(10)),))

    assert seen(look.lots[0].lot_id, look.gain, look.tax) == (second, -40, Decimal("-9.6"))


def test_without_a_rate_of_exchange_nothing_is_guessed() -> None:
    look = selling(ledger(buy("2026-06-01", "10", "140")), currency="EUR")

    assert seen(look.lots, look.gain, look.short_term, look.tax) == ((), None, None, None)
    assert look.words == (
        "The rate of exchange into the account’s currency is not known, so the gain is not either.",
    )


@pytest.mark.parametrize(
    ("count", "words"),
    [
        ("1", "The basis or the holding period of 1 share is not known, so the gain is not either."),
        ("3", "The basis or the holding period of 3 shares is not known, so the gain is not either."),
    ],
)
def test_a_piece_whose_basis_is_not_known_is_said_and_not_listed(count: str, words: str) -> None:
    opening = row(TransactionKind.OPENING, "2026-01-05", quantity=count, acquired=date(2025, 2, 3))
    before = ledger(opening, buy("2026-06-01", "4", "56"))

    look = selling(before, str(int(count) + 4))

    assert [lot.quantity for lot in look.lots] == [4]
    assert (look.gain, look.tax, look.words[0]) == (None, None, words)


def test_a_piece_whose_day_is_not_known_is_not_listed_either() -> None:
    opening = row(TransactionKind.OPENING, "2026-01-05", quantity="4", cost="56")

    look = selling(ledger(opening), "4")

    assert seen(look.lots, look.gain, look.tax) == ((), -16, None)
    assert look.words[0].startswith("The basis or the holding period of 4 shares is not known")


def test_the_reason_for_a_missing_tax_is_among_the_words() -> None:
    before = ledger(buy("2026-06-01", "1", "14"))
    sale = PlannedSale(
        portfolio_id=HOME,
        instrument_id=ACME,
        day=TODAY,
        quantity=Decimal(1),
        price=Decimal(10),
        currency="USD",
    )

    look = sale_look(
        sale_outcome(before, sale),
        before.portfolios[HOME],
        SYMBOLS,
        RatesUsed(tax=None, reason="No rates."),
        ("First.",),
    )

    assert look.words[:2] == ("First.", "No rates.")
    assert look.words[2].startswith("The loss on 1 share stands unless")


def test_nothing_stands_that_could_be_washed_after_a_gain() -> None:
    before = ledger(buy("2026-06-01", "1", "8"))
    sale = PlannedSale(
        portfolio_id=HOME,
        instrument_id=ACME,
        day=TODAY,
        quantity=Decimal(1),
        price=Decimal(10),
        currency="USD",
    )

    assert standing_words(sale_outcome(before, sale)) == ()


def test_fewer_shares_in_the_book_than_are_sold_are_said() -> None:
    assert held_words("ACME", Decimal(10), Decimal(10)) == ()
    assert held_words("ACME", Decimal(0), Decimal(10)) == (
        "The book holds no ACME in this account, so there is no lot to close.",
    )
    assert held_words("ACME", Decimal("2.50"), Decimal(10)) == (
        "The book holds 2.5 ACME in this account, not 10: only those are in this look.",
    )


@pytest.mark.parametrize(
    ("treatment", "owner", "words"),
    [
        (Treatment.TAXABLE, TaxOwner.SPOUSE, ()),
        (Treatment.TAXABLE, TaxOwner.OTHER, (DEPENDANT,)),
        (Treatment.IRA, TaxOwner.TAXPAYER, ("Trades in a retirement account are not taxed.",)),
        (
            Treatment.OTHER_PLAN,
            TaxOwner.TAXPAYER,
            ("Trades in a retirement or health savings account are not taxed.",),
        ),
        (Treatment.SIMULATED, TaxOwner.TAXPAYER, ("Trades in a simulated account are not taxed.",)),
    ],
)
def test_an_account_whose_trades_change_no_tax_says_why(
    treatment: Treatment, owner: TaxOwner, words: tuple[str, ...]
) -> None:
    account = PortfolioRecord(id=HOME, base_currency="USD", treatment=treatment, owner=owner)

    assert account_words(account) == words


def test_a_purchase_in_a_plan_is_pointed_out_where_it_would_wash_a_loss_if_it_counted() -> None:
    counted = rules({}, plan_purchases=PlanPurchases.PERMANENT)
    warned = ledger(*loss_of_forty(), away=Treatment.OTHER_PLAN)

    assert unsettled_words(warned, bought(AWAY)) == (PLAN_UNSETTLED,)
    assert unsettled_words(warned, bought(AWAY, instrument_id=BETA)) == ()
    assert unsettled_words(ledger(*loss_of_forty(), away=Treatment.IRA), bought(AWAY)) == ()
    assert unsettled_words(replace(warned, rules=counted), bought(AWAY)) == ()
    assert seen(purchase_outcome(warned, bought(AWAY)).losses) == ((),)
    assert purchase_outcome(replace(warned, rules=counted), bought(AWAY)).losses[0].is_permanent


def test_a_loss_replaced_is_named_by_the_account_that_took_it() -> None:
    losses = purchase_outcome(ledger(*loss_of_forty(portfolio_id=AWAY)), bought()).losses

    assert losses == (
        LossReplaced(
            portfolio_id=AWAY,
            instrument_id=ACME,
            sold=date(2026, 11, 20),
            shares=Decimal(10),
            disallowed=Decimal(40),
            currency="USD",
            is_permanent=False,
        ),
    )


def threat(last: date | None, quantity: str = "4", disallowed: str = "16", currency: str = "USD") -> Threat:
    """An order to buy ACME in AWAY that would wash a part of a loss as long as it waits."""
    return Threat(
        trade=trade(quantity, last=last), loss_portfolio_id=HOME, loss_instrument_id=ACME, sale_id=None,
        sold=TODAY, shares=Decimal(quantity), disallowed=Decimal(disallowed), lost=Decimal(0),
        currency=currency,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lasts", "first_free"),
    [
        # The loss of 20 November is free on 21 December; an order of today on 28 December.
        ([TODAY], date(2026, 12, 28)),
        ([date(2026, 11, 10)], date(2026, 12, 21)),
        ([TODAY, date(2026, 12, 1)], date(2027, 1, 1)),
        ([TODAY, None], None),
    ],
)
def test_a_purchase_is_free_after_what_is_booked_and_all_that_is_planned(
    lasts: list[date | None], first_free: date | None
) -> None:
    before = ledger(*loss_of_forty())
    threats = [threat(last) for last in lasts]

    look = purchase_look(
        purchase_outcome(before, bought()), before.portfolios[HOME], SYMBOLS, threats=threats
    )

    assert look.first_free == first_free


def test_a_purchase_that_washes_nothing_booked_is_free_after_what_is_planned() -> None:
    before = ledger()

    look = purchase_look(
        purchase_outcome(before, bought()), before.portfolios[HOME], SYMBOLS, threats=[threat(TODAY)]
    )

    assert seen(look.first_free, look.deferred, look.at_risk) == (date(2026, 12, 28), 0, 16)


def test_a_sale_tells_what_is_at_risk_beside_what_is_washed_already() -> None:
    """5 of 10 ACME at a loss of 4 a share are washed by a purchase of a week ago, 4 more by one to come."""
    before = ledger(buy("2026-01-05", "10", "140"), buy("2026-11-20", "5", "55", portfolio_id=AWAY))
    sale = PlannedSale(
        portfolio_id=HOME, instrument_id=ACME, day=TODAY, quantity=Decimal(10), price=Decimal(10),
        currency="USD",
    )  # fmt: skip
    outcome = sale_outcome(before, sale)
    rates = RatesUsed(tax=None)

    look = sale_look(outcome, before.portfolios[HOME], SYMBOLS, rates, threats=[threat(TODAY)])

    assert seen(look.deferred, look.at_risk, look.first_free) == (20, 16, date(2026, 12, 28))
    assert look.wash_words == (
        "Of this loss 20.00 USD would be deferred (IRC 1091), because of 5 ACME of 20 Nov 2026 in "
        f"{ELSEWHERE} in the 30 days before, still held. "
        "Still to come (IRC 1091): 16.00 USD of loss would be deferred "
        f"because of the open order to buy 4 ACME in {ELSEWHERE}. First cancel the order."
    )
    assert [(trap.kind, trap.portfolio_id) for trap in look.traps] == [(TrapKind.ORDER, AWAY)]


def test_what_is_at_risk_in_another_currency_is_not_added_up() -> None:
    before = ledger(*loss_of_forty())
    threats = [threat(TODAY), threat(TODAY, "3", "12", "EUR")]

    look = purchase_look(
        purchase_outcome(before, bought()), before.portfolios[HOME], SYMBOLS, threats=threats
    )

    assert seen(look.currency, look.at_risk) == ("USD", 16)
    assert "12.00 EUR of loss would be deferred and 16.00 USD of loss would be deferred" in look.wash_words
