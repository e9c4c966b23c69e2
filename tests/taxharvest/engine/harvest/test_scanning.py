"""What a scan may look through, and what cannot be washed at all."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from portfolios.engine.figures import UnavailableError
from portfolios.engine.identities import InstrumentTraits
from portfolios.engine.records import TaxOwner, Treatment
from taxharvest.engine.harvest.candidates import LossLot
from taxharvest.engine.harvest.scanning import (
    NO_LOSSES,
    AccountFacts,
    Skip,
    candidate_of,
    cannot_be_worth,
    clear_outcome,
    is_tied,
    look_at,
    part_words,
    ties_of,
)
from taxharvest.engine.what_if import Verdict

DAY = date(2026, 3, 17)
KEY, OTHER = UUID(int=1), UUID(int=2)
ACCOUNT = AccountFacts(
    portfolio_id=KEY,
    household_id=KEY,
    name="Ann, Taxable",
    base_currency="USD",
    treatment=Treatment.TAXABLE,
    owner=TaxOwner.TAXPAYER,
    is_enabled=True,
)


@pytest.mark.parametrize(
    ("facts", "reason", "words"),
    [
        ({"closed_on": date(2026, 3, 17)}, Skip.CLOSED, "Closed on 17 Mar 2026."),
        ({"treatment": Treatment.IRA}, Skip.NOT_TAXABLE, NO_LOSSES),
        ({"owner": TaxOwner.OTHER}, Skip.NOT_TAXABLE, "Its holder files a return of their own."),
        ({"is_enabled": False}, Skip.DISABLED, "Harvesting is not switched on for this account."),
        ({"differences": ("Cash differs.", "An order.")}, Skip.DIFFERENCES, "Cash differs. An order."),
        ({"compared_on": date(2026, 3, 12)}, Skip.STALE_SYNC, "The broker was last asked on 12 Mar 2026."),
        (
            {"stated_on": date(2026, 1, 30)},
            Skip.STALE_SYNC,
            "The last statement in the book is of 30 Jan 2026.",
        ),
    ],
)
def test_an_account_is_left_out_with_the_reason(facts: dict[str, Any], reason: Skip, words: str) -> None:
    look = look_at(replace(ACCOUNT, **facts), DAY)

    assert (look.reason, look.words, look.is_open) == (reason, words, False)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"closed_on": date(2026, 3, 18)},
        {"compared_on": date(2026, 3, 13)},
        {"stated_on": date(2026, 1, 31)},
        # A broker that was asked today tells more than an old statement.
        {"compared_on": DAY, "stated_on": date(2025, 1, 31)},
    ],
)
def test_an_account_that_is_known_to_be_right_is_looked_through(facts: dict[str, Any]) -> None:
    assert look_at(replace(ACCOUNT, **facts), DAY).is_open


def test_long_words_are_cut() -> None:
    assert len(look_at(replace(ACCOUNT, differences=("x" * 400,)), DAY).words) == 300


def test_a_loss_is_too_small_when_even_the_highest_rate_makes_less_of_it_than_is_asked() -> None:
    assert cannot_be_worth(Decimal("35.71"), Decimal(20))
    assert not cannot_be_worth(Decimal("35.72"), Decimal(20))


def traits(number: int, symbol: str, **facts: Any) -> InstrumentTraits:
    return InstrumentTraits(id=UUID(int=number), symbol=symbol, **({"asset_class": "stock"} | facts))


@pytest.mark.parametrize(
    ("other", "tied"),
    [
        (traits(1, "ACME"), True),
        (traits(2, "acme "), True),
        (traits(2, "OTHER"), False),
        (traits(2, "OTHER", asset_class="fund", tracked_index="s&p  500"), True),
        (traits(2, "OTHER", own_group=KEY), True),
        (traits(2, "ACME 260620C00100000", asset_class="option", underlying="ACME"), True),
        (traits(2, "OTHER 1", asset_class="option"), False),
    ],
)
def test_two_instruments_are_tied_by_anything_that_could_make_them_identical(
    other: InstrumentTraits, *, tied: bool
) -> None:
    acme = traits(1, "ACME", tracked_index="S&P 500", shared_group=KEY)
    ties = {other.id: ties_of(other), acme.id: ties_of(acme)}

    assert is_tied(acme.id, [other.id], ties) is tied


def lot(acquired: date, basis: str, value: str) -> LossLot:
    return LossLot(
        lot_id=UUID(int=acquired.toordinal()),
        acquired=acquired,
        holding_date=acquired,
        quantity=Decimal(10),
        basis=Decimal(basis),
        value=Decimal(value),
    )


SHORT, LONG = lot(date(2025, 9, 1), "140", "100"), lot(date(2024, 9, 1), "130", "100")


def test_where_nothing_was_bought_the_whole_loss_counts_by_term() -> None:
    outcome = clear_outcome((SHORT, LONG), DAY)

    assert (outcome.short_gain, outcome.long_gain, outcome.proceeds) == (
        Decimal(-40),
        Decimal(-30),
        Decimal(200),
    )
    assert (outcome.verdict, outcome.disallowed, outcome.open) == (Verdict.CLEAR, Decimal(0), Decimal(20))
    assert outcome.open_until == date(2026, 4, 16)
    assert [use.gain for use in outcome.lots] == [Decimal(-40), Decimal(-30)]
    assert [use.term.value for use in outcome.lots] == ["short", "long"]


def test_a_candidate_says_what_would_count_and_what_would_not() -> None:
    outcome = replace(clear_outcome((SHORT, LONG), DAY), short_gain=Decimal(-15), deferred=Decimal(25))
    names: dict[str, Any] = {
        "portfolio_id": KEY, "instrument_id": OTHER, "symbol": "ACME", "currency": "USD", "day": DAY,
        "price": Decimal(10), "price_day": DAY,
    }  # fmt: skip

    candidate = candidate_of((SHORT, LONG), outcome, **names)

    assert (candidate.short_loss, candidate.long_loss, candidate.washed) == (
        Decimal(15),
        Decimal(30),
        Decimal(25),
    )
    assert candidate.quantity == 20
    with pytest.raises(UnavailableError):
        candidate_of((SHORT,), replace(outcome, long_gain=None), **names)
    with pytest.raises(UnavailableError):
        candidate_of((SHORT,), replace(outcome, short_gain=None), **names)


def test_what_was_not_judged_is_said_the_gravest_reason_first() -> None:
    reasons = {Skip.NO_PRICE: {"B", "A"}, Skip.MISSING_BASIS: {"C"}, Skip.DIFFERENCES: {"D"}}

    assert part_words(reasons) == (
        Skip.DIFFERENCES,
        "The position in D is in question. A basis or its day is not known: C. No usable price: A and B.",
    )
    assert part_words({}) == (Skip.NONE, "")
