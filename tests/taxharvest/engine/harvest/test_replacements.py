"""Which funds may stand in for another, and in what order."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from taxharvest.engine.harvest.replacements import (
    UNLIKE,
    WEIGHTS,
    Known,
    Likeness,
    Merits,
    Override,
    Pair,
    PairBook,
    Replacement,
    Tag,
    Verdict,
    fund_replacements,
    is_identical,
    merits_of,
    overridden,
    score_of,
)

D = Decimal
SYMBOLS = ("VOO", "IVV", "SCHX", "VV", "QUAL", "SPY")


def known(symbol: str, **facts: Any) -> Known:
    """An instrument that is identical with itself alone."""
    number = sum(ord(letter) << (8 * place) for place, letter in enumerate(symbol))
    values: dict[str, Any] = {
        "instrument_id": UUID(int=number),
        "symbol": symbol,
        "group": UUID(int=number),
        "sector": "",
        "is_priced": True,
    }
    return Known(**(values | facts))


def pair(symbol: str, index: str, other: str, other_index: str, **facts: Any) -> Pair:
    """A row of large caps on two indices."""
    values: dict[str, Any] = {
        "asset_class": "US large cap",
        "symbol": symbol,
        "index": index,
        "other_symbol": other,
        "other_index": other_index,
        "rank": 1,
        "tag": Tag.GREEN,
        "reason": "The same market on another index.",
        "source": "test",
        "confidence": "memory",
    }
    return Pair(**(values | facts))


BOOK = PairBook(
    [
        pair("VOO", "S&P 500", "SCHX", "DJ Large"),
        pair("VOO", "S&P 500", "VV", "CRSP Large", rank=2, tag=Tag.AMBER, reason="Nearly the same index."),
        pair("VOO", "S&P 500", "QUAL", "MSCI Quality", rank=3),
        pair("VOO", "S&P 500", "IVV", "S&P 500", rank=9, tag=Tag.RED, reason="Tracks the same index."),
        pair("VOO", "S&P 500", "SPY", "S&P 500", rank=9, tag=Tag.RED, reason="Tracks the same index."),
    ]
)
EVERYTHING = {symbol: known(symbol) for symbol in SYMBOLS}


def offers(symbol: str = "VOO", **facts: Any) -> tuple[Replacement, ...]:
    """What may be held instead of a fund, with all of them in the book."""
    return fund_replacements(known(symbol), BOOK, facts.pop("known", EVERYTHING), **facts)


def names(found: Sequence[Replacement]) -> list[str]:
    """Their symbols."""
    return [one.symbols[0] for one in found]


def test_the_weights_add_up_to_one() -> None:
    assert sum(WEIGHTS.values()) == 1


def test_all_merits_known_are_weighted() -> None:
    merits = Merits(
        correlation=D("0.9"),
        tracking=D("0.5"),
        overlap=D("0.6"),
        sector=D(1),
        expense=D(1),
        liquidity=D(0),
    )

    assert score_of(merits) == D("0.315") + D("0.125") + D("0.12") + D("0.1") + D("0.05")


def test_what_is_not_known_leaves_its_weight_to_the_rest() -> None:
    """(0.35 × 0.9 + 0.25 × 0.5) / 0.60."""
    assert score_of(Merits(correlation=D("0.9"), tracking=D("0.5"))) == D("0.7333")
    assert score_of(Merits()) == 0


def test_merits_follow_from_closes_and_sectors() -> None:
    near = Likeness(correlation=D("0.9"), tracking_error=D("0.04"), sample=700)
    far = Likeness(correlation=D("-0.2"), tracking_error=D("0.25"), sample=700)

    assert merits_of(near, is_same_sector=True) == Merits(
        correlation=D("0.9"), tracking=D("0.6"), sector=D(1)
    )
    assert merits_of(far, is_same_sector=False) == Merits(correlation=D(0), tracking=D(0), sector=D(0))
    assert merits_of(near, is_same_sector=None).sector is None


def test_without_closes_a_sector_is_no_merit() -> None:
    still = Likeness(correlation=None, tracking_error=D("0.2"), sample=100)

    assert merits_of(UNLIKE, is_same_sector=True) == Merits()
    assert merits_of(still, is_same_sector=True) == Merits(tracking=D(0), sector=D(1))


def test_red_is_never_offered_and_amber_comes_last() -> None:
    found = offers()

    assert names(found) == ["SCHX", "QUAL", "VV"]
    assert [one.tag for one in found] == [Tag.GREEN, Tag.GREEN, Tag.AMBER]
    assert found[2].reason == "Nearly the same index."


def test_a_fund_on_the_same_index_shares_the_alternatives() -> None:
    found = offers("IVV")

    assert names(found) == ["SCHX", "QUAL", "VV"]
    assert "SPY" not in names(found)


def test_a_row_holds_from_both_sides() -> None:
    assert names(offers("SCHX")) == ["VOO"]


def test_a_row_as_it_was_written_goes_before_its_other_side() -> None:
    book = PairBook(
        [pair("AAA", "A", "BBB", "B", reason="there"), pair("BBB", "B", "AAA", "A", reason="and back")]
    )

    assert [row.reason for row in book.of("BBB")] == ["and back"]


def test_the_score_decides_between_equals_and_the_table_where_it_does_not() -> None:
    likenesses = {
        "QUAL": Likeness(correlation=D("0.97"), tracking_error=D("0.03"), sample=700),
        "SCHX": Likeness(correlation=D("0.90"), tracking_error=D("0.06"), sample=700),
    }

    found = offers(likenesses=likenesses)

    assert names(found) == ["QUAL", "SCHX", "VV"]
    assert (found[0].score, found[0].correlation, found[0].sample) == (D("0.8575"), D("0.97"), 700)
    assert found[2].correlation is None
    assert (found[2].score, found[2].sample) == (D(0), 0)


def test_what_the_book_does_not_know_comes_after_what_it_does() -> None:
    found = offers(known={"VV": known("VV")})

    assert names(found) == ["VV", "SCHX", "QUAL"]
    assert [part.instrument_id for one in found for part in one.parts] == [
        known("VV").instrument_id,
        None,
        None,
    ]


def test_what_has_stopped_trading_is_not_offered() -> None:
    assert names(offers(known=EVERYTHING | {"SCHX": known("SCHX", is_priced=False)})) == ["QUAL", "VV"]


@pytest.mark.parametrize("blocked", [{"SCHX"}, {known("SCHX").instrument_id}])
def test_what_is_blocked_is_not_offered(blocked: set[Any]) -> None:
    assert names(offers(blocked=blocked)) == ["QUAL", "VV"]


def test_a_symbol_can_be_blocked_that_the_book_does_not_know() -> None:
    assert names(offers(known={}, blocked={"SCHX"})) == ["QUAL", "VV"]


def test_a_household_s_own_group_overrides_the_table() -> None:
    mine = known("SCHX", group=known("VOO").group)

    assert is_identical(known("VOO"), mine)
    assert names(offers(known=EVERYTHING | {"SCHX": mine})) == ["QUAL", "VV"]


def test_one_index_under_two_spellings_is_red() -> None:
    book = PairBook([pair("AAA", "Some  Index", "BBB", "some index")])

    assert book.tag_of("AAA", "BBB") == (Tag.RED, "Both track Some  Index.")
    assert fund_replacements(known("AAA"), book, {}) == ()


def test_a_pair_that_the_table_does_not_know_has_no_tag() -> None:
    assert BOOK.tag_of("VOO", "GLD") is None
    assert BOOK.tag_of("VOO", "VV") == (Tag.AMBER, "Nearly the same index.")


def said(symbol: str, other: str, verdict: Verdict, *, is_own: bool = True) -> Override:
    """Somebody's word."""
    return Override(symbol=symbol, other_symbol=other, verdict=verdict, reason="My word.", is_own=is_own)


@pytest.mark.parametrize("pair_said", [("VOO", "SCHX"), ("SCHX", "VOO")])
def test_what_is_forbidden_is_not_offered_whichever_way_it_was_said(pair_said: tuple[str, str]) -> None:
    assert names(offers(overrides=[said(*pair_said, Verdict.FORBID)])) == ["QUAL", "VV"]


def test_what_is_allowed_is_added_with_its_reason() -> None:
    others = EVERYTHING | {"XYZ": known("XYZ")}

    found = offers(known=others, overrides=[said("XYZ", "VOO", Verdict.ALLOW)])

    assert (found[1].symbols, found[1].reason) == (("XYZ",), "My word.")
    assert found[1].source == "Allowed by the household"


def test_an_operator_s_word_names_itself() -> None:
    (found,) = fund_replacements(
        known("ABC"), BOOK, {}, overrides=[said("ABC", "XYZ", Verdict.ALLOW, is_own=False)]
    )

    assert (found.symbols, found.source) == (("XYZ",), "Allowed by an operator")


def test_a_household_s_word_goes_before_an_operator_s() -> None:
    words = [
        said("VOO", "SCHX", Verdict.FORBID, is_own=False),
        said("VOO", "SCHX", Verdict.ALLOW),
        said("VOO", "QUAL", Verdict.ALLOW, is_own=False),
    ]

    found = offers(overrides=words)

    assert "SCHX" in names(found)
    assert next(one.reason for one in found if one.symbols == ("SCHX",)) == "My word."
    assert overridden(words, "QUAL", "VOO") == words[2]
    assert overridden(words, "VV", "VOO") is None


def test_no_word_allows_what_is_red() -> None:
    assert "IVV" not in names(offers(overrides=[said("VOO", "IVV", Verdict.ALLOW)]))


def test_a_word_on_others_adds_nothing() -> None:
    assert names(offers(overrides=[said("AAA", "BBB", Verdict.ALLOW)])) == ["SCHX", "QUAL", "VV"]


def test_the_funds_of_a_class_count_twins_once() -> None:
    assert BOOK.in_class("US large cap") == ("VOO", "SCHX", "VV", "QUAL")
    assert BOOK.in_class("Japan") == ()


def test_a_row_without_an_index_says_nothing_of_indices() -> None:
    book = PairBook([pair("AAA", "", "BBB", "")])

    assert book.indices == {}
    assert book.tag_of("AAA", "BBB") == (Tag.GREEN, "The same market on another index.")
