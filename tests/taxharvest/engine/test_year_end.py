"""The end of the year by hand: what a loss is worth, gains without tax, waiting, and the return after it."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.records import Term
from taxharvest.engine.income_range import TaxRange, tax_difference
from taxharvest.engine.tables.registry import table_of
from taxharvest.engine.year_end import (
    OpenLot,
    Taken,
    WashedPart,
    amounts_named,
    gain_choices,
    loss_choices,
    rooms_of,
    saving_of_all,
    taken_of,
    use_words,
    waiting_lots,
    window_of,
    year_end_plan,
)
from taxharvest.engine.year_facts import YearFacts
from tests.taxharvest.engine.tax_years import D, tax_year

ACCOUNT, ACME, BETA = UUID(int=1), UUID(int=11), UUID(int=12)
DAY = date(2026, 11, 28)
NAMES = {ACME: "ACME", BETA: "BETA"}


def open_lot(
    instrument: UUID, value: str, basis: str, term: Term = Term.SHORT, held_from: date = date(2026, 8, 3)
) -> OpenLot:
    return OpenLot(
        account_id=ACCOUNT,
        instrument_id=instrument,
        account="Taxable",
        symbol=NAMES[instrument],
        acquired=held_from,
        holding_date=held_from,
        shares=Decimal(10),
        basis=D(basis),
        value=D(value),
        term=term,
    )


def exact(amount: str) -> TaxRange:
    return TaxRange(lowest=D(amount), highest=D(amount))


def year(**fields: object) -> YearFacts:
    return tax_year(year=2026, deductions=None, **fields)


def test_a_loss_sold_on_the_last_day_is_washed_from_the_first_of_december() -> None:
    found = window_of(2026)
    assert (found.begins, found.last_day, found.ends) == (
        date(2026, 12, 1),
        date(2026, 12, 31),
        date(2027, 1, 30),
    )


def test_losses_stand_by_position_and_term_and_each_is_worth_what_it_saves_alone() -> None:
    """At 100,000 of income of a single person: 22 % on 3,000 of other income, the rest carries on."""
    lots = [
        open_lot(ACME, "900", "1900"),
        open_lot(ACME, "500", "1000"),
        open_lot(BETA, "1000", "6000", Term.LONG),
        open_lot(BETA, "9000", "6000", Term.LONG),
    ]
    long, short = loss_choices(lots, {}, year(ordinary_income="100000"))
    assert (long.symbol, long.term, long.loss, long.worth) == ("BETA", Term.LONG, D("5000"), exact("660"))
    assert (short.loss, short.shares, short.worth) == (D("1500"), D("20"), exact("330"))


def test_what_would_be_washed_is_worth_nothing_now() -> None:
    part = WashedPart(short=D("400"), long=D("0"), free_on=date(2026, 12, 20))
    (found,) = loss_choices(
        [open_lot(ACME, "900", "1900")], {(ACCOUNT, ACME): part}, year(ordinary_income="100000")
    )
    assert (found.loss, found.counted, found.washed) == (D("1000"), D("400"), D("600"))
    assert (found.free_on, found.worth) == (date(2026, 12, 20), exact("88"))


def test_without_an_income_the_worth_is_a_range_and_without_facts_it_is_not_told() -> None:
    lots = [open_lot(ACME, "900", "1900")]
    (found,) = loss_choices(lots, {}, year(ordinary_income=None))
    assert found.worth is not None
    assert found.worth.lowest == 0
    assert found.worth.highest >= D("370")
    (untold,) = loss_choices(lots, {}, None)
    assert untold.worth is None


def test_gains_stand_long_term_first_with_what_they_cost() -> None:
    lots = [open_lot(ACME, "3000", "1000"), open_lot(BETA, "2000", "1000", Term.LONG)]
    long, short = gain_choices(lots, year(ordinary_income="100000"))
    assert (long.symbol, long.gain, long.cost) == ("BETA", D("1000"), exact("150"))
    assert (short.symbol, short.gain, short.cost) == ("ACME", D("2000"), exact("440"))


def test_waiting_is_worth_the_tax_of_the_short_term_less_that_of_the_long_one() -> None:
    """Bought on 15 December 2025, long from 16 December 2026: 22 % becomes 15 %."""
    lots = [
        open_lot(ACME, "3000", "1000", held_from=date(2025, 12, 15)),
        open_lot(BETA, "3000", "1000", held_from=date(2026, 8, 3)),
        open_lot(BETA, "1000", "3000", held_from=date(2025, 12, 15)),
    ]
    (found,) = waiting_lots(lots, year(ordinary_income="100000"), DAY)
    assert (found.lot.symbol, found.long_on, found.days) == ("ACME", date(2026, 12, 16), 18)
    assert found.worth == exact("140")


@pytest.mark.parametrize(
    ("fields", "within", "at_zero"),
    [
        # 49,450 of taxable income are taxed at 0 % in 2026; 16,100 of 40,000 are deducted.
        ({"ordinary_income": "40000"}, "0", "25550"),
        ({"ordinary_income": "200000"}, "0", "0"),
        # A loss of 10,000 carried in: 3,000 are deducted, 7,000 would carry on.
        ({"ordinary_income": "40000", "carry_short": "10000"}, "7000", "0"),
        ({"ordinary_income": None, "carry_long": "4000"}, "1000", None),
        # The long-term loss lowers the short-term gain: a long-term gain would undo that first.
        ({"ordinary_income": "40000", "short_gain": "5000", "long_gain": "-2000"}, "0", "0"),
        # Deductions beyond the income take gains up too.
        ({"ordinary_income": "0"}, "0", "65550"),
    ],
)
def test_gains_without_tax(fields: dict[str, object], within: str, at_zero: str | None) -> None:
    found = rooms_of(year(**fields))
    assert found.within_losses == D(within)
    assert found.at_zero == (None if at_zero is None else D(at_zero))


@given(
    income=st.decimals(0, 120_000, places=0),
    short=st.decimals(-9_000, 9_000, places=0),
    long=st.decimals(-9_000, 9_000, places=0),
)
def test_a_gain_within_the_room_costs_nothing_and_one_beyond_it_does(
    income: Decimal, short: Decimal, long: Decimal
) -> None:
    facts = year(ordinary_income=income, short_gain=short, long_gain=long)
    room = rooms_of(facts)
    free = room.within_losses + (room.at_zero or 0)
    assert _added(facts, free) == 0
    assert room.at_zero == 0 or _added(facts, free + 100) > 0


def _added(facts: YearFacts, gain: Decimal) -> Decimal:
    more = year_end_plan(facts, Taken(long_gain=gain))
    assert more.change.lowest == more.change.highest
    return more.change.lowest


def test_the_return_before_and_after() -> None:
    """4,000 of short-term gains and a loss of 9,000: 3,000 are deducted, 2,000 carry on."""
    facts = year(ordinary_income="100000", short_gain="4000")
    found = year_end_plan(facts, Taken(short_loss=D("9000")))
    before, after = found.before.netting, found.after.netting
    assert (before.net_short, before.total, before.deducted) == (D("4000"), D("4000"), D("0"))
    assert (after.net_short, after.total, after.deducted, after.carry_short) == (
        D("-5000"),
        D("-5000"),
        D("3000"),
        D("2000"),
    )
    assert found.change == exact("-1540")
    assert found.before.total is not None
    assert found.after.total is not None
    assert found.after.total - found.before.total == D("-1540")


def test_with_an_income_that_is_not_known_the_change_is_a_range() -> None:
    facts = year(ordinary_income=None, short_gain="4000")
    found = year_end_plan(facts, Taken(short_loss=D("4000")))
    same = tax_difference(facts, year(ordinary_income=None), table_of(2026)).total
    assert (found.change.lowest, found.change.highest) == (-same.highest, -same.lowest)
    assert found.after.total is None


def test_chosen_amounts_are_bounded_and_a_washed_part_does_not_count() -> None:
    lots = [
        open_lot(ACME, "900", "1900"),
        open_lot(BETA, "3000", "1000"),
        open_lot(BETA, "1000", "1100", Term.LONG),
    ]
    part = WashedPart(short=D("250"), long=D("0"), free_on=None)
    losses = loss_choices(lots, {(ACCOUNT, ACME): part}, None)
    gains = gain_choices(lots, None)
    keys = {one.symbol: one.key for one in losses}
    amounts = {keys["ACME"]: D("400"), keys["BETA"]: D("-5"), gains[0].key: D("99999"), "stranger": D("1")}
    assert taken_of(amounts, losses, gains) == Taken(short_loss=D("100"), short_gain=D("2000"))


def test_all_losses_together_and_where_they_go() -> None:
    lots = [open_lot(ACME, "0", "5000"), open_lot(BETA, "0", "4000", Term.LONG)]
    facts = year(ordinary_income="100000", short_gain="2000")
    saving = saving_of_all(facts, loss_choices(lots, {}, facts))
    assert saving.taxes.total == exact("1100")
    assert use_words(saving) == [
        "2,000.00 USD lowers short-term gains.",
        "3,000.00 USD is deducted from other income.",
        "4,000.00 USD carries on as a long-term loss.",
    ]


def test_amounts_are_read_by_the_keys_of_choices_and_the_rest_of_an_address_is_left() -> None:
    said = {"loss_short_a": "1,000.50", "gain_long_b": " 2 ", "loss_long_c": "  ", "page": "7", "lossy": "9"}
    assert amounts_named(said) == ({"loss_short_a": D("1000.5"), "gain_long_b": D("2")}, {})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("many", "“many” is not a number"),
        ("NaN", "“NaN” is not a finite number"),
        ("1,000,000,000,000", "“1000000000000” is too large: the book keeps amounts below 10^12"),
    ],
)
def test_an_amount_that_cannot_be_read_is_told_and_the_others_stand(text: str, fault: str) -> None:
    found = amounts_named({"gain_short_a": text, "loss_short_b": "5"})
    assert found == ({"loss_short_b": D("5")}, {"gain_short_a": fault})


def test_without_facts_what_waiting_is_worth_is_not_told() -> None:
    (found,) = waiting_lots([open_lot(ACME, "3000", "1000", held_from=date(2025, 12, 15))], None, DAY)
    assert (found.days, found.worth) == (18, None)
