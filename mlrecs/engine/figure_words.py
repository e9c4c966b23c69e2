"""The numbers behind a reason as people in the field name them, each with its unit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from common.formats import MINUS, fixed, signed
from mlrecs.engine.advice_words import METHODS
from mlrecs.engine.percentages import percent
from mlrecs.engine.reasons import ReasonCode


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """A number with its name, as it stands on a page."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """How the number under `key` is named and written; `of` is the key of the whole it is counted out of."""

    key: str
    name: str
    write: Callable[[str], str]
    of: str = ""


def _share(text: str) -> str:
    return percent(Decimal(text))


def _without_sign(text: str) -> str:
    """A score that counts against what it measures, the right way round."""
    return percent(-Decimal(text), 2)


def _ratio(text: str) -> str:
    return fixed(Decimal(text), 2)


def _tone(text: str) -> str:
    return signed(fixed(Decimal(text), 2))


def _count(text: str) -> str:
    return fixed(Decimal(text), 0)


def _days(text: str) -> str:
    return f"{_count(text)} trading days"


def _told(text: str) -> str:
    """What was put into words when it was measured, such as a value with its interval."""
    return text.replace("-", MINUS)


_WEIGHT = (
    _Named(key="weight", name="Weight in the account", write=_share),
    _Named(key="most", name="Most that suits you", write=_share),
    _Named(key="after", name="Weight after the change", write=_share),
)
# By reason, in the order in which they are read. A symbol that is told goes into the names.
NAMED: Mapping[str, tuple[_Named, ...]] = {
    ReasonCode.RISK_BEYOND_PROFILE: (
        _Named(key="volatility", name="Volatility a year", write=_share),
        _Named(key="most", name="Most that suits you", write=_share),
    ),
    ReasonCode.TAIL_CAN_FALL: (
        _Named(key="now", name="Expected shortfall of a day (95 %), now", write=_share),
        _Named(key="then", name="The same after the change", write=_share),
    ),
    ReasonCode.RISK_CAN_FALL: (
        _Named(key="now", name="Volatility a year, now", write=_share),
        _Named(key="then", name="The same after the change", write=_share),
    ),
    ReasonCode.RISK_IN_ONE_PLACE: (
        _Named(key="now", name="{symbol}’s share of the variance, now", write=_share),
        _Named(key="then", name="The same after the change", write=_share),
    ),
    ReasonCode.SINGLE_NAME_TOO_LARGE: _WEIGHT,
    ReasonCode.SECTOR_TOO_LARGE: _WEIGHT,
    ReasonCode.REGION_TOO_LARGE: _WEIGHT,
    ReasonCode.FUNDS_OVERLAP: (
        _Named(key="correlation", name="Correlation of daily returns", write=_ratio),
        _Named(key="weight", name="Weight of both together", write=_share),
    ),
    ReasonCode.FACTOR_RANK: (_Named(key="place", name="Rank", write=_count, of="count"),),
    ReasonCode.FACTOR_EVIDENCE: (
        _Named(key="calmer", name="Less volatility than equal weights", write=_told),
        _Named(key="more", name="More return a year than equal weights", write=_told),
        _Named(key="deflated", name="Deflated Sharpe ratio of that return", write=_ratio),
        _Named(key="days", name="Measured out of sample over", write=_days),
    ),
    ReasonCode.OWN_VIEW: (
        _Named(key="beyond", name="{symbol}’s return a year beyond the market’s", write=_share),
        _Named(key="confidence", name="How sure you are", write=_share),
    ),
    ReasonCode.TONE_TURNED: (
        _Named(key="recent", name="Mean tone of the last four weeks (−1 to 1)", write=_tone),
        _Named(key="recent_count", name="Pieces of news in them", write=_count),
        _Named(key="earlier", name="Mean tone of the eight weeks before", write=_tone),
        _Named(key="earlier_count", name="Pieces of news in those", write=_count),
    ),
    ReasonCode.TONE_IS_WEAK: (
        _Named(key="accuracy", name="Tone named rightly", write=_share),
        _Named(key="majority", name="By always guessing the commonest", write=_share),
        _Named(key="texts", name="Texts it was measured on", write=_count),
    ),
}
# What a screen orders by (`mlrecs.quant.optimise.screens`): higher is better, so some are turned round.
SCORES: Mapping[str, _Named] = {
    "low_volatility": _Named(key="score", name="Volatility a day over a year", write=_without_sign),
    "momentum": _Named(key="score", name="Return of the year before the last month", write=_share),
    "value": _Named(key="score", name="Return of the five years before the last", write=_without_sign),
    "quality": _Named(key="score", name="Mean monthly return over its spread", write=_ratio),
}
# What names are made of; by itself neither is a number.
TOLD_WITH = frozenset({"symbol", "factor"})
PARTS = {
    "equity": ("What moves with the market", "all shares"),
    "region": ("", "region"),
    "sector": ("", "sector"),
    "single": ("", "single share"),
    "cash": ("Cash", "cash"),
}


def figure_lines(code: str, figures: Mapping[str, str]) -> tuple[FigureLine, ...]:
    """The numbers of a reason, named and with units; what is not known here keeps its key, in words."""
    known = [one for one in _named(code, figures) if one.key in figures]
    used = {one.key for one in known} | {one.of for one in known} | TOLD_WITH
    rest = [
        FigureLine(name=key.replace("_", " ").capitalize(), value=str(value))
        for key, value in figures.items()
        if key not in used
    ]
    return (*(_line(one, figures) for one in known), *rest)


def part_words(kind: str, name: str) -> tuple[str, str]:
    """What a part of an account is called, and what kind of part it is."""
    called, words = PARTS.get(kind, ("", kind))
    return called or name, words


def method_label(name: str) -> str:
    """What a method of optimisation is called; its own name where it is none of ours."""
    return METHODS.get(name, name)


def _named(code: str, figures: Mapping[str, str]) -> tuple[_Named, ...]:
    score = SCORES.get(figures.get("factor", ""))
    return (*NAMED.get(code, ()), *((score,) if score else ()))


def _line(one: _Named, figures: Mapping[str, str]) -> FigureLine:
    whole = f" of {_written(one.write, figures[one.of])}" if one.of in figures else ""
    return FigureLine(
        name=one.name.format(symbol=figures.get("symbol", "The largest")),
        value=f"{_written(one.write, figures[one.key])}{whole}",
    )


def _written(write: Callable[[str], str], text: str) -> str:
    """The number in its unit, or as it stands where it is none."""
    try:
        return write(str(text))
    except InvalidOperation:
        return str(text)
