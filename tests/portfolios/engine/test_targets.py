"""Targets: which one an instrument belongs to, how far it is off, and what cannot be a target."""

from decimal import Decimal

import pytest

from portfolios.engine.targets import (
    Part,
    TargetKind,
    TargetRecord,
    drifts_of,
    percent_words,
    target_of,
    target_problems,
)

KNOWN = {
    TargetKind.INSTRUMENT: ["ACME", "BETA"],
    TargetKind.SECTOR: ["Energy"],
    TargetKind.ASSET_CLASS: ["stock", "bond"],
}


def seen(*values: object) -> tuple[object, ...]:
    return values


def target(
    key: str, weight: str, kind: TargetKind = TargetKind.INSTRUMENT, band: str = "0.05"
) -> TargetRecord:
    return TargetRecord(kind=kind, key=key, weight=Decimal(weight), band=Decimal(band))


def part(symbol: str, value: str, sector: str = "", asset_class: str = "stock") -> Part:
    return Part(symbol=symbol, asset_class=asset_class, sector=sector, value=Decimal(value))


SET = [
    target("stock", "0.3", TargetKind.ASSET_CLASS),
    target("Energy", "0.2", TargetKind.SECTOR),
    target("ACME", "0.4"),
]


@pytest.mark.parametrize(
    ("symbol", "sector", "asset_class", "place"),
    [
        ("ACME", "Energy", "stock", 2),
        ("BETA", "Energy", "stock", 1),
        ("BETA", "Health", "stock", 0),
        ("BETA", "Health", "bond", None),
    ],
)
def test_an_instrument_belongs_to_the_narrowest_target(
    symbol: str, sector: str, asset_class: str, place: int | None
) -> None:
    assert target_of(SET, symbol=symbol, sector=sector, asset_class=asset_class) == place


def test_each_value_counts_once_and_the_rest_is_told() -> None:
    found = drifts_of(
        SET,
        [
            part("ACME", "500", "Energy"),
            part("BETA", "100", "Energy"),
            part("GAMA", "200"),
            part("BOND", "50", asset_class="bond"),
        ],
        Decimal(150),
    )
    assert [line.value for line in found.lines] == [200, 100, 500]
    assert [line.drift for line in found.lines] == [Decimal("-0.1"), Decimal("-0.1"), Decimal("0.1")]
    assert seen(found.untargeted, found.cash, found.total) == (50, 150, 1000)
    assert found.left == Decimal("0.1")
    assert found.is_outside


def test_on_the_edge_of_its_band_a_target_is_inside() -> None:
    found = drifts_of([target("ACME", "0.5")], [part("ACME", "55")], Decimal(45))
    assert found.lines[0].drift == Decimal("0.05")
    assert not found.lines[0].is_outside


def test_nothing_owned_has_no_weights() -> None:
    found = drifts_of([target("ACME", "0.5")], [], Decimal(0))
    assert seen(found.lines[0].weight, found.lines[0].drift) == (0, Decimal("-0.5"))


def test_every_field_at_fault_is_named() -> None:
    problems = target_problems(
        [
            target("ACME", "0.7"),
            target("ACME", "0.2"),
            target("ZETA", "1.5", band="-0.1"),
            target("Mining", "0", TargetKind.SECTOR),
            target("cheese", "0", TargetKind.ASSET_CLASS),
        ],
        KNOWN,
    )
    assert problems == {
        "targets": ["The weights add up to 240 %: 100 % at most."],
        "targets.1.key": ["ACME has a target above already."],
        "targets.2.key": ["“ZETA” is not the symbol of an instrument that this household knows."],
        "targets.2.weight": ["Between 0 % and 100 %."],
        "targets.2.band": ["Between 0 % and 100 %."],
        "targets.3.key": ["No instrument of this household is of the sector “Mining”."],
        "targets.4.key": ["“cheese” is not an asset class."],
    }


def test_weights_of_exactly_one_are_fine_and_too_many_targets_are_not() -> None:
    assert target_problems([target("ACME", "0.4"), target("BETA", "0.6")], KNOWN) == {}
    assert target_problems([target("ACME", "0")] * 101, KNOWN) == {"targets": ["100 targets at most."]}


def test_a_weight_that_is_no_number_is_refused() -> None:
    assert target_problems([target("ACME", "NaN")], KNOWN) == {"targets.0.weight": ["Between 0 % and 100 %."]}


def test_percentages_have_the_digits_that_they_need() -> None:
    assert [percent_words(Decimal(text)) for text in ("1.0", "0.125", "0.3333")] == [
        "100 %",
        "12.5 %",
        "33.33 %",
    ]
