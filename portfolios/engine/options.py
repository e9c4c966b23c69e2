"""Option symbols: the underlying, the expiry, the right and the strike that a symbol spells out."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

# Root, expiry, right, strike: eight digits of thousandths (OCC), or the strike itself as some brokers print
# it. A digit after the root marks an adjusted contract.
_SYMBOL = re.compile(
    r"-?(?P<root>[A-Z]{1,6})(?P<adjusted>[0-9]?)\s*"
    r"(?P<expiry>[0-9]{6})(?P<right>[CP])(?P<strike>[0-9]{1,8}(?:\.[0-9]{1,3})?)"
)
_OCC_DIGITS = 8
_THOUSAND = Decimal(1000)

# Options on these are taxed under IRC 1256: cash-settled options on broad-based indices (1256(g)(6)).
BROAD_INDICES = frozenset(
    (
        "SPX", "SPXW", "SPXPM", "XSP", "SPIKE", "NDX", "NDXP", "XND", "NQX", "RUT", "RUTW", "MRUT", "RUI",
        "RLV", "RLG", "VIX", "VIXW", "DJX", "OEX", "XEO", "MXEA", "MXEF",
    )
)  # fmt: skip


class Right(StrEnum):
    """Whether an option is one to buy or one to sell."""

    CALL = "C"
    PUT = "P"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionTerms:
    """What an option is: on what, until when, to buy or to sell, and at what price for one share."""

    underlying: str
    expiry: date
    right: Right
    strike: Decimal
    is_adjusted: bool = False


def option_terms(symbol: str) -> OptionTerms | None:
    """The terms that an option symbol spells out, None for a symbol that is no option's.

    Reads the symbology of the Options Clearing Corporation ("AAPL  240119C00150000", with or without the
    blanks) and its short form ("-AAPL240119C150").
    """
    match = _SYMBOL.fullmatch(symbol.strip().upper())
    expiry = _day(match["expiry"]) if match else None
    if match is None or expiry is None:
        return None
    digits = match["strike"]
    return OptionTerms(
        underlying=match["root"],
        expiry=expiry,
        right=Right(match["right"]),
        strike=Decimal(digits) / _THOUSAND if len(digits) == _OCC_DIGITS else Decimal(digits),
        is_adjusted=bool(match["adjusted"]),
    )


def _day(text: str) -> date | None:
    """Six digits, year first, as a day of this century."""
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None
