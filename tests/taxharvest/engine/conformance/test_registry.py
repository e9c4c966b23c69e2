"""Putting cases to the engine by their kind."""

from typing import Any

import pytest

from common.errors import InvalidInput
from taxharvest.engine.conformance.registry import results_of


def holding(**facts: Any) -> dict[str, Any]:
    values = {"acquired": "2023-05-15", "sold": "2024-05-16"}
    return {"id": "h", "kind": "holding_period", "input": values, "expected": {"term": "L"}} | facts


def wash(**facts: Any) -> dict[str, Any]:
    row = {
        "id": "b1",
        "date": "2024-01-02",
        "account": "T1",
        "symbol": "A",
        "action": "buy",
        "shares": "1",
        "amount": "1",
    }
    return {
        "id": "w",
        "kind": "wash_sale",
        "accounts": {"T1": {"kind": "taxable", "owner": "taxpayer"}},
        "transactions": [row | facts],
        "expected": {},
    }


def refusal(case: dict[str, Any]) -> str:
    with pytest.raises(InvalidInput) as error:
        results_of([case])
    return error.value.detail


def test_each_case_is_answered_under_its_id() -> None:
    assert results_of(
        [holding(), holding(id="g", input={"acquired": "2024-01-02", "sold": "2024-02-02"})]
    ) == [
        {"id": "h", "result": {"term": "L"}},
        {"id": "g", "result": {"term": "S"}},
    ]


def test_an_unknown_kind_is_refused_with_those_that_are_known() -> None:
    assert refusal(holding(kind="haruspicy")).startswith(
        "case h has the unknown kind “haruspicy”; known are basis, corporate_action, "
    )


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (holding(input={"acquired": "2023-05-15"}), "case.input lacks “sold”"),
        (
            holding(input={"acquired": "15.5.2023", "sold": "2024-01-01"}),
            "case.input.acquired “15.5.2023” is not a day (YYYY-MM-DD)",
        ),
        (holding(input=[]), "case.input is not an object"),
        (wash(action="borrow"), "case.transactions[0] has the unknown action “borrow”"),
        (wash(shares="many"), "“many” is not a number"),
        (wash(shares="0"), "case.transactions[0] “shares” is not more than nothing"),
        (wash(action="split"), "case.transactions[0] lacks “ratio”"),
        (wash(action="split", ratio="0"), "case.transactions[0] “ratio” is not a positive ratio"),
        (wash(action="split", ratio="1/0"), "case.transactions[0] “ratio” is not a ratio"),
        (wash() | {"transactions": {}}, "case “transactions” is not a list"),
        (
            wash() | {"accounts": {"T1": {"kind": "vault"}}},
            "case.accounts.T1 has the unknown kind “vault”",
        ),
        (
            wash() | {"accounts": {"T1": {"kind": "taxable", "owner": "dog"}}},
            "case.accounts.T1.owner “dog” is none of taxpayer, spouse, other",
        ),
        (wash() | {"policy": {"leniency": True}}, "case.policy has the unknown switch “leniency”"),
        (
            wash() | {"policy": {"same_sale_replacement": "yes"}},
            "case.policy “same_sale_replacement” is neither true nor false",
        ),
        (
            {"id": "x", "kind": "wash_sale_ext", "input": {"tx": ["2024-01-02 lend 5 5"]}},
            "case.input.tx[0] is not understood: “2024-01-02 lend 5 5”",
        ),
        (
            {
                "id": "x",
                "kind": "wash_sale_ext",
                "input": {"tx": ["2024-01-02 cover with the 2023-01-02 lot"]},
            },
            "case.input.tx[0] names no purchase: “2023-01-02”",
        ),
        ({"id": "x", "kind": "wash_sale_ext", "input": {"tx": "short"}}, "case.input “tx” is not a list"),
        (
            {"id": "r", "kind": "lot_relief", "input": {"method": "DICE"}},
            "case.input has the unknown method “DICE”",
        ),
        (
            {"id": "c", "kind": "corporate_action", "input": {"action": "party"}},
            "case.input has the unknown action “party”",
        ),
        (
            {"id": "b", "kind": "basis", "input": {}},
            "case.input is neither a gift, an inheritance nor a sale at average basis",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_case_and_the_place(case: dict[str, Any], words: str) -> None:
    assert refusal(case) == f"case {case['id']} cannot be read: {words}"
