"""The second reading of the wash-sale rule against the golden cases, worked by hand."""

from decimal import Decimal

import pytest

from taxharvest.engine.conformance.comparison import differences
from tests.golden.cases import Case, further_cases, golden_cases
from tests.portfolios.engine.reference_wash import TAXED, expected

CASES = [case for case in [*golden_cases("portfolios"), *further_cases()] if case["kind"] == "wash_sale"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_reference_gives_what_was_worked_by_hand(case: Case) -> None:
    assert differences(case, expected(case)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_no_gain_or_loss_is_made_or_lost(case: Case) -> None:
    """Gain recognised = proceeds - purchases + open basis + permanent, over the taxed accounts."""
    taxed = {name for name, account in case["accounts"].items() if account["kind"] in TAXED}
    disposals = case["expected"]["disposals"]
    bought = sum(
        Decimal(row["amount"])
        for row in case["transactions"]
        if row["account"] in taxed and row["action"] in {"buy", "reinvest"}
    )
    still_open = sum(
        Decimal(lot["basis"]) for lot in case["expected"]["open_lots"] if lot["account"] in taxed
    )
    gain, proceeds, permanent = (
        sum((Decimal(row[name]) for row in disposals), Decimal(0))
        for name in ("gain", "proceeds", "permanently_disallowed")
    )
    rounding = Decimal("0.005") * (3 * len(disposals) + len(case["expected"]["open_lots"]))
    assert abs(gain - (proceeds - bought + still_open + permanent)) <= rounding
