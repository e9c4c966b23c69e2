"""Proposals take lawful steps alone, and hold only near the price that they were worked out at."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest

from common.errors import InvalidInput
from taxharvest.engine.harvest.proposals import (
    STEPS,
    AutoLimits,
    ProposalFacts,
    ProposalState,
    ProposedLot,
    ReplacementChoice,
    UnlawfulProposalStep,
    at_price,
    auto_objection,
    lots_chosen,
    lots_read,
    lots_written,
    part_of,
    price_floor,
    price_objection,
    proposal_step,
    replacement_problems,
    replacement_read,
    replacement_written,
    shown_objection,
)
from tests.portfolios.engine.ledger_rows import seen

OLD, NEW, GLBX, INIT = (UUID(int=number) for number in (1, 2, 3, 4))
OPEN = ProposalState.OPEN


def lot(lot_id: UUID, quantity: str, basis: str, loss: str, term: str = "long") -> ProposedLot:
    return ProposedLot(
        lot_id=lot_id, acquired="2025-01-02", quantity=Decimal(quantity), basis=Decimal(basis),
        loss=Decimal(loss), term=term,
    )  # fmt: skip


# 100 at 120 and 50.5 at 110, worth 100 each now.
LOTS = (lot(OLD, "100", "12000", "2000"), lot(NEW, "50.5", "5555", "505", "short"))
FACTS = ProposalFacts(
    state=OPEN,
    version=0,
    expires_at=datetime(2026, 3, 5, tzinfo=UTC),
    price=Decimal(100),
    lots=LOTS,
    benefit_low=Decimal(500),
    benefit_high=Decimal(600),
    costs=Decimal(20),
)
LIMITS = AutoLimits(
    approves_itself=True, most_loss=Decimal(3000), most_a_day=2, most_tracking_error=Decimal("0.06")
)


@pytest.mark.parametrize(("before", "after"), list(product(ProposalState, ProposalState)))
def test_every_step_is_taken_or_refused_as_the_table_says(
    before: ProposalState, after: ProposalState
) -> None:
    if after in STEPS[before]:
        assert proposal_step(before, after) is after
    else:
        with pytest.raises(UnlawfulProposalStep):
            proposal_step(before, after)


def test_only_what_nobody_decided_is_living() -> None:
    assert {state for state in ProposalState if state.is_living} == {OPEN, ProposalState.PROPOSED}


def test_shares_and_losses_are_those_of_all_lots() -> None:
    assert (FACTS.quantity, FACTS.loss) == (Decimal("150.5"), Decimal(2505))


def test_what_was_decided_never_comes_back() -> None:
    final = {state for state, steps in STEPS.items() if not steps}
    assert final == {
        ProposalState.HARVESTED,
        ProposalState.STOPPED,
        ProposalState.DISMISSED,
        ProposalState.EXPIRED,
    }
    assert STEPS[ProposalState.APPROVED] == {ProposalState.HARVESTED, ProposalState.STOPPED}


def test_all_lots_are_sold_in_whole_shares() -> None:
    chosen = lots_chosen(LOTS)
    assert [one.quantity for one in chosen] == [Decimal(100), Decimal(50)]
    # Fifty of 50.5 shares, with their part of basis and loss.
    assert (chosen[1].basis, chosen[1].loss) == (Decimal(5500), Decimal(500))


def test_some_lots_or_a_share_of_each_are_sold() -> None:
    assert lots_chosen(LOTS, chosen={NEW: Decimal(10)}) == (lot(NEW, "10", "1100", "100", "short"),)
    half = lots_chosen(LOTS, share=Decimal("0.5"))
    assert [one.quantity for one in half] == [Decimal(50), Decimal(25)]


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"chosen": {GLBX: Decimal(1)}}, "lots"),
        ({"chosen": {OLD: Decimal(101)}}, "lots"),
        ({"chosen": {OLD: Decimal(-1)}}, "lots"),
        ({"chosen": {OLD: Decimal("0.5")}}, "lots"),
        ({"chosen": {}}, "lots"),
        ({"share": Decimal(0)}, "share"),
        ({"share": Decimal("1.01")}, "share"),
        ({"share": Decimal("0.001")}, "lots"),
    ],
)
def test_what_cannot_be_sold_is_refused_by_its_field(choice: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        lots_chosen(LOTS, **choice)  # type: ignore[arg-type]
    assert set(refused.value.fields) == {field}


def test_another_price_changes_losses_exactly_and_the_benefit_with_them() -> None:
    lower = at_price(FACTS, Decimal(90))
    # 12,000 less 9,000, and 5,555 less 4,545.
    assert [one.loss for one in lower.lots] == [Decimal(3000), Decimal(1010)]
    # Losses grew from 2,505 to 4,010.
    assert lower.benefit_low == Decimal("800.39920160")
    assert lower.costs == Decimal(20)


def test_a_part_has_its_part_of_benefit_and_costs() -> None:
    part = part_of(FACTS, lots_chosen(LOTS, chosen={OLD: Decimal(50)}))
    assert part.loss == Decimal(1000)
    assert (part.benefit_high, part.costs) == (Decimal("239.52095808"), Decimal("7.98403194"))


def test_a_lot_that_gains_by_now_has_no_benefit_at_any_price() -> None:
    """At 112 the 50.5 shares of 5,555 are worth 5,656: of the whole loss of 699 they take 101 away."""
    risen = at_price(FACTS, Decimal(112))
    assert [one.loss for one in risen.lots] == [Decimal(800), Decimal(-101)]
    part = part_of(risen, risen.lots[1:])
    assert seen(part.loss, part.benefit_low, part.benefit_high, part.costs) == (-101, 0, 0, 0)
    assert price_objection(part, Decimal(112)) == "At 112 there is no loss left to take."
    # At 109.80 they are worth 5,544.90: the loss is back, what it would save nobody has worked out.
    back = at_price(part, Decimal("109.8"))
    assert seen(back.price, back.loss) == (Decimal("109.8"), Decimal("10.1"))
    assert seen(back.benefit_low, back.benefit_high) == (0, 0)
    assert price_objection(part, Decimal("109.8")) == "At 109.8 the harvest would cost more than it saves."


def test_a_lot_that_is_worth_its_basis_has_no_benefit_to_grow_with_its_loss() -> None:
    """At 110 the 50.5 shares are worth the 5,555 that they cost; at 109 they lose 50.50."""
    part = part_of(at_price(FACTS, Decimal(110)), at_price(FACTS, Decimal(110)).lots[1:])
    assert seen(part.loss, part.benefit_high) == (0, 0)
    lower = at_price(part, Decimal(109))
    assert seen(lower.loss, lower.benefit_low, lower.benefit_high) == (Decimal("50.5"), 0, 0)


@pytest.mark.parametrize("price", ["98", "100", "102"])
def test_a_price_within_two_per_cent_holds(price: str) -> None:
    assert price_objection(FACTS, Decimal(price)) == ""


@pytest.mark.parametrize(
    ("price", "words"),
    [
        ("97.9", "The price has fallen by 2.1% since this was worked out, from 100 to 97.9."),
        ("102.1", "The price has risen by 2.1% since this was worked out, from 100 to 102.1."),
        ("120", "At 120 there is no loss left to take."),
        ("116.5", "At 116.5 the harvest would cost more than it saves."),
    ],
)
def test_a_price_that_moved_is_objected_to_in_words(price: str, words: str) -> None:
    assert price_objection(FACTS, Decimal(price)) == words


@pytest.mark.parametrize(
    ("shown", "price", "words"),
    [
        ("101.5", "99.5", ""),
        ("101.5", "99", "The price has fallen by 2.5% since you looked, from 101.5 to 99."),
        ("98.5", "101.5", "The price has risen by 3.0% since you looked, from 98.5 to 101.5."),
        ("0", "100", "The price has risen by 100.0% since you looked, from 0 to 100."),
    ],
)
def test_a_price_that_left_the_one_that_was_shown_is_objected_to(shown: str, price: str, words: str) -> None:
    assert shown_objection(Decimal(shown), Decimal(price)) == words


def test_the_floor_lies_on_the_grid_and_never_below_the_tolerance() -> None:
    assert price_floor(Decimal(100), Decimal("0.01")) == Decimal("98.00")
    assert price_floor(Decimal("33.33"), Decimal("0.05")) == Decimal("32.70")


def test_a_replacement_is_the_whole_of_allowed_things() -> None:
    parts = [
        ReplacementChoice(instrument_id=GLBX, symbol="GLBX", share=Decimal("0.6")),
        ReplacementChoice(instrument_id=INIT, symbol="INIT", share=Decimal("0.4")),
    ]
    assert replacement_problems(parts, {}) == []
    assert replacement_problems([], {}) == []
    assert replacement_problems(parts, {INIT: "It is the same index."}) == ["It is the same index."]
    assert replacement_problems(parts[:1], {}) == [
        "The parts of the replacement come to 60.00%, not to the whole."
    ]
    assert "Name each replacement once." in replacement_problems([parts[0], parts[0]], {})


@pytest.mark.parametrize(("first", "second"), [("1", "0"), ("1.5", "-0.5")])
def test_a_part_of_nothing_or_less_is_no_replacement(first: str, second: str) -> None:
    parts = [
        ReplacementChoice(instrument_id=GLBX, symbol="GLBX", share=Decimal(first)),
        ReplacementChoice(instrument_id=INIT, symbol="INIT", share=Decimal(second)),
    ]
    assert replacement_problems(parts, {}) == ["Every part of the replacement is above zero."]


def test_thirds_are_the_whole() -> None:
    third = Decimal(1) / 3
    parts = [
        ReplacementChoice(instrument_id=UUID(int=number), symbol="X", share=third) for number in range(3)
    ]
    assert replacement_problems(parts, {}) == []


@pytest.mark.parametrize(
    ("limits", "today", "error", "words"),
    [
        (LIMITS, 0, "0.05", ""),
        (replace(LIMITS, approves_itself=False), 0, "0.05", "Harvests of this account are asked about."),
        (replace(LIMITS, most_loss=None), 0, "0.05", "A limit of the automatic approval is not set"),
        (replace(LIMITS, most_loss=Decimal(2504)), 0, "0.05", "The loss of 2,505.00 is above the limit"),
        (LIMITS, 2, "0.05", "2 of today were approved already"),
        (LIMITS, 0, "0.061", "The replacement’s tracking error of 6.10% a year is above 6.00%."),
        (LIMITS, 0, None, "The tracking error of the replacement is not known."),
    ],
)
def test_the_owners_limits_let_a_harvest_go_or_say_why_not(
    limits: AutoLimits, today: int, error: str | None, words: str
) -> None:
    said = auto_objection(
        FACTS, limits, approved_today=today, tracking_error=None if error is None else Decimal(error)
    )
    assert said.startswith(words)
    assert bool(said) is bool(words)


def test_lots_and_replacements_come_back_from_their_rows() -> None:
    parts = (ReplacementChoice(instrument_id=GLBX, symbol="GLBX", share=Decimal(1), tag="green"),)
    assert lots_read(lots_written(LOTS)) == LOTS
    assert replacement_read(replacement_written(parts)) == parts
    assert replacement_read([{"instrument_id": None, "symbol": "ZZZ", "share": "1"}]) == ()
