"""Comparing results with what cases expect."""

from typing import Any

import pytest

from taxharvest.engine.conformance.comparison import differences


def plain_case(expected: Any) -> dict[str, Any]:
    return {"id": "a", "kind": "basis", "tolerance": "0.01", "expected": expected}


def disposal(**facts: str) -> dict[str, str]:
    row = {
        "sale": "s1",
        "lot": "b1",
        "shares": "10",
        "holding_date": "2024-01-02",
        "proceeds": "800.00",
        "basis": "1000.00",
        "disallowed": "200.00",
        "permanently_disallowed": "0.00",
        "gain": "0.00",
        "term": "S",
    }
    return row | facts


def open_lot(**facts: str) -> dict[str, str]:
    row = {
        "lot": "b2",
        "account": "T1",
        "shares": "10",
        "basis": "1050.00",
        "holding_date": "2024-02-09",
    }
    return row | facts


def wash_case(**facts: Any) -> dict[str, Any]:
    expected = {"disposals": [disposal()], "open_lots": [open_lot()]}
    return {"id": "w", "kind": "wash_sale", "tolerance": "0.01", "expected": expected} | facts


@pytest.mark.parametrize("found", ["10.00", "10.015", "9.985", 10])
def test_amounts_agree_within_the_tolerance_and_a_rounding(found: Any) -> None:
    assert differences(plain_case({"gain": "10.00"}), {"gain": found}) == []


def test_an_amount_beyond_the_tolerance_differs() -> None:
    assert differences(plain_case({"gain": "10.00"}), {"gain": "10.016"}) == [
        "gain: expected '10.00', found '10.016'"
    ]


def test_words_and_truth_are_compared_as_they_are() -> None:
    case = plain_case({"term": "L", "qualified": True})

    assert differences(case, {"term": "S", "qualified": "1"}) == [
        "term: expected 'L', found 'S'",
        "qualified: expected True, found '1'",
    ]


def test_what_is_not_expected_is_not_looked_at() -> None:
    assert differences(plain_case({"gain": "1"}), {"gain": "1", "term": "S"}) == []


def test_a_missing_field_is_named_with_its_path() -> None:
    case = plain_case({"lines": {"7": "1"}, "gain": "1"})

    assert differences(case, {"lines": {}}) == ["lines.7: missing", "gain: missing"]


def test_an_object_is_not_a_number() -> None:
    assert differences(plain_case({"lines": {"7": "1"}}), {"lines": "1"}) == [
        "lines: expected an object, found '1'"
    ]


def test_lists_are_compared_in_order() -> None:
    case = plain_case({"order": ["A", "B"]})

    assert differences(case, {"order": ["A", "B"]}) == []
    assert differences(case, {"order": ["B", "A"]}) == [
        "order[0]: expected 'A', found 'B'",
        "order[1]: expected 'B', found 'A'",
    ]
    assert differences(case, {"order": ["A"]}) == ["order: expected ['A', 'B'], found ['A']"]


def test_pieces_of_one_key_are_added_up() -> None:
    halves = [disposal(shares="5", proceeds="400", basis="500", disallowed="100")] * 2

    assert differences(wash_case(), {"disposals": halves, "open_lots": [open_lot()]}) == []


def test_rows_that_are_missing_or_too_many_are_named() -> None:
    found = {"disposals": [disposal(term="L")], "open_lots": []}

    assert differences(wash_case(), found) == [
        "disposal s1 b1 2024-01-02 S washed: missing",
        "disposal s1 b1 2024-01-02 L washed: not expected",
        "open lot b2 T1 2024-02-09: missing",
    ]


def test_an_amount_of_a_row_that_differs_is_named() -> None:
    found = {"disposals": [disposal()], "open_lots": [open_lot(basis="1000.00")]}

    assert differences(wash_case(), found) == [
        "open lot b2 T1 2024-02-09, basis: expected 1050.00, found 1000.00"
    ]


def test_a_result_without_its_tables_says_so() -> None:
    assert differences(wash_case(), {"disposals": []}) == ["open_lots: missing"]


def test_where_the_order_is_open_only_totals_count() -> None:
    case = wash_case(order_sensitive=True)
    shifted = {
        "disposals": [disposal(basis="1010.00", gain="-10.00", disallowed="200.00")],
        "open_lots": [open_lot(basis="1040.00", holding_date="2024-02-10")],
    }

    assert differences(case, shifted) == []


def test_totals_that_differ_are_named() -> None:
    case = wash_case(order_sensitive=True)
    found = {"disposals": [disposal(proceeds="801.00")], "open_lots": [open_lot(shares="9", basis="1000.00")]}

    assert differences(case, found) == [
        "gain less open basis: expected -1050.00, found -1000.00",
        "proceeds: expected 800.00, found 801.00",
        "open shares: expected 10, found 9",
    ]
