"""Cases of basis that the book cannot answer in full."""

from taxharvest.engine.conformance.basis import basis


def test_more_sold_than_the_lots_hold_has_no_average_and_no_basis() -> None:
    """What is left over has no known day either, so it is in neither of the two gains."""
    lots = [{"acquired": "2022-01-10", "shares": "10", "price": "50"}]
    sale = {"date": "2024-06-03", "shares": "12", "price": "60"}

    assert basis({"input": {"lots": lots, "sell": sale}}) == {
        "avg_cost": None,
        "basis": None,
        "gain_long": "100.00",
        "gain_short": "0.00",
    }
