"""Queues of open lots: order, taking by any relief method, sweeping out what is closed."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import pytest

from portfolios.engine.lots import LotQueue, OpenLot, rescaled
from portfolios.engine.records import LotOrigin


def lot(number: int, day: date | None, quantity: int = 10, basis: int | None = 100) -> OpenLot:
    """A lot whose four amounts are the same."""
    name = UUID(int=number)
    return OpenLot(name, name, LotOrigin.BUY, day, day, quantity, "USD", basis, basis, basis, basis)


def numbers(lots: Iterable[OpenLot]) -> list[int]:
    """The lots by the number they were made with."""
    return [found.id.int for found in lots]


def filled(count: int) -> LotQueue:
    """A queue of `count` lots, acquired on following days."""
    queue = LotQueue()
    for number in range(count):
        queue.add(lot(number, date.fromordinal(738000 + number)))
    return queue


def test_lots_stand_by_day_of_acquisition_then_arrival_and_unknown_days_first() -> None:
    queue = LotQueue()
    queue.add(lot(1, date(2024, 1, 2)))
    queue.add(lot(2, date(2024, 1, 1)))
    queue.add(lot(3, date(2024, 1, 2)))
    queue.add(lot(4, None))
    queue.add(lot(5, date(2024, 1, 1)))
    assert numbers(queue) == [4, 2, 5, 1, 3]
    assert queue.quantity == 50


def test_taking_splits_the_last_lot_and_stops() -> None:
    queue = filled(3)
    pieces = queue.take(15, queue)
    assert [(piece.id.int, piece.quantity, piece.basis) for piece in pieces] == [(0, 10, 100), (1, 5, 50)]
    assert [(left.id.int, left.quantity, left.basis) for left in queue] == [(1, 5, 50), (2, 10, 100)]
    assert queue.quantity == 15


def test_a_lot_taken_whole_is_the_piece_itself_and_a_lot_taken_in_part_stays_open() -> None:
    queue = filled(2)
    first, second = queue
    pieces = queue.take(15, queue)
    assert (pieces[0] is first, pieces[1] is second) == (True, False)
    assert (first.is_open, second.is_open) == (False, True)
    assert list(queue) == [second]


def test_taking_more_than_there_is_gives_all() -> None:
    queue = filled(2)
    assert sum(piece.quantity for piece in queue.take(99, queue)) == 20
    assert queue.quantity == 0
    assert queue.take(1, queue) == []


def test_an_order_of_relief_that_forgets_lots_is_a_bug_and_says_so() -> None:
    queue = filled(3)
    with pytest.raises(ValueError, match="leaves out lots"):
        queue.take(20, list(queue)[:1])


def test_any_order_of_relief_takes_from_the_middle_and_closed_lots_are_passed_over() -> None:
    queue = filled(5)
    queue.take(20, [found for found in queue if found.id.int in {1, 3}])
    assert numbers(queue) == [0, 2, 4]
    assert numbers(queue.take(25, queue)) == [0, 2, 4]


@pytest.mark.parametrize("newest_first", [True, False])
def test_closed_lots_are_swept_out_and_later_lots_still_find_their_place(newest_first: bool) -> None:
    queue = filled(100)
    for _ in range(90):
        queue.take(10, reversed(list(queue)) if newest_first else queue)
    assert len(queue._lots) < 100
    queue.add(lot(1000, date.fromordinal(738095)))
    kept = [*range(10), 1000] if newest_first else [*range(90, 96), 1000, *range(96, 100)]
    assert numbers(queue) == kept
    assert queue.quantity == 110


def test_a_lot_that_is_earlier_than_closed_ones_is_not_lost() -> None:
    queue = filled(3)
    queue.take(10, queue)
    queue.add(lot(9, date(1999, 1, 1)))
    assert numbers(queue) == [9, 1, 2]


def test_amounts_that_differ_are_split_each_on_its_own() -> None:
    found = OpenLot(UUID(int=1), UUID(int=1), LotOrigin.BUY, None, None, 3, "USD", 100, 90, 80, 70)
    piece = found.split_off(1)
    assert (piece.cost, piece.cost_base, piece.basis, piece.basis_base) == (33, 30, 27, 23)
    assert (found.cost, found.cost_base, found.basis, found.basis_base) == (67, 60, 53, 47)


def test_unknown_amounts_stay_unknown_in_both_parts() -> None:
    found = OpenLot(UUID(int=1), UUID(int=1), LotOrigin.BUY, None, None, 3, "USD", 100, None, None, 70)
    piece = found.split_off(1)
    assert (piece.cost, piece.cost_base, piece.basis, piece.basis_base) == (33, None, None, 23)
    assert (found.cost, found.cost_base, found.basis, found.basis_base) == (67, None, None, 47)


def test_scaling_conserves_cost_when_lots_vanish() -> None:
    lots = [lot(1, None, 1), lot(2, None, 1), lot(3, None, 1000), lot(4, None, 1)]
    kept = rescaled(lots, 100)
    assert numbers(kept) == [3]
    assert (kept[0].quantity, kept[0].basis, kept[0].cost_base) == (100, 400, 400)
