"""What today's holdings would lose in the crashes of the past, and under plain shocks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from mlrecs.engine.risk_facts import Held
from portfolios.engine.figures import day_text

ZERO = Decimal(0)
# Years: about that of the broad US bond market. The book does not know the duration of what it holds.
DURATION = Decimal(6)
SECTOR_FALL = Decimal("-0.25")
SECTORS_SHOCKED = 3
PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A fall of the past: the S&P 500 from one close to another, sectors, and the ten-year yield's change.

    `market` and `sectors` are fractions, `yields` percentage points.
    """

    key: str
    label: str
    first: date
    last: date
    market: Decimal
    yields: Decimal
    sectors: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioLine:
    """What one holding does in a scenario: its own move, its effect on the account, and whence the move."""

    symbol: str
    move: Decimal
    effect: Decimal
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """The effect of a scenario on the account's net value, a fraction, by holding; the worst first."""

    key: str
    kind: str
    label: str
    words: str
    effect: Decimal
    lines: tuple[ScenarioLine, ...]
    unmoved: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shock:
    """A plain shock: a fall of the whole market, of one sector, or a change of yields in points."""

    key: str
    kind: str
    label: str
    market: Decimal = ZERO
    yields: Decimal = ZERO
    sector: str = ""


def _sectors(**moves: str) -> dict[str, Decimal]:
    return {name.replace("_", " "): Decimal(move) for name, move in moves.items()}


# Index: closes of the S&P 500. Sectors: medians of the 20 large US stocks in skfolio's data set, which exist
# to this day, so sectors fared worse than this. Yields: ten-year US Treasury at constant maturity (Federal
# Reserve, release H.15; series DGS10) from the first close to the last, to a tenth of a point: 10.23 to 10.15
# in 1987, when the flight into bonds came a day later (9.40); 6.20 to 3.61; 4.67 to 2.89; 1.56 to 0.76; 1.63
# to 3.91.
CRASHES = (
    Crash(
        key="1987",
        label="Black Monday, 1987",
        first=date(1987, 10, 16),
        last=date(1987, 10, 19),
        market=Decimal("-0.205"),
        yields=Decimal("-0.1"),
    ),
    Crash(
        key="2000",
        label="Dot-com bust, 2000–02",
        first=date(2000, 3, 24),
        last=date(2002, 10, 9),
        market=Decimal("-0.491"),
        yields=Decimal("-2.6"),
        sectors=_sectors(
            information_technology="-0.804", financials="-0.320", consumer_discretionary="-0.641",
            energy="-0.101", industrials="-0.567", health_care="0.000", consumer_staples="0.221",
        ),
    ),
    Crash(
        key="2008",
        label="Financial crisis, 2007–09",
        first=date(2007, 10, 9),
        last=date(2009, 3, 9),
        market=Decimal("-0.568"),
        yields=Decimal("-1.8"),
        sectors=_sectors(
            information_technology="-0.505", financials="-0.785", consumer_discretionary="-0.465",
            energy="-0.283", industrials="-0.807", health_care="-0.491", consumer_staples="-0.328",
        ),
    ),
    Crash(
        key="2020",
        label="Pandemic, 2020",
        first=date(2020, 2, 19),
        last=date(2020, 3, 23),
        market=Decimal("-0.339"),
        yields=Decimal("-0.8"),
        sectors=_sectors(
            information_technology="-0.293", financials="-0.451", consumer_discretionary="-0.383",
            energy="-0.479", industrials="-0.515", health_care="-0.214", consumer_staples="-0.247",
        ),
    ),
    Crash(
        key="2022",
        label="Inflation and rates, 2022",
        first=date(2022, 1, 3),
        last=date(2022, 10, 12),
        market=Decimal("-0.254"),
        yields=Decimal("2.3"),
        sectors=_sectors(
            information_technology="-0.321", financials="-0.341", consumer_discretionary="-0.330",
            energy="0.517", industrials="-0.325", health_care="0.005", consumer_staples="-0.066",
        ),
    ),
)  # fmt: skip
# What brokers call the sectors of the table.
SECTOR_NAMES = {
    "technology": "information technology",
    "financial": "financials",
    "consumer, cyclical": "consumer discretionary",
    "consumer cyclical": "consumer discretionary",
    "consumer, non-cyclical": "consumer staples",
    "consumer defensive": "consumer staples",
    "industrial": "industrials",
    "healthcare": "health care",
}
SHOCKS = (
    Shock(key="equity-10", kind="equity", label="Shares fall by 10 %", market=Decimal("-0.10")),
    Shock(key="equity-20", kind="equity", label="Shares fall by 20 %", market=Decimal("-0.20")),
    Shock(key="equity-30", kind="equity", label="Shares fall by 30 %", market=Decimal("-0.30")),
    Shock(key="rates+1", kind="rates", label="Yields rise by 1 point", yields=Decimal(1)),
    Shock(key="rates+2", kind="rates", label="Yields rise by 2 points", yields=Decimal(2)),
    Shock(key="rates-1", kind="rates", label="Yields fall by 1 point", yields=Decimal(-1)),
)


def replay(
    crash: Crash, holdings: Sequence[Held], betas: Mapping[UUID, Decimal], own: Mapping[UUID, Decimal]
) -> ScenarioResult:
    """The crash on today's weights, held throughout.

    Each holding moves as its own closes did then; without them as its sector did, a bond by its yield, else
    as the index times its beta. One without any of these is left out and named.
    """
    moves = [(held, _crash_move(crash, held, betas, own)) for held in holdings]
    words = f"S&P 500 {_percent(crash.market)} from {day_text(crash.first)} to {day_text(crash.last)}"
    return _result(crash.key, "replay", crash.label, words, moves)


def shock(one: Shock, holdings: Sequence[Held], betas: Mapping[UUID, Decimal]) -> ScenarioResult:
    """A plain shock on today's weights: shares by their beta, bonds by their yield, a sector as a whole."""
    moves = [(held, _shock_move(one, held, betas)) for held in holdings]
    return _result(one.key, one.kind, one.label, "", moves)


def sector_shocks(holdings: Sequence[Held]) -> Iterator[Shock]:
    """A fall of a quarter in each of the three heaviest sectors, the heaviest first."""
    weights: dict[str, Decimal] = {}
    for held in holdings:
        if held.sector:
            weights[held.group] = weights.get(held.group, ZERO) + held.weight
    heaviest = sorted(weights, key=lambda name: (-weights[name], name))
    for sector in heaviest[:SECTORS_SHOCKED]:
        label = f"{sector} falls by 25 %, nothing else"
        yield Shock(key=f"sector:{sector}", kind="sector", label=label, market=SECTOR_FALL, sector=sector)


def sector_key(name: str) -> str:
    """A sector's name as the table of crashes writes it."""
    plain = name.strip().casefold()
    return SECTOR_NAMES.get(plain, plain)


def _crash_move(
    crash: Crash, held: Held, betas: Mapping[UUID, Decimal], own: Mapping[UUID, Decimal]
) -> tuple[Decimal, str] | None:
    if held.instrument_id in own:
        return own[held.instrument_id], "own closes"
    if held.is_bond:
        return _by_yield(crash.yields)
    sector = crash.sectors.get(sector_key(held.sector))
    if sector is not None:
        return sector, "its sector then"
    return _by_beta(crash.market, held, betas)


def _shock_move(one: Shock, held: Held, betas: Mapping[UUID, Decimal]) -> tuple[Decimal, str] | None:
    if one.kind == "rates":
        return _by_yield(one.yields) if held.is_bond else (ZERO, "not moved by yields alone")
    if one.kind == "sector":
        return (one.market, "the whole sector") if held.group == one.sector else (ZERO, "another sector")
    return (ZERO, "a bond") if held.is_bond else _by_beta(one.market, held, betas)


def _by_yield(points: Decimal) -> tuple[Decimal, str]:
    return -DURATION * points / 100, f"yield change × duration {DURATION}"


def _by_beta(market: Decimal, held: Held, betas: Mapping[UUID, Decimal]) -> tuple[Decimal, str] | None:
    beta = betas.get(held.instrument_id)
    if beta is None:
        return None
    return max(beta * market, Decimal(-1)), f"index × beta {beta:.2f}"


def _result(
    key: str, kind: str, label: str, words: str, moves: Sequence[tuple[Held, tuple[Decimal, str] | None]]
) -> ScenarioResult:
    lines = [
        ScenarioLine(
            symbol=held.symbol,
            move=move[0].quantize(PLACES),
            effect=(held.weight * move[0]).quantize(PLACES),
            basis=move[1],
        )
        for held, move in moves
        if move is not None
    ]
    return ScenarioResult(
        key=key,
        kind=kind,
        label=label,
        words=words,
        effect=sum((line.effect for line in lines), ZERO),
        lines=tuple(sorted((line for line in lines if line.effect), key=lambda line: line.effect)),
        unmoved=tuple(held.symbol for held, move in moves if move is None),
    )


def _percent(fraction: Decimal) -> str:
    return f"{fraction * 100:.1f} %".replace("-", "−")
