"""What a back-test of harvesting assumes: choices with their words, read from text, told apart by a digest.

No arrays are needed here, so pages and the API may import this without the weight of a back-test.
"""

import hashlib
import importlib.util
import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from common.errors import InvalidInput
from common.money import parse_decimal

DATA_FILES = ("sp500_dataset.csv.gz", "sp500_index.csv.gz", "factors_dataset.csv.gz")
YEARS = (5, 20)
PATHS = (0, 400)
COST_LIMIT = Decimal(100)
RATE_LIMIT = Decimal(60)
# The loss that a year may deduct from other income (IRC 1211(b)), and the capital it is held against.
INCOME_CAP = Decimal(3_000)
CAPITAL = Decimal(100_000)
_Kind = TypeVar("_Kind", bound=StrEnum)


class Review(StrEnum):
    """How often the account is looked through for losses."""

    DAILY = "daily"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Deposits(StrEnum):
    """How money comes in."""

    LUMP = "lump"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class Threshold(StrEnum):
    """From which loss on a lot is sold."""

    ANY = "any"
    LOSS_5 = "loss_5"
    LOSS_10 = "loss_10"
    YEAR_END = "year_end"
    OPTION = "option"


class Use(StrEnum):
    """What the losses are good for."""

    GAINS = "gains"
    INCOME = "income"


REVIEW_WORDS = {
    Review.DAILY: "on every session",
    Review.MONTHLY: "on the last session of each month",
    Review.QUARTERLY: "on the last session of each quarter",
    Review.YEARLY: "on the last session of each year",
}
DEPOSIT_WORDS = {
    Deposits.LUMP: "all of it on the first day",
    Deposits.MONTHLY: "100,000 on the first day, then 1,000 on the first session of each month",
    Deposits.QUARTERLY: "100,000 on the first day, then 3,000 on the first session of each quarter",
}
THRESHOLD_WORDS = {
    Threshold.ANY: "every loss",
    Threshold.LOSS_5: "a loss of 5 % of basis or more",
    Threshold.LOSS_10: "a loss of 10 % of basis or more",
    Threshold.YEAR_END: "every loss, on the last session of the year alone",
    Threshold.OPTION: "a loss worth more than waiting for a larger one",
}
USE_WORDS = {
    Use.GAINS: "each loss meets a gain of its own term elsewhere; the tax it saves is put back at once",
    Use.INCOME: (
        "3,000 dollars a year come off other income at the short rate; the rest is carried forward, and "
        "meets the gains of the liquidation"
    ),
}


SHORT_DEPOSITS = {
    Deposits.LUMP: "one deposit",
    Deposits.MONTHLY: "monthly deposits",
    Deposits.QUARTERLY: "quarterly deposits",
}
SHORT_USE = {Use.GAINS: "losses meet gains", Use.INCOME: "losses meet the yearly cap"}
WINDOW_WORDS = (
    "proceeds stand for 31 days in a fund of the other names in equal parts, one fund for each name, none of "
    "them taken to be identical with another; nothing is sold at a loss that was bought within 30 days; "
    "deposits leave out what was sold so; then the money goes back, and a gain of the fund is taxed"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRates:
    """Tax on the next dollar of gain in per cent, by term; the short rate is the ordinary one."""

    short: Decimal
    long: Decimal

    def __str__(self) -> str:
        return f"{_plain(self.short)}/{_plain(self.long)}"


# The pairs that the tables compare: 35/15 is what the literature takes, the last one the highest of 2026
# with the tax on net investment income (IRC 1411).
RATE_PAIRS = ("35/15", "24/15", "32/15", "12/0", "40.8/23.8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """One back-test as somebody asks for it.

    - years: how long each account is held.
    - cost: of each trade, in hundredths of a per cent of what is traded.
    - paths: how many histories are drawn from blocks of the real one.
    """

    years: int = 10
    rates: TaxRates = TaxRates(short=Decimal(35), long=Decimal(15))
    review: Review = Review.MONTHLY
    deposits: Deposits = Deposits.LUMP
    threshold: Threshold = Threshold.ANY
    use: Use = Use.GAINS
    cost: Decimal = Decimal(0)
    paths: int = 100
    seed: int = 1091

    def __post_init__(self) -> None:
        _within("years", self.years, YEARS)
        _within("paths", self.paths, PATHS)
        _within("seed", self.seed, (0, 2**31 - 1))
        if not 0 <= self.cost <= COST_LIMIT:
            raise _refused("cost", f"Costs lie between 0 and {COST_LIMIT} hundredths of a per cent.")

    def to_json(self) -> dict[str, str | int]:
        """As plain values, by the names of the command's options."""
        return {name: _value(value) for name, value in asdict(self).items() if name != "rates"} | {
            "rates": str(self.rates)
        }

    def digest(self) -> str:
        """What tells this back-test from any other: its assumptions, the prices, and the code that makes it.

        Raises LookupError while the package with the prices is not installed.
        """
        text = json.dumps([self.to_json(), data_digest(), code_digest()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def rates_read(text: str) -> TaxRates:
    """Rates written as `short/long` in per cent, each a sum where wanted: `35/15`, `37+3.8/20+3.8`.

    Raises InvalidInput for anything else, or where the long rate is above the short one.
    """
    parts = text.split("/")
    if len(parts) != 2:  # noqa: PLR2004 - short and long
        raise _refused("rates", "Write rates as short/long in per cent, like 35/15 or 37+3.8/20+3.8.")
    short, long = (_rate(part) for part in parts)
    if long > short:
        raise _refused("rates", "The long-term rate is not above the short-term one.")
    return TaxRates(short=short, long=long)


def assumptions_read(values: dict[str, str | int]) -> Assumptions:
    """Assumptions from plain values (a form, a request, `to_json`); what is left out stays as usual.

    Raises InvalidInput where a value cannot be used.
    """
    usual = Assumptions()
    return Assumptions(
        years=_whole(values, "years", usual.years),
        rates=rates_read(str(values.get("rates", usual.rates))),
        review=_choice(Review, values, "review", usual.review),
        deposits=_choice(Deposits, values, "deposits", usual.deposits),
        threshold=_choice(Threshold, values, "threshold", usual.threshold),
        use=_choice(Use, values, "use", usual.use),
        cost=parse_decimal(str(values.get("cost", usual.cost)), field="cost"),
        paths=_whole(values, "paths", usual.paths),
        seed=_whole(values, "seed", usual.seed),
    )


def assumption_words(assumptions: Assumptions) -> tuple[tuple[str, str], ...]:
    """Every assumption as a pair of sentences: what it is about, and what is assumed."""
    paid = f"{_plain(assumptions.cost)} hundredths of a per cent of each trade"
    return (
        ("Held for", f"{assumptions.years} years"),
        ("Money comes in", DEPOSIT_WORDS[assumptions.deposits]),
        ("Looked through", REVIEW_WORDS[assumptions.review]),
        ("Sold", THRESHOLD_WORDS[assumptions.threshold]),
        (
            "Rates",
            f"{_plain(assumptions.rates.short)} % short-term, {_plain(assumptions.rates.long)} % long-term",
        ),
        ("Losses", USE_WORDS[assumptions.use]),
        ("Costs", paid if assumptions.cost else "none"),
        ("Under the wash rule", WINDOW_WORDS),
        ("Without the rule", "the same share is bought back at once"),
        ("Tax saved", "buys a fund that moves as the untouched account does, and is not harvested itself"),
        ("Prices", "closes adjusted for splits and dividends; dividends are not taxed"),
        ("Histories", f"{assumptions.paths} drawn in blocks of a year, seed {assumptions.seed}"),
    )


def in_short(assumptions: Assumptions) -> str:
    """The assumptions in one line, to stand beside a figure."""
    return (
        f"{assumptions.years} years at {assumptions.rates} %, {SHORT_DEPOSITS[assumptions.deposits]}, looked "
        f"through {assumptions.review.value}, {THRESHOLD_WORDS[assumptions.threshold]} sold, "
        f"{SHORT_USE[assumptions.use]}, costs of {_plain(assumptions.cost)} hundredths of a per cent"
    )


@lru_cache(maxsize=1)
def data_folder() -> Path:
    """Where the package skfolio keeps its prices. Raises LookupError while it is not installed."""
    spec = importlib.util.find_spec("skfolio")
    if spec is None or spec.origin is None:
        raise LookupError(
            "The prices of the back-test come with the package skfolio, which is not installed."
        )
    return Path(spec.origin).parent / "datasets" / "data"


@lru_cache(maxsize=1)
def data_digest() -> str:
    """The digest of the files of prices."""
    return _digest_of(tuple(data_folder() / name for name in DATA_FILES))


@lru_cache(maxsize=1)
def code_digest() -> str:
    """The digest of everything in this room: a changed rule is another back-test."""
    return _digest_of(tuple(sorted(Path(__file__).parent.glob("*.py"))))


def _digest_of(files: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _rate(text: str) -> Decimal:
    try:
        rate = sum((parse_decimal(part) for part in text.split("+")), Decimal(0))
    except InvalidInput as error:
        raise _refused("rates", f"“{text.strip()}” is not a rate in per cent.") from error
    if not 0 <= rate <= RATE_LIMIT:
        raise _refused("rates", f"Rates lie between 0 and {RATE_LIMIT} per cent.")
    return rate


def _whole(values: dict[str, str | int], name: str, usual: int) -> int:
    try:
        return int(values.get(name, usual))
    except ValueError as error:
        raise _refused(name, "This is not a whole number.") from error


def _choice(kind: type[_Kind], values: dict[str, str | int], name: str, usual: _Kind) -> _Kind:
    try:
        return kind(str(values.get(name, usual)))
    except ValueError as error:
        raise _refused(name, f"Choose one of {', '.join(kind)}.") from error


def _within(name: str, value: int, limits: tuple[int, int]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise _refused(name, f"This lies between {low} and {high}.")


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="invalid-assumption", fields={field: [sentence]})


def _value(value: object) -> str | int:
    return value if isinstance(value, int) else _plain(value) if isinstance(value, Decimal) else str(value)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
