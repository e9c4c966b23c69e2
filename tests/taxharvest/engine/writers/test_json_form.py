"""Forms as JSON: amounts are text, nothing is lost."""

import json

from taxharvest.engine.writers.json_form import form_1099b_json, form_8949_json, schedule_d_json
from tests.taxharvest.engine.writers.sample_forms import form, schedule, statements


def test_form_8949_has_its_rows_totals_and_incomplete_sales() -> None:
    made = json.loads(form_8949_json(form(summarises_direct=True)))

    assert (made["form"], made["year"]) == ("8949", 2025)
    assert [section["box"] for section in made["direct"]] == ["A"]
    assert [section["box"] for section in made["sections"]] == ["A", "I", "D", "F"]
    assert made["sections"][0] == {
        "box": "A",
        "part": "I",
        "label": "Short-term, basis reported to the IRS on Form 1099-B",
        "rows": [
            {
                "keys": ["2"],
                "account": "Main",
                "symbol": "=BOLT",
                "cusip": "",
                "a": "100 sh. =BOLT INC",
                "b": "2025-02-03",
                "c": "2025-06-30",
                "d": "800.00",
                "e": "1000.00",
                "f": "W",
                "g": "50.00",
                "h": "-150.00",
                "notes": [
                    (
                        "Box 1g of Form 1099-B shows 200.00; the correct disallowed loss is 50.00. Because "
                        "it is less, attach a statement that explains the difference."
                    )
                ],
            }
        ],
        "totals": {"d": "800.00", "e": "1000.00", "g": "50.00", "h": "-150.00"},
    }
    assert made["sections"][3]["rows"][0]["b"] == "INHERITED"
    assert {line: totals["h"] for line, totals in made["schedule_d"].items()} == {
        "10": "-200.00",
        "1a": "-200.00",
        "1b": "-150.00",
        "3": "-200.00",
        "8b": "-1100.00",
    }
    assert made["incomplete"] == [
        {
            "key": "6",
            "account": "Main",
            "symbol": "ECHO",
            "quantity": "100",
            "sold": "2025-06-30",
            "proceeds": "800.00",
            "reason": "The basis is not known.",
        }
    ]


def test_form_1099b_has_its_boxes() -> None:
    made = json.loads(form_1099b_json(statements()))

    assert made["statements"][1] == {
        "key": "2",
        "account": "Main",
        "symbol": "=BOLT",
        "cusip": "",
        "form_8949_box": "A",
        "1a": "100 sh. =BOLT INC",
        "1b": "2025-02-03",
        "1c": "2025-06-30",
        "1d": "800.00",
        "1e": "1000.00",
        "1f": "0.00",
        "1g": "50.00",
        "2": "short",
        "3": False,
        "4": "0.00",
        "5": False,
        "6": "net",
        "7": False,
        "12": True,
    }
    assert (made["statements"][2]["1b"], made["statements"][4]["1e"]) == (None, None)
    assert made["totals"] == {"1d": "24200.00", "1e": "25100.00", "1f": "0.00", "1g": "50.00", "4": "0.00"}
    assert [item["reason"] for item in made["left_out"]] == ["Digital assets are reported on Form 1099-DA."]


def test_schedule_d_has_its_lines_and_results() -> None:
    made = json.loads(schedule_d_json(schedule()))

    assert made["lines"][1] == {
        "number": "7",
        "label": "Net short-term capital gain or (loss)",
        "d": None,
        "e": None,
        "g": None,
        "amount": "-4550.10",
    }
    assert (made["filing_status"], made["deducted"], made["carry_short"]) == (
        "married_joint",
        "3000.00",
        "1550.10",
    )
    assert [line["number"] for line in made["worksheet"]] == ["1"]
