"""A sale that is only thought of: lots, tax and wash verdict of each choice, reckoned by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from common.errors import InvalidInput
from portfolios.engine.policies import Identity, TaxRules, WashPolicy
from portfolios.engine.records import (
    LotChoice,
    PortfolioRecord,
    ReliefMethod,
    TaxOwner,
    Term,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from taxharvest.engine.savings import MarginalRates
from taxharvest.engine.what_if import (
    PlannedSale,
    SaleLedger,
    SaleOutcome,
    Verdict,
    WhatIf,
    is_judged,
    sale_outcome,
    what_if,
)
from tests.portfolios.engine.ledger_rows import ACME, AWAY, BETA, EUROPE, HOME, buy, row, seen, sell

RATES = MarginalRates(short=Decimal("0.24"), long=Decimal("0.15"))
TODAY = date(2026, 11, 27)


def ledger(*rows: TransactionRecord, away: Treatment = Treatment.TAXABLE, **home: Any) -> SaleLedger:
    """The rows, with HOME taxable and AWAY as told."""
    portfolios = {
        HOME: PortfolioRecord(id=HOME, base_currency="USD", **home),
        AWAY: PortfolioRecord(id=AWAY, base_currency="USD", treatment=away),
        EUROPE: PortfolioRecord(id=EUROPE, base_currency="EUR"),
    }
    return SaleLedger(rows=rows, portfolios=portfolios, rules=TaxRules())


def planned(quantity: str = "10", price: str = "10", **facts: Any) -> PlannedSale:
    """A sale of ACME out of HOME today."""
    values: dict[str, Any] = {
        "portfolio_id": HOME,
        "instrument_id": ACME,
        "day": TODAY,
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "currency": "USD",
    }
    return PlannedSale(**(values | facts))


def by_key(found: WhatIf) -> dict[str, Any]:
    """The strategies by key."""
    return {one.key: one for one in found.strategies}


def two_lots() -> SaleLedger:
    """Ten of 2024 that cost 8 each, ten of June 2026 that cost 14 each."""
    return ledger(buy("2024-03-04", "10", "80"), buy("2026-06-01", "10", "140"))


def test_every_method_takes_its_own_lots_and_pays_its_own_tax() -> None:
    found = by_key(what_if(two_lots(), planned(), RATES))

    assert set(found) == {method.value for method in ReliefMethod}
    fifo, highest = found["fifo"], found["hifo"]
    assert (fifo.outcome.short_gain, fifo.outcome.long_gain, fifo.tax) == (0, 20, 3)
    assert (highest.outcome.short_gain, highest.outcome.long_gain, highest.tax) == (-40, 0, Decimal("-9.6"))
    assert (fifo.after_tax, highest.after_tax) == (97, Decimal("109.6"))
    assert [(use.acquired, use.quantity, use.basis, use.gain, use.term) for use in highest.outcome.lots] == [
        (date(2026, 6, 1), 10, 140, -40, Term.SHORT)
    ]


def test_the_row_with_the_lowest_tax_is_recommended_and_says_why() -> None:
    found = what_if(two_lots(), planned(), RATES)

    assert found.recommended == "minimum_tax"
    assert by_key(found)[found.recommended].tax == min(one.tax for one in found.strategies if one.tax)
    assert found.reason == (
        "The lowest tax of all choices. The broker must be told these lots until the settlement."
    )


def test_the_accounts_own_method_wins_among_equals() -> None:
    rows = two_lots().rows

    found = what_if(ledger(*rows, relief=ReliefMethod.HIFO), planned(), RATES)

    assert found.recommended == "hifo"
    assert found.reason == "The account’s own method has the lowest tax: nothing needs to be named."


def test_average_basis_is_recommended_to_nobody_who_did_not_elect_it() -> None:
    one_lot = ledger(buy("2026-06-01", "10", "140"))

    found = what_if(one_lot, planned(), RATES)

    assert found.recommended == "fifo"
    assert found.reason == "Every choice of lots comes to the same tax."
    elected = what_if(ledger(*one_lot.rows, relief=ReliefMethod.AVERAGE), planned(), RATES)
    assert elected.recommended == "average"


def test_minimum_tax_counts_with_the_persons_own_rates() -> None:
    """A short-term gain of 1 at 10 % costs less than a long-term one of 2 at 30 %."""
    rows = ledger(buy("2024-03-04", "10", "80"), buy("2026-06-01", "10", "90"))

    own = by_key(what_if(rows, planned(), MarginalRates(short=Decimal("0.1"), long=Decimal("0.3"))))
    standing = by_key(what_if(rows, planned()))

    assert own["minimum_tax"].outcome.lots[0].acquired == date(2026, 6, 1)
    assert own["minimum_tax"].tax == 1
    assert standing["minimum_tax"].outcome.lots[0].acquired == date(2026, 6, 1)


def test_without_rates_no_tax_is_named_and_nothing_recommended() -> None:
    found = what_if(two_lots(), planned())

    assert {one.tax for one in found.strategies} == {None}
    assert {one.after_tax for one in found.strategies} == {None}
    assert (found.recommended, found.reason) == ("", "No choice is recommended: the tax is not known.")


def test_named_lots_stand_as_a_row_of_their_own() -> None:
    book = two_lots()
    first, second = book.lots_of(HOME, ACME)
    lots = (
        LotChoice(lot_id=first.root_id, quantity=Decimal(4)),
        LotChoice(lot_id=second.root_id, quantity=Decimal(6)),
    )

    specific = by_key(what_if(book, planned(lots=lots), RATES))["specific"]

    assert [(use.lot_id, use.quantity) for use in specific.outcome.lots] == [
        (first.root_id, 4),
        (second.root_id, 6),
    ]
    assert (specific.outcome.short_gain, specific.outcome.long_gain) == (-24, 8)
    assert specific.tax == Decimal("-4.56")


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"quantity": Decimal(0)}, "quantity", "Say how many shares, above zero."),
        ({"quantity": Decimal(-1)}, "quantity", "Say how many shares, above zero."),
        ({"quantity": Decimal(21)}, "quantity", "This account holds 20 on 27 Nov 2026, not 21."),
        ({"price": Decimal(0)}, "price", "The price is above zero."),
        ({"fees": Decimal(-1)}, "fees", "Fees are never negative."),
        (
            {"lots": (LotChoice(lot_id=UUID(int=5), quantity=Decimal(10)),)},
            "lots",
            f"The lot {UUID(int=5)} was not open in this account when the shares were sold.",
        ),
    ],
)
def test_a_sale_that_cannot_be_names_its_fields(facts: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        what_if(two_lots(), planned(**facts) if "quantity" not in facts else replace(planned(), **facts))

    assert list(refused.value.fields) == [field]
    assert refused.value.fields[field] == [sentence]
    assert refused.value.code == "impossible-sale"


def test_lots_that_do_not_add_up_are_refused() -> None:
    book = two_lots()
    lot = LotChoice(lot_id=book.lots_of(HOME, ACME)[0].root_id, quantity=Decimal(4))

    with pytest.raises(InvalidInput, match="The lots add up to 4 shares, but 10 were sold: 6 too few"):
        what_if(book, planned(lots=(lot,)))


def test_lots_of_unknown_days_are_refused_by_that_name() -> None:
    book = ledger(row(TransactionKind.OPENING, "2024-03-04", quantity="10", cost="80"))
    lot = LotChoice(lot_id=book.lots_of(HOME, ACME)[0].root_id, quantity=Decimal(11))

    with pytest.raises(InvalidInput, match="The lot of an unknown day held 10 shares then, not 11"):
        what_if(book, planned(lots=(lot,)))


def washed(away: Treatment = Treatment.TAXABLE) -> SaleOutcome:
    """Ten at a loss of 4 each, of which six were bought again elsewhere on 13 November."""
    book = ledger(buy("2026-03-02", "10", "140"), buy("2026-11-13", "6", "66", portfolio_id=AWAY), away=away)
    return sale_outcome(book, planned())


def test_a_purchase_elsewhere_washes_a_part_and_is_named() -> None:
    found = washed()

    (cause,) = found.causes
    assert seen(cause.portfolio_id, cause.day, cause.shares, cause.sold) == (AWAY, date(2026, 11, 13), 6, 6)
    assert seen(found.deferred, found.lost, found.disallowed) == (24, 0, 24)
    assert seen(found.short_gain, found.long_gain) == (-16, 0)
    assert found.verdict is Verdict.PARTLY_WASHED
    assert seen(found.open, found.open_until) == (4, date(2026, 12, 27))
    assert found.free_on == date(2026, 12, 14)
    assert [seen(use.quantity, use.gain) for use in found.lots] == [(10, -40)]


def test_in_an_ira_the_loss_is_lost_for_good() -> None:
    found = washed(Treatment.IRA)

    assert seen(found.deferred, found.lost) == (0, 24)
    assert found.causes[0].is_permanent


def test_behind_the_purchase_that_washes_today_the_next_one_waits() -> None:
    """The lot is 5 shares: 3 November replaces them today, and from 4 December on 20 November would."""
    book = ledger(buy("2026-03-02", "5", "70"), buy("2026-11-03", "5", "55"), buy("2026-11-20", "5", "55"))

    found = sale_outcome(book, planned("5"))

    assert found.verdict is Verdict.WASHED
    assert [cause.day for cause in found.causes] == [date(2026, 11, 3)]
    assert found.free_on == date(2026, 12, 21)
    assert seen(found.open, found.open_until) == (0, None)


def test_a_gain_is_never_washed_and_waits_for_nothing() -> None:
    found = sale_outcome(two_lots(), planned(price="20"))

    assert found.verdict is Verdict.NO_LOSS
    assert seen(found.open, found.open_until, found.free_on) == (0, None, None)


def test_a_loss_with_no_purchase_near_is_clear_until_the_next_one() -> None:
    found = sale_outcome(ledger(buy("2026-06-01", "10", "140")), planned())

    assert found.verdict is Verdict.CLEAR
    assert seen(found.open, found.open_until, found.free_on) == (10, date(2026, 12, 27), None)


def test_rows_after_the_day_of_the_sale_are_not_in_it() -> None:
    book = ledger(buy("2026-06-01", "10", "140"), buy("2026-11-28", "10", "110"))

    found = what_if(book, planned(), RATES)

    assert by_key(found)["fifo"].outcome.verdict is Verdict.CLEAR
    assert len(found.open_lots) == 1


def test_earlier_sales_keep_their_lots_whatever_the_method() -> None:
    """The sale of 2025 took the oldest lot, first in first out; highest cost finds what that left."""
    book = ledger(
        buy("2024-01-02", "10", "50"),
        buy("2024-02-01", "10", "140"),
        sell("2025-03-03", "10", "100"),
        buy("2026-01-05", "10", "90"),
    )

    found = by_key(what_if(book, planned(), RATES))

    assert found["hifo"].outcome.lots[0].acquired == date(2024, 2, 1)
    assert found["lowest_cost"].outcome.lots[0].acquired == date(2026, 1, 5)


def test_an_unknown_basis_leaves_gain_and_tax_open() -> None:
    book = ledger(row(TransactionKind.OPENING, "2024-03-04", quantity="10", acquired=date(2024, 3, 4)))

    found = by_key(what_if(book, planned(), RATES))["fifo"]

    assert found.outcome.verdict is Verdict.UNKNOWN
    assert (found.outcome.long_gain, found.outcome.short_gain, found.tax, found.after_tax) == (
        None,
        0,
        None,
        None,
    )
    assert found.outcome.proceeds == 100


def test_an_unknown_day_leaves_both_terms_open() -> None:
    book = ledger(row(TransactionKind.OPENING, "2024-03-04", quantity="10", cost="80"))

    found = by_key(what_if(book, planned(), RATES))["fifo"]

    assert (found.outcome.short_gain, found.outcome.long_gain, found.tax) == (None, None, None)


def test_without_a_rate_of_exchange_nothing_is_known_in_the_base_currency() -> None:
    book = ledger(buy("2026-06-01", "10", "140", portfolio_id=EUROPE, fx_rate="0.9"))
    sale = planned(portfolio_id=EUROPE)

    unknown = by_key(what_if(book, sale, RATES))["fifo"]
    known = by_key(what_if(book, replace(sale, fx_rate=Decimal("0.8")), RATES))["fifo"]

    assert (unknown.outcome.proceeds, unknown.tax, unknown.after_tax) == (None, None, None)
    assert (known.outcome.proceeds, known.outcome.short_gain) == (80, -46)


def test_fees_and_the_size_of_a_contract_are_in_the_amount() -> None:
    assert planned("2", "3", multiplier=Decimal(100), fees=Decimal("1.5")).amount == Decimal("598.5")


def test_a_sale_inside_an_ira_is_not_taxed_and_needs_no_choice() -> None:
    book = ledger(buy("2026-06-01", "10", "140", portfolio_id=AWAY), away=Treatment.IRA)

    found = what_if(book, planned(portfolio_id=AWAY), RATES)

    assert {one.tax for one in found.strategies} == {0}
    assert by_key(found)["fifo"].outcome.open_until is None
    assert (found.recommended, found.reason) == (
        "",
        "Sales in this account are not taxed, so the choice of lots changes no tax.",
    )


def test_a_dependants_sale_is_on_another_return() -> None:
    found = what_if(ledger(*two_lots().rows, owner=TaxOwner.OTHER), planned(), RATES)

    assert {one.tax for one in found.strategies} == {None}


def test_of_equal_taxes_the_smaller_disallowed_loss_is_chosen() -> None:
    """Two lots with the same loss: a purchase of the second one's own order washes the first lot only."""
    book = ledger(buy("2026-03-02", "5", "70"), buy("2026-11-20", "5", "70"))

    found = what_if(book, planned("5"), MarginalRates(short=Decimal(0), long=Decimal(0)))

    taken = by_key(found)
    assert taken["fifo"].outcome.disallowed == 20
    assert taken["lifo"].outcome.disallowed == 0
    assert found.recommended == "minimum_tax"
    assert taken["minimum_tax"].outcome.disallowed == 0
    assert found.reason == "Every choice comes to the same tax; this one has the smallest disallowed loss."


def test_the_brokers_choice_stands_for_a_method_that_looks_at_the_basis() -> None:
    """A loss deferred from another account raises the basis of a lot in the household's book alone.

    The broker of HOME sees 11 and 12 a share, so highest cost takes the lot of 12, although the other one has
    a basis of 11 + 5 here.
    """
    book = ledger(
        buy("2026-01-05", "10", "150", portfolio_id=AWAY),
        sell("2026-06-15", "10", "100", portfolio_id=AWAY),
        buy("2026-06-16", "10", "110"),
        buy("2026-08-03", "10", "120"),
    )

    found = by_key(what_if(book, planned(), RATES))

    assert found["hifo"].outcome.lots[0].acquired == date(2026, 8, 3)
    assert found["minimum_tax"].outcome.lots[0].acquired == date(2026, 6, 16)
    assert found["minimum_tax"].outcome.lots[0].basis == 160


def test_a_part_of_a_divided_lot_is_named_as_the_lot() -> None:
    """Four of the ten bought in November took up a loss: both parts are sold, and are one lot."""
    book = ledger(buy("2025-01-06", "4", "80"), sell("2026-11-02", "4", "40"), buy("2026-11-05", "10", "100"))
    root = {lot.root_id for lot in book.lots_of(HOME, ACME)}

    found = sale_outcome(book, planned("10", "20"))

    assert {use.lot_id for use in found.lots} == root
    assert {seen(use.term, use.quantity) for use in found.lots} == {("long", 4), ("short", 6)}


def test_a_part_that_only_was_used_once_is_named_as_the_lot() -> None:
    """Four of the ten bought in the IRA replaced shares; no basis took anything up, so it stays one lot."""
    book = ledger(
        buy("2025-01-06", "4", "80"),
        sell("2026-11-02", "4", "40"),
        buy("2026-11-05", "10", "100", portfolio_id=AWAY),
        away=Treatment.IRA,
    )
    (lot,) = book.lots_of(AWAY, ACME)

    found = sale_outcome(book, planned(portfolio_id=AWAY))

    assert [seen(use.lot_id, use.quantity) for use in found.lots] == [(lot.root_id, 10)]


CRYPTO = TaxRules(identities={ACME: Identity(group=ACME, is_digital_asset=True)})


@pytest.mark.parametrize(
    ("account", "rules", "judged"),
    [
        ({}, TaxRules(), True),
        ({"treatment": Treatment.IRA}, TaxRules(), False),
        ({"owner": TaxOwner.OTHER}, TaxRules(), False),
        ({}, TaxRules(identities={ACME: Identity(group=BETA)}), True),
        ({}, TaxRules(identities={ACME: Identity(group=ACME, is_exempt=True)}), False),
        ({}, CRYPTO, False),
        ({}, replace(CRYPTO, policy=WashPolicy(digital_assets_from=date(2026, 1, 1))), True),
        ({}, replace(CRYPTO, policy=WashPolicy(digital_assets_from=date(2027, 1, 1))), False),
    ],
)
def test_the_rule_looks_where_it_should(account: dict[str, Any], rules: TaxRules, judged: bool) -> None:
    record = PortfolioRecord(id=HOME, base_currency="USD", **account)

    assert is_judged(record, ACME, TODAY, rules) is judged
