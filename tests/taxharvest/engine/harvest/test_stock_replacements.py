"""What may be held instead of the share of a company."""

from decimal import Decimal
from typing import Any

from taxharvest.engine.harvest.replacements import (
    Likeness,
    Override,
    PairBook,
    Replacement,
    Tag,
    Verdict,
)
from taxharvest.engine.harvest.stock_replacements import (
    SECTOR_CLASSES,
    Basket,
    basket_replacement,
    best_first,
    fund_offers,
    sector_names,
)
from taxharvest.services.replacement_rows import pair_rows
from tests.taxharvest.engine.harvest.test_replacements import known, pair

D = Decimal
OIL = known("XOM", sector="Energy")
FORBID = Override(symbol="CVX", other_symbol="XOM", verdict=Verdict.FORBID, reason="Too near.", is_own=True)
BOOK = PairBook(
    [
        pair("VDE", "MSCI Energy", "XLE", "Select Energy", asset_class="Energy"),
        pair("VDE", "MSCI Energy", "IYE", "Russell Energy", asset_class="Energy", rank=2),
        pair("VOO", "S&P 500", "SCHX", "DJ Large"),
    ]
)


def offers(**facts: Any) -> list[Replacement]:
    """Funds instead of an oil company, with VOO and IYE in the book."""
    present = facts.pop("known", {symbol: known(symbol) for symbol in ("IYE", "VOO")})
    return list(fund_offers(OIL, BOOK, present, facts.pop("likenesses", {}), **facts))


def test_a_basket_is_made_of_other_priced_shares_of_the_sector() -> None:
    shares = [
        OIL,
        known("RRC", sector="energy"),
        known("CVX", sector="Energy"),
        known("KO", sector="Consumer staples"),
        known("OXY", sector="Energy", is_priced=False),
        known("XOM2", sector="Energy", group=OIL.group),
    ]

    assert [one.symbol for one in sector_names(OIL, shares)] == ["CVX", "RRC"]
    assert [one.symbol for one in sector_names(OIL, shares, blocked={"RRC"})] == ["CVX"]
    assert [one.symbol for one in sector_names(OIL, shares, blocked={shares[1].instrument_id})] == ["CVX"]
    assert [one.symbol for one in sector_names(OIL, shares, overrides=[FORBID])] == ["RRC"]


def test_a_share_without_a_sector_has_no_basket() -> None:
    assert sector_names(known("XOM"), [known("CVX", sector="")]) == ()


def test_a_basket_says_what_it_follows_and_scores_its_sector() -> None:
    made = Basket(
        shares=(("CVX", D("0.6")), ("RRC", D("0.4"))),
        tracking_error=D("0.2"),
        model_error=D("0.21"),
        correlation=D("0.8"),
        sample=500,
    )

    basket = basket_replacement(made, [known("RRC"), known("CVX")], "Energy")

    assert [(part.symbol, part.share) for part in basket.parts] == [("CVX", D("0.6")), ("RRC", D("0.4"))]
    assert basket.parts[0].instrument_id == known("CVX").instrument_id
    assert (basket.tag, basket.tracking_error, basket.sample) == (Tag.GREEN, D("0.2"), 500)
    # (0.35 × 0.8 + 0.25 × 0 + 0.10 × 1) / 0.70
    assert basket.score == D("0.5429")
    assert "Energy" in basket.reason


def test_two_funds_of_the_sector_are_offered_known_ones_first_then_a_broad_one() -> None:
    found = offers()

    assert [one.symbols[0] for one in found] == ["IYE", "VDE", "VOO"]
    assert [part.instrument_id is None for one in found for part in one.parts] == [False, True, False]


def test_a_broad_fund_that_the_book_does_not_know_is_not_offered() -> None:
    assert [one.symbols[0] for one in offers(known={})] == ["VDE", "XLE"]


def test_refused_funds_are_left_out() -> None:
    stopped = {"IYE": known("IYE", is_priced=False), "VOO": known("VOO")}
    no_vde = Override(symbol="XOM", other_symbol="VDE", verdict=Verdict.FORBID, reason="No.", is_own=True)

    assert [one.symbols[0] for one in offers(known=stopped, blocked={"VOO"})] == ["VDE", "XLE"]
    assert [one.symbols[0] for one in offers(known=stopped, overrides=[no_vde])] == ["XLE", "VOO"]
    assert [one.symbols[0] for one in offers(blocked={"VDE", known("IYE").instrument_id})] == ["XLE", "VOO"]


def test_a_share_of_no_known_sector_has_a_broad_fund_alone() -> None:
    found = list(fund_offers(known("ABC", sector="Whatever"), BOOK, {"VOO": known("VOO")}, {}))

    assert [one.symbols[0] for one in found] == ["VOO"]
    assert found[0].reason == "A broad fund: near the market, not the sector."


def test_the_best_comes_first() -> None:
    near = {"VOO": Likeness(correlation=D("0.9"), tracking_error=D("0.05"), sample=500)}

    found = best_first(offers(likenesses=near))

    # VOO: (0.35 × 0.9 + 0.25 × 0.5 + 0.10 × 0) / 0.70; the others have no closes.
    assert [(one.symbols[0], one.score) for one in found] == [
        ("VOO", D("0.6286")),
        ("IYE", D(0)),
        ("VDE", D(0)),
    ]


def test_every_sector_names_a_class_of_the_table() -> None:
    assert set(SECTOR_CLASSES.values()) <= {row["asset_class"] for row in pair_rows()}
