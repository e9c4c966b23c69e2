"""A price's way through some hours: minutes that lead from a first price to a last one, and their seconds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from math import isqrt

from trading.papergateway.exchange.noise import MIDDLE, noise_bytes, signed

MINUTE = 60
BASIS = 10_000
# Prices are counted in ticks, and on the way in thousandths of one.
FINE = 1000
# Bytes of noise for one minute: its step, its wicks up and down, its volume.
BYTES_OF_MINUTE = 6
LEAST_STRAY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """The trades of one minute, in ticks. The last price is the next minute's first."""

    first: int
    high: int
    low: int
    last: int
    volume: int


@dataclass(frozen=True, slots=True)
class Path:
    """Minutes from `begins`, and how high, how low and how much until the end of each."""

    words: tuple[object, ...]
    begins: datetime
    minutes: list[Minute]
    highs: list[int] = field(init=False)
    lows: list[int] = field(init=False)
    volumes: list[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "highs", list(accumulate((each.high for each in self.minutes), max)))
        object.__setattr__(self, "lows", list(accumulate((each.low for each in self.minutes), min)))
        object.__setattr__(self, "volumes", list(accumulate(each.volume for each in self.minutes)))

    def position(self, now: datetime) -> tuple[int, int]:
        """The minute and the second of it that `now` stands in; the end is one minute past the last."""
        seconds = max(0, int((now - self.begins).total_seconds()))
        return min(divmod(seconds, MINUTE), (len(self.minutes), 0))

    def seconds(self, minute: int) -> list[int]:
        """The price at each second of a minute: it begins at the first and touches the high and the low."""
        span = self.minutes[minute]
        noise = noise_bytes(MINUTE + 2, *self.words, minute)
        reach = span.high - span.low
        prices = [
            span.first + (span.last - span.first) * second // MINUTE + (noise[second] - 128) * reach // 512
            for second in range(MINUTE)
        ]
        prices = [min(span.high, max(span.low, price)) for price in prices]
        early, late = 1 + noise[MINUTE] % 29, 31 + noise[MINUTE + 1] % 29
        top, bottom = (early, late) if span.first > span.last else (late, early)
        prices[0], prices[top], prices[bottom] = span.first, span.high, span.low
        return prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What a way follows from; see `path_make`."""

    words: tuple[object, ...]
    begins: datetime
    ends: datetime
    first: int
    last: int
    deviation: int
    turnover: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A way from end to end, in ticks. `middles` is twice the mean price of each minute times its volume."""

    first: int
    high: int
    low: int
    last: int
    volume: int
    middles: int


def path_make(way: Way) -> Path:
    """The way from `first` to `last` (ticks, at least 1) between two moments; the same for the same words.

    `deviation` is how far it strays, in hundredths of a per cent, as one standard deviation;
    `turnover` is about how many shares change hands in a minute.
    """
    minutes = [
        Minute(first=first, high=high, low=low, last=last, volume=volume)
        for first, high, low, last, volume in _minutes(way)
    ]
    return Path(way.words, way.begins, minutes)


def whole_make(way: Way) -> Whole:
    """The same way as one figure, without keeping its minutes: a month of days is asked for at once."""
    highest, lowest, volumes, middles = 0, way.first, 0, 0
    for _, high, low, _, volume in _minutes(way):
        highest, lowest = max(highest, high), min(lowest, low)
        volumes += volume
        middles += (high + low) * volume
    return Whole(first=way.first, high=highest, low=lowest, last=way.last, volume=volumes, middles=middles)


def _minutes(way: Way) -> Iterator[tuple[int, int, int, int, int]]:
    """First, high, low, last and volume of each minute."""
    count = max(1, int((way.ends - way.begins).total_seconds()) // MINUTE)
    noise = noise_bytes(count * BYTES_OF_MINUTE, *way.words)
    stray = max(LEAST_STRAY, way.first * FINE * way.deviation * isqrt(3 * BASIS * BASIS // count) // BASIS**2)
    prices = _bridge(noise, count, way.first, way.last, stray)
    wick, turnover = max(2, stray // FINE), way.turnover
    ups, downs, shares = (noise[place::BYTES_OF_MINUTE] for place in (2, 3, 4))
    for first, last, up, down, share in zip(prices, prices[1:], ups, downs, shares, strict=False):
        top, bottom = (first, last) if first > last else (last, first)
        yield (
            first,
            top + up * wick // 256,
            max(1, bottom - down * wick // 256),
            last,
            turnover // 2 + turnover * share // 256,
        )


def _bridge(noise: bytes, count: int, first: int, last: int, stray: int) -> list[int]:
    """A random walk bent so that it ends at `last`: `count` + 1 prices in ticks."""
    steps = (
        signed(noise[at : at + 2]) * stray // MIDDLE
        for at in range(0, count * BYTES_OF_MINUTE, BYTES_OF_MINUTE)
    )
    walk = list(accumulate(steps, initial=0))
    slope = (last - first) * FINE - walk[-1]
    fine = (first * FINE + value + slope * index // count for index, value in enumerate(walk))
    prices = [max(1, (value + FINE // 2) // FINE) for value in fine]
    prices[0], prices[-1] = first, last
    return prices
