"""Numbers behind reasons: the names of the field, and a unit with each."""

import pytest

from mlrecs.engine.figure_words import NAMED, figure_lines, method_label, part_words
from mlrecs.engine.reasons import ReasonCode


def told(code: str, **figures: str) -> list[tuple[str, str]]:
    return [(line.name, line.value) for line in figure_lines(code, figures)]


def test_every_reason_has_names_for_its_numbers() -> None:
    assert set(NAMED) == set(ReasonCode)


def test_a_weight_is_told_in_per_cent_beside_its_limit() -> None:
    assert told("single_name_too_large", weight="0.3610", most="0.1200", after="0.1202") == [
        ("Weight in the account", "36.1 %"),
        ("Most that suits you", "12.0 %"),
        ("Weight after the change", "12.0 %"),
    ]


def test_a_share_of_the_risk_names_what_it_is_of() -> None:
    assert told("risk_in_one_place", now="0.1985", symbol="BAC", then="0.0750") == [
        ("BAC’s share of the variance, now", "19.8 %"),
        ("The same after the change", "7.5 %"),
    ]


@pytest.mark.parametrize(
    ("factor", "score", "line"),
    [
        ("low_volatility", "-0.0110", ("Volatility a day over a year", "1.10 %")),
        ("momentum", "0.2150", ("Return of the year before the last month", "21.5 %")),
        ("value", "0.3000", ("Return of the five years before the last", "−30.00 %")),
        ("quality", "0.4120", ("Mean monthly return over its spread", "0.41")),
    ],
)
def test_a_rank_tells_what_it_is_by(factor: str, score: str, line: tuple[str, str]) -> None:
    lines = told("factor_rank", place="2", count="1027", score=score, factor=factor)

    assert lines == [("Rank", "2 of 1,027"), line]


def test_evidence_keeps_its_intervals_and_counts_days() -> None:
    lines = told(
        "factor_evidence",
        calmer="18.1 % (15.4 % to 20.9 %)",
        more="-4.2 % (-8.1 % to -0.1 %)",
        deflated="0.0001",
        days="7052",
    )

    assert lines == [
        ("Less volatility than equal weights", "18.1 % (15.4 % to 20.9 %)"),
        ("More return a year than equal weights", "−4.2 % (−8.1 % to −0.1 %)"),
        ("Deflated Sharpe ratio of that return", "0.00"),
        ("Measured out of sample over", "7,052 trading days"),
    ]


def test_tone_is_signed_and_its_news_counted() -> None:
    lines = told("tone_turned", recent="-0.727", recent_count="11", earlier="0.545", earlier_count="22")

    assert [value for _, value in lines] == ["−0.73", "11", "+0.54", "22"]


def test_what_is_not_known_here_is_not_hidden() -> None:
    assert told("of_another_release", half_life="12 days") == [("Half life", "12 days")]
    assert told("sector_too_large", weight="much") == [("Weight in the account", "much")]


def test_parts_and_methods_are_called_by_their_names() -> None:
    assert part_words("equity", "moves with the market") == ("What moves with the market", "all shares")
    assert part_words("single", "LLY") == ("LLY", "single share")
    assert part_words("region", "US") == ("US", "region")
    assert part_words("cash", "cash") == ("Cash", "cash")
    assert (method_label("hrp"), method_label("other")) == ("Hierarchical risk parity", "other")
